"""The spans that are boxed on the timeline: recurring motifs, or on request the whole dictionary."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from flamsid_core.pipeline.said import as_said, said_of_motifs
from flamsid_core.ui.clips import clip_list
from flamsid_core.ui.families import (
    clips_of_occurrences,
    colours_of_families,
    has_families,
    in_words,
    occurrences_of,
)
from flamsid_core.ui.links import adopt_setting, go_to, one_of, open_instance, publish_setting
from flamsid_core.ui.state import table
from flamsid_core.ui.words import N_, _, escape
from flamsid_core.workspace import Workspace

KINDS = {"recurring": N_("Recurring"), "dictionary": N_("Dictionary")}
_COLUMNS = ["instance_id", "motif_id", "recording_id", "singer", "start_s", "end_s", "pattern"]


def choose_boxes(workspace: Workspace) -> str:
    """Let the person choose what is boxed; return the kind."""
    if not has_families(workspace):
        return "dictionary"
    given = st.query_params.get("motif", "")
    if "boxes" not in st.session_state and given and not _is_family(workspace, given):
        st.session_state["boxes"] = "dictionary"
    adopt_setting("boxes", "boxes", one_of(list(KINDS)))
    chosen = st.segmented_control(
        _("Motifs"), list(KINDS), default="recurring", required=True, key="boxes",
        label_visibility="collapsed", width="content",
        format_func=lambda kind: _(KINDS[kind]), persist_state="session",
        help=_("Recurring: what comes back beyond chance. Dictionary: all closed patterns of steps, as in the paper."),
    )  # fmt: skip
    publish_setting("boxes", chosen, "recurring")
    return str(chosen)


def boxes_of(workspace: Workspace, recording_id: str, kind: str) -> pd.DataFrame:
    """Return the spans of one recording by time, with the columns of the table of instances and a person's names."""
    if kind == "recurring":
        boxes = table(workspace, "motifs/occurrences").rename(
            columns={"family_id": "motif_id", "occurrence_id": "instance_id"}
        )
    elif workspace.has("motifs/instances"):
        boxes = table(workspace, "motifs/instances")
    else:
        return pd.DataFrame(columns=_COLUMNS).astype({"start_s": float, "end_s": float})
    mine = as_said(boxes[boxes["recording_id"] == recording_id], said_of_motifs(workspace))
    return mine.sort_values(["start_s", "end_s"], kind="stable").reset_index(drop=True)


def box_colours(workspace: Workspace, kind: str) -> dict[str, str]:
    """Return the colours of the motifs that are boxed; those of the dictionary take the timeline's own."""
    return colours_of_families(workspace) if kind == "recurring" else {}


def _is_family(workspace: Workspace, motif_id: str) -> bool:
    return bool((table(workspace, "motifs/families")["family_id"] == motif_id).any())


def chosen_family(workspace: Workspace, row: pd.Series, family_id: str) -> None:
    """List where a recurring motif occurs, here and elsewhere, each occurrence playable and linked."""
    families = table(workspace, "motifs/families")
    family = families[families["family_id"] == family_id].iloc[0]
    occurrences = occurrences_of(workspace, family_id)
    here = occurrences["recording_id"] == row["recording_id"]
    left, right = st.columns([1, 1], vertical_alignment="center")
    title = _("Motif {pattern}", pattern=f"`{family['pattern']}`")
    left.markdown(f"**{title}**")
    if right.button(_("All about this motif"), key="open_family", icon=":material/stairs:", width="stretch"):
        go_to("motifs", family=family_id)
    counts = {"here": int(here.sum()), "elsewhere": int((~here).sum()), "singer": escape(row["singer"])}
    st.caption(_("{here} in this recording, {elsewhere} in others of {singer}", **counts))
    st.caption(in_words(family))
    ordered = pd.concat([occurrences[here], occurrences[~here]])
    clips = clips_of_occurrences(workspace, ordered, colours_of_families(workspace)[family_id])
    opened = clip_list(clips, key=f"occurrences-{family_id}", max_height_px=330, can_open=True)
    if opened is not None:
        found = ordered[ordered["occurrence_id"] == opened].iloc[0]
        open_instance(found.rename({"family_id": "motif_id"}))
