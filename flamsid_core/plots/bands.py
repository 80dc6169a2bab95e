"""Which bands of a voice speak for one singer rather than another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flamsid_core.plots.base import NEUTRAL, empty_figure
from flamsid_core.plots.explanation import SPEAKS_AGAINST, SPEAKS_FOR, TICKS_HZ

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def band_evidence(bands: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw a bar a band over the frequencies: how much it adds to the first singer's log density over the second's.

    Parameters
    ----------
    bands : sequence of {hz, contribution, missing}
        A missing band is grey, at the axis.
    """
    import plotly.graph_objects as go

    figure = empty_figure(230)
    values = [0.0 if band["missing"] else band["contribution"] for band in bands]
    colours = [
        NEUTRAL if band["missing"] else SPEAKS_FOR if band["contribution"] >= 0 else SPEAKS_AGAINST
        for band in bands
    ]
    figure.add_trace(
        go.Bar(
            x=list(range(len(bands))),
            y=values,
            marker_color=colours,
            customdata=[band["hz"] for band in bands],
            hovertemplate="%{customdata} Hz: %{y:+.2f}<extra></extra>",
        )
    )
    gone = [index for index, band in enumerate(bands) if band["missing"]]
    if gone:
        figure.add_vrect(x0=min(gone) - 0.5, x1=max(gone) + 0.5, fillcolor=NEUTRAL, opacity=0.2, line_width=0)
    at = [min(range(len(bands)), key=lambda k: abs(bands[k]["hz"] - hz)) for hz in TICKS_HZ[:-1]]
    figure.update_xaxes(tickvals=at, ticktext=[f"{hz} Hz" for hz in TICKS_HZ[:-1]])
    return figure
