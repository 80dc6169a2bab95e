"""What is in the corpus, what has been made of it, and how another one comes in."""

import streamlit as st

from flamsid_core import jobs
from flamsid_core.ui.corpus import editing, left_out, view
from flamsid_core.ui.state import has_project, open_workspace, project_label
from flamsid_core.ui.words import N_, _, escape

if not has_project():
    view.add_corpus()
    st.stop()

workspace = open_workspace()
st.title(escape(project_label()))
st.caption(escape(view.where(workspace)))
view.stage_badges(workspace)
if workspace.has("corpus/recordings"):
    view.figures(workspace)
    if workspace.of_clips:
        st.info(
            _(
                "This corpus holds published clips of motifs, not whole recordings. The Recording "
                "page has nothing to draw here; motifs, models, motif space and identification work."
            ),
            icon=":material/info:",
        )
view.run_controls(workspace, busy=jobs.current(workspace.root) is not None)

skipped = left_out.skipped_files(workspace)
recordings_tab, audit_tab, skipped_tab, add_tab = st.tabs(
    [
        _(N_("Sources") if workspace.of_clips else N_("Recordings")),
        _("Audit"),
        _("Skipped ({n})", n=len(skipped)),
        _("Open or upload"),
    ]
)
with recordings_tab:
    view.recordings_table(workspace)
    if workspace.has("corpus/recordings") and not workspace.of_clips:
        with st.expander(_("Edit the table"), icon=":material/edit:"):
            editing.edit_table(workspace)
with audit_tab:
    view.audit(workspace)
with skipped_tab:
    left_out.show_skipped(workspace, skipped)
with add_tab:
    view.add_corpus()
