"""CRNN, ResNet-50 and what networks cost."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from flamsid_core.singers.features.cache import ClipFeatures
from flamsid_core.singers.features.frames import FeatureParams
from flamsid_core.singers.networks import PRESETS, build_network, parameter_count
from flamsid_core.singers.networks.costs import multiply_adds
from flamsid_core.singers.networks.inference import SingerNetwork, log_probabilities
from flamsid_core.singers.networks.layers import BidirectionalLSTM
from flamsid_core.singers.training.fitting import Examples, FitParams, fit

BINS, CLASSES = 128, 5
NAMES = ("crnn", "resnet50")
EMBEDDING = {
    ("crnn", "lean"): 64,
    ("crnn", "paper"): 128,
    ("resnet50", "lean"): 256,
    ("resnet50", "paper"): 2048,
}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def shaken(network):
    """Give every normalisation scales, shifts and statistics of its own, none of them zero."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.0)
            nn.init.normal_(module.bias, std=0.3)
            nn.init.normal_(module.running_mean, std=0.3)
            nn.init.uniform_(module.running_var, 0.7, 1.5)
    return network.eval()


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", NAMES)
def test_shapes(name, preset):
    network = build_network(name, BINS, CLASSES, preset=preset).eval()
    assert network.fixed_frames == (426 if preset == "paper" else None)
    assert network.dense.out_features == network.classes.in_features == 1024
    with torch.inference_mode():
        embedding, logits = network(torch.randn(1, network.fixed_frames or 31, BINS), torch.tensor([29]))
    assert embedding.shape == (1, EMBEDDING[name, preset])
    assert logits.shape == (1, CLASSES)
    assert embedding.isfinite().all() and logits.isfinite().all()


@pytest.mark.parametrize("bins", [128, 40, 201])
@pytest.mark.parametrize("name", NAMES)
def test_padding_is_irrelevant(name, bins):
    """Every length from 1 frame on, so that each remainder of the strides occurs."""
    network = SingerNetwork(shaken(build_network(name, bins, CLASSES)), bins).eval()
    lengths = torch.tensor([*range(1, 19), 33, 47, 64])
    batch = torch.full((len(lengths), 83, bins), 1000.0)  # padding that would be noticed
    for row, length in zip(batch, lengths, strict=True):
        row[:length] = 2 * torch.randn(bins) + torch.randn(int(length), bins)  # a spectrum of its own
    with torch.inference_mode():
        found = network(batch, lengths)
        alone = [network(row[None, :length]) for row, length in zip(batch, lengths, strict=True)]
    for part in (0, 1):
        expected = torch.cat([output[part] for output in alone])
        error = (found[part] - expected).abs().max()
        assert error < 1e-5
        assert error < 1e-4 * expected.std(0).max()  # far below what tells clips apart


def test_crnn_embeds_the_state_of_the_second_layer_at_the_last_valid_frame():
    network = shaken(build_network("crnn", BINS, CLASSES))
    states = []
    network.gru.register_forward_hook(lambda module, inputs, output: states.append(output[0]))
    with torch.inference_mode():
        embedding, _ = network(torch.randn(2, 50, BINS))
    assert states[0].shape == (2, 13, 64)  # a quarter of the frames
    assert torch.equal(embedding, states[0][:, -1])


# -- sizes and costs
# ------------------------------------------------------------------------------------------------------


def test_parameters_of_the_paper_crnn():
    convolutions = 9 * 128 + 3 * 9 * 128 * 128
    normalisations = 4 * 2 * 128
    gru = 2 * (3 * 128 * (128 + 128) + 2 * 3 * 128)  # 128 bins end as one, so 128 values a frame
    dense = 128 * 1024 + 1024 + 1024 * CLASSES + CLASSES
    paper = build_network("crnn", BINS, CLASSES, preset="paper")
    assert parameter_count(paper) == convolutions + normalisations + gru + dense
    assert parameter_count(build_network("crnn", BINS, CLASSES)) < 200_000


def resnet50_layers(width):
    """(channels in, channels out, kernel, stride, stage) of every convolution; stage 0 is the first one."""
    layers = [(1, width, 3, 1, 0)]
    channels = width
    for stage, count in enumerate((3, 4, 6, 3)):
        inner = width * 2**stage
        for k in range(count):
            stride = 2 if k == 0 and stage > 0 else 1
            layers += [
                (channels, inner, 1, stride, stage + 1),
                (inner, inner, 3, 1, stage + 1),
                (inner, 4 * inner, 1, 1, stage + 1),
            ]
            if k == 0:
                layers.append((channels, 4 * inner, 1, stride, stage + 1))
            channels = 4 * inner
    return layers


def test_parameters_of_the_paper_resnet50():
    trunk = sum(kernel**2 * i * o + 2 * o for i, o, kernel, _, _ in resnet50_layers(64))
    # the usual count with 1000 classes, less that layer, less 7×7 on three channels for 3×3 on one
    assert trunk == 25_557_032 - (2048 * 1000 + 1000) - (49 * 3 - 9) * 64 == 23_499_200
    dense = 2048 * 1024 + 1024 + 1024 * CLASSES + CLASSES
    assert parameter_count(build_network("resnet50", BINS, CLASSES, preset="paper")) == trunk + dense
    assert parameter_count(build_network("resnet50", BINS, CLASSES)) < 700_000


def test_multiply_adds_of_every_kind_of_layer():
    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 4, 3, stride=2, padding=1)
            self.grouped = nn.Conv2d(4, 6, 1, groups=2)
            self.lstm = BidirectionalLSTM(6 * 4, 5)
            self.gru = nn.GRU(10, 3, num_layers=2, batch_first=True)
            self.classes = nn.Linear(3, 2)

        def forward(self, clips, lengths=None):
            x = self.grouped(self.conv(clips[:, None])).permute(0, 2, 1, 3).flatten(2)
            embedding = self.gru(self.lstm(x, lengths))[1][-1]
            return embedding, self.classes(embedding)

    convolutions = 10 * 4 * 4 * 9 + 10 * 4 * 6 * 2  # 20 × 8 becomes 10 × 4
    lstm = 10 * 2 * 4 * 5 * (24 + 5)
    gru = 10 * 3 * 3 * ((10 + 3) + (3 + 3))
    network = Small()
    assert multiply_adds(network, 20, 8) == convolutions + lstm + gru + 3 * 2
    assert network.conv.weight.device.type == "cpu"
    assert not network.conv._forward_hooks
    assert network.training


def test_multiply_adds_of_the_paper_networks():
    # 426 × 128 becomes 213 × 64 and, pooled, 107 × 32; then only bins are pooled
    crnn = 213 * 64 * 9 * 128 + 107 * (32 + 16 + 4) * 9 * 128 * 128
    crnn += 107 * 2 * 3 * 128 * (128 + 128) + 128 * 1024 + 1024 * CLASSES
    assert multiply_adds(build_network("crnn", BINS, CLASSES, preset="paper"), 426, BINS) == crnn
    sizes = [426 * 128, 213 * 64, 107 * 32, 54 * 16, 27 * 8]
    resnet50 = sum(sizes[stage] * kernel**2 * i * o for i, o, kernel, _, stage in resnet50_layers(64))
    resnet50 += 2048 * 1024 + 1024 * CLASSES
    assert multiply_adds(build_network("resnet50", BINS, CLASSES, preset="paper"), 426, BINS) == resnet50


def test_multiply_adds_of_the_closed_form_model_do_not_grow_with_the_clip():
    with_level, without = 32 * 32 + CLASSES * 32, 30 * 30 + CLASSES * 30
    for frames in (10, 500):
        assert multiply_adds(build_network("two-covariance", 32, CLASSES), frames, 32) == with_level + without


# -- learning
# -------------------------------------------------------------------------------------------------------------


def toy_set(seed, clips=48, bins=32):
    """Two singers, one of them louder in the lower bins."""
    rng = np.random.default_rng(seed)
    labels = np.arange(clips) % 2
    length = rng.integers(6, 20, clips)
    frames = rng.standard_normal((int(length.sum()), bins))
    frames[np.repeat(labels, length) == 1, : bins // 2] += 1.5
    first = np.r_[0, np.cumsum(length)[:-1]]
    features = ClipFeatures(
        frames.astype(np.float16), first, length, FeatureParams(mel_bands=bins, coefficients=20)
    )
    return Examples(features, labels, np.arange(clips))


@pytest.mark.parametrize("name", NAMES)
def test_learns_a_separable_toy_set(name):
    training, unheard = toy_set(0), toy_set(1)
    network, history = fit(
        lambda: build_network(name, 32, 2), training, None, FitParams(epochs=2, batch_size=16)
    )
    assert len(history) == 2
    found = log_probabilities(network, unheard.features)
    assert (found.argmax(axis=1) == unheard.labels).mean() > 0.9


@pytest.mark.parametrize("name", NAMES)
def test_state_survives_a_file(name, tmp_path):
    network = shaken(build_network(name, BINS, CLASSES))
    save_file(network.state_dict(), tmp_path / "network.safetensors")
    again = build_network(name, BINS, CLASSES).eval()
    clips = torch.randn(2, 20, BINS)
    with torch.inference_mode():
        assert not torch.equal(again(clips)[1], network(clips)[1])
        again.load_state_dict(load_file(tmp_path / "network.safetensors"))
        for found, expected in zip(again(clips), network(clips), strict=True):
            assert torch.equal(found, expected)
