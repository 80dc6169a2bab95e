"""Intervals hold the truth as often as they say; the paired test is that of all sign flips."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_evaluation import naive_sign_flips

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.evaluation.uncertainty import count_interval, paired_test, recording_interval


def clips_of(rates, rng, clips=20):
    """Draw clips of recordings with given rates: right, recording."""
    recording = np.repeat(np.arange(len(rates)), clips)
    return rng.random(len(recording)) < np.asarray(rates)[recording], recording


@pytest.mark.parametrize("per_singer", [None, 3])
def test_intervals_hold_the_truth_as_often_as_they_say(per_singer):
    rng, held, held_by_clips = np.random.default_rng(0), [], []
    for draw in range(300):
        right, recording = clips_of(
            rng.beta(2, 1, 12), rng
        )  # recordings are right in 2/3 of clips, from 0 to 1
        singers = None if per_singer is None else recording // per_singer
        low, high = recording_interval(right, recording, singers=singers, draws=300, seed=draw)
        held.append(low <= 2 / 3 <= high)
        low, high = recording_interval(right, np.arange(len(right)), draws=300, seed=draw)
        held_by_clips.append(low <= 2 / 3 <= high)
    assert 0.90 < np.mean(held) < 0.99
    assert np.mean(held_by_clips) < 0.75, "as if clips were independent"


def test_the_interval_is_that_of_the_mean_asked_for():
    right = np.r_[np.ones(90, bool), np.zeros(30, bool)]
    recording, singers = np.repeat(np.arange(12), 10), np.repeat([0, 1], [90, 30])
    low, high = recording_interval(right, recording)
    assert low < 0.75 < high
    assert recording_interval(right, recording, singers=singers) == (0.5, 0.5), (
        "no recording differs from its singer's"
    )


def test_one_recording_tells_nothing_of_others():
    assert recording_interval(np.ones(9, bool), np.zeros(9)) == (0.0, 1.0)
    assert recording_interval(np.ones(9, bool), np.arange(9), singers=np.arange(9)) == (0.0, 1.0)


def test_the_interval_is_wider_where_recordings_differ_more_and_the_level_is_higher():
    rng = np.random.default_rng(1)
    mild, recording = clips_of(rng.uniform(0.5, 0.7, 10), rng)
    wild, _ = clips_of([0.05] * 4 + [0.95] * 6, rng)
    widths = [np.diff(recording_interval(right, recording))[0] for right in (mild, wild)]
    assert widths[1] > 1.5 * widths[0]
    assert np.diff(recording_interval(wild, recording, level=0.5))[0] < widths[1]


def test_errors_say_what_to_do():
    with pytest.raises(FlamsidError, match="at least one test clip"):
        recording_interval(np.empty(0, bool), np.empty(0))
    with pytest.raises(FlamsidError, match=r"like 0\.95"):
        recording_interval(np.ones(2, bool), np.arange(2), level=95)


def run_of(right, recording, protocol="source-disjoint"):
    """Return (predictions, instances) where singer A is meant and named when right."""
    ids = [f"i{k}" for k in range(len(right))]
    predictions = pd.DataFrame(
        {"instance_id": ids, "protocol": protocol, "singer": "A", "predicted": np.where(right, "A", "B")}
    )
    return predictions, pd.DataFrame({"instance_id": ids, "source_group": recording})


@given(st.integers(0, 10**6), st.integers(1, 7))
@settings(max_examples=15, deadline=None)
def test_few_recordings_are_flipped_in_every_way(seed, recordings):
    rng = np.random.default_rng(seed)
    recording = rng.integers(0, recordings, 30)
    a, b = rng.random((2, 30)) < [[0.8], [0.5]]
    found = paired_test(run_of(a, recording)[0], run_of(b, recording)[0], run_of(a, recording)[1], draws=200)
    d = a.astype(float) - b
    by_recording = [d[recording == r].sum() / 30 for r in np.unique(recording)]
    assert found["exact"]
    assert found["p_value"] == pytest.approx(naive_sign_flips(by_recording))
    assert found["difference"] == pytest.approx(a.mean() - b.mean())
    assert (found["clips"], found["recordings"]) == (30, len(by_recording))


def test_drawn_flips_come_near_all_flips():
    rng = np.random.default_rng(3)
    recording = np.repeat(np.arange(16), 15)
    (a, table), (b, _) = (run_of(rng.random(240) < rate, recording) for rate in (0.7, 0.55))
    every = paired_test(a, b, table, draws=2**16)
    drawn = paired_test(a, b, table, draws=4000, seed=2)
    assert every["exact"] and not drawn["exact"]
    assert drawn["p_value"] == pytest.approx(every["p_value"], abs=0.03)


def test_under_no_difference_small_p_values_are_rare():
    rng, small = np.random.default_rng(4), []
    recording = np.repeat(np.arange(10), 8)
    for _ in range(200):
        rate = rng.beta(2, 1, 10)[recording]
        (a, table), (b, _) = (run_of(rng.random(80) < rate, recording) for _ in range(2))
        small.append(paired_test(a, b, table, draws=1024)["p_value"] <= 0.05)
    assert np.mean(small) <= 0.09


def test_a_planted_difference_is_found_with_its_interval():
    rng = np.random.default_rng(5)
    recording = np.repeat(np.arange(15), 20)
    (a, table), (b, _) = (run_of(rng.random(300) < rate, recording) for rate in (0.8, 0.5))
    found = paired_test(a, b, table, seed=1)
    assert found["p_value"] < 0.01
    assert 0.1 < found["low"] < found["difference"] < found["high"] < 0.5
    swapped = paired_test(b, a, table, seed=1)
    assert swapped["difference"] == pytest.approx(-found["difference"])
    assert swapped["p_value"] == pytest.approx(found["p_value"], abs=0.005)
    assert found["accuracy_a"] - found["accuracy_b"] == pytest.approx(found["difference"])


def test_singers_weigh_the_same_when_asked():
    singers = np.repeat(["A", "B"], [90, 10])
    predictions = [
        pd.DataFrame({"instance_id": range(100), "singer": singers, "predicted": p})
        for p in (singers, np.full(100, "A"))
    ]
    table = pd.DataFrame({"instance_id": range(100), "source_group": np.arange(100) // 5})
    assert paired_test(*predictions, table)["difference"] == pytest.approx(0.1)
    assert paired_test(*predictions, table, over="singers")["difference"] == pytest.approx(0.5)


def test_runs_that_cannot_be_compared():
    a, table = run_of(np.ones(4, bool), np.arange(4))
    with pytest.raises(FlamsidError, match="choose one protocol"):
        paired_test(pd.concat([a, a]), a, table)
    with pytest.raises(FlamsidError, match="no clip in common"):
        paired_test(a, a.assign(instance_id="x" + a["instance_id"]), table)
    with pytest.raises(FlamsidError, match="different singers"):
        paired_test(a, a.assign(singer="Z"), table)
    same = paired_test(a, a, table)
    assert (same["difference"], same["p_value"]) == (0.0, 1.0)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_ends_of_a_count_s_interval_are_where_its_tails_are_a_fortieth(trials):
    right, total = trials
    low, high = count_interval(right, total)
    chance = [math.comb(total, k) for k in range(total + 1)]

    def tail(share, counts):
        return sum(chance[k] * share**k * (1 - share) ** (total - k) for k in counts)

    assert low == 0 if right == 0 else tail(low, range(right, total + 1)) == pytest.approx(0.025, abs=1e-6)
    assert high == 1 if right == total else tail(high, range(right + 1)) == pytest.approx(0.025, abs=1e-6)
    assert low < right / total < high or right in (0, total)


@pytest.mark.parametrize("n", [2, 9, 40])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_all_right_and_all_wrong_are_not_certain(n, level):
    from scipy.stats import binomtest

    recording = np.repeat(np.arange(n), 3)
    for right in (True, False):
        low, high = recording_interval(np.full(3 * n, right), recording, level=level)
        exact = binomtest(n * right, n).proportion_ci(level, method="exact")
        assert (low, high) == pytest.approx((exact.low, exact.high))
        # Of the mean over singers too, each with recordings of their own.
        singers = recording % 2
        if n > 2:
            assert recording_interval(np.full(3 * n, right), recording, singers=singers, level=level) == (
                low,
                high,
            )
