"""What is in the corpus, what has been made of it, and how another one comes in."""

import streamlit as st

from flamsid_core import jobs
from flamsid_core.ui.corpus import left_out, view
from flamsid_core.ui.state import has_project, project_label, workspace
from flamsid_core.ui.words import N_, _, escape

if not has_project():
    view.add_corpus()
    st.stop()

space = workspace()
st.title(escape(project_label()))
st.caption(escape(view.where(space)))
view.stage_badges(space)
if space.has("corpus/recordings"):
    view.figures(space)
    if space.of_clips:
        st.info(
            _(
                "This corpus holds published clips of motifs, not whole recordings. The Recording "
                "page has nothing to draw here; motifs, models, motif space and identification work."
            ),
            icon=":material/info:",
        )
view.run_controls(space, busy=jobs.current(space.root) is not None)

skipped = left_out.skipped_files(space)
recordings_tab, audit_tab, skipped_tab, add_tab = st.tabs(
    [
        _(N_("Sources") if space.of_clips else N_("Recordings")),
        _("Audit"),
        _("Skipped ({n})", n=len(skipped)),
        _("Open or upload"),
    ]
)
with recordings_tab:
    view.recordings_table(space)
with audit_tab:
    view.audit(space)
with skipped_tab:
    left_out.show_skipped(space, skipped)
with add_tab:
    view.add_corpus()
