"""Clicks and what lies below hearing: taken out of the sound before it is analysed.

A click is short and far rougher than what surrounds it. Roughness is the largest second difference of a block of
1 ms: a block is a click when at most a quarter of the blocks within 15 ms are more than a fourth as rough. So the
attack of a note, after which everything is rough, is not a click; nor are blocks as rough as others one and two
periods away, the pulses of a low voice. Where a run of such blocks lasts no more than
4 ms, its rough samples are bridged by a straight line.
"""

from collections.abc import Iterable, Iterator

import numba as nb
import numpy as np
from numpy.typing import NDArray

HIGH_PASS_HZ = 20.0
BLOCK_S = 0.001
NEIGHBOURS = 15  # blocks on either side
ROUGHER = 4.0
ROUGH_SHARE = 0.25
LONGEST_BLOCKS = 4
LONGEST_PERIOD = 18  # blocks, a voice of 55 Hz
_CONTEXT = 2 * LONGEST_PERIOD + LONGEST_BLOCKS + 2  # what a block's fate depends on, in blocks
_STEP_BLOCKS = 4000


def without_constant(blocks: Iterable[NDArray[np.float32]], rate_hz: float) -> Iterator[NDArray[np.float32]]:
    """Take away what is constant: a high pass of first order at 20 Hz, of consecutive blocks."""
    decay = float(np.exp(-2.0 * np.pi * HIGH_PASS_HZ / rate_hz))
    state = np.zeros(2)
    first = True
    for block in blocks:
        if first and len(block):
            state[0] = block[0]  # a constant is not a step at the start
            first = False
        yield _high_pass(np.ascontiguousarray(block), decay, state)


def without_clicks(
    blocks: Iterable[NDArray[np.float32]], rate_hz: float
) -> Iterator[tuple[NDArray[np.float32], int]]:
    """Bridge the clicks of consecutive blocks of one channel.

    Parameters
    ----------
    blocks : iterable of numpy.ndarray, shape (n,)
        Of any length; the result does not depend on where they are cut.
    rate_hz : float

    Yields
    ------
    signal : numpy.ndarray, shape (m,)
        As many samples altogether as went in.
    n_clicks : int
        How many clicks were bridged in it.
    """
    size = max(2, round(BLOCK_S * rate_hz))
    context = _CONTEXT * size
    pending = np.zeros(context, dtype=np.float32)
    for block in blocks:
        pending = np.concatenate((pending, block))
        while len(pending) >= 2 * context + _STEP_BLOCKS * size:
            end = context + _STEP_BLOCKS * size
            yield _bridged(pending[: end + context], size, context, end)
            pending = pending[end - context :]
    n = len(pending) - context
    if n > 0:
        padded = np.concatenate((pending, np.zeros(context + size - n % size, dtype=np.float32)))
        signal, n_clicks = _bridged(padded, size, context, context + n)
        yield signal, n_clicks


def _bridged(
    signal: NDArray[np.float32], size: int, first: int, last: int
) -> tuple[NDArray[np.float32], int]:
    out = signal.copy()
    rough = roughness(signal, size)
    n_clicks = bridge_clicks(out, rough, find_clicks(rough), size, first, last)
    return out[first:last], n_clicks


@nb.njit(cache=True, nogil=True)
def _high_pass(block: NDArray[np.float32], decay: float, state: NDArray[np.float64]) -> NDArray[np.float32]:
    out = np.empty_like(block)
    before, value = state
    for i in range(block.shape[0]):
        value = decay * (value + block[i] - before)
        before = block[i]
        out[i] = value
    state[0] = before
    state[1] = value
    return out


@nb.njit(cache=True, nogil=True)
def roughness(signal: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Return the largest second difference of each block of `size` samples; a rest has none."""
    n_blocks = signal.shape[0] // size
    out = np.zeros(n_blocks, dtype=np.float32)
    for b in range(n_blocks):
        most = np.float32(0.0)
        for i in range(max(1, b * size), min(signal.shape[0] - 1, (b + 1) * size)):
            most = max(most, abs(signal[i - 1] - np.float32(2.0) * signal[i] + signal[i + 1]))
        out[b] = most
    return out


@nb.njit(cache=True, nogil=True)
def find_clicks(rough: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell for each block whether it is a click: few nearby are more than a fourth as rough."""
    n = rough.shape[0]
    clicks = np.zeros(n, dtype=np.bool_)
    most = int(ROUGH_SHARE * (2 * NEIGHBOURS + 1))
    for b in range(n):
        limit = rough[b] / np.float32(ROUGHER)
        if limit <= np.float32(0.0):
            continue
        others = 0
        for i in range(max(0, b - NEIGHBOURS), min(n, b + NEIGHBOURS + 1)):
            others += rough[i] > limit
        clicks[b] = others - 1 <= most and not _is_pulse(rough, b)
    return clicks


@nb.njit(cache=True, nogil=True)
def _is_pulse(rough: NDArray[np.float32], b: int) -> bool:
    """Tell whether a block is one of a regular row: the pulses of a low voice come once a period."""
    alike = np.float32(0.7) * rough[b]
    n = rough.shape[0]
    for period in range(2, LONGEST_PERIOD + 1):
        before = b >= period + 1 and _largest(rough, b - period) >= alike
        after = b + period + 1 < n and _largest(rough, b + period) >= alike
        if before and after:
            earlier = b >= 2 * period + 1 and _largest(rough, b - 2 * period) >= alike
            later = b + 2 * period + 1 < n and _largest(rough, b + 2 * period) >= alike
            if earlier or later:
                return True
    return False


@nb.njit(cache=True, nogil=True)
def _largest(rough: NDArray[np.float32], b: int) -> np.float32:
    return max(rough[b - 1], rough[b], rough[b + 1])


@nb.njit(cache=True, nogil=True)
def bridge_clicks(
    signal: NDArray[np.float32],
    rough: NDArray[np.float32],
    clicks: NDArray[np.bool_],
    size: int,
    first: int,
    last: int,
) -> int:
    """Bridge, in place, the short runs of click blocks; count those that start in samples `first`–`last`.

    Bridged is what lies between the first sample rougher than a fourth of the roughest of the run and the last
    that is rougher than the blocks next to it, its ringing, and two samples more on either side.
    """
    n_clicks = 0
    n = clicks.shape[0]
    b = 0
    while b < n:
        if not clicks[b]:
            b += 1
            continue
        end = b
        while end < n and clicks[end]:
            end += 1
        if end - b <= LONGEST_BLOCKS and b >= 2 and end < n - 1:
            around = max(rough[b - 1], rough[end])
            attack = max(around, rough[b:end].max() / np.float32(ROUGHER))
            left, right = -1, -1
            for i in range(b * size - 1, end * size + 1):
                second = abs(signal[i - 1] - np.float32(2.0) * signal[i] + signal[i + 1])
                if left < 0 and second > attack:
                    left = i
                if left >= 0 and second > around:
                    right = i
            if left >= 0:
                left -= 2
                right += 2
                before, after = signal[left], signal[right]
                for i in range(left + 1, right):
                    signal[i] = before + (after - before) * np.float32((i - left) / (right - left))
                n_clicks += first <= b * size < last
        b = end
    return n_clicks
