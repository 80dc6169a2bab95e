"""Find the weights of the voicing decision (`flamsid_core/melody/voicing.py`) on the tuning halves.

Logistic regression over the frames of MIR-1K's tuning half, clean and made to sound like old records, and of
the flamenco clips' tuning half. Prints the constants and what the decision is worth within the tuning half.

    python benchmarks/f0_tuning.py [--data DIR]
"""

import argparse
from pathlib import Path

import numpy as np
import soxr
from f0_data import DATA, flamenco, mir1k
from scipy import signal as dsp
from sklearn.linear_model import LogisticRegression

from flamsid_core.melody import MelodyParams
from flamsid_core.melody.f0 import HOP, SAMPLE_RATE_HZ, analyse_blocks, melody_path
from flamsid_core.melody.voicing import FEATURES, voicing_features

SOUNDS = {"clean": 2.0, "hiss 20 dB": 1.0, "hiss 10 dB": 0.5, "room": 0.5, "room and hiss": 0.5, "noise": 1.0}
FLAMENCO_WEIGHT = 4.0


def hiss(signal: np.ndarray, snr_db: float, rng: np.random.Generator) -> np.ndarray:
    white = rng.standard_normal(len(signal))
    coloured = 0.7 * dsp.lfilter(*dsp.butter(1, 3000.0, fs=SAMPLE_RATE_HZ), white) + 0.3 * white
    return coloured * np.sqrt(np.mean(signal**2) / np.mean(coloured**2)) * 10.0 ** (-snr_db / 20.0)


def old_record(signal: np.ndarray, snr_db: float, high_hz: float, rng: np.random.Generator) -> np.ndarray:
    band = dsp.butter(3, [150.0, high_hz], "band", fs=SAMPLE_RATE_HZ, output="sos")
    out = dsp.sosfilt(band, signal)
    out = out + hiss(out, snr_db, rng)
    clicks = rng.integers(0, len(out), len(out) // 15000)
    out[clicks] += rng.standard_normal(len(clicks)) * np.abs(out).max() * 0.5
    return out


def room(signal: np.ndarray, decay_s: float, direct_db: float, rng: np.random.Generator) -> np.ndarray:
    n = int(decay_s * SAMPLE_RATE_HZ)
    tail = rng.standard_normal(n) * 10.0 ** (-3.0 * np.arange(n) / n)
    tail[:400] = 0.0
    tail = dsp.lfilter(*dsp.butter(1, 5000.0, fs=SAMPLE_RATE_HZ), tail)
    tail *= 10.0 ** (-direct_db / 20.0) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    return dsp.fftconvolve(signal, tail)[: len(signal)]


def sounds(signal: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    near = room(signal, 0.8, 3.0, rng)
    return {
        "clean": signal,
        "hiss 20 dB": old_record(signal, 20.0, 5000.0, rng),
        "hiss 10 dB": old_record(signal, 10.0, 6000.0, rng),
        "room": near + hiss(signal, 30.0, rng),
        "room and hiss": old_record(room(signal, 1.2, 6.0, rng), 18.0, 5000.0, rng),
        "noise": hiss(signal[: len(signal) // 4], 20.0, rng),
    }


def features(signal: np.ndarray, time_s: np.ndarray) -> np.ndarray:
    params = MelodyParams()
    tables = analyse_blocks([signal.astype(np.float32)], SAMPLE_RATE_HZ, params)
    rows = voicing_features(*tables, melody_path(tables[0]))
    return rows[np.minimum(np.rint(time_s * SAMPLE_RATE_HZ / HOP).astype(int), len(rows) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    data = parser.parse_args().data
    rng = np.random.default_rng(0)
    x, voiced, weight, kind = [], [], [], []
    for song in mir1k(data):
        if song.half != "tuning":
            continue
        signal, rate_hz = song.audio()
        for name, sound in sounds(soxr.resample(signal, rate_hz, SAMPLE_RATE_HZ), rng).items():
            inside = song.time_s < len(sound) / SAMPLE_RATE_HZ
            x.append(features(sound, song.time_s[inside]))
            voiced.append(song.f0_hz[inside] > 0.0 if name != "noise" else np.zeros(inside.sum(), dtype=bool))
            weight.append(np.full(inside.sum(), SOUNDS[name]))
            kind.append(np.full(inside.sum(), name))
        print(song.name, flush=True)
    for song in flamenco(data):
        if song.half == "tuning":
            signal, rate_hz = song.audio()
            x.append(features(soxr.resample(signal, rate_hz, SAMPLE_RATE_HZ), song.time_s))
            voiced.append(song.f0_hz > 0.0)
            weight.append(np.full(len(song.f0_hz), FLAMENCO_WEIGHT))
            kind.append(np.full(len(song.f0_hz), "flamenco"))
    x, voiced, weight, kind = (np.concatenate(part) for part in (x, voiced, weight, kind))
    centre, scale = x.mean(axis=0), x.std(axis=0)
    model = LogisticRegression(max_iter=500).fit((x - centre) / scale, voiced, sample_weight=weight)
    weights = model.coef_[0] / scale
    intercept = model.intercept_[0] - weights @ centre
    print(f"\nFEATURES = {FEATURES}")
    print("WEIGHTS =", [round(float(w), 4) for w in weights])
    print("INTERCEPT =", round(float(intercept), 3))
    log_odds = x @ weights + intercept
    for lean in (0.0, 0.5, 1.0, 1.5):
        print(f"frames alone, lean {lean}:")
        for name in dict.fromkeys(kind):
            these = kind == name
            recall = np.mean(log_odds[these & voiced] > -lean) if (these & voiced).any() else np.nan
            alarm = np.mean(log_odds[these & ~voiced] > -lean) if (these & ~voiced).any() else np.nan
            print(f"  {name:14s} recall {recall:.3f}  false alarm {alarm:.3f}")


if __name__ == "__main__":
    main()
