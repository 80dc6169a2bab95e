"""A recording as an instrument: pitch, the reduction as the sliders say, motifs, sound in step."""

import streamlit as st

from flamsid_core.pipeline import tracked_melody
from flamsid_core.ui.contours import reduce_one
from flamsid_core.ui.recording import boxes, desk, elsewhere, record, view
from flamsid_core.ui.state import empty, errors_shown, open_workspace, project_label, table
from flamsid_core.ui.waiting import waiting
from flamsid_core.ui.words import N_, _, escape

NOT_TRACKED = N_("The melody of this recording has not been tracked yet. Run the chain on the Corpus page.")
UNVOICED = N_("No voiced frame was found in this recording: it seems to hold silence or noise.")

workspace = open_workspace()
st.title(_("Recording"))
if workspace.of_clips:
    message = _(
        "“{corpus}” holds clips of motifs, not whole recordings, so there is no contour to "
        "draw. Hear the clips on the Motifs page.",
        corpus=escape(project_label()),
    )
    empty(message, "motifs", _("Go to Motifs"), icon="music_off")
    st.stop()
if not workspace.has("corpus/recordings"):
    waiting(
        workspace,
        "recordings",
        lambda: workspace.has("corpus/recordings"),
        lambda: empty(_(NOT_TRACKED), "corpus", _("Go to Corpus")),
    )
    st.stop()


@st.fragment
@errors_shown()
def instrument() -> None:
    """Everything below the title: a slider, a click on a motif or another recording redraws this alone."""
    picker = st.container()
    tools = st.container(horizontal=True, horizontal_alignment="left", vertical_alignment="center")
    with picker:
        row = view.choose_recording(workspace)
    recording_id = str(row["recording_id"])
    if not workspace.has(f"melody/{recording_id}"):
        if workspace.has(f"melody/{recording_id}.unvoiced.json"):
            empty(_(UNVOICED), "corpus", _("Go to Corpus"))
            return
        waiting(
            workspace,
            "melody",
            lambda: workspace.has(f"melody/{recording_id}"),
            lambda: empty(_(NOT_TRACKED), "corpus", _("Go to Corpus")),
        )
        return
    params = view.choose_params()
    notes = desk.annotations_of(workspace)
    if notes is not None:
        desk.take_ops(workspace, notes, recording_id, view.timeline_key(recording_id))
    melody = table(workspace, f"melody/{recording_id}")
    contour = reduce_one(workspace, recording_id, melody, params)
    with tools:
        kind = boxes.choose_boxes(workspace)
    instances = boxes.boxes_of(workspace, recording_id, kind)
    tonic = view.chosen_tonic(recording_id, record.tonic_of(row, contour.segments))
    tracked = tracked_melody(workspace, recording_id)
    colours = boxes.box_colours(workspace, kind)
    motif = view.show_timeline(row, melody, contour, instances, tonic, params, colours, notes, tracked)
    record.offer_to_keep_tonic(workspace, row, contour.segments, tonic)
    contour = contour._replace(segments=desk.corrected_notes(contour.segments, notes))
    if notes is not None:
        desk.desk_status(workspace, notes, melody)
    view.figures(melody, contour, tonic)
    record.show_record(workspace, row, melody)
    with tools:
        view.cite_and_export(row, melody, contour, instances, params)
    pitches, motifs = st.columns([1, 1.25], gap="large")
    with motifs:
        if motif is not None and kind == "recurring":
            boxes.chosen_family(workspace, row, motif)
        else:
            view.chosen_motif(workspace, row, motif)
        st.caption(
            _(
                "The motif boxes are those mined with the corpus' settings; the reduction above "
                "follows the sliders."
            )
        )
        elsewhere.elsewhere(workspace, row)
    if notes is not None:
        desk.marks_table(workspace, notes, recording_id)
    with pitches:
        view.histogram(melody, contour)


instrument()
