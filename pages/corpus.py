"""What is in the corpus, what has been made of it, and how another one comes in."""

import streamlit as st

from flamsid_core import jobs
from flamsid_core.ui.corpus import view
from flamsid_core.ui.state import escape, has_project, project_label, t, workspace

if not has_project():
    view.add_corpus()
    st.stop()

space = workspace()
st.title(escape(project_label()))
st.caption(escape(view.where(space)))
view.stage_badges(space)
if space.has("corpus/recordings"):
    view.figures(space)
    if view.is_clips(space):
        st.info(t("corpus.clips_note"), icon=":material/info:")
view.run_controls(space, busy=jobs.current(space.root) is not None)

skipped = view.skipped_files(space)
table, audit, left_out, add = st.tabs(
    [
        t("corpus.tab.table_clips" if view.is_clips(space) else "corpus.tab.table"),
        t("corpus.tab.audit"),
        t("corpus.tab.skipped", n=len(skipped)),
        t("corpus.tab.add"),
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
