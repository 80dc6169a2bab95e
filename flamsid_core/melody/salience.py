"""Sinusoid extraction and the salience function: from windowed spectra to a few f0 candidates per frame.

The method is that of Salamon, Gómez & Bonada, "Sinusoid extraction and salience function design for predominant
melody estimation" (DAFx-11, sections 2 and 3): spectral peaks, refined, vote by harmonic summation for the
fundamentals that they may be a harmonic of, on bins of 10 cents. What differs is said where it is done.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

BIN_CENTS = 10.0
SALIENCE_MIN_HZ = 55.0
N_BINS = 600  # five octaves above 55 Hz, as in the paper
N_CANDIDATES = 6
_SPREAD_BINS = 10  # a peak votes up to one semitone away
_EPS = np.float32(1e-30)

# columns of the candidate table
CAND_HZ, CAND_SALIENCE, CAND_HARMONICITY = 0, 1, 2
# columns of the frame table
FRAME_POWER, FRAME_SALIENCE, FRAME_HIGH, FRAME_PEAKS = 0, 1, 2, 3


def vote_weights() -> NDArray[np.float32]:
    """Return the cos² window, one semitone to either side, with which a peak votes (the paper's equation 2)."""
    offset = np.arange(-_SPREAD_BINS, _SPREAD_BINS + 1) / _SPREAD_BINS
    return (np.cos(offset * np.pi / 2) ** 2).astype(np.float32)


@nb.njit(cache=True, nogil=True, fastmath=True)
def find_peaks(
    power: NDArray[np.float32],
    bin_hz: float,
    max_hz: float,
    range_db: float,
    hz: NDArray[np.float32],
    peak_power: NDArray[np.float32],
) -> int:
    """Write the refined peaks of one power spectrum into `hz` and `peak_power`; return how many there are."""
    lowest = max(2, int(0.9 * SALIENCE_MIN_HZ / bin_hz))
    highest = min(int(max_hz / bin_hz), power.shape[0] - 2)
    loudest = np.float32(0.0)
    for k in range(lowest, highest):
        loudest = max(loudest, power[k])
    if loudest <= _EPS:
        return 0
    floor = loudest * np.float32(10.0 ** (-range_db / 10.0))
    n = 0
    for k in range(lowest, highest):
        here = power[k]
        if here > floor and here > power[k - 1] and here >= power[k + 1]:
            left = np.log(power[k - 1] + _EPS)
            mid = np.log(here + _EPS)
            right = np.log(power[k + 1] + _EPS)
            shift = np.float32(0.5) * (left - right) / (left - np.float32(2.0) * mid + right)
            hz[n] = (k + shift) * bin_hz
            peak_power[n] = np.exp(mid - np.float32(0.25) * (left - right) * shift)
            n += 1
            if n == hz.shape[0]:
                break
    return n


@nb.njit(cache=True, nogil=True, fastmath=True)
def add_votes(
    hz: NDArray[np.float32],
    magnitude: NDArray[np.float32],
    n: int,
    n_harmonics: int,
    harmonic_weight: float,
    weights: NDArray[np.float32],
    salience: NDArray[np.float32],
) -> None:
    """Sum the votes of `n` peaks (magnitudes already compressed) into `salience` (the paper's equation 1)."""
    log_harmonic = np.empty(n_harmonics + 1, dtype=np.float32)
    weight = np.empty(n_harmonics + 1, dtype=np.float32)
    for h in range(1, n_harmonics + 1):
        log_harmonic[h] = np.log2(np.float32(h)) * np.float32(1200.0 / BIN_CENTS)
        weight[h] = np.float32(harmonic_weight ** (h - 1))
    salience[:] = np.float32(0.0)
    for i in range(n):
        position = np.log2(hz[i] / np.float32(SALIENCE_MIN_HZ)) * np.float32(1200.0 / BIN_CENTS)
        for h in range(1, n_harmonics + 1):
            centre = int(np.rint(position - log_harmonic[h]))
            if centre < -_SPREAD_BINS:
                break
            vote = magnitude[i] * weight[h]
            first = max(0, centre - _SPREAD_BINS)
            last = min(N_BINS - 1, centre + _SPREAD_BINS)
            shift = _SPREAD_BINS - centre
            for b in range(first, last + 1):
                salience[b] += vote * weights[b + shift]


@nb.njit(cache=True, nogil=True, fastmath=True)
def refine(
    f0_hz: float,
    hz: NDArray[np.float32],
    magnitude: NDArray[np.float32],
    power: NDArray[np.float32],
    n: int,
    n_harmonics: int,
) -> tuple[float, float]:
    """Refine one candidate from the peaks near its harmonics.

    Returns the f0 in Hz, unquantised, and the share of all peak power that lies on its harmonics.
    """
    numerator = 0.0
    denominator = 0.0
    explained = 0.0
    total = 0.0
    for i in range(n):
        total += power[i]
        h = np.rint(hz[i] / f0_hz)
        if h < 1.0 or h > n_harmonics:
            continue
        off = hz[i] / h / f0_hz - 1.0
        if abs(off) * min(h, 8.0) < 0.12 and abs(off) < 0.03:
            explained += power[i]
            weight = magnitude[i] * h if h <= 6.0 else magnitude[i] * 6.0
            numerator += weight * hz[i] / h
            denominator += weight
    if denominator <= 0.0:
        return f0_hz, 0.0
    return numerator / denominator, explained / total


@nb.njit(cache=True, nogil=True, fastmath=True)
def analyse_spectra(
    spectra: NDArray[np.complex64],
    bin_hz: float,
    min_hz: float,
    max_hz: float,
    peak_max_hz: float,
    range_db: float,
    magnitude_exponent: float,
    n_harmonics: int,
    harmonic_weight: float,
    weights: NDArray[np.float32],
    candidates: NDArray[np.float32],
    frames: NDArray[np.float32],
) -> None:
    """Fill the candidate table (frames, N_CANDIDATES, 3) and the frame table (frames, 4) from half spectra."""
    n_fft_bins = spectra.shape[1]
    power = np.empty(n_fft_bins, dtype=np.float32)
    hz = np.empty(256, dtype=np.float32)
    peak_power = np.empty(256, dtype=np.float32)
    magnitude = np.empty(256, dtype=np.float32)
    salience = np.empty(N_BINS, dtype=np.float32)
    first_bin = max(1, int(np.floor(np.log2(min_hz / SALIENCE_MIN_HZ) * 1200.0 / BIN_CENTS)))
    last_bin = min(N_BINS - 2, int(np.ceil(np.log2(max_hz / SALIENCE_MIN_HZ) * 1200.0 / BIN_CENTS)))
    low = int(SALIENCE_MIN_HZ / bin_hz)
    split = int(2000.0 / bin_hz)
    high = min(int(peak_max_hz / bin_hz), n_fft_bins)
    for t in range(spectra.shape[0]):
        for k in range(n_fft_bins):
            power[k] = spectra[t, k].real * spectra[t, k].real + spectra[t, k].imag * spectra[t, k].imag
        below = np.float32(0.0)
        above = np.float32(0.0)
        for k in range(low, split):
            below += power[k]
        for k in range(split, high):
            above += power[k]
        frames[t, FRAME_POWER] = below + above
        frames[t, FRAME_HIGH] = above / (below + above + _EPS)
        candidates[t, :, :] = np.float32(0.0)
        n = find_peaks(power, bin_hz, peak_max_hz, range_db, hz, peak_power)
        frames[t, FRAME_PEAKS] = n
        frames[t, FRAME_SALIENCE] = np.float32(0.0)
        if n == 0:
            continue
        for i in range(n):
            magnitude[i] = peak_power[i] ** np.float32(0.5 * magnitude_exponent)
        add_votes(hz, magnitude, n, n_harmonics, harmonic_weight, weights, salience)
        found = 0
        for b in range(first_bin, last_bin + 1):
            s = salience[b]
            if s > salience[b - 1] and s >= salience[b + 1] and s > np.float32(0.0):
                place = found
                while place > 0 and candidates[t, place - 1, CAND_SALIENCE] < s:
                    if place < N_CANDIDATES:
                        candidates[t, place, CAND_SALIENCE] = candidates[t, place - 1, CAND_SALIENCE]
                        candidates[t, place, CAND_HZ] = candidates[t, place - 1, CAND_HZ]
                    place -= 1
                if place < N_CANDIDATES:
                    shift = (
                        np.float32(0.5)
                        * (salience[b - 1] - salience[b + 1])
                        / (salience[b - 1] - np.float32(2.0) * s + salience[b + 1])
                    )
                    candidates[t, place, CAND_SALIENCE] = s
                    candidates[t, place, CAND_HZ] = SALIENCE_MIN_HZ * 2.0 ** (
                        (b + shift) * BIN_CENTS / 1200.0
                    )
                    found = min(found + 1, N_CANDIDATES)
        frames[t, FRAME_SALIENCE] = candidates[t, 0, CAND_SALIENCE]
        for c in range(found):
            f0, explained = refine(candidates[t, c, CAND_HZ], hz, magnitude, peak_power, n, n_harmonics)
            candidates[t, c, CAND_HZ] = f0
            candidates[t, c, CAND_HARMONICITY] = explained
