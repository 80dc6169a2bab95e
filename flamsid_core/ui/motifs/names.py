"""What a person says of motifs: name, note, tags, or that it is not a motif. Kept by pattern, for all who sing it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from flamsid_core.annotations import Entry, open_annotations
from flamsid_core.pipeline.said import is_rejected, said_of_motifs
from flamsid_core.ui.words import _
from flamsid_core.workspace import Workspace


def choose_shown(workspace: Workspace, motifs: pd.DataFrame, *, key: str = "motif_rejected") -> pd.DataFrame:
    """Leave rejected motifs out, or show them alone so that they can be brought back; put the names beside the rest."""
    said = said_of_motifs(workspace)
    rejected = is_rejected(motifs, said)
    count = int(rejected.sum())
    only = count and st.toggle(_("Rejected motifs ({n})", n=count), key=key)
    names = [said["name"].get(pattern, "") for pattern in motifs["pattern"]]
    return motifs.assign(name=names)[rejected if only else ~rejected]


def name_form(workspace: Workspace, pattern: str, *, key: str | None = None) -> None:
    """Let the person name, note, tag and reject a motif; one click brings a rejected one back.

    The pattern is the form's `key` unless it has one of its own, as on a family's card.
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
        turned = reject.form_submit_button(
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
