"""Sounds that records and their transfers make: hum of any mains, offsets that jump, coarse samples, any rate."""

import numpy as np
import pytest
import soxr
from test_f0_noise import song

from flamsid_core.melody import track_f0

RATE_HZ = 44100
VOICE, _ = song(RATE_HZ, 8.0)
TIME_S = np.arange(len(VOICE)) / RATE_HZ


@pytest.fixture(scope="module")
def clean():
    return track_f0(VOICE, RATE_HZ)


def partials(phase, n):
    """Return a sound of n harmonics of a fundamental of this phase, the higher the weaker."""
    return sum(np.sin(2 * np.pi * h * phase + h) / h for h in range(1, n + 1))


def beside(sound, db):
    """Return a sound so many dB below the voice."""
    return sound * np.sqrt(np.mean(VOICE**2) / np.mean(sound**2)) * 10 ** (-db / 20)


def breathing_noise():
    return np.random.default_rng(3).standard_normal(len(VOICE)) * (1 + np.sin(2 * np.pi * 4 * TIME_S))


DRIFTING = 50 * TIME_S + 1.5 * TIME_S**2 / TIME_S[-1]  # mains from 50 to 53 Hz
ADDED = {
    "hum at 100 Hz as loud as the voice": beside(partials(100 * TIME_S, 12), 0),
    "60 Hz mains as loud as the voice": beside(partials(60 * TIME_S, 10), 0),
    "hum of a carrier that drifts": beside(partials(DRIFTING, 7), 10),
    "an offset that jumps": 0.5 * (np.floor(TIME_S / 1.3) % 2),
    "noise that swells": beside(breathing_noise(), 10),
}
MADE = {
    "very quiet": (1e-4 * VOICE, RATE_HZ),
    "8 bit": (np.round(VOICE / np.abs(VOICE).max() * 128) / 128, RATE_HZ),
    **{f"{hz} Hz": (soxr.resample(VOICE, RATE_HZ, hz), hz) for hz in (5500, 7000, 96000, 192000)},
}
MADE |= {name: (VOICE + sound, RATE_HZ) for name, sound in ADDED.items()}


@pytest.mark.parametrize("name", MADE)
def test_the_melody_stays(clean, name):
    signal, rate_hz = MADE[name]
    melody = track_f0(signal.astype(np.float32), rate_hz)
    n = min(len(melody), len(clean))
    there, here = (table["f0_hz"].to_numpy()[:n] for table in (clean, melody))
    assert np.mean((there > 0) == (here > 0)) > 0.97
    both = (there > 0) & (here > 0)
    off = np.abs(1200 * np.log2(here[both] / there[both]))
    assert np.mean(off < 50) > 0.98
    assert np.median(off) < 1.0


def every(period):
    return np.where(np.arange(6 * RATE_HZ) % period == 0, 0.9, 0.0)


ALONE = {
    "a single sample": np.eye(1, RATE_HZ, RATE_HZ // 2)[0],
    "three pulses a second": every(RATE_HZ // 3),
    "twenty pulses a second": every(RATE_HZ // 20),
    "an offset that jumps": ADDED["an offset that jumps"],
    "noise that swells": breathing_noise(),
    "hum of a carrier that drifts": partials(DRIFTING, 7),
    "a voice above the range": partials(1300 * TIME_S, 3),
    "a voice below the range": partials(60.3 * TIME_S, 20),
}


@pytest.mark.parametrize("name", ALONE)
def test_nobody_sings(name):
    assert not (track_f0(0.1 * ALONE[name], RATE_HZ)["f0_hz"] > 0).any()


def test_silence_between_notes_stays_silent(clean):
    gated = VOICE * (np.floor(TIME_S / 0.7) % 2)
    melody = track_f0(gated, RATE_HZ)
    silent = (
        np.floor((melody["time_s"] - 0.05) / 0.7) % 2 + np.floor((melody["time_s"] + 0.05) / 0.7) % 2 == 0
    )
    assert not (melody["f0_hz"][silent] > 0).any()
