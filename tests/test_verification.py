import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_evaluation import naive_error_rates

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.verification import equal_error_rate

TRIALS = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=40).filter(
    lambda trials: len({genuine for _, genuine in trials}) == 2
)


@given(TRIALS)
@settings(max_examples=60, deadline=None)
def test_no_threshold_brings_the_rates_nearer(trials):
    scores, genuine = (np.array(column) for column in zip(*trials, strict=True))
    eer, threshold = equal_error_rate(scores, genuine)
    rejected, accepted = naive_error_rates(scores, genuine, threshold)
    assert eer == pytest.approx((rejected + accepted) / 2)
    apart = [np.subtract(*naive_error_rates(scores, genuine, t)) for t in np.arange(-5.5, 6.5, 0.5)]
    assert abs(rejected - accepted) == pytest.approx(min(np.abs(apart)))


def test_the_rate_of_two_normal_distributions_is_known():
    rng = np.random.default_rng(0)
    genuine = np.r_[np.ones(20_000, bool), np.zeros(60_000, bool)]
    scores = rng.standard_normal(len(genuine)) + 2 * genuine
    eer, threshold = equal_error_rate(scores, genuine)
    assert eer == pytest.approx(0.1587, abs=0.004), "the tail of a normal distribution beyond one deviation"
    assert threshold == pytest.approx(1.0, abs=0.03)


def test_scores_apart_and_scores_equal():
    assert equal_error_rate(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1])) == (0.0, 0.5)
    assert equal_error_rate(np.array([0.5, 0.5]), np.array([0, 1]))[0] == 0.5


def test_one_kind_of_trials_is_not_enough():
    with pytest.raises(FlamsidError, match="no others"):
        equal_error_rate(np.array([0.5]), np.array([True]))
    with pytest.raises(FlamsidError, match="no genuine"):
        equal_error_rate(np.array([0.5]), np.array([False]))
    with pytest.raises(FlamsidError, match="finite"):
        equal_error_rate(np.array([0.5, np.nan]), np.array([False, True]))
