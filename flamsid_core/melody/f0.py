"""f0 tracking: the table `time_s, f0_hz, confidence` of a recording of one voice."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import scipy.fft
import soundfile
import soxr
from numpy.typing import NDArray

from flamsid_core.errors import FlamsidError
from flamsid_core.melody import salience, tracking, voicing

SAMPLE_RATE_HZ = 44100
HOP = 256
WINDOW = 2048
_FRAMES_PER_BATCH = 128  # spectra of a batch stay in the second-level cache
_SECONDS_PER_BLOCK = 30.0

Method = Literal["salience", "pyin", "swift"]
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class MelodyParams:
    """What a melody table depends on, apart from the sound.

    Parameters
    ----------
    method : {"salience", "pyin", "swift"}
        Our salience tracker, librosa's pYIN, or swift-f0 (an optional extra).
    fmin_hz, fmax_hz : float
        Range of the voice.
    voicing_threshold : float
        Log odds added to the voicing decision: above 0 fewer frames are voiced, below 0 more.
    """

    method: Method = "salience"
    fmin_hz: float = 65.0
    fmax_hz: float = 1200.0
    voicing_threshold: float = 0.0
    n_fft: int = 4096
    n_harmonics: int = 20
    harmonic_weight: float = 0.85
    magnitude_exponent: float = 0.5
    peak_range_db: float = 40.0
    peak_max_hz: float = 5000.0
    salience_weight: float = 10.0
    jump_cost: float = 20.0
    switch_cost: float = 4.0
    min_voiced_s: float = 0.04

    def __post_init__(self) -> None:
        if self.method not in ("salience", "pyin", "swift"):
            raise FlamsidError(f"f0 method {self.method!r} is unknown; use 'salience', 'pyin' or 'swift'.")
        if not 55.0 <= self.fmin_hz < self.fmax_hz <= 1700.0:
            raise FlamsidError(
                f"f0 range {self.fmin_hz}–{self.fmax_hz} Hz is not possible; "
                "use 55 ≤ fmin_hz < fmax_hz ≤ 1700, e.g. 65–1200."
            )


def track_f0(
    signal: NDArray[np.floating],
    sample_rate_hz: float,
    *,
    method: Method | None = None,
    params: MelodyParams | None = None,
) -> pd.DataFrame:
    """Track the fundamental frequency of one voice."""
    from dataclasses import replace

    params = params or MelodyParams()
    if method is not None:
        params = replace(params, method=method)
    mono = _checked(signal, sample_rate_hz)
    if params.method == "pyin":
        return _track_pyin(mono, sample_rate_hz, params)
    if params.method == "swift":
        return _track_swift(mono, sample_rate_hz, params)
    block = max(1, int(_SECONDS_PER_BLOCK * sample_rate_hz))
    blocks = (mono[i : i + block] for i in range(0, len(mono), block))
    return _decide(*_analyse_blocks(blocks, sample_rate_hz, params), params)


def track_file(
    path: str | Path, params: MelodyParams | None = None, on_progress: Progress | None = None
) -> pd.DataFrame:
    """Track a file of any length in bounded memory; equal to `track_f0` of the whole signal."""
    params = params or MelodyParams()
    with soundfile.SoundFile(str(path)) as file:
        rate = file.samplerate
        if params.method != "salience":
            return track_f0(file.read(dtype="float32", always_2d=True).mean(axis=1), rate, params=params)
        return _decide(*_analyse_blocks(_file_blocks(file, on_progress), rate, params), params)


def _file_blocks(file: soundfile.SoundFile, on_progress: Progress | None) -> Iterator[NDArray[np.float32]]:
    done = 0
    for block in file.blocks(int(_SECONDS_PER_BLOCK * file.samplerate), dtype="float32", always_2d=True):
        yield block.mean(axis=1)
        done += len(block)
        if on_progress is not None:
            on_progress(min(1.0, done / max(1, file.frames)), "tracking f0")


def _checked(signal: NDArray[np.floating], sample_rate_hz: float) -> NDArray[np.float32]:
    mono = np.asarray(signal, dtype=np.float32)
    if mono.ndim != 1:
        raise FlamsidError(f"signal has shape {mono.shape}; give one channel, e.g. signal.mean(axis=1).")
    if not sample_rate_hz > 0:
        raise FlamsidError(f"sample rate is {sample_rate_hz}; give it in Hz, e.g. 44100.")
    if len(mono) < sample_rate_hz * 0.01:
        raise FlamsidError(f"signal has {len(mono)} samples; an f0 track needs at least 10 ms of sound.")
    if not np.isfinite(mono).all():
        raise FlamsidError("signal holds NaN or infinite samples; decode it again or replace them by 0.")
    return mono


def _at_44100(blocks: Iterable[NDArray[np.float32]], rate_hz: float) -> Iterator[NDArray[np.float32]]:
    if rate_hz == SAMPLE_RATE_HZ:
        yield from blocks
        return
    stream = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32", quality="HQ")
    for block in blocks:
        yield stream.resample_chunk(np.ascontiguousarray(block))
    yield stream.resample_chunk(np.empty(0, dtype=np.float32), last=True)


def _analyse_blocks(
    blocks: Iterable[NDArray[np.float32]], rate_hz: float, params: MelodyParams
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    candidates, frames = [], []
    pending = np.zeros(WINDOW // 2, dtype=np.float32)
    n_samples = 0
    n_frames = 0
    for block in _at_44100(blocks, rate_hz):
        n_samples += len(block)
        pending = np.concatenate((pending, block))
        n = (len(pending) - WINDOW) // HOP + 1 if len(pending) >= WINDOW else 0
        if n > 0:
            table = _analyse(pending[: (n - 1) * HOP + WINDOW], params)
            candidates.append(table[0])
            frames.append(table[1])
            n_frames += n
            pending = pending[n * HOP :]
    n = 1 + n_samples // HOP - n_frames
    if n > 0:
        padded = np.zeros((n - 1) * HOP + WINDOW, dtype=np.float32)
        padded[: min(len(pending), len(padded))] = pending[: len(padded)]
        table = _analyse(padded, params)
        candidates.append(table[0])
        frames.append(table[1])
    return np.concatenate(candidates), np.concatenate(frames)


def _analyse(samples: NDArray[np.float32], params: MelodyParams) -> tuple[NDArray, NDArray]:
    window = (np.hanning(WINDOW + 1)[:-1] * 2.0 / WINDOW).astype(np.float32)
    weights = salience.vote_weights()
    framed = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    n = len(framed)
    candidates = np.zeros((n, salience.N_CANDIDATES, 3), dtype=np.float32)
    frames = np.zeros((n, 4), dtype=np.float32)
    for a in range(0, n, _FRAMES_PER_BATCH):
        b = min(n, a + _FRAMES_PER_BATCH)
        spectra = scipy.fft.rfft(framed[a:b] * window, params.n_fft, axis=1)
        salience.analyse_spectra(
            spectra,
            SAMPLE_RATE_HZ / params.n_fft,
            params.fmin_hz,
            params.fmax_hz,
            params.peak_max_hz,
            params.peak_range_db,
            params.magnitude_exponent,
            params.n_harmonics,
            params.harmonic_weight,
            weights,
            candidates[a:b],
            frames[a:b],
        )
    return candidates, frames


def _decide(
    candidates: NDArray[np.float32], frames: NDArray[np.float32], params: MelodyParams
) -> pd.DataFrame:
    evidence = voicing.voicing_evidence(candidates, frames, params.voicing_threshold)
    strength = candidates[:, :, salience.CAND_SALIENCE]
    present = strength > 0.0
    top = np.maximum(strength[:, :1], 1e-30)
    score = evidence[:, None] + params.salience_weight * (strength / top - 1.0)
    score = np.where(present, score, -np.inf).astype(np.float32)
    log2_hz = np.log2(np.where(present, candidates[:, :, salience.CAND_HZ], 1.0)).astype(np.float32)
    path = tracking.best_path(log2_hz, score, params.jump_cost, params.switch_cost)
    rows = np.arange(len(path))
    f0_hz = np.where(path >= 0, candidates[rows, path, salience.CAND_HZ], 0.0).astype(np.float64)
    tracking.drop_short_runs(f0_hz, int(round(params.min_voiced_s * SAMPLE_RATE_HZ / HOP)))
    confidence = 1.0 / (1.0 + np.exp(-np.clip(evidence.astype(np.float64), -50.0, 50.0)))
    return pd.DataFrame({"time_s": rows * (HOP / SAMPLE_RATE_HZ), "f0_hz": f0_hz, "confidence": confidence})


def _track_pyin(signal: NDArray[np.float32], rate_hz: float, params: MelodyParams) -> pd.DataFrame:
    """Track with librosa.pyin at 22.05 kHz, window 2048, hop 256 (11.6 ms)."""
    import librosa

    rate = 22050
    low = soxr.resample(signal, rate_hz, rate) if rate_hz != rate else signal
    f0, voiced, probability = librosa.pyin(
        low, fmin=params.fmin_hz, fmax=params.fmax_hz, sr=rate, frame_length=2048, hop_length=256
    )
    return pd.DataFrame(
        {
            "time_s": np.arange(len(f0)) * (256 / rate),
            "f0_hz": np.where(voiced, np.nan_to_num(f0), 0.0),
            "confidence": probability,
        }
    )


def _track_swift(signal: NDArray[np.float32], rate_hz: float, params: MelodyParams) -> pd.DataFrame:
    """Track with swift-f0 (hop 16 ms)."""
    try:
        from swift_f0 import SwiftF0
    except ImportError as error:
        raise FlamsidError("f0 method 'swift' is not installed; run: pip install flamsid[swift]") from error
    detector = SwiftF0(fmin=max(params.fmin_hz, 46.875), fmax=params.fmax_hz)
    result = detector.detect_from_array(signal, int(rate_hz))
    return pd.DataFrame(
        {
            "time_s": np.asarray(result.timestamps, dtype=np.float64),
            "f0_hz": np.where(result.voicing, result.pitch_hz, 0.0).astype(np.float64),
            "confidence": np.asarray(result.confidence, dtype=np.float64),
        }
    )
