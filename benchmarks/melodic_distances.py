"""Does the melodic distance find the same line sung by others? Against plain time warping, in the same run.

Two questions, with the hand-corrected f0 of MIR-1K in ../shared/data:

* `pair`: the lines of davidson_3 and of leon_2, one song by two singers an octave apart, among lines of all others;
* `imitated`: 12 lines of two songs, each sung again 11 times as amateurs would (other key and tempo, intervals off by
  50 to 120 cents, wrong notes, drift, octave errors of the tracker, cut ends); several draws.

Prints the share of lines whose nearest is the same line, the mean average precision, and seconds.

    python benchmarks/melodic_distances.py
"""

from __future__ import annotations

import time
from pathlib import Path

import numba as nb
import numpy as np
import pandas as pd

from flamsid_core.melody import align_melodies, hz_to_cents, melodic_distances

MIR1K = Path(__file__).parents[2] / "shared" / "data" / "mir1k"
HOP_S = 0.02
SAME_UNTIL_S = 57.0  # davidson_3 goes on with lines that leon_2 leaves out


@nb.njit(cache=True)
def _plain(a, b):
    """Mean difference along the cheapest path of free steps: the usual dynamic time warping."""
    before = np.full(b.size + 1, np.inf)
    before[0] = 0.0
    steps = np.zeros(b.size + 1)
    for x in a:
        diagonal, diagonal_steps = before[0], steps[0]
        before[0] = np.inf
        for j in range(b.size):
            least, length = diagonal, diagonal_steps
            if before[j + 1] < least:
                least, length = before[j + 1], steps[j + 1]
            if before[j] < least:
                least, length = before[j], steps[j]
            diagonal, diagonal_steps = before[j + 1], steps[j + 1]
            before[j + 1], steps[j + 1] = least + abs(x - b[j]), length + 1
    return before[b.size] / steps[b.size]


def plain_distances(melodies):
    lines = []
    for melody in melodies.values():
        cents = hz_to_cents(melody[:, 1])
        cents = cents[np.isfinite(cents)][::3]
        lines.append(cents - np.median(cents))
    n = len(lines)
    distances = np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            distances[i, j] = distances[j, i] = _plain(lines[i], lines[j])
    return distances


def songs():
    found = {}
    for path in sorted(MIR1K.glob("*/*.f0.csv")):
        found[path.name.removesuffix(".f0.csv")] = pd.read_csv(path, header=None).to_numpy()
    return found


def phrases(song, gap_s, least_s, most_s):
    """Cut a song at its rests; return (start, end) rows."""
    voiced = np.flatnonzero(song[:, 1] > 0)
    cut = np.flatnonzero(np.diff(voiced) * HOP_S > gap_s)
    starts, ends = np.r_[voiced[0], voiced[cut + 1]], np.r_[voiced[cut], voiced[-1]] + 1
    return [(s, e) for s, e in zip(starts, ends, strict=True) if least_s <= (e - s) * HOP_S <= most_s]


def pair():
    """Return melodies and labels: equal labels are the same line."""
    every = songs()
    a, b = every["davidson_3"], every["leon_2"]
    both = align_melodies(a[a[:, 0] < SAME_UNTIL_S + 1], b[b[:, 0] < SAME_UNTIL_S + 1])
    melodies, labels = {}, []
    for k, (s, e) in enumerate(phrases(a, 0.2, 1.5, 15.0)):
        if e * HOP_S > SAME_UNTIL_S:
            break
        in_b = np.interp([s * HOP_S, e * HOP_S], both.time_a_s, both.time_b_s)
        melodies[f"davidson {k}"] = a[s:e]
        melodies[f"leon {k}"] = b[(b[:, 0] >= in_b[0]) & (b[:, 0] < in_b[1])]
        labels += [k, k]
    for name, song in every.items():
        if name not in ("davidson_3", "leon_2"):
            for s, e in phrases(song, 0.2, 1.5, 15.0)[:7]:
                melodies[f"{name} {s}"] = song[s:e]
                labels.append(1000 + len(labels))
    return melodies, np.array(labels)


def sung_anew(cents, rng):
    """Return a line (cents, NaN = unvoiced) as somebody else might sing it and a tracker hear it."""
    n = cents.size
    knots = np.arange(0, n + 35, 35)
    tempo = np.exp(rng.normal(0, 0.18) + np.interp(np.arange(n), knots, rng.normal(0, 0.3, knots.size)))
    at = np.cumsum(tempo)
    source = np.interp(np.arange(max(20, int(at[-1]))), at, np.arange(n)).round().astype(int)
    voiced = np.flatnonzero(np.isfinite(cents))
    held = np.interp(np.arange(n), voiced, cents[voiced])
    bounds, now = [0], held[0]
    for k in range(1, n):
        if abs(held[k] - now) > 90 and k - bounds[-1] > 4:
            bounds.append(k)
            now = held[k]
        now = 0.8 * now + 0.2 * held[k]
    lengths = np.diff([*bounds, n])
    notes = np.array([np.median(held[b : b + d]) for b, d in zip(bounds, lengths, strict=True)])
    off = rng.normal(0, rng.uniform(50, 120), notes.size) + np.cumsum(rng.normal(0, 25, notes.size))
    off[rng.random(notes.size) < 0.12] += rng.normal(0, 250)
    line = held + np.repeat(off, lengths)
    line = np.where(np.isfinite(cents), line, np.nan)[source]
    for _ in range(rng.poisson(line.size * HOP_S / 6)):
        start = rng.integers(line.size)
        line[start : start + rng.integers(5, 40)] += rng.choice([-1200, 1200])
    ends = rng.integers(0, max(1, line.size // 16), 2)
    return line[ends[0] : line.size - ends[1]] + rng.choice([0, -1200]) + rng.normal(0, 400)


def imitated(seed):
    """Return 132 melodies and their labels: two songs, six lines of each, eleven singers."""
    rng, every = np.random.default_rng(seed), songs()
    fit = {name: phrases(song, 0.3, 2.0, 12.0) for name, song in every.items()}
    names = rng.choice([name for name, found in fit.items() if len(found) >= 6], 2, replace=False)
    melodies, labels = {}, []
    for name in names:
        for k in rng.choice(len(fit[name]), 6, replace=False):
            s, e = fit[name][k]
            for singer in range(11):
                cents = sung_anew(hz_to_cents(every[name][s:e, 1]), rng)
                f0_hz = np.where(np.isfinite(cents), 55.0 * np.exp2(np.nan_to_num(cents) / 1200.0), 0.0)
                melodies[f"{name} {k} {singer}"] = np.column_stack([np.arange(cents.size) * HOP_S, f0_hz])
                labels.append(f"{name} {k}")
    return melodies, np.array(labels)


def figures(distances, labels):
    """Return the share whose nearest is the same line, and the mean average precision."""
    order = np.argsort(distances + np.diag(np.full(len(labels), np.inf)), axis=1, kind="stable")[:, :-1]
    hit = labels[order] == labels[:, None]
    asked = hit.any(axis=1)
    precision = np.cumsum(hit, axis=1) / np.arange(1, hit.shape[1] + 1)
    return hit[asked, 0].mean(), ((precision * hit).sum(axis=1)[asked] / hit.sum(axis=1)[asked]).mean()


def main():
    melodic_distances({"a": np.array([[0.0, 220.0]]), "b": np.array([[0.0, 220.0]])})  # compiles
    sets = {"pair": [pair()], "imitated": [imitated(seed) for seed in range(5)]}
    for name, draws in sets.items():
        for method, distances in (
            ("plain warping", plain_distances),
            ("melodic_distances", melodic_distances),
        ):
            start = time.process_time()
            found = [figures(distances(melodies), labels) for melodies, labels in draws]
            nearest, precision = np.mean(found, axis=0)
            seconds = (time.process_time() - start) / len(draws)
            n = np.mean([len(labels) for _, labels in draws])
            print(
                f"{name:9} {method:18} nearest {nearest:.3f}  map {precision:.3f}  {seconds:.1f} s for {n:.0f} lines"
            )
    rng = np.random.default_rng(0)
    walks = {
        str(i): np.column_stack([np.arange(1500) * 0.01, 220 * np.exp2(np.cumsum(rng.normal(0, 0.02, 1500)))])
        for i in range(150)
    }
    start = time.process_time()
    melodic_distances(walks)
    print(f"150 lines of 15 s: {time.process_time() - start:.1f} s on one core")


if __name__ == "__main__":
    main()
