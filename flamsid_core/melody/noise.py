"""What is always there: the noise of a recording, bin by bin, and how little to trust the bins that hold it.

A first look at every eighth frame counts how often each bin has each power. What a bin does not fall below in
85 % of half a minute on either side is noise or hum, since nobody sings one pitch for so long. The 15th
percentile of noise is −ln .85 of its mean.

Counts are kept in chunks of 5 s; those of one chunk and of six on either side are summed. So a recording of any
length can be read once, with half a minute of look-ahead.
"""

from collections import deque
from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

LOOK_EVERY = 8  # frames
CHUNK_FRAMES = 864  # 5 s at a hop of 5.8 ms
CHUNKS_AROUND = 6
QUIET, LOUD, LOUDEST = 0.15, 0.90, 0.95  # shares of the frames
SMOOTHING_BINS = 19  # 200 Hz
# Bins that hold more than a fiftieth of the loud frames' largest bin are trusted less than half.
TRUSTED_SHARE = 0.02
LOWEST_LOUD_BIN = 12  # 130 Hz: below, the largest bin may be a rumble; a voice has harmonics above
LINE_EXCESS = 1.5
# Where the level hardly varies there is no pause to see the noise in, and all may be one steady tone: nothing
# is done below 2 dB, all from 4 dB on.
STEADY_DB, VARYING_DB = 2.0, 4.0
# A note may fill a clip of a few seconds: nothing is done below 4 s, all from 8 s on.
SHORT_LOOKS, LONG_LOOKS = 86, 172
# Levels of the counts: eight a doubling of the power, from 2⁻⁶³ to 2³³.
_FIRST_LEVEL = (127 - 63) << 3
N_LEVELS = 96 << 3


@dataclass(frozen=True)
class NoiseProfile:
    """The noise of a stretch of sound.

    Parameters
    ----------
    noise : numpy.ndarray, shape (bins,)
        Mean power of what is always there and has no lines.
    suspected : numpy.ndarray, shape (bins,)
        The same when even a short clip is taken at its word.
    always : numpy.ndarray, shape (bins,)
        Power that each bin does not fall below in 85 % of the frames: noise and lines.
    weight : numpy.ndarray, shape (bins,)
        0–1: how far the bin is to be trusted.
    loud : float
        The largest bin of a loud frame (90th percentile).
    """

    noise: NDArray[np.float32]
    suspected: NDArray[np.float32]
    always: NDArray[np.float32]
    weight: NDArray[np.float32]
    loud: float


class FirstLook:
    """Counts of the powers in every bin over the chunks around one."""

    def __init__(self, n_bins: int) -> None:
        self._counts = np.zeros((n_bins + 2, N_LEVELS), dtype=np.int32)  # the last rows: largest bin, sum
        self._looks: deque[NDArray[np.int32]] = deque()

    def add(self, power: NDArray[np.float32]) -> None:
        """Count a chunk of power spectra; forget the chunk that is now too far away."""
        look = _levels(power, LOOK_EVERY, LOWEST_LOUD_BIN)
        _count(look, self._counts, 1)
        self._looks.append(look)
        if len(self._looks) > 2 * CHUNKS_AROUND + 1:
            self.forget()

    def forget(self) -> None:
        """Forget the oldest chunk."""
        _count(self._looks.popleft(), self._counts, -1)

    def profile(self) -> NoiseProfile:
        """Return the noise of the chunks that are counted now."""
        total = int(self._counts[-1].sum())
        quiet = _quantiles(self._counts, QUIET, total)
        loud = _quantiles(self._counts[-2:], LOUD, total)[0]
        level_low = quiet[-1]
        level_high = _quantiles(self._counts[-1:], LOUDEST, total)[0]
        variation_db = 10.0 * np.log10(max(level_high, 1e-30) / max(level_low, 1e-30))
        strength = np.clip((variation_db - STEADY_DB) / (VARYING_DB - STEADY_DB), 0.0, 1.0)
        long = np.float32(np.clip((total - SHORT_LOOKS) / (LONG_LOOKS - SHORT_LOOKS), 0.0, 1.0))
        always = (strength * quiet[:-2]).astype(np.float32)
        suspected = median_filter(always, SMOOTHING_BINS, mode="nearest") / np.float32(-np.log(1.0 - QUIET))
        always, noise = long * always, long * suspected
        trusted = TRUSTED_SHARE * max(float(loud), 1e-30)
        weight = 1.0 / (1.0 + np.maximum(noise, LINE_EXCESS * always) / np.float32(trusted))
        return NoiseProfile(noise, suspected, always, weight.astype(np.float32), float(loud))


@nb.njit(cache=True, nogil=True)
def _levels(power: NDArray[np.float32], every: int, lowest: int) -> NDArray[np.int32]:
    """Return the level of each bin of every eighth frame, and of its largest bin and sum in two more columns."""
    n_frames, n_bins = power.shape
    n = n_frames // every
    values = np.empty((n, n_bins + 2), dtype=np.float32)
    for i in range(n):
        most = np.float32(0.0)
        total = np.float32(0.0)
        for k in range(n_bins):
            value = power[i * every + every // 2, k]  # never a frame at the very edge of the sound
            values[i, k] = value
            total += value
            if k >= lowest:
                most = max(most, value)
        values[i, n_bins] = most
        values[i, n_bins + 1] = total
    # The highest bits of a positive float are its exponent and the first digits of its fraction.
    levels = values.view(np.int32)
    for i in range(n):
        for k in range(n_bins + 2):
            levels[i, k] = min(max((levels[i, k] >> 20) - _FIRST_LEVEL, 0), N_LEVELS - 1)
    return levels


@nb.njit(cache=True, nogil=True)
def _count(levels: NDArray[np.int32], counts: NDArray[np.int32], by: int) -> None:
    for i in range(levels.shape[0]):
        for k in range(levels.shape[1]):
            counts[k, levels[i, k]] += by


@nb.njit(cache=True, nogil=True)
def _quantiles(counts: NDArray[np.int32], share: float, total: int) -> NDArray[np.float64]:
    """Return the power below which `share` of each row's counts lie, interpolated within a level."""
    out = np.zeros(counts.shape[0])
    wanted = share * total
    for k in range(counts.shape[0]):
        so_far = 0
        for level in range(N_LEVELS):
            here = counts[k, level]
            if here > 0 and so_far + here >= wanted:
                part = (wanted - so_far) / here
                exponent = ((level + _FIRST_LEVEL) >> 3) - 127
                eighth = (level & 7) + part
                if level > 0:  # the lowest level holds silence
                    out[k] = 2.0**exponent * (1.0 + eighth / 8.0)
                break
            so_far += here
    return out
