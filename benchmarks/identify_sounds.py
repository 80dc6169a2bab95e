"""Sounds that recordings come in: channels, noise, codecs, rooms, wrong speeds."""

import io

import numpy as np
import soundfile
import soxr
from scipy.signal import butter, fftconvolve, sosfilt

from flamsid_core.singers.features.harmonic import SAMPLE_RATE_HZ


def through_channel(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Send a signal through a random smooth response, limits of band and a gain, as `experiment_controls` does."""
    spectrum, hz = np.fft.rfft(x), np.fft.rfftfreq(len(x), 1 / SAMPLE_RATE_HZ)
    knots_hz = np.geomspace(60, SAMPLE_RATE_HZ / 2, 9)
    response_db = np.interp(np.log(np.maximum(hz, 1)), np.log(knots_hz), rng.normal(0, 8.0, 9))
    low_hz, high_hz = rng.uniform(60, 250), rng.uniform(3000, 7000)
    response_db -= 10 * np.log10(1 + (low_hz / np.maximum(hz, 1)) ** 4)
    response_db -= 10 * np.log10(1 + (hz / high_hz) ** 8)
    heard = np.fft.irfft(spectrum * 10 ** (response_db / 20), len(x))
    return heard * rng.uniform(0.1, 0.9) / np.abs(heard).max()


def with_noise(x: np.ndarray, rng: np.random.Generator, *, pink: bool = False) -> np.ndarray:
    """Add white or pink noise 20 to 35 dB below the signal."""
    snr_db = rng.uniform(20, 35)
    noise = rng.normal(size=len(x))
    if pink:
        noise = np.fft.irfft(np.fft.rfft(noise) / np.sqrt(np.maximum(np.arange(len(x) // 2 + 1), 1)), len(x))
        noise /= noise.std()
    return x + noise * np.sqrt(np.mean(x**2) / 10 ** (snr_db / 10))


def as_mp3(x: np.ndarray) -> np.ndarray:
    """Encode at 64 kbit/s and decode."""
    for level in np.linspace(0.2, 0.9, 15):  # libsndfile takes a level, not a rate
        coded = io.BytesIO()
        soundfile.write(
            coded,
            x,
            SAMPLE_RATE_HZ,
            format="MP3",
            subtype="MPEG_LAYER_III",
            bitrate_mode="CONSTANT",
            compression_level=float(level),
        )
        if len(coded.getvalue()) * 8 / (len(x) / SAMPLE_RATE_HZ) < 65_500:
            break
    coded.seek(0)
    return soundfile.read(coded)[0][: len(x)]


def telephone(x: np.ndarray) -> np.ndarray:
    """300 to 3,400 Hz at 8 kHz, eight bits by the µ-law."""
    narrow = sosfilt(
        butter(4, [300, 3400], "bandpass", fs=8000, output="sos"), soxr.resample(x, SAMPLE_RATE_HZ, 8000)
    )
    narrow = 0.9 * narrow / np.abs(narrow).max()
    coded = np.round(127 * np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256)) / 127
    return soxr.resample(np.sign(coded) * (256 ** np.abs(coded) - 1) / 255, 8000, SAMPLE_RATE_HZ)[: len(x)]


def reverberated(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put a voice into a room of one second, 3 dB below the direct sound."""
    tail = rng.normal(size=SAMPLE_RATE_HZ) * 10 ** (-3 * np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ)
    tail[: round(0.002 * SAMPLE_RATE_HZ)] = 0.0
    tail *= 10 ** (-3 / 20) / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    return fftconvolve(x, tail)[: len(x)]


def sound_of(kind: str, x: np.ndarray, number: int, *, part: int = 0) -> np.ndarray:
    """Return a recording, or a part of one, in one kind of sound; all chance comes from their numbers.

    Parts of a recording have its channel and gain, each has noise of its own.
    """
    own = number + 100_000 * part
    rng, noise = np.random.default_rng(number), np.random.default_rng(own + 1000)
    limit = np.abs(x).max() / 10 ** (12 / 20)
    made = {
        "as": lambda: x,
        "channel": lambda: through_channel(x, rng),
        "channel+noise": lambda: with_noise(through_channel(x, rng), noise),
        "8 kHz": lambda: soxr.resample(soxr.resample(x, SAMPLE_RATE_HZ, 8000), 8000, SAMPLE_RATE_HZ)[
            : len(x)
        ],
        "MP3": lambda: as_mp3(x),
        "clipped": lambda: np.clip(x, -limit, limit),
        "reverberation": lambda: reverberated(x, np.random.default_rng(own + 3000)),
        "telephone": lambda: telephone(x),
        "pink noise": lambda: with_noise(x, np.random.default_rng(own + 2000), pink=True),
        "faster 6 %": lambda: soxr.resample(x, SAMPLE_RATE_HZ * 1.06, SAMPLE_RATE_HZ),
        "slower 6 %": lambda: soxr.resample(x, SAMPLE_RATE_HZ * 0.94, SAMPLE_RATE_HZ),
    }
    return made[kind]().astype(np.float32)
