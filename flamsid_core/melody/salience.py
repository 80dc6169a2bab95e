"""Sinusoid extraction and the salience function: from spectra to a few f0 candidates per frame.

The method is that of Salamon, Gómez & Bonada, "Sinusoid extraction and salience function design for
predominant melody estimation" (DAFx-11): the peaks of the spectrum, refined between bins, vote by harmonic
summation, on bins of 10 cents, for the fundamentals they may be harmonics of. Two things differ because there
is one voice and no accompaniment: the magnitudes are compressed (exponent 0.75, not 1) and the higher harmonics
weigh more (0.87, not 0.8), since with the paper's weights a strong second harmonic puts a tenth of the frames
of real cante an octave up; and a candidate is then refined from the peaks on its harmonics, so that f0 is not
quantised.
"""

from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

BIN_CENTS = 10.0
LOWEST_HZ = 55.0
N_BINS = 700  # to 3.1 kHz: what is above the range of the voice must be seen to be left out
N_CANDIDATES = 6
CAND_HZ, CAND_SALIENCE, CAND_HARMONICITY = 0, 1, 2  # columns of the candidate table

_LEAST_VOTE = 0.01  # of the strongest: weaker ones change nothing
_SPREAD = 10  # a peak votes up to 10 bins, one semitone, to either side
_MAX_PEAKS = 256
_TINY = np.float32(1e-30)
# A peak belongs to a harmonic when it is within 3 % of it, and within 12 % of an f0 for the upper ones.
_TOLERANCE = 0.03
_TOLERANCE_OF_F0 = 0.12
_REFINING_HARMONICS = 6.0  # the weight of a harmonic in the refined f0 grows up to this one


@dataclass(frozen=True)
class Votes:
    """How peaks vote: H, α, β and γ of the paper's salience function.

    Parameters
    ----------
    harmonics : int
    harmonic_weight : float
    magnitude_exponent : float
    range_db : float
        Peaks further below the loudest of the frame are left out.
    """

    harmonics: int = 20
    harmonic_weight: float = 0.87
    magnitude_exponent: float = 0.75
    range_db: float = 50.0


def vote_weights() -> NDArray[np.float32]:
    """Return the cos² window, a semitone to either side, with which a peak votes (paper, section 3)."""
    offset = np.arange(-_SPREAD, _SPREAD + 1) / _SPREAD
    return (np.cos(offset * np.pi / 2) ** 2).astype(np.float32)


@nb.njit(cache=True, nogil=True, fastmath=True)
def find_peaks(
    power: NDArray[np.float32],
    raw: NDArray[np.float32],
    bin_hz: float,
    max_hz: float,
    range_db: float,
    peak_hz: NDArray[np.float32],
    peak_power: NDArray[np.float32],
    peak_bin: NDArray[np.int32],
) -> int:
    """Write the peaks of a power spectrum and return how many there are.

    Peaks are those of `power`, weighted or not; their place is that of the same peak in the spectrum as it
    came, `raw`, where it is one there too, so that no weight moves a pitch. Peaks more than `range_db` below the
    loudest are left out. Frequency and power are those of the parabola through the log power of the three
    highest bins: with a Hann window and zero padding by two that is within 0.02 bins.
    """
    lowest = max(2, int(0.9 * LOWEST_HZ / bin_hz))
    highest = min(int(max_hz / bin_hz), power.shape[0] - 2)
    loudest = np.float32(0.0)
    for k in range(lowest, highest):
        loudest = max(loudest, power[k])
    if loudest <= _TINY:
        return 0
    floor = loudest * np.float32(10.0 ** (-range_db / 10.0))
    n = 0
    for k in range(lowest, highest):
        here = power[k]
        if here > floor and here > power[k - 1] and here >= power[k + 1] and n < peak_hz.shape[0]:
            scale = np.float32(1.0)
            shape = power
            if raw[k] > raw[k - 1] and raw[k] >= raw[k + 1]:
                shape = raw
                scale = here / raw[k]
            left = np.log(shape[k - 1] + _TINY)
            middle = np.log(shape[k] + _TINY)
            right = np.log(shape[k + 1] + _TINY)
            curvature = left - np.float32(2.0) * middle + right
            # A spectrum as flat as that of a single sample has peaks of rounding errors, without curvature.
            shift = np.float32(0.0)
            if curvature < np.float32(0.0):
                shift = np.float32(0.5) * (left - right) / curvature
            peak_hz[n] = (np.float32(k) + shift) * np.float32(bin_hz)
            peak_power[n] = scale * np.exp(middle - np.float32(0.25) * (left - right) * shift)
            peak_bin[n] = k
            n += 1
    return n


@nb.njit(cache=True, nogil=True, fastmath=True)
def add_votes(
    peak_hz: NDArray[np.float32],
    magnitude: NDArray[np.float32],
    n_peaks: int,
    n_harmonics: int,
    harmonic_weight: float,
    weights: NDArray[np.float32],
    padded: NDArray[np.float32],
) -> None:
    """Sum the votes of the peaks: the salience function (paper, section 3).

    `padded` holds N_BINS bins with 2 · 10 + 1 more on either side, so that no vote needs clipping; bin b lies
    at index b + 21. `magnitude` is compressed already.
    """
    pad = 2 * _SPREAD + 1
    bins_per_octave = np.float32(1200.0 / BIN_CENTS)
    below = np.empty(n_harmonics, dtype=np.float32)
    decay = np.empty(n_harmonics, dtype=np.float32)
    for h in range(n_harmonics):
        below[h] = np.log2(np.float32(h + 1)) * bins_per_octave
        decay[h] = np.float32(harmonic_weight**h)
    loudest = np.float32(0.0)
    for i in range(n_peaks):
        loudest = max(loudest, magnitude[i])
    least = np.float32(_LEAST_VOTE) * loudest
    padded[:] = np.float32(0.0)
    for i in range(n_peaks):
        if magnitude[i] <= np.float32(0.0):
            continue
        position = np.log2(peak_hz[i] / np.float32(LOWEST_HZ)) * bins_per_octave
        for h in range(n_harmonics):
            centre = int(np.rint(position - below[h]))
            if centre < -_SPREAD:
                break
            if centre >= N_BINS + _SPREAD:
                continue
            vote = magnitude[i] * decay[h]
            if vote < least:
                break
            start = centre - _SPREAD + pad
            for j in range(2 * _SPREAD + 1):
                padded[start + j] += vote * weights[j]


@nb.njit(cache=True, nogil=True, fastmath=True)
def strongest_candidates(
    salience: NDArray[np.float32], first_bin: int, last_bin: int, candidates: NDArray[np.float32]
) -> int:
    """Write pitch and salience of the strongest local maxima into `candidates`, in falling order.

    Returns their number, at most N_CANDIDATES.
    """
    found = 0
    for b in range(first_bin, last_bin + 1):
        s = salience[b]
        if s <= salience[b - 1] or s < salience[b + 1]:
            continue
        place = found
        while place > 0 and candidates[place - 1, CAND_SALIENCE] < s:
            if place < N_CANDIDATES:
                candidates[place, CAND_SALIENCE] = candidates[place - 1, CAND_SALIENCE]
                candidates[place, CAND_HZ] = candidates[place - 1, CAND_HZ]
            place -= 1
        if place < N_CANDIDATES:
            curvature = salience[b - 1] - np.float32(2.0) * s + salience[b + 1]
            shift = np.float32(0.0)
            if curvature < np.float32(0.0):
                shift = np.float32(0.5) * (salience[b - 1] - salience[b + 1]) / curvature
            candidates[place, CAND_SALIENCE] = s
            candidates[place, CAND_HZ] = LOWEST_HZ * 2.0 ** ((b + shift) * BIN_CENTS / 1200.0)
            found = min(found + 1, N_CANDIDATES)
    return found


@nb.njit(cache=True, nogil=True, fastmath=True)
def refine(
    f0_hz: float,
    peak_hz: NDArray[np.float32],
    peak_power: NDArray[np.float32],
    magnitude: NDArray[np.float32],
    n_peaks: int,
    n_harmonics: int,
) -> tuple[float, float]:
    """Refine a candidate by the peaks on its harmonics.

    Returns
    -------
    tuple of float
        The weighted mean of peak frequency / harmonic number in Hz, and the harmonicity: the share of the
        power of all peaks that lies on harmonics.
    """
    one = np.float32(1.0)
    f0 = np.float32(f0_hz)
    inverse = one / f0
    weighted = np.float32(0.0)
    weight_sum = np.float32(0.0)
    harmonic_power = np.float32(0.0)
    total_power = np.float32(0.0)
    for i in range(n_peaks):
        total_power += peak_power[i]
        ratio = peak_hz[i] * inverse
        h = np.rint(ratio)
        if h < one or h > n_harmonics:
            continue
        off = abs(ratio - h)
        if off < np.float32(_TOLERANCE) * h and off < np.float32(_TOLERANCE_OF_F0):
            harmonic_power += peak_power[i]
            weight = magnitude[i] * min(h, np.float32(_REFINING_HARMONICS))
            weighted += weight * peak_hz[i] / h
            weight_sum += weight
    # Compressed magnitudes may still be above 0 where powers are too small for float32.
    if weight_sum <= np.float32(0.0) or total_power <= np.float32(0.0):
        return f0_hz, 0.0
    return float(weighted / weight_sum), float(harmonic_power / total_power)


@nb.njit(cache=True, nogil=True, fastmath=True)
def write_power(spectra: NDArray[np.complex64], power: NDArray[np.float32]) -> None:
    """Write the power of as many bins as `power` has."""
    for t in range(power.shape[0]):
        for k in range(power.shape[1]):
            power[t, k] = spectra[t, k].real * spectra[t, k].real + spectra[t, k].imag * spectra[t, k].imag


@nb.njit(cache=True, nogil=True, fastmath=True)
def analyse_power(
    power: NDArray[np.float32],
    weight: NDArray[np.float32],
    subtracted: NDArray[np.float32],
    bin_hz: float,
    peak_max_hz: float,
    vote_max_hz: float,
    range_db: float,
    magnitude_exponent: float,
    n_harmonics: int,
    harmonic_weight: float,
    weights: NDArray[np.float32],
    candidates: NDArray[np.float32],
    trusted: NDArray[np.float32],
) -> None:
    """Find the f0 candidates of frames from their power spectra.

    Parameters
    ----------
    power : numpy.ndarray, shape (frames, bins)
        Of windowed frames, scaled so that a sinusoid of amplitude 1 has power 1.
    weight, subtracted : numpy.ndarray, shape (bins,)
        How far to trust a bin, 0–1, and the power of noise that gives a peak there no vote.
    bin_hz : float
        Distance of the bins.
    peak_max_hz, range_db : float
        Peaks above this frequency, or so far below the loudest, are not there.
    vote_max_hz : float
        Peaks above this one do not vote; they count in the harmonicity.
    magnitude_exponent, n_harmonics, harmonic_weight : float, int, float
        β, H and α of the paper's salience function.
    weights : numpy.ndarray
        From `vote_weights`.
    candidates : numpy.ndarray, shape (frames, N_CANDIDATES, 3)
        Out: Hz, salience, harmonicity; strongest first, 0 where there are fewer.
    trusted : numpy.ndarray, shape (frames,)
        Out: weighted power from 55 Hz to `peak_max_hz`.
    """
    pad = 2 * _SPREAD + 1
    low = int(LOWEST_HZ / bin_hz)
    n_bins = power.shape[1]
    high = min(int(peak_max_hz / bin_hz), n_bins)
    spectrum = np.zeros(n_bins, dtype=np.float32)
    peak_hz = np.empty(_MAX_PEAKS, dtype=np.float32)
    peak_power = np.empty(_MAX_PEAKS, dtype=np.float32)
    peak_bin = np.empty(_MAX_PEAKS, dtype=np.int32)
    magnitude = np.empty(_MAX_PEAKS, dtype=np.float32)
    votes = np.empty(_MAX_PEAKS, dtype=np.float32)
    padded = np.empty(N_BINS + 2 * pad, dtype=np.float32)
    salience = padded[pad : pad + N_BINS]
    half_exponent = np.float32(0.5 * magnitude_exponent)
    for t in range(power.shape[0]):
        total = np.float32(0.0)
        for k in range(n_bins):
            spectrum[k] = weight[k] * power[t, k]
        for k in range(low, high):
            total += spectrum[k]
        trusted[t] = total
        candidates[t] = np.float32(0.0)
        n_peaks = find_peaks(spectrum, power[t], bin_hz, peak_max_hz, range_db, peak_hz, peak_power, peak_bin)
        n_voting = 0
        for i in range(n_peaks):
            magnitude[i] = peak_power[i] ** half_exponent
            k = peak_bin[i]
            noise = weight[k] * subtracted[k]
            if noise < np.float32(0.03) * peak_power[i]:  # the first term of the power's series: within 0.1 %
                votes[i] = magnitude[i] * (np.float32(1.0) - half_exponent * noise / peak_power[i])
            elif noise < peak_power[i]:
                votes[i] = (peak_power[i] - noise) ** half_exponent
            else:
                votes[i] = np.float32(0.0)
            if peak_hz[i] <= vote_max_hz:
                n_voting = i + 1
        if n_voting == 0:
            continue
        add_votes(peak_hz, votes, n_voting, n_harmonics, harmonic_weight, weights, padded)
        found = strongest_candidates(salience, 1, N_BINS - 2, candidates[t])
        for c in range(found):
            f0_hz, harmonicity = refine(
                candidates[t, c, CAND_HZ], peak_hz, peak_power, magnitude, n_peaks, n_harmonics
            )
            candidates[t, c, CAND_HZ] = f0_hz
            candidates[t, c, CAND_HARMONICITY] = harmonicity
