"""What a person says of motifs: name, note, tags, or that it is not a motif. Kept by pattern, for all who sing it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from flamsid_core.annotations import Entry, open_annotations
from flamsid_core.ui.words import _
from flamsid_core.workspace import Workspace


def said_of_motifs(workspace: Workspace) -> pd.DataFrame:
    """Return name, note, tags and rejected by pattern."""
    columns = ["name", "note", "tags", "rejected"]
    if workspace.corpus is None:
        return pd.DataFrame(columns=columns)
    return open_annotations(workspace.corpus).motifs().set_index("motif_key")[columns]


def without_rejected(workspace: Workspace, motifs: pd.DataFrame) -> pd.DataFrame:
    """Leave out the rows (of motifs or instances) whose pattern was rejected."""
    said = said_of_motifs(workspace)
    return motifs[~motifs["pattern"].isin(said.index[said["rejected"].astype(bool)])]


def choose_shown(workspace: Workspace, motifs: pd.DataFrame) -> pd.DataFrame:
    """Leave rejected motifs out, or show them alone so that they can be brought back; put the names beside the rest."""
    said = said_of_motifs(workspace)
    rejected = motifs["pattern"].isin(said.index[said["rejected"].astype(bool)])
    count = int(rejected.sum())
    only = count and st.toggle(_("Rejected motifs ({n})", n=count), key="motif_rejected")
    names = [said["name"].get(pattern, "") for pattern in motifs["pattern"]]
    return motifs.assign(name=names)[rejected if only else ~rejected]


def name_form(workspace: Workspace, pattern: str, *, key: str | None = None) -> None:
    """Let the person name, note, tag and reject a motif; one click brings a rejected one back.

    With a `key` of its own the form stands on a family's card, where nothing is rejected.
    """
    if workspace.corpus is None:
        return
    said = said_of_motifs(workspace)
    known = said.loc[pattern] if pattern in said.index else None
    rejected = known is not None and bool(known["rejected"])
    with st.form(f"motif-said-{pattern if key is None else key}", border=False):
        name, tags = st.columns([1, 1])
        new_name = name.text_input(_("Name"), value="" if known is None else known["name"])
        new_tags = tags.text_input(
            _("Tags, with commas"), value="" if known is None else ", ".join(known["tags"])
        )
        note = st.text_input(_("Note"), value="" if known is None else known["note"])
        keep, reject = st.columns([1, 1])
        kept = keep.form_submit_button(_("Save"), icon=":material/edit_note:", width="stretch")
        turned = key is None and reject.form_submit_button(
            _("Bring back") if rejected else _("Not a motif"),
            icon=":material/undo:" if rejected else ":material/block:",
            width="stretch",
        )
    if kept or turned:
        detail = {
            "motif_key": pattern,
            "name": (new_name or "").strip(),
            "note": (note or "").strip(),
            "tags": [tag.strip() for tag in (new_tags or "").split(",") if tag.strip()],
            "rejected": not rejected if turned else rejected,
        }
        open_annotations(workspace.corpus).add([Entry("", "motif", "set", detail=detail)])
        st.rerun()
