"""What all figures share: the colours of singers and protocols, labels, the empty figure."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Eight hues found by search: the least CIEDE2000 difference between any two is 13.5 for people who lack one kind of
# cone and 18 for all others, and each has a contrast of 3 to the light and the dark ground (tests/test_palette.py
# prints it). Ordered so that the first few are farthest apart.
PALETTE = ("#5E8BFF", "#7F6A13", "#C91F7E", "#839A00", "#D87183", "#4F8059", "#695ACE", "#A07CAC")
NEUTRAL = "#8C857C"
ACCENT = "#C25A34"
SEQUENTIAL = ((0.0, "rgba(194,90,52,0.04)"), (0.35, "rgba(194,90,52,0.45)"), (1.0, "#8F2F12"))
PROTOCOL_COLOURS = {"paper": "#8C857C", "deduplicated": "#507AFD", "source-disjoint": "#C25A34"}


def singer_colours(singers: Iterable[str]) -> dict[str, str]:
    """Return a colour for each singer: by rank among the sorted names, so the same everywhere.

    From the ninth singer on the hues come again, each time blended with grey.
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
    """Return foreign text so that plotly, which reads some HTML, shows it unchanged."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def empty_figure(height_px: int, **layout: Any) -> Figure:
    """Return a figure without anything in it, with the margins and the legend that all share."""
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
