"""What is in the corpus, what has been made of it, and how another one comes in."""

import streamlit as st

from flamsid_core import jobs
from flamsid_core.ui.corpus import view
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

skipped = view.skipped_files(space)
table, audit, left_out, add = st.tabs(
    [
        _(N_("Sources") if space.of_clips else N_("Recordings")),
        _("Audit"),
        _("Skipped ({n})", n=len(skipped)),
        _("Open or upload"),
    ]
)
with table:
    view.recordings_table(space)
with audit:
    view.audit(space)
with left_out:
    view.show_skipped(skipped)
with add:
    view.add_corpus()
