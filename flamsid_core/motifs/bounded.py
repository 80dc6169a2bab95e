"""Bounded gaps: what may come before a pattern, and the shortest spans of its occurrences (see `gapped`)."""

import numpy as np
from numba import njit

from flamsid_core.motifs.arrays import Ints


@njit(cache=True, nogil=True)
def before_bounded(
    codes: Ints, sequence: Ints, offsets: Ints, max_gap: int, starts: Ints, ends: Ints, scratch: Ints
) -> tuple[int, int]:
    """Say whether an item may precede the pattern.

    Returns
    -------
    verdict : 2 if one item is within reach before every first position, 1 if in every sequence, else 0
    seen : items looked at
    """
    starts_with, last_start, sequences_with, last_sequence, touched = scratch
    n_starts = 0
    n_sequences = 0
    n_touched = 0
    seen = 0
    s = -1
    for k in range(starts.size):
        start = starts[k]
        seen += 1
        if k > 0 and start == starts[k - 1]:
            continue
        n_starts += 1
        if sequence[start] != s:
            s = sequence[start]
            n_sequences += 1
        begin = max(offsets[s], start - max_gap - 1)
        seen += start - begin
        for p in range(begin, start):
            c = codes[p]
            if starts_with[c] == 0:
                touched[n_touched] = c
                n_touched += 1
                sequences_with[c] = 0
                last_start[c] = -1
                last_sequence[c] = -1
            if last_start[c] != start:
                last_start[c] = start
                starts_with[c] += 1
            if last_sequence[c] != s:
                last_sequence[c] = s
                sequences_with[c] += 1
    verdict = 0
    for k in range(n_touched):
        c = touched[k]
        if starts_with[c] == n_starts:
            verdict = 2
        elif sequences_with[c] == n_sequences:
            verdict = max(verdict, 1)
        starts_with[c] = 0
    return verdict, seen


@njit(cache=True, nogil=True)
def shortest_spans(starts: Ints, ends: Ints) -> Ints:
    """Return the spans, of those from `starts` to `ends`, that contain no other, last one first."""
    found = np.empty((2, starts.size), np.int32)
    count = 0
    nearest = np.int64(2**31 - 1)
    for k in range(starts.size - 1, -1, -1):
        first_of_start = k == 0 or starts[k - 1] != starts[k]
        if first_of_start and ends[k] < nearest:
            nearest = ends[k]
            found[0, count] = starts[k]
            found[1, count] = ends[k]
            count += 1
    return found[:, :count]
