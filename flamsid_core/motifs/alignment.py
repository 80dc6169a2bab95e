"""How far two melodies go on alike from a place where they agree: alignment that gives up when it costs too much.

As BLAST extends its seeds (Altschul et al. 1990, "Basic local alignment search tool"): from an anchor in both
melodies the alignment grows frame by frame, may stretch either by up to two, and ends where it once was best when
everything it tried since fell `drop_s` below. A pair of frames gains the seconds it tells times

    1 − |difference| / tolerance, but not less than `worst`,

so the score is *informative seconds*: the time for which two melodies agree, long-held notes counting little.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from flamsid_core.motifs.strokes import Floats, Ints

_GONE = -1e9
# One frame of both melodies; one of the first for two of the second; two for one.
_BOTH, _SECOND_TWICE, _FIRST_TWICE = 1, 2, 3


class Agreement(NamedTuple):
    """What counts as agreeing: cents, the least gain of a frame, and informative seconds."""

    tolerance_cents: float = 70.0
    worst: float = -3.0
    drop_s: float = 0.3


@njit(cache=True, nogil=True)
def extend(
    cents: Floats,
    weight: Floats,
    p0: int,
    q0: int,
    side: int,
    p_room: int,
    q_room: int,
    apart_cents: float,
    tolerance_cents: float,
    worst: float,
    drop_s: float,
    rows: Floats,
    moves: NDArray[np.uint8],
) -> tuple[float, int, int]:
    """Extend an alignment from frames `p0` and `q0` to one side.

    Parameters
    ----------
    cents, weight : (frames,) arrays
        See `flamsid_core.motifs.strokes.Line`.
    p0, q0 : int
        The first frames to be aligned.
    side : {1, -1}
        Forwards or backwards.
    p_room, q_room : int
        Most frames to be used of each.
    apart_cents : float
        The first melody lies so much above the second.
    tolerance_cents, worst, drop_s : float
        See `Agreement`.
    rows : (3, n) array
        Room to work in; as wide as `q_room` + 1 at least, and so wide is what of `q_room` is used.
    moves : (m, n) uint8 array
        Gets the way the best alignment of each pair of frames came; with m = 0 nothing is noted.

    Returns
    -------
    score : float
        Informative seconds, 0 at least.
    p_used, q_used : int
        Frames aligned.
    """
    noted = moves.shape[0] > 0
    width = rows.shape[1] - 1
    q_room = min(q_room, width)
    if noted:
        p_room = min(p_room, moves.shape[0] - 1)
    best, best_i, best_j = 0.0, 0, 0
    each_cent = 1.0 / tolerance_cents
    # rows[k, j] for k = i mod 3; only lo … hi of a row are valid, everything else counts as gone
    rows[0, 0] = 0.0
    lo0, hi0 = 0, 0  # of the row before
    lo1, hi1 = 1, 0  # of the row before that: none
    for i in range(1, p_room + 1):
        here, before, earlier = i % 3, (i - 1) % 3, (i - 2) % 3
        p = p0 + side * (i - 1)
        cp, wp = cents[p] - apart_cents, weight[p]
        wp_two = wp + (weight[p - side] if i > 1 else 0.0)
        start = max(lo0 + 1, 1)
        if hi1 >= lo1:
            start = min(start, lo1 + 1)
        stop = min(max(hi0 + 2, hi1 + 1 if hi1 >= lo1 else 0), q_room)
        lo, hi = q_room + 1, -1
        for j in range(start, stop + 1):
            q = q0 + side * (j - 1)
            wq = weight[q]
            gain = 1.0 - abs(cp - cents[q]) * each_cent
            if gain < worst:
                gain = worst
            value, move = _GONE, 0
            if lo0 <= j - 1 <= hi0:
                value = rows[before, j - 1] + gain * 0.5 * (wp + wq)
                move = _BOTH
            if j > 1 and lo0 <= j - 2 <= hi0:
                other = rows[before, j - 2] + gain * 0.5 * (wp + wq + weight[q - side])
                if other > value:
                    value, move = other, _SECOND_TWICE
            if i > 1 and lo1 <= j - 1 <= hi1:
                other = rows[earlier, j - 1] + gain * 0.5 * (wp_two + wq)
                if other > value:
                    value, move = other, _FIRST_TWICE
            if value < best - drop_s:
                value, move = _GONE, 0
            else:
                if lo > q_room:
                    lo = j
                hi = j
                if value > best:
                    best, best_i, best_j = value, i, j
            rows[here, j] = value
            if noted:
                moves[i, j] = move
        lo1, hi1 = lo0, hi0
        lo0, hi0 = lo, hi
        if hi0 < lo0 and hi1 < lo1:
            break
    return best, best_i, best_j


@njit(cache=True, nogil=True)
def way_of(moves: NDArray[np.uint8], p_used: int, q_used: int) -> tuple[Ints, Ints]:
    """Return the pairs of frames of an alignment, counted from its anchor outwards (from 0)."""
    ps = np.empty(p_used, np.int64)
    qs = np.empty(p_used, np.int64)
    n = 0
    i, j = p_used, q_used
    while i > 0 and j > 0:
        ps[n] = i - 1
        qs[n] = j - 1
        n += 1
        move = moves[i, j]
        i -= 2 if move == _FIRST_TWICE else 1
        j -= 2 if move == _SECOND_TWICE else 1
    return ps[:n][::-1].copy(), qs[:n][::-1].copy()
