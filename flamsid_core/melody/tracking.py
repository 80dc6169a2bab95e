"""One melody out of the candidates: a Viterbi path over candidates and silence, and the clean-up after it."""

import numba as nb
import numpy as np
from numpy.typing import NDArray

UNVOICED = -1


@nb.njit(cache=True, nogil=True)
def best_path(
    log2_hz: NDArray[np.float32], score: NDArray[np.float32], jump_cost: float, switch_cost: float
) -> NDArray[np.int8]:
    """Return the best candidate of each frame, or -1 for unvoiced.

    Parameters
    ----------
    log2_hz : numpy.ndarray, shape (frames, candidates)
        Pitch of the candidates in octaves.
    score : numpy.ndarray, shape (frames, candidates)
        What is gained by singing that candidate; silence gains 0. −inf where there is no candidate.
    jump_cost : float
        Price of an octave between consecutive frames; a leap never costs more than a breath in between.
    switch_cost : float
        Price of beginning or ending a sung stretch: the hysteresis of the voicing decision.
    """
    n_frames, n = score.shape
    back = np.empty((n_frames, n + 1), dtype=np.int8)
    best = np.zeros(n + 1, dtype=np.float64)
    new = np.zeros(n + 1, dtype=np.float64)
    best[:n] = -np.inf
    for t in range(n_frames):
        from_voiced = -np.inf
        from_c = 0
        for c in range(n):
            if best[c] > from_voiced:
                from_voiced = best[c]
                from_c = c
        # silence is state n
        if best[n] >= from_voiced - switch_cost:
            new[n] = best[n]
            back[t, n] = n
        else:
            new[n] = from_voiced - switch_cost
            back[t, n] = from_c
        for c in range(n):
            if score[t, c] == -np.inf:
                new[c] = -np.inf
                back[t, c] = n
                continue
            top = best[n] - switch_cost
            origin = n
            if t > 0:
                for p in range(n):
                    if best[p] > top:
                        leap = min(jump_cost * abs(log2_hz[t, c] - log2_hz[t - 1, p]), 2.0 * switch_cost)
                        if best[p] - leap > top:
                            top = best[p] - leap
                            origin = p
            new[c] = top + score[t, c]
            back[t, c] = origin
        best, new = new, best
    path = np.empty(n_frames, dtype=np.int8)
    state = 0
    for c in range(1, n + 1):
        if best[c] > best[state]:
            state = c
    for t in range(n_frames - 1, -1, -1):
        path[t] = state if state < n else UNVOICED
        state = back[t, state]
    return path


@nb.njit(cache=True, nogil=True)
def drop_short_runs(f0_hz: NDArray[np.float64], min_frames: int) -> None:
    """Silence, in place, the voiced runs that are shorter than `min_frames`."""
    start = 0
    n = f0_hz.shape[0]
    for t in range(n + 1):
        if t == n or f0_hz[t] <= 0.0:
            if t - start < min_frames:
                f0_hz[start:t] = 0.0
            start = t + 1
