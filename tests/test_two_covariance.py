import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.networks.joint import Joint
from flamsid_core.singers.networks.two_covariance import LEVELS, TwoCovariance

BINS = 6


def sources(per_singer=(4, 3, 2), clips=200, bins=BINS, spread=0.5, apart=3.0, seed=0):
    """Clips drawn from the model itself: means (n, bins), labels, groups."""
    rng = np.random.default_rng(seed)
    mixing = rng.standard_normal((bins, bins)) + 2 * np.eye(bins)
    means, labels, groups = [], [], []
    for label, count in enumerate(per_singer):
        singer = apart * rng.standard_normal(bins)
        for _ in range(count):
            recording = singer + np.sqrt(spread) * rng.standard_normal(bins)
            means.append((recording + rng.standard_normal((clips, bins))) @ mixing)
            labels += [label] * clips
            groups += [len(means)] * clips
    return np.concatenate(means), np.array(labels), np.array(groups)


def fitted(means, labels, groups):
    network = TwoCovariance(means.shape[1], labels.max() + 1).eval()
    network.fit_in_closed_form(means, labels, groups)
    return network


def logits(network, means):
    with torch.inference_mode():
        return network(torch.from_numpy(means[:, None].astype(np.float32)))[1].numpy()


def test_equals_gaussians_written_out():
    """Its logits are, up to what is the same for all singers, log densities of full Gaussians."""
    means, labels, groups = sources()
    network = fitted(means, labels, groups)
    of_source = np.array([means[groups == g].mean(axis=0) for g in np.unique(groups)])
    singer_of = np.array([labels[groups == g][0] for g in np.unique(groups)])
    within = np.mean([np.cov(means[groups == g].T, bias=True) for g in np.unique(groups)], axis=0)
    within = 0.98 * within + 0.02 * np.diag(np.diag(within))
    of_singer = np.array([of_source[singer_of == c].mean(axis=0) for c in range(3)])
    between = sum(np.outer(d, d) for d in of_source - of_singer[singer_of]) / (len(of_source) - 3)
    b = np.mean(np.diag(between) / np.diag(within))
    expected = []
    for c, n in enumerate((4, 3, 2)):
        gain = within @ np.linalg.inv(
            within + b * within / n
        )  # of a Kalman filter: prior W, seen through b W / n
        place = of_singer.mean(axis=0) + gain @ (of_singer[c] - of_singer.mean(axis=0))
        covariance = within + b * within + (within - gain @ within)
        expected.append(multivariate_normal(place, covariance).logpdf(means[:50]))
    expected = np.array(expected).T / float(network.temperature.detach())
    found = logits(network, means[:50])
    assert np.allclose(found - found[:, :1], expected - expected[:, :1], atol=2e-3)


def test_recognises_new_recordings_of_singers_it_knows():
    means, labels, groups = sources(per_singer=(5, 5, 5), apart=4.0, seed=3)
    held_out = np.isin(groups, [1, 6, 11])
    network = fitted(means[~held_out], labels[~held_out], groups[~held_out])
    assert (logits(network, means[held_out]).argmax(axis=1) == labels[held_out]).mean() > 0.95


def test_finds_nothing_where_there_is_nothing():
    rng = np.random.default_rng(5)
    means, groups = rng.standard_normal((3000, BINS)), np.repeat(np.arange(30), 100)
    labels = rng.integers(0, 3, 30)[groups]
    test = groups >= 20
    network = fitted(means[~test], labels[~test], groups[~test])
    right = (logits(network, means[test]).argmax(axis=1) == labels[test]).mean()
    assert abs(right - 1 / 3) < 0.12


def test_the_fewer_recordings_the_less_sure():
    means, labels, groups = sources(per_singer=(8, 8, 1), spread=2.0)
    variance = fitted(means, labels, groups).experts[0].variance.detach().numpy()
    assert variance[2] > 1.05 * variance[0]
    assert variance[0] == pytest.approx(variance[1])


def test_one_recording_each_is_enough_to_be_fitted():
    means, labels, groups = sources(per_singer=(1, 1, 1))
    network = fitted(means, labels, groups)
    assert float(network.temperature.detach()) == 1.0
    assert (logits(network, means).argmax(axis=1) == labels).mean() > 0.9


def test_of_timbre_one_expert_does_not_hear_the_level():
    means, labels, groups = sources(bins=32)
    network = fitted(means, labels, groups)
    louder = means.copy()
    louder[:, LEVELS] += 10.0
    with torch.inference_mode():
        heard = [torch.from_numpy(m.astype(np.float32))[:, network.heard[1]] for m in (means, louder)]
        assert torch.equal(network.experts[1](heard[0])[1], network.experts[1](heard[1])[1])
    assert not np.allclose(logits(network, means), logits(network, louder))


def test_a_singer_without_clips_is_never_named():
    means, labels, groups = sources(per_singer=(3, 3, 3))
    heard = labels != 1
    network = TwoCovariance(means.shape[1], 3).eval()
    network.fit_in_closed_form(means[heard], labels[heard], groups[heard])
    found = logits(network, means)
    assert np.isfinite(found).all()
    assert (found.argmax(axis=1) != 1).all()
    alone = fitted(means[heard], labels[heard] // 2, groups[heard])
    assert np.allclose(found[:, [0, 2]], logits(alone, means), atol=1e-3)


def test_scales_of_coefficients_do_not_matter():
    means, labels, groups = sources()
    scales = np.array([1e-2, 1.0, 30.0, 1.0, 0.2, 5.0])
    found = [logits(fitted(m, labels, groups), m) for m in (means, means * scales)]
    assert np.allclose(found[0], found[1] + (found[0] - found[1]).mean(), atol=0.02)


def test_a_constant_coefficient_does_no_harm():
    means, labels, groups = sources()
    means[:, 2] = -7.0
    assert np.isfinite(logits(fitted(means, labels, groups), means)).all()


def test_joint_multiplies_the_posteriors_of_its_parts():
    network = Joint(52, 3).eval()
    means, labels, groups = sources(bins=52)
    network.fit_in_closed_form(means, labels, groups)
    clips = torch.randn(4, 12, 52)
    with torch.inference_mode():
        parts = [network.course(clips[:, :, :20])[1], network.timbre(clips[:, :, 20:])[1]]
        product = (parts[0].softmax(1) * parts[1].softmax(1)).log()
        assert torch.allclose(network(clips)[1].log_softmax(1), product.log_softmax(1), atol=1e-4)


def test_joint_trains_its_network_alone():
    network = Joint(52, 3).train()
    network(torch.randn(4, 12, 52))[1].sum().backward()
    assert all(weight.grad is not None for weight in network.course.parameters())
    assert all(weight.grad is None for weight in network.timbre.parameters())


def test_joint_refuses_timbre_alone():
    with pytest.raises(FlamsidError, match=r"mel\+timbre"):
        Joint(32, 3)
