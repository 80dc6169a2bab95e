"""The paper's experiment on this corpus: its table beside ours, every cell in full, two runs compared."""

import streamlit as st

from flamsid_core.models import registry
from flamsid_core.ui.experiments import view
from flamsid_core.ui.experiments.audit import audit_strip
from flamsid_core.ui.experiments.compare import compare_page
from flamsid_core.ui.experiments.files import experiment_folder
from flamsid_core.ui.experiments.start import live, start_form
from flamsid_core.ui.experiments.table import table_beside_paper
from flamsid_core.ui.state import empty, t, workspace

space = workspace()
st.title(t("experiments.title"))
if not space.has("motifs/instances"):
    empty(t("common.no_motifs"), "corpus", t("common.go_corpus"), icon="science")
    st.stop()

st.caption(t("experiments.intro"))
left, right = st.columns([1.2, 1])
with left:
    name = view.choose(space)
if name is None:
    empty(t("experiments.none"), icon="science")
    live(space)
    start_form(space)
    st.stop()
with right:
    protocol = view.protocol_of(space, name)
view.state_line(space, name)
live(space)
folder = experiment_folder(space, name)
audit_strip(space, folder, protocol)
tabs = st.tabs([t(f"experiments.tab.{tab}") for tab in ("paper", "cells", "compare", "start")])
with tabs[0]:
    table_beside_paper(folder, protocol)
with tabs[1]:
    view.cells_tab(space, name, protocol)
with tabs[2]:
    runs = registry.registry(space)
    compare_page(space, protocol, list(runs.loc[runs[f"accuracy_{protocol}"].notna(), "run"]))
with tabs[3]:
    start_form(space)
