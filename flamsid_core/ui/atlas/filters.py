"""Which points the map shows: by singer, style, recording, steps, length and whether they were recognised."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core.ui.atlas.view import predictions, tested_under
from flamsid_core.ui.instances import recording_names, singers_of
from flamsid_core.ui.links import adopt_setting, publish_setting, range_in, several_of
from flamsid_core.ui.state import table
from flamsid_core.ui.words import N_, _
from flamsid_core.workspace import Workspace

OUTCOMES = {
    "right": N_("right"),
    "wrong": N_("wrong"),
    "untested": N_("not tested"),
}
FILTER_TEXTS = {
    "singer": N_("Singers"),
    "style": N_("Palos"),
    "recording": N_("Recordings"),
}


def filtered(workspace: Workspace, points: pd.DataFrame, choice: dict[str, Any]) -> pd.DataFrame:
    """Show the filters in their place; return the points that pass all of them."""
    with choice["filters"].popover(_("Filters"), icon=":material/filter_alt:", width="stretch"):
        keep = pd.Series(True, index=points.index)
        for column, options, names in _choices(workspace):
            key = f"space_{column}s"
            if key in st.session_state:  # chosen in another corpus, perhaps
                st.session_state[key] = [one for one in st.session_state[key] if one in names]
            adopt_setting(key, f"{column}s", several_of(options))
            chosen = st.multiselect(
                _(FILTER_TEXTS[column]),
                options,
                key=key,
                format_func=names.__getitem__,
                placeholder=_("all"),
                persist_state="session",
            )
            publish_setting(f"{column}s", chosen, [])
            if chosen:
                keep &= _column(workspace, points, column).isin(chosen)
        keep &= _pattern(points) & _length(points)
        if tested_under(workspace, choice["name"]) is not None:
            adopt_setting("space_outcomes", "recognised", several_of(list(OUTCOMES)))
            chosen = st.multiselect(
                _("Recognised"),
                list(OUTCOMES),
                key="space_outcomes",
                format_func=lambda outcome: _(OUTCOMES[outcome]),
                placeholder=_("all"),
            )
            publish_setting("recognised", chosen, [])
            if chosen:
                wanted = [_(OUTCOMES[outcome]) for outcome in chosen]
                keep &= predictions(workspace, points, choice["name"]).isin(wanted)
    return points if keep.all() else points[keep].reset_index(drop=True)


def _choices(workspace: Workspace) -> list[tuple[str, list[str], dict[str, str]]]:
    recordings = table(workspace, "corpus/recordings")
    singers = singers_of(workspace)
    offered = [("singer", singers, dict(zip(singers, singers, strict=True)))]
    if "style" in recordings and not workspace.of_clips:
        styles = sorted({str(style) for style in recordings["style"].dropna() if str(style)})
        offered.append(("style", styles, dict(zip(styles, styles, strict=True))))
    names = recording_names(workspace)
    offered.append(("recording", sorted(names, key=lambda rid: names[rid]), names))
    return offered


def _column(workspace: Workspace, points: pd.DataFrame, name: str) -> pd.Series:
    if name == "style":
        styles = table(workspace, "corpus/recordings").set_index("recording_id")["style"]
        return points["recording_id"].map(styles).astype(str)
    return points["recording_id" if name == "recording" else name].astype(str)


def _pattern(points: pd.DataFrame) -> pd.Series:
    adopt_setting("space_steps", "steps", str)
    typed = st.text_input(
        _("Steps"),
        key="space_steps",
        placeholder=_("+1 -2 * +1"),
        help=_(
            "Type steps, e.g. +1 -2 +1. ? stands for any one step, * for any number of steps. "
            "The pattern may stand anywhere within the motif."
        ),
        persist_state="session",
    )
    publish_setting("steps", typed, "")
    if not typed.strip():
        return pd.Series(True, index=points.index)
    from flamsid_core.motifs import search_pattern

    # Many instances share a pattern: each is searched once.
    patterns = pd.DataFrame({"pattern": points["pattern"].unique()})
    return points["pattern"].isin(search_pattern(patterns, typed)["pattern"])


def _length(points: pd.DataFrame) -> pd.Series:
    # Many instances share a pattern: each is counted once.
    codes, patterns = pd.factorize(points["pattern"])
    lengths = pd.Series((pd.Series(patterns).str.count(" ") + 1).to_numpy()[codes], index=points.index)
    low, high = int(lengths.min()), int(lengths.max())
    if low == high:
        return pd.Series(True, index=points.index)
    key = f"space_length_{low}_{high}"
    adopt_setting(key, "length", range_in(low, high))
    shortest, longest = st.slider(_("Number of steps"), low, high, (low, high), key=key)
    publish_setting("length", (shortest, longest), (low, high))
    return lengths.between(shortest, longest)
