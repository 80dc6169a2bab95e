import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax

from flamsid_core.singers.evaluation.figures import (
    evaluate,
    fitted_temperature,
    macro_auc,
    recording_votes,
    without_doubtful,
)


def random_case(seed, n=120, classes=4, ties=False):
    rng = np.random.default_rng(seed)
    truth = np.r_[np.arange(classes), rng.integers(0, classes, n - classes)]
    scores = rng.standard_normal((n, classes)) + np.eye(classes)[truth]
    if ties:
        scores = np.round(scores)
    return truth, log_softmax(scores, axis=1), truth * 10 + rng.integers(0, 3, n)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(3, 6), st.booleans())
def test_equal_to_scikit_learn(seed, classes, ties):
    from sklearn import metrics

    truth, scores, groups = random_case(seed, classes=classes, ties=ties)
    found = evaluate(truth, scores, groups, [f"singer {k}" for k in range(classes)])
    predicted = scores.argmax(1)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, predicted))
    assert found["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(truth, predicted))
    assert found["mean_over_singers"] == pytest.approx(metrics.balanced_accuracy_score(truth, predicted))
    areas = [metrics.roc_auc_score(truth == k, scores[:, k]) for k in range(classes)]
    assert found["macro_auc"] == pytest.approx(np.mean(areas))
    assert found["confusion"]["counts"] == metrics.confusion_matrix(truth, predicted).tolist()


def test_a_singer_without_test_clips_is_left_out_of_means_not_counted_as_wrong():
    truth, scores = np.array([0, 0, 1]), np.log(np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1]]))
    found = evaluate(truth, scores, np.array(["a", "b", "c"]), ["x", "y", "z"])
    assert found["balanced_accuracy"] == pytest.approx(0.75)
    assert found["per_singer"] == {"x": 0.5, "y": 1.0}
    assert found["macro_auc"] is None
    assert (found["recordings_right"], found["recordings"]) == (2, 3)
    assert found["mean_over_recordings"] == pytest.approx(2 / 3)


def test_votes_pool_evidence_not_counts():
    """Two hesitant clips for the wrong singer weigh less than one that is sure."""
    scores = np.log(np.array([[0.45, 0.55], [0.45, 0.55], [0.99, 0.01]]))
    votes = recording_votes(np.zeros(3, int), scores, np.array(["r", "r", "r"]))
    assert votes.to_dict("records") == [{"group": "r", "singer": 0, "predicted": 0, "clips": 3}]


def test_auc_of_one_class_alone_is_unknown():
    assert macro_auc(np.zeros(5, int), np.random.default_rng(0).standard_normal((5, 2))) is None


def test_temperature_undoes_a_known_one():
    rng = np.random.default_rng(0)
    logits = 2 * rng.standard_normal((4000, 5))
    truth = (logits + rng.gumbel(size=logits.shape)).argmax(1)  # drawn from the softmax of the logits
    for temperature in (0.5, 1.0, 4.0):
        scores = log_softmax(logits * temperature, axis=1)
        assert fitted_temperature(truth, scores) == pytest.approx(temperature, rel=0.1)


def test_clips_under_the_wrong_singer_are_counted_and_left_out():
    clips = pd.DataFrame(
        {
            "sound_id": ["a", "b", "c", "d", "a"],
            "source_group": ["g", "g", "g", "h", "g"],
            "singer": ["x", "x", "x", "y", "y"],
        }
    )
    test, right = np.array([0, 3, 4]), np.array([True, False, False])
    assert without_doubtful(clips, test, right) == {"doubtful_in_test": 1, "accuracy_without_doubtful": 0.5}
    assert without_doubtful(clips, test[2:], right[2:])["accuracy_without_doubtful"] is None
