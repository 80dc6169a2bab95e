"""Runs of an experiment as figures: intervals, singers, recordings, calibration, one run against another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flamsid_core.plots.base import ACCENT, NEUTRAL, empty_figure, label

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ROW_PX = 30


def interval_dots(
    rows: pd.DataFrame, colours: Mapping[str, str], texts: Mapping[str, str], *, chance: float | None = None
) -> Figure:
    """Draw accuracies as dots with their intervals, one row each.

    Parameters
    ----------
    rows : DataFrame
        name, accuracy, low, high, note (shown when pointed at).
    colours : mapping
        By name; others are drawn in the accent colour.
    texts : mapping
        "accuracy", "chance".
    chance : float, optional
        What guessing gets, drawn as a line.
    """
    import plotly.graph_objects as go

    figure = empty_figure(70 + ROW_PX * len(rows), showlegend=False)
    figure.add_trace(
        go.Scatter(
            x=rows["accuracy"],
            y=list(map(label, rows["name"])),
            mode="markers",
            marker={"size": 10, "color": [colours.get(str(name), ACCENT) for name in rows["name"]]},
            error_x={
                "type": "data",
                "array": rows["high"] - rows["accuracy"],
                "arrayminus": rows["accuracy"] - rows["low"],
                "color": NEUTRAL,
                "thickness": 1.6,
                "width": 4,
            },
            customdata=list(map(label, rows["note"])),
            hovertemplate="%{y}: %{x:.1%}<br>%{customdata}<extra></extra>",
        )
    )
    if chance is not None:
        figure.add_vline(
            x=chance,
            line={"color": NEUTRAL, "width": 1, "dash": "dot"},
            annotation={"text": texts["chance"], "font": {"size": 11, "color": NEUTRAL}, "yanchor": "bottom"},
            annotation_position="top",
        )
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", title=texts["accuracy"])
    figure.update_yaxes(autorange="reversed", type="category")
    return figure


def recording_bars(rows: pd.DataFrame, colours: Mapping[str, str], texts: Mapping[str, str]) -> Figure:
    """Draw the share of right clips of every recording, grouped by singer, votes that went wrong hatched.

    Parameters
    ----------
    rows : DataFrame
        source_group, name (for people), singer, clips, right, accuracy, voted, vote_right.
    colours : mapping
        By singer.
    texts : mapping
        "accuracy", "clips", "voted", "of".
    """
    import plotly.graph_objects as go

    ordered = rows.sort_values(["singer", "accuracy"], ascending=[True, False])
    figure = empty_figure(max(180, 70 + 20 * len(ordered)), bargap=0.25)
    for singer, part in ordered.groupby("singer", sort=True):
        figure.add_trace(
            go.Bar(
                x=part["accuracy"],
                y=[label(name) for name in part["name"]],
                orientation="h",
                name=label(singer),
                marker={
                    "color": colours.get(str(singer), NEUTRAL),
                    "pattern": {
                        "shape": ["" if right else "/" for right in part["vote_right"]],
                        "solidity": 0.35,
                    },
                },
                text=[
                    f"{row['right']}/{row['clips']}"
                    + ("" if row["vote_right"] else f" → {label(row['voted'] or '–')}")
                    for row in part.to_dict("records")
                ],
                textposition="outside",
                cliponaxis=False,
                customdata=[label(voted or "–") for voted in part["voted"]],
                hovertemplate=(
                    f"%{{y}}: %{{x:.0%}}<br>{texts['voted']}: %{{customdata}}<extra>{label(singer)}</extra>"
                ),
            )
        )
    figure.update_xaxes(
        range=[0, 1.12], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1], title=texts["accuracy"]
    )
    figure.update_yaxes(autorange="reversed", type="category", tickfont={"size": 11})
    return figure


def reliability_diagram(bins: pd.DataFrame, texts: Mapping[str, str]) -> Figure:
    """Draw how often clips named with some confidence are right, beside where they would be if it were true.

    Parameters
    ----------
    bins : DataFrame
        low, high, confidence, accuracy, count.
    texts : mapping
        "confidence", "accuracy", "ideal", "clips".
    """
    import plotly.graph_objects as go

    found = bins[bins["count"] > 0]
    figure = empty_figure(340)
    figure.add_trace(
        go.Bar(
            x=(found["low"] + found["high"]) / 2,
            y=found["accuracy"],
            width=(found["high"] - found["low"]) * 0.92,
            marker={
                "color": ACCENT,
                "opacity": 0.35 + 0.65 * found["count"] / max(int(found["count"].max()), 1),
            },
            customdata=np.column_stack([found["count"], found["confidence"]]),
            hovertemplate=(
                f"{texts['confidence']} %{{customdata[1]:.0%}}, {texts['accuracy']} %{{y:.0%}}"
                f"<br>%{{customdata[0]}} {texts['clips']}<extra></extra>"
            ),
            name=texts["accuracy"],
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[0, 1],
            y=[0, 1],
            mode="lines",
            line={"color": NEUTRAL, "dash": "dot", "width": 1.6},
            name=texts["ideal"],
            hoverinfo="skip",
        )
    )
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", tickvals=ticks, title=texts["confidence"])
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%", title=texts["accuracy"])
    return figure


def paired_recordings(
    rows: pd.DataFrame, names: Sequence[str], colours: Mapping[str, str], texts: Mapping[str, str]
) -> Figure:
    """Draw two runs recording by recording: above the line the second is better.

    Parameters
    ----------
    rows : DataFrame
        source_group, singer, clips_a, accuracy_a, accuracy_b.
    names : two str
        Of the runs.
    colours : mapping
        By singer.
    texts : mapping
        "clips", "of".
    """
    import plotly.graph_objects as go

    figure = empty_figure(380)
    figure.add_trace(
        go.Scatter(
            x=[0, 1],
            y=[0, 1],
            mode="lines",
            line={"color": NEUTRAL, "dash": "dot", "width": 1.4},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    largest = max(float(rows["clips_a"].max()), 1.0) if len(rows) else 1.0
    for singer, part in rows.groupby("singer", sort=True):
        figure.add_trace(
            go.Scatter(
                x=part["accuracy_a"],
                y=part["accuracy_b"],
                mode="markers",
                marker={
                    "color": colours.get(str(singer), NEUTRAL),
                    "size": 8 + 14 * np.sqrt(part["clips_a"] / largest),
                    "opacity": 0.8,
                    "line": {"width": 0},
                },
                name=label(singer),
                customdata=np.column_stack([part["source_group"].map(label), part["clips_a"]]),
                hovertemplate=f"%{{customdata[0]}}: %{{x:.0%}} → %{{y:.0%}}, %{{customdata[1]}} {texts['clips']}",
            )
        )
    for axis, name in ((figure.update_xaxes, names[0]), (figure.update_yaxes, names[1])):
        axis(range=[-0.04, 1.04], tickformat=".0%", title=label(name), tickvals=[0, 0.25, 0.5, 0.75, 1])
    return figure
