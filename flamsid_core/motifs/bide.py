"""What BIDE asks about items before and inside a pattern with unbounded gaps (Wang & Han 2004, section 4)."""

import numpy as np
from numba import njit

from flamsid_core.motifs.arrays import Ints


@njit(cache=True, nogil=True)
def before_unbounded(
    codes: Ints, sequence: Ints, offsets: Ints, pattern: Ints, ends: Ints, scratch: Ints
) -> tuple[int, int]:
    """Say whether an item may precede the pattern or stand inside it in all its sequences.

    The i-th *maximum period* of a sequence lies between the leftmost occurrence of the items before i and
    the last place item i can have; an item found there in all sequences can be added before item i. The
    *semi-maximum* period ends where item i last stands within the leftmost occurrence; an item found there
    in all sequences can be added to every continuation of the pattern too, so none of them is closed and all
    may be left out (BackScan).

    Parameters
    ----------
    ends : int array
        Where the leftmost occurrence of the pattern ends, for each sequence that contains it.
    scratch : int array, shape (at least 2, items), zeros in the first row
        Left as it was found.

    Returns
    -------
    verdict : 2 if all continuations can be left out, 1 if the pattern is not closed, else 0
    seen : items looked at
    """
    n = pattern.size
    m = ends.size
    first = np.empty((m, n + 1), np.int32)  # where the leftmost occurrence stands, after a place before all
    last = np.empty((m, n), np.int32)
    last_in_first = np.empty((m, n), np.int32)
    seen = 0
    for k in range(m):
        s = sequence[ends[k]]
        p = offsets[s] - 1
        first[k, 0] = p
        for i in range(n):
            p += 1
            while codes[p] != pattern[i]:
                p += 1
            first[k, i + 1] = p
        _rightmost(codes, pattern, offsets[s + 1] - 1, last[k])
        _rightmost(codes, pattern, ends[k], last_in_first[k])
        seen += 2 * (ends[k] - offsets[s]) + offsets[s + 1] - last[k, 0]
    verdict = 0
    for i in range(n):
        common, looked = _common(codes, first[:, i], last_in_first[:, i], scratch)
        seen += looked
        if common:
            return 2, seen
        if verdict == 0:
            common, looked = _common(codes, first[:, i], last[:, i], scratch)
            seen += looked
            verdict = 1 if common else 0
    return verdict, seen


@njit(cache=True, nogil=True)
def _rightmost(codes: Ints, pattern: Ints, p: int, places: Ints) -> None:
    """Write where the rightmost occurrence that ends at `p` or before stands."""
    for i in range(pattern.size - 1, -1, -1):
        while codes[p] != pattern[i]:
            p -= 1
        places[i] = p
        p -= 1


@njit(cache=True, nogil=True)
def _common(codes: Ints, after: Ints, before: Ints, scratch: Ints) -> tuple[bool, int]:
    """Say whether some item stands strictly between `after` and `before` in every row."""
    rows_with, touched = scratch[0], scratch[1]
    n_touched = 0
    seen = 0
    found = False
    for k in range(after.size):
        found = False
        for p in range(after[k] + 1, before[k]):
            c = codes[p]
            seen += 1
            # Only items of all rows so far matter; one met twice in this row has k + 1 already.
            if rows_with[c] == k:
                rows_with[c] = k + 1
                found = True
                if k == 0:
                    touched[n_touched] = c
                    n_touched += 1
        if not found:
            break
    for j in range(n_touched):
        rows_with[touched[j]] = 0
    return found, seen


@njit(cache=True, nogil=True)
def minimal_windows(codes: Ints, sequence: Ints, offsets: Ints, pattern: Ints, ends: Ints) -> Ints:
    """Return first and last position of all occurrences whose span contains no other."""
    n = pattern.size
    places = np.empty(n, np.int32)
    size = 0
    for end in ends:
        size += offsets[sequence[end] + 1] - offsets[sequence[end]]
    found = np.empty((2, size), np.int32)
    count = 0
    for end in ends:
        stop = offsets[sequence[end] + 1]
        p = offsets[sequence[end]]
        while True:
            i = 0
            while p < stop and i < n:
                if codes[p] == pattern[i]:
                    i += 1
                p += 1
            if i < n:
                break
            _rightmost(codes, pattern, p - 1, places)
            found[0, count] = places[0]
            found[1, count] = p - 1
            count += 1
            p = places[0] + 1
    return found[:, :count]
