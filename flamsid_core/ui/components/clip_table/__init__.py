"""A sortable table of motif instances, each with its contour, playable and to be opened: all rows of any selection."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.ui.components import _wire
from flamsid_core.ui.components._mount import mount
from flamsid_core.ui.components.strings import strings

SORTABLE = ("pattern", "singer", "recording", "start", "length")


def clip_table(
    instances: pd.DataFrame,
    *,
    recordings: Mapping[str, str],
    colours: Mapping[str, str],
    audio_url_template: str,
    whole: bool,
    key: str,
    max_height_px: int = 420,
    language: str = "en",
) -> str | None:
    """Show instances as a table; return the id of the one that was just opened.

    Parameters
    ----------
    instances : DataFrame
        instance_id, recording_id, singer, pattern, start_s, end_s.
    recordings : mapping of str to str
        What to call each recording.
    colours : mapping of str to str
        CSS colour by singer, for the contours.
    audio_url_template : str
        Where a clip comes from: `{id}` stands for the instance's id, quoted.
    whole : bool
        Whether there are whole recordings, in which an instance has a time and can be opened.
    key : str
        Streamlit key.
    max_height_px : int
        Beyond it the table scrolls.
    language : str
        'en' or 'es'.
    """
    data = clip_table_payload(
        instances,
        recordings=recordings,
        colours=colours,
        whole=whole,
        language=language,
        audio_url_template=audio_url_template,
        max_height_px=max_height_px,
    )
    opened = mount("clip_table", data, key=key, states=("opened",)).get("opened")
    return opened if isinstance(opened, str) and opened in set(instances["instance_id"]) else None


def clip_table_payload(
    instances: pd.DataFrame,
    *,
    recordings: Mapping[str, str],
    colours: Mapping[str, str],
    whole: bool,
    language: str = "en",
    **head: Any,
) -> bytes:
    """Return what `clip_table` sends to the browser: some twenty bytes a row."""
    n = len(instances)
    arrays: dict[str, np.ndarray] = {}
    names: dict[str, list[str]] = {}
    named = instances["recording_id"].map(dict(recordings)).fillna(instances["singer"])
    for name, values in (
        ("pattern", instances["pattern"]),
        ("singer", instances["singer"]),
        ("recording", named),
    ):
        arrays[name], names[name] = _wire.factorise(values, what=name, length=n)
    start_s, end_s = (_wire.finite(instances[edge].to_numpy(), what=edge) for edge in ("start_s", "end_s"))
    arrays["start"], arrays["length"] = start_s.astype(np.float32), (end_s - start_s).astype(np.float32)
    arrays["ids"], arrays["id_offsets"] = _wire.join_texts(
        list(instances["instance_id"]), what="ids", length=n
    )
    shown = ["play", "glyph", "pattern", "singer", "recording", *(["start"] if whole else []), "length"]
    words = strings(language)
    columns = [
        {"name": name, "text": words[f"column_{name}"], "sortable": name in SORTABLE}
        for name in [*shown, *(["open"] if whole else [])]
    ]
    head = {
        **head,
        "rows": n,
        "columns": columns,
        "names": names,
        "colours": [colours.get(singer) for singer in names["singer"]],
        "strings": words,
    }
    return _wire.pack(head, arrays)
