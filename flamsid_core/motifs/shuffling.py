"""Singing that keeps a recording's small moves and forgets its motifs: a shuffle of its strokes.

After Altschul & Erickson (1985), "Significance of nucleotide sequence alignments", Mol. Biol. Evol. 2(6). Steps are
the nodes of a graph, and every stroke is an edge from the step into it to the step out of it. A walk that takes each
edge once is a melody with the same strokes and the same pairs of neighbouring steps. Such a walk is drawn by choosing
for every node the edge to be taken last: these edges must form a tree towards the end, and all trees are equally
likely when they come from loop-erased random walks (Wilson 1996). All other edges of a node follow in random order.

With `order` 2 the nodes are pairs of steps, so that triplets of steps are kept as well. Walls are a step of their own:
a recording keeps its number of phrases and what they begin and end with, not their lengths.
"""

import numpy as np
from numba import njit

from flamsid_core.motifs.strokes import WALL, Ints, Line


def shuffled_line(line: Line, seed: int, order: int = 1) -> Line:
    """Shuffle the strokes of one recording together with their curves.

    Each stroke keeps its curve and the exact interval by which it was reached, so that it begins where that interval
    leads from the stroke now before it; a stroke after a wall keeps its pitch.

    Parameters
    ----------
    line : Line
        Of one recording.
    seed : int
    order : {1, 2}
        Keep pairs or triplets of steps.

    Returns
    -------
    Line
    """
    if line.step.size == 0:
        return line
    chosen = shuffled_order(line.step, seed, order)
    step = line.step[chosen]
    interval = np.diff(line.pitch_cents, prepend=0.0)[chosen]
    opens = step == WALL
    # Pitch is the sum of the intervals since the last wall, where the stroke's own pitch stands.
    risen = np.cumsum(np.where(opens, 0.0, interval))
    start = np.maximum.accumulate(np.where(opens, np.arange(step.size), 0))
    pitch = line.pitch_cents[chosen[start]] + risen - risen[start]
    lengths = np.diff(line.first)[chosen]
    first = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    frame = np.repeat(line.first[:-1][chosen] - first[:-1], lengths) + np.arange(first[-1])
    moved = np.repeat(pitch - line.pitch_cents[chosen], lengths)
    return Line(line.cents[frame] + moved, line.weight[frame], first, pitch, step, line.recording[chosen])


def shuffled_order(step: Ints, seed: int, order: int = 1) -> Ints:
    """Return the strokes of a recording in a new order that keeps all pairs (or triplets) of steps.

    Parameters
    ----------
    step : (strokes,) array
        Step into each stroke; `WALL` on the first of a phrase, as the very first stroke must be.
    seed : int
    order : {1, 2}

    Returns
    -------
    (strokes,) int array
        A permutation.

    Examples
    --------
    >>> step = np.array([WALL, 2, -2, 2, -1, 2, -2])
    >>> again = step[shuffled_order(step, seed=1)]
    >>> pairs = lambda s: sorted(zip(s.tolist(), [*s[1:].tolist(), WALL]))
    >>> pairs(again) == pairs(step)
    True
    """
    if order == 1:
        into, out = step, np.append(step[1:], WALL)
    else:
        before = np.where(step == WALL, WALL, np.append(WALL, step[:-1]))
        into = step * (4 * WALL) + before
        out = np.append(into[1:], into[:1])
    _, node = np.unique(np.concatenate([into, out]), return_inverse=True)
    tail, head = node[: step.size], node[step.size :]
    return _euler_walk(tail, head, int(node.max()) + 1, np.random.default_rng(seed))


@njit(cache=True, nogil=True)
def _euler_walk(tail: Ints, head: Ints, n_nodes: int, rng: np.random.Generator) -> Ints:
    """Draw a walk that takes every edge tail → head once, from the tail of the first edge back to it."""
    n = tail.size
    start = np.zeros(n_nodes + 1, np.int64)
    for e in range(n):
        start[tail[e] + 1] += 1
    for v in range(n_nodes):
        start[v + 1] += start[v]
    edges = np.empty(n, np.int64)  # by node
    filled = start[:-1].copy()
    for e in range(n):
        edges[filled[tail[e]]] = e
        filled[tail[e]] += 1
    root = tail[0]
    in_tree = np.zeros(n_nodes, np.bool_)
    in_tree[root] = True
    last = np.full(n_nodes, -1, np.int64)
    for v in range(n_nodes):
        if start[v + 1] == start[v]:
            continue
        at = v
        while not in_tree[at]:  # a random walk: what a later visit overwrites was a loop
            last[at] = edges[start[at] + int(rng.random() * (start[at + 1] - start[at]))]
            at = head[last[at]]
        at = v
        while not in_tree[at]:
            in_tree[at] = True
            at = head[last[at]]
    for v in range(n_nodes):
        a, b = start[v], start[v + 1]
        stop = b
        if last[v] >= 0:
            for k in range(a, b):
                if edges[k] == last[v]:
                    edges[k] = edges[b - 1]
                    edges[b - 1] = last[v]
                    break
            stop = b - 1
        for k in range(stop - 1, a, -1):
            other = a + int(rng.random() * (k - a + 1))
            edges[k], edges[other] = edges[other], edges[k]
    walk = np.empty(n, np.int64)
    taken = start[:-1].copy()
    at = root
    for k in range(n):
        e = edges[taken[at]]
        taken[at] += 1
        walk[k] = e
        at = head[e]
    return walk
