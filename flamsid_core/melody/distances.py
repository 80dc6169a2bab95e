"""Distances between melodies: how far two sung lines are apart once each is given its own key and its own tempo.

A melody is read on a grid of 80 ms: the median pitch of each cell in cents, held through consonants and short rests.
Two melodies are aligned by dynamic time warping. A cell counts with the difference of pitch, never more than 300
cents: an octave error of a tracker, or a wrong note, is one mistake and not a catastrophe. Running ahead of the other
melody costs 200 cents a cell, so the rhythm is heard too; without that price any line can be bent into any other. The
transposition is found together with the path: it is the median difference along it, taken again three times.

The mean cost a cell is brought to melodies that move by 200 cents (mean deviation from their median): without this,
lines that hardly move are near to everything. So a distance is in cents: about 0 for the same line, 300 and more for
lines that have nothing in common.

It hears the contour with its intervals, and the rhythm through the price. It does not hear key, register, tempo,
timbre, loudness or words; vibrato and ornaments shorter than a cell hardly count; where a note is repeated on one
pitch it does not hear the new attack.

References
----------
Sakoe & Chiba (1978), "Dynamic programming algorithm optimization for spoken word recognition", IEEE Transactions on
Acoustics, Speech, and Signal Processing 26.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numba as nb
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from flamsid_core.errors import FlamsidError
from flamsid_core.melody.cents import hz_to_cents

MAX_CELLS = 400_000_000  # of an alignment, one byte each: two recordings of 26 minutes


@dataclass(frozen=True)
class DistanceParams:
    """How melodies are compared.

    Attributes
    ----------
    hop_s : float
        Width of a cell of time, s.
    cap_cents : float
        A cell never counts with more.
    lead_cents : float
        Price of one cell by which one melody runs ahead of the other.
    rounds : int
        How many times path and transposition are found in turn.
    max_rest_s : float
        Rests longer than this are shortened to it.
    usual_cents : float
        Mean deviation from the median of the melodies to which distances are brought.
    """

    hop_s: float = 0.08
    cap_cents: float = 300.0
    lead_cents: float = 200.0
    rounds: int = 3
    max_rest_s: float = 1.0
    usual_cents: float = 200.0

    def __post_init__(self) -> None:
        for name in ("hop_s", "cap_cents", "rounds", "usual_cents"):
            if not getattr(self, name) > 0:
                raise FlamsidError(
                    "{name} is {value!r}; give a positive number.", name=name, value=getattr(self, name)
                )
        for name in ("lead_cents", "max_rest_s"):
            if not getattr(self, name) >= 0:
                raise FlamsidError(
                    "{name} is {value!r}; give 0 or more.", name=name, value=getattr(self, name)
                )


class Alignment(NamedTuple):
    """Two melodies aligned.

    Attributes
    ----------
    time_a_s, time_b_s : numpy.ndarray, shape (n,)
        The path, in the time of each melody, s; both ascend.
    difference_cents : numpy.ndarray, shape (n,)
        b less a along the path, after the transposition.
    transposition_cents : float
        What is taken off b to lay it over a.
    distance_cents : float
        As `melodic_distances`.
    """

    time_a_s: NDArray[np.float64]
    time_b_s: NDArray[np.float64]
    difference_cents: NDArray[np.float64]
    transposition_cents: float
    distance_cents: float


def melodic_distances(
    melodies: Mapping[str, pd.DataFrame | ArrayLike], params: DistanceParams = DistanceParams()
) -> NDArray[np.float64]:
    """Return the distance of every pair of melodies.

    Parameters
    ----------
    melodies : mapping of name to melody
        A table with time_s (s, ascending) and f0_hz (0 = unvoiced), or an array of the two,
        shape (frames, 2).
    params : DistanceParams

    Returns
    -------
    numpy.ndarray, shape (n, n)
        Cents, in the order of `melodies`; symmetric, 0 on the diagonal, the same whatever the key of a melody and
        whatever the order.

    Raises
    ------
    FlamsidError
        If a melody has no voiced frame, or its table is malformed.

    Examples
    --------
    >>> time_s = np.arange(200) * 0.01
    >>> up = np.column_stack([time_s, 220.0 * 2 ** (time_s / 2)])
    >>> fifth_higher = up * [1.0, 1.5]
    >>> down = np.column_stack([time_s, up[::-1, 1]])
    >>> melodic_distances({"up": up, "higher": fifth_higher, "down": down}).round(0).tolist()
    [[0.0, 0.0, 217.0], [0.0, 0.0, 217.0], [217.0, 217.0, 0.0]]
    """
    lines = [_cells(name, melody, params)[1] for name, melody in melodies.items()]
    lines = [line - np.median(line) for line in lines]
    distances = np.zeros((len(lines), len(lines)))
    for i in range(len(lines)):
        for j in range(i):
            a, b = _in_order(lines[i], lines[j])
            cost, _, _ = _fit(a, b, params.cap_cents, params.lead_cents, params.rounds)
            distances[i, j] = distances[j, i] = cost * _scale(a, b, params)
    return distances


def align_melodies(
    a: pd.DataFrame | ArrayLike,
    b: pd.DataFrame | ArrayLike,
    params: DistanceParams = DistanceParams(),
    *,
    transposition_cents: float | None = None,
) -> Alignment:
    """Align two melodies from start to end.

    Parameters
    ----------
    a, b : DataFrame or array_like
        As in `melodic_distances`; whole recordings may be compared (long ones on a coarser grid).
    params : DistanceParams
    transposition_cents : float, optional
        What to take off b (the distance of two tonics, say); the best is sought where it is not given.

    Raises
    ------
    FlamsidError
        If a melody has no voiced frame, or its table is malformed.
    """
    time_a, line_a = _cells("the first melody", a, params)
    time_b, line_b = _cells("the second melody", b, params)
    coarser = int(np.ceil(np.sqrt(line_a.size * line_b.size / MAX_CELLS)))
    if coarser > 1:
        time_a, line_a, time_b, line_b = (x[::coarser] for x in (time_a, line_a, time_b, line_b))
    shift = float(np.median(line_b) - np.median(line_a))
    if transposition_cents is None:
        starts, rounds = {shift, _shift_of_histograms(line_a, line_b)}, params.rounds
    else:
        starts, rounds = {float(transposition_cents)}, 1
    tries = []
    for start in sorted(starts):
        cost, path, moved = _fit(line_a, line_b - start, params.cap_cents, params.lead_cents, rounds)
        tries.append((cost, start + moved, path))
    cost, shift, path = min(tries, key=lambda one: one[0])
    in_a, in_b = path[:, 0], path[:, 1]
    return Alignment(
        time_a[in_a],
        time_b[in_b],
        line_b[in_b] - shift - line_a[in_a],
        shift,
        float(cost * _scale(line_a, line_b, params)),
    )


def agreement(alignment: Alignment, window_s: float = 2.0, within_cents: float = 60.0) -> pd.DataFrame:
    """Return where two aligned melodies agree.

    Parameters
    ----------
    alignment : Alignment
    window_s : float
        Width of the running mean, in the time of the first melody, s.
    within_cents : float
        Two cells agree when they are no further apart.

    Returns
    -------
    DataFrame
        time_a_s (each cell of the first melody), time_b_s (the time in the second), difference_cents (mean over what is
        aligned with the cell), agreement (share of the window that agrees, 0–1).
    """
    table = pd.DataFrame(
        {
            "time_a_s": alignment.time_a_s,
            "time_b_s": alignment.time_b_s,
            "difference_cents": alignment.difference_cents,
        }
    )
    cells = table.groupby("time_a_s", sort=True).mean().reset_index()
    agrees = (cells["difference_cents"].abs() <= within_cents).to_numpy(dtype=np.float64)
    times = cells["time_a_s"].to_numpy()
    first = np.searchsorted(times, times - window_s / 2, side="left")
    after = np.searchsorted(times, times + window_s / 2, side="right")
    total = np.concatenate([[0.0], np.cumsum(agrees)])
    return cells.assign(agreement=(total[after] - total[first]) / (after - first))


def _cells(
    name: str, melody: pd.DataFrame | ArrayLike, params: DistanceParams
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return time (middle of the cell, s) and pitch (cents) of a melody on the grid, rests held and shortened."""
    time_s, cents = _columns(name, melody)
    voiced = np.flatnonzero(np.isfinite(cents))
    if voiced.size == 0:
        raise FlamsidError("{name} has no voiced frame, so it has no melody; leave it out.", name=name)
    cell = ((time_s[voiced] - time_s[voiced[0]]) / params.hop_s + 1e-6).astype(np.int64)
    filled, first = np.unique(cell, return_index=True)
    pitch = np.array([np.median(part) for part in np.split(cents[voiced], first[1:])])
    longest = max(1, round(params.max_rest_s / params.hop_s))
    held = np.minimum(np.diff(filled, append=filled[-1] + 1), longest)
    source = np.repeat(np.arange(filled.size), held)
    within = np.arange(source.size) - np.repeat(np.cumsum(held) - held, held)
    start_s = time_s[voiced[0]]
    return start_s + (filled[source] + within + 0.5) * params.hop_s, pitch[source]


def _columns(name: str, melody: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if isinstance(melody, pd.DataFrame):
        missing = [column for column in ("time_s", "f0_hz") if column not in melody]
        if missing:
            raise FlamsidError(
                "{name} has no column {missing}; give time_s and f0_hz.", name=name, missing=missing[0]
            )
        table = melody[["time_s", "f0_hz"]].to_numpy(dtype=np.float64)
    else:
        table = np.asarray(melody, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != 2:
            raise FlamsidError(
                "{name} has shape {shape}; give a table with time_s and f0_hz, or an array of these two columns.",
                name=name,
                shape=table.shape,
            )
    time_s = table[:, 0]
    if not (np.isfinite(time_s).all() and (np.diff(time_s) > 0).all()):
        raise FlamsidError("The times of {name} do not ascend; sort it by time_s.", name=name)
    return time_s, hz_to_cents(table[:, 1])


def _in_order(
    a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two lines in an order of their own, so that ties are broken alike whichever comes first."""
    return (a, b) if (a.size, a.tobytes()) <= (b.size, b.tobytes()) else (b, a)


def _scale(a: NDArray[np.float64], b: NDArray[np.float64], params: DistanceParams) -> float:
    """Return what brings a cost to melodies of the usual movement: half way (square root) between raw and relative."""
    moves = [np.minimum(np.abs(line - np.median(line)), 2.5 * params.usual_cents).mean() for line in (a, b)]
    # A line on one note moves by nothing: a quarter of a semitone keeps the factor finite.
    return float(np.sqrt(params.usual_cents / np.sqrt(max(moves[0], 25.0) * max(moves[1], 25.0))))


def _shift_of_histograms(a: NDArray[np.float64], b: NDArray[np.float64], bin_cents: float = 20.0) -> float:
    """Return the transposition that lays the pitches of two melodies over each other best."""
    counts = []
    low = min(a.min(), b.min()) - 100.0
    n = int((max(a.max(), b.max()) + 100.0 - low) / bin_cents) + 1
    blur = np.hanning(9) / np.hanning(9).sum()
    for line in (a, b):
        counts.append(
            np.convolve(np.bincount(((line - low) / bin_cents).astype(int), minlength=n), blur, "same")
        )
    match = np.correlate(counts[1], counts[0], "full")
    return float((int(np.argmax(match)) - (n - 1)) * bin_cents)


def _fit(
    a: NDArray[np.float64], b: NDArray[np.float64], cap: float, lead: float, rounds: int
) -> tuple[float, NDArray[np.int64], float]:
    """Return the least mean cost a cell over rounds of warping and transposing, its path, and b less a."""
    best: tuple[float, NDArray[np.int64], float] | None = None
    shift = 0.0
    for _ in range(rounds):
        total, path = warp(a, b - shift, cap, lead)
        cost = total / (a.size + b.size)
        if best is not None and cost >= best[0]:
            break
        best = (cost, path, shift)
        shift = float(np.median(b[path[:, 1]] - a[path[:, 0]]))
    assert best is not None
    return best


@nb.njit(cache=True, nogil=True)
def warp(
    a: NDArray[np.float64], b: NDArray[np.float64], cap: float, lead: float
) -> tuple[float, NDArray[np.int64]]:
    """Align two lines from start to end at the least cost.

    A step along both costs twice the difference min(|a − b|, cap) it leads to, a step along one of them once that and
    `lead`; the first cell counts twice. So any path has len(a) + len(b) differences in it.

    Parameters
    ----------
    a, b : numpy.ndarray, shapes (n,) and (m,)
        Cents.
    cap, lead : float
        Cents.

    Returns
    -------
    total : float
        The least cost.
    path : numpy.ndarray, shape (length, 2)
        Places in a and b along it, from the first to the last.
    """
    n, m = a.size, b.size
    move = np.empty((n, m), dtype=np.int8)
    before = np.empty(m)
    now = np.empty(m)
    for i in range(n):
        for j in range(m):
            difference = min(abs(a[i] - b[j]), cap)
            least = np.inf
            way = 0
            if i == 0 and j == 0:
                least = 2.0 * difference
            if i > 0 and j > 0:
                least = before[j - 1] + 2.0 * difference
            if i > 0 and before[j] + difference + lead < least:
                least = before[j] + difference + lead
                way = 1
            if j > 0 and now[j - 1] + difference + lead < least:
                least = now[j - 1] + difference + lead
                way = 2
            now[j] = least
            move[i, j] = way
        before, now = now, before
    path = np.empty((n + m, 2), dtype=np.int64)
    i, j, k = n - 1, m - 1, 0
    while True:
        path[k, 0] = i
        path[k, 1] = j
        k += 1
        if i == 0 and j == 0:
            break
        way = move[i, j]
        if way != 2:
            i -= 1
        if way != 1:
            j -= 1
    return before[m - 1], path[:k][::-1].copy()
