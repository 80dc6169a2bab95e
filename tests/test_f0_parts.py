"""The fast parts of the f0 tracker equal their slow twins in `naive_f0`."""

import naive_f0
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core.melody import salience, tracking

seeds = st.integers(0, 2**32 - 1)


@settings(deadline=None, max_examples=40)
@given(seed=seeds, range_db=st.sampled_from([10.0, 40.0, 60.0]))
def test_peaks_equal_the_slow_ones(seed, range_db):
    rng = np.random.default_rng(seed)
    power = (10.0 ** rng.uniform(-6, 0, 300)).astype(np.float32)
    peak_hz, peak_power = np.empty(256, np.float32), np.empty(256, np.float32)
    peak_bin = np.empty(256, np.int32)
    n = salience.find_peaks(power, power, 20.0, 5000.0, range_db, peak_hz, peak_power, peak_bin)
    slow = np.array(naive_f0.peaks(power.astype(float), 20.0, 5000.0, range_db))
    np.testing.assert_allclose(peak_hz[:n], slow[:, 0], rtol=1e-4)
    np.testing.assert_allclose(peak_power[:n], slow[:, 1], rtol=1e-3)


def test_silence_has_no_peaks():
    nothing = np.zeros(300, np.float32)
    bins = np.empty(300, np.int32)
    found = salience.find_peaks(nothing, nothing, 20.0, 5000.0, 40.0, nothing.copy(), nothing.copy(), bins)
    assert found == 0


@settings(deadline=None, max_examples=25)
@given(
    seed=seeds,
    n=st.integers(1, 8),
    harmonics=st.integers(1, 20),
    weight=st.sampled_from([0.8, 0.85, 1.0]),
)
def test_salience_equals_the_slow_one(seed, n, harmonics, weight):
    rng = np.random.default_rng(seed)
    peak_hz = np.sort(rng.uniform(50.0, 5000.0, n)).astype(np.float32)
    magnitude = rng.uniform(0.01, 1.0, n).astype(np.float32)
    padded = np.full(salience.N_BINS + 42, 7.0, np.float32)
    salience.add_votes(peak_hz, magnitude, n, harmonics, weight, salience.vote_weights(), padded)
    slow = naive_f0.salience(peak_hz.tolist(), magnitude.tolist(), harmonics, weight)
    fast = padded[21:-21]
    # A peak on the edge of two bins may be rounded to either in float32: its votes, at most 6 of 21 bins, then move by
    # one bin.
    off = np.abs(fast - slow)
    assert np.mean(off > 1e-4 * slow.max()) < 0.2
    assert off.max() < 0.2 * magnitude.max()


@settings(deadline=None, max_examples=40)
@given(seed=seeds)
def test_candidates_are_the_highest_maxima_in_order(seed):
    rng = np.random.default_rng(seed)
    curve = rng.random(salience.N_BINS).astype(np.float32)
    candidates = np.zeros((salience.N_CANDIDATES, 3), np.float32)
    found = salience.strongest_candidates(curve, 1, salience.N_BINS - 2, candidates)
    maxima = [c for b, c in enumerate(curve[1:-1], 1) if c > curve[b - 1] and c >= curve[b + 1]]
    assert found == min(salience.N_CANDIDATES, len(maxima))
    np.testing.assert_array_equal(candidates[:found, 1], sorted(maxima, reverse=True)[:found])


@settings(deadline=None, max_examples=60)
@given(seed=seeds, frames=st.integers(1, 6), n=st.integers(1, 4), jump=st.floats(0, 5), most=st.floats(0, 3))
def test_the_path_is_the_best_of_all(seed, frames, n, jump, most):
    rng = np.random.default_rng(seed)
    log2_hz = rng.uniform(6, 10, (frames, n)).astype(np.float32)
    gain = rng.random((frames, n)).astype(np.float32)
    gain[:, 1:][rng.random((frames, n - 1)) < 0.3] = -np.inf
    path = tracking.best_path(log2_hz, gain, jump, most)
    value = naive_f0.path_value(path, log2_hz, gain, jump, most)
    np.testing.assert_allclose(value, naive_f0.best_path(log2_hz, gain, jump, most), rtol=1e-6)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=10), st.floats(0, 6))
def test_the_voicing_decision_is_the_best_of_all(evidence, switch_cost):
    voiced = tracking.voiced_frames(np.array(evidence), switch_cost)
    value = naive_f0.voicing_value(voiced.tolist(), evidence, switch_cost)
    np.testing.assert_allclose(value, naive_f0.best_voicing(evidence, switch_cost), atol=1e-9)


@given(st.lists(st.booleans(), max_size=40), st.integers(0, 6))
@settings(deadline=None)
def test_short_runs_fall_silent_and_others_stay(voiced, shortest):
    fast = np.array(voiced, dtype=np.bool_)
    tracking.drop_short_runs(fast, shortest)
    slow = "".join("x" if v else "." for v in voiced)
    runs = slow.split(".")
    expected = ".".join(run if len(run) >= shortest else "." * len(run) for run in runs)
    assert "".join("x" if v else "." for v in fast) == expected


def test_ends_hold_the_nearest_clear_pitch():
    clear, dim = 0.9, 0.2
    f0_hz = np.array([0.0, 50, 90, 100, 110, 120, 70, 0, 60, 60, 0])
    harmonicity = np.array([clear, dim, dim, clear, dim, clear, dim, clear, dim, dim, clear], np.float32)
    tracking.hold_ends(f0_hz, harmonicity)
    np.testing.assert_array_equal(f0_hz, [0.0, 100, 100, 100, 110, 120, 120, 0, 60, 60, 0])


def test_long_dim_ends_are_left_alone():
    f0_hz = np.r_[np.linspace(100.0, 200.0, 30), 300.0]
    kept = f0_hz.copy()
    tracking.hold_ends(f0_hz, np.r_[np.full(30, 0.3), 1.0].astype(np.float32))
    np.testing.assert_array_equal(f0_hz, kept)
