"""Closed patterns with gaps, bounded (Gap-BIDE) or unbounded (BIDE): depth-first search over prefixes.

Both grow a pattern to the right, item by item. A pattern is closed if no item can be added to it in any
permitted place without loss of support; that is checked exactly at every node. What differs is which places
are permitted, what has to be remembered of a pattern's occurrences, and which branches may be left out.

Bounded gaps
    A node holds all pairs (first position, last position) that some occurrence of the pattern P joins. Items
    within reach after a last position prolong P; items within reach before a first position precede it.

    *Pruning.* If there is one item x within reach before **every** first position of P, in every sequence,
    the branch below P holds no closed pattern and is left out. Proof: let P Q be any pattern that begins
    with P, and take any sequence that contains it. The occurrence of P Q there begins with an occurrence of
    P, so it starts at a first position of P; x is within reach before that, so the sequence contains x P Q.
    Hence support(x P Q) = support(P Q), and P Q is not closed. ∎

    The published Gap-BIDE adds up how often x stands within reach before the occurrences, over all positions,
    and prunes when the sum is the number of occurrences. From max_gap 1 on, x can stand twice within reach of
    one occurrence and make up for another without it. In ``xxab`` and ``ab`` that loses ``ab``
    (`tests/test_mining_gaps.py`). Here each first position counts once.

Unbounded gaps
    A node holds, for each sequence, where the leftmost occurrence of P ends. The check for items before and
    inside P looks at maximum periods, the pruning at semi-maximum periods (BackScan), as in Wang & Han 2004,
    theorems 1–4.
"""

import numpy as np
from numba import njit

from flamsid_core.errors import FlamsidError
from flamsid_core.motifs.arrays import Ints
from flamsid_core.motifs.bide import before_unbounded, minimal_windows
from flamsid_core.motifs.bounded import before_bounded, shortest_spans
from flamsid_core.motifs.patterns import Encoded, Patterns

_DONE, _TOO_MANY, _TOO_LONG = 0, 1, 2
_NODE_COST = 50  # what a visit costs beside the items looked at, in such items


def mine_gapped(
    encoded: Encoded,
    max_gap: int | None,
    min_support: int,
    min_length: int,
    max_length: int,
    max_patterns: int,
    max_work: int,
) -> Patterns:
    """Find all closed patterns with gaps (see `flamsid_core.motifs.mine_closed`).

    Raises
    ------
    FlamsidError
        More than `max_patterns` patterns, or more than `max_work` items looked at.
    """
    sizes = np.diff(encoded.offsets)
    sequence = np.repeat(np.arange(sizes.size, dtype=np.int32), sizes)
    status, lengths, supports, item_pool, span_ends, first_pool, last_pool = _search(
        encoded.codes,
        sequence,
        encoded.offsets,
        len(encoded.alphabet),
        -1 if max_gap is None else max_gap,
        min_support,
        min_length,
        max_length,
        max_patterns,
        max_work,
    )
    if status != _DONE:
        gaps = "unbounded gaps" if max_gap is None else f"gaps up to {max_gap}"
        limit = f"max_patterns={max_patterns}"
        if status == _TOO_LONG:
            limit = f"max_work={max_work} items looked at"
        raise FlamsidError(
            "Mining with {gaps}, min_support={min_support} and min_length={min_length} was stopped at "
            "{limit}, with {n_lengths} closed patterns found so far: use a smaller max_gap or "
            "max_length, a higher min_support, fewer sequences, or raise the limit.",
            gaps=gaps,
            min_support=min_support,
            min_length=min_length,
            limit=limit,
            n_lengths=lengths.size,
        )
    return Patterns(
        encoded=encoded,
        max_gap=max_gap,
        lengths=lengths,
        supports=supports,
        item_pool=item_pool,
        item_starts=np.cumsum(lengths) - lengths,
        first_pool=first_pool,
        last_pool=last_pool,
        span_starts=np.concatenate([np.zeros(1, np.int64), span_ends[:-1]])[: lengths.size],
        span_ends=span_ends,
    )


@njit(cache=True, nogil=True)
def _grown(array: Ints, needed: int) -> Ints:
    if needed <= array.size:
        return array
    larger = np.empty(max(needed, 2 * array.size), array.dtype)
    larger[: array.size] = array
    return larger


@njit(cache=True, nogil=True)
def _search(
    codes: Ints,
    sequence: Ints,
    offsets: Ints,
    n_items: int,
    max_gap: int,
    min_support: int,
    min_length: int,
    max_length: int,
    max_patterns: int,
    max_work: int,
) -> tuple[int, Ints, Ints, Ints, Ints, Ints, Ints]:
    """Search depth first; `max_gap` −1 means unbounded.

    An explicit stack holds the nodes still to be visited. Their occurrences lie in `starts` and `ends` in
    the same order, so those of a node are on top when it is taken, and its children's are put above them.
    """
    unbounded = max_gap < 0
    longest = 0
    for s in range(offsets.size - 1):
        longest = max(longest, offsets[s + 1] - offsets[s])
    starts = np.empty(max(2 * codes.size, 1024), np.int32)
    ends = np.empty(starts.size, np.int32)
    node_depth = np.empty(1024, np.int32)
    node_item = np.empty(1024, np.int32)
    node_support = np.empty(1024, np.int32)
    node_lo = np.empty(1024, np.int64)
    node_hi = np.empty(1024, np.int64)
    path = np.empty(longest + 1, np.int32)
    pairs_of = np.zeros(n_items, np.int64)
    support_of = np.zeros(n_items, np.int32)
    seen_in = np.full(n_items, -1, np.int32)
    slot_of = np.zeros(n_items, np.int64)
    touched = np.empty(n_items, np.int32)
    scratch = np.zeros((5, n_items), np.int32)

    lengths = np.empty(1024, np.int32)
    supports = np.empty(1024, np.int32)
    span_ends = np.empty(1024, np.int64)
    item_pool = np.empty(4096, np.int32)
    first_pool = np.empty(4096, np.int32)
    last_pool = np.empty(4096, np.int32)
    n_found = 0
    n_pooled = 0
    n_spans = 0
    work = 0
    status = _DONE
    n_nodes = 0
    root = True  # the empty pattern: never closed, and nothing to look before
    while root or n_nodes > 0:
        if root:
            depth, lo, hi, support = 0, 0, 0, 0
        else:
            n_nodes -= 1
            depth = node_depth[n_nodes]
            lo, hi = node_lo[n_nodes], node_hi[n_nodes]
            support = node_support[n_nodes]
            path[depth - 1] = node_item[n_nodes]
        preceded = 0
        if not root:
            if unbounded:
                preceded, seen = before_unbounded(
                    codes, sequence, offsets, path[:depth], ends[lo:hi], scratch
                )
            else:
                preceded, seen = before_bounded(
                    codes, sequence, offsets, max_gap, starts[lo:hi], ends[lo:hi], scratch
                )
            work += seen + _NODE_COST
            if preceded == 2:
                continue
        n_touched, seen = _count_after(
            codes, sequence, offsets, max_gap, root, starts[lo:hi], ends[lo:hi],
            pairs_of, support_of, seen_in, touched,
        )  # fmt: skip
        work += seen
        followed = False
        top = hi
        for k in range(n_touched):
            c = touched[k]
            followed |= support_of[c] == support
            pairs, pairs_of[c] = pairs_of[c], 0
            slot_of[c] = -1
            seen_in[c] = -1
            if support_of[c] >= min_support and depth < max_length:
                slot_of[c] = top
                node_depth = _grown(node_depth, n_nodes + 1)
                node_item = _grown(node_item, n_nodes + 1)
                node_support = _grown(node_support, n_nodes + 1)
                node_lo = _grown(node_lo, n_nodes + 1)
                node_hi = _grown(node_hi, n_nodes + 1)
                node_depth[n_nodes] = depth + 1
                node_item[n_nodes] = c
                node_support[n_nodes] = support_of[c]
                node_lo[n_nodes] = top
                top += pairs
                node_hi[n_nodes] = top
                n_nodes += 1
        if not root and not followed and preceded == 0 and depth >= min_length:
            if n_found == max_patterns:
                status = _TOO_MANY
                break
            if unbounded:
                windows = minimal_windows(codes, sequence, offsets, path[:depth], ends[lo:hi])
            else:
                windows = shortest_spans(starts[lo:hi], ends[lo:hi])
            n_windows = windows.shape[1]
            first_pool = _grown(first_pool, n_spans + n_windows)
            last_pool = _grown(last_pool, n_spans + n_windows)
            first_pool[n_spans : n_spans + n_windows] = windows[0]
            last_pool[n_spans : n_spans + n_windows] = windows[1]
            n_spans += n_windows
            item_pool = _grown(item_pool, n_pooled + depth)
            item_pool[n_pooled : n_pooled + depth] = path[:depth]
            n_pooled += depth
            lengths = _grown(lengths, n_found + 1)
            supports = _grown(supports, n_found + 1)
            span_ends = _grown(span_ends, n_found + 1)
            lengths[n_found] = depth
            supports[n_found] = support
            span_ends[n_found] = n_spans
            n_found += 1
        if work > max_work:
            status = _TOO_LONG
            break
        if top > hi:
            starts = _grown(starts, top)
            ends = _grown(ends, top)
            _put_after(codes, sequence, offsets, max_gap, root, lo, hi, starts, ends, seen_in, slot_of)
        root = False
    return (
        status,
        lengths[:n_found],
        supports[:n_found],
        item_pool[:n_pooled],
        span_ends[:n_found],
        first_pool[:n_spans],
        last_pool[:n_spans],
    )


@njit(cache=True, nogil=True)
def _reach(
    sequence: Ints, offsets: Ints, max_gap: int, root: bool, k: int, starts: Ints, ends: Ints
) -> tuple[int, int, int]:
    """Return the sequence of the k-th occurrence and the positions that may prolong it (from, before).

    Positions that the same first position has reached before, from a nearer last position, are left out:
    occurrences are ordered by first, then last position.
    """
    if root:
        return k, offsets[k], offsets[k + 1]
    s = sequence[ends[k]]
    after = ends[k] + 1
    stop = offsets[s + 1]
    if max_gap >= 0:
        stop = min(stop, after + max_gap + 1)
        if k > 0 and starts[k - 1] == starts[k]:
            after = max(after, ends[k - 1] + max_gap + 2)
    return s, after, stop


@njit(cache=True, nogil=True)
def _count_after(
    codes: Ints,
    sequence: Ints,
    offsets: Ints,
    max_gap: int,
    root: bool,
    starts: Ints,
    ends: Ints,
    pairs_of: Ints,
    support_of: Ints,
    seen_in: Ints,
    touched: Ints,
) -> tuple[int, int]:
    """Count, for each item that may follow, the sequences and the pairs of positions it would have."""
    n_touched = 0
    seen = 0
    for k in range(offsets.size - 1 if root else ends.size):
        s, after, stop = _reach(sequence, offsets, max_gap, root, k, starts, ends)
        seen += 1 + max(stop - after, 0)
        for q in range(after, stop):
            c = codes[q]
            if pairs_of[c] == 0:
                touched[n_touched] = c
                n_touched += 1
                support_of[c] = 0
                seen_in[c] = -1
            if seen_in[c] != s:
                seen_in[c] = s
                support_of[c] += 1
            elif max_gap < 0:
                continue
            pairs_of[c] += 1
    return n_touched, seen


@njit(cache=True, nogil=True)
def _put_after(
    codes: Ints,
    sequence: Ints,
    offsets: Ints,
    max_gap: int,
    root: bool,
    lo: int,
    hi: int,
    starts: Ints,
    ends: Ints,
    seen_in: Ints,
    slot_of: Ints,
) -> None:
    """Write the pairs of positions of each item that has a slot."""
    for k in range(offsets.size - 1 if root else hi - lo):
        s, after, stop = _reach(sequence, offsets, max_gap, root, k, starts[lo:hi], ends[lo:hi])
        for q in range(after, stop):
            c = codes[q]
            if slot_of[c] < 0:
                continue
            if max_gap < 0:
                if seen_in[c] == s:
                    continue
                seen_in[c] = s
            starts[slot_of[c]] = q if root else starts[lo + k]
            ends[slot_of[c]] = q
            slot_of[c] += 1
