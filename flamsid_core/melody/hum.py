"""The hum of the mains: lines at the multiples of 50 or 60 Hz, measured in long spectra and subtracted.

In a spectrum of 6 s a line is half a hertz wide, and a voice, which never holds its pitch so still, is spread
over many times that. Lines are hum when they are there all the time, in the pauses too, and when at least three
of them are multiples of one frequency near 50 or 60 Hz (a carrier that ran too fast shifts all alike). Frequency,
amplitude and phase of each are measured in frames of 6 s, and what they predict is subtracted from the sound.
"""

import functools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numba as nb
import numpy as np
import scipy.fft
from numpy.typing import NDArray

FRAME_S = 6.0
SHORTEST_S = 2.0
MAINS_HZ = (50.0, 60.0)
SPEED_RANGE = 0.06  # how far the speed of a carrier may be off
MOST_HARMONICS = 60
LEAST_LINES = 3
NARROW_DB = 13.0  # a line above the mean of its surroundings
WEAK_LINE_DB = 8.0  # enough where the others say that a line must be
STEADY = 0.4  # the weak moments of a line against its median amplitude
LEVEL_VARIES_DB = 2.0  # a sound of constant level is a steady tone for all we know
_STRETCH_S = 0.04  # two periods of the mains
_QUIETER = 0.25
_LOBE, _AROUND = 4, 16  # bins on either side that a line fills, and that its surroundings fill
_TOLERANCE_HZ = 0.12
_STEP_HZ = 0.004


@dataclass
class Hum:
    """What `without_hum` found: per frame of 6 s the fundamental of the hum (0 = none) and its mean square."""

    mains_hz: list[float] = field(default_factory=list)
    power: list[float] = field(default_factory=list)

    def known_hz(self) -> float:
        """Return the fundamental that was found last; 0 when none was."""
        return next((hz for hz in reversed(self.mains_hz) if hz > 0.0), 0.0)


def without_hum(
    blocks: Iterable[NDArray[np.float32]], rate_hz: float, found: Hum
) -> Iterator[NDArray[np.float32]]:
    """Subtract the hum from consecutive blocks of one channel.

    Parameters
    ----------
    blocks : iterable of numpy.ndarray, shape (n,)
        Of any length; the result does not depend on where they are cut.
    rate_hz : float
        11,025 Hz in the tracker.
    found : Hum
        Filled with what is found.

    Yields
    ------
    numpy.ndarray, shape (m,)
        As many samples altogether as went in. Sound of less than 2 s comes out as it went in.
    """
    size = int(FRAME_S * rate_hz)
    half = size // 2
    kept = np.zeros(0, dtype=np.float32)
    base = done = 0  # the first sample kept, the number that are out
    for block in blocks:
        kept = np.concatenate((kept, block))
        while base + len(kept) >= max(size, done + 3 * half // 2):
            first = max(0, done - half // 2)
            lines = hum_lines(kept[first - base : first - base + size], rate_hz, found)
            yield _less_lines(kept[done - base : done - base + half], lines, rate_hz, done - first)
            done += half
            dropped = max(0, done - size - base)
            kept, base = kept[dropped:], base + dropped
    n = base + len(kept)
    while done < n:
        first = min(max(0, done - half // 2), max(0, n - size))
        frame = kept[first - base : first - base + size]
        lines = hum_lines(frame, rate_hz, found) if len(frame) >= SHORTEST_S * rate_hz else np.zeros((0, 3))
        yield _less_lines(kept[done - base : done - base + half], lines, rate_hz, done - first)
        done += half


def hum_lines(frame: NDArray[np.float32], rate_hz: float, found: Hum) -> NDArray[np.float64]:
    """Measure the lines of the hum in one frame.

    Returns
    -------
    numpy.ndarray, shape (lines, 3)
        Frequency in Hz, amplitude, and phase in radians at the first sample.
    """
    n = len(frame)
    window = _hann(n)
    spectrum = scipy.fft.rfft(frame * window, workers=1)
    bin_hz = rate_hz / n
    highest = int(MOST_HARMONICS * MAINS_HZ[1] * (1.0 + SPEED_RANGE) / bin_hz)
    power = spectrum.real[: highest + _AROUND + 2] ** 2 + spectrum.imag[: highest + _AROUND + 2] ** 2
    bins, above_db = _narrow_lines(power, int(40.0 / bin_hz))
    mains_hz = 0.0
    if bins.size >= LEAST_LINES - 1:
        hz = (bins + _offset(spectrum, bins)) * bin_hz
        known_hz = found.known_hz()
        clear = (above_db > NARROW_DB) & _steady(spectrum, bins, n)
        varies = _level_varies(frame)
        if known_hz > 0.0 or varies:
            mains_hz = mains_of(hz[clear]) if varies else 0.0
            if mains_hz == 0.0 and known_hz > 0.0:
                mains_hz = mains_of(hz[clear], known_hz)
    found.mains_hz.append(mains_hz)
    if mains_hz == 0.0:
        found.power.append(0.0)
        return np.zeros((0, 3))
    order = np.rint(hz / mains_hz)
    highest_order = int(order[np.abs(hz - order * mains_hz) < _TOLERANCE_HZ].max())
    line_hz = np.arange(1.0, highest_order + 1.0, dtype=np.float64) * np.float64(mains_hz)
    amplitude = _amplitudes(spectrum, line_hz / bin_hz, n)
    found.power.append(float(np.sum(np.abs(amplitude) ** 2) / 2.0))
    return np.stack([line_hz, np.abs(amplitude), np.angle(amplitude)], axis=1)


def mains_of(hz: NDArray[np.float64], known_hz: float = 0.0) -> float:
    """Return the frequency near 50 or 60 Hz that most of the lines are multiples of; 0 when there is none.

    Lines that are all multiples of three or more times that frequency are a steady tone rather than hum.

    Examples
    --------
    >>> round(mains_of(np.array([52.0, 156.0, 260.0, 311.3])), 2)
    52.0
    >>> mains_of(np.array([220.0, 440.0, 660.0]))
    0.0
    """
    least = LEAST_LINES if known_hz == 0.0 else LEAST_LINES - 1
    if hz.size < least:
        return 0.0
    best, best_hz = least - 1, 0.0
    for nominal in (known_hz,) if known_hz > 0.0 else MAINS_HZ:
        reach = 0.005 if known_hz > 0.0 else SPEED_RANGE
        grid = np.arange(nominal * (1.0 - reach), nominal * (1.0 + reach), _STEP_HZ)
        order = np.rint(hz / grid[:, None])
        inside = (
            (np.abs(hz - order * grid[:, None]) < _TOLERANCE_HZ) & (order >= 1) & (order <= MOST_HARMONICS)
        )
        counts = inside.sum(axis=1)
        # The middle of the steps that are as good: their number says how exact the lines are.
        top = int(counts.max())
        if top <= best:
            continue
        for at in np.flatnonzero(counts == top):
            orders = order[at, inside[at]].astype(int)
            if math.gcd(*orders.tolist()) <= 2:
                best = top
                best_hz = float(np.average(hz[inside[at]] / orders, weights=orders.astype(float)))
                break
    return best_hz


@functools.lru_cache(maxsize=4)
def _hann(n: int) -> NDArray[np.float32]:
    return (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(n) / n)).astype(np.float32)


def _narrow_lines(power: NDArray[np.float32], lowest: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the bins of lines that stand out of what surrounds them, and by how many dB."""
    bins, above = _lines_and_ratio(power, max(lowest, _AROUND + 1), 10.0 ** (WEAK_LINE_DB / 10.0))
    return bins, 10.0 * np.log10(above)


@nb.njit(cache=True, nogil=True)
def _lines_and_ratio(
    power: NDArray[np.float32], lowest: int, least: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    bins = np.empty(power.shape[0], dtype=np.int64)
    ratio = np.empty(power.shape[0])
    n = 0
    for k in range(lowest, power.shape[0] - _AROUND - 1):
        here = power[k]
        if here <= power[k - 1] or here < power[k + 1]:
            continue
        around = 1e-30
        for i in range(_LOBE + 1, _AROUND + 1):
            around += power[k - i] + power[k + i]
        mean = around / (2 * (_AROUND - _LOBE))
        if here > least * mean:
            bins[n] = k
            ratio[n] = here / mean
            n += 1
    return bins[:n], ratio[:n]


def _offset(spectrum: NDArray[np.complex64], bins: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how many bins above its bin each line is: exact for a Hann window."""
    left, here, right = (np.abs(spectrum[bins + i]).astype(np.float64) for i in (-1, 0, 1))
    up = right > left
    ratio = np.where(up, right, left) / np.maximum(here, 1e-30)
    delta = np.clip((2.0 * ratio - 1.0) / (ratio + 1.0), 0.0, 0.5)
    return np.where(up, delta, -delta)


def _steady(spectrum: NDArray[np.complex64], bins: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
    """Tell which lines are there all the time: their amplitude over the middle of the frame hardly falls."""
    width = 2 * _AROUND
    band = spectrum[bins[:, None] + np.arange(-_AROUND, _AROUND)]
    envelope = np.abs(scipy.fft.ifft(band, axis=1)) / np.maximum(_hann(width), 0.1)
    middle = envelope[:, width // 6 : width - width // 6]
    weak = np.percentile(middle, 10, axis=1)
    return np.asarray(weak > STEADY * np.median(middle, axis=1))


def _level_varies(frame: NDArray[np.float32]) -> bool:
    parts = frame[: len(frame) // 64 * 64].reshape(64, -1)
    level_db = np.sort(10.0 * np.log10(np.einsum("ij,ij->i", parts, parts) / parts.shape[1] + 1e-20))
    low, high = level_db[[9, 60]]  # the 15th and 95th percentile
    return bool(high - low > LEVEL_VARIES_DB)


def _amplitudes(
    spectrum: NDArray[np.complex64], place: NDArray[np.float64], n: int
) -> NDArray[np.complex128]:
    """Return the complex amplitude of each line, in bins: the median over the middle of the frame.

    The voice comes near a line for a moment only; a median over moments does not see it.
    """
    bins = np.rint(place).astype(np.int64)
    width = 2 * _AROUND
    moments = np.arange(width)
    band = np.fft.ifftshift(spectrum[bins[:, None] + np.arange(-_AROUND, _AROUND)], axes=1)
    window = _hann(width)
    middle = window > 0.3
    envelope = scipy.fft.ifft(band, axis=1) * (2.0 * width / n)
    turned = envelope * np.exp(-2j * np.pi * (place - bins)[:, None] * moments / width)
    steady = turned[:, middle] / window[middle]
    return np.asarray(np.median(steady.real, axis=1) + 1j * np.median(steady.imag, axis=1))


def _less_lines(
    signal: NDArray[np.float32], lines: NDArray[np.float64], rate_hz: float, offset: int
) -> NDArray[np.float32]:
    if not len(lines):
        return signal
    left = _subtract(signal.copy(), lines, rate_hz, offset)
    # Where the sound is quieter than the hum would be there is none, and to subtract it would add it.
    length = round(_STRETCH_S * rate_hz)
    bounds = np.arange(0, len(signal), length)
    sums = np.add.reduceat(np.square(signal, dtype=np.float64), bounds)
    hum_power = float(np.sum(lines[:, 1] ** 2) / 2.0)
    silent = sums / np.diff(bounds, append=len(signal)) < _QUIETER * hum_power
    return np.where(np.repeat(silent, length)[: len(signal)], signal, left)


@nb.njit(cache=True, nogil=True)
def _subtract(
    signal: NDArray[np.float32], lines: NDArray[np.float64], rate_hz: float, offset: int
) -> NDArray[np.float32]:
    for i in range(lines.shape[0]):
        step = 2.0 * np.pi * lines[i, 0] / rate_hz
        turn_re, turn_im = np.cos(step), np.sin(step)
        re = lines[i, 1] * np.cos(lines[i, 2] + step * offset)
        im = lines[i, 1] * np.sin(lines[i, 2] + step * offset)
        for t in range(signal.shape[0]):
            signal[t] -= np.float32(re)
            re, im = re * turn_re - im * turn_im, re * turn_im + im * turn_re
    return signal
