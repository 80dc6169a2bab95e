"""The paper's experiment on this corpus: its table beside ours, every cell in full, two runs compared."""

import streamlit as st

from flamsid_core.models import registry
from flamsid_core.ui.experiments import view
from flamsid_core.ui.experiments.audit import audit_strip
from flamsid_core.ui.experiments.compare import compare_page
from flamsid_core.ui.experiments.files import experiment_folder
from flamsid_core.ui.experiments.start import live, start_form
from flamsid_core.ui.experiments.table import table_beside_paper
from flamsid_core.ui.state import empty, open_workspace
from flamsid_core.ui.waiting import no_motifs_yet
from flamsid_core.ui.words import N_, _

TAB_TEXTS = {
    "paper": N_("Beside the paper"),
    "cells": N_("Cells"),
    "compare": N_("Compare two"),
    "start": N_("Start another"),
}

workspace = open_workspace()
st.title(_("Experiments"))
if not workspace.has("motifs/instances"):
    no_motifs_yet(workspace, "science")
    st.stop()

st.caption(
    _(
        "The paper's comparison on this corpus: networks, features and clips crossed, each "
        "cell measured under a protocol, beside the paper's own figures."
    )
)
left, right = st.columns([1.2, 1])
with left:
    name = view.choose(workspace)
if name is None:
    empty(
        _(
            "No experiment has been run on this corpus yet. Choose below what to cross and "
            "start: every cell is trained and measured in turn, and the page fills while it "
            "runs. Two features under two protocols on a small corpus take a few minutes."
        ),
        icon="science",
    )
    live(workspace)
    start_form(workspace)
    st.stop()
with right:
    protocol = view.protocol_of(workspace, name)
view.state_line(workspace, name)
live(workspace)
folder = experiment_folder(workspace, name)
audit_strip(workspace, folder, protocol)
tabs = st.tabs([_(TAB_TEXTS[tab]) for tab in ("paper", "cells", "compare", "start")])
with tabs[0]:
    table_beside_paper(folder, protocol)
with tabs[1]:
    view.cells_tab(workspace, name, protocol)
with tabs[2]:
    runs = registry.registry(workspace)
    compare_page(workspace, protocol, list(runs.loc[runs[f"accuracy_{protocol}"].notna(), "run"]))
with tabs[3]:
    start_form(workspace)
