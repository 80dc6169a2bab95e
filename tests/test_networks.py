import pytest
import torch
from torch import nn

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.networks import NETWORKS, build_network, parameter_count, register_network
from flamsid_core.singers.networks.batching import balanced_draw, inference_batches, training_batches
from flamsid_core.singers.networks.inference import SingerNetwork
from flamsid_core.singers.networks.layers import MaskedBatchNorm, frame_mask

BINS, CLASSES = 128, 5


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def ragged(lengths, bins=BINS, longest=None):
    clips = [torch.randn(n, bins) for n in lengths]
    batch = torch.full((len(clips), longest or max(lengths), bins), 1000.0)  # padding that would be noticed
    for row, clip in zip(batch, clips, strict=True):
        row[: len(clip)] = clip
    return clips, batch, torch.tensor(lengths)


def warmed_up(name, bins=BINS):
    """A network whose running statistics are not those of a fresh one."""
    network = SingerNetwork(build_network(name, bins, CLASSES), bins)
    network.mean += 0.3
    network.train()
    for _ in range(3):
        network(2 * torch.randn(8, 20, bins) + 1)
    return network.eval()


@pytest.mark.parametrize("bins", [128, 40, 201])
@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_padding_is_irrelevant(name, bins):
    network = warmed_up(name, bins)
    clips, batch, lengths = ragged([1, 2, 3, 7, 20, 33, 64], bins, longest=90)
    with torch.inference_mode():
        embedding, logits = network(batch, lengths)
        for k, clip in enumerate(clips):
            alone_embedding, alone_logits = network(clip[None])
            assert torch.allclose(embedding[k], alone_embedding[0], atol=1e-5)
            assert torch.allclose(logits[k], alone_logits[0], atol=1e-5)


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_padding_is_irrelevant_while_training(name):
    """Same loss and gradients for a batch whatever stands behind the clips, and however much of it."""
    network = warmed_up(name).train()
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    _, batch, lengths = ragged([5, 9, 16])
    longer = torch.cat([batch, torch.full((3, 20, BINS), -50.0)], 1)
    gradients = []
    for clips in (batch, longer):
        network.zero_grad()
        nn.functional.cross_entropy(network(clips, lengths)[1], torch.tensor([0, 1, 2])).backward()
        gradients.append(
            torch.cat([weight.grad.flatten() for weight in network.parameters() if weight.grad is not None])
        )
    assert torch.allclose(*gradients, atol=1e-5 * float(gradients[0].abs().max()) + 1e-7)


def test_masked_batch_norm_takes_statistics_of_valid_frames_only():
    x, lengths = torch.randn(4, 3, 10, 6), torch.tensor([10, 4, 1, 7])
    mask = frame_mask(lengths, 10)
    masked, plain = MaskedBatchNorm(3), nn.BatchNorm2d(3)
    found = masked(x, mask)
    valid = torch.cat([x[k, :, :n].flatten(1) for k, n in enumerate(lengths)], 1)  # (channels, values)
    expected = plain(valid[None, :, :, None])
    assert torch.allclose(masked.running_mean, plain.running_mean, atol=1e-6)
    assert torch.allclose(masked.running_var, plain.running_var, atol=1e-6)
    again = torch.cat([found[k, :, :n].flatten(1) for k, n in enumerate(lengths)], 1)
    assert torch.allclose(again, expected[0, :, :, 0], atol=1e-5)
    assert (found * (1 - mask) == 0).all()


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_learns_a_separable_toy_set(name):
    network = build_network(name, 40, 2)
    labels = torch.arange(16) % 2
    clips = torch.randn(16, 12, 40)
    clips[labels == 1, :, :16] += 1.5
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(25):
        loss = nn.functional.cross_entropy(network(clips)[1], labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    network.eval()
    assert (network(clips)[1].argmax(1) == labels).all()


def test_residual_blstm_paper_preset():
    paper, lean = (build_network("residual-blstm", BINS, CLASSES, preset=p) for p in ("paper", "lean"))
    assert paper.fixed_frames == 426
    assert lean.fixed_frames is None
    assert parameter_count(lean) < 500_000 < parameter_count(paper)
    assert paper.dense.out_features == lean.dense.out_features == 1024
    with torch.inference_mode():
        embedding, logits = paper(torch.randn(1, 426, BINS))
    assert embedding.shape == (1, 256)
    assert logits.shape == (1, CLASSES)


def test_a_network_of_ones_own():
    try:

        @register_network("mine")
        class Mine(nn.Module):
            def __init__(self, bins, classes):
                super().__init__()
                self.classes = nn.Linear(bins, classes)

            def forward(self, clips, lengths=None):
                embedding = clips.mean(1)
                return embedding, self.classes(embedding)

        assert isinstance(build_network("mine", 4, 2), Mine)
    finally:
        NETWORKS.remove("mine")


def test_names_are_checked():
    with pytest.raises(FlamsidError, match="residual-blstm"):
        build_network("transformer", BINS, CLASSES)
    with pytest.raises(FlamsidError, match="lean, paper"):
        build_network("residual-blstm", BINS, CLASSES, preset="huge")
    with pytest.raises(FlamsidError, match="built-in"):
        register_network("residual-blstm")(nn.Module)


# -- batches
# -----------------------------------------------------------------------------------------------------------


def test_batches_hold_every_clip_once_and_similar_lengths():
    import numpy as np

    rng = np.random.default_rng(0)
    length = rng.integers(5, 200, 1000)
    batches = training_batches(length, 64, rng)
    assert sorted(np.concatenate(batches)) == list(range(1000))
    assert all(len(batch) <= 64 for batch in batches)
    spread = [length[batch].min() / length[batch].max() for batch in batches]
    assert np.median(spread) > 0.7
    inference = list(inference_batches(np.r_[length, 40_000]))
    assert sorted(np.concatenate(inference)) == list(range(1001))


def test_balanced_draw_gives_singers_and_recordings_even_shares():
    import numpy as np

    labels = np.r_[np.zeros(900, int), np.ones(100, int)]
    groups = np.r_[np.zeros(800, int), np.ones(100, int), np.full(100, 2)]
    rng = np.random.default_rng(0)
    drawn = balanced_draw(labels, groups, 100, rng)
    assert len(set(drawn)) == 100
    assert 35 < (labels[drawn] == 1).sum() < 60
    assert 15 < (groups[drawn] == 1).sum() < 35
    assert len(balanced_draw(labels, groups, None, rng)) == 1000
    assert len(balanced_draw(labels, groups, 5000, rng)) == 1000
