"""A recording as an instrument: pitch, the reduction as the sliders say, motifs, sound in step."""

import streamlit as st

from flamsid_core.ui.contours import reduce_one, tonic_cents
from flamsid_core.ui.corpus.view import is_clips
from flamsid_core.ui.recording import view
from flamsid_core.ui.state import empty, errors_told, escape, project_label, t, table, workspace

space = workspace()
st.title(t("recording.title"))
if is_clips(space):
    message = t("recording.clips", corpus=escape(project_label()))
    empty(message, "motifs", t("recording.clips_link"), icon="music_off")
    st.stop()
if not space.has("corpus/recordings"):
    empty(t("recording.no_melody"), "corpus", t("common.go_corpus"))
    st.stop()


@st.fragment
@errors_told()
def instrument() -> None:
    """Everything below the title: a slider, a click on a motif or another recording redraws this alone."""
    picker, tools = st.columns([4, 1.6], vertical_alignment="center")
    with picker:
        row = view.choose_recording(space)
    recording_id = str(row["recording_id"])
    if not space.has(f"melody/{recording_id}"):
        unvoiced = space.has(f"melody/{recording_id}.unvoiced.json")
        empty(t("recording.unvoiced" if unvoiced else "recording.no_melody"), "corpus", t("common.go_corpus"))
        return
    params = view.choose_params()
    melody = table(space, f"melody/{recording_id}")
    contour = reduce_one(space, recording_id, melody, params)
    instances = view.instances_of(space, recording_id)
    tonic = tonic_cents(contour.segments)
    motif = view.show_timeline(row, melody, contour, instances, tonic, params)
    view.figures(melody, contour, tonic)
    with tools, st.container(horizontal=True):
        view.cite_and_export(row, melody, contour, instances, params)
    pitches, motifs = st.columns([1, 1.25], gap="large")
    with motifs:
        view.chosen_motif(space, row, motif)
        st.caption(t("recording.motifs_note"))
    with pitches:
        view.histogram(melody, contour)


instrument()
