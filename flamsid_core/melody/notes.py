"""Notes: the exact piecewise-constant reading of a centre line.

Among all ways to cut a phrase into notes on a pitch grid, the one with the least

    Σ over frames of  w · min(|centre − note|, most_deviation_cents) · grid_s   +   note_price_cents_s for each note

(the Potts functional) is found by dynamic programming in time proportional to frames times grid: at each frame a note
either goes on or begins again after the cheapest of all. One curve has two readings. *Strokes* weigh every frame alike:
each turn of the melody is one. *Shown notes* weigh fast frames down, so that a glide is not a staircase.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from flamsid_core.melody.centre import Bools, Curve, Floats, NoteParams

Ints = NDArray[np.int64]

_SPEED_FRAMES = 3  # the speed of a frame is taken over so many frames before it or after it


class Notes(NamedTuple):
    """Notes of one recording: first frame and the frame after the last (positions in the curve), pitch, phrase."""

    first: Ints
    after: Ints
    pitch_cents: Floats
    phrase: Ints


def strokes_of(curve: Curve, params: NoteParams = NoteParams()) -> Notes:
    """Cut the centre line into strokes: one for each turn of the melody, glides being stairs.

    Examples
    --------
    >>> import pandas as pd
    >>> from flamsid_core.melody import curve_of_table
    >>> f0_hz = [220.0] * 40 + [247.0] * 40
    >>> curve = curve_of_table(pd.DataFrame({"time_s": np.arange(80) * 0.01, "f0_hz": f0_hz}))
    >>> strokes_of(curve).pitch_cents.round().tolist()
    [2400.0, 2600.0]
    """
    return _notes(curve, curve.voiced.astype(np.float64), params)


def shown_notes_of(curve: Curve, params: NoteParams = NoteParams()) -> Notes:
    """Cut the centre line into the notes a transcriber would write: fast frames weigh little."""
    return _notes(curve, frame_weights(curve, params), params)


def frame_weights(curve: Curve, params: NoteParams = NoteParams()) -> Floats:
    """Return how much each frame of the curve tells of the pitch of its note: 1 in a held note, little in a glide."""
    speed = _speed(curve.centre_cents, curve.opens, curve.hop_s)
    return np.where(curve.voiced, 1.0 / (1.0 + (speed / params.glide_cents_per_s) ** 2), 0.0)


def _notes(curve: Curve, weight: Floats, params: NoteParams) -> Notes:
    starts = np.flatnonzero(curve.opens)
    lengths = np.diff(np.append(starts, curve.time_s.size))
    begins = fit_notes(
        curve.centre_cents,
        weight * curve.hop_s,
        curve.opens,
        params.note_price_cents_s,
        params.most_deviation_cents,
        params.grid_cents,
    )
    first = np.flatnonzero(begins)
    after = np.append(first[1:], begins.size)[: first.size]
    phrase = np.repeat(np.arange(starts.size), lengths)[first] if first.size else np.zeros(0, np.int64)
    return Notes(first, after, weighted_medians(curve.centre_cents, weight, first, after), phrase)


@njit(cache=True, nogil=True)
def _speed(cents: Floats, opens: Bools, hop_s: float) -> Floats:
    """Cents per second at each frame, from its neighbours in the same phrase."""
    n = cents.size
    speed = np.zeros(n)
    begin = 0
    while begin < n:
        end = begin + 1
        while end < n and not opens[end]:
            end += 1
        for i in range(begin, end):
            a, b = max(i - _SPEED_FRAMES, begin), min(i + _SPEED_FRAMES, end - 1)
            before = abs(cents[i] - cents[a]) / ((i - a) * hop_s) if a < i else np.inf
            after = abs(cents[b] - cents[i]) / ((b - i) * hop_s) if b > i else np.inf
            # The slower side: a frame beside a leap belongs to a held note.
            speed[i] = min(before, after) if before < np.inf or after < np.inf else 0.0
        begin = end
    return speed


@njit(cache=True, nogil=True)
def fit_notes(
    cents: Floats, weight: Floats, opens: Bools, price: float, most_cents: float, grid_cents: float
) -> Bools:
    """Mark the first frame of every note of the cheapest reading; each phrase is read by itself.

    Parameters
    ----------
    cents : (n,) array
    weight : (n,) array
        What one cent of deviation costs at each frame (seconds, where `price` is in cents · s).
    opens : (n,) bool array
        First frames of phrases.
    price : float
        Of one note.
    most_cents : float
        A frame costs no more than so many cents.
    grid_cents : float
        Notes lie on whole multiples of this.

    Returns
    -------
    (n,) bool array
    """
    n = cents.size
    begins = np.zeros(n, np.bool_)
    start = 0
    while start < n:
        end = start + 1
        while end < n and not opens[end]:
            end += 1
        lowest, highest = cents[start], cents[start]
        for i in range(start, end):
            lowest = min(lowest, cents[i])
            highest = max(highest, cents[i])
        low = int(np.floor(lowest / grid_cents))
        size = int(np.ceil(highest / grid_cents)) - low + 1
        restarted = np.zeros((end - start, size), np.bool_)
        best = np.zeros(end - start, np.int64)
        cost = np.zeros(size)
        for i in range(start, end):
            bound = price if i == start else cost[best[i - start - 1]] + price
            least = np.inf
            for g in range(size):
                before = cost[g]
                if i == start or before > bound:
                    before = bound
                    restarted[i - start, g] = True
                cost[g] = before + weight[i] * min(abs(cents[i] - (low + g) * grid_cents), most_cents)
                if cost[g] < least:
                    least = cost[g]
                    best[i - start] = g
        g = best[end - start - 1]
        for i in range(end - 1, start - 1, -1):
            if restarted[i - start, g]:
                begins[i] = True
                if i > start:
                    g = best[i - start - 1]
        start = end
    return begins


@njit(cache=True, nogil=True)
def weighted_medians(values: Floats, weight: Floats, first: Ints, after: Ints) -> Floats:
    """Return the weighted median of each stretch `first` … `after` − 1; the plain one where nothing weighs."""
    medians = np.empty(first.size)
    for k in range(first.size):
        part = values[first[k] : after[k]]
        order = np.argsort(part)
        total = 0.0
        for i in range(first[k], after[k]):
            total += weight[i]
        if total <= 0.0:
            medians[k] = np.median(part)
            continue
        reached = 0.0
        for o in order:
            reached += weight[first[k] + o]
            if reached >= total / 2:
                medians[k] = part[o]
                break
    return medians
