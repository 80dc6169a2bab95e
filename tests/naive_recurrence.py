"""Slow, obvious twins of flamsid_core.motifs.alignment and flamsid_core.motifs.shuffling."""

from functools import cache


def best_extension(p, q, weight_p, weight_q, tolerance, worst):
    """Best score over all alignments that begin at frame 0 of both, never giving up.

    Frames of `p` and `q` are compared as they are; steps of (1, 1), (1, 2) and (2, 1) frames.
    """

    def gain(i, j):
        return max(1 - abs(p[i] - q[j]) / tolerance, worst)

    @cache
    def ending(i, j):
        """Best score of an alignment whose last pair of frames is i − 1, j − 1; (0, 0) is the empty one."""
        if i == 0 and j == 0:
            return 0.0
        options = [float("-inf")]
        for di, dj in ((1, 1), (1, 2), (2, 1)):
            if i - di >= 0 and j - dj >= 0:
                told = sum(weight_p[i - di : i]) + sum(weight_q[j - dj : j])
                options.append(ending(i - di, j - dj) + gain(i - 1, j - 1) * told / 2)
        return max(options)

    return max(ending(i, j) for i in range(len(p) + 1) for j in range(len(q) + 1))


def shuffles_of(step, wall):
    """Return all orders of strokes that keep the pairs of steps: every walk along the edges that uses each once."""
    out = [*step[1:], wall]
    found = []

    def walk(at, used):
        if len(used) == len(step):
            if at == wall:
                found.append(tuple(used))
            return
        for stroke in range(len(step)):
            if stroke not in used and step[stroke] == at:
                walk(out[stroke], [*used, stroke])

    walk(wall, [])
    return found
