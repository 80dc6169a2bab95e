"""A network as a model holds it, normalising its own input, and what it says of clips."""

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from flamsid_core.singers.features.cache import ClipFeatures
from flamsid_core.singers.features.frames import VOICE_KIND
from flamsid_core.singers.networks.augmentation import masked_at_random
from flamsid_core.singers.networks.batching import cropped, inference_batches, padded
from flamsid_core.singers.networks.interface import HasFixedLength, HasVoices, SaysHowItLearns

if TYPE_CHECKING:
    from flamsid_core.singers.networks.voices import Voices


class SingerNetwork(nn.Module):
    """A network with the mean and deviation of its training features before it.

    Parameters
    ----------
    network : nn.Module
        Maps clips and lengths to embeddings and logits.
    bins : int
        Values per frame.
    masking : float
        Largest share of bins, and of frames, hidden at random while training.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, network: nn.Module, bins: int, masking: float = 0.0) -> None:
        super().__init__()
        self.masking = masking
        self.network = network
        self.register_buffer("mean", torch.zeros(bins))
        self.register_buffer("deviation", torch.ones(bins))

    @property
    def fixed_frames(self) -> int | None:
        """Frames of the clips it takes, where it takes one length alone."""
        return self.network.fixed_frames if isinstance(self.network, HasFixedLength) else None

    @property
    def learns_by_gradient(self) -> bool:
        """Whether its weights change in epochs."""
        return not isinstance(self.network, SaysHowItLearns) or self.network.learns_by_gradient

    @property
    def voices(self) -> "Voices | None":
        """The model of whole recordings, where it has one."""
        return self.network.voices if isinstance(self.network, HasVoices) else None

    def forward(self, clips: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map raw features (clips, frames, bins) to embeddings (clips, d) and logits (clips, classes)."""
        clips = (clips - self.mean) / self.deviation
        if self.training and self.masking:
            clips = masked_at_random(clips, self.masking)
        if lengths is not None:
            valid = torch.arange(clips.shape[1], device=clips.device)[None, :] < lengths[:, None]
            clips = clips * valid[:, :, None]
        return self.network(clips, lengths)


def log_probabilities(network: SingerNetwork, features: ClipFeatures) -> np.ndarray:
    """Return the (n, classes) float32 natural logarithms of the posterior of every clip."""
    return infer(network, features)[1]


def infer(network: SingerNetwork, features: ClipFeatures) -> tuple[np.ndarray, np.ndarray]:
    """Return embeddings (n, d) and log-probabilities (n, classes) of every clip, float32."""
    device = network.mean.device
    was_training = network.training
    network.eval()
    found: list[tuple[np.ndarray, Tensor, Tensor]] = []
    # what else a recording's clips hold is heard with each of them: they are not dealt to several batches
    together = features.params.kind == VOICE_KIND
    with torch.inference_mode():
        for index in [np.arange(len(features))] if together else inference_batches(features.length):
            clips, lengths = batch_of(network, features, index, None, device)
            embedding, logits = network(clips, lengths)
            found.append((index, embedding.float().cpu(), logits.float().log_softmax(1).cpu()))
    network.train(was_training)
    order = np.argsort(np.concatenate([index for index, _, _ in found]))
    embeddings = torch.cat([embedding for _, embedding, _ in found]).numpy()[order]
    return embeddings, torch.cat([scores for _, _, scores in found]).numpy()[order]


def batch_of(
    network: SingerNetwork,
    features: ClipFeatures,
    index: np.ndarray,
    rng: np.random.Generator | None,
    device: torch.device,
) -> tuple[Tensor, Tensor | None]:
    """Return clips and their lengths as tensors: whole, or cut at random places where `rng` is given."""
    frames = network.fixed_frames
    clips, lengths = (
        padded(features, index, frames) if frames or rng is None else cropped(features, index, rng)
    )
    return moved(clips, device), None if lengths is None else moved(lengths, device)


def moved(array: np.ndarray, device: torch.device) -> Tensor:
    """Return an array as a tensor on the device; to a GPU it goes from pinned memory, without waiting."""
    tensor = torch.from_numpy(array)
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor
