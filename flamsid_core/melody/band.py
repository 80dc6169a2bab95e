"""The band method: segments without levels, steps classed by size, after the authors' published code."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from flamsid_core.melody.segments import Runs

_CLASS_BOUNDS_CENTS = (70.0, 112.0)


@njit(cache=True, nogil=True)
def _band_starts(
    cents: NDArray[np.float64], opens: NDArray[np.bool_], band_cents: float
) -> NDArray[np.bool_]:
    starts = opens.copy()
    low, high = 0.0, 0.0
    for i in range(cents.size):
        if not opens[i]:
            low, high = min(low, cents[i]), max(high, cents[i])
        if opens[i] or high - low > 2.0 * band_cents:
            starts[i] = True
            low = high = cents[i]
    return starts


@njit(cache=True, nogil=True)
def _medians(
    cents: NDArray[np.float64], first: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.float64]:
    pitch = np.empty(first.size)
    for i in range(first.size):
        pitch[i] = np.median(cents[first[i] : last[i] + 1])
    return pitch


def runs_of_bands(cents: NDArray[np.float64], opens: NDArray[np.bool_], band_cents: float) -> Runs:
    """Cut phrases greedily into the longest stretches that fit between two lines 2·`band_cents` apart.

    A stretch's pitch is the median of its frames; neighbours of one pitch become one. There are no levels:
    `level` is -1.
    """
    first = np.flatnonzero(_band_starts(cents, opens, band_cents))
    last = np.append(first[1:], cents.size)[: first.size] - 1
    pitch = _medians(cents, first, last)
    phrase = np.cumsum(opens)[first] - 1
    keep = np.ones(first.size, dtype=np.bool_)
    keep[1:] = (pitch[1:] != pitch[:-1]) | (phrase[1:] != phrase[:-1])
    last = np.append(first[keep][1:], cents.size)[: keep.sum()] - 1
    return Runs(first[keep], last, np.full(last.size, -1), pitch[keep], phrase[keep])


def step_classes(pitch_cents: NDArray[np.float64]) -> NDArray[np.int64]:
    """Class the intervals of consecutive pitches: 1 (< 70 cents), 2 (70–112), 3 (> 112), signed, + ascends.

    The authors' published code has these classes with the opposite sign. The first value is 0, and a repeated
    pitch would be 0 too.
    """
    interval = np.diff(pitch_cents, prepend=pitch_cents[:1])
    size = 1 + (np.abs(interval) >= _CLASS_BOUNDS_CENTS[0]) + (np.abs(interval) > _CLASS_BOUNDS_CENTS[1])
    return (np.sign(interval) * size).astype(np.int64)
