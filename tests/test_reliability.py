import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_evaluation import naive_calibration_error
from scipy.special import softmax

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.evaluation.reliability import expected_calibration_error, reliability


def drawn(seed, n=4000, sharpness=1.0):
    """Posteriors of which the truth is drawn, made too sure by `sharpness`."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.standard_normal((n, 4))
    truth = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return softmax(logits * sharpness, axis=1), truth


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 60))
@settings(max_examples=25, deadline=None)
def test_equal_to_the_slow_twin(seed, bins, n):
    probability, truth = drawn(seed, n)
    table = reliability(probability, truth, bins)
    assert table["count"].sum() == n
    filled = table[table["count"] > 0]
    assert (
        (filled["confidence"] > filled["low"] - 1e-9) & (filled["confidence"] < filled["high"] + 1e-9)
    ).all()
    expected = naive_calibration_error(probability, truth, bins)
    assert expected_calibration_error(probability, truth, bins) == pytest.approx(expected, abs=1e-9)


def test_true_posteriors_are_reliable_and_sharpened_ones_are_not():
    assert expected_calibration_error(*drawn(0)) < 0.03
    probability, truth = drawn(0, sharpness=3.0)
    assert expected_calibration_error(probability, truth) > 0.1
    table = reliability(probability, truth)
    high = table[table["count"] > 50]
    assert (high["confidence"] > high["accuracy"]).all()


def test_a_sure_and_right_answer_stands_in_the_last_bin():
    table = reliability(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 1]), 4)
    assert table["count"].tolist() == [0, 0, 0, 2]
    assert table["accuracy"].iloc[-1] == 1.0
    assert table["accuracy"].iloc[0] != table["accuracy"].iloc[0], "nothing is known of an empty bin"
    assert expected_calibration_error(np.array([[1.0, 0.0]]), np.array([0])) == 0.0


def test_nothing_to_compare():
    with pytest.raises(FlamsidError, match="at least one"):
        reliability(np.empty((0, 3)), np.empty(0, int))
