"""What one clip shows of a voice, and how far it can be trusted: a row of numbers a clip, made once per recording.

The first `VOICE` columns are heard by the model of whole recordings: means of the envelope on the harmonics, logarithms
of its deviation and of that of its steps from frame to frame, envelope minus valleys, and three of f0. Beside them
stand the recording's signal-to-noise ratios per band, which say what to believe, and statistics of MFCC and of the peak
envelope, which speak where there is nothing but short clips.

Gain changes nothing in the first; of the others only the level coefficients, which no model here listens to alone.
"""

import numpy as np
import pandas as pd
import soxr
from numpy.typing import NDArray

from flamsid_core.singers.features.frames import VOICE_COLUMNS, FeatureParams, cosine_matrix, frame_features
from flamsid_core.singers.features.harmonic import (
    BANDS,
    HOP_S,
    SAMPLE_RATE_HZ,
    HarmonicFrames,
    harmonic_frames,
)

BLOCKS = 4  # mean, deviation, steps, envelope minus valleys: a value a band each
VOICE = BLOCKS * BANDS + 3
MISSING_DB = 75.0  # a band so far below the loudest holds nothing of the voice
LEAST_VOICED_FRAMES = 8
MFCC, PEAKS, NOISE_COSINES = 40, 16, 8
TIMBRE = 3 * MFCC + PEAKS
_FRAME_SOFTENING_DB = 0.5  # added to deviations before the logarithm: a held vowel is not minus infinity
_PITCH_SOFTENING = (0.1, 0.03)  # semitones


class LAYOUT:
    """Where in a row what stands."""

    voice = slice(0, VOICE)
    snr = slice(VOICE, VOICE + BANDS)  # envelope over floor, dB
    valley_snr = slice(VOICE + BANDS, VOICE + 2 * BANDS)
    missing = slice(VOICE + 2 * BANDS, VOICE + 3 * BANDS)  # 1 where a band holds nothing of the voice
    timbre = slice(VOICE + 3 * BANDS, VOICE + 3 * BANDS + TIMBRE)
    noise = slice(timbre.stop, timbre.stop + NOISE_COSINES)
    voiced_s = noise.stop
    pauses = noise.stop + 1  # 1 where the recording has pauses that show its floor


COLUMNS = LAYOUT.pauses + 1
assert COLUMNS == VOICE_COLUMNS


def voice_rows(
    signal: NDArray[np.floating],
    sample_rate_hz: int,
    melody: pd.DataFrame,
    start_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Compute the rows of the clips of one recording.

    Parameters
    ----------
    signal : (n,) array
        The whole recording, one channel: its pauses say what the record adds to the voice.
    sample_rate_hz : int
    melody : DataFrame
        Columns time_s and f0_hz of the recording.
    start_s, end_s : (clips,) arrays
        Bounds of the clips.

    Returns
    -------
    (clips, COLUMNS) float32 array
        Laid out as `LAYOUT` says. A clip of fewer than `LEAST_VOICED_FRAMES` voiced frames has 0 in `voiced_s`, and
        nothing else in it means anything.
    """
    if not (melody["f0_hz"] > 0).any():
        return np.zeros((len(start_s), COLUMNS), dtype=np.float32)
    signal = at_rate(signal, sample_rate_hz)
    return rows_of_frames(
        harmonic_frames(signal, SAMPLE_RATE_HZ, melody),
        frame_features(signal, FeatureParams(kind="mfcc", coefficients=MFCC)).astype(np.float64),
        frame_features(signal, FeatureParams(kind="timbre"))[:, -PEAKS:].astype(np.float64),
        start_s,
        end_s,
    )


def rows_of_frames(
    frames: HarmonicFrames,
    mfcc: NDArray[np.float64],
    peaks: NDArray[np.float64],
    start_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Compute the rows of clips from the frames of their recording: see `voice_rows`."""
    rows = np.zeros((len(start_s), COLUMNS), dtype=np.float32)
    first = np.round(np.asarray(start_s) / HOP_S).astype(np.int64)
    last = np.maximum(np.round(np.asarray(end_s) / HOP_S).astype(np.int64), first + 1)
    sung = [a + np.flatnonzero(frames.f0_hz[a:b] > 0) for a, b in zip(first, last, strict=True)]
    heard = [clip for clip, voiced in enumerate(sung) if len(voiced) >= LEAST_VOICED_FRAMES]
    if not heard:
        return rows
    envelope, valley = frames.without_floor(np.arange(len(frames.f0_hz)))
    for clip in heard:
        voiced, every = sung[clip], slice(first[clip], last[clip])
        rows[clip, LAYOUT.voice] = _voice(frames.f0_hz, envelope, valley, voiced)
        rows[clip, LAYOUT.timbre] = _timbre(mfcc[every], peaks[every])
        over = (frames.envelope_db[voiced] - frames.valley_db[voiced]).mean(axis=0)
        rows[clip, LAYOUT.noise] = over @ cosine_matrix(BANDS, NOISE_COSINES)
        rows[clip, LAYOUT.voiced_s] = len(voiced) * HOP_S
    everyone = np.unique(np.concatenate([sung[clip] for clip in heard]))
    rows[np.ix_(np.array(heard), np.arange(LAYOUT.snr.start, LAYOUT.missing.stop))] = _of_recording(
        frames, envelope, valley, everyone
    )
    rows[heard, LAYOUT.pauses] = frames.has_pauses
    return rows


def at_rate(signal: NDArray[np.floating], sample_rate_hz: int) -> NDArray[np.float32]:
    """Return the signal at the rate that voices are measured at."""
    signal = np.asarray(signal, dtype=np.float32)
    return (
        signal if sample_rate_hz == SAMPLE_RATE_HZ else soxr.resample(signal, sample_rate_hz, SAMPLE_RATE_HZ)
    )


def _of_recording(
    frames: HarmonicFrames,
    envelope: NDArray[np.float64],
    valley: NDArray[np.float64],
    voiced: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return envelope and valleys over the floor, in dB a band, and which bands hold nothing of the voice."""
    level = envelope[voiced].mean(axis=0)
    return np.concatenate(
        [
            level - frames.floor_db,
            valley[voiced].mean(axis=0) - frames.floor_db,
            level < level.max() - MISSING_DB,
        ]
    )


def _voice(
    f0_hz: NDArray[np.float64],
    envelope: NDArray[np.float64],
    valley: NDArray[np.float64],
    voiced: NDArray[np.int64],
) -> NDArray[np.float64]:
    level, semitones = envelope[voiced], 12 * np.log2(f0_hz[voiced] / 55.0)
    together = np.flatnonzero(np.diff(voiced) == 1)
    steps, pitch_steps = np.diff(level, axis=0)[together], np.diff(semitones)[together]
    if len(together) == 0:
        steps, pitch_steps = np.zeros((1, BANDS)), np.zeros(1)
    return np.concatenate(
        [
            level.mean(axis=0),
            np.log(level.std(axis=0) + _FRAME_SOFTENING_DB),
            np.log(steps.std(axis=0) + _FRAME_SOFTENING_DB),
            (level - valley[voiced]).mean(axis=0),
            [
                semitones.mean(),
                np.log(semitones.std() + _PITCH_SOFTENING[0]),
                np.log(pitch_steps.std() + _PITCH_SOFTENING[1]),
            ],
        ]
    )


def _timbre(mfcc: NDArray[np.float64], peaks: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = np.diff(mfcc, axis=0) if len(mfcc) > 1 else np.zeros((1, MFCC))
    return np.concatenate(
        [
            mfcc.mean(axis=0),
            peaks.mean(axis=0),
            np.log(mfcc.std(axis=0) + _FRAME_SOFTENING_DB),
            np.log(steps.std(axis=0) + _FRAME_SOFTENING_DB),
        ]
    )
