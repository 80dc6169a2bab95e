"""How often a singer's small moves would give a pattern: against a simulation, planted formulas, and plain chance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_chains import expected_by_simulation
from test_motifs import recordings_of, segments_of

from flamsid_core.motifs import MotifParams, build_motifs
from flamsid_core.motifs.chains import chain_of, shuffled_phrases

FORMULA = [2, -1, 2, 1, -2, -2]


def walks(rng, n, length):
    """Phrases of small moves in which a step depends on the one before it alone."""
    phrases = []
    for _ in range(n):
        steps = [int(rng.choice([-1, 1]))]
        while len(steps) < length:
            steps.append(int(-steps[-1] if rng.random() < 0.6 else rng.choice([-2, -1, 1, 2])))
        phrases.append(steps)
    return phrases


@pytest.mark.parametrize("order", [1, 2])
def test_expected_equals_the_mean_of_drawn_phrases(order):
    phrases = walks(np.random.default_rng(1), 30, 12)
    chain = chain_of(phrases, order)
    for pattern in ((1, -1, 1), (-1, 1, -1, 1), (1, 2, -2)):
        mean, error = expected_by_simulation(phrases, pattern, order, runs=300, seed=2)
        assert abs(chain.expected(pattern) - mean) < 4 * error + 0.02 * mean


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.lists(st.integers(-2, 2), min_size=1, max_size=9), min_size=1, max_size=8),
    st.sampled_from([1, 2]),
    st.integers(0, 99),
)
def test_shuffles_keep_runs_and_the_number_of_phrases(phrases, order, seed):
    again = shuffled_phrases([np.array(phrase) for phrase in phrases], seed, order)
    before, after = chain_of(phrases, order), chain_of([tuple(p.tolist()) for p in again], order)
    assert len(again) == len(phrases)
    assert before.longer == after.longer


def test_a_planted_formula_is_beyond_chance_and_small_moves_are_not():
    rng = np.random.default_rng(0)
    phrases = walks(rng, 60, 14)
    for k in range(0, 60, 4):
        phrases[k][4:10] = FORMULA
    motifs = build_motifs(segments_of({"a": phrases}), recordings_of({"a": "AM"}), MotifParams()).motifs
    planted = motifs[motifs["pattern"] == " ".join(f"{step:+d}" for step in FORMULA)].iloc[0]
    assert planted["n_instances"] > 5 * planted["expected"]
    assert planted["q_chance"] < 0.1
    plain = walks(rng, 60, 14)
    motifs = build_motifs(segments_of({"a": plain}), recordings_of({"a": "AM"}), MotifParams()).motifs
    assert len(motifs) > 20
    assert (motifs["q_chance"] < 0.05).mean() < 0.05
    assert np.median(motifs["n_instances"] / motifs["expected"]) < 3


def test_with_gaps_nothing_is_said_of_chance():
    params = MotifParams(min_length=2, max_gap=1)
    motifs = build_motifs(segments_of({"a": [[1, -1, 1]] * 4}), recordings_of({"a": "AM"}), params).motifs
    assert len(motifs) and motifs[["expected", "q_chance"]].isna().all().all()
