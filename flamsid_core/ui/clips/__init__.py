"""A list of clips one can hear in the browser without asking Python, each with its motif's contour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager

from flamsid_core.plots import NEUTRAL
from flamsid_core.ui.glyphs import glyph
from flamsid_core.ui.words import _

HERE = Path(__file__).parent
_renderers: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def clip_list(
    clips: Sequence[Mapping[str, Any]],
    *,
    key: str,
    max_height_px: int = 420,
    can_open: bool = False,
    contours: bool | None = None,
    ask: str | None = None,
    in_turn: bool = False,
) -> str | None:
    """Show clips as rows with a play button; one sounds at a time.

    Parameters
    ----------
    clips : sequence of mappings
        ``id``, ``url`` (where the sound is), ``pattern``, ``colour``, ``title``, ``detail``, ``length``
        (texts). They are shown as text, never as markup.
    key : str
        Streamlit key.
    max_height_px : int
        Beyond it the list scrolls.
    can_open : bool
        Offer to open a clip where it stands in its recording.
    contours : bool, optional
        Whether each row shows its contour and steps; by default where there is more than one motif.
    ask : str, optional
        Offer to ask about a clip instead, in these words.
    in_turn : bool
        Offer to play one after the other.

    Returns
    -------
    str or None
        Id of the clip that was just opened, or asked about.
    """
    rows = [
        {
            "id": str(clip["id"]),
            "url": str(clip["url"]),
            "pattern": str(clip["pattern"]),
            "glyph": glyph(str(clip["pattern"]), str(clip.get("colour", NEUTRAL))),
            "title": str(clip.get("title", "")),
            "detail": str(clip.get("detail", "")),
            "length": str(clip.get("length", "")),
        }
        for clip in clips
    ]
    texts = {
        "play": _("Play"),
        "stop": _("Stop"),
        "inTurn": _("Play all in turn"),
        "open": ask or _("Open in Recording"),
        "list": _("Clips"),
        "failed": _("The audio could not be played: the file may be gone."),
    }
    # Where every clip is of one motif, its contour on every row would only crowd out the names.
    same = len({row["pattern"] for row in rows}) <= 1 if contours is None else not contours
    data = {"clips": rows, "same": same, "texts": texts, "maxHeight": max_height_px}
    data |= {
        "canOpen": can_open or ask is not None,
        "asks": ask is not None,
        "inTurn": in_turn and len(rows) > 1,
    }
    result = _renderer()(data=data, key=key, on_opened_change=lambda: None)
    opened = result.get("opened")
    return opened if any(row["id"] == opened for row in rows) else None


def _renderer() -> Any:
    # Registered once for each running server; tests start several in one process.
    manager = get_bidi_component_manager()
    if manager not in _renderers:
        _renderers[manager] = st.components.v2.component(
            "flamsid_clips",
            html='<div class="clips" role="list"></div>',
            css=(HERE / "style.css").read_text(encoding="utf-8"),
            js=(HERE / "main.js").read_text(encoding="utf-8"),
        )
    return _renderers[manager]
