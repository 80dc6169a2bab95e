"""Mining against its slow twin, by hand-made examples and on the edges."""

import time

import naive
import numpy as np
import pytest

from flamsid_core import FlamsidError
from flamsid_core.motifs import mine_closed


def random_sequences(rng):
    symbols = int(rng.integers(1, 5))
    return [rng.integers(0, symbols, rng.integers(0, 9)).tolist() for _ in range(rng.integers(0, 6))]


def as_dict(patterns):
    found = {p.items: list(p.occurrences) for p in patterns}
    assert len(found) == len(patterns), "a pattern was found twice"
    for p in patterns:
        assert p.support == naive.support(p.occurrences)
    return found


@pytest.mark.parametrize("max_gap", [None, 0, 1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_equals_the_slow_twin(max_gap, seed):
    rng = np.random.default_rng(seed)
    for _ in range(300):
        sequences = random_sequences(rng)
        options = {
            "min_support": int(rng.integers(1, 5)),
            "max_gap": max_gap,
            "min_length": int(rng.integers(1, 4)),
            "max_length": None if rng.random() < 0.5 else int(rng.integers(3, 6)),
        }
        found = as_dict(mine_closed(sequences, **options))
        assert found == naive.mine_closed(sequences, **options), (sequences, options)


def test_any_hashable_is_an_item():
    found = mine_closed([["la", ("x", 1), None], ("la", ("x", 1)), np.array([1, 2])], min_support=2)
    assert [p.items for p in found] == [("la", ("x", 1))]


def test_wrong_parameters_are_named():
    for options, word in [
        ({"min_support": 0}, "min_support"),
        ({"min_support": 1, "max_gap": -1}, "max_gap"),
        ({"min_support": 1, "min_length": 0}, "min_length"),
        ({"min_support": 1, "min_length": 3, "max_length": 2}, "max_length"),
    ]:
        with pytest.raises(FlamsidError, match=word):
            mine_closed([[1, 2]], **options)


def test_contiguous_mining_takes_near_linear_time():
    rng = np.random.default_rng(0)
    # Steps that mostly repeat a habit, so that there are many patterns, as in singing.
    habit = np.cumsum(rng.choice([1, 1, 1, 2, 5], 1_300_000)) % 13
    phrases = [part.tolist() for part in np.array_split(habit, 20_000)]
    mine_closed(phrases[:10], min_support=3, min_length=5)
    began = time.process_time()
    found = mine_closed(phrases, min_support=3, min_length=5)
    assert time.process_time() - began < 1.5
    assert len(found) > 150_000
    some = found[::20_000]
    assert all(p.support == naive.support(p.occurrences) >= 3 for p in some)
    for p in some:
        for s, at in p.occurrences:
            assert tuple(phrases[s][at[0] : at[-1] + 1]) == p.items


@pytest.mark.parametrize("sequences", [["a" * 100_000] * 2, ["ab" * 50_000, "ba" * 50_000]])
def test_monotony_is_no_worst_case(sequences):
    mine_closed(["ab"], min_support=1)
    began = time.process_time()
    found = mine_closed(sequences, min_support=2)
    assert time.process_time() - began < 2
    assert {len(p.items) for p in found} <= {100_000, 99_999}
    assert len(found) in (1, 2)
