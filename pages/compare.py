"""Versions beside each other: two recordings aligned, and a family by its melodic distances."""

import streamlit as st

from flamsid_core.ui.compare import view
from flamsid_core.ui.state import empty, errors_shown, open_workspace
from flamsid_core.ui.words import _

workspace = open_workspace()
st.title(_("Compare"))
if workspace.of_clips or not workspace.has("corpus/recordings") or len(view.with_melody(workspace)) < 2:
    empty(
        _("Two recordings with a melody are needed. Run the chain on the Corpus page."),
        "corpus",
        _("Go to Corpus"),
    )
    st.stop()
two, versions = st.tabs([_("Two recordings"), _("A family of versions")])
with two, errors_shown():
    view.two_recordings(workspace)
with versions, errors_shown():
    view.family(workspace)
