"""Each singer's motifs: seen, searched, compared, and heard one by one."""

import streamlit as st

from flamsid_core.ui.instances import colours_of
from flamsid_core.ui.motifs import view
from flamsid_core.ui.state import empty, t, workspace

space = workspace()
st.title(t("motifs.title"))
if not space.has("motifs/motifs"):
    empty(t("common.no_motifs"), "corpus", t("common.go_corpus"), icon="stairs")
    st.stop()

st.caption(t("motifs.intro"))
dictionary, shared = st.tabs([t("motifs.tab.table"), t("motifs.tab.shared")])
with dictionary:
    motifs = view.filtered(space)
    heard = st.container()
    motif_id = view.dictionary(motifs, colours_of(space))
    if motif_id is not None:
        view.detail(space, motif_id, heard)
with shared:
    view.shared_and_unique(space)
