"""A recording as an instrument: pitch, the reduction as the sliders say, motifs, sound in step."""

import streamlit as st

from flamsid_core.pipeline import tracked_melody
from flamsid_core.ui.contours import reduce_one
from flamsid_core.ui.recording import boxes, desk, elsewhere, record, view
from flamsid_core.ui.state import empty, errors_shown, project_label, table, workspace
from flamsid_core.ui.words import N_, _, escape

space = workspace()
st.title(_("Recording"))
if space.of_clips:
    message = _(
        "“{corpus}” holds clips of motifs, not whole recordings, so there is no contour to "
        "draw. Hear the clips on the Motifs page.",
        corpus=escape(project_label()),
    )
    empty(message, "motifs", _("Go to Motifs"), icon="music_off")
    st.stop()
if not space.has("corpus/recordings"):
    empty(
        _("The melody of this recording has not been tracked yet. Run the chain on the Corpus page."),
        "corpus",
        _("Go to Corpus"),
    )
    st.stop()


@st.fragment
@errors_shown()
def instrument() -> None:
    """Everything below the title: a slider, a click on a motif or another recording redraws this alone."""
    picker = st.container()
    tools = st.container(horizontal=True, horizontal_alignment="left", vertical_alignment="center")
    with picker:
        row = view.choose_recording(space)
    recording_id = str(row["recording_id"])
    if not space.has(f"melody/{recording_id}"):
        unvoiced = space.has(f"melody/{recording_id}.unvoiced.json")
        empty(
            _(
                N_("No voiced frame was found in this recording: it seems to hold silence or noise.")
                if unvoiced
                else N_(
                    "The melody of this recording has not been tracked yet. Run the chain on the Corpus page."
                )
            ),
            "corpus",
            _("Go to Corpus"),
        )
        return
    params = view.choose_params()
    notes = desk.annotations_of(space)
    if notes is not None:
        desk.take_ops(space, notes, recording_id, view.timeline_key(recording_id))
    melody = table(space, f"melody/{recording_id}")
    contour = reduce_one(space, recording_id, melody, params)
    with tools:
        kind = boxes.choose_boxes(space)
    instances = boxes.boxes_of(space, recording_id, kind)
    tonic = record.tonic_of(row, contour.segments)
    tracked = tracked_melody(space, recording_id)
    colours = boxes.box_colours(space, kind)
    motif = view.show_timeline(row, melody, contour, instances, tonic, params, colours, notes, tracked)
    contour = contour._replace(segments=desk.corrected_notes(contour.segments, notes))
    if notes is not None:
        desk.desk_status(space, notes, melody)
    view.figures(melody, contour, tonic)
    record.show_record(row, melody)
    with tools:
        view.cite_and_export(row, melody, contour, instances, params)
    pitches, motifs = st.columns([1, 1.25], gap="large")
    with motifs:
        if motif is not None and kind == "recurring":
            boxes.chosen_family(space, row, motif)
        else:
            view.chosen_motif(space, row, motif)
        st.caption(
            _(
                "The motif boxes are those mined with the corpus' settings; the reduction above "
                "follows the sliders."
            )
        )
        elsewhere.elsewhere(space, row)
    if notes is not None:
        desk.marks_table(space, notes, recording_id)
    with pitches:
        view.histogram(melody, contour)


instrument()
