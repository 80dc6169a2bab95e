"""Look on and between a voice's harmonics: envelope, valleys and the floor of the pauses, frame by frame.

Background
----------
A mel band holds the voice and whatever the record adds: hiss, hum, the room. Where f0 is known the two can be told
apart. A voice has its power at multiples of f0, a record's noise has it everywhere. So the *envelope* is read at the
harmonics and the *valleys* midway between them, and what sounds in the pauses is the *floor* that both stand on.

Conventions
-----------
Frame ``i`` is centred at ``i * HOP_S``; the signal is zero outside its bounds. A band is a point on the mel scale
(Slaney), `BANDS` of them from 150 to 7,600 Hz. A level is in dB, power of a sinusoid's peak; `level_db` is taken off
all of them, so that a gain changes nothing. Frames without f0 have no envelope and no valleys (NaN).

References
----------
d'Alessandro, Darsinos, Yegnanarayana: Effectiveness of a periodic and aperiodic decomposition method for analysis of
voice sources. IEEE Transactions on Speech and Audio Processing 6(1), 1998.
Martin: Noise power spectral density estimation based on optimal smoothing and minimum statistics. IEEE Transactions on
Speech and Audio Processing 9(5), 2001.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import scipy.fft
import soxr
from numba import njit
from numpy.typing import NDArray

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.features.frames import mel_frequencies

SAMPLE_RATE_HZ = 16_000
HOP_S, WINDOW_S = 0.010, 0.040
FFT_POINTS = 2048
BANDS = 40
BAND_RANGE_HZ = (150.0, 7600.0)
REACH = 0.3  # a harmonic's peak is sought within this part of f0 to either side,
REACH_HZ = 80.0  # and never farther
VALLEY = 0.13  # the valley is the mean within this part of f0 around the middle of two harmonics
LEAST_BAND_HZ = 60.0  # half the width of the narrowest band in the pauses
PAUSE_PERCENTILE = 20.0  # of the pauses' frames: breath, consonants and clicks are louder
LEAST_PAUSE_FRAMES = 20
SILENCE_DB = (
    -110.0
)  # re the voice's level: below it a pause is digital silence, not a floor that stands under the voice
PEAK_OVER_FLOOR_DB, VALLEY_OVER_FLOOR_DB = (
    4.0,
    0.5,
)  # a maximum of noise lies above its mean, its mean above a quantile
BELOW_FLOOR_DB = 10.0
_LEAST_POWER = 1e-20
_BLOCK_FRAMES = 1024


@dataclass(frozen=True)
class HarmonicFrames:
    """What is on and between the harmonics of one recording.

    Attributes
    ----------
    f0_hz : (frames,) array
        0 where unvoiced.
    envelope_db, valley_db : (frames, BANDS) arrays
        At and between the harmonics, re the voice's level, as they are; NaN where unvoiced.
    floor_db : (BANDS,) array
        What the recording's pauses hold, re the voice's level.
    level_db : float
        The voice's level in dB re 1.
    has_pauses : bool
        Whether the floor is that of pauses; else it is guessed from the deepest valleys.
    """

    f0_hz: NDArray[np.float64]
    envelope_db: NDArray[np.float64]
    valley_db: NDArray[np.float64]
    floor_db: NDArray[np.float64]
    level_db: float
    has_pauses: bool

    def without_floor(self, frames: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return envelope and valleys (n, BANDS) of some frames with the floor's power taken off.

        Never less than `BELOW_FLOOR_DB` below the floor is left: what lies there cannot be known.
        """
        return (
            _taken_off(self.envelope_db[frames], self.floor_db, PEAK_OVER_FLOOR_DB),
            _taken_off(self.valley_db[frames], self.floor_db, VALLEY_OVER_FLOOR_DB),
        )


@cache
def band_hz() -> NDArray[np.float64]:
    """Return the frequencies of the bands, (BANDS,) in Hz.

    Examples
    --------
    >>> band_hz()[[0, -1]].round().tolist()
    [150.0, 7600.0]
    """
    return np.asarray(mel_frequencies(*BAND_RANGE_HZ, BANDS), dtype=np.float64)


def harmonic_frames(
    signal: NDArray[np.floating], sample_rate_hz: int, melody: pd.DataFrame
) -> HarmonicFrames:
    """Measure the envelope on the harmonics, the valleys between them, and the floor of the pauses.

    Parameters
    ----------
    signal : (n,) array
        One channel; brought to 16 kHz.
    sample_rate_hz : int
    melody : DataFrame
        Columns time_s (evenly spaced) and f0_hz (0 where unvoiced) of the same signal.

    Returns
    -------
    HarmonicFrames

    Raises
    ------
    FlamsidError
        When no frame is voiced.
    """
    if sample_rate_hz != SAMPLE_RATE_HZ:
        signal = soxr.resample(np.asarray(signal, dtype=np.float32), sample_rate_hz, SAMPLE_RATE_HZ)
    window, hop = round(WINDOW_S * SAMPLE_RATE_HZ), round(HOP_S * SAMPLE_RATE_HZ)
    n_frames = 1 + len(signal) // hop
    framed = np.lib.stride_tricks.sliding_window_view(
        np.pad(np.asarray(signal, dtype=np.float32), window // 2 + hop), window
    )[hop::hop][:n_frames]
    f0_hz = _at_frames(melody, n_frames)
    voiced = f0_hz > 0
    if not voiced.any():
        raise FlamsidError("No voiced frame was found: a voice's harmonics cannot be measured without f0.")
    taper = np.hanning(window + 1)[:-1].astype(np.float32)
    taper *= 2.0 / taper.sum()
    tables = np.full((3, n_frames, BANDS), np.nan)
    for start in range(0, n_frames, _BLOCK_FRAMES):
        block = slice(start, start + _BLOCK_FRAMES)
        spectrum = scipy.fft.rfft(framed[block] * taper, FFT_POINTS, axis=1)
        power = spectrum.real**2 + spectrum.imag**2
        _read_bands(
            power, f0_hz[block], SAMPLE_RATE_HZ / FFT_POINTS, band_hz(), _half_width_hz(), *tables[:, block]
        )
    return referred(f0_hz, *tables)


def referred(
    f0_hz: NDArray[np.float64],
    envelope_db: NDArray[np.float64],
    valley_db: NDArray[np.float64],
    band_db: NDArray[np.float64],
) -> HarmonicFrames:
    """Refer levels (frames, BANDS) to the voice's own, and find the floor that the pauses stand on.

    Parameters
    ----------
    f0_hz : (frames,) array
        At least one above 0.
    envelope_db, valley_db, band_db : (frames, BANDS) arrays
        On the harmonics, between them (both only where voiced), and mean power of whole bands, in dB re 1.
    """
    voiced = f0_hz > 0
    level_db = float(_decibels(_power(envelope_db[voiced]).sum(axis=1).mean()))
    envelope_db, valley_db, band_db = envelope_db - level_db, valley_db - level_db, band_db - level_db
    pauses = ~voiced & (band_db.max(axis=1) > SILENCE_DB)
    has_pauses = bool(pauses.sum() >= LEAST_PAUSE_FRAMES)
    # A clip cut out of a phrase has no pause: then the deepest valleys are the nearest thing to a floor.
    floor_db = (
        np.percentile(band_db[pauses], PAUSE_PERCENTILE, axis=0)
        if has_pauses
        else np.percentile(valley_db[voiced], PAUSE_PERCENTILE / 2, axis=0)
    )
    return HarmonicFrames(
        f0_hz, envelope_db, valley_db, np.maximum(floor_db, SILENCE_DB), level_db, has_pauses
    )


def _at_frames(melody: pd.DataFrame, n_frames: int) -> NDArray[np.float64]:
    """Return f0 at the centres of the frames: that of the nearest row."""
    time_s, f0_hz = melody["time_s"].to_numpy(), melody["f0_hz"].to_numpy(dtype=np.float64)
    if len(time_s) == 0:
        return np.zeros(n_frames)
    centre_s = np.arange(n_frames) * HOP_S
    middle = (time_s[1:] + time_s[:-1]) / 2
    return np.maximum(np.nan_to_num(f0_hz[np.searchsorted(middle, centre_s)]), 0.0)


@cache
def _half_width_hz() -> NDArray[np.float64]:
    return np.maximum(LEAST_BAND_HZ, np.gradient(band_hz()) / 2)


def _power(level_db: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(10.0 ** (level_db / 10.0))


def _decibels(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(10.0 * np.log10(np.maximum(power, _LEAST_POWER)))


def _taken_off(
    level_db: NDArray[np.float64], floor_db: NDArray[np.float64], over_db: float
) -> NDArray[np.float64]:
    left = _power(level_db) - _power(floor_db + over_db)
    return _decibels(np.maximum(left, _power(floor_db - BELOW_FLOOR_DB)))


@njit(cache=True, nogil=True)
def _read_bands(
    power: NDArray[np.float32],
    f0_hz: NDArray[np.float64],
    bin_hz: float,
    band_hz: NDArray[np.float64],
    half_hz: NDArray[np.float64],
    envelope_db: NDArray[np.float64],
    valley_db: NDArray[np.float64],
    band_db: NDArray[np.float64],
) -> None:  # pragma: no cover (compiled)
    """Fill three tables (frames, bands): on the harmonics, between them, and the mean power of each whole band."""
    n_frames, n_bins = power.shape
    at_hz, peak_db = np.empty(n_bins), np.empty(n_bins)
    between_hz, between_db = np.empty(n_bins), np.empty(n_bins)
    for t in range(n_frames):
        for b in range(len(band_hz)):
            first = max(1, int(np.ceil((band_hz[b] - half_hz[b]) / bin_hz)))
            last = min(n_bins - 1, int(np.floor((band_hz[b] + half_hz[b]) / bin_hz)))
            total = 0.0
            for k in range(first, last + 1):
                total += power[t, k]
            band_db[t, b] = 10.0 * np.log10(max(total / (last - first + 1), 1e-20))
        f0 = f0_hz[t]
        if f0 <= 0.0:
            continue
        reach = min(REACH * f0, REACH_HZ)
        found = 0
        while True:
            centre = (found + 1) * f0
            last = int(np.floor((centre + 0.5 * f0 + VALLEY * f0) / bin_hz))
            if last >= n_bins:
                break
            top = 0.0
            for k in range(
                int(np.ceil((centre - reach) / bin_hz)), int(np.floor((centre + reach) / bin_hz)) + 1
            ):
                top = max(top, power[t, k])
            at_hz[found] = centre
            peak_db[found] = 10.0 * np.log10(max(top, 1e-20))
            middle = centre + 0.5 * f0
            first = int(np.round((middle - VALLEY * f0) / bin_hz))
            last = max(first, int(np.round((middle + VALLEY * f0) / bin_hz)))
            total = 0.0
            for k in range(first, last + 1):
                total += power[t, k]
            between_hz[found] = middle
            between_db[found] = 10.0 * np.log10(max(total / (last - first + 1), 1e-20))
            found += 1
        envelope_db[t] = np.interp(band_hz, at_hz[:found], peak_db[:found])
        valley_db[t] = np.interp(band_hz, between_hz[:found], between_db[:found])
