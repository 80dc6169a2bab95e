"""Families of recurring motifs: their colours, and their occurrences laid over each other as a small picture."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

import numpy as np

from flamsid_core.plots.base import ACCENT, PALETTE

_MARGIN_PX = 6
_LEAST_RANGE_CENTS = 300.0
_STRAY = 2.0  # percent of the values on either side that may lie outside the picture


def family_colours(families: Iterable[str]) -> dict[str, str]:
    """Return a colour for each family: by rank among the sorted ids, so the same on every page.

    Examples
    --------
    >>> family_colours(["f2", "f1"]) == family_colours(["f1", "f2"])
    True
    """
    return {family: PALETTE[i % len(PALETTE)] for i, family in enumerate(sorted(set(map(str, families))))}


def overlaid_curves(
    curves: Sequence[tuple[np.ndarray, np.ndarray]],
    colour: str = ACCENT,
    *,
    width_px: int = 240,
    height_px: int = 96,
) -> str:
    """Draw curves over each other, on one axis of time, as the data address of an SVG picture.

    Parameters
    ----------
    curves : sequence of (time_s, cents)
        In a common time, at a common tonic, NaN where unvoiced.
    colour : str
        Of all curves; where many meet it is strongest.
    width_px, height_px : int
        Size of the picture.

    Examples
    --------
    >>> overlaid_curves([(np.array([0.0, 1.0]), np.array([0.0, 200.0]))])[:26]
    'data:image/svg+xml;base64,'
    """
    voiced = [cents[np.isfinite(cents)] for _, cents in curves]
    values = np.concatenate(voiced) if voiced else np.zeros(0)
    low, high = np.percentile(values, [_STRAY, 100 - _STRAY]) if values.size else (0.0, 0.0)
    middle, half = (low + high) / 2, max(high - low, _LEAST_RANGE_CENTS) / 2
    inner_width, inner_height = width_px - 2 * _MARGIN_PX, height_px - 2 * _MARGIN_PX
    lines = []
    drawn = [time_s for time_s, _cents in curves if len(time_s) >= 2]
    begin_s = min((float(time_s[0]) for time_s in drawn), default=0.0)
    length_s = max((float(time_s[-1]) for time_s in drawn), default=0.0) - begin_s
    for time_s, cents in curves:
        if len(time_s) < 2:
            continue
        x = _MARGIN_PX + (time_s - begin_s) / max(length_s, 1e-9) * inner_width
        y = _MARGIN_PX + (middle + half - cents) / (2 * half) * inner_height
        lines.append(_path(x, np.clip(y, 0, height_px)))
    opacity = max(0.25, 0.9 / max(len(lines), 1) ** 0.5)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_px}" height="{height_px}" '
        f'viewBox="0 0 {width_px} {height_px}" fill="none" stroke="{colour}" stroke-width="1.5" '
        f'stroke-linejoin="round" stroke-opacity="{opacity:.2f}">'
        + "".join(f'<path d="{line}"/>' for line in lines)
        + "</svg>"
    )
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _path(x: np.ndarray, y: np.ndarray) -> str:
    """Return the drawing commands of a line that breaks where `y` is not a number; a point a pixel is enough."""
    step = max(len(x) // 200, 1)
    parts, pen_down = [], False
    for here, there in zip(x[::step], y[::step], strict=True):
        if not np.isfinite(there):
            pen_down = False
            continue
        parts.append(f"{'L' if pen_down else 'M'}{here:.1f} {there:.1f}")
        pen_down = True
    return "".join(parts)
