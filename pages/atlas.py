"""The map of all sung motifs: heard on hover, chosen by click, selected by lasso."""

import streamlit as st

from flamsid_core.pipeline.said import as_said, said_of_motifs
from flamsid_core.ui.atlas import view
from flamsid_core.ui.atlas.filters import filtered
from flamsid_core.ui.atlas.quality import quality
from flamsid_core.ui.atlas.selection import chosen_and_neighbours, selection
from flamsid_core.ui.model_files import model_names
from flamsid_core.ui.state import empty, open_workspace
from flamsid_core.ui.waiting import no_motifs_yet, waiting
from flamsid_core.ui.words import _

workspace = open_workspace()
st.title(_("Motif space"))
if not workspace.has("motifs/instances"):
    no_motifs_yet(workspace, "scatter_plot")
    st.stop()
if not model_names(workspace):
    waiting(
        workspace,
        "model",
        lambda: bool(model_names(workspace)),
        lambda: empty(
            _(
                "There is no model yet, and so no map: the points are placed by a network's "
                "embeddings. Train one first."
            ),
            "models",
            _("Go to Models"),
            icon="scatter_plot",
        ),
    )
    st.stop()
if not view.maps(workspace):
    waiting(workspace, "atlas", lambda: bool(view.maps(workspace)), lambda: view.offer_map(workspace))
    st.stop()

st.caption(
    _(
        "Every point is one sung motif, placed by what the network hears in it. Hover to "
        "listen, click to choose, draw a lasso to select."
    )
)
choice = view.controls(workspace)
everything = view.positions(workspace, choice["name"])
stale = choice["name"] if view.is_stale(workspace, choice["name"], everything) else None
everything = as_said(everything, said_of_motifs(workspace))
points = filtered(workspace, everything, choice)
view.say_what_is_shown(workspace, len(points), len(everything), choice)
if points.empty:
    st.info(_("No point is left: loosen the filters."))
    st.stop()
clicked, rows = view.scatter(workspace, points, choice)
# What is selected comes first, though it stands below: to measure it takes longer than to list it.
trust = st.container()
left, right = (st.container(), st.container()) if clicked is None else st.columns([1.7, 1], gap="large")
with left:
    selection(workspace, points, rows)
with right:
    chosen_and_neighbours(workspace, points, clicked, choice["name"])
view.offer_map(workspace, stale)
with trust:
    quality(workspace, points, rows, choice)
