"""One melody out of the candidates: the path through them, then where it is sung."""

import numba as nb
import numpy as np
from numpy.typing import NDArray

# Prices in units of the salience lost by taking another candidate than the strongest (0 to 1 a frame). Found
# on the tuning halves of MIR-1K and of the flamenco clips; halving or doubling any of them changes overall
# accuracy by less than 0.5 %.
JUMP_COST_PER_OCTAVE = 5.0
MAX_JUMP_COST = 2.4
# In log odds of voicing, for beginning or ending a sung stretch: the hysteresis of the decision.
SWITCH_COST = 2.0
# Within 60 ms of the ends of a sung stretch the window holds silence or a consonant too: until the share of
# power on harmonics reaches this, the nearest pitch that has it is held (raw pitch on the tuning half of
# MIR-1K + 0.4 %).
CLEAR_HARMONICITY = 0.75
MAX_HELD_FRAMES = 10


@nb.njit(cache=True, nogil=True)
def best_path(
    log2_hz: NDArray[np.float32], gain: NDArray[np.float32], jump_cost: float, max_jump_cost: float
) -> NDArray[np.int64]:
    """Return the candidate of each frame on the best path through all frames (Viterbi).

    Parameters
    ----------
    log2_hz : numpy.ndarray, shape (frames, candidates)
        Pitch of the candidates in octaves.
    gain : numpy.ndarray, shape (frames, candidates)
        What is gained by a candidate; −inf where there is none. The first candidate must always be there.
    jump_cost, max_jump_cost : float
        Price of an octave between consecutive frames, and the most that any leap costs.

    Returns
    -------
    numpy.ndarray, shape (frames,)
        Column of the chosen candidate.
    """
    n_frames, n = gain.shape
    back = np.empty((n_frames, n), dtype=np.int8)
    best = np.zeros(n)
    new = np.zeros(n)
    best[:] = gain[0]
    for t in range(1, n_frames):
        for c in range(n):
            top = -np.inf
            origin = 0
            if gain[t, c] > -np.inf:
                for p in range(n):
                    price = min(jump_cost * abs(log2_hz[t, c] - log2_hz[t - 1, p]), max_jump_cost)
                    if best[p] - price > top:
                        top = best[p] - price
                        origin = p
            new[c] = top + gain[t, c]
            back[t, c] = origin
        best, new = new, best
    path = np.empty(n_frames, dtype=np.int64)
    state = int(np.argmax(best))
    for t in range(n_frames - 1, -1, -1):
        path[t] = state
        state = back[t, state]
    return path


@nb.njit(cache=True, nogil=True)
def voiced_frames(evidence: NDArray[np.float64], switch_cost: float) -> NDArray[np.bool_]:
    """Decide voiced or not for each frame: the best two-state path, paying for each change.

    Parameters
    ----------
    evidence : numpy.ndarray, shape (frames,)
        Log odds of voicing; finite.
    switch_cost : float
        What a change must be worth, in log odds.
    """
    n_frames = evidence.shape[0]
    stay_voiced = np.empty(n_frames, dtype=np.bool_)
    stay_silent = np.empty(n_frames, dtype=np.bool_)
    voiced = 0.0
    silent = 0.0
    for t in range(n_frames):
        stay_voiced[t] = voiced >= silent - switch_cost
        stay_silent[t] = silent >= voiced - switch_cost
        voiced, silent = max(voiced, silent - switch_cost) + evidence[t], max(silent, voiced - switch_cost)
    decided = np.empty(n_frames, dtype=np.bool_)
    state = voiced > silent
    for t in range(n_frames - 1, -1, -1):
        decided[t] = state
        if not (stay_voiced[t] if state else stay_silent[t]):
            state = not state
    return decided


@nb.njit(cache=True, nogil=True)
def drop_short_runs(voiced: NDArray[np.bool_], min_frames: int) -> None:
    """Silence, in place, the voiced runs shorter than `min_frames`."""
    start = 0
    for t in range(voiced.shape[0] + 1):
        if t == voiced.shape[0] or not voiced[t]:
            if t - start < min_frames:
                voiced[start:t] = False
            start = t + 1


@nb.njit(cache=True, nogil=True)
def hold_ends(f0_hz: NDArray[np.float64], harmonicity: NDArray[np.float32]) -> None:
    """Hold, in place, the nearest clear pitch at both ends of every voiced run (f0 above 0)."""
    n = f0_hz.shape[0]
    start = 0
    for t in range(n + 1):
        if t < n and f0_hz[t] > 0.0:
            continue
        first = start
        while first < t and harmonicity[first] < CLEAR_HARMONICITY:
            first += 1
        if first < t and first - start <= MAX_HELD_FRAMES:
            f0_hz[start:first] = f0_hz[first]
        last = t - 1
        while last >= start and harmonicity[last] < CLEAR_HARMONICITY:
            last -= 1
        if last >= start and t - 1 - last <= MAX_HELD_FRAMES:
            f0_hz[last + 1 : t] = f0_hz[last]
        start = t + 1
