"""Pitch, levels and motifs as figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flamsid_core.plots.base import ACCENT, NEUTRAL, SEQUENTIAL, empty_figure, label

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def level_histogram(cents: np.ndarray, levels: pd.DataFrame, texts: Mapping[str, str]) -> Figure:
    """Draw how often each pitch is sung, with the levels and the bounds between them.

    Parameters
    ----------
    cents : ndarray
        Voiced frames, cents above 55 Hz.
    levels : DataFrame
        pitch_cents, low_cents, high_cents; may be empty.
    texts : mapping
        "x", "y", "frames", "level".
    """
    import plotly.graph_objects as go

    figure = empty_figure(240, showlegend=False)
    top = 1
    # One path each for the outline, the levels and the bounds: bars and shapes one by one keep a browser busy while a
    # slider is moved.
    if cents.size:
        low, high = np.floor(cents.min() / 10) * 10, np.ceil(cents.max() / 10) * 10 + 10
        counts, edges = np.histogram(cents, bins=np.arange(low, high + 10, 10))
        top = int(counts.max())
        figure.add_trace(
            go.Scatter(
                x=edges,
                y=np.append(counts, 0),
                mode="lines",
                line={"shape": "hv", "width": 0},
                fill="tozeroy",
                fillcolor=NEUTRAL,
                hovertemplate="%{x:.0f} ¢: %{y}<extra></extra>",
                name=texts["frames"],
            )
        )
    solid, dotted = {"color": ACCENT, "width": 1.6}, {"color": NEUTRAL, "width": 0.8, "dash": "dot"}
    for values, line in ((levels["low_cents"].iloc[1:], dotted), (levels["pitch_cents"], solid)):
        figure.add_trace(
            go.Scatter(
                x=np.repeat(values.to_numpy(dtype=float), 3),
                y=np.tile([0, top, np.nan], len(values)),
                mode="lines",
                line=line,
                hovertemplate=f"{texts['level']} %{{x:.0f}} ¢<extra></extra>" if line is solid else None,
                hoverinfo=None if line is solid else "skip",
            )
        )
    figure.update_yaxes(range=[0, top])
    figure.update_xaxes(title=texts["x"], tickformat="d")
    figure.update_yaxes(title=texts["y"], showgrid=False)
    return figure


def motif_heatmap(table: pd.DataFrame, texts: Mapping[str, str]) -> Figure:
    """Draw which singer uses which pattern: rows are patterns, columns singers, colour is the rate.

    Parameters
    ----------
    table : DataFrame
        Index: patterns; columns: singers; values: rates (0 where a singer does not use it).
    texts : mapping
        "rate", "singer", "pattern".
    """
    import plotly.graph_objects as go

    figure = empty_figure(max(260, 70 + 20 * len(table)))
    figure.add_trace(
        go.Heatmap(
            z=table.to_numpy(dtype=float),
            x=list(map(label, table.columns)),
            y=list(table.index),
            colorscale=[list(stop) for stop in SEQUENTIAL],
            xgap=2,
            ygap=1,
            colorbar={"title": texts["rate"], "thickness": 10, "outlinewidth": 0},
            hovertemplate="%{y}<br>%{x}: %{z:.2f}<extra></extra>",
        )
    )
    figure.update_yaxes(
        autorange="reversed", type="category", showgrid=False, tickfont={"family": "monospace", "size": 11}
    )
    figure.update_xaxes(side="top", type="category", showgrid=False)
    return figure


def aligned_contours(
    curves: Sequence[tuple[str, np.ndarray, np.ndarray]],
    colours: Mapping[str, str],
    texts: Mapping[str, str],
    *,
    most_lines: int | None = None,
) -> Figure:
    """Draw a motif's instances over one another, in cents from their start, with mean and spread.

    Parameters
    ----------
    curves : sequence of (singer, time_s, cents)
        Time from the instance's start; cents from its first voiced frame, NaN where unvoiced.
    colours : mapping
        By singer.
    texts : mapping
        "time", "cents", "mean".
    most_lines : int, optional
        Draw this many of the curves, evenly spaced; mean and spread are always those of all.

    Notes
    -----
    Time is stretched to a common length of 1 before the mean is taken: the instances are the same steps at
    other speeds.
    """
    import plotly.graph_objects as go

    figure = empty_figure(320)
    grid = np.linspace(0, 1, 101)
    stretched = []
    lines: dict[str, tuple[list[np.ndarray], list[np.ndarray]]] = {}
    count = len(curves) if most_lines is None else min(most_lines, len(curves))
    drawn = set(np.linspace(0, len(curves) - 1, count).round().astype(int).tolist())
    for number, (singer, time_s, cents) in enumerate(curves):
        voiced = np.isfinite(cents)
        if voiced.sum() < 2:
            continue
        share = time_s / max(float(time_s[-1]), 1e-9)
        stretched.append(np.interp(grid, share[voiced], cents[voiced]))
        if number not in drawn:
            continue
        x, y = lines.setdefault(singer, ([], []))
        # One trace a singer, with a gap between two instances: a trace each is slow to draw.
        x.append(np.append(share, np.nan))
        y.append(np.append(cents, np.nan))
    for singer, (x, y) in lines.items():
        figure.add_trace(
            go.Scatter(
                x=np.concatenate(x),
                y=np.concatenate(y),
                mode="lines",
                line={"color": colours.get(singer, NEUTRAL), "width": 1},
                opacity=0.5,
                name=label(singer),
                hoverinfo="skip",
            )
        )
    if stretched:
        stack = np.array(stretched)
        mean, spread = stack.mean(axis=0), stack.std(axis=0)
        # A single octave error must not flatten all the others.
        low, high = np.percentile(stack, [1, 99])
        figure.update_yaxes(range=[low - 100, high + 100])
        band = {
            "x": np.concatenate([grid, grid[::-1]]),
            "y": np.concatenate([mean + spread, (mean - spread)[::-1]]),
        }
        figure.add_trace(
            go.Scatter(
                **band,
                fill="toself",
                fillcolor="rgba(140,133,124,0.22)",
                line={"width": 0},
                hoverinfo="skip",
                showlegend=False,
            )
        )
        figure.add_trace(
            go.Scatter(
                x=grid,
                y=mean,
                mode="lines",
                line={"color": ACCENT, "width": 3},
                name=texts["mean"],
                hoverinfo="skip",
            )
        )
    figure.update_xaxes(title=texts["time"], tickformat=".0%", range=[0, 1])
    figure.update_yaxes(title=texts["cents"], zeroline=True)
    return figure
