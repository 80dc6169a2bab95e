"""From data to pictures: plotly figures, motif glyphs, the colours of singers. Pure; knows no app.

Figures leave ground and text to the theme they are shown in, so they hold in light and dark.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Nine hues whose least distance under normal, protan, deutan and tritan vision is as large as it gets (0.11
# in OKLab) while each keeps a contrast of 2.1 to the light ground and 3 to the dark one; ordered so that few
# are far apart.
PALETTE = ("#507AFD", "#B23C01", "#B1B232", "#E652A3", "#1D735B", "#2EB0F3", "#A8864A", "#794CB7", "#F48EA2")
NEUTRAL = "#8C857C"
ACCENT = "#C25A34"
SEQUENTIAL = ((0.0, "rgba(194,90,52,0.04)"), (0.35, "rgba(194,90,52,0.45)"), (1.0, "#8F2F12"))
PROTOCOLS = ("paper", "deduplicated", "source-disjoint")
PROTOCOL_COLOURS = {"paper": "#8C857C", "deduplicated": "#507AFD", "source-disjoint": "#C25A34"}


def singer_colours(singers: Iterable[str]) -> dict[str, str]:
    """Return a colour for each singer: by rank among the sorted names, so the same everywhere.

    From the tenth singer on the hues come again, each time blended with grey.
    """
    return {
        singer: _faded(PALETTE[i % len(PALETTE)], i // len(PALETTE))
        for i, singer in enumerate(sorted(set(map(str, singers))))
    }


def _faded(colour: str, times: int) -> str:
    share = 0.62**times
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(share * c + (1 - share) * 140):02X}" for c in channels)


def glyph_address(pattern: str, colour: str = ACCENT) -> str:
    """Return a motif's step contour as a data address of an SVG picture, for a table's cell or an ``img``."""
    from flamsid_core.motifs import glyph_svg

    svg = glyph_svg(pattern, colour=colour)
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def label(text: object) -> str:
    """Return foreign text so that plotly, which reads some HTML, shows it as it is."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _figure(height_px: int, **layout: Any) -> Figure:
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.update_layout(
        height=height_px,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "title": None},
        hoverlabel={"namelength": -1},
        **layout,
    )
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True)
    return figure


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

    figure = _figure(240, bargap=0, showlegend=False)
    if cents.size:
        low, high = np.floor(cents.min() / 10) * 10, np.ceil(cents.max() / 10) * 10 + 10
        counts, edges = np.histogram(cents, bins=np.arange(low, high + 10, 10))
        figure.add_trace(
            go.Bar(
                x=(edges[:-1] + edges[1:]) / 2,
                y=counts,
                width=10,
                marker={"color": NEUTRAL, "line": {"width": 0}},
                hovertemplate="%{x:.0f} ¢: %{y}<extra></extra>",
                name=texts["frames"],
            )
        )
    solid, dotted = {"color": ACCENT, "width": 1.6}, {"color": NEUTRAL, "width": 0.8, "dash": "dot"}
    lines = [(x, solid) for x in levels["pitch_cents"]] + [(x, dotted) for x in levels["low_cents"].iloc[1:]]
    # All shapes at once: adding them one by one takes half a second.
    figure.update_layout(
        shapes=[
            {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}
            for x, line in lines
        ]
    )
    figure.update_xaxes(title=texts["x"], tickformat="d")
    figure.update_yaxes(title=texts["y"], showgrid=False)
    return figure


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
    figure = _figure(max(260, 90 + 44 * len(classes)))
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

    figure = _figure(260)
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
    figure.update_xaxes(title=epoch, tickformat="d", rangemode="tozero")
    figure.update_yaxes(title=title)
    return figure


def protocol_bars(
    models: Mapping[str, Mapping[str, float | None]], names: Mapping[str, str], title: str
) -> Figure:
    """Compare models: one group of bars for each, one bar for each protocol that was measured."""
    import plotly.graph_objects as go

    figure = _figure(300, barmode="group", bargap=max(0.3, 1 - 0.2 * len(models)))
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

    figure = _figure(max(260, 70 + 20 * len(table)))
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
    curves: Sequence[tuple[str, np.ndarray, np.ndarray]], colours: Mapping[str, str], texts: Mapping[str, str]
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

    Notes
    -----
    Time is stretched to a common length of 1 before the mean is taken: the instances are the same steps at
    other speeds.
    """
    import plotly.graph_objects as go

    figure = _figure(320)
    grid = np.linspace(0, 1, 101)
    stretched = []
    lines: dict[str, tuple[list[np.ndarray], list[np.ndarray]]] = {}
    for singer, time_s, cents in curves:
        voiced = np.isfinite(cents)
        if voiced.sum() < 2:
            continue
        share = time_s / max(float(time_s[-1]), 1e-9)
        stretched.append(np.interp(grid, share[voiced], cents[voiced]))
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


def ranking_bars(ranking: Sequence[Mapping[str, Any]], colours: Mapping[str, str]) -> Figure:
    """Draw the singers of an identification by probability, the likeliest on top."""
    import plotly.graph_objects as go

    singers = [str(row["singer"]) for row in ranking]
    values = [float(row["probability"]) for row in ranking]
    figure = _figure(60 + 38 * len(singers), showlegend=False)
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
