import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_evaluation import naive_error_rates
from scipy.special import log_softmax
from test_splits import corpus
from test_training import corpus as voices
from test_training import one_thread, quick

from flamsid_core.errors import FlamsidError
from flamsid_core.singers import train
from flamsid_core.singers.evaluation.protocols import distinct_rows, source_disjoint_folds
from flamsid_core.singers.evaluation.verdicts import recording_verdicts
from flamsid_core.singers.evaluation.verification import (
    equal_error_rate,
    open_set_figures,
    open_set_splits,
    stranger_scores,
    verification_figures,
)

__all__ = ["one_thread", "voices"]  # fixtures

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


def predicted(sureness, seed=0, classes=4, recordings=5, clips=6):
    """Log-probabilities of clips that lean to their singer by `sureness`, alike within a recording."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(classes), recordings * clips)
    groups = np.repeat(np.arange(classes * recordings), clips)
    logits = rng.standard_normal((classes * recordings, classes))[groups] + sureness * np.eye(classes)[truth]
    return truth, log_softmax(logits + 0.3 * rng.standard_normal(logits.shape), axis=1), groups


def test_every_recording_claims_to_be_every_singer():
    truth, scores, groups = predicted(2.0)
    found = verification_figures(truth, scores, groups, temperature=1.5, protocol="source-disjoint")
    assert (found["genuine"], found["impostor"], found["protocol"]) == (20, 60, "source-disjoint")
    trials = []
    for group in np.unique(groups):
        rows = groups == group
        pooled = np.exp(scores[rows].mean(axis=0) / 1.5)
        pooled /= pooled.sum()
        trials += [(pooled[k], k == truth[rows][0]) for k in range(4)]
    rejected, accepted = naive_error_rates(*zip(*trials, strict=True), found["threshold"])
    assert found["eer"] == pytest.approx((rejected + accepted) / 2)
    assert (found["false_rejections"], found["false_acceptances"]) == (
        pytest.approx(20 * rejected),
        pytest.approx(60 * accepted),
    )


def test_verification_is_perfect_where_voices_are_and_chance_where_nothing_is_heard():
    rates = [
        verification_figures(*predicted(sureness), temperature=1.0, protocol="p")["eer"]
        for sureness in (9.0, 0.0)
    ]
    assert rates[0] == 0.0
    assert 0.35 < rates[1] < 0.65


def test_a_higher_temperature_moves_the_threshold_not_the_order():
    truth, log_probability, groups = predicted(1.0)
    recordings = recording_verdicts(log_probability, groups, truth)
    posteriors = [recordings.posterior(temperature) for temperature in (1.0, 5.0)]
    assert (posteriors[0].argmax(axis=1) == posteriors[1].argmax(axis=1)).all()
    assert posteriors[1].max() < posteriors[0].max()
    assert np.allclose(posteriors[1].sum(axis=1), 1)


def test_each_split_leaves_one_singer_out_of_training_and_tests_on_all_of_them():
    frame = corpus({"A": 3, "B": 3, "C": 1}, clips=4, copies=2)
    folds = source_disjoint_folds(frame, 3, validation_share=0.1)
    splits = open_set_splits(frame, folds, ["A", "B", "C"])
    singers, groups = frame["singer"].to_numpy(), frame["source_group"].to_numpy()
    assert len(splits) == 3
    for singer, split in zip("ABC", splits, strict=True):
        learned = np.concatenate([split.train, split.validation])
        assert singer not in singers[learned]
        assert set(singers[learned]) == set("ABC") - {singer}
        own = distinct_rows(frame)[singers[distinct_rows(frame)] == singer]
        assert set(own) <= set(split.test)
        assert not set(groups[learned]) & set(groups[split.test]), "known singers by recordings not met"
        assert set(singers[split.test]) - {singer}, "known ones are tested beside the unknown"
    assert open_set_splits(frame, folds, ["A", "B"]) == []


def test_a_stranger_cannot_be_named_and_scores_stand_for_recordings():
    truth, scores, groups = predicted(6.0, classes=3)
    scores[truth == 2] = log_softmax(
        [[0.0, 0.3, 50.0]], axis=1
    )  # whatever it says in the column it never learned
    known, unknown = stranger_scores(2, truth, scores, groups, 1.0)
    assert (len(known), len(unknown)) == (10, 5)
    assert unknown == pytest.approx(np.exp(0.3) / (1 + np.exp(0.3)))
    found = open_set_figures([known, known], [unknown, np.empty(0)])
    assert (found["known"], found["unknown"], found["eer"]) == (20, 5, 0.0)
    assert unknown.max() < found["threshold"] <= known.min()
    assert (found["false_rejections"], found["false_acceptances"]) == (0, 0)


def test_without_strangers_nothing_is_said_of_them():
    assert open_set_figures([], []) is None
    assert open_set_figures([np.array([0.9])], [np.empty(0)]) is None


def test_training_measures_both_and_a_model_that_left_nobody_out_says_so(voices, tmp_path):
    folder, instances = voices
    seen = []
    model = train(
        instances,
        folder.joinpath,
        quick(protocol="source-disjoint", open_set=True, epochs=4, processes=2),
        work_dir=tmp_path,
        on_metrics=seen.append,
    )
    verification, open_set = model.about["verification"], model.about["open_set"]
    assert (verification["protocol"], verification["genuine"], verification["impostor"]) == (
        "source-disjoint",
        12,
        24,
    )
    assert verification["eer"] < 0.2
    # of each of three folds, the recordings of the two singers that are not left out
    assert open_set["unknown"] == 12
    assert open_set["known"] == 8
    assert 0 <= open_set["eer"] <= 1 and 0 < open_set["threshold"] <= 1
    assert {row["protocol"] for row in seen} == {"source-disjoint", "open-set", "refit"}
    (figures,) = model.about["protocols"].values()
    for name, (low, high) in figures["intervals"].items():
        assert 0 <= low <= figures[name] <= high <= 1
    assert 0 <= figures["expected_calibration_error"] <= 1
    assert set(model.about["protocols"]) == {"source-disjoint"}
    assert set(pd.read_parquet(tmp_path / "predictions.parquet")["protocol"]) == {"source-disjoint"}


def test_what_cannot_be_measured_is_said(voices, tmp_path):
    folder, instances = voices
    model = train(instances, folder.joinpath, quick(epochs=1, open_set=True), work_dir=tmp_path)
    assert model.about["open_set"] is None
    assert any("unknown singers" in note for note in model.about["notes"])
    assert model.about["verification"]["protocol"] == "paper"
