"""Suffix array and longest common prefixes of an integer text, in linear time.

The suffix array is built by induced sorting (SA-IS; Nong, Zhang & Chan, "Two efficient algorithms for linear
time suffix array construction", IEEE Trans. Computers 60(10), 2011), the common prefixes in text order
(Kärkkäinen, Manzini & Puglisi, "Permuted longest-common-prefix array", CPM 2009).
"""

import numpy as np
from numba import njit

from flamsid_core.motifs.arrays import Bools, Ints


def suffix_array(text: Ints, n_symbols: int) -> Ints:
    """Sort all suffixes of a text.

    Parameters
    ----------
    text : int32 array, shape (n,)
        Symbols 0 … n_symbols − 1. The last symbol must be 0 and occur nowhere else.
    n_symbols : int
        Size of the alphabet.

    Returns
    -------
    int32 array, shape (n,)
        Start of the suffix at each rank.
    """
    is_s = _types(text)
    ends = np.cumsum(np.bincount(text, minlength=n_symbols)).astype(np.int32)
    lms = np.flatnonzero(is_s[1:] & ~is_s[:-1]).astype(np.int32) + np.int32(1)
    if lms.size == 0:  # one symbol only: the sentinel itself
        return np.zeros(text.size, np.int32)
    sa = _induce(text, is_s, ends, lms)
    names, n_names = _name(text, is_s, sa, lms)
    if n_names < lms.size:
        order = suffix_array(names, n_names)
    else:
        order = np.empty(lms.size, np.int32)
        order[names] = np.arange(lms.size, dtype=np.int32)
    return _induce(text, is_s, ends, lms[order])


@njit(cache=True, nogil=True)
def _types(text: Ints) -> Bools:
    """Mark the suffixes smaller than their right neighbour (S-type)."""
    n = text.size
    is_s = np.empty(n, np.bool_)
    is_s[n - 1] = True
    for i in range(n - 2, -1, -1):
        is_s[i] = text[i] < text[i + 1] or (text[i] == text[i + 1] and is_s[i + 1])
    return is_s


@njit(cache=True, nogil=True)
def _induce(text: Ints, is_s: Bools, ends: Ints, lms: Ints) -> Ints:
    """Sort all suffixes from those at `lms`, given in the order they are to have within each bucket."""
    n = text.size
    sa = np.full(n, -1, np.int32)
    tails = ends.copy()
    for i in range(lms.size - 1, -1, -1):
        c = text[lms[i]]
        tails[c] -= 1
        sa[tails[c]] = lms[i]
    heads = np.empty_like(ends)
    heads[0] = 0
    heads[1:] = ends[:-1]
    for i in range(n):
        j = sa[i] - 1
        if j >= 0 and not is_s[j]:
            c = text[j]
            sa[heads[c]] = j
            heads[c] += 1
    tails[:] = ends
    for i in range(n - 1, -1, -1):
        j = sa[i] - 1
        if j >= 0 and is_s[j]:
            c = text[j]
            tails[c] -= 1
            sa[tails[c]] = j
    return sa


@njit(cache=True, nogil=True)
def _name(text: Ints, is_s: Bools, sa: Ints, lms: Ints) -> tuple[Ints, int]:
    """Name the LMS substrings by rank: the shorter text whose suffixes order the LMS suffixes."""
    n = text.size
    name_at = np.full(n, -1, np.int32)
    name = -1
    previous = -1
    for i in range(n):
        p = sa[i]
        if p < 1 or not is_s[p] or is_s[p - 1]:
            continue
        differs = previous < 0 or p == n - 1 or previous == n - 1
        k = 0
        while not differs:
            if text[p + k] != text[previous + k] or is_s[p + k] != is_s[previous + k]:
                differs = True
            elif k > 0 and is_s[p + k] and not is_s[p + k - 1]:
                break  # both substrings end here: is_s agreed one place before as well
            k += 1
        if differs:
            name += 1
        name_at[p] = name
        previous = p
    names = np.empty(lms.size, np.int32)
    for i in range(lms.size):
        names[i] = name_at[lms[i]]
    return names, name + 1


@njit(cache=True, nogil=True)
def common_prefixes(text: Ints, sa: Ints) -> tuple[Ints, Ints]:
    """Return ranks and longest common prefixes: ``lcp[i]`` is that of the suffixes at ranks i − 1 and i."""
    n = text.size
    rank = np.empty(n, np.int32)
    for i in range(n):
        rank[sa[i]] = i
    lcp = np.zeros(n, np.int32)
    k = 0
    for p in range(n):
        if rank[p] == 0:
            k = 0
            continue
        q = sa[rank[p] - 1]
        while text[p + k] == text[q + k]:  # the unique last symbol ends every comparison
            k += 1
        lcp[rank[p]] = k
        if k > 0:
            k -= 1
    return rank, lcp
