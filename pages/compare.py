"""Versions beside each other: two recordings aligned, and a family by its melodic distances."""

import streamlit as st

from flamsid_core.ui.compare import view
from flamsid_core.ui.state import empty, errors_shown, open_workspace, project_label
from flamsid_core.ui.waiting import waiting
from flamsid_core.ui.words import _, escape

workspace = open_workspace()
st.title(_("Compare"))
if workspace.of_clips:
    message = _("“{corpus}” holds clips of motifs, not whole recordings.", corpus=escape(project_label()))
    empty(message, "motifs", _("Go to Motifs"), icon="music_off")
    st.stop()
if not workspace.has("corpus/recordings") or len(view.with_melody(workspace)) < 2:
    waiting(
        workspace,
        "melody",
        lambda: workspace.has("corpus/recordings") and len(view.with_melody(workspace)) > 1,
        lambda: empty(
            _("Two recordings with a melody are needed. Run the chain on the Corpus page."),
            "corpus",
            _("Go to Corpus"),
        ),
    )
    st.stop()
two, versions = st.tabs([_("Two recordings"), _("A family of versions")])
with two, errors_shown():
    view.two_recordings(workspace)
with versions, errors_shown():
    view.family(workspace)
