"""From consecutive blocks of sound to what is known of each frame: candidates for f0, power, noise.

In this order: clicks are bridged (at the sound's own rate, where they are short), the sound is brought to
11,025 Hz, what is constant and hum are taken away, spectra are taken, the noise of half a minute on
either side is looked at, and the peaks of each spectrum vote for the fundamentals that they may belong to. About
ten megabytes of spectra wait for the look-ahead, whatever the length.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import scipy.fft
import soxr
from numpy.typing import NDArray

from flamsid_core.melody import salience
from flamsid_core.melody.clicks import without_clicks, without_constant
from flamsid_core.melody.hum import Hum, without_hum
from flamsid_core.melody.noise import CHUNK_FRAMES, CHUNKS_AROUND, FirstLook, NoiseProfile

HOP_S = 256 / 44100
# Nothing above 5 kHz is looked at; window and hop are those of 2048 and 256 samples at 44.1 kHz.
RATE_HZ = 11025
HOP = 64
WINDOW = 512
# Zero padding by two and a parabola place a sinusoid within 0.02 bins.
N_FFT = 1024
PEAK_MAX_HZ = 5000.0
VOTE_MAX_HZ = 3000.0
N_BINS = int(PEAK_MAX_HZ * N_FFT / RATE_HZ) + 2
LOWEST_BIN = int(salience.LOWEST_HZ * N_FFT / RATE_HZ)
NOISE_SUBTRACTED = np.float32(2.0)  # times the mean noise: a peak this high is noise as likely as not
_FRAMES_PER_BATCH = 96


@dataclass
class Met:
    """What was met on the way: how many clicks were bridged, the hum, and the sum of squares of what is left."""

    n_clicks: int = 0
    hum: Hum = field(default_factory=Hum)
    squares: float = 0.0
    n_samples: int = 0


@dataclass(frozen=True)
class Frames:
    """What is known of each frame before anything is decided.

    Parameters
    ----------
    candidates : numpy.ndarray, shape (frames, candidates, 3)
        Hz, salience, harmonicity of the strongest candidates.
    power : numpy.ndarray, shape (frames,)
        Power from 55 Hz to 5 kHz, noisy bins trusted less.
    noise : numpy.ndarray, shape (frames,)
        Of which this much is noise.
    suspected : numpy.ndarray, shape (frames,)
        Of which this much is noise when even a short clip is taken at its word.
    met : Met
    """

    candidates: NDArray[np.float32]
    power: NDArray[np.float32]
    noise: NDArray[np.float32]
    suspected: NDArray[np.float32]
    met: Met


def analyse_blocks(blocks: Iterable[NDArray[np.float32]], rate_hz: float, votes: salience.Votes) -> Frames:
    """Analyse consecutive blocks of one channel, of any length: one frame per 5.8 ms, the first at 0 s."""
    met = Met()
    tables = [
        _candidates(power, look, votes)
        for power, look in _with_profile(_spectra(cleaned(blocks, rate_hz, met)))
    ]
    candidates, power, noise, suspected = (np.concatenate(part) for part in zip(*tables, strict=True))
    return Frames(candidates, power, noise, suspected, met)


def cleaned(blocks: Iterable[NDArray[np.float32]], rate_hz: float, met: Met) -> Iterator[NDArray[np.float32]]:
    """Yield the sound at 11,025 Hz without what is constant, clicks and hum."""
    declicked = _resampled(_without_clicks(blocks, rate_hz, met), rate_hz)
    for block in without_hum(without_constant(declicked, RATE_HZ), RATE_HZ, met.hum):
        met.squares += float(np.dot(block, block))
        met.n_samples += len(block)
        yield block


def _without_clicks(
    blocks: Iterable[NDArray[np.float32]], rate_hz: float, met: Met
) -> Iterator[NDArray[np.float32]]:
    for signal, n_clicks in without_clicks(blocks, rate_hz):
        met.n_clicks += n_clicks
        yield signal


def _resampled(blocks: Iterable[NDArray[np.float32]], rate_hz: float) -> Iterator[NDArray[np.float32]]:
    if rate_hz == RATE_HZ:
        yield from blocks
        return
    stream = soxr.ResampleStream(rate_hz, RATE_HZ, 1, dtype="float32")
    for block in blocks:
        yield stream.resample_chunk(np.ascontiguousarray(block))
    yield stream.resample_chunk(np.empty(0, dtype=np.float32), last=True)


def _spectra(blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Yield power spectra in chunks of 5 s, shape (frames, N_BINS); the last chunk is shorter."""
    pending = np.zeros(WINDOW // 2, dtype=np.float32)
    whole = (CHUNK_FRAMES - 1) * HOP + WINDOW
    n_samples = n_frames = 0
    for block in blocks:
        n_samples += len(block)
        pending = np.concatenate((pending, block))
        while len(pending) >= whole:
            yield _power_spectra(pending, CHUNK_FRAMES)
            pending = pending[CHUNK_FRAMES * HOP :]
            n_frames += CHUNK_FRAMES
    left = 1 + n_samples // HOP - n_frames
    while left > 0:
        n = min(left, CHUNK_FRAMES)
        padded = np.zeros((n - 1) * HOP + WINDOW, dtype=np.float32)
        padded[: min(len(pending), len(padded))] = pending[: len(padded)]
        yield _power_spectra(padded, n)
        pending = pending[n * HOP :]
        left -= n


def _power_spectra(samples: NDArray[np.float32], n: int) -> NDArray[np.float32]:
    window = (np.hanning(WINDOW + 1)[:-1] * 2.0 / WINDOW).astype(np.float32)
    framed = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    power = np.empty((n, N_BINS), dtype=np.float32)
    for first in range(0, n, _FRAMES_PER_BATCH):
        batch = slice(first, min(n, first + _FRAMES_PER_BATCH))
        spectra = scipy.fft.rfft(framed[batch] * window, N_FFT, axis=1, workers=1)
        salience.write_power(spectra, power[batch])
    return power


def _with_profile(
    chunks: Iterable[NDArray[np.float32]],
) -> Iterator[tuple[NDArray[np.float32], NoiseProfile]]:
    """Pair each chunk of spectra with the noise of the chunks around it."""
    look = FirstLook(N_BINS)
    waiting: deque[NDArray[np.float32]] = deque()
    n_out = 0
    for chunk in chunks:
        look.add(chunk)
        waiting.append(chunk)
        if len(waiting) > CHUNKS_AROUND:
            yield waiting.popleft(), look.profile()
            n_out += 1
    while waiting:
        yield waiting.popleft(), look.profile()
        n_out += 1
        if waiting and n_out > CHUNKS_AROUND:
            look.forget()


def _candidates(
    power: NDArray[np.float32], profile: NoiseProfile, votes: salience.Votes
) -> tuple[NDArray[np.float32], ...]:
    n = len(power)
    candidates = np.zeros((n, salience.N_CANDIDATES, 3), dtype=np.float32)
    trusted = np.empty(n, dtype=np.float32)
    salience.analyse_power(
        power,
        profile.weight,
        NOISE_SUBTRACTED * profile.noise,
        RATE_HZ / N_FFT,
        PEAK_MAX_HZ,
        VOTE_MAX_HZ,
        votes.range_db,
        votes.magnitude_exponent,
        votes.harmonics,
        votes.harmonic_weight,
        salience.vote_weights(),
        candidates,
        trusted,
    )
    noise, suspected = (
        np.full(n, np.sum((profile.weight * kind)[LOWEST_BIN:]), dtype=np.float32)
        for kind in (profile.noise, profile.suspected)
    )
    return candidates, trusted, noise, suspected
