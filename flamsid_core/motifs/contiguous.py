"""Closed contiguous patterns, in time near-linear in the number of items.

Every contiguous pattern P is a prefix of some suffixes, a run of the suffix array. If not all occurrences
of P are followed by the same item, P is an *interval* of the array: an inner node of the suffix tree, as
the separators that end the sequences differ from each other. Otherwise P x has the support of P, and P is
not closed. So only intervals need looking at, and with support(P) ≥ 2 (supports count sequences):

- *Forward*: P x has the support of P for some x if and only if a child of the interval has. (The locus of P x
  is that child; a child that is a single suffix has support 1.)
- *Backward*: let x P have the support of P. All occurrences of x P followed by one and the same item y
  would make support(P y) ≥ support(x P y) = support(P), which the forward check has seen. Otherwise x P is
  an interval, and its suffix link leads to P. So it is enough to follow the suffix link of every interval,
  and to compare the two supports.

A pattern of support 1 can be prolonged until it is a whole sequence, so those closed are the sequences that
occur nowhere else.

Supports are counted in the same scan (after Hui, "Color set size problem", CPM 1992): the suffixes below an
interval, less one for each pair of neighbouring suffixes of the same sequence that meet in it or below.
Suffix links are found by climbing from the suffix one position on. Node depth falls by at most one along a
suffix link, so all climbs together take at most as many steps as the text is long, plus the tree's depth.
"""

import numpy as np
from numba import njit

from flamsid_core.motifs.arrays import Ints
from flamsid_core.motifs.patterns import Encoded, Patterns
from flamsid_core.motifs.suffixes import common_prefixes, suffix_array


def mine_contiguous(encoded: Encoded, min_support: int, min_length: int, max_length: int) -> Patterns:
    """Find all closed contiguous patterns (see `flamsid_core.motifs.mine_closed`)."""
    n_sequences = encoded.offsets.size - 1
    text, sequence = _with_separators(encoded.codes, encoded.offsets)
    sa = suffix_array(text, n_sequences + len(encoded.alphabet)) if n_sequences else text
    rank, lcp = common_prefixes(text, sa)
    left, right, length, support, parent, at, at_lcp = _intervals(sa, lcp, sequence, n_sequences)
    wanted = _closed(
        sa, rank, length, support, parent, at, at_lcp, max(min_support, 2), min_length, max_length
    )
    start = left[wanted]
    stop = right[wanted] + 1
    lengths, supports = length[wanted], support[wanted]
    if min_support == 1:
        alone, alone_lengths = _unrepeated(encoded.offsets, rank, lcp)
        fits = (alone_lengths >= min_length) & (alone_lengths <= max_length)
        start = np.concatenate([start, alone[fits]])
        stop = np.concatenate([stop, alone[fits] + 1])
        lengths = np.concatenate([lengths, alone_lengths[fits]])
        supports = np.concatenate([supports, np.ones(int(fits.sum()), np.int32)])
    # Positions without separators: sequence s is preceded by s of them.
    firsts = sa - sequence[sa]
    return Patterns(
        encoded=encoded,
        max_gap=0,
        lengths=lengths,
        supports=supports,
        item_pool=encoded.codes,
        item_starts=firsts[start],
        first_pool=firsts,
        last_pool=None,
        span_starts=start,
        span_ends=stop,
    )


@njit(cache=True, nogil=True)
def _with_separators(codes: Ints, offsets: Ints) -> tuple[Ints, Ints]:
    """Put a separator of its own after each sequence; the last one is 0, the smallest."""
    n_sequences = offsets.size - 1
    text = np.empty(codes.size + n_sequences, np.int32)
    sequence = np.empty(text.size, np.int32)
    t = 0
    for s in range(n_sequences):
        for i in range(offsets[s], offsets[s + 1]):
            text[t] = codes[i] + n_sequences
            sequence[t] = s
            t += 1
        text[t] = n_sequences - 1 - s
        sequence[t] = s
        t += 1
    return text, sequence


@njit(cache=True, nogil=True)
def _intervals(
    sa: Ints, lcp: Ints, sequence: Ints, n_sequences: int
) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints, Ints]:
    """List all intervals of the suffix array with a common prefix, bottom up, with their supports.

    Returns
    -------
    left, right : first and last rank
    length : length of the common prefix
    support : sequences that contain it
    parent : index of the enclosing interval
    at : one rank whose `lcp` is `length`
    at_lcp : for each rank, the interval whose length is the `lcp` there
    """
    n = sa.size
    left = np.empty(n + 1, np.int32)
    right = np.empty(n + 1, np.int32)
    length = np.empty(n + 1, np.int32)
    doubled = np.zeros(n + 1, np.int32)
    parent = np.full(n + 1, -1, np.int32)
    at = np.empty(n + 1, np.int32)
    at_lcp = np.zeros(n, np.int32)
    stack = np.empty(n + 1, np.int32)
    last_rank = np.full(n_sequences, -1, np.int32)
    left[0] = 0
    length[0] = 0
    at[0] = 0
    stack[0] = 0
    depth = 1
    count = 1
    for i in range(n):
        # The interval that closes here begins where the deepest one it swallows began.
        begin = i - 1
        while length[stack[depth - 1]] > lcp[i]:
            node = stack[depth - 1]
            depth -= 1
            right[node] = i - 1
            begin = left[node]
            above = stack[depth - 1]
            # Not yet on the stack if its length lies between: it gets the next number.
            parent[node] = above if length[above] >= lcp[i] else count
        if length[stack[depth - 1]] < lcp[i]:
            left[count] = begin
            length[count] = lcp[i]
            at[count] = i
            parent[count] = stack[depth - 1]
            stack[depth] = count
            depth += 1
            count += 1
        at_lcp[i] = stack[depth - 1]
        s = sequence[sa[i]]
        if last_rank[s] >= 0:
            # The deepest open interval that holds the sequence's previous suffix too: lefts ascend.
            lo, hi = 0, depth - 1
            while lo < hi:
                middle = (lo + hi + 1) // 2
                if left[stack[middle]] <= last_rank[s]:
                    lo = middle
                else:
                    hi = middle - 1
            doubled[stack[lo]] += 1
        last_rank[s] = i
    while depth > 0:
        depth -= 1
        right[stack[depth]] = n - 1
    support = right[:count] - left[:count] + 1
    # Parents are shorter than their children, so from long to short every sum is complete when used.
    for node in _by_length_descending(length[:count]):
        support[node] -= doubled[node]
        if parent[node] >= 0:
            doubled[parent[node]] += doubled[node]
    return left[:count], right[:count], length[:count], support, parent[:count], at[:count], at_lcp


@njit(cache=True, nogil=True)
def _by_length_descending(length: Ints) -> Ints:
    longest = length.max()
    place = np.zeros(longest + 2, np.int64)
    for x in length:
        place[longest - x + 1] += 1
    place = np.cumsum(place)
    order = np.empty(length.size, np.int32)
    for node in range(length.size):
        x = longest - length[node]
        order[place[x]] = node
        place[x] += 1
    return order


@njit(cache=True, nogil=True)
def _closed(
    sa: Ints,
    rank: Ints,
    length: Ints,
    support: Ints,
    parent: Ints,
    at: Ints,
    at_lcp: Ints,
    min_support: int,
    min_length: int,
    max_length: int,
) -> Ints:
    """Return the intervals that no item before or after leaves with the same support."""
    extends = np.zeros(length.size, np.bool_)
    for node in range(1, length.size):
        if support[node] < min_support:
            continue
        if support[parent[node]] == support[node]:
            extends[parent[node]] = True
        if length[node] > min_length:
            shorter = length[node] - 1
            link = at_lcp[rank[sa[at[node]] + 1]]
            while length[link] > shorter:
                link = parent[link]
            if support[link] == support[node]:
                extends[link] = True
    kept = np.empty(length.size, np.int32)
    n_kept = 0
    for node in range(1, length.size):
        fits = min_length <= length[node] <= max_length
        if fits and support[node] >= min_support and not extends[node]:
            kept[n_kept] = node
            n_kept += 1
    return kept[:n_kept]


@njit(cache=True, nogil=True)
def _unrepeated(offsets: Ints, rank: Ints, lcp: Ints) -> tuple[Ints, Ints]:
    """Return rank and length of the sequences that are not part of another."""
    ranks = np.empty(offsets.size, np.int32)
    lengths = np.empty(offsets.size, np.int32)
    count = 0
    for s in range(offsets.size - 1):
        size = offsets[s + 1] - offsets[s]
        if size == 0:
            continue
        r = rank[offsets[s] + s]
        if lcp[r] < size and (r + 1 == lcp.size or lcp[r + 1] < size):
            ranks[count] = r
            lengths[count] = size
            count += 1
    return ranks[:count], lengths[:count]
