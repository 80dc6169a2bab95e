"""Where a voice comes back to something: all pairs of like spans in one or more recordings.

Two places are compared where the melody makes the same two steps in a row (three strokes, intervals equal to the
semitone); from there the alignment of `flamsid_core.motifs.alignment` grows both ways, never across a wall and, in one
phrase, never over its own twin. Places that an earlier alignment went through on the same diagonal of strokes are not
tried again. Time grows with the square of the strokes, memory with the strokes and the hits.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from flamsid_core.motifs.alignment import Agreement, extend, way_of
from flamsid_core.motifs.strokes import WALL, Floats, Ints, Line

_MOST_FRAMES = 3000  # of one side of an alignment: a minute at the usual step; no phrase is sung longer
_SLACK = 2  # frames: where a stroke begins and ends is known no better
_SAME_SHARE = 0.5  # two alignments that share so much of both their spans are one


class Hits(NamedTuple):
    """Pairs of like spans of one line: frames p_start … p_end − 1 and q_start … q_end − 1, p before q.

    `p_anchor`, `q_anchor` are the frames where they were found to agree, `apart_cents` how much p lies above q,
    `score` the informative seconds, `p_recording` and `q_recording` the recordings they lie in.
    """

    p_anchor: Ints
    q_anchor: Ints
    p_start: Ints
    p_end: Ints
    q_start: Ints
    q_end: Ints
    apart_cents: Floats
    score: Floats
    p_recording: Ints
    q_recording: Ints

    def chosen(self, which: Ints) -> "Hits":
        """Return the hits at these positions."""
        return Hits(
            self.p_anchor[which],
            self.q_anchor[which],
            self.p_start[which],
            self.p_end[which],
            self.q_start[which],
            self.q_end[which],
            self.apart_cents[which],
            self.score[which],
            self.p_recording[which],
            self.q_recording[which],
        )


def find_hits(line: Line, least_score_s: float, agreement: Agreement) -> Hits:
    """Find the pairs of like spans that score at least `least_score_s`, the best first, each pair once.

    Parameters
    ----------
    line : Line
    least_score_s : float
        Informative seconds.
    agreement : Agreement
    """
    begin, end = phrase_bounds(line)
    found = _find(
        line.cents, line.weight, line.first, line.pitch_cents, same_steps_next(line), line.recording, begin, end,
        least_score_s, *agreement,
    )  # fmt: skip
    hits = Hits(*found)
    order = np.lexsort((hits.q_start, hits.p_start, -hits.score))
    hits = hits.chosen(order)
    return hits.chosen(np.flatnonzero(_first_of_its_kind(hits.p_start, hits.p_end, hits.q_start, hits.q_end)))


def phrase_bounds(line: Line) -> tuple[Ints, Ints]:
    """Return, for each stroke, the first frame of its phrase and the frame after its last."""
    opens = np.flatnonzero(line.step == WALL)
    sizes = np.diff(np.append(opens, line.step.size))
    starts = line.first[opens]
    ends = np.append(starts[1:], line.first[-1])[: starts.size]
    return np.repeat(starts, sizes), np.repeat(ends, sizes)


def same_steps_next(line: Line) -> Ints:
    """Return for each stroke the next one with the same step into it and out of it; -1 where there is none."""
    out = line.step_out
    key = line.step * (4 * WALL) + out
    inside = np.flatnonzero((line.step != WALL) & (out != WALL))
    order = inside[np.argsort(key[inside], kind="stable")]
    following = np.full(key.size, -1, np.int64)
    same = key[order[:-1]] == key[order[1:]]
    following[order[:-1][same]] = order[1:][same]
    return following


@njit(cache=True, nogil=True)
def _find(
    cents: Floats,
    weight: Floats,
    first: Ints,
    pitch: Floats,
    following: Ints,
    recording: Ints,
    begin: Ints,
    end: Ints,
    least_score: float,
    tolerance: float,
    worst: float,
    drop: float,
) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints, Floats, Floats, Ints, Ints]:
    n = following.size
    longest = 0
    for i in range(n):
        longest = max(longest, end[i] - begin[i])
    rows = np.empty((3, min(longest, _MOST_FRAMES) + 2))
    nothing = np.empty((0, 0), np.uint8)
    reached = np.full(n + 1, -1, np.int64)  # by diagonal: the last frame of p that an alignment went through
    ints = np.empty((256, 8), np.int64)
    floats = np.empty((256, 2))
    found = 0
    for i in range(n):
        j = following[i]
        while j >= 0:
            p, q = first[i], first[j]
            if p < reached[j - i]:
                j = following[j]
                continue
            a, b, c = pitch[i - 1] - pitch[j - 1], pitch[i] - pitch[j], pitch[i + 1] - pitch[j + 1]
            apart = max(min(a, b), min(max(a, b), c))
            held_p, held_q = first[i + 1] - p, first[j + 1] - q
            unlike = max(a, max(b, c)) - min(a, min(b, c)) > tolerance
            if unlike or held_p > 2 * held_q + _SLACK or held_q > 2 * held_p + _SLACK:
                j = following[j]  # no alignment goes through these three strokes
                continue
            p_ahead, q_ahead, p_back, q_back = end[i] - p, end[j] - q, p - begin[i], q - begin[j]
            if begin[i] == begin[j]:
                middle = (p + q) // 2
                p_ahead = min(p_ahead, middle - p)
                q_back = min(q_back, q - middle)
            ahead, p_on, q_on = extend(
                cents, weight, p, q, 1, p_ahead, q_ahead, apart, tolerance, worst, drop, rows, nothing
            )
            back, p_off, q_off = extend(
                cents, weight, p - 1, q - 1, -1, p_back, q_back, apart, tolerance, worst, drop, rows, nothing
            )
            reached[j - i] = p + p_on
            if ahead + back >= least_score:
                if found == ints.shape[0]:
                    ints = np.concatenate((ints, np.empty_like(ints)))
                    floats = np.concatenate((floats, np.empty_like(floats)))
                ints[found, 0], ints[found, 1] = p, q
                ints[found, 2], ints[found, 3] = p - p_off, p + p_on
                ints[found, 4], ints[found, 5] = q - q_off, q + q_on
                ints[found, 6], ints[found, 7] = recording[i], recording[j]
                floats[found, 0], floats[found, 1] = apart, ahead + back
                found += 1
            j = following[j]
    return (
        ints[:found, 0].copy(),
        ints[:found, 1].copy(),
        ints[:found, 2].copy(),
        ints[:found, 3].copy(),
        ints[:found, 4].copy(),
        ints[:found, 5].copy(),
        floats[:found, 0].copy(),
        floats[:found, 1].copy(),
        ints[:found, 6].copy(),
        ints[:found, 7].copy(),
    )


@njit(cache=True, nogil=True)
def _first_of_its_kind(p_start: Ints, p_end: Ints, q_start: Ints, q_end: Ints) -> "np.ndarray":
    """Mark the hits, best first, that share less than `_SAME_SHARE` of a span with every better one marked."""
    kept = np.zeros(p_start.size, np.bool_)
    for k in range(p_start.size):
        kept[k] = True
        for other in range(k):
            if not kept[other]:
                continue
            p_shared = min(p_end[k], p_end[other]) - max(p_start[k], p_start[other])
            if p_shared < _SAME_SHARE * (p_end[k] - p_start[k]):
                continue
            q_shared = min(q_end[k], q_end[other]) - max(q_start[k], q_start[other])
            if q_shared >= _SAME_SHARE * (q_end[k] - q_start[k]):
                kept[k] = False
                break
    return kept


class Ways(NamedTuple):
    """The aligned frames of hits, one after the other: hit `k` has the pairs ``offset[k]`` … ``offset[k + 1] − 1``.

    `gained` is the score up to and including each pair, from the start of its hit.
    """

    offset: Ints
    p: Ints
    q: Ints
    gained: Floats


def trace(line: Line, hits: Hits, agreement: Agreement) -> Ways:
    """Align the spans of hits again and keep which frame goes with which."""
    return Ways(
        *_trace(
            line.cents, line.weight, hits.p_anchor, hits.q_anchor, hits.p_start, hits.p_end, hits.q_start, hits.q_end,
            hits.apart_cents, *agreement,
        )
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _trace(
    cents: Floats,
    weight: Floats,
    p_anchor: Ints,
    q_anchor: Ints,
    p_start: Ints,
    p_end: Ints,
    q_start: Ints,
    q_end: Ints,
    apart: Floats,
    tolerance: float,
    worst: float,
    drop: float,
) -> tuple[Ints, Ints, Ints, Floats]:
    n = p_anchor.size
    offset = np.zeros(n + 1, np.int64)
    most = 0
    for k in range(n):
        most = max(most, p_end[k] - p_start[k], q_end[k] - q_start[k])
        offset[k + 1] = offset[k] + p_end[k] - p_start[k]
    rows = np.empty((3, most + 2))
    moves = np.empty((most + 2, most + 2), np.uint8)
    ps, qs, gained = np.empty(offset[n], np.int64), np.empty(offset[n], np.int64), np.empty(offset[n])
    top = 0
    for k in range(n):
        offset[k] = top
        p, q = p_anchor[k], q_anchor[k]
        # Given just the room it used, an alignment ends where it ended before.
        _, i, j = extend(
            cents,
            weight,
            p - 1,
            q - 1,
            -1,
            p - p_start[k],
            q - q_start[k],
            apart[k],
            tolerance,
            worst,
            drop,
            rows,
            moves,
        )
        left_p, left_q = way_of(moves, i, j)
        _, i, j = extend(
            cents, weight, p, q, 1, p_end[k] - p, q_end[k] - q, apart[k], tolerance, worst, drop, rows, moves
        )
        right_p, right_q = way_of(moves, i, j)
        for t in range(left_p.size - 1, -1, -1):
            ps[top], qs[top] = p - 1 - left_p[t], q - 1 - left_q[t]
            top += 1
        for t in range(right_p.size):
            ps[top], qs[top] = p + right_p[t], q + right_q[t]
            top += 1
        # Frames skipped on the way go with the pair farther from the anchor, which is where the step came to.
        total = 0.0
        for t in range(offset[k], top):
            if ps[t] < p:
                i, i_end, j, j_end = ps[t], p, qs[t], q
                if t + 1 < top and ps[t + 1] < p:
                    i_end, j_end = ps[t + 1], qs[t + 1]
            else:
                i, i_end, j, j_end = p, ps[t] + 1, q, qs[t] + 1
                if t > offset[k] and ps[t - 1] >= p:
                    i, j = ps[t - 1] + 1, qs[t - 1] + 1
            gain = max(1.0 - abs(cents[ps[t]] - cents[qs[t]] - apart[k]) / tolerance, worst)
            total += 0.5 * gain * (weight[i:i_end].sum() + weight[j:j_end].sum())
            gained[t] = total
    offset[n] = top
    return offset, ps[:top], qs[:top], gained[:top]
