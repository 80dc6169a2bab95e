"""The Corpus page's list of what was left out and why, what is to be said of the rest, and the log with the causes."""

from __future__ import annotations

import contextlib

import pandas as pd
import streamlit as st

from flamsid_core import jobs
from flamsid_core.errors import FlamsidError
from flamsid_core.pipeline.left_out import left_out_of_contour
from flamsid_core.pipeline.project import notes_of
from flamsid_core.ui.state import table
from flamsid_core.ui.words import _, translated
from flamsid_core.workspace import Workspace

LOG_LINES = 200


def skipped_files(workspace: Workspace) -> list[dict[str, str]]:
    """Return the files that could not be used, with their reasons; a note that is damaged is not shown."""
    found: list[dict[str, str]] = []
    with contextlib.suppress(FlamsidError, OSError):
        found += [one for one in workspace.json("corpus/skipped.json") if {"file", "reason"} <= one.keys()]
    with contextlib.suppress(FlamsidError, OSError):
        recordings = table(workspace, "corpus/recordings")
        files = dict(zip(recordings["recording_id"], recordings["file"], strict=True))
        for path in sorted(
            [*workspace.root.glob("melody/*.unvoiced.json"), *workspace.root.glob("melody/*.failed.json")]
        ):
            file = files.get(path.name.split(".")[0])
            with contextlib.suppress(FlamsidError, KeyError, TypeError):
                if file is not None:
                    found.append({"file": file, "reason": workspace.json(f"melody/{path.name}")["reason"]})
    return found + [{"file": skip.file, "reason": skip.reason} for skip in left_out_of_contour(workspace)]


def show_skipped(workspace: Workspace, skipped: list[dict[str, str]]) -> None:
    """Show the files that could not be used, what is to be said of others, and the log of the newest job."""
    if skipped:
        config = {"file": _("File"), "reason": _("Reason")}
        rows = [{"file": one["file"], "reason": translated(one["reason"])} for one in skipped]
        st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=config, key="skipped")
    else:
        st.info(_("Every file could be used."))
    if notes := notes_of(workspace):
        st.markdown(f"**{_('Used, but good to know')}**")
        config = {"file": _("File"), "note": _("Note")}
        rows = [{"file": one["file"], "note": translated(one["reason"])} for one in notes]
        st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=config, key="file_notes")
    job = jobs.latest(workspace.root)
    if job is not None and (log := jobs.log(job, lines=LOG_LINES)):
        with st.popover(_("Log"), icon=":material/description:"):
            st.code(log, language=None)
