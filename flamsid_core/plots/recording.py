"""A recording's f0 against its notes, and any figure as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.melody import hz_to_cents, note_name
from flamsid_core.plots.base import ACCENT, NEUTRAL, empty_figure, label

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

TEXTS = {"time": "Time (s)", "pitch": "Pitch", "f0": "f0", "notes": "Notes"}
_MOST_POINTS = 20_000


def recording_curve(
    melody: pd.DataFrame,
    notes: pd.DataFrame | None = None,
    texts: dict[str, str] | None = None,
    *,
    height_px: int = 380,
) -> Figure:
    """Draw f0 over time, and over it the notes it was reduced to.

    Parameters
    ----------
    melody : DataFrame
        time_s, f0_hz (0 = unvoiced).
    notes : DataFrame, optional
        start_s, end_s, pitch_cents (above 55 Hz).
    texts : mapping, optional
        "time", "pitch", "f0", "notes"; English where it is not given.
    height_px : int
        Height of the figure.

    Returns
    -------
    plotly.graph_objects.Figure
        Pitch in cents above 55 Hz, ticks at the semitones' names.
    """
    import plotly.graph_objects as go

    texts = TEXTS if texts is None else texts
    figure = empty_figure(height_px)
    # A screen shows no more: of longer recordings every n-th frame is drawn.
    thin = melody.iloc[:: max(1, -(-len(melody) // _MOST_POINTS))]
    cents = hz_to_cents(thin["f0_hz"])
    figure.add_trace(
        go.Scatter(
            x=thin["time_s"],
            y=cents,
            mode="lines",
            line={"color": NEUTRAL, "width": 1.2},
            name=texts["f0"],
            hovertemplate="%{x:.2f} s, %{y:.0f} ¢<extra></extra>",
        )
    )
    if notes is not None and len(notes):
        gaps = np.full(len(notes), np.nan)
        x = np.column_stack([notes["start_s"], notes["end_s"], gaps]).ravel()
        y = np.column_stack([notes["pitch_cents"], notes["pitch_cents"], gaps]).ravel()
        figure.add_trace(
            go.Scatter(
                x=x,
                y=y,
                mode="lines",
                line={"color": ACCENT, "width": 3},
                name=label(texts["notes"]),
                hovertemplate="%{x:.2f} s, %{y:.0f} ¢<extra></extra>",
            )
        )
    voiced = cents[np.isfinite(cents)]
    if voiced.size:
        low, high = np.percentile(voiced, [0.5, 99.5])
        ticks = np.arange(np.floor(low / 100) * 100, high + 100, 100 if high - low < 1500 else 200)
        figure.update_yaxes(
            range=[low - 150, high + 150], tickvals=ticks, ticktext=[note_name(float(tick)) for tick in ticks]
        )
    figure.update_xaxes(title=texts["time"])
    figure.update_yaxes(title=texts["pitch"])
    return figure


def picture(figure: Figure, kind: Literal["svg", "png"] | str = "svg", *, width_px: int = 1200) -> bytes:
    """Return a figure as a picture for an article: SVG, or PNG at twice the size.

    Raises
    ------
    FlamsidError
        When kaleido or the Chrome or Chromium that it draws with is not installed.
    """
    try:
        content: bytes = figure.to_image(
            format=kind, width=width_px, height=figure.layout.height, scale=2 if kind == "png" else 1
        )
    except (ValueError, RuntimeError) as error:  # without kaleido; without a browser
        raise FlamsidError(
            "A picture needs kaleido and Chrome or Chromium: pip install 'flamsid[pictures]', and install a browser."
        ) from error
    return content
