"""What is sung like a span: the places in the singer's recordings or the corpus most like the one that is selected."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from flamsid_core.errors import FlamsidError
from flamsid_core.plots import ACCENT
from flamsid_core.ui.clips import clip_list
from flamsid_core.ui.instances import recording_names
from flamsid_core.ui.links import go_to
from flamsid_core.ui.routes import span_url
from flamsid_core.ui.state import project, table
from flamsid_core.ui.words import N_, _, clock, escape, number_text, percent, seconds_text, translated
from flamsid_core.workspace import Workspace

SCOPES = {"singer": N_("By this singer"), "corpus": N_("In the whole corpus")}
LEAST_S, LONGEST_S = 0.5, 20.0
AROUND_S = 2.0
SPAN, FOUND = "_span_here", "_like_it"


def elsewhere(workspace: Workspace, row: pd.Series) -> None:
    """Offer to look for what is like the selected span, and list what was found, each span playable and linked."""
    recording_id = str(row["recording_id"])
    chosen = st.session_state.get(SPAN)
    st.markdown(f"**{_('This, elsewhere')}**")
    if chosen is None or chosen[0] != recording_id:
        st.caption(_("Select a span on the timeline to find what is sung like it."))
        return
    start_s, end_s = chosen[1]
    if not LEAST_S <= end_s - start_s <= LONGEST_S:
        st.caption(
            _(
                "Select between {least} and {most} s to find what is sung like it.",
                least=LEAST_S,
                most=LONGEST_S,
            )
        )
        return
    scope = st.segmented_control(
        _("Where to look"), list(SCOPES), default="singer", required=True, key="like_scope",
        format_func=lambda name: _(SCOPES[name]), label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    asked = (recording_id, start_s, end_s, scope)
    label = _("Find what is like {start}–{end}", start=clock(start_s), end=clock(end_s))
    if st.button(label, icon=":material/search:", key="find_like"):
        with st.spinner(_("Comparing with every phrase, and with shuffled notes …")):
            st.session_state[FOUND] = (asked, _found(workspace, row, start_s, end_s, str(scope)))
    kept = st.session_state.get(FOUND)
    if kept is not None and kept[0] == asked:
        _list(workspace, kept[1])


def _found(
    workspace: Workspace, row: pd.Series, start_s: float, end_s: float, scope: str
) -> pd.DataFrame | FlamsidError:
    from flamsid_core.motifs import find_similar

    recordings = table(workspace, "corpus/recordings")
    if scope == "singer":
        recordings = recordings[recordings["singer"] == row["singer"]]
    melodies = {
        rid: table(workspace, f"melody/{rid}")
        for rid in recordings["recording_id"]
        if workspace.has(f"melody/{rid}")
    }
    try:
        return find_similar(melodies, str(row["recording_id"]), start_s, end_s)
    except FlamsidError as error:
        return error


def _list(workspace: Workspace, found: pd.DataFrame | FlamsidError) -> None:
    if isinstance(found, FlamsidError):
        st.info(escape(translated(found)))
        return
    if found.empty:
        st.info(_("Nothing is sung like it."))
        return
    names = recording_names(workspace)
    clips = [
        {
            "id": str(number),
            "url": span_url(project(), like["recording_id"]).format(start=like["start_s"], end=like["end_s"]),
            "pattern": "",
            "colour": ACCENT,
            "title": names.get(like["recording_id"], like["recording_id"]),
            "detail": _(
                "{at} · {covered} of it · chance gives {expected} as good",
                at=clock(like["start_s"]), covered=percent(like["covered"], 0),
                expected=number_text(like["expected_by_chance"], ".1f"),
            ),
            "length": seconds_text(like["end_s"] - like["start_s"]),
        }
        for number, like in enumerate(found.to_dict("records"))
    ]  # fmt: skip
    opened = clip_list(clips, key="like-it", max_height_px=330, can_open=True, contours=False)
    if opened is not None:
        like = found.iloc[int(opened)]
        window = f"{max(like['start_s'] - AROUND_S, 0):.2f}-{like['end_s'] + AROUND_S:.2f}"
        go_to("recording", recording=str(like["recording_id"]), t=window)
