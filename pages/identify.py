"""An unknown recording: whose singing is it, how sure is that, and which motifs say so."""

import streamlit as st

from flamsid_core import jobs
from flamsid_core.ui.identify import question
from flamsid_core.ui.identify.verdict import caveats
from flamsid_core.ui.identify.view import show
from flamsid_core.ui.job_panel import job_panel
from flamsid_core.ui.model_files import about_model, model_names
from flamsid_core.ui.sound import uploads_folder
from flamsid_core.ui.state import empty, open_workspace
from flamsid_core.ui.waiting import no_motifs_yet, waiting
from flamsid_core.ui.words import _

workspace = open_workspace()
st.title(_("Identify"))
if not workspace.has("motifs/instances"):
    no_motifs_yet(workspace, "mic_off")
    st.stop()
if not model_names(workspace):
    waiting(
        workspace,
        "model",
        lambda: bool(model_names(workspace)),
        lambda: empty(
            _("To identify a singer a model is needed. Train one first; the demo corpus has one already."),
            "models",
            _("Go to Models"),
            icon="mic_off",
        ),
    )
    st.stop()

st.caption(
    _(
        "Whose singing is it? The model hears the voice clip by clip and judges the recording by all of them; "
        "apart from that it is counted whose motifs occur."
    )
)
left, right = st.columns([1.2, 1], gap="large")
with right:
    model = question.choose_model(workspace)
    caveats(about_model(workspace, model))
listening = jobs.current(uploads_folder().parent) is not None
with left:
    given = question.choose_sound(workspace)
    speed = question.choose_speed(workspace, given)
    if st.button(
        _("Who is singing?"),
        icon=":material/hearing:",
        type="primary",
        disabled=given is None or listening,
        key="identify_start",
    ):
        question.start(workspace, model, *given, speed)
job_panel(uploads_folder().parent, key="identify")
done = question.finished(workspace, model)
if done is not None and not listening:
    show(workspace, model, done)
