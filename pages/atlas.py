"""The map of all sung motifs: heard on hover, chosen by click, selected by lasso."""

import streamlit as st

from flamsid_core.ui.atlas import view
from flamsid_core.ui.atlas.filters import filtered
from flamsid_core.ui.atlas.quality import quality
from flamsid_core.ui.atlas.selection import chosen_and_neighbours, selection
from flamsid_core.ui.model_files import model_names
from flamsid_core.ui.state import empty, t, workspace

space = workspace()
st.title(t("space.title"))
if not space.has("motifs/instances"):
    empty(t("common.no_motifs"), "corpus", t("common.go_corpus"), icon="scatter_plot")
    st.stop()
if not model_names(space):
    empty(t("space.no_model"), "models", t("common.go_models"), icon="scatter_plot")
    st.stop()
if not view.maps(space):
    view.offer_map(space)
    st.stop()

st.caption(t("space.intro"))
choice = view.controls(space)
everything = view.positions(space, choice["name"])
stale = choice["name"] if view.is_stale(space, choice["name"], everything) else None
points = filtered(space, everything, choice)
view.say_what_is_shown(space, len(points), len(everything), choice)
if points.empty:
    st.info(t("space.none"))
    st.stop()
clicked, rows = view.scatter(space, points, choice)
# What is selected comes first, though it stands below: to measure it takes longer than to list it.
trust = st.container()
left, right = (st.container(), st.container()) if clicked is None else st.columns([1.7, 1], gap="large")
with left:
    selection(space, points, rows)
with right:
    chosen_and_neighbours(space, points, clicked, choice["name"])
view.offer_map(space, stale)
with trust:
    quality(space, points, rows, choice)
