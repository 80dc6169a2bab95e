"""f0 in noise, hum, rumble, crackle and rooms: 31 conditions, beside the tracker as it was and its peers.

    python benchmarks/f0_noise.py [--data DIR] [--half held-out] [--songs 1] [--seconds 30]
                                  [--methods now before swift pyin] [--before COMMIT | FOLDER]

The sound is MIR-1K's, made as `f0_conditions.py` says, with seeds. `before` is the tracker of another commit
(taken out of the repository's history) or checkout; the default is the last one that knew nothing of noise.
Printed are overall accuracy and voicing false alarms (mir_eval.melody, 50 cents), clean cante against the
consensus of six trackers, and speed as CPU time of one thread, compilation excluded, in the same run.
"""

import argparse
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import zlib
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"  # before anything that reads them is imported

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import soxr  # noqa: E402
from f0_conditions import CONDITIONS, RATE_HZ, make  # noqa: E402
from f0_data import DATA, Song, flamenco, mir1k, scores  # noqa: E402

BEFORE = "73b17b0"
METHODS = ("now", "before", "swift", "pyin")
USUAL_LOSS, HARD_BAR, CLEAN_LOSS, SPEED_BAR = 0.0, 0.88, 0.002, 200


def tracked(method: str, songs: list[Song], clips: list[Song], seconds: float) -> None:
    """Print, as CSV, the scores of one method: in a process of its own, with the package of its own commit."""
    from flamsid_core.melody import track_f0

    tracker = "salience" if method in ("now", "before") else method
    rows = []
    for song in songs:
        signal, rate_hz = song.audio()
        signal = soxr.resample(signal[: int(seconds * rate_hz)], rate_hz, RATE_HZ)
        signal = 0.5 * signal / np.abs(signal).max()
        inside = song.time_s < seconds
        part = song._replace(time_s=song.time_s[inside], f0_hz=song.f0_hz[inside])
        for name, (kind, _) in CONDITIONS.items():
            sound = make(name, signal, zlib.crc32(song.name.encode()))
            track_f0(sound[:RATE_HZ], RATE_HZ, method=tracker)
            start = time.process_time()
            melody = track_f0(sound, RATE_HZ, method=tracker)
            spent_s = time.process_time() - start
            row = {"condition": name, "kind": kind, "sound_s": len(sound) / RATE_HZ, "spent_s": spent_s}
            rows.append(row | scores(part, melody))
    for clip in clips:
        melody = track_f0(*clip.audio(), method=tracker)
        rows.append({"condition": "cante, clean", "kind": "cante"} | scores(clip, melody))
    pd.DataFrame(rows).to_csv(sys.stdout, index=False)


def run(method: str, package: Path, options: argparse.Namespace) -> pd.DataFrame:
    command = [sys.executable, __file__, "--one", method, "--data", str(options.data), "--half", options.half]
    command += ["--songs", str(options.songs), "--seconds", str(options.seconds)]
    environment = os.environ | {"PYTHONPATH": str(package)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return pd.read_csv(io.StringIO(done.stdout)).assign(method=method)


def checkout(before: str, folder: Path) -> Path:
    """Return a folder with the package as it was: `before` itself, or what the history holds of that commit."""
    if Path(before).is_dir():
        return Path(before)
    here = Path(__file__).resolve().parents[1]
    command = ["git", "-C", str(here), "archive", before, "flamsid_core"]
    packed = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def verdict(reached: bool) -> str:
    return "(reached)" if reached else "(NOT reached)"


def report(table: pd.DataFrame, methods: list[str]) -> None:
    columns = ["overall", "false alarm"]
    means = table.pivot_table(columns, "condition", "method", sort=False)
    show = means.swaplevel(axis=1)[[(m, c) for m in methods for c in columns]]
    print(show.round(3).to_string())
    kinds = table.pivot_table(columns, "kind", "method", sort=False).swaplevel(axis=1)
    print("\nmeans")
    print(kinds[[(m, c) for m in methods for c in columns]].round(4).to_string())
    spent = table.groupby("method")[["sound_s", "spent_s"]].sum()
    speed = spent.sound_s / spent.spent_s
    print("\nspeed, × real time:", ", ".join(f"{m} {speed[m]:.0f}" for m in methods))
    now = kinds["now"]["overall"]
    print(f"hard ≥ {HARD_BAR}: {now['hard']:.4f} {verdict(now['hard'] >= HARD_BAR)}")
    print(f"speed ≥ {SPEED_BAR}: {speed['now']:.0f} {verdict(speed['now'] >= SPEED_BAR)}")
    if "before" in methods:
        old = kinds["before"]["overall"]
        clean = means["overall"].loc["clean"]
        print(
            f"usual {now['usual'] - old['usual']:+.4f} {verdict(now['usual'] >= old['usual'] - USUAL_LOSS)}"
        )
        print(
            f"clean {clean['now'] - clean['before']:+.4f}",
            verdict(clean["now"] >= clean["before"] - CLEAN_LOSS),
        )
        print(
            f"cante {now['cante'] - old['cante']:+.4f} {verdict(now['cante'] >= old['cante'] - CLEAN_LOSS)}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--half", choices=("held-out", "tuning"), default="held-out")
    parser.add_argument("--songs", type=int, default=1, help="songs of each singer")
    parser.add_argument("--seconds", type=float, default=30.0, help="of each song")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=["now", "before", "swift"])
    parser.add_argument("--before", default=BEFORE, help="a commit, or a folder with the package")
    parser.add_argument("--one", choices=METHODS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        half = options.half.replace("-", " ")
        songs = [s for s in mir1k(options.data) if s.half == half]
        by_singer = pd.Series(songs).groupby([s.path.parent.name for s in songs])
        songs = [song for _, group in by_singer for song in list(group)[: options.songs]]
        tracked(options.one, songs, [c for c in flamenco(options.data) if c.half == half], options.seconds)
        return
    here = Path(__file__).resolve().parents[1]
    methods = [m for m in METHODS if m == "now" or m in options.methods]
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for method in methods:
            package = checkout(options.before, Path(folder)) if method == "before" else here
            parts.append(run(method, package, options))
            print(f"{method} done", file=sys.stderr, flush=True)
    report(pd.concat(parts), methods)


if __name__ == "__main__":
    main()
