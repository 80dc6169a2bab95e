"""Each singer's motifs: seen, searched, compared, and heard one by one."""

import streamlit as st

from flamsid_core.ui.families import has_families
from flamsid_core.ui.instances import colours_of
from flamsid_core.ui.motifs import recurring, view
from flamsid_core.ui.state import open_workspace
from flamsid_core.ui.waiting import no_motifs_yet
from flamsid_core.ui.words import _

workspace = open_workspace()
st.title(_("Motifs"))
if not workspace.has("motifs/motifs"):
    no_motifs_yet(workspace, "stairs")
    st.stop()

st.caption(
    _(
        "What each singer sings again and again: closed patterns of steps between pitch "
        "levels. + rises, − falls."
    )
)
names = [_("Dictionary"), _("Shared and unique")]
if has_families(workspace):
    found, dictionary, shared = st.tabs([_("Recurring"), *names])
    with found:
        st.caption(
            _(
                "What comes back in a singer's recordings, in all its variants, more often than in the same notes "
                "shuffled. Chance says how many of the finds that are at least as strong come from shuffled notes."
            )
        )
        recurring.cards(workspace, recurring.chosen_families(workspace))
else:
    dictionary, shared = st.tabs(names)
with dictionary:
    motifs = view.filtered(workspace)
    heard = st.container()
    motif_id = view.dictionary(motifs, colours_of(workspace))
    if motif_id is not None:
        view.detail(workspace, motif_id, heard)
with shared:
    view.shared_and_unique(workspace)
