"""Contour reduction: optimal k-means for every k beside scikit-learn's for one, and a live change of k.

python benchmarks/contour.py [--data DIR] [--quick]
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from flamsid_core.melody import ContourParams, reduce_contour
from flamsid_core.melody.cents import cents_to_hz
from flamsid_core.melody.kmeans import K_MAX, choose_k, count_cents, fit_levels

HOP_S = 256 / 44100


def best_of(repeats: int, work: Callable[[], object]) -> tuple[float, float]:
    """Least wall and processor seconds of some repeats."""
    took = []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        took.append((time.perf_counter() - wall, time.process_time() - cpu))
    return min(t[0] for t in took), min(t[1] for t in took)


def voice(frames: int, seed: int = 0) -> np.ndarray:
    """Cents like a corpus of singing: fifteen levels, vibrato, glides in between."""
    rng = np.random.default_rng(seed)
    levels = 1400 + np.cumsum(rng.uniform(80, 200, 15))
    notes = rng.choice(levels, frames // 40 + 2)
    at = np.linspace(0, notes.size - 1, frames)
    place = at - np.floor(at)
    glide = np.clip((place - 0.7) / 0.3, 0, 1)
    cents = (
        notes[at.astype(int)] * (1 - glide) + notes[np.minimum(at.astype(int) + 1, notes.size - 1)] * glide
    )
    return cents + 40 * np.sin(np.arange(frames) * 0.2) + rng.normal(0, 15, frames)


def single_value_sse(values: np.ndarray, k_max: int) -> np.ndarray:
    """Optimum over single values, by the quadratic programme."""
    x = np.sort(values) - values.mean()
    s, q, n = np.append(0, np.cumsum(x)), np.append(0, np.cumsum(x * x)), values.size
    cost = np.append(0, q[1:] - s[1:] ** 2 / np.arange(1, n + 1))
    sse = [np.inf, cost[n]]
    for k in range(2, k_max + 1):
        new = np.full(n + 1, np.inf)
        for j in range(k, n + 1):
            i = np.arange(k - 1, j)
            new[j] = np.min(cost[i] + q[j] - q[i] - (s[j] - s[i]) ** 2 / (j - i))
        cost = new
        sse.append(cost[n])
    return np.array(sse)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--quick", action="store_true", help="leave scikit-learn and ten million frames out")
    args = parser.parse_args()
    fit_levels(voice(1000))

    print("optimal levels for every k of 2-60 (histogram and dynamic programme)")
    for frames in (10**6,) if args.quick else (10**6, 10**7):
        cents = voice(frames)
        wall, cpu = best_of(5, lambda cents=cents: fit_levels(cents))
        counting, _ = best_of(5, lambda cents=cents: count_cents(cents))
        print(
            f"  {frames:>10,} frames: {1000 * wall:7.1f} ms ({1000 * cpu:.1f} ms processor); histogram alone "
            f"{1000 * counting:.1f} ms"
        )

    sample = voice(1500, seed=1)
    ratio = fit_levels(sample, 20).sse[2:] / single_value_sse(sample, 20)[2:]
    print(
        f"error over the single-value optimum, k 2-20: at most {ratio.max():.6f}, at least {ratio.min():.6f}"
    )

    if not args.quick:
        from sklearn.cluster import KMeans

        cents, k = voice(10**6), 15
        wall, _ = best_of(3, lambda: fit_levels(cents))
        start = time.perf_counter()
        peer = KMeans(k, n_init=10, random_state=0).fit(cents[:, None])
        peer_wall = time.perf_counter() - start
        print(f"scikit-learn KMeans(n_init=10), 1,000,000 frames, k = {k} only: {peer_wall:.2f} s")
        print(f"  ours, all k of 2-{K_MAX}: {wall:.4f} s, {peer_wall / wall:,.0f} times faster")
        print(f"  its squared error over ours: {peer.inertia_ / fit_levels(cents).sse[k]:.4f}")

    frames = 51_700
    cents = voice(frames, seed=2)
    cents[np.random.default_rng(0).random(frames // 50).repeat(50)[:frames] < 0.1] = np.nan
    melody = pd.DataFrame({"time_s": np.arange(frames) * HOP_S, "f0_hz": cents_to_hz(cents)})
    reduce_contour(melody)
    print("a change of parameters on a recording of five minutes (51,700 frames)")
    for name, params in {
        "k = 12": ContourParams(k=12),
        "k = 60": ContourParams(k=60),
        "k = auto": ContourParams(),
        "band": ContourParams(method="band"),
    }.items():
        wall, cpu = best_of(5, lambda params=params: reduce_contour(melody, params))
        print(f"  {name:9s} {1000 * wall:6.1f} ms ({1000 * cpu:.1f} ms processor)")

    songs = sorted((args.data / "mir1k").glob("*/*.f0.csv"))
    if not songs:
        print(f"no real songs: {args.data / 'mir1k'} is not there")
        return
    melodies = {}
    for path in songs:
        time_s, f0_hz = np.loadtxt(path, delimiter=",").T
        melodies[path.name.removesuffix(".f0.csv")] = pd.DataFrame({"time_s": time_s, "f0_hz": f0_hz})
    voiced = np.concatenate([m["f0_hz"][m["f0_hz"] > 0] for m in melodies.values()])
    cents = 1200 * np.log2(voiced / 55)
    k = choose_k(fit_levels(cents), voiced.size / 5)
    print(f"{len(songs)} real songs, {voiced.size:,} voiced frames: k auto = {k}")
    for smooth_s in (0.0, 0.05):
        contour = reduce_contour(melodies, ContourParams(smooth_s=smooth_s))
        sung_s = (contour.segments["end_s"] - contour.segments["start_s"]).sum()
        print(
            f"  smooth_s = {smooth_s}: {len(contour.segments) / sung_s:.2f} segments a second, "
            f"median residual {contour.residual_cents['residual_cents'].median():.1f} cents"
        )


if __name__ == "__main__":
    main()
