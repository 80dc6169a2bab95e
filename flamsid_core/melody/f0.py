"""f0 tracking: the table `time_s, f0_hz, confidence` of one voice.

`salience` is our tracker. The sound is freed of clicks and hum and looked at in windows of 46 ms every 5.8 ms
(`analysis.py`); sinusoids vote for the fundamentals they may belong to, as far as they rise above the noise
(`salience.py`, `noise.py`); the best path through the candidates is the melody (`tracking.py`), and `voicing.py`
says where it is sung. Everything that needs the sound leaves 80 bytes a frame; the path and the voicing then see
the whole recording at once. So a recording can be read in blocks of any length without a seam.

Frame i is centred on i · 256 / 44100 s; silence is assumed outside the sound. Pitches from 56 Hz to 3 kHz are
looked for, and frames whose best pitch lies outside the range of the voice are unvoiced.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from flamsid_core.corpus.audio import open_sound, read_audio, sound_blocks
from flamsid_core.errors import FlamsidError
from flamsid_core.melody import peers, salience, tracking, voicing
from flamsid_core.melody.analysis import HOP_S, Frames, analyse_blocks
from flamsid_core.melody.speed import at_speed
from flamsid_core.messages import Message
from flamsid_core.progress import Progress
from flamsid_core.registration import Registry

MIN_VOICED_S = 0.06
_BLOCK_SAMPLES = 1 << 19
_LOUDEST = 1e9  # the power of more does not fit float32

Tracker = Callable[[NDArray[np.float32], float, "MelodyParams"], pd.DataFrame]
# By name: from one channel, its sample rate in Hz and the parameters to a table of time_s, f0_hz, confidence.
TRACKERS: Registry[Tracker] = Registry("f0 method {name!r} is unknown; use one of {choices}.")


@dataclass(frozen=True)
class MelodyParams:
    """What a melody table depends on, apart from the sound.

    Parameters
    ----------
    method : str
        A name in `TRACKERS`: salience, pyin, swift or given.
        Our tracker, librosa's pYIN (hop 11.6 ms), swift-f0 (hop 16 ms; the optional extra
        `flamsid[swift]`), or the f0 in a file beside each recording (`debla.f0.csv` for `debla.flac`).
    fmin_hz, fmax_hz : float
        Range of the voice, within 55–1700 Hz.
    threshold : float
        Log odds that voicing must exceed: above 0 fewer frames are voiced, below 0 more. `salience` only.
    harmonics : int
        How many harmonics a peak may be; `salience` only, as the next three.
    harmonic_weight : float
        Weight of harmonic h is this to the power h − 1 (paper: 0.8).
    magnitude_exponent : float
        Peaks vote with their magnitude to this power (paper: 1).
    peak_range_db : float
        Peaks further below the loudest one of the frame do not vote (paper: 40).
    """

    method: str = "salience"
    fmin_hz: float = 65.0
    fmax_hz: float = 1200.0
    threshold: float = 0.0
    harmonics: int = 20
    harmonic_weight: float = 0.87
    magnitude_exponent: float = 0.75
    peak_range_db: float = 50.0

    def __post_init__(self) -> None:
        TRACKERS.check(self.method)
        if not 55.0 <= self.fmin_hz < self.fmax_hz <= 1700.0:
            raise FlamsidError(
                "f0 range {fmin_hz:g}–{fmax_hz:g} Hz is not possible; "
                "55 ≤ fmin_hz < fmax_hz ≤ 1700 must hold, e.g. 65–1200.",
                fmin_hz=self.fmin_hz,
                fmax_hz=self.fmax_hz,
            )
        for name, low, high in (
            ("threshold", -20.0, 20.0),
            ("harmonics", 1, 50),
            ("harmonic_weight", 0.1, 1.0),
            ("magnitude_exponent", 0.1, 2.0),
            ("peak_range_db", 10.0, 100.0),
        ):
            if not low <= getattr(self, name) <= high:
                raise FlamsidError(
                    "{name} is {value}; give a value from {low:g} to {high:g}.",
                    name=name,
                    value=getattr(self, name),
                    low=low,
                    high=high,
                )

    @property
    def votes(self) -> salience.Votes:
        """How the peaks of a spectrum vote."""
        return salience.Votes(
            self.harmonics, self.harmonic_weight, self.magnitude_exponent, self.peak_range_db
        )


def track_f0(
    signal: ArrayLike,
    sample_rate_hz: float,
    *,
    method: str | None = None,
    params: MelodyParams | None = None,
) -> pd.DataFrame:
    """Track the fundamental frequency of one voice.

    Parameters
    ----------
    signal : array_like, shape (n,)
        One channel, any finite level.
    sample_rate_hz : float
        Resampled to 44.1 kHz (soxr) when it is another.
    method : str, optional
        Overrides that of `params`; "salience" when neither is given.
    params : MelodyParams, optional

    Returns
    -------
    pandas.DataFrame
        time_s (centre of the frame), f0_hz (0 where unvoiced), confidence (0–1: how probably the frame is
        voiced).

    Raises
    ------
    FlamsidError
        When the signal is empty, not one channel, shorter than 10 ms or not finite, the sample rate not
        positive, or the method not installed.

    Examples
    --------
    >>> import numpy as np
    >>> phase = 2 * np.pi * 220.0 * np.arange(44_100) / 44_100
    >>> melody = track_f0(sum(np.sin(k * phase) / k for k in range(1, 9)), 44_100)
    >>> round(float(melody["f0_hz"].median()))
    220

    References
    ----------
    Salamon, Gómez & Bonada (2011), "Sinusoid extraction and salience function design for predominant melody
    estimation", DAFx-11.
    """
    params = params or MelodyParams()
    if method is not None:
        params = replace(params, method=method)
    return TRACKERS[params.method](_checked(signal, sample_rate_hz), sample_rate_hz, params)


@TRACKERS.register("salience", built_in=True)
def _salience(mono: NDArray[np.float32], sample_rate_hz: float, params: MelodyParams) -> pd.DataFrame:
    blocks = (mono[i : i + _BLOCK_SAMPLES] for i in range(0, len(mono), _BLOCK_SAMPLES))
    return decide(analyse_blocks(blocks, sample_rate_hz, params.votes), params)


@TRACKERS.register("pyin", built_in=True)
def _pyin(mono: NDArray[np.float32], sample_rate_hz: float, params: MelodyParams) -> pd.DataFrame:
    return peers.track_pyin(mono, sample_rate_hz, params.fmin_hz, params.fmax_hz)


@TRACKERS.register("swift", built_in=True)
def _swift(mono: NDArray[np.float32], sample_rate_hz: float, params: MelodyParams) -> pd.DataFrame:
    return peers.track_swift(mono, sample_rate_hz, params.fmin_hz, params.fmax_hz)


@TRACKERS.register("given", built_in=True)
def _given(mono: NDArray[np.float32], sample_rate_hz: float, params: MelodyParams) -> pd.DataFrame:
    raise FlamsidError(
        "A given f0 belongs to a file: put it beside the recording and run flamsid melody, or read it with "
        "flamsid_core.formats.read_f0."
    )


def track_file(
    path: str | os.PathLike[str],
    params: MelodyParams | None = None,
    on_progress: Progress | None = None,
    *,
    speed: float = 0.0,
) -> pd.DataFrame:
    """Track a sound file of any length in bounded memory (about 300 MB for an hour).

    Equal to `track_f0` of the whole signal. pyin and swift-f0 read the whole file.

    Parameters
    ----------
    path : path
        A sound file; channels are averaged.
    params : MelodyParams, optional
    on_progress : callable, optional
        Called with a fraction from 0 to 1 and a short text; what it raises passes through.
    speed : float
        Percent that the carrier ran too fast: time and f0 are those of the singing (`speed.at_speed`).

    Returns
    -------
    pandas.DataFrame
        As `track_f0`.

    Raises
    ------
    FlamsidError
        When the file cannot be read, is truncated, or is shorter than 10 ms.

    Examples
    --------
    >>> import numpy as np, soundfile
    >>> phase = 2 * np.pi * 220.0 * np.arange(44_100) / 44_100
    >>> soundfile.write("a.wav", sum(np.sin(k * phase) / k for k in range(1, 9)) / 4, 44_100)
    >>> melody = track_file("a.wav")
    >>> list(melody.columns), round(float(melody["f0_hz"].median()))
    (['time_s', 'f0_hz', 'confidence'], 220)
    """
    path = Path(path)
    params = params or MelodyParams()
    if params.method != "salience":
        return at_speed(track_f0(*read_audio(path), params=params), speed)
    with open_sound(path) as sound:
        rate_hz, n_samples = sound.samplerate, sound.frames
        _check_length(n_samples, rate_hz)

        def blocks() -> Iterator[NDArray[np.float32]]:
            done = 0
            for block in sound_blocks(sound, path, 0, n_samples):
                yield block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)
                done += len(block)
                if on_progress is not None:
                    on_progress(min(1.0, done / n_samples), Message("f0 of {name}", name=path.name))

        return at_speed(decide(analyse_blocks(blocks(), rate_hz, params.votes), params), speed)


def decide(frames: Frames, params: MelodyParams) -> pd.DataFrame:
    """Choose one melody from what `analyse_blocks` found and say where it is sung."""
    candidates = frames.candidates
    path = melody_path(candidates)
    evidence = voicing.voicing_evidence(frames, path) - params.threshold
    rows = np.arange(len(path))
    path_hz = candidates[rows, path, salience.CAND_HZ].astype(np.float64)
    evidence[(path_hz < params.fmin_hz) | (path_hz > params.fmax_hz)] = -voicing.MOST
    voiced = tracking.voiced_frames(evidence, tracking.SWITCH_COST)
    tracking.drop_short_runs(voiced, round(MIN_VOICED_S / HOP_S))
    f0_hz = np.where(voiced, path_hz, 0.0)
    tracking.hold_ends(f0_hz, candidates[rows, path, salience.CAND_HARMONICITY])
    return pd.DataFrame(
        {"time_s": rows * HOP_S, "f0_hz": f0_hz, "confidence": 1.0 / (1.0 + np.exp(-evidence))}
    )


def melody_path(candidates: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the column of the candidate that the melody takes in each frame, sung or not.

    A frame counts as much as its strongest candidate is harmonic: noise does not pull the melody away.
    """
    strength = candidates[:, :, salience.CAND_SALIENCE]
    strongest = strength[:, :1]
    present = strength > 0.0
    present[:, 0] = True  # a silent frame has one candidate, of any pitch
    trust = np.clip(candidates[:, :1, salience.CAND_HARMONICITY], 0.1, 1.0)
    share = candidates[:, :, salience.CAND_HARMONICITY]
    most = np.maximum(share.max(axis=1, keepdims=True), 1e-6)
    relative = strength / np.maximum(strongest, 1e-30) * np.sqrt(share / most)
    gain = np.where(present, trust * relative, -np.inf).astype(np.float32)
    log2_hz = np.log2(np.maximum(candidates[:, :, salience.CAND_HZ], 1.0))
    return tracking.best_path(log2_hz, gain, tracking.JUMP_COST_PER_OCTAVE, tracking.MAX_JUMP_COST)


def _checked(signal: ArrayLike, sample_rate_hz: float) -> NDArray[np.float32]:
    mono = np.asarray(signal)
    if mono.ndim != 1:
        raise FlamsidError(
            "signal has shape {shape}; give one channel, e.g. signal.mean(axis=1).", shape=mono.shape
        )
    if not np.isfinite(sample_rate_hz) or sample_rate_hz <= 0:
        raise FlamsidError(
            "sample rate is {sample_rate_hz}; give it in Hz, e.g. 44100.", sample_rate_hz=sample_rate_hz
        )
    _check_length(len(mono), sample_rate_hz)
    mono = mono.astype(np.float32, copy=False)
    if not np.isfinite(mono).all():
        at = np.flatnonzero(~np.isfinite(mono))[0] / sample_rate_hz
        raise FlamsidError(
            "signal is not finite at {at:.3f} s; decode it again or set such samples to 0.", at=at
        )
    if np.abs(mono).max() > _LOUDEST:
        raise FlamsidError(
            "signal has samples beyond ±{loudest:g}; scale it, full scale is ±1.", loudest=_LOUDEST
        )
    return mono


def _check_length(n_samples: int, sample_rate_hz: float) -> None:
    if n_samples < 0.01 * sample_rate_hz:
        raise FlamsidError(
            "signal has {n_samples} samples; an f0 track needs at least 10 ms of sound.", n_samples=n_samples
        )
