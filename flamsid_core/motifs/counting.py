"""In how many phrases of each recording does each pattern sound? Counted for all patterns at once."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from flamsid_core.motifs.arrays import Ints

Floats = NDArray[np.float64]


class Phrases(NamedTuple):
    """Step sequences with times, as arrays.

    Attributes
    ----------
    steps : int32 array
        All phrases one after the other.
    offsets : int64 array, shape (phrases + 1,)
        Phrase `i` has the steps ``offsets[i]`` … ``offsets[i + 1] − 1``.
    start_s, end_s : float array, one entry per step
        Start of the segment before the step and end of the segment after it: a pattern from step i to step j
        sounds from ``start_s[i]`` to ``end_s[j]``.
    """

    steps: Ints
    offsets: Ints
    start_s: Floats
    end_s: Floats


def phrase_arrays(phrases: pd.DataFrame, segments: pd.DataFrame) -> Phrases:
    """Return phrases as arrays.

    Parameters
    ----------
    phrases : DataFrame
        Columns steps and first_row (the row in `segments` of the first of them).
    segments : DataFrame
        Columns step, start_s, end_s.
    """
    sizes = phrases["steps"].map(len).to_numpy(np.int64)
    row = np.repeat(phrases["first_row"].to_numpy() - np.cumsum(sizes) + sizes, sizes)
    row += np.arange(row.size)
    return Phrases(
        segments["step"].to_numpy(np.int32)[row + 1],
        np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
        segments["start_s"].to_numpy(np.float64)[row],
        segments["end_s"].to_numpy(np.float64)[row + 1],
    )


def count_phrases(
    patterns: Sequence[tuple[int, ...]],
    phrases: Phrases,
    unit: Ints,
    n_units: int,
    *,
    max_gap: int | None = 0,
    min_duration_s: float = 0.0,
) -> csr_matrix:
    """Count the phrases that contain each pattern, by unit (recording or source group).

    Parameters
    ----------
    patterns : sequence of tuples of int
        Distinct, in any order.
    unit : int array, shape (phrases,)
        Where each phrase belongs, 0 … `n_units` − 1.
    min_duration_s : float
        Occurrences whose shortest span is shorter do not count.

    Returns
    -------
    sparse int matrix, shape (patterns, units)
    """
    # In this order patterns that begin alike are neighbours, and their common beginning is sought once.
    order = sorted(range(len(patterns)), key=patterns.__getitem__)
    lengths = np.fromiter((len(patterns[i]) for i in order), np.int64, len(order))
    pool = np.fromiter((step for i in order for step in patterns[i]), np.int32, int(lengths.sum()))
    sequence = np.repeat(np.arange(unit.size, dtype=np.int32), np.diff(phrases.offsets))
    rows, columns = _containing(
        pool,
        np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
        phrases.steps,
        phrases.offsets,
        sequence,
        phrases.start_s,
        phrases.end_s,
        -1 if max_gap is None else max_gap,
        min_duration_s - 1e-9,
    )
    ones = np.ones(rows.size, np.int64)
    shape = (len(patterns), n_units)
    return csr_matrix((ones, (np.asarray(order, np.int64)[rows], unit[columns])), shape=shape)


@njit(cache=True, nogil=True)
def _containing(
    pool: Ints,
    pool_offsets: Ints,
    steps: Ints,
    offsets: Ints,
    sequence: Ints,
    start_s: Floats,
    end_s: Floats,
    max_gap: int,
    min_duration_s: float,
) -> tuple[Ints, Ints]:
    """Return pairs (pattern, phrase) of the patterns, sorted, and the phrases that contain them."""
    n_patterns = pool_offsets.size - 1
    longest = 0
    for i in range(n_patterns):
        longest = max(longest, pool_offsets[i + 1] - pool_offsets[i])
    # Level d holds where the first d + 1 items end, ascending, each with the latest start that leads there.
    level_hi = np.zeros(longest + 1, np.int64)
    ends = np.empty(max(2 * steps.size, 16), np.int32)
    starts = np.empty(ends.size, np.int32)
    slot = np.full(steps.size, -1, np.int64)
    rows = np.empty(1024, np.int32)
    columns = np.empty(1024, np.int32)
    n_rows = 0
    known = 0
    for i in range(n_patterns):
        lo = pool_offsets[i]
        length = pool_offsets[i + 1] - lo
        shared = 0
        if i > 0:
            before = pool_offsets[i - 1]
            while shared < min(known, length) and pool[lo + shared] == pool[before + shared]:
                shared += 1
        for d in range(shared, length):
            begin = level_hi[d - 1] if d > 0 else 0
            if begin + steps.size > ends.size:
                more_ends = np.empty(2 * (begin + steps.size), np.int32)
                more_starts = np.empty(more_ends.size, np.int32)
                more_ends[:begin] = ends[:begin]
                more_starts[:begin] = starts[:begin]
                ends, starts = more_ends, more_starts
            above = level_hi[d - 2] if d > 1 else 0
            level_hi[d] = _next_level(
                steps, offsets, sequence, max_gap, pool[lo + d], d == 0, above, begin, ends, starts, slot
            )
        known = length
        previous = -1
        latest = -1
        for k in range(level_hi[length - 2] if length > 1 else 0, level_hi[length - 1]):
            if starts[k] <= latest:
                continue  # this span contains one that ended before
            latest = starts[k]
            s = sequence[ends[k]]
            if s == previous or end_s[ends[k]] - start_s[starts[k]] < min_duration_s:
                continue
            previous = s
            if n_rows == rows.size:
                rows = np.concatenate((rows, np.empty_like(rows)))
                columns = np.concatenate((columns, np.empty_like(columns)))
            rows[n_rows] = i
            columns[n_rows] = s
            n_rows += 1
    return rows[:n_rows], columns[:n_rows]


@njit(cache=True, nogil=True)
def _next_level(
    steps: Ints,
    offsets: Ints,
    sequence: Ints,
    max_gap: int,
    step: int,
    first: bool,
    lo: int,
    hi: int,
    ends: Ints,
    starts: Ints,
    slot: Ints,
) -> int:
    """Write, above `hi`, where `step` can follow the occurrences lo … hi − 1; return where they end."""
    top = hi
    if first:
        for q in range(steps.size):
            if steps[q] == step:
                ends[top] = q
                starts[top] = q
                top += 1
        return top
    k = lo
    while k < hi:
        if max_gap < 0:
            stop = offsets[sequence[ends[k]] + 1]
            latest = starts[k]
            q = ends[k] + 1
            k += 1
            while q < stop:
                if steps[q] == step:
                    ends[top] = q
                    starts[top] = latest
                    top += 1
                if k < hi and ends[k] == q:
                    latest = max(latest, starts[k])
                    k += 1
                q += 1
            continue
        stop = min(ends[k] + max_gap + 2, offsets[sequence[ends[k]] + 1])
        for q in range(ends[k] + 1, stop):
            if steps[q] != step:
                continue
            if slot[q] < 0:
                slot[q] = top
                ends[top] = q
                starts[top] = starts[k]
                top += 1
            else:
                starts[slot[q]] = max(starts[slot[q]], starts[k])
        k += 1
    for k in range(hi, top):
        slot[ends[k]] = -1
    return top
