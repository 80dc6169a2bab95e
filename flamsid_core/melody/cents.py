"""Cents above 55 Hz (A1), the pitch unit of the whole project, and the names of notes."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

REFERENCE_HZ = 55.0
_NOTE_NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
_A1_MIDI = 33


def hz_to_cents(f0_hz: ArrayLike) -> NDArray[np.float64]:
    """Turn frequencies into cents above 55 Hz: 1200·log2(f0 / 55 Hz).

    Parameters
    ----------
    f0_hz : array_like
        Frequencies in Hz, any shape; 0 (or below, or NaN) means unvoiced.

    Returns
    -------
    numpy.ndarray
        Cents, same shape; NaN where unvoiced.
    """
    hz = np.asarray(f0_hz, dtype=np.float64)
    voiced = hz > 0.0
    return np.where(voiced, 1200.0 * np.log2(np.where(voiced, hz, REFERENCE_HZ) / REFERENCE_HZ), np.nan)


def cents_to_hz(cents: ArrayLike) -> NDArray[np.float64]:
    """Turn cents above 55 Hz into frequencies in Hz; NaN becomes 0 (unvoiced)."""
    hz: NDArray[Any] = REFERENCE_HZ * np.exp2(np.asarray(cents, dtype=np.float64) / 1200.0)
    return np.where(np.isnan(hz), 0.0, hz)


def note_name(cents: float) -> str:
    """Name the equal-tempered note (A4 = 440 Hz) nearest to `cents`, with the deviation where it is audible.

    Examples
    --------
    >>> note_name(3600.0)
    'A4'
    >>> note_name(3640.0)
    'A4 +40'
    """
    if not np.isfinite(cents):
        return ""
    semitones = round(cents / 100.0)
    midi = _A1_MIDI + semitones
    deviation = round(cents - 100.0 * semitones)
    name = f"{_NOTE_NAMES[midi % 12]}{midi // 12 - 1}"
    return name if abs(deviation) < 5 else f"{name} {deviation:+d}"
