"""Is somebody singing in this frame? Measurements along the melody, joined into log odds.

Four of them do for a clean recording: how harmonic the frame is, twice, and its level against the recording's own
loud frames and its neighbours', so that gain does not matter. In noise as loud as the voice a sung frame is less
harmonic, and all that a noisy recording asks for is a lower threshold. In a room the tail of a note is as
harmonic as the note, and what gives it away is that it falls as fast as this room lets sound fall. What is added
for noise and for a room is 0 for a recording without them, so that nothing changes there.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from flamsid_core.melody.analysis import HOP_S, Frames
from flamsid_core.melody.salience import CAND_HARMONICITY, CAND_SALIENCE

SMOOTHING_FRAMES = 7  # 41 ms, about the analysis window
PHRASE_FRAMES = 173  # 1 s
FEATURES = ("harmonicity", "want of harmonicity", "level_db", "below_phrase_db")
# Logistic regression on clean singing, on the same singing made to sound like old records, on hiss and on cante,
# without hum, rumble or louder noise; kept as they are, since a fit on all conditions costs 1 % on clean sound.
WEIGHTS = np.array([0.7039, 5.4359, 0.154, -0.0961])
INTERCEPT = 3.75
# By `python benchmarks/f0_tuning.py`, the weights above held: replace these only by what it prints.
NOISE_WEIGHT = 2.6
ROOM_FEATURES = ("room", "room × harmonicity", "room × as the tail", "room × below_past_db", "room × falling")
ROOM_WEIGHTS = np.array([1.28, -0.617, -0.268, -0.14, 0.91])
MOST = 20.0
_SILENCE_DB = -110.0  # power below this is digital silence or rounding noise, never singing
# From the first signal-to-noise ratio down to the second, noise counts more and more.
_NOISE_FROM_DB, _NOISE_ALL_DB = 20.0, 10.0
# … where this share of the frames is sung so surely.
_SURE = 2.0
_NOTHING_DB, _SOMETHING_DB = 4.0, 6.0
_SUNG_FROM, _SUNG_ALL = 0.01, 0.05
# A room is heard where there is little noise, where the level falls far enough, and for long enough.
_QUIET_FROM_DB, _QUIET_ALL_DB = 26.0, 34.0
_RANGE_FROM_DB, _RANGE_ALL_DB = 15.0, 25.0
_LONG_FROM_S, _LONG_ALL_S = 3.0, 6.0
# In a dry room the fastest falls are faster than the first rate, in a church slower than the second.
_DRY_DB_PER_S, _WET_DB_PER_S = 150.0, 90.0
_FALL_FRAMES = 17  # 100 ms
_TAIL_FRAMES = 8  # a tail is compared with what was heard 46 ms before
_PAST_FRAMES = 87  # half a second


def voicing_features(frames: Frames, path: NDArray[np.int64]) -> NDArray[np.float64]:
    """Measure each frame along the melody.

    Parameters
    ----------
    frames : Frames
        From `analysis.analyse_blocks`.
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
    power_db = decibels(frames.power)
    share = frames.candidates[np.arange(len(path)), path, CAND_HARMONICITY].astype(np.float64)
    log_odds = uniform_filter1d(np.log((share + 0.02) / (1.02 - share)), SMOOTHING_FRAMES)
    level_db = uniform_filter1d(np.clip(power_db - loud_level_db(power_db), -50.0, 0.0), SMOOTHING_FRAMES)
    below_db = np.minimum(maximum_filter1d(power_db, PHRASE_FRAMES) - power_db, 30.0)
    return np.stack([log_odds, np.minimum(log_odds, 0.0), level_db, below_db], axis=1)


def how_noisy(frames: Frames, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 0–1 for each frame: how near the noise comes to the loud frames of a recording with a voice.

    Noise alone has frames with some evidence for a voice, by chance, but few with much.
    """
    snr_db = loud_level_db(decibels(frames.power)) - decibels(frames.noise)
    sung = ramp(float(np.mean(evidence > _SURE)), _SUNG_FROM, _SUNG_ALL)
    return sung * ramp(snr_db, _NOISE_FROM_DB, _NOISE_ALL_DB) * ramp(snr_db, _NOTHING_DB, _SOMETHING_DB)


def nothing_but_noise(frames: Frames) -> NDArray[np.float64]:
    """Return 0–1 for each frame: 1 where not even the loud frames rise above the noise."""
    snr_db = loud_level_db(decibels(frames.power)) - decibels(frames.suspected)
    return ramp(snr_db, _SOMETHING_DB, _NOTHING_DB)


def room_features(frames: Frames, harmonicity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Measure each frame of a recording in a room, in the order of `ROOM_FEATURES`; 0 where none is heard.

    `as the tail` is how far, in dB, the level lies below what is left of all that was heard until 46 ms before
    when that falls at the rate of the room, within −10–0; `falling` the slope of the level in 100 dB/s.
    """
    power_db = decibels(frames.power)
    loud_db = loud_level_db(power_db)
    level_db = uniform_filter1d(np.maximum(power_db, loud_db - 60.0), SMOOTHING_FRAMES)
    fall = fastest_fall(frames)
    room = how_much_room(frames, fall)
    left_db = falling_maximum(level_db, np.clip(fall, 40.0, 300.0) * HOP_S)
    step_db = np.clip(fall, 40.0, 300.0) * HOP_S * _TAIL_FRAMES
    n = min(_TAIL_FRAMES, len(level_db))
    expected_db = np.concatenate((level_db[:n], left_db[: len(left_db) - n] - step_db))
    as_tail = np.clip(level_db - expected_db, -10.0, 0.0)
    past_db = maximum_filter1d(power_db, _PAST_FRAMES, origin=(_PAST_FRAMES - 1) // 2)
    below_past = np.minimum(past_db - power_db, 30.0)
    at = np.arange(len(level_db))
    later, earlier = np.minimum(at + 4, len(at) - 1), np.maximum(at - 4, 0)
    slope = np.clip((level_db[later] - level_db[earlier]) / (8 * HOP_S) / 100.0, -2.0, 0.0)
    return room[:, None] * np.stack([np.ones(len(at)), harmonicity, as_tail, below_past, slope], axis=1)


def fastest_fall(frames: Frames) -> float:
    """Return how fast sound falls here at its fastest, in dB/s: the 98th percentile of falls over 0.1 s.

    Nothing falls faster than the room lets it: 60 dB in the reverberation time, a little faster at the end of a
    note sung near the microphone. Falls into the noise are left out.
    """
    power_db = decibels(frames.power)
    loud_db = loud_level_db(power_db)
    floor_db = max(float(np.mean(decibels(frames.noise))) + 3.0, loud_db - 60.0)
    level_db = uniform_filter1d(np.maximum(power_db, floor_db), 5)
    fall = (level_db[:-_FALL_FRAMES] - level_db[_FALL_FRAMES:]) / (_FALL_FRAMES * HOP_S)
    fall = fall[level_db[_FALL_FRAMES:] > floor_db + 6.0]
    return float(np.percentile(fall, 98)) if fall.size else np.inf


def how_much_room(frames: Frames, fall: float) -> NDArray[np.float64]:
    """Return 0–1 for each frame: how sure it is that a room is heard in this recording."""
    power_db, noise_db = decibels(frames.power), decibels(frames.noise)
    loud_db = loud_level_db(power_db)
    reach = loud_db - float(np.percentile(power_db, 5))
    return np.full(
        len(power_db),
        ramp(float(np.mean(loud_db - noise_db)), _QUIET_FROM_DB, _QUIET_ALL_DB)
        * ramp(reach, _RANGE_FROM_DB, _RANGE_ALL_DB)
        * ramp(len(power_db) * HOP_S, _LONG_FROM_S, _LONG_ALL_S)
        * ramp(fall, _DRY_DB_PER_S, _WET_DB_PER_S),
    )


def voicing_evidence(frames: Frames, path: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the log odds that each frame is sung, within ±20; −20 where there is no sound."""
    features = voicing_features(frames, path)
    harmonicity = features[:, 0]
    evidence = features @ WEIGHTS + INTERCEPT
    evidence += NOISE_WEIGHT * how_noisy(frames, evidence) - MOST * nothing_but_noise(frames)
    evidence += room_features(frames, harmonicity) @ ROOM_WEIGHTS
    silent = (decibels(frames.power) <= _SILENCE_DB) | (frames.candidates[:, 0, CAND_SALIENCE] <= 0.0)
    return np.where(silent, -MOST, np.clip(evidence, -MOST, MOST))


@nb.njit(cache=True, nogil=True)
def falling_maximum(level_db: NDArray[np.float64], step_db: float) -> NDArray[np.float64]:
    """Return the largest of each value and of all before it, each less `step_db` for every frame since."""
    out = level_db.copy()
    for t in range(1, out.shape[0]):
        out[t] = max(out[t], out[t - 1] - step_db)
    return out


def ramp(value: float | NDArray[np.float64], zero: float, one: float) -> NDArray[np.float64]:
    """Return 0 up to `zero`, 1 from `one` on, and a line between; `one` may be the smaller."""
    return np.clip((np.asarray(value, dtype=np.float64) - zero) / (one - zero), 0.0, 1.0)


def decibels(power: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return 10·log10 of a power; of 0, −200 dB."""
    return 10.0 * np.log10(power.astype(np.float64) + 1e-20)


def loud_level_db(power_db: NDArray[np.float64]) -> float:
    """Return the level of the loud frames: the 95th percentile of those that are not silent."""
    audible = power_db > _SILENCE_DB
    return float(np.percentile(power_db[audible], 95)) if audible.any() else 0.0
