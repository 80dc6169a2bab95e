"""From pairs of like spans to families: the few prototypes that explain most of what recurs.

A family is a prototype span and its occurrences: the parts of other spans that alignments lay beside it, each covering
`least_cover` of it. Families are taken one after the other, each time the one that saves most: the informative seconds
its occurrences share with the prototype, as far as no earlier family has covered them. So little is nested and little
overlaps.
"""

from heapq import heapify, heappop, heapreplace
from typing import NamedTuple

import numpy as np
from numba import njit

from flamsid_core.motifs.recurrence import Hits, Ways
from flamsid_core.motifs.strokes import Floats, Ints, Line

_OVERLAP = 0.2  # occurrences of one family share less of the shorter one
_FRESH = 0.5  # of an occurrence is covered by no earlier family


class Family(NamedTuple):
    """Spans of a line, frames start … end − 1; the first is the prototype.

    `score` (informative seconds shared with the prototype; its own for the prototype), `apart_cents` (how much an
    occurrence lies above the prototype), `saved` (of the whole family), `best` (the strength of its best pair).
    """

    start: Ints
    end: Ints
    score: Floats
    apart_cents: Floats
    saved: float
    best: float


class _Directed(NamedTuple):
    """Hits seen from either side; `offset`, `source`, `target`, `gained` as in `Ways`."""

    start: Ints
    end: Ints
    apart_cents: Floats
    score: Floats
    offset: Ints
    source: Ints
    target: Ints
    gained: Floats


def families_of(
    line: Line,
    hits: Hits,
    ways: Ways,
    least_score: Floats,
    strength: Floats,
    *,
    least_cover: float,
    least_strokes: int,
) -> list[Family]:
    """Take families until nothing is left to save.

    Parameters
    ----------
    line : Line
    hits, ways : Hits, Ways
        The pairs of spans that count, and how their frames go together.
    least_score : (hits,) array
        What an occurrence must share with its prototype, in informative seconds, by the hit that found it.
    strength : (hits,) array
        How far each hit is above chance.
    least_cover : float
        Share of the prototype that an occurrence covers.
    least_strokes : int
        Of prototypes and of occurrences.

    Returns
    -------
    list of Family
        In the order taken: the one that saves most first.
    """
    if hits.score.size == 0:
        return []
    directed = _both_ways(hits, ways)
    needed = np.concatenate([least_score, least_score])
    stroke = np.repeat(np.arange(line.step.size), np.diff(line.first))
    weight = np.concatenate([np.zeros(1), np.cumsum(line.weight)])
    uncovered = np.concatenate([np.zeros(1), np.cumsum(line.weight)])
    covered = np.zeros(line.cents.size, np.bool_)
    spans = np.unique(np.column_stack([directed.start, directed.end]), axis=0)

    def gain(span: int) -> float:
        kept, _ = _occurrences(
            spans[span, 0],
            spans[span, 1],
            *directed,
            needed,
            weight,
            uncovered,
            stroke,
            least_cover,
            least_strokes,
        )
        return _saved(kept)

    waiting = [(-gain(k), k) for k in range(spans.shape[0])]
    heapify(waiting)
    families: list[Family] = []
    while waiting and waiting[0][0] < 0.0:
        # What is covered only lowers gains: the best is the first whose gain, taken again, still leads.
        promised, k = waiting[0]
        now = -gain(k)
        if now > promised + 1e-12:
            heapreplace(waiting, (now, k))
            continue
        heappop(waiting)
        start, end = spans[k]
        kept, apart = _occurrences(
            start, end, *directed, needed, weight, uncovered, stroke, least_cover, least_strokes
        )
        own = weight[end] - weight[start]
        order = np.argsort(-kept[:, 2], kind="stable")
        family = Family(
            np.append(start, kept[order, 0].astype(np.int64)),
            np.append(end, kept[order, 1].astype(np.int64)),
            np.append(own, kept[order, 2]),
            np.append(0.0, apart[order]),
            _saved(kept),
            float(strength[kept[:, 3].astype(np.int64) % strength.size].max()),
        )
        families.append(family)
        for a, b in zip(family.start.tolist(), family.end.tolist(), strict=True):
            covered[a:b] = True
        uncovered[1:] = np.cumsum(np.where(covered, 0.0, line.weight))
    return families


def _saved(kept: Floats) -> float:
    """Informative seconds shared with the prototype and not covered before."""
    return float((kept[:, 2] * kept[:, 4]).sum()) if kept.shape[0] else 0.0


def _both_ways(hits: Hits, ways: Ways) -> _Directed:
    first, after = ways.offset[:-1], ways.offset[1:]
    return _Directed(
        np.concatenate([hits.p_start, hits.q_start]),
        np.concatenate([hits.p_end, hits.q_end]),
        np.concatenate([-hits.apart_cents, hits.apart_cents]),
        np.concatenate([hits.score, hits.score]),
        np.concatenate([first, ways.offset + after[-1]]),
        np.concatenate([ways.p, ways.q]),
        np.concatenate([ways.q, ways.p]),
        np.concatenate([ways.gained, ways.gained]),
    )


@njit(cache=True, nogil=True)
def _occurrences(
    start: int,
    end: int,
    source_start: Ints,
    source_end: Ints,
    apart_cents: Floats,
    score: Floats,
    offset: Ints,
    source: Ints,
    target: Ints,
    gained: Floats,
    needed: Floats,
    weight: Floats,
    uncovered: Floats,
    stroke: Ints,
    least_cover: float,
    least_strokes: int,
) -> tuple[Floats, Floats]:
    """Return the occurrences of the span: rows (start, end, score, hit, uncovered share), and their transpositions."""
    n = source_start.size
    informative_s = weight[end] - weight[start]
    found = np.empty((n, 5))
    apart = np.empty(n)
    own_fresh = (uncovered[end] - uncovered[start]) / max(informative_s, 1e-12)
    if stroke[end - 1] - stroke[start] + 1 < least_strokes or own_fresh < _FRESH:
        return found[:0], apart[:0]
    count = 0
    for k in range(n):
        a, b = max(start, source_start[k]), min(end, source_end[k])
        if b - a < least_cover * (end - start):
            continue
        low, high = offset[k], offset[k + 1]
        first = low + np.searchsorted(source[low:high], a)
        after = low + np.searchsorted(source[low:high], b)
        if after - first < 2:
            continue
        shared = gained[after - 1] - (gained[first - 1] if first > low else 0.0)
        if shared < needed[k]:
            continue
        s, e = target[first], target[after - 1] + 1
        own = weight[e] - weight[s]
        fresh = (uncovered[e] - uncovered[s]) / max(own, 1e-12)
        if fresh < _FRESH or stroke[e - 1] - stroke[s] + 1 < least_strokes:
            continue
        found[count, 0], found[count, 1], found[count, 2] = s, e, shared
        found[count, 3], found[count, 4] = k, fresh
        count += 1
    order = np.argsort(-found[:count, 2], kind="mergesort")
    kept = np.empty((count, 5))
    n_kept = 0
    for o in order:
        s, e = found[o, 0], found[o, 1]
        free = min(e, end) - max(s, start) < _OVERLAP * min(e - s, end - start)
        for other in range(n_kept):
            shared = min(e, kept[other, 1]) - max(s, kept[other, 0])
            if shared >= _OVERLAP * min(e - s, kept[other, 1] - kept[other, 0]):
                free = False
                break
        if free:
            kept[n_kept] = found[o]
            apart[n_kept] = apart_cents[int(found[o, 3])]
            n_kept += 1
    return kept[:n_kept], apart[:n_kept]
