"""Sinusoid extraction and the salience function: from spectra to a few f0 candidates per frame.

The method is that of Salamon, Gómez & Bonada, "Sinusoid extraction and salience function design for
predominant melody estimation" (DAFx-11): the peaks of the spectrum, refined between bins, vote by harmonic
summation, on bins of 10 cents, for the fundamentals they may be harmonics of. Two things differ because there
is one voice and no accompaniment: the magnitudes are compressed (exponent 0.75, not 1) and the higher harmonics
weigh more (0.87, not 0.8), since with the paper's weights a strong second harmonic puts a tenth of the frames
of real cante an octave up; and a candidate is then refined from the peaks on its harmonics, so that f0 is not
quantised.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

BIN_CENTS = 10.0
LOWEST_HZ = 55.0
N_BINS = 600  # five octaves above 55 Hz, as in the paper
N_CANDIDATES = 6
CAND_HZ, CAND_SALIENCE, CAND_HARMONICITY = 0, 1, 2  # columns of the candidate table

_SPREAD = 10  # a peak votes up to 10 bins, one semitone, to either side
_MAX_PEAKS = 256
_TINY = np.float32(1e-30)
# A peak belongs to a harmonic when it is within 3 % of it, and within 12 % of an f0 for the upper ones.
_TOLERANCE = 0.03
_TOLERANCE_OF_F0 = 0.12
_REFINING_HARMONICS = 6.0  # the weight of a harmonic in the refined f0 grows up to this one


def vote_weights() -> NDArray[np.float32]:
    """Return the cos² window, a semitone to either side, with which a peak votes (paper, section 3)."""
    offset = np.arange(-_SPREAD, _SPREAD + 1) / _SPREAD
    return (np.cos(offset * np.pi / 2) ** 2).astype(np.float32)


@nb.njit(cache=True, nogil=True, fastmath=True)
def find_peaks(
    power: NDArray[np.float32],
    bin_hz: float,
    max_hz: float,
    range_db: float,
    peak_hz: NDArray[np.float32],
    peak_power: NDArray[np.float32],
) -> int:
    """Write the peaks of a power spectrum into `peak_hz` and `peak_power` and return how many there are.

    Peaks more than `range_db` below the loudest are left out. Frequency and power are those of the parabola
    through the log power of the three highest bins: with a Hann window and zero padding by two that is
    within 0.02 bins.
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
            left = np.log(power[k - 1] + _TINY)
            middle = np.log(here)
            right = np.log(power[k + 1] + _TINY)
            curvature = left - np.float32(2.0) * middle + right
            # A spectrum as flat as that of a single sample has peaks of rounding errors, without curvature.
            shift = np.float32(0.0)
            if curvature < np.float32(0.0):
                shift = np.float32(0.5) * (left - right) / curvature
            peak_hz[n] = (np.float32(k) + shift) * np.float32(bin_hz)
            peak_power[n] = np.exp(middle - np.float32(0.25) * (left - right) * shift)
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
    padded[:] = np.float32(0.0)
    for i in range(n_peaks):
        position = np.log2(peak_hz[i] / np.float32(LOWEST_HZ)) * bins_per_octave
        for h in range(n_harmonics):
            centre = int(np.rint(position - below[h]))
            if centre < -_SPREAD:
                break
            if centre >= N_BINS + _SPREAD:
                continue
            vote = magnitude[i] * decay[h]
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
def analyse_spectra(
    spectra: NDArray[np.complex64],
    bin_hz: float,
    min_hz: float,
    max_hz: float,
    peak_max_hz: float,
    vote_max_hz: float,
    range_db: float,
    magnitude_exponent: float,
    n_harmonics: int,
    harmonic_weight: float,
    weights: NDArray[np.float32],
    candidates: NDArray[np.float32],
    power: NDArray[np.float32],
) -> None:
    """Find the f0 candidates and the power of frames from their half spectra.

    Parameters
    ----------
    spectra : numpy.ndarray, shape (frames, bins)
        Of windowed frames, scaled so that a sinusoid of amplitude 1 has magnitude 1.
    bin_hz : float
        Distance of the bins.
    min_hz, max_hz : float
        Range of f0, within 55–1760 Hz.
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
    power : numpy.ndarray, shape (frames,)
        Out: power from 55 Hz to `peak_max_hz`.
    """
    pad = 2 * _SPREAD + 1
    low = int(LOWEST_HZ / bin_hz)
    high = min(int(peak_max_hz / bin_hz), spectra.shape[1])
    spectrum = np.zeros(high + 2, dtype=np.float32)
    peak_hz = np.empty(_MAX_PEAKS, dtype=np.float32)
    peak_power = np.empty(_MAX_PEAKS, dtype=np.float32)
    magnitude = np.empty(_MAX_PEAKS, dtype=np.float32)
    padded = np.empty(N_BINS + 2 * pad, dtype=np.float32)
    salience = padded[pad : pad + N_BINS]
    first_bin = max(1, int(np.floor(np.log2(min_hz / LOWEST_HZ) * 1200.0 / BIN_CENTS)))
    last_bin = min(N_BINS - 2, int(np.ceil(np.log2(max_hz / LOWEST_HZ) * 1200.0 / BIN_CENTS)))
    n_bins = min(high + 2, spectra.shape[1])
    for t in range(spectra.shape[0]):
        for k in range(n_bins):
            spectrum[k] = spectra[t, k].real * spectra[t, k].real + spectra[t, k].imag * spectra[t, k].imag
        total = np.float32(0.0)
        for k in range(low, high):
            total += spectrum[k]
        power[t] = total
        candidates[t] = np.float32(0.0)
        n_peaks = find_peaks(spectrum, bin_hz, peak_max_hz, range_db, peak_hz, peak_power)
        if n_peaks == 0:
            continue
        n_voting = 0
        for i in range(n_peaks):
            magnitude[i] = peak_power[i] ** np.float32(0.5 * magnitude_exponent)
            if peak_hz[i] <= vote_max_hz:
                n_voting = i + 1
        add_votes(peak_hz, magnitude, n_voting, n_harmonics, harmonic_weight, weights, padded)
        found = strongest_candidates(salience, first_bin, last_bin, candidates[t])
        for c in range(found):
            f0_hz, harmonicity = refine(
                candidates[t, c, CAND_HZ], peak_hz, peak_power, magnitude, n_peaks, n_harmonics
            )
            candidates[t, c, CAND_HZ] = f0_hz
            candidates[t, c, CAND_HARMONICITY] = harmonicity
