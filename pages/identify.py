"""An unknown recording: whose singing is it, how sure is that, and which motifs say so."""

import streamlit as st

from flamsid_core import jobs
from flamsid_core.ui.identify import view
from flamsid_core.ui.job_panel import job_panel
from flamsid_core.ui.model_files import about_model, model_names
from flamsid_core.ui.sound import uploads_folder
from flamsid_core.ui.state import empty, t, workspace

space = workspace()
st.title(t("identify.title"))
if not space.has("motifs/instances"):
    empty(t("common.no_motifs"), "corpus", t("common.go_corpus"), icon="mic_off")
    st.stop()
if not model_names(space):
    empty(t("identify.no_model"), "models", t("common.go_models"), icon="mic_off")
    st.stop()

st.caption(t("identify.intro"))
left, right = st.columns([1.2, 1], gap="large")
with right:
    model = view.choose_model(space)
    view.caveats(about_model(space, model))
listening = jobs.current(uploads_folder().parent) is not None
with left:
    given = view.choose_sound(space)
    if st.button(
        t("identify.button"),
        icon=":material/hearing:",
        type="primary",
        disabled=given is None or listening,
        key="identify_start",
    ):
        view.start(space, model, *given)
job_panel(uploads_folder().parent, key="identify")
done = view.finished(space, model)
if done is not None and not listening:
    view.show(space, model, done)
