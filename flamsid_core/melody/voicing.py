"""Is somebody singing in this frame? Four measurements along the melody, joined into log odds.

The level is measured against the recording's own loud frames, so gain does not matter. Reverberation and hiss
are what makes a voicing decision hard on old records: the weights were found on clean singing and on the same
singing made to sound like a record (hiss at 20 and 10 dB, a room, both; band-limited, with clicks), and on
hiss with no voice in it.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from flamsid_core.melody.salience import CAND_HARMONICITY, CAND_SALIENCE

SMOOTHING_FRAMES = 7  # 41 ms, about the analysis window
PHRASE_FRAMES = 173  # 1 s
FEATURES = ("harmonicity", "want of harmonicity", "level_db", "below_phrase_db")
# Logistic regression by `python benchmarks/f0_tuning.py` on the tuning half of MIR-1K (clean and made to
# sound like old records), on hiss, and on the tuning half of the flamenco clips: replace these only by what
# it prints.
WEIGHTS = np.array([0.7039, 5.4359, 0.154, -0.0961])
INTERCEPT = 3.75
_SILENCE_DB = -110.0  # power below this is digital silence or rounding noise, never singing
_MOST = 20.0


def voicing_features(
    candidates: NDArray[np.float32], power: NDArray[np.float32], path: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Measure each frame along the melody.

    Parameters
    ----------
    candidates, power : numpy.ndarray
        The tables of `salience.analyse_spectra`.
    path : numpy.ndarray, shape (frames,)
        Column of the candidate that the melody takes.

    Returns
    -------
    numpy.ndarray, shape (frames, 4)
        In the order of `FEATURES`: log odds of the share of the peaks' power that lies on harmonics of the
        melody; the same where it is below 0, else 0 (noise always has peaks, but less than half of their
        power fits any f0); level in dB relative to the recording's loud frames (95th percentile); how far in
        dB below the loudest frame within half a second (the tail of a room). All but the last are means over
        41 ms.
    """
    power_db = _decibels(power)
    audible = power_db > _SILENCE_DB
    loud_db = np.percentile(power_db[audible], 95) if audible.any() else 0.0
    share = candidates[np.arange(len(path)), path, CAND_HARMONICITY].astype(np.float64)
    log_odds = uniform_filter1d(np.log((share + 0.02) / (1.02 - share)), SMOOTHING_FRAMES)
    level_db = uniform_filter1d(np.clip(power_db - loud_db, -50.0, 0.0), SMOOTHING_FRAMES)
    below_db = np.minimum(maximum_filter1d(power_db, PHRASE_FRAMES) - power_db, 30.0)
    return np.stack([log_odds, np.minimum(log_odds, 0.0), level_db, below_db], axis=1)


def voicing_evidence(
    candidates: NDArray[np.float32], power: NDArray[np.float32], path: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the log odds that each frame is sung, within ±20; −20 where there is no sound."""
    evidence = voicing_features(candidates, power, path) @ WEIGHTS + INTERCEPT
    silent = (_decibels(power) <= _SILENCE_DB) | (candidates[:, 0, CAND_SALIENCE] <= 0.0)
    return np.where(silent, -_MOST, np.clip(evidence, -_MOST, _MOST))


def _decibels(power: NDArray[np.float32]) -> NDArray[np.float64]:
    return 10.0 * np.log10(power.astype(np.float64) + 1e-20)
