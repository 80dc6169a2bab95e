"""What is heard of the record rather than of the voice: bandwidth, hum, noise, clicks, room; and what was removed."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.fft
import soxr
from numpy.typing import NDArray

from flamsid_core.corpus.audio import open_sound, read_audio, sound_blocks
from flamsid_core.melody import voicing
from flamsid_core.melody.analysis import RATE_HZ, Met, analyse_blocks
from flamsid_core.melody.clicks import without_clicks, without_constant
from flamsid_core.melody.hum import Hum, without_hum
from flamsid_core.melody.salience import Votes
from flamsid_core.messages import Message

# Of a loud moment's spectrum, what is further below its strongest part is not there.
_AUDIBLE_DB = 70.0
_ABOVE_QUIET_DB = 6.0
_SPECTRUM = 4096
# Below these, nothing is said of it.
_LEAST_CLICKS_PER_S = 0.5
_QUIET_NOISE_DB = 45.0
_LEAST_HUM_SHARE = 1 / 3
_A_ROOM = 0.3


@dataclass(frozen=True)
class Heard:
    """What was heard of a record.

    Attributes
    ----------
    bandwidth_hz : float
        The highest frequency at which loud moments stand out of quiet ones.
    hum_hz, hum_db : float
        Fundamental of the hum, 0 when a third of the recording does not have it, and its level against the rest.
    mains_hz : tuple of float
        The fundamental in each 3 s of the recording, 0 where there is no hum.
    noise_db : float
        How far the noise between the notes lies below the loud notes, up to 5 kHz; infinite where there is none.
    clicks_per_s : float
    room : float
        0–1: how surely the tails of a room are heard.
    """

    bandwidth_hz: float
    hum_hz: float
    hum_db: float
    mains_hz: tuple[float, ...]
    noise_db: float
    clicks_per_s: float
    room: float

    @property
    def sentence(self) -> Message:
        """Say all of it in one line."""
        hum = Message("no hum")
        if self.hum_hz > 0.0:
            hum = Message("hum at {hz:.1f} Hz ({db:.0f} dB)", hz=self.hum_hz, db=self.hum_db)
        noise = Message("little noise")
        if self.noise_db < _QUIET_NOISE_DB:
            noise = Message("noise {db:.0f} dB below the voice", db=self.noise_db)
        clicks = Message("no clicks")
        if self.clicks_per_s >= _LEAST_CLICKS_PER_S:
            clicks = Message("{n:.1f} clicks per second", n=self.clicks_per_s)
        room = Message("a room") if self.room >= _A_ROOM else Message("no room to speak of")
        return Message(
            "Heard of the record: up to {khz:.1f} kHz, {hum}, {noise}, {clicks}, {room}.",
            khz=self.bandwidth_hz / 1000.0,
            hum=hum,
            noise=noise,
            clicks=clicks,
            room=room,
        )


def hear_record(path: str | os.PathLike[str]) -> Heard:
    """Listen to a file, of any length in bounded memory, for what is the record's and not the voice's.

    Raises
    ------
    FlamsidError
        When the file cannot be read.
    """
    path = Path(path)
    with open_sound(path) as sound:
        rate_hz, n_samples = sound.samplerate, sound.frames
        band = _Bandwidth(rate_hz)

        def blocks() -> Iterator[NDArray[np.float32]]:
            for block in sound_blocks(sound, path, 0, n_samples):
                mono = np.ascontiguousarray(block[:, 0])
                band.add(mono)
                yield mono

        frames = analyse_blocks(blocks(), rate_hz, Votes())
    met = frames.met
    power_db = voicing.decibels(frames.power)
    noise = float(np.mean(frames.noise))
    noise_db = voicing.loud_level_db(power_db) - 10.0 * np.log10(noise) if noise > 1e-19 else np.inf
    room = float(np.max(voicing.how_much_room(frames, voicing.fastest_fall(frames))))
    hum_hz, hum_db = _hum_of(met)
    seconds = max(n_samples / rate_hz, 1e-3)
    return Heard(
        band.highest_hz(), hum_hz, hum_db, tuple(met.hum.mains_hz), noise_db, met.n_clicks / seconds, room
    )


def removed_sound(path: str | os.PathLike[str]) -> tuple[NDArray[np.float32], int]:
    """Return what the tracker takes out of a file before it listens for a voice: rumble below 20 Hz, clicks, hum.

    Returns
    -------
    signal : numpy.ndarray, shape (n,)
        The sound as it is less the cleaned sound.
    sample_rate_hz : int

    Raises
    ------
    FlamsidError
        When the file cannot be read.
    """
    signal, rate_hz = read_audio(path)
    declicked = np.concatenate(
        [part for part, _ in without_clicks(without_constant([signal], rate_hz), rate_hz)]
    )
    low = soxr.resample(declicked, rate_hz, RATE_HZ)
    hum = low - np.concatenate(list(without_hum([low], RATE_HZ, Hum())))
    removed = signal - declicked
    back = soxr.resample(hum, RATE_HZ, rate_hz)[: len(removed)]
    removed[: len(back)] += back
    return removed, rate_hz


def _hum_of(met: Met) -> tuple[float, float]:
    mains_hz = np.array(met.hum.mains_hz)
    there = mains_hz > 0.0
    if not there.any() or there.mean() < _LEAST_HUM_SHARE:
        return 0.0, -np.inf
    rest = met.squares / max(met.n_samples, 1) + 1e-20
    hum_db = 10.0 * np.log10(np.array(met.hum.power)[there].mean() / rest + 1e-20)
    return float(np.median(mains_hz[there])), float(hum_db)


class _Bandwidth:
    """Spectra of loud and quiet moments of consecutive blocks, one moment in a quarter of a second."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._spectra: list[NDArray[np.float32]] = []
        self._every = max(_SPECTRUM, int(rate_hz / 4))

    def add(self, signal: NDArray[np.float32]) -> None:
        window = np.hanning(_SPECTRUM).astype(np.float32)
        for start in range(0, len(signal) - _SPECTRUM + 1, self._every):
            spectrum = np.abs(scipy.fft.rfft(signal[start : start + _SPECTRUM] * window)) ** 2
            self._spectra.append(spectrum.astype(np.float32))
        while len(self._spectra) > 2000:  # 16 MB, enough of any length
            self._spectra = self._spectra[::2]
            self._every *= 2

    def highest_hz(self) -> float:
        if not self._spectra:
            return self._rate_hz / 2.0
        spectra = np.stack(self._spectra)
        loud = np.percentile(spectra, 90, axis=0) + 1e-20
        quiet = np.percentile(spectra, 10, axis=0) + 1e-20
        smooth = np.ones(15) / 15.0
        loud, quiet = np.convolve(loud, smooth, "same"), np.convolve(quiet, smooth, "same")
        there = (loud > loud.max() * 10.0 ** (-_AUDIBLE_DB / 10.0)) & (
            loud > quiet * 10.0 ** (_ABOVE_QUIET_DB / 10.0)
        )
        return float(np.flatnonzero(there).max(initial=0) * self._rate_hz / _SPECTRUM)
