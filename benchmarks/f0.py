"""f0 tracking beside its peers: accuracy on both halves of the real recordings, speed, and memory for an hour.

    python benchmarks/f0.py [--data DIR] [--quick] [--methods salience pyin swift]

Speeds are CPU time of one thread, compilation excluded, all methods on the same sound in the same run. `--quick`
scores every sixth song and every tenth clip.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"  # before anything that reads them is imported

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import soundfile  # noqa: E402
import soxr  # noqa: E402
from f0_data import DATA, Song, flamenco, mir1k, scores  # noqa: E402
from f0_tuning import sounds  # noqa: E402

from flamsid_core.melody import MelodyParams, track_f0, track_file  # noqa: E402
from flamsid_core.melody.analysis import analyse_blocks  # noqa: E402
from flamsid_core.melody.f0 import decide  # noqa: E402

METHODS = ("salience", "pyin", "swift")
COLUMNS = ("overall", "raw pitch", "chroma", "recall", "false alarm", "octave errors")
BARS = {
    ("MIR-1K", "overall"): (">=", 0.93),
    ("MIR-1K", "raw pitch"): (">=", 0.95),
    ("flamenco clips", "raw pitch"): (">=", 0.98),
    ("flamenco clips", "octave errors"): ("<", 0.01),
}


def accuracy(songs: list[Song], methods: tuple[str, ...]) -> pd.DataFrame:
    """Score every song with every method."""
    rows = []
    for song in songs:
        signal, rate_hz = song.audio()
        for method in methods:
            melody = track_f0(signal, rate_hz, method=method)
            rows.append({"method": method, "half": song.half, "name": song.name} | scores(song, melody))
        if song.half == "held out" and "salience" in methods:
            rows.append({"method": "salience, no gate", "half": song.half, "name": song.name} | guess(song))
    return pd.DataFrame(rows)


def guess(song: Song) -> dict[str, float]:
    """Score the pitch alone: every frame voiced, so that raw pitch holds no missed frames."""
    signal, rate_hz = song.audio()
    params = MelodyParams(threshold=-20.0)
    return scores(song, decide(analyse_blocks([signal], rate_hz, params.votes), params))


def report(name: str, songs: list[Song], methods: tuple[str, ...]) -> None:
    if not songs:
        print(f"{name}: not found")
        return
    table = accuracy(songs, methods)
    means = table.groupby(["half", "method"], sort=False)[list(COLUMNS)].mean()
    whole = table[table.method.isin(methods)].groupby("method", sort=False)[list(COLUMNS)].mean()
    whole.index = pd.MultiIndex.from_tuples([("all", m) for m in whole.index])
    print(f"\n{name}, means over {len(songs)} files (mir_eval.melody, 50 cents)")
    print(pd.concat([means, whole]).round(4).to_string())
    held_out = means.loc[("held out", "salience")]
    for (where, what), (sign, bar) in BARS.items():
        if where == name:
            reached = held_out[what] >= bar if sign == ">=" else held_out[what] < bar
            print(f"  {what} {sign} {bar} on the held-out half: {held_out[what]:.4f} {verdict(reached)}")
    if "pyin" in methods:
        ahead = whole.loc[("all", "salience"), "overall"] - whole.loc[("all", "pyin"), "overall"]
        print(f"  overall accuracy above librosa.pyin by {ahead:+.4f} {verdict(ahead > 0)}")


def verdict(reached: bool) -> str:
    return "(reached)" if reached else "(NOT reached)"


def old_records(songs: list[Song], methods: tuple[str, ...]) -> None:
    """Score held-out songs made to sound like old records, as those were that the voicing was tuned on."""
    rng = np.random.default_rng(1)
    rows = []
    for song in [s for s in songs if s.half == "held out"][::5]:
        signal, rate_hz = song.audio()
        for name, sound in sounds(soxr.resample(signal, rate_hz, 44100), rng).items():
            if name != "noise":
                for method in methods:
                    melody = track_f0(sound, 44100, method=method)
                    rows.append({"sound": name, "method": method} | scores(song, melody))
    means = pd.DataFrame(rows).groupby(["sound", "method"], sort=False)[list(COLUMNS)].mean()
    print("\nheld-out songs of MIR-1K made to sound like old records")
    print(means.round(4).to_string())


def speed(songs: list[Song], methods: tuple[str, ...], seconds: float) -> None:
    """Time all methods on the same `seconds` of real singing at 44.1 kHz."""
    parts, so_far = [], 0.0
    for song in songs:
        signal, rate_hz = song.audio()
        parts.append(soxr.resample(signal, rate_hz, 44100))
        so_far += len(parts[-1]) / 44100
        if so_far >= seconds:
            break
    sound = np.concatenate(parts)[: int(seconds * 44100)]
    print(f"\nspeed on {len(sound) / 44100:.0f} s of MIR-1K at 44.1 kHz, CPU time of one thread")
    times_real_time = {}
    for method in methods:
        piece = sound if method != "pyin" else sound[: 20 * 44100]
        track_f0(piece[:44100], 44100, method=method)  # compiles, loads
        best = np.inf
        for _ in range(3 if method != "pyin" else 1):
            start = time.process_time()
            track_f0(piece, 44100, method=method)
            best = min(best, time.process_time() - start)
        times_real_time[method] = len(piece) / 44100 / best
        print(f"  {method:10s} {times_real_time[method]:8.1f} × real time")
    print(f"  salience >= 100 × real time {verdict(times_real_time['salience'] >= 100)}")
    if "pyin" in methods:
        ratio = times_real_time["salience"] / times_real_time["pyin"]
        print(f"  salience / pyin {ratio:.0f}, bar 20 {verdict(ratio >= 20)}")


def memory(songs: list[Song]) -> None:
    """Track an hour of stereo at 48 kHz in a process of its own and report its peak."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hour.wav"
        signal, rate_hz = songs[0].audio()
        minute = np.resize(soxr.resample(signal, rate_hz, 48000), 60 * 48000)
        with soundfile.SoundFile(path, "w", 48000, 2, "PCM_16") as sound:
            for _ in range(60):
                sound.write(np.stack([minute, minute], axis=1))
        done = subprocess.run(
            [sys.executable, __file__, "--hour", path], capture_output=True, text=True, check=True
        )
    print(f"\nan hour of stereo at 48 kHz from a file: {done.stdout.strip()}")


def hour(path: Path) -> None:
    start = time.process_time()
    frames = len(track_file(path))
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    seconds = time.process_time() - start
    print(f"{frames} frames, {seconds:.0f} s, peak memory {peak_gb:.2f} GB, bar 1.5 {verdict(peak_gb < 1.5)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--hour", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.hour:
        hour(options.hour)
        return
    methods = tuple(m for m in METHODS if m in options.methods)
    songs, clips = mir1k(options.data), flamenco(options.data)
    if not songs:
        sys.exit(f"no recordings with known f0 in {options.data}/mir1k")
    if options.quick:
        songs, clips = songs[::6], clips[::10]
    speed(songs, methods, 120.0)
    memory(songs)
    old_records(songs, tuple(m for m in methods if m != "pyin"))
    report("flamenco clips", clips, methods)
    report("MIR-1K", songs, methods)


if __name__ == "__main__":
    main()
