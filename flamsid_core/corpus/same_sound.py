"""Whether two sounds are one in part: alignment, similarity, and how much of it that takes.

Sounds are at `RATE_HZ`, within the band that codecs leave nearly as it was.
"""

import numpy as np
import scipy.fft
import scipy.signal

RATE_HZ = 8000
LEAST_SHARED_S = 0.12  # below it a vowel of one pitch is like another
SLACK = 160  # samples around an offset voted for in bins of two frames
WORTH_REFINING = 0.55  # half a sample off, the highest harmonics of an equal sound cost it up to a quarter
_ENVELOPE_HZ = 150.0
_BEYOND_DOUBT = 0.94
_BESIDE, _OTHERWISE = 12, 0.93  # samples from the best lag, and the share of its similarity allowed there


def required_similarity(shared_s: np.ndarray | float) -> np.ndarray | float:
    """Return how similar two sounds must be to be one, by how much they share: the less, the more.

    Found on 5,405 published clips: of 10⁴ candidates from different source groups, whom nothing joins, the most similar
    reach 0.83, 0.77, 0.74 and 0.60 over 0.12, 0.15, 0.2 and 0.3 s and more; copies at −12 dB through Vorbis and Opus at
    their lowest rates, and MP3, 0.86 and more; what was only cut again, 0.98. Of MP3 at 8 kbit/s a half is missed.
    """
    return 0.80 + 0.10 * (LEAST_SHARED_S / np.maximum(shared_s, LEAST_SHARED_S)) ** 1.5


def flattened(sound: np.ndarray) -> np.ndarray:
    """Divide a sound's spectrum by its envelope, so that all harmonics within the band weigh the same."""
    n = scipy.fft.next_fast_len(len(sound), real=True)
    spectrum = scipy.fft.rfft(sound.astype(np.float32), n)
    return scipy.fft.irfft(spectrum / _envelope(spectrum, n), n)[: len(sound)].astype(np.float32)


def _envelope(spectrum: np.ndarray, n: int) -> np.ndarray:
    """Return the magnitude of a spectrum of n points, smoothed over 150 Hz and never far below its largest."""
    power = spectrum.real**2 + spectrum.imag**2
    width = max(3, round(_ENVELOPE_HZ * n / RATE_HZ))
    total = np.concatenate([[0.0], np.cumsum(power, dtype=np.float64)])
    low = np.maximum(np.arange(len(power)) - width // 2, 0)
    high = np.minimum(low + width, len(power))
    return np.sqrt((total[high] - total[low]) / (high - low)) + 1e-3 * np.sqrt(power.max()) + 1e-12


def aligned(
    one: np.ndarray, other: np.ndarray, flat_one: np.ndarray, flat_other: np.ndarray, offset: int
) -> tuple[float, int, float]:
    """Return similarity, lag in samples (`other` begins there in `one`) and shared seconds near an offset."""
    lags = np.arange(offset - SLACK, offset + SLACK + 1)
    begin, end = np.maximum(lags, 0), np.minimum(len(one), lags + len(other))
    possible = end - begin >= LEAST_SHARED_S * RATE_HZ
    if not possible.any():
        return 0.0, offset, 0.0
    lags, begin, end = lags[possible], begin[possible], end[possible]
    n = scipy.fft.next_fast_len(len(one) + len(other), real=True)
    product = scipy.fft.irfft(scipy.fft.rfft(flat_one, n) * np.conj(scipy.fft.rfft(flat_other, n)), n)
    flat = np.abs(product[lags % n]) / _norms(flat_one, flat_other, begin, end, lags)
    best = int(np.argmax(flat))
    near = slice(max(best - 2, 0), best + 3)
    plain = max(
        abs(float(one[b:e].astype(np.float32) @ other[b - lag : e - lag].astype(np.float32))) / float(norm)
        for b, e, lag, norm in zip(
            begin[near],
            end[near],
            lags[near],
            _norms(one, other, begin[near], end[near], lags[near]),
            strict=True,
        )
    )
    similarity = float(np.sqrt(min(plain, 1.0) * min(float(flat[best]), 1.0)))
    return similarity, int(lags[best]), float(end[best] - begin[best]) / RATE_HZ


def refined(one: np.ndarray, other: np.ndarray, lag: int) -> float:
    """Return the similarity of what two sounds share at a lag, aligned to an eighth of a sample."""
    begin, end = max(lag, 0), min(len(one), lag + len(other))
    taper = scipy.signal.windows.tukey(end - begin, min(1.0, 0.02 * RATE_HZ / (end - begin)))
    n = scipy.fft.next_fast_len(end - begin + 8, real=True)
    spectra = [
        scipy.fft.rfft(taper * part.astype(np.float64), n)
        for part in (one[begin:end], other[begin - lag : end - lag])
    ]
    turn = np.exp(2j * np.pi * np.outer(np.arange(-12, 13) / 8, np.arange(n // 2 + 1) / n))
    found = []
    for a, b in (spectra, [spectrum / _envelope(spectrum, n) for spectrum in spectra]):
        norm = np.sqrt((np.abs(a) ** 2).sum() * (np.abs(b) ** 2).sum()) + 1e-12
        found.append(np.abs((turn @ (a * np.conj(b))).real) / norm)
    return float(np.sqrt(found[0] * found[1]).max())


def _norms(
    one: np.ndarray, other: np.ndarray, begin: np.ndarray, end: np.ndarray, lags: np.ndarray
) -> np.ndarray:
    """Return the product of the lengths (as vectors) of what two sounds share at each lag."""
    sums = [np.concatenate([[0.0], np.cumsum(each.astype(np.float64) ** 2)]) for each in (one, other)]
    energy = (sums[0][end] - sums[0][begin]) * (sums[1][end - lags] - sums[1][begin - lags])
    return np.sqrt(np.maximum(energy, 1e-12))


def stands_out(
    one: np.ndarray,
    other: np.ndarray,
    flat_one: np.ndarray,
    flat_other: np.ndarray,
    lag: int,
    similarity: float,
) -> bool:
    """Return whether sounds agree at one lag more than at others, or so much that it does not matter.

    Hum, and a steady note, agree with themselves and their like as well a period later.
    """
    if similarity >= _BEYOND_DOUBT:
        return True
    lags = np.arange(lag - SLACK, lag + SLACK + 1)
    begin, end = np.maximum(lags, 0), np.minimum(len(one), lags + len(other))
    possible = end - begin >= LEAST_SHARED_S * RATE_HZ - _BESIDE
    lags, begin, end = lags[possible], begin[possible], end[possible]
    n = scipy.fft.next_fast_len(len(one) + len(other), real=True)
    curves = []
    for a, b in ((one.astype(np.float32), other.astype(np.float32)), (flat_one, flat_other)):
        product = scipy.fft.irfft(scipy.fft.rfft(a, n) * np.conj(scipy.fft.rfft(b, n)), n)
        curves.append(product[lags % n] / _norms(a, b, begin, end, lags))
    curve = np.sqrt(np.maximum(curves[0] * curves[1], 0.0))
    apart = np.abs(lags - lag)
    elsewhere = curve[apart > _BESIDE]
    return len(elsewhere) == 0 or float(elsewhere.max()) <= _OTHERWISE * float(curve[apart <= 2].max())
