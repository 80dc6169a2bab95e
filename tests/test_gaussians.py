"""Singer, recording, observation, clip: closed forms against dense conditioning, and what must not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_gaussians import log_density, posterior_of_singer

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.networks.gaussians import Heard, contributions, fit_gaussians, score


def corpus(seed=0, singers=3, recordings=3, clips=8, d=4, noise=0.3):
    """Draw recordings of singers who lie well apart."""
    rng = np.random.default_rng(seed)
    heard, labels = [], []
    for k in range(singers):
        place = rng.normal(0, 4, d)
        for _ in range(recordings):
            where = place + rng.normal(0, 1, d)
            heard.append(Heard(where + rng.normal(0, 1, (clips, d)), np.full(d, noise)))
            labels.append(k)
    return heard, np.array(labels)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3), st.floats(0, 4))
def test_places_and_densities_are_those_of_one_dense_gaussian(seed, recordings, noise):
    heard, labels = corpus(seed, recordings=recordings, noise=noise)
    model = fit_gaussians(heard, labels, 3, channel=np.eye(4))
    asked = corpus(seed + 1)[0][0]
    found = score(model, asked, drop=False)
    for k in range(3):
        theirs = [
            (h.clips.mean(axis=0) / model.scale, h.variance / model.scale**2, len(h.clips))
            for h, label in zip(heard, labels, strict=True)
            if label == k
        ]
        mean, covariance = posterior_of_singer(theirs, model.within, model.between, model.centre, model.tau)
        np.testing.assert_allclose(model.mean[k], mean, atol=1e-8)
        np.testing.assert_allclose(model.covariance[k], covariance, atol=1e-8)
        around = model.between + np.diag(asked.variance / model.scale**2) + model.within / len(asked.clips)
        expected = log_density(asked.clips.mean(axis=0) / model.scale, mean, covariance + around)
        assert found.log_density[0, k] == pytest.approx(expected, abs=1e-7)


def test_a_value_of_boundless_variance_is_as_if_it_had_not_been_asked():
    heard, labels = corpus(3)
    model = fit_gaussians(heard, labels, 3)
    asked = heard[0]
    variance = asked.variance.copy()
    variance[2] = 1e10
    blind = score(model, Heard(asked.clips, variance), drop=False).log_density[0]
    rest = [0, 1, 3]
    around = model.between + np.diag(asked.variance / model.scale**2) + model.within / len(asked.clips)
    marginal = [
        log_density(
            (asked.clips.mean(axis=0) / model.scale)[rest],
            model.mean[k, rest],
            (around + model.covariance[k])[np.ix_(rest, rest)],
        )
        for k in range(3)
    ]
    np.testing.assert_allclose(blind - blind[0], np.array(marginal) - marginal[0], atol=1e-6)


def test_without_noise_it_is_the_plain_model():
    heard, labels = corpus(5, noise=0.0)
    slightly = [Heard(h.clips, np.full(4, 1e-12)) for h in heard]
    plain, other = fit_gaussians(heard, labels, 3), fit_gaussians(slightly, labels, 3)
    np.testing.assert_allclose(plain.mean, other.mean, atol=1e-8)
    np.testing.assert_allclose(plain.between, other.between, atol=1e-8)


def test_neither_the_order_of_clips_nor_that_of_recordings_matters():
    heard, labels = corpus(7)
    order = np.random.default_rng(1).permutation(len(heard))
    mixed = [Heard(heard[i].clips[::-1], heard[i].variance) for i in order]
    one, other = fit_gaussians(heard, labels, 3), fit_gaussians(mixed, labels[order], 3)
    np.testing.assert_allclose(one.mean, other.mean, atol=1e-9)
    np.testing.assert_allclose(one.covariance, other.covariance, atol=1e-9)


def test_one_recording_a_singer_is_enough_to_name_him():
    heard, labels = corpus(11, recordings=1, clips=12)
    again, _ = corpus(11, recordings=2, clips=12)
    model = fit_gaussians(heard, labels, 3)
    assert score(model, again[0]).log_density[0].argmax() == 0


def test_a_singer_never_heard_is_never_named():
    heard, labels = corpus(13)
    model = fit_gaussians(heard, labels, 5)
    found = score(model, heard[0])
    assert np.isneginf(found.log_density[0, 3:]).all()
    assert np.isneginf(score(model, heard[0], without=0).log_density[0, 0])


def test_a_surprising_value_is_dropped_and_its_loss_is_marginalising():
    heard, labels = corpus(17, d=6)
    model = fit_gaussians(heard, labels, 3)
    clips = heard[0].clips.copy()
    clips[:, 4] += 400.0
    found = score(model, Heard(clips, heard[0].variance))
    assert not found.kept[4]
    assert found.log_density[0].argmax() == 0


def test_contributions_sum_to_the_difference_of_the_log_densities():
    heard, labels = corpus(19)
    model = fit_gaussians(heard, labels, 3)
    found = score(model, heard[0])
    parts = contributions(model, heard[0], found.kept, 0, 2)
    assert parts.sum() == pytest.approx(found.log_density[0, 0] - found.log_density[0, 2])


def test_clips_of_one_recording_are_not_independent_witnesses():
    heard, labels = corpus(23, clips=4)
    model = fit_gaussians(heard, labels, 3)
    often = Heard(np.tile(heard[0].clips, (50, 1)), heard[0].variance)
    added = score(model, often, single=True, drop=False).log_density.sum(axis=0)
    whole = score(model, often, drop=False).log_density[0]
    assert np.ptp(whole) < 0.1 * np.ptp(added)


def test_single_clips_everywhere_are_refused():
    heard, labels = corpus(29, clips=1)
    with pytest.raises(FlamsidError, match="two clips"):
        fit_gaussians(heard, labels, 3)
