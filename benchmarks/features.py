"""How fast features are computed, and how far from librosa's, on the same clips in one thread.

    python benchmarks/features.py [--data DIR] [--clips N]

The peer calls librosa once per clip, as one would in a notebook. CPU seconds; both are warm. "as slices" computes the
same clips the way a corpus of recordings does: frames of all the sound once, clips are slices of them.
"""

import argparse
import os
import time

os.environ.update(OMP_NUM_THREADS="1", NUMBA_NUM_THREADS="1")

from pathlib import Path

import librosa
import numpy as np

from flamsid_core.corpus import AUDIO_SUFFIXES, read_audio
from flamsid_core.singers.features.cache import features_of_signal
from flamsid_core.singers.features.frames import FEATURES, FeatureParams, frame_features

RATE_HZ = 16000


def by_librosa(signal: np.ndarray, params: FeatureParams) -> np.ndarray:
    frame = {
        "n_fft": params.fft_points,
        "win_length": params.window_samples,
        "hop_length": params.hop_samples,
    }
    power = np.abs(librosa.stft(signal, **frame, pad_mode="constant")) ** 2
    if params.kind != "spectrogram":
        power = librosa.feature.melspectrogram(S=power, sr=RATE_HZ, n_mels=params.mel_bands)
    level_db = librosa.power_to_db(power, top_db=None)
    return (
        librosa.feature.mfcc(S=level_db, n_mfcc=params.coefficients) if params.kind == "mfcc" else level_db
    ).T


def timed(work, items) -> tuple[list, float]:
    work(items[0])
    start = time.process_time()
    found = [work(item) for item in items]
    return found, time.process_time() - start


def measure(clips: list[np.ndarray]) -> None:
    seconds = sum(map(len, clips)) / RATE_HZ
    print(f"{len(clips)} clips, {seconds:.0f} s of sound")
    print(
        f"{'':12} {'clips/s':>9} {'librosa':>9} {'ratio':>6} {'as slices':>10}  largest difference in audible bins"
    )
    whole = np.concatenate(clips)
    end_s = np.cumsum([len(clip) for clip in clips]) / RATE_HZ
    start_s = end_s - np.array([len(clip) for clip in clips]) / RATE_HZ
    for kind in FEATURES:
        params = FeatureParams(kind=kind)
        ours, ours_s = timed(lambda clip, params=params: frame_features(clip, params), clips)
        peer, peer_s = timed(lambda clip, params=params: by_librosa(clip, params), clips)
        _, slices_s = timed(lambda _, params=params: features_of_signal(whole, start_s, end_s, params), [0])
        worst = 0.0
        for a, b in zip(ours, peer, strict=True):
            heard = slice(None) if kind == "mfcc" else b > np.maximum(b.max(axis=1, keepdims=True) - 70, -90)
            worst = max(worst, float(np.abs(a - b)[heard].max(initial=0)))
        n = len(clips)
        print(
            f"{kind:12} {n / ours_s:9.0f} {n / peer_s:9.0f} {peer_s / ours_s:5.1f}× {n / slices_s:10.0f}"
            f"  {worst:.5f} dB"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--clips", type=int, default=500)
    arguments = parser.parse_args()
    folder = arguments.data / "flamenco-motifs"
    files = sorted(path for path in folder.rglob("*") if path.suffix in AUDIO_SUFFIXES)
    if not files:
        raise SystemExit(f"No recordings in {folder}: name the folder of data with --data.")
    chosen = np.random.default_rng(0).choice(len(files), min(arguments.clips, len(files)), replace=False)
    measure([read_audio(files[k], sample_rate_hz=RATE_HZ)[0] for k in sorted(chosen)])
