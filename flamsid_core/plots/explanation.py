"""Figures of an identification: every motif's posterior, where in a clip the answer came from, who uses the motifs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flamsid_core.plots.base import ACCENT, NEUTRAL, SEQUENTIAL, empty_figure, label

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Orange for, blue against: told apart under every colour vision, and on light and dark grounds.
SPEAKS_FOR, SPEAKS_AGAINST = "#E2680C", "#3B6FE0"
AGAINST_RGB, FOR_RGB = {False: "32,84,214", True: "92,150,255"}, {False: "226,92,0", True: "255,128,38"}
GREYS = {False: ("#FBF9F5", "#55504A"), True: ("#1A1715", "#A39B91")}
TICKS_HZ = (200, 500, 1000, 2000, 4000, 8000)
_SHOWN_DB = 60.0  # below the loudest cell


def attribution_map(
    time_s: NDArray[Any],
    centre_hz: NDArray[Any],
    level_db: NDArray[Any],
    contribution: NDArray[Any],
    texts: Mapping[str, str],
    *,
    dark: bool = False,
) -> Figure:
    """Draw a clip's spectrum in grey and over it, in colour, what speaks for a singer and what against.

    Parameters
    ----------
    time_s, centre_hz : (frames,) and (bands,) arrays
    level_db, contribution : (frames, bands) arrays
    texts : mapping
        "time", "frequency", "for", "against", "level", "contribution".
    dark : bool
        Whether the ground is dark: the quiet parts of the spectrum are of its colour.
    """
    import plotly.graph_objects as go

    figure = empty_figure(330)
    rows = np.arange(len(centre_hz))
    top = float(level_db.max())
    figure.add_trace(
        go.Heatmap(
            x=time_s,
            y=rows,
            z=level_db.T,
            zmin=top - _SHOWN_DB,
            zmax=top,
            colorscale=[[0.0, GREYS[dark][0]], [1.0, GREYS[dark][1]]],
            showscale=False,
            hoverinfo="skip",
        )
    )
    most = max(float(np.quantile(np.abs(contribution), 0.995)), 1e-12)
    figure.add_trace(
        go.Heatmap(
            x=time_s,
            y=rows,
            z=contribution.T,
            zmin=-most,
            zmax=most,
            colorscale=_overlay(dark),
            zsmooth="best",
            customdata=np.stack(np.broadcast_arrays(centre_hz[:, None], level_db.T), axis=-1),
            hovertemplate=(
                f"%{{x:.2f}} s, %{{customdata[0]:.0f}} Hz<br>{texts['contribution']} %{{z:+.4f}}"
                f"<br>{texts['level']} %{{customdata[1]:.0f}} dB<extra></extra>"
            ),
            colorbar={
                "thickness": 10,
                "outlinewidth": 0,
                "tickvals": [-most, 0, most],
                "ticktext": [texts["against"], "0", texts["for"]],
            },
        )
    )
    ticks = [hz for hz in TICKS_HZ if centre_hz[0] <= hz <= centre_hz[-1] * 1.05]
    figure.update_yaxes(
        title=texts["frequency"],
        tickvals=np.interp(ticks, centre_hz, rows),
        ticktext=[f"{hz:g}" if hz < 1000 else f"{hz / 1000:g}k" for hz in ticks],
        range=[-0.5, len(rows) - 0.5],
        showgrid=False,
        zeroline=False,
    )
    figure.update_xaxes(title=texts["time"], showgrid=False, zeroline=False)
    return figure


def _overlay(dark: bool) -> list[list[Any]]:
    """Return a scale that is clear in the middle, so that what says nothing leaves the spectrum in sight."""
    return [
        [0.0, f"rgba({AGAINST_RGB[dark]},0.95)"],
        [0.25, f"rgba({AGAINST_RGB[dark]},0.65)"],
        [0.5, f"rgba({AGAINST_RGB[dark]},0)"],
        [0.5, f"rgba({FOR_RGB[dark]},0)"],
        [0.75, f"rgba({FOR_RGB[dark]},0.65)"],
        [1.0, f"rgba({FOR_RGB[dark]},0.95)"],
    ]


def deletion_figure(
    share: NDArray[Any],
    deletion: NDArray[Any],
    insertion: NDArray[Any],
    random: NDArray[Any],
    texts: Mapping[str, str],
) -> Figure:
    """Draw the singer's probability while the clip is emptied, and filled, in order of the attribution.

    Parameters
    ----------
    share : (points,) array
    deletion, insertion : (points,) arrays
    random : (orders, points) array
        The grey band: from the least to the most of the random orders of deletion.
    texts : mapping
        "share", "probability", "deletion", "insertion", "random".
    """
    import plotly.graph_objects as go

    figure = empty_figure(300)
    figure.add_trace(
        go.Scatter(
            x=np.concatenate([share, share[::-1]]),
            y=np.concatenate([random.max(axis=0), random.min(axis=0)[::-1]]),
            fill="toself",
            fillcolor="rgba(140,133,124,0.3)",
            line={"width": 0},
            name=texts["random"],
            hoverinfo="skip",
        )
    )
    for name, curve, colour, dash in (
        ("deletion", deletion, SPEAKS_FOR, "solid"),
        ("insertion", insertion, SPEAKS_AGAINST, "dash"),
    ):
        figure.add_trace(
            go.Scatter(
                x=share,
                y=curve,
                mode="lines",
                line={"color": colour, "width": 2.4, "dash": dash},
                name=texts[name],
                hovertemplate=f"%{{x:.0%}}: %{{y:.0%}}<extra>{texts[name]}</extra>",
            )
        )
    figure.update_layout(legend={"y": -0.32, "yanchor": "top"}, margin={"t": 8})
    figure.update_xaxes(title=texts["share"], tickformat=".0%", range=[0, 1.02], dtick=0.25, zeroline=False)
    figure.update_yaxes(title=texts["probability"], tickformat=".0%", range=[0, 1.03], zeroline=False)
    return figure


def posterior_strip(
    posterior: NDArray[Any],
    singers: Sequence[str],
    names: Sequence[str],
    texts: Mapping[str, str],
) -> Figure:
    """Draw every motif's posterior: a column a motif, in order of time, a row a singer, the colour the probability.

    Parameters
    ----------
    posterior : (motifs, singers) array
    singers : sequence of str
        In the order of the ranking.
    names : sequence of str
        Of the motifs, for the hover.
    texts : mapping
        "motifs", "probability".
    """
    import plotly.graph_objects as go

    figure = empty_figure(80 + 26 * len(singers))
    figure.add_trace(
        go.Heatmap(
            z=posterior.T,
            y=list(map(label, singers)),
            x=np.arange(1, len(posterior) + 1),
            customdata=np.broadcast_to(np.array(list(names), dtype=object), (len(singers), len(names))),
            colorscale=[list(stop) for stop in SEQUENTIAL],
            zmin=0,
            zmax=1,
            xgap=1 if len(posterior) <= 150 else 0,
            ygap=2,
            colorbar={"thickness": 10, "outlinewidth": 0, "tickformat": ".0%", "tickvals": [0, 0.5, 1]},
            hovertemplate=f"%{{customdata}}<br>%{{y}}: %{{z:.0%}}<extra>{texts['probability']}</extra>",
        )
    )
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    figure.update_xaxes(title=texts["motifs"], showgrid=False, zeroline=False, tickformat="d")
    return figure


def motif_use_bars(rows: Sequence[Mapping[str, Any]], colours: Mapping[str, str], title: str) -> Figure:
    """Draw each singer's log-odds of using a recording's motifs, hatched where the sources are too few to tell.

    Parameters
    ----------
    rows : sequence of {singer, log_odds, enough}
    colours : mapping
        By singer.
    title : str
        Of the axis.
    """
    import plotly.graph_objects as go

    values = [float(row["log_odds"]) for row in rows]
    figure = empty_figure(70 + 32 * len(rows), showlegend=False)
    figure.add_trace(
        go.Bar(
            x=values,
            y=[label(row["singer"]) for row in rows],
            orientation="h",
            marker={
                "color": [colours.get(str(row["singer"]), NEUTRAL) for row in rows],
                "pattern": {"shape": ["" if row["enough"] else "/" for row in rows]},
            },
            text=[f"{value:+.2f}" for value in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:+.2f} (× %{customdata:.2g})<extra></extra>",
            customdata=np.exp(values),
        )
    )
    reach = max(*map(abs, values), 0.5)
    figure.update_xaxes(
        title=title,
        range=[min(0.0, *values) - 0.3 * reach, max(0.0, *values) + 0.3 * reach],
        zeroline=True,
        zerolinecolor=ACCENT,
    )
    figure.update_yaxes(autorange="reversed", type="category")
    return figure
