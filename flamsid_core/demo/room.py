"""What stands between the singer and us: room, microphone, tape or lacquer, noise and the label's level.

This is the album effect: recordings of one label share all of it, whoever sings.
"""

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

from flamsid_core.demo.singers import Label
from flamsid_core.demo.tracks import SAMPLE_RATE_HZ, Floats

# Between recordings of one label: tilt over the band, and one broad peak or dip of its own.
_SESSION_TILT_DB = 4.0
_SESSION_PEAK_DB = 5.0


def record(voice: Floats, label: Label, rng: np.random.Generator) -> Floats:
    """Put a dry voice on a record.

    Parameters
    ----------
    voice : numpy.ndarray
        (samples,) at 44.1 kHz, any level.
    label : Label
        Room, band, noise and level.
    rng : numpy.random.Generator
        Noise, crackle and the small differences between sessions.

    Returns
    -------
    numpy.ndarray
        (samples,), its peak at the label's level (at most −3 dBFS), never clipped.
    """
    wet = fftconvolve(voice, _room(label))[: len(voice)]
    band = butter(3, [label.low_hz, label.high_hz], "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    sound = _tilt(wet, rng.uniform(-1.0, 1.0) * _SESSION_TILT_DB)
    sound = _colour(sound, *label.presence)
    sound = _colour(sound, 600.0 * 8.0 ** rng.random(), rng.uniform(-1.0, 1.0) * _SESSION_PEAK_DB)
    sound = sosfilt(band, sound)
    sound /= np.abs(sound).max()
    # Tape and lacquer press the loudest moments a little.
    sound = np.tanh(label.drive * sound) / np.tanh(label.drive)
    peak = 10.0 ** ((label.peak_dbfs - rng.uniform(0.0, 1.5)) / 20.0)
    sound *= peak
    sound += sosfilt(band, _noise(label, len(voice), rng))
    return sound * min(1.0, peak / np.abs(sound).max())


def _room(label: Label) -> Floats:
    """Make the impulse response of the label's one studio: direct sound, reflections, a darkening tail."""
    rng = np.random.default_rng(label.room_seed)
    n = int(1.1 * label.rt60_s * SAMPLE_RATE_HZ)
    time_s = np.arange(n) / SAMPLE_RATE_HZ
    tail = rng.standard_normal(n) * 10.0 ** (-3.0 * time_s / label.rt60_s)
    tail = sosfilt(butter(1, 3500.0, "lowpass", fs=SAMPLE_RATE_HZ, output="sos"), tail)
    tail[time_s < 0.012] = 0.0
    for _ in range(6):
        tail[int(rng.uniform(0.004, 0.03) * SAMPLE_RATE_HZ)] += rng.choice([-1.0, 1.0]) * rng.uniform(
            2.0, 5.0
        )
    response = 10.0 ** (label.wet_db / 20.0) * tail / np.sqrt(np.sum(tail**2))
    response[0] += 1.0
    return response


def _tilt(sound: Floats, tilt_db: float) -> Floats:
    """Raise the treble by `tilt_db` against the bass, around 1.5 kHz: another microphone or distance."""
    low = sosfilt(butter(1, 1500.0, "lowpass", fs=SAMPLE_RATE_HZ, output="sos"), sound)
    return 10.0 ** (-tilt_db / 40.0) * low + 10.0 ** (tilt_db / 40.0) * (sound - low)


def _colour(sound: Floats, centre_hz: float, height_db: float) -> Floats:
    """Raise or lower an octave and a half around a frequency: a bell filter with a Q of 0.9."""
    amount = 10.0 ** (height_db / 40.0)
    omega = 2 * np.pi * centre_hz / SAMPLE_RATE_HZ
    width = np.sin(omega) / (2 * 0.9)
    turn = -2 * np.cos(omega)
    section = [1 + width * amount, turn, 1 - width * amount, 1 + width / amount, turn, 1 - width / amount]
    return sosfilt(np.array([section]) / section[3], sound)


def _noise(label: Label, samples: int, rng: np.random.Generator) -> Floats:
    """Make hiss, mains hum with two overtones, and crackle."""
    noise = 10.0 ** (label.hiss_dbfs / 20.0) * rng.standard_normal(samples)
    time_s = np.arange(samples) / SAMPLE_RATE_HZ
    for overtone, share in ((1, 1.0), (2, 0.6), (3, 0.4)):
        hum = np.sin(2 * np.pi * 50.0 * overtone * time_s + rng.uniform(0, 2 * np.pi))
        noise += np.sqrt(2.0) * 10.0 ** (label.hum_dbfs / 20.0) * share * hum
    clicks = rng.poisson(label.crackle_per_s * samples / SAMPLE_RATE_HZ)
    where = rng.integers(0, samples, clicks)
    size = (
        10.0 ** (label.hiss_dbfs / 20.0) * rng.lognormal(1.8, 0.7, clicks) * rng.choice([-1.0, 1.0], clicks)
    )
    np.add.at(noise, where, 2.0 * size)
    return noise
