"""The map of embeddings as a figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import pandas as pd

from flamsid_core.plots.base import empty_figure, label, singer_colours

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def atlas_map(
    positions: pd.DataFrame,
    instances: pd.DataFrame,
    *,
    projection: Literal["umap", "pca"] = "umap",
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """Draw where a model puts every instance, a colour for each singer.

    Parameters
    ----------
    positions : DataFrame
        instance_id, x, y (UMAP), pca_x, pca_y.
    instances : DataFrame
        instance_id, singer, pattern.
    projection : {"umap", "pca"}
        Distances on a UMAP mean little beyond who is whose neighbour.
    colours : mapping, optional
        By singer.
    """
    import plotly.graph_objects as go

    x, y = ("x", "y") if projection == "umap" else ("pca_x", "pca_y")
    table = positions.merge(instances[["instance_id", "singer", "pattern"]], on="instance_id")
    colours = singer_colours(table["singer"]) if colours is None else colours
    figure = empty_figure(560)
    for singer, rows in table.groupby("singer", sort=True):
        figure.add_trace(
            go.Scattergl(
                x=rows[x],
                y=rows[y],
                mode="markers",
                marker={"size": 5, "opacity": 0.55, "color": colours[str(singer)]},
                name=label(singer),
                text=rows["pattern"],
                hovertemplate="%{text}<extra>" + label(singer) + "</extra>",
            )
        )
    # Of a map, only nearness says something.
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x")
    return figure
