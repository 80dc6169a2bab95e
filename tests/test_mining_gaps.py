"""Patterns with gaps: what pruning must not lose, what closed means, where a search ends."""

import math

import naive
import numpy as np
import pytest

from flamsid_core import FlamsidError
from flamsid_core.motifs import mine_closed


def branches_cut_by_counting_positions(sequences, max_gap):
    """Prefixes that the published Gap-BIDE leaves out: it counts items over all positions of all windows."""
    cut = set()
    for prefix, where in naive.occurrences(sequences, max_gap).items():
        pairs = {(s, positions[0], positions[-1]) for s, positions in where}
        counts = {}
        for s, first, _ in pairs:
            for item in sequences[s][max(0, first - max_gap - 1) : first]:
                counts[item] = counts.get(item, 0) + 1
        if len(pairs) in counts.values():
            cut.add(prefix)
    return cut


def test_the_published_pruning_loses_a_pattern_and_ours_keeps_it():
    sequences = [tuple("xxab"), tuple("ab")]
    assert naive.mine_closed(sequences, min_support=2, max_gap=1).keys() == {("a", "b")}
    # x stands twice before the first a and never before the second: two times for two occurrences.
    assert ("a",) in branches_cut_by_counting_positions(sequences, 1)
    assert [p.items for p in mine_closed(sequences, min_support=2, max_gap=1)] == [("a", "b")]


@pytest.mark.parametrize("max_gap", [1, 2])
def test_no_pattern_that_the_published_pruning_loses_is_lost(max_gap):
    rng = np.random.default_rng(max_gap)
    lost = 0
    for _ in range(200):
        sizes = rng.integers(1, 8, rng.integers(2, 5))
        sequences = [tuple(rng.integers(0, 3, size).tolist()) for size in sizes]
        closed = naive.mine_closed(sequences, min_support=2, max_gap=max_gap)
        cut = branches_cut_by_counting_positions(sequences, max_gap)
        at_risk = {p for p in closed if any(p[:n] in cut for n in range(1, len(p) + 1))}
        found = {p.items for p in mine_closed(sequences, min_support=2, max_gap=max_gap)}
        assert at_risk <= found
        lost += len(at_risk)
    assert lost > 50, "the random inputs should hold patterns that the published pruning loses"


def test_closed_depends_on_the_gaps_allowed():
    sequences = ["axb", "axb", "ayb"]
    found = {
        gap: {"".join(p.items): p.support for p in mine_closed(sequences, min_support=2, max_gap=gap)}
        for gap in (0, 1, None)
    }
    assert found[0] == {"a": 3, "b": 3, "axb": 2}
    # With one item between, "ab" is everywhere; nothing before or after it is.
    assert found[1] == found[None] == {"ab": 3, "axb": 2}


def test_an_item_inside_matters_for_unbounded_gaps_only():
    sequences = ["axxb", "axxb"]
    unbounded = mine_closed(sequences, min_support=2, max_gap=None)
    bounded = mine_closed(sequences, min_support=2, max_gap=2)
    assert {"".join(p.items) for p in unbounded} == {"axxb"}
    assert {"".join(p.items) for p in bounded} == {"axxb", "axb", "ab"}


def test_max_length_hides_long_patterns_and_closes_no_short_ones():
    sequences = ["abcd", "abcd", "abx"]
    for gap in (0, 1, None):
        found = mine_closed(sequences, min_support=2, max_gap=gap, max_length=3)
        assert ("a", "b") in {p.items for p in found}
        assert ("a", "b", "c") not in {p.items for p in found}


def test_occurrences_are_counted_without_listing_them():
    n = 60
    (pattern,) = mine_closed(["ab" * n, "ab" * n], min_support=2, max_gap=None, min_length=2 * n)
    assert len(pattern.occurrences) == 2
    (pattern,) = mine_closed(["a" * 70, "a" * 35], min_support=2, max_gap=None)
    assert pattern.occurrences.total() == math.comb(70, 35) + 1
    assert pattern.occurrences[0] == (0, tuple(range(35)))
    assert next(iter(pattern.occurrences)) == pattern.occurrences[0]


def holds(outer, inner):
    return inner != outer and inner[0] == outer[0] and outer[1] <= inner[1] and inner[2] <= outer[2]


@pytest.mark.parametrize("max_gap", [1, 2, None])
def test_spans_are_the_shortest(max_gap):
    rng = np.random.default_rng(5)
    for _ in range(100):
        sequences = [rng.integers(0, 3, rng.integers(0, 9)).tolist() for _ in range(4)]
        found = mine_closed(sequences, min_support=1, max_gap=max_gap)
        pattern, sequence, first, last = (a.tolist() for a in found.spans())
        got = {}
        for i, s, p, q in zip(pattern, sequence, first, last, strict=True):
            got.setdefault(i, []).append((s, p, q))
        for i, p in enumerate(found):
            every = {(s, at[0], at[-1]) for s, at in p.occurrences}
            shortest = [a for a in every if not any(holds(a, b) for b in every)]
            assert got[i] == sorted(shortest)


def test_a_search_that_explodes_ends_with_advice():
    rng = np.random.default_rng(0)
    sequences = rng.integers(0, 3, (40, 60)).tolist()
    with pytest.raises(
        FlamsidError, match=r"gaps up to 2.*max_patterns=1000.*1000 closed patterns.*min_support"
    ):
        mine_closed(sequences, min_support=3, max_gap=2, max_patterns=1000)
    with pytest.raises(FlamsidError, match=r"unbounded gaps.*max_work=100000 .*smaller max_gap"):
        mine_closed(sequences, min_support=30, max_gap=None, min_length=50, max_work=100_000)
    with pytest.raises(FlamsidError, match=r"contiguous.*max_patterns=10.*min_length"):
        mine_closed(sequences, min_support=3, max_patterns=10)
