"""Each singer's motifs: seen, searched, compared, and heard one by one."""

import streamlit as st

from flamsid_core.ui.instances import colours_of
from flamsid_core.ui.motifs import view
from flamsid_core.ui.state import empty, workspace
from flamsid_core.ui.words import _

space = workspace()
st.title(_("Motifs"))
if not space.has("motifs/motifs"):
    empty(
        _(
            "This corpus has no motifs yet. Run the chain on the Corpus page: it tracks the "
            "melody, reduces the contour and mines each singer's motifs."
        ),
        "corpus",
        _("Go to Corpus"),
        icon="stairs",
    )
    st.stop()

st.caption(
    _(
        "What each singer sings again and again: closed patterns of steps between pitch "
        "levels. + rises, − falls."
    )
)
dictionary, shared = st.tabs([_("Dictionary"), _("Shared and unique")])
with dictionary:
    motifs = view.filtered(space)
    heard = st.container()
    motif_id = view.dictionary(motifs, colours_of(space))
    if motif_id is not None:
        view.detail(space, motif_id, heard)
with shared:
    view.shared_and_unique(space)
