"""Occurrences of one motif laid over each other: every one in the time of the first, however fast it is sung."""

import numpy as np
from numpy.typing import NDArray

from flamsid_core.melody.distances import warp

Floats = NDArray[np.float64]

_HOP_S = 0.01
_CAP_CENTS = 300.0  # a frame farther off costs no more: a turn too many shifts nothing else
_LEAD_CENTS = 5.0  # what waiting costs, so that held notes are not stretched for nothing


def laid_over(first: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Bring a curve to the time of another, along the alignment of both from start to end.

    Parameters
    ----------
    first, other : tuple of arrays (time_s, cents)
        At a common pitch; NaN where nothing is sung. The step of time may be any.

    Returns
    -------
    time_s, cents : arrays
        `other` as it is sung, at the times of `first` it belongs to. As it was given where either has no pitch.

    Examples
    --------
    >>> time_s = np.arange(0, 1, 0.01)
    >>> slow = np.arange(0, 2, 0.01)
    >>> warped_s, _ = laid_over((time_s, 500 * time_s), (slow, 250 * slow))
    >>> bool(abs(warped_s[100] - 0.5) < 0.02)
    True
    """
    time_s, cents = other
    a_s, a = _on_grid(*first)
    b_s, b = _on_grid(time_s, cents)
    if a.size < 2 or b.size < 2:
        return other
    _, path = warp(a, b, _CAP_CENTS, _LEAD_CENTS)
    # Several frames of the first for one of the other: their middle.
    there = np.bincount(path[:, 1], a_s[path[:, 0]], b.size) / np.bincount(path[:, 1], minlength=b.size)
    return np.interp(time_s, b_s, there), cents


def _on_grid(time_s: Floats, cents: Floats) -> tuple[Floats, Floats]:
    """Return a curve every hundredth of a second, unvoiced frames bridged."""
    sung = np.isfinite(cents)
    if sung.sum() < 2:
        return np.zeros(0), np.zeros(0)
    grid = np.arange(time_s[0], time_s[-1] + _HOP_S / 2, _HOP_S)
    return grid, np.interp(grid, time_s[sung], cents[sung])
