"""How well singers are told apart, as figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from flamsid_core.plots.base import (
    ACCENT,
    NEUTRAL,
    PROTOCOL_COLOURS,
    SEQUENTIAL,
    empty_figure,
    label,
)
from flamsid_core.singers.evaluation.splitting import PROTOCOLS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def confusion_matrix(
    confusion: Sequence[Sequence[float]],
    classes: Sequence[str],
    texts: Mapping[str, str],
    *,
    dark: bool = False,
) -> Figure:
    """Draw a confusion matrix: rows are the true singers, shares of the row in colour, counts in the cells.

    Parameters
    ----------
    confusion : (n, n) counts
    classes : n singers
    texts : mapping
        "true", "predicted".
    dark : bool
        Whether the ground is dark: plotly cannot see it through the cells, and would write black on black.
    """
    import plotly.graph_objects as go

    counts = np.asarray(confusion, dtype=float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    labels = np.where(counts > 0, np.vectorize(lambda v: f"{v:.0f}")(counts), "") if counts.size else counts
    figure = empty_figure(max(260, 90 + 44 * len(classes)))
    figure.add_trace(
        go.Heatmap(
            z=shares,
            x=list(map(label, classes)),
            y=list(map(label, classes)),
            text=labels,
            texttemplate="%{text}",
            textfont={"color": "#EFE8DE"} if dark else {},
            colorscale=[list(stop) for stop in SEQUENTIAL],
            zmin=0,
            zmax=1,
            xgap=2,
            ygap=2,
            showscale=False,
            hovertemplate=(
                f"{texts['true']}: %{{y}}<br>{texts['predicted']}: %{{x}}<br>%{{z:.0%}}<extra></extra>"
            ),
        )
    )
    figure.update_yaxes(autorange="reversed", title=texts["true"], showgrid=False, type="category")
    figure.update_xaxes(
        title=texts["predicted"], side="bottom", showgrid=False, type="category", tickangle=-35
    )
    return figure


def training_curves(
    history: pd.DataFrame, y: str, title: str, names: Mapping[str, str], *, epoch: str
) -> Figure:
    """Draw one measure over the epochs, a line for each protocol and fold.

    Parameters
    ----------
    history : DataFrame
        protocol, fold, epoch, and the measure `y`.
    y, title : str
        Column, and what to call it.
    names : mapping
        Names of the protocols.
    epoch : str
        Name of the horizontal axis.
    """
    import plotly.graph_objects as go

    figure = empty_figure(260)
    for protocol, rows in history.dropna(subset=[y]).groupby("protocol", sort=False):
        for fold_number, (fold, line) in enumerate(rows.groupby("fold", sort=False)):
            figure.add_trace(
                go.Scatter(
                    x=line["epoch"],
                    y=line[y],
                    mode="lines+markers" if len(line) < 3 else "lines",
                    line={"color": PROTOCOL_COLOURS.get(str(protocol), ACCENT), "width": 1.8},
                    opacity=1 if len(set(rows["fold"])) == 1 else 0.55,
                    name=names.get(str(protocol), str(protocol)),
                    legendgroup=str(protocol),
                    showlegend=fold_number == 0,
                    hovertemplate=f"{epoch} %{{x}}: %{{y:.3f}} ({fold})<extra></extra>",
                )
            )
    most = 1 if history.empty else int(history["epoch"].max())
    figure.update_xaxes(title=epoch, tickformat="d", rangemode="tozero", dtick=max(1, round(most / 8)))
    figure.update_yaxes(title=title)
    return figure


def protocol_bars(
    models: Mapping[str, Mapping[str, float | None]], names: Mapping[str, str], title: str
) -> Figure:
    """Compare models: one group of bars for each, one bar for each protocol that was measured."""
    import plotly.graph_objects as go

    figure = empty_figure(300, barmode="group", bargap=max(0.3, 1 - 0.2 * len(models)))
    for protocol in PROTOCOLS:
        values = [figures.get(protocol) for figures in models.values()]
        figure.add_trace(
            go.Bar(
                x=list(map(label, models)),
                y=values,
                name=names[protocol],
                marker={"color": PROTOCOL_COLOURS[protocol]},
                text=["" if v is None else f"{100 * v:.1f}" for v in values],
                textposition="outside",
                cliponaxis=False,
                hovertemplate="%{x}: %{y:.1%}<extra></extra>",
            )
        )
    figure.update_yaxes(range=[0, 1.08], tickformat=".0%", title=title)
    figure.update_xaxes(type="category")
    return figure


def ranking_bars(ranking: Sequence[Mapping[str, Any]], colours: Mapping[str, str]) -> Figure:
    """Draw the singers of an identification by probability, the likeliest on top."""
    import plotly.graph_objects as go

    singers = [str(row["singer"]) for row in ranking]
    values = [float(row["probability"]) for row in ranking]
    figure = empty_figure(60 + 38 * len(singers), showlegend=False)
    figure.add_trace(
        go.Bar(
            x=values,
            y=list(map(label, singers)),
            orientation="h",
            marker={"color": [colours.get(s, NEUTRAL) for s in singers]},
            text=[f"{100 * v:.1f} %" for v in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )
    figure.update_xaxes(range=[0, 1.12], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1])
    figure.update_yaxes(autorange="reversed", type="category")
    return figure
