"""Attribution, its check by deletion, what is audible of it: on networks and sounds whose answer is known."""

import numpy as np
import pytest
import torch
from scipy.signal import butter, sosfilt

from flamsid_core.errors import FlamsidError
from flamsid_core.singers import FeatureParams, features_of_signal
from flamsid_core.singers.explanation.attribution import (
    band_centres_hz,
    integrated_gradients,
    leaning,
    logits_of,
    plane_of,
)
from flamsid_core.singers.explanation.deletion import deletion_curves
from flamsid_core.singers.explanation.resynthesis import audible_weights, masked_sound
from flamsid_core.singers.explanation.why import explain
from flamsid_core.singers.features.frames import FEATURES, frame_features
from flamsid_core.singers.model_store import Model
from flamsid_core.singers.networks import NETWORKS, build_network
from flamsid_core.singers.networks.inference import SingerNetwork
from flamsid_core.singers.training.fitting import Examples, FitParams, fit

RATE_HZ = 16_000
BAND_HZ = (2500.0, 3200.0)
CLIP_S = 0.4


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def voice(rng, ringing, duration_s=CLIP_S):
    """A sung tone and breath; the ringing singer has 10 dB more in one frequency band, and there is no other sign."""
    t = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    f0_hz = rng.uniform(110, 140)
    partials = np.arange(1, int(7900 / f0_hz))
    phase = 2 * np.pi * (f0_hz * t + 0.02 * np.sin(2 * np.pi * 5.5 * t + rng.uniform(0, 6)))
    tone = np.sin(partials[:, None] * phase + rng.uniform(0, 6, (len(partials), 1))).sum(axis=0)
    tone += 2.0 * rng.normal(size=len(t))
    band = sosfilt(butter(4, BAND_HZ, "bandpass", fs=RATE_HZ, output="sos"), tone)
    return (0.02 * (tone + (2.2 * band if ringing else 0.0))).astype(np.float32)


def examples(params, n, seed, shuffled=False):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    signal = np.concatenate([voice(rng, bool(label)) for label in labels])
    start_s = np.arange(n) * CLIP_S
    if shuffled:
        labels = rng.permutation(labels)
    features = features_of_signal(signal, start_s + 0.03, start_s + CLIP_S - 0.03, params)
    return Examples(features, labels.astype(np.int64), np.arange(n))


def trained(params, shuffled=False):
    network, _ = fit(
        lambda: build_network("residual-blstm", params.bins, 2),
        examples(params, 256, 0, shuffled),
        examples(params, 64, 1, shuffled),
        FitParams(epochs=4, patience=1, batch_size=32, masking=0.1),
    )
    about = {"classes": ["plain", "ringing"], "features": params.__dict__, "protocols": {}, "training": {}}
    return Model(network.eval(), about)


@pytest.fixture(scope="module")
def model():
    torch.set_num_threads(1)
    return trained(FeatureParams())


@pytest.fixture(scope="module")
def ignorant():
    """Trained on labels that have nothing to do with the sounds, and stopped as soon as that shows."""
    torch.set_num_threads(1)
    return trained(FeatureParams(), shuffled=True)


def random_network(name, preset, bins, classes=3, seed=0, sure=30.0):
    """Return a network with weights at random, made surer of itself by a factor on its last layer."""
    torch.manual_seed(seed)
    network = SingerNetwork(build_network(name, bins, classes, preset=preset), bins)
    network.mean.uniform_(-60, -20)
    network.deviation.uniform_(5, 15)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # statistics as a trained network has them, blocks awake
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.data.uniform_(0.3, 1.0)
    network.network.classes.weight.data *= sure
    return network.eval()


def clip_of(network, frames, seed=0):
    rng = np.random.default_rng(seed)
    mean, deviation = network.mean.numpy(), network.deviation.numpy()
    return (mean + deviation * rng.normal(size=(frames, len(mean)))).astype(np.float32)


KINDS = list(FEATURES)
ROOMY = ["crnn", "residual-blstm", "resnet50"]  # take any features


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ROOMY)
def test_contributions_add_up_to_the_difference_of_scores(name, kind):
    params = FeatureParams(kind=kind)
    network = random_network(name, "lean", params.bins)
    clip = clip_of(network, 33)
    plane = plane_of(network, clip, params)
    found = integrated_gradients(network, plane, 1, temperature=2.0)
    with torch.no_grad():
        both = torch.from_numpy(np.stack([clip, np.tile(plane.baseline, (33, 1))]))
        score, baseline = (leaning(network(both)[1], 1) / 2.0).tolist()
    assert found.score == pytest.approx(score, abs=1e-4)
    assert found.baseline_score == pytest.approx(baseline, abs=1e-4)
    assert abs(score - baseline) > 1e-3, "a network that says something"
    assert found.values.sum() == pytest.approx(score - baseline, abs=0.02 * max(abs(score - baseline), 0.1))
    assert found.values.shape == (33, 201 if kind == "spectrogram" else 128)


def test_every_registered_network_can_be_explained():
    """Also those that are fitted in closed form and listen to features of their own."""
    for name, network_class in NETWORKS.items():
        if name in ROOMY or not hasattr(network_class, "fit_in_closed_form"):
            continue
        params = FeatureParams(
            kind="mel+timbre" if hasattr(network_class, "learns_by_gradient") else "timbre"
        )
        given = examples(params, 24, 3)
        given = Examples(given.features, given.labels, np.arange(24) % 8)
        network, _ = fit(
            lambda name=name, n=params.bins: build_network(name, n, 2), given, None, FitParams(epochs=1)
        )
        found = integrated_gradients(network, plane_of(network, given.features.clip(1), params), 1)
        assert abs(found.score - found.baseline_score) > 1e-3
        assert abs(found.error) <= 0.02 * max(abs(found.score - found.baseline_score), 0.1)


@pytest.mark.parametrize("name", ROOMY)
def test_networks_of_padded_input_are_explained_as_they_listen(name):
    params = FeatureParams()
    network = random_network(name, "paper", params.bins)
    clip = clip_of(network, 9)
    plane = plane_of(network, clip, params)
    padded = torch.from_numpy(np.vstack([clip, np.tile(clip[-1], (426 - 9, 1))])[None])
    with torch.no_grad():
        expected = network(padded, torch.tensor([9]))[1]
        found = logits_of(network, 9)(torch.from_numpy(clip[None]))
    assert torch.allclose(found, expected, atol=1e-3)
    attribution = integrated_gradients(network, plane, 0)
    difference = attribution.score - attribution.baseline_score
    assert attribution.score == pytest.approx(float(leaning(expected, 0)[0]), abs=1e-3)
    assert abs(attribution.error) <= 0.02 * max(abs(difference), 0.1)
    assert plane_of(network, clip_of(network, 500), params).difference.shape == (426, 128)


def test_a_network_of_ones_own_that_needs_its_padding_gets_it():
    class Fixed(torch.nn.Module):
        fixed_frames = 30

        def __init__(self):
            super().__init__()
            self.dense = torch.nn.Linear(30 * 128, 3)

        def forward(self, clips, lengths=None):
            flat = clips.flatten(1) if clips.shape[1] == 30 else clips.new_zeros(len(clips), 30 * 128)
            return flat, self.dense(flat)

    network = SingerNetwork(Fixed(), 128).eval()
    clip = clip_of(network, 12)
    found = integrated_gradients(network, plane_of(network, clip, FeatureParams()), 2)
    assert abs(found.error) < 1e-4
    assert np.abs(found.values).sum() > 0.01


def test_the_mass_lies_in_the_band_that_tells_the_singers_apart(model):
    rng = np.random.default_rng(5)
    inside = (model_centres() >= 2200) & (model_centres() <= 3600)
    shares, gains = [], []
    for k in range(4):
        found = explain(model, voice(rng, True), 0.03, CLIP_S - 0.03, seed=k)
        assert found.singer == "ringing"
        assert found.posterior["ringing"] > 0.8
        mass = np.abs(found.shown).sum(axis=0)
        assert found.shown.sum() == pytest.approx(found.attribution.values.sum())
        shares.append(mass[inside].sum() / mass.sum())
        gains.append(found.curves.gain)
        assert found.curves.better_than_random
        assert found.curves.insertion_area > found.curves.random_area
        region = {row["low_hz"]: row["speaks_for"] for row in found.regions}
        assert region[1500.0] > 0.7
    assert np.mean(shares) > 0.7
    assert np.mean(gains) > 0.15


def model_centres():
    return band_centres_hz(FeatureParams())


def test_what_speaks_for_a_singer_is_audible_where_it_lies(model):
    found = explain(model, voice(np.random.default_rng(8), True), 0.03, CLIP_S - 0.03)
    power = np.abs(np.fft.rfft(found.speaks_for)) ** 2
    hz = np.fft.rfftfreq(len(found.speaks_for), 1 / RATE_HZ)
    assert power[(hz > 2200) & (hz < 3600)].sum() > 0.7 * power.sum()
    assert len(found.speaks_for) == len(found.speaks_against) == round((CLIP_S - 0.06) * RATE_HZ)
    assert np.abs(found.speaks_against).max() <= 1.0


def test_the_other_singer_can_be_asked_about(model):
    signal = voice(np.random.default_rng(9), True)
    one = explain(model, signal, 0.03, 0.37, singer="ringing")
    other = explain(model, signal, 0.03, 0.37, singer="plain")
    assert np.allclose(one.attribution.values, -other.attribution.values, atol=1e-4)
    with pytest.raises(FlamsidError, match="does not know 'nobody'"):
        explain(model, signal, 0.03, 0.37, singer="nobody")


def test_deletion_finds_out_a_network_that_learned_nothing(ignorant):
    rng = np.random.default_rng(6)
    untrained = Model(random_network("residual-blstm", "lean", 128, 2, sure=1.0), ignorant.about)
    for judged in (ignorant, untrained):
        found = [explain(judged, voice(rng, bool(k % 2)), 0.03, 0.37).curves for k in range(4)]
        assert not any(curves.better_than_random for curves in found)
        assert abs(np.mean([curves.gain for curves in found])) < 0.08


def test_an_order_at_random_is_no_better_than_random(model):
    network = model.network
    rng = np.random.default_rng(3)
    features = features_of_signal(voice(rng, True), np.array([0.03]), np.array([0.37]), FeatureParams())
    plane = plane_of(network, features.clip(0), FeatureParams())
    gains = [
        deletion_curves(network, plane, rng.normal(size=plane.difference.shape), 1, hop_s=0.01).gain
        for _ in range(4)
    ]
    assert abs(np.mean(gains)) < 0.08


def test_the_curves_begin_and_end_where_they_must(model):
    found = explain(model, voice(np.random.default_rng(4), True), 0.03, 0.37)
    curves, whole = found.curves, found.posterior["ringing"]
    assert curves.share[0] == 0 and curves.share[-1] == 1
    assert curves.deletion[0] == pytest.approx(whole, abs=1e-3)
    assert curves.insertion[-1] == pytest.approx(whole, abs=1e-3)
    assert curves.deletion[-1] == pytest.approx(curves.insertion[0], abs=1e-4)
    assert np.allclose(curves.random[:, [0, -1]], curves.deletion[[0, -1]], atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_plane_that_is_kept_whole_is_the_clip(kind):
    params = FeatureParams(kind=kind)
    network = random_network("residual-blstm", "lean", params.bins)
    clip = frame_features(voice(np.random.default_rng(1), True), params)
    plane = plane_of(network, clip, params)
    assert np.allclose(plane.features(np.ones_like(plane.level_db)), clip, atol=1e-2)
    assert np.allclose(plane.features(np.zeros_like(plane.level_db)), plane.baseline, atol=1e-4)
    assert plane.centre_hz.shape == (plane.level_db.shape[1],)
    with pytest.raises(FlamsidError, match="features is needed"):
        plane_of(network, clip[:, 1:], params)


def test_bands_lie_where_librosa_has_them():
    import librosa

    assert np.allclose(model_centres(), librosa.mel_frequencies(130, fmin=0, fmax=8000)[1:-1], atol=1e-6)


@pytest.mark.parametrize("n", [100, 5000, 12_345])
def test_weights_of_one_give_the_sound_back(n):
    signal = np.random.default_rng(n).normal(size=n).astype(np.float32)
    weights = np.ones((7, 128))
    assert np.allclose(masked_sound(signal, weights, model_centres(), FeatureParams()), signal, atol=1e-5)
    assert not masked_sound(signal, 0 * weights, model_centres(), FeatureParams()).any()


def test_weights_in_time_and_frequency_mute_what_they_should():
    t = np.arange(RATE_HZ) / RATE_HZ
    low, high = np.sin(2 * np.pi * 300 * t), np.sin(2 * np.pi * 5000 * t)
    weights = np.ones((101, 128))
    weights[:, model_centres() > 1500] = 0.0
    weights[:50] = 0.0
    out = masked_sound((low + high).astype(np.float32), weights, model_centres(), FeatureParams())
    assert np.abs(out[: round(0.45 * RATE_HZ)]).max() < 1e-3
    late = slice(round(0.55 * RATE_HZ), round(0.9 * RATE_HZ))
    assert np.allclose(out[late], low[late], atol=0.02)


def test_for_and_against_never_sound_at_the_same_place():
    values = np.random.default_rng(0).normal(size=(20, 30))
    speaks_for, speaks_against = audible_weights(values)
    assert not (speaks_for * speaks_against).any()
    assert speaks_for.max() == speaks_against.max() == 1.0
    assert not np.any(audible_weights(np.zeros((3, 4))))
