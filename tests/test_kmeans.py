import naive_kmeans
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core.errors import FlamsidError
from flamsid_core.melody.kmeans import bic, choose_k, count_cents, fit_levels, levels_of

few_cents = st.lists(st.integers(-60, 4000), min_size=1, max_size=11)


@given(few_cents)
@settings(deadline=None, max_examples=100)
def test_whole_cents_reach_the_best_of_all_partitions(values):
    fits = fit_levels(np.array(values, dtype=float), 6)
    for k in range(1, 7):
        if k <= len(set(values)):
            assert fits.sse[k] == pytest.approx(naive_kmeans.best_sse(values, k), abs=1e-6)
        else:
            assert fits.sse[k] == np.inf


@given(st.integers(0, 2**32 - 1), st.integers(20, 120), st.integers(5, 3000))
@settings(deadline=None, max_examples=30)
def test_every_k_equals_the_textbook_programme(seed, n, spread):
    values = np.random.default_rng(seed).integers(1000, 1000 + spread, n).astype(float)
    k_max = min(20, np.unique(values).size)
    truth = naive_kmeans.best_sse_table(values, k_max)
    np.testing.assert_allclose(fit_levels(values, k_max).sse[1:], truth[1:], atol=1e-5)


def test_fractions_of_a_cent_cost_at_most_four_parts_in_ten_thousand():
    values = np.random.default_rng(3).choice([1800.0, 2000, 2200, 2350], 600) + np.random.default_rng(
        4
    ).normal(0, 30, 600)
    truth = naive_kmeans.best_sse_table(values, 12)
    ratio = fit_levels(values, 12).sse[2:] / truth[2:]
    assert np.all(ratio >= 1 - 1e-9)
    assert np.all(ratio <= 1.0004)


@given(st.lists(st.floats(0, 5000, width=32), min_size=1, max_size=60), st.integers(1, 12))
@settings(deadline=None, max_examples=100)
def test_levels_describe_their_partition_exactly(values, k):
    values = np.array(values, dtype=float)
    fits = fit_levels(values, 12)
    levels = levels_of(fits, k)
    k = levels.pitch_cents.size
    assert k == min(levels.frames.size, fits.histogram.bins.size)
    label = np.searchsorted(levels.edges_cents[1:-1], values, side="right")
    assert np.array_equal(np.bincount(label, minlength=k), levels.frames)
    means = [values[label == j].mean() for j in range(k)]
    np.testing.assert_allclose(levels.pitch_cents, means, atol=1e-6)
    assert np.all(np.diff(levels.pitch_cents) > 0)
    assert levels.edges_cents[0] == values.min()
    assert levels.edges_cents[-1] == values.max()
    error = ((values - levels.pitch_cents[label]) ** 2).sum()
    assert fits.sse[k] == pytest.approx(error, abs=1e-4)


def test_more_levels_never_fit_worse():
    values = np.random.default_rng(0).normal(2400, 300, 5000)
    assert np.all(np.diff(fit_levels(values).sse[1:]) <= 1e-6)


@pytest.mark.parametrize("deviation_cents", [10.0, 25.0, 40.0])
@pytest.mark.parametrize("frames", [20_000, 300_000])
def test_auto_finds_fifteen_planted_levels(deviation_cents, frames):
    rng = np.random.default_rng(1)
    values = rng.choice(1500 + 150.0 * np.arange(15), frames) + rng.normal(0, deviation_cents, frames)
    fits = fit_levels(values)
    assert choose_k(fits) == 15
    assert choose_k(fits, observations=frames / 10) == 15
    np.testing.assert_allclose(levels_of(fits, 15).pitch_cents, 1500 + 150.0 * np.arange(15), atol=4)


def test_auto_sees_no_levels_in_a_trackers_grid():
    rng = np.random.default_rng(2)
    values = rng.choice(2000 + 200.0 * np.arange(6), 50_000) + rng.normal(0, 30, 50_000)
    assert choose_k(fit_levels(np.round(values / 10) * 10)) == 6


def test_auto_never_leaves_levels_wider_than_whole_tones():
    glides = np.random.default_rng(5).uniform(1200, 3000, 50_000)
    fits = fit_levels(glides)
    assert bic(levels_of(fits, 2)) < bic(levels_of(fits, 9))
    assert choose_k(fits) >= 9


def test_unvoiced_frames_are_not_counted():
    voiced = np.array([1800.0, 1900.0, 2000.0])
    with_gaps = np.array([np.nan, 1800.0, np.nan, 1900.0, 2000.0, np.nan])
    assert count_cents(with_gaps).weight.sum() == 3
    np.testing.assert_array_equal(fit_levels(with_gaps, 2).sse, fit_levels(voiced, 2).sse)


@pytest.mark.parametrize("values", [[], [np.nan, np.nan]])
def test_no_voice_is_said(values):
    with pytest.raises(FlamsidError, match="no voiced frame"):
        fit_levels(np.array(values, dtype=float))
