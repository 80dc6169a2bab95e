"""Find the weights that voicing adds in noise and in rooms (`flamsid_core/melody/voicing.py`).

Logistic regression over the frames of one song of each tuning singer of MIR-1K in all conditions of
`f0_conditions.py`. The weights for clean singing are held, so that nothing changes there. Prints the constants and
what the decision is worth on the same songs, without and with them.

    python benchmarks/f0_tuning.py [--data DIR] [--seconds 25]
"""

import argparse
import zlib
from pathlib import Path

import numpy as np
import soxr
from f0_conditions import CONDITIONS, RATE_HZ, make
from f0_data import DATA, mir1k
from scipy.optimize import minimize

from flamsid_core.melody import MelodyParams, voicing
from flamsid_core.melody.analysis import HOP_S, analyse_blocks
from flamsid_core.melody.f0 import melody_path

SHRINKAGE = 30.0


def frames_of(signal: np.ndarray, time_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the added features and the evidence without them, at the given times."""
    frames = analyse_blocks([signal], RATE_HZ, MelodyParams().votes)
    path = melody_path(frames.candidates)
    features = voicing.voicing_features(frames, path)
    evidence = features @ voicing.WEIGHTS + voicing.INTERCEPT
    room = voicing.room_features(frames, features[:, 0])
    added = np.column_stack([voicing.how_noisy(frames, evidence), room])
    rows = np.minimum(np.rint(time_s / HOP_S).astype(int), len(path) - 1)
    return added[rows], evidence[rows]


def fit(x: np.ndarray, offset: np.ndarray, voiced: np.ndarray) -> np.ndarray:
    scale = x.std(axis=0)
    x = x / scale

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        log_odds = np.clip(x @ weights + offset, -30.0, 30.0)
        probability = 1.0 / (1.0 + np.exp(-log_odds))
        value = np.sum(np.logaddexp(0.0, log_odds) - voiced * log_odds) + SHRINKAGE / 2.0 * weights @ weights
        return value, x.T @ (probability - voiced) + SHRINKAGE * weights

    return minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x / scale


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--seconds", type=float, default=25.0)
    options = parser.parse_args()
    x, offset, voiced, kind = [], [], [], []
    for song in mir1k(options.data):
        if song.half != "tuning" or not song.name.endswith("_2"):
            continue
        signal, rate_hz = song.audio()
        signal = soxr.resample(signal[: int(options.seconds * rate_hz)], rate_hz, RATE_HZ)
        signal = 0.5 * signal / np.abs(signal).max()
        inside = song.time_s < len(signal) / RATE_HZ
        for name in CONDITIONS:
            added, evidence = frames_of(
                make(name, signal, zlib.crc32(song.name.encode())), song.time_s[inside]
            )
            x.append(added)
            offset.append(evidence)
            voiced.append(song.f0_hz[inside] > 0.0)
            kind.append(np.full(len(evidence), name))
        print(song.name, flush=True)
    x, offset, voiced, kind = (np.concatenate(part) for part in (x, offset, voiced, kind))
    weights = fit(x, offset, voiced)
    print(f"\nNOISE_WEIGHT = {weights[0]:.3f}")
    print(f"ROOM_FEATURES = {voicing.ROOM_FEATURES}")
    print("ROOM_WEIGHTS =", [round(float(w), 3) for w in weights[1:]])
    print("\nframes alone: recall, false alarms; without, with")
    for name in CONDITIONS:
        these = kind == name
        print(f"  {name:18s}", end="")
        for evidence in (offset, offset + x @ weights):
            decided = evidence[these] > 0.0
            sung = voiced[these]
            print(f" {np.mean(decided[sung]):.3f} {np.mean(decided[~sung]):.3f} ", end="")
        print()


if __name__ == "__main__":
    main()
