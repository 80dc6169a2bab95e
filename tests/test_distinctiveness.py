"""What counts as distinctive: planted habits are found, chance is not, too little is said to be so."""

from itertools import combinations
from math import log

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from flamsid_core.motifs import METHOD, distinctiveness
from flamsid_core.motifs.distinct import false_discovery_rates


def slow_log_odds(own, total, phrases, all_phrases):
    rate = (total + 0.5) / (all_phrases + 1)
    without = (1 - rate) / rate
    odds_own = (own + 1) / (phrases - own + without)
    odds_others = (total - own + 1) / (all_phrases - phrases - total + own + without)
    return log(odds_own / odds_others)


def test_equals_full_enumeration():
    rng = np.random.default_rng(0)
    phrases = rng.integers(5, 12, 7)
    uses = rng.integers(0, 4, (30, 7))
    singers = ["x", "y", "y", "x", "x", "z", "z"]
    got = distinctiveness(csr_matrix(uses), phrases, singers, range(30), ["x"] * 30, min_support=2)
    own = np.array([0, 3, 4])
    for row, (_, figures) in zip(uses, got.iterrows(), strict=True):

        def value(units, row=row):
            return slow_log_odds(row[units].sum(), row.sum(), phrases[units].sum(), phrases.sum())

        sets = [np.array(c) for c in combinations(range(7), 3)]
        values = np.array([value(c) for c in sets if row[c].sum() >= 2])
        assert figures["distinctiveness"] == pytest.approx(value(own))
        smallest = np.mean(values >= values.max() - 1e-9) if values.size else 1
        assert figures["enough_recordings"] == (smallest <= 0.05)
        if figures["enough_recordings"] and row[own].sum() >= 2:
            assert figures["p_value"] == pytest.approx(np.mean(values >= value(own) - 1e-9))
        elif not figures["enough_recordings"]:
            assert np.isnan(figures["p_value"])
            assert np.isnan(figures["q_value"])
    assert got["enough_recordings"].any()
    assert (got["phrases"] == phrases[own].sum()).all()
    assert (got["support_elsewhere"] == uses[:, [1, 2, 5, 6]].sum(axis=1)).all()
    assert (got["phrases_elsewhere"] == phrases[[1, 2, 5, 6]].sum()).all()


def test_equal_use_is_zero_and_exposure_counts():
    phrases = [10, 10, 40, 40]
    singers = ["x", "x", "y", "y"]
    uses = csr_matrix([[2, 2, 8, 8], [4, 4, 4, 4], [0, 0, 8, 8]])
    got = distinctiveness(uses, phrases, singers, [0, 1, 1, 2], ["x", "x", "y", "y"])["distinctiveness"]
    assert abs(got[0]) < 0.15, "the same rate in all recordings"
    assert got[1] > 1, "as many uses in fewer phrases"
    assert got[2] == pytest.approx(-got[1])
    assert got[3] > 1.5


def planted(rng, n_singers=6, n_recordings=6, habit=0.0):
    """Recordings that differ from each other; motifs 0 … n_singers − 1 are habits of one singer each."""
    singers = np.repeat([f"s{i}" for i in range(n_singers)], n_recordings)
    phrases = rng.integers(20, 40, singers.size)
    rates = rng.gamma(0.3, 0.15, (200, singers.size)).clip(0, 0.5)
    for i in range(n_singers):
        rates[i] = np.where(singers == f"s{i}", habit, 0.01) if habit else rates[i]
    return rng.binomial(phrases, rates), phrases, singers


def test_planted_habits_are_found():
    rng = np.random.default_rng(1)
    uses, phrases, singers = planted(rng, habit=0.2)
    owner = np.concatenate([[f"s{i}" for i in range(6)], rng.choice(singers, 194)])
    got = distinctiveness(csr_matrix(uses), phrases, singers, range(200), owner, min_support=3)
    assert (got["q_value"][:6] < 0.05).all()
    assert (got["distinctiveness"][:6] > 2).all()


def test_chance_is_not_taken_for_style():
    """Every singer gets a dictionary by min_support, as in mining, and no singer has any habit."""
    below, tested, found, naive_below = 0, 0, 0, 0
    for seed in range(6):
        uses, phrases, singers = planted(np.random.default_rng(seed))
        motifs = [
            (i, s) for s in sorted(set(singers)) for i in range(200) if uses[i, singers == s].sum() >= 8
        ]
        rows, owners = zip(*motifs, strict=True)
        got = distinctiveness(csr_matrix(uses), phrases, singers, rows, owners, min_support=8)
        blind = distinctiveness(csr_matrix(uses), phrases, singers, rows, owners)
        tested += got["enough_recordings"].sum()
        below += (got["p_value"] <= 0.05).sum()
        naive_below += (blind["p_value"] <= 0.05).sum()
        found += (got["q_value"] <= 0.05).any()
    assert tested > 300
    assert below / tested < 0.06
    assert naive_below > 1.2 * below, "without the condition, standing in a dictionary looks like evidence"
    assert found <= 1


def test_too_few_recordings_to_tell():
    # One recording of ten: nothing below p = 0.1. One of forty: enough.
    for n, enough in ((10, False), (40, True)):
        phrases = np.full(n, 20)
        uses = np.ones((1, n), int)
        uses[0, 0] = 15
        singers = ["x"] + ["y"] * (n - 1)
        got = distinctiveness(csr_matrix(uses), phrases, singers, [0], ["x"]).iloc[0]
        assert got["enough_recordings"] == enough
        assert np.isnan(got["p_value"]) != enough
        assert got["distinctiveness"] > 1
    # Many recordings, but the motif sounds in one of them only.
    uses = np.zeros((1, 40), int)
    uses[0, 0] = 15
    got = distinctiveness(csr_matrix(uses), [20] * 40, ["x"] * 10 + ["y"] * 30, [0], ["x"]).iloc[0]
    assert not got["enough_recordings"]


def test_what_is_used_too_rarely_is_no_evidence():
    # Never used by anybody; used by others only; once where it takes three uses.
    uses = csr_matrix([[0] * 20, [0] * 10 + [3] * 10, [1] + [0] * 9 + [5] * 10])
    got = distinctiveness(uses, [9] * 20, ["x"] * 10 + ["y"] * 10, range(3), ["x"] * 3, min_support=3)
    assert got["enough_recordings"].tolist() == [False, True, True]
    assert got["p_value"].fillna(1).tolist() == [1, 1, 1]
    assert (got["distinctiveness"][1:] < -2).all()


def test_one_singer_alone_cannot_be_compared():
    got = distinctiveness(csr_matrix([[1, 2]]), [5, 5], ["x", "x"], [0], ["x"]).iloc[0]
    assert np.isnan(got["distinctiveness"])
    assert not got["enough_recordings"]
    assert got["phrases_elsewhere"] == 0


def test_seeded():
    rng = np.random.default_rng(2)
    uses, phrases, singers = planted(rng, n_recordings=8)
    args = (csr_matrix(uses), phrases, singers, range(200), ["s1"] * 200)
    first, again = distinctiveness(*args, seed=4), distinctiveness(*args, seed=4)
    assert first.equals(again)
    other = distinctiveness(*args, seed=5)
    assert np.nanmax(np.abs(first["p_value"] - other["p_value"])) < 0.1


def test_false_discovery_rates():
    p = np.array([0.01, np.nan, 0.04, 0.03, 0.5])
    assert false_discovery_rates(p) == pytest.approx([0.04, np.nan, 0.16 / 3, 0.16 / 3, 0.5], nan_ok=True)
    assert false_discovery_rates(np.array([])).size == 0


def test_the_method_is_told_in_words():
    for word in ("log-odds", "shuffled", "Benjamini", "too few recordings"):
        assert word in METHOD
