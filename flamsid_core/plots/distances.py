"""Melodies compared: two laid over each other, and a family of versions by their distances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flamsid_core.melody import hz_to_cents
from flamsid_core.melody.distances import Alignment
from flamsid_core.plots.base import ACCENT, NEUTRAL, PALETTE, SEQUENTIAL, empty_figure, label

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_MOST_POINTS = 6000
_TIES = 120
_APART_CENTS = 1400.0


def compared_contours(
    melodies: tuple[pd.DataFrame, pd.DataFrame],
    alignment: Alignment,
    agreement: pd.DataFrame,
    names: tuple[str, str],
    texts: Mapping[str, str],
    *,
    laid_over: bool,
) -> Figure:
    """Draw two aligned melodies: in their own times with ties between them, or laid over each other in the first one's.

    Parameters
    ----------
    melodies : pair of DataFrame
        time_s, f0_hz (0 = unvoiced).
    alignment : Alignment
        Of the two; its transposition is taken off the second.
    agreement : DataFrame
        time_a_s, agreement (0 to 1): the curve below.
    names : pair of str
    texts : mapping
        "time", "cents", "agreement", "ties".
    laid_over : bool
        The second melody is warped onto the time of the first.
    """
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.78, 0.22], vertical_spacing=0.05)
    lift = 0.0 if laid_over else _APART_CENTS
    lines = []
    for place, melody in enumerate(melodies):
        thin = melody.iloc[:: -(-len(melody) // _MOST_POINTS) or 1]
        time_s = thin["time_s"].to_numpy(dtype=np.float64)
        cents = hz_to_cents(thin["f0_hz"].to_numpy(dtype=np.float64))
        if place:
            cents = cents - alignment.transposition_cents - lift
            if laid_over:
                time_s = np.interp(time_s, alignment.time_b_s, alignment.time_a_s, left=np.nan, right=np.nan)
        lines.append((time_s, cents))
    if not laid_over:
        picked = np.linspace(0, alignment.time_a_s.size - 1, min(_TIES, alignment.time_a_s.size)).astype(int)
        x: list[float | None] = []
        y: list[float | None] = []
        for t_a, t_b in zip(alignment.time_a_s[picked], alignment.time_b_s[picked], strict=True):
            ends = [_at(lines[0], t_a), _at(lines[1], t_b)]
            if np.isfinite(ends).all():
                x += [float(t_a), float(t_b), None]
                y += [ends[0], ends[1], None]
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            line={"color": NEUTRAL, "width": 0.6},
            name=texts["ties"],
            hoverinfo="skip",
        )
    for (time_s, cents), name, colour in zip(lines, names, (ACCENT, PALETTE[0]), strict=True):
        figure.add_scatter(
            x=time_s, y=cents, mode="lines", name=label(name), line={"color": colour, "width": 1.6},
            connectgaps=False, row=1, col=1,
        )  # fmt: skip
    figure.add_scatter(
        x=agreement["time_a_s"], y=agreement["agreement"], mode="lines", fill="tozeroy", showlegend=False,
        line={"color": ACCENT, "width": 1}, name=texts["agreement"], row=2, col=1,
    )  # fmt: skip
    figure.update_layout(
        height=520, margin={"l": 8, "r": 8, "t": 28, "b": 8}, legend={"orientation": "h", "y": 1.06, "x": 0}
    )
    figure.update_yaxes(title_text=texts["cents"], row=1, col=1)
    figure.update_yaxes(title_text=texts["agreement"], range=[0, 1], tickformat=".0%", row=2, col=1)
    figure.update_xaxes(title_text=texts["time"], row=2, col=1)
    return figure


def _at(line: tuple[NDArray[np.float64], NDArray[np.float64]], time_s: float) -> float:
    place = min(int(np.searchsorted(line[0], time_s)), line[0].size - 1)
    return float(line[1][place])


def distance_matrix(
    distances: NDArray[np.float64], names: Sequence[str], order: Sequence[int], texts: Mapping[str, str]
) -> Figure:
    """Draw distances (n, n) in cents as a heat map, rows and columns in `order`; near is strong.

    `texts`: "distance".
    """
    figure = empty_figure(max(320, 120 + 22 * len(names)))
    shown = [label(names[i]) for i in order]
    table = distances[np.ix_(order, order)]
    figure.add_heatmap(
        z=table, x=shown, y=shown, colorscale=[[1 - at, colour] for at, colour in SEQUENTIAL][::-1],
        colorbar={"title": texts["distance"], "thickness": 12},
        hovertemplate="%{y} – %{x}: %{z:.0f} ¢<extra></extra>",
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed")
    return figure


def dendrogram(distances: NDArray[np.float64], names: Sequence[str], texts: Mapping[str, str]) -> Figure:
    """Draw the tree of average linkage: two branches join at the mean distance of their members, in cents.

    `texts`: "distance".
    """
    from scipy.cluster.hierarchy import dendrogram as tree_of

    figure = empty_figure(max(260, 60 + 26 * len(names)))
    tree = tree_of(linkage_of(distances), no_plot=True, orientation="left")
    for depths, places in zip(tree["dcoord"], tree["icoord"], strict=True):
        figure.add_scatter(
            x=depths,
            y=places,
            mode="lines",
            line={"color": ACCENT, "width": 1.4},
            showlegend=False,
            hoverinfo="skip",
        )
    figure.update_xaxes(title_text=texts["distance"], autorange="reversed")
    figure.update_yaxes(
        tickvals=[10 * place + 5 for place in range(len(names))],
        ticktext=[label(names[i]) for i in tree["leaves"]],
        side="right",
    )
    return figure


def linkage_of(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the average linkage of a symmetric matrix of distances, as scipy writes it."""
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    return np.asarray(linkage(squareform(distances, checks=False), method="average", optimal_ordering=True))


def picture_of_distances(
    distances: NDArray[np.float64], names: Sequence[str], groups: Sequence[str], colours: Mapping[str, str]
) -> Figure:
    """Draw a family in the plane by classical scaling: near on the picture is near in melody, as far as a plane can."""
    points, kept = classical_scaling(distances)
    figure = empty_figure(420, hovermode="closest")
    for group in sorted(set(groups)):
        own = [place for place, one in enumerate(groups) if one == group]
        figure.add_scatter(
            x=points[own, 0], y=points[own, 1], mode="markers+text", name=label(group),
            text=[label(names[i]) for i in own], textposition="top center",
            marker={"size": 10, "color": colours.get(group, NEUTRAL)},
        )  # fmt: skip
    figure.update_xaxes(showticklabels=False, zeroline=False)
    figure.update_yaxes(
        showticklabels=False, zeroline=False, scaleanchor="x", title_text=f"{100 * kept:.0f} %"
    )
    return figure


def classical_scaling(distances: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return points (n, 2) whose Euclidean distances come near to `distances`, and the share of them that is kept.

    References
    ----------
    Torgerson (1952), "Multidimensional scaling: I. Theory and method", Psychometrika 17.
    """
    n = len(distances)
    centring = np.eye(n) - 1.0 / n
    values, vectors = np.linalg.eigh(-0.5 * centring @ distances**2 @ centring)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    points = np.zeros((n, 2))
    points[:, : min(2, n)] = (vectors * np.sqrt(values))[:, :2]
    total = float(values.sum())
    return points, float(values[:2].sum() / total) if total else 1.0
