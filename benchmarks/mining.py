"""Closed motifs: contiguous mining beside a pure-Python Gap-BIDE, growth with gaps, distinctiveness.

    python benchmarks/mining.py [--phrases 20000] [--no-peer]

One core; compilation is not counted (every function runs once on a small input before).
"""

import argparse
import sys
import time
from bisect import bisect
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from flamsid_core import FlamsidError
from flamsid_core.motifs import distinctiveness, mine_closed

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import naive

BAR_S = 1.5


def melodies(n_phrases, mean_steps=65, largest=7, seed=0):
    """Phrases from a Markov chain over steps −7 … +7, a few of which follow each step most of the time."""
    rng = np.random.default_rng(seed)
    steps = [x for x in range(-largest, largest + 1) if x]
    chances = rng.dirichlet(np.full(len(steps), 0.2), size=len(steps)).cumsum(axis=1).tolist()
    phrases = []
    for n in rng.poisson(mean_steps, n_phrases).tolist():
        at, phrase = 0, []
        for u in rng.random(n).tolist():
            at = min(bisect(chances[at], u), len(steps) - 1)
            phrase.append(steps[at])
        phrases.append(phrase)
    return phrases


def gap_bide(sequences, min_support, max_gap, min_length):
    """Mine like the published Gap-BIDE, in plain Python, with its checks put right: {pattern: support}."""
    found = {}

    def within(sequence, lo, hi):
        return sequence[max(lo, 0) : max(hi, 0)]

    def grow(pattern, pairs):
        support = len({s for s, _, _ in pairs})
        before, after, always, n_starts = {}, {}, {}, set()
        for s, first, last in pairs:
            for item in set(within(sequences[s], first - max_gap - 1, first)):
                before.setdefault(item, set()).add(s)
                always.setdefault(item, set()).add((s, first))
            n_starts.add((s, first))
            for q in range(last + 1, min(last + max_gap + 2, len(sequences[s]))):
                after.setdefault(sequences[s][q], set()).add((s, first, q))
        if any(len(starts) == len(n_starts) for starts in always.values()):
            return
        prolonged = {item: len({s for s, _, _ in where}) for item, where in after.items()}
        if (
            len(pattern) >= min_length
            and not any(len(where) == support for where in before.values())
            and support not in prolonged.values()
        ):
            found[pattern] = support
        for item, where in after.items():
            if prolonged[item] >= min_support:
                grow((*pattern, item), sorted(where))

    roots = {}
    for s, sequence in enumerate(sequences):
        for p, item in enumerate(sequence):
            roots.setdefault(item, []).append((s, p, p))
    for item, pairs in roots.items():
        if len({s for s, _, _ in pairs}) >= min_support:
            grow((item,), pairs)
    return found


def timed(work, *args, **options):
    """Return the result, wall seconds and processor seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work(*args, **options)
    return result, time.perf_counter() - wall, time.process_time() - cpu


def contiguous(n_phrases, with_peer):
    phrases = melodies(n_phrases)
    runs = [timed(mine_closed, phrases, min_support=3, min_length=5) for _ in range(3)]
    found = runs[0][0]
    wall, cpu = min(r[1] for r in runs), min(r[2] for r in runs)
    print(
        f"contiguous: {n_phrases:,} phrases, {sum(map(len, phrases)):,} steps, support ≥ 3, length ≥ 5: "
        f"{len(found):,} closed patterns in {wall:.2f} s ({cpu:.2f} s of one core), best of 3, from lists of "
        f"ints; bar {BAR_S} s: {'met' if wall < BAR_S else 'missed'}"
    )
    if with_peer:
        peer, peer_wall, peer_cpu = timed(gap_bide, phrases, 3, 0, 5)
        same = {p.items: p.support for p in found} == peer
        print(
            f"  Gap-BIDE in plain Python, checks put right: {len(peer):,} in {peer_wall:.1f} s "
            f"({peer_cpu:.1f} s of one core); same patterns and supports: {same}; ours is "
            f"{peer_cpu / cpu:.0f} × as fast by core time"
        )


def gaps(with_peer):
    print("gaps: patterns and seconds grow with the gap allowed (200 phrases, support ≥ 3, length ≥ 5)")
    phrases = melodies(200)
    for max_gap in (0, 1, 2, 3):
        try:
            found, _, cpu = timed(mine_closed, phrases, min_support=3, min_length=5, max_gap=max_gap)
            line = f"  gap ≤ {max_gap}: {len(found):>9,} patterns {cpu:8.2f} s"
            if with_peer and max_gap == 1:
                peer, _, peer_cpu = timed(gap_bide, phrases, 3, max_gap, 5)
                same = {p.items: p.support for p in found} == peer
                line += f"; plain Python {peer_cpu:.1f} s ({peer_cpu / cpu:.0f} ×), same patterns: {same}"
        except FlamsidError as error:
            line = f"  gap ≤ {max_gap}: {error}"
        print(line)
    phrases = melodies(12, mean_steps=11)
    found, _, cpu = timed(mine_closed, phrases, min_support=4, max_gap=None)
    slow, _, slow_cpu = timed(naive.mine_closed, phrases, min_support=4, max_gap=None)
    same = {p.items: p.support for p in found} == {p: naive.support(w) for p, w in slow.items()}
    print(
        f"  unbounded, 12 phrases of about 11 steps: {len(found):,} patterns in {1000 * cpu:.1f} ms; listing "
        f"everything {slow_cpu:.1f} s ({slow_cpu / cpu:.0f} ×), same patterns: {same}"
    )


def shuffles():
    rng = np.random.default_rng(0)
    uses = csr_matrix(rng.poisson(0.05, (10_000, 200)))
    phrases, singers = rng.integers(20, 60, 200), np.array([f"s{i % 10}" for i in range(200)])
    owners = singers[rng.integers(0, 200, 10_000)]
    _, wall, cpu = timed(distinctiveness, uses, phrases, singers, range(10_000), owners)
    print(
        f"distinctiveness: 10,000 motifs × 200 recordings, 999 shuffles, then 9,999 where in doubt: "
        f"{wall:.2f} s ({cpu:.2f} s of one core)"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--phrases", type=int, default=20_000)
    parser.add_argument("--no-peer", action="store_true", help="leave out the slow twins (about a minute)")
    arguments = parser.parse_args()
    for max_gap in (0, 1, None):
        mine_closed(melodies(5), min_support=3, max_gap=max_gap, max_length=3)
    distinctiveness(csr_matrix([[1, 2]]), [5, 5], ["x", "y"], [0], ["x"])
    contiguous(arguments.phrases, not arguments.no_peer)
    gaps(not arguments.no_peer)
    shuffles()


if __name__ == "__main__":
    main()
