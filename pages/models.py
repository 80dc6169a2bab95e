"""Networks: how well they tell singers apart under three protocols, compared, trained, loaded."""

import streamlit as st

from flamsid_core.ui.model_files import about_model, model_names
from flamsid_core.ui.models import registry, view
from flamsid_core.ui.state import empty, open_workspace
from flamsid_core.ui.waiting import no_motifs_yet, waiting
from flamsid_core.ui.words import N_, _

TAB_TEXTS = {
    "registry": N_("Runs"),
    "look": N_("Results"),
    "compare": N_("Compare"),
    "train": N_("Train"),
    "load": N_("Bring in"),
}

workspace = open_workspace()
st.title(_("Models"))
if not workspace.has("motifs/instances"):
    no_motifs_yet(workspace, "model_training")
    st.stop()

st.caption(
    _(
        "How well the singers are told apart, always under three protocols side by side: an "
        "accuracy without its protocol says nothing."
    )
)
registry.say_what_was_done()
tabs = st.tabs([_(TAB_TEXTS[name]) for name in ("look", "compare", "train", "registry", "load")])
with tabs[0]:
    if model_names(workspace):
        name = view.choose_model(workspace)
        about = about_model(workspace, name)
        view.protocol_cards(about)
        left, right = st.columns(2, gap="large")
        with left:
            view.confusion(about)
        with right:
            view.show_history(workspace, name)
        view.card(about)
    else:
        waiting(
            workspace,
            "model",
            lambda: bool(model_names(workspace)),
            lambda: empty(
                _(
                    "No model has been trained on this corpus yet. Train one in the tab Train, or run the whole chain."
                ),
                icon="model_training",
            ),
        )
with tabs[1]:
    view.compare(workspace)
with tabs[2]:
    view.train(workspace)
with tabs[3]:
    registry.show(workspace)
with tabs[4]:
    registry.bring_in(workspace)
