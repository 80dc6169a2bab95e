"""Voices made of harmonics under an envelope of their own, over hiss: recordings with f0 known exactly."""

import numpy as np
import pandas as pd

RATE_HZ = 16_000
PHRASE_S, PAUSE_S = 1.5, 0.5


def envelope_of(singer: int) -> np.ndarray:
    """Return formants (hz, width in Hz, gain in dB) of a singer."""
    rng = np.random.default_rng(100 + singer)
    centres = np.sort(rng.uniform(300, 6500, 5))
    return np.column_stack([centres, rng.uniform(150, 500, 5), rng.uniform(10, 30, 5)])


def recording(
    singer: int, song: int, phrases: int = 4, hiss_db: float = -70.0
) -> tuple[np.ndarray, pd.DataFrame]:
    """Return a signal at `RATE_HZ` and its melody: phrases that glide, pauses between them."""
    rng = np.random.default_rng(1000 * singer + song)
    formants = envelope_of(singer)
    formants[:, 2] += rng.normal(0, 1.0, 5)
    parts, f0 = [], []
    for _ in range(phrases):
        t = np.arange(round(PHRASE_S * RATE_HZ)) / RATE_HZ
        f0_hz = rng.uniform(180, 260) * 2 ** (
            rng.uniform(-0.3, 0.3) * t / PHRASE_S + 0.02 * np.sin(2 * np.pi * 5 * t)
        )
        phase = 2 * np.pi * np.cumsum(f0_hz) / RATE_HZ
        sound = np.zeros(len(t))
        for h in range(1, 44):
            hz = h * f0_hz
            gain_db = -6 * np.log2(h) + sum(g * np.exp(-0.5 * ((hz - c) / w) ** 2) for c, w, g in formants)
            sound += np.where(hz < 7900, 10 ** (gain_db / 20), 0.0) * np.cos(h * phase + rng.uniform(0, 6))
        swell = 0.6 + 0.4 * np.sin(np.pi * t / PHRASE_S + rng.uniform(0, 1))
        parts += [0.02 * sound * swell, np.zeros(round(PAUSE_S * RATE_HZ))]
        f0 += [f0_hz[::160], np.zeros(round(PAUSE_S * 100))]
    signal = np.concatenate(parts)
    signal += np.sqrt(np.mean(signal**2)) * 10 ** (hiss_db / 20) * rng.normal(size=len(signal))
    track = np.concatenate(f0)
    return signal, pd.DataFrame({"time_s": np.arange(len(track)) * 0.01, "f0_hz": track})
