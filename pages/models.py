"""Networks: how well they tell singers apart under three protocols, compared, trained, loaded."""

import streamlit as st

from flamsid_core.ui.model_files import about_model, model_names
from flamsid_core.ui.models import registry, view
from flamsid_core.ui.state import empty, t, workspace

space = workspace()
st.title(t("models.title"))
if not space.has("motifs/instances"):
    empty(t("common.no_motifs"), "corpus", t("common.go_corpus"), icon="model_training")
    st.stop()

st.caption(t("models.intro"))
registry.say_what_was_done()
tabs = st.tabs([t(f"models.tab.{name}") for name in ("look", "compare", "train", "registry", "load")])
with tabs[0]:
    if model_names(space):
        name = view.choose_model(space)
        about = about_model(space, name)
        view.protocol_cards(about)
        left, right = st.columns(2, gap="large")
        with left:
            view.confusion(about)
        with right:
            view.show_history(space, name)
        view.card(about)
    else:
        empty(t("models.none"), icon="model_training")
with tabs[1]:
    view.compare(space)
with tabs[2]:
    view.train(space)
with tabs[3]:
    registry.show(space)
with tabs[4]:
    registry.bring_in(space)
