"""Fit one network on one split: epochs, early stopping, a checkpoint after each epoch, inference.

Paper, section 4.1: Adam with a learning rate of 0.001, cross-entropy, batches of 64, at most 20 epochs, early stopping
with a patience of 2. What is validated, and kept, is a running mean of the weights over about the last hundred steps
(Polyak & Juditsky 1992): with a constant learning rate the weights themselves wander, and the validation loss with
them. All randomness of an epoch comes from the seed and the number of the epoch, so a run that was killed continues
from its last checkpoint as if nothing had happened.
"""

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from flamsid_core.progress import Metrics
from flamsid_core.singers.features.cache import ClipFeatures
from flamsid_core.singers.features.frames import VOICE_KIND
from flamsid_core.singers.networks.batching import balanced_draw, training_batches
from flamsid_core.singers.networks.inference import SingerNetwork, batch_of, log_probabilities, moved
from flamsid_core.singers.networks.interface import FitsInClosedForm
from flamsid_core.singers.training.checkpoints import restore, save_checkpoint, state_of

AVERAGING = 0.99
LEAST_GAIN = 1e-3  # nats a clip: less is not worth another epoch, nor another network
LEAST_STEPS = 24  # of an epoch: a patience of 2 epochs means nothing where an epoch is a handful of steps


@dataclass(frozen=True)
class Examples:
    """Clips with what they are, for fitting.

    Attributes
    ----------
    features : ClipFeatures
    labels : (n,) int64 array
        Position of the singer among the classes.
    groups : (n,) int64 array
        Number of the source group.
    """

    features: ClipFeatures
    labels: np.ndarray
    groups: np.ndarray

    def take(self, index: np.ndarray) -> "Examples":
        """Return the clips at `index`."""
        return Examples(self.features.take(index), self.labels[index], self.groups[index])

    def joined(self, other: "Examples") -> "Examples":
        """Return these clips and others with the same frames."""
        first = np.concatenate([self.features.first, other.features.first])
        length = np.concatenate([self.features.length, other.features.length])
        return Examples(
            ClipFeatures(self.features.frames, first, length, self.features.params),
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.groups, other.groups]),
        )


@dataclass(frozen=True)
class FitParams:
    """How to fit: see `TrainParams`, whose fields of the same names these are."""

    epochs: int = 20
    patience: int = 2
    batch_size: int = 64
    learning_rate: float = 1e-3
    seed: int = 0
    max_clips_per_epoch: int | None = None
    masking: float = 0.0


def fit(
    make_network: Callable[[], nn.Module],
    training: Examples,
    validation: Examples | None,
    params: FitParams,
    *,
    checkpoint: Path | None = None,
    on_epoch: Metrics | None = None,
) -> tuple[SingerNetwork, list[dict[str, Any]]]:
    """Fit a network, continuing from the checkpoint where there is one.

    Parameters
    ----------
    make_network : callable
        Makes the network with fresh weights.
    training, validation : Examples
        Clips to learn from and clips that decide when to stop. Without the latter all epochs are run.
    params : FitParams
    checkpoint : Path, optional
        File that is replaced after each epoch.
    on_epoch : callable, optional
        Gets {epoch, loss, validation_loss, validation_accuracy, seconds} after each epoch; what it raises
        ends the fit.

    Returns
    -------
    network : SingerNetwork
        With the weights of the epoch of least validation loss (the last one without validation).
    history : list of dict
        What `on_epoch` got, one per epoch.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(params.seed)
        network = SingerNetwork(make_network(), training.features.params.bins, params.masking)
        if not network.learns_by_gradient:
            return _fit_at_once(network, training, validation, on_epoch)
        _set_normalisation(network, training.features)
        _fit_in_closed_form(network, training)
        network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimizer = torch.optim.Adam(network.parameters(), lr=params.learning_rate)
        averaged = copy.deepcopy(network)
        history: list[dict[str, Any]] = []
        best = state_of(network)
        if checkpoint is not None and checkpoint.exists():
            history, best = restore(checkpoint, network, averaged, optimizer, best)
        while len(history) < params.epochs and not _stops(history, params.patience):
            epoch, start = len(history), time.monotonic()
            loss = _train_epoch(network, averaged, optimizer, training, params, epoch)
            figures: dict[str, Any] = {"epoch": epoch, "loss": loss}
            if validation is not None:
                log_probability = log_probabilities(averaged, validation.features)
                figures["validation_loss"] = float(-log_probability[_truth(validation)].mean())
                figures["validation_accuracy"] = float(
                    (log_probability.argmax(axis=1) == validation.labels).mean()
                )
            history.append({**figures, "seconds": round(time.monotonic() - start, 3)})
            if _best_epoch(history) == epoch:
                best = state_of(averaged)
            if checkpoint is not None:
                save_checkpoint(checkpoint, network, averaged, optimizer, best, history)
            if on_epoch:
                on_epoch(history[-1])
        network.load_state_dict(best)
    return network.eval(), history


def _fit_at_once(
    network: SingerNetwork, training: Examples, validation: Examples | None, on_epoch: Metrics | None
) -> tuple[SingerNetwork, list[dict[str, Any]]]:
    """Fit what learns in closed form only to all clips there are: nothing has to be told when to stop."""
    start = time.monotonic()
    known = training if validation is None else training.joined(validation)
    _set_normalisation(network, known.features)
    _fit_in_closed_form(network, known)
    loss = -log_probabilities(network.eval(), known.features)[_truth(known)].mean()
    figures = {"epoch": 0, "loss": float(loss), "seconds": round(time.monotonic() - start, 3)}
    if on_epoch:
        on_epoch(figures)
    return network, [figures]


def _fit_in_closed_form(network: SingerNetwork, known: Examples) -> None:
    """Hand the clips' mean features to the part of a network that learns from them, where it has one."""
    if isinstance(network.network, FitsInClosedForm):
        means = (known.features.means() - network.mean.numpy()) / network.deviation.numpy()
        network.network.fit_in_closed_form(means, known.labels, known.groups)


def _train_epoch(
    network: SingerNetwork,
    averaged: SingerNetwork,
    optimizer: torch.optim.Optimizer,
    training: Examples,
    params: FitParams,
    epoch: int,
) -> float:
    """Learn from every clip (or from a balanced draw), often enough for some steps; return the mean loss."""
    rng = np.random.default_rng([params.seed, epoch])
    torch.manual_seed(int(rng.integers(2**62)))
    device = network.mean.device
    drawn = training.take(balanced_draw(training.labels, training.groups, params.max_clips_per_epoch, rng))
    network.train()
    total = 0.0
    passes = -(-LEAST_STEPS * params.batch_size // len(drawn.labels))
    batches = [
        index
        for _ in range(passes)
        for index in training_batches(drawn.features.length, params.batch_size, rng)
    ]
    for index in batches:
        clips, lengths = batch_of(network, drawn.features, index, rng, device)
        labels = moved(drawn.labels[index], device)
        with mixed_precision(device):
            loss = F.cross_entropy(network(clips, lengths)[1], labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        _average(averaged, network, _steps(optimizer))
        total += loss.item() * len(index)
    return total / (passes * len(drawn.labels))


def mixed_precision(device: torch.device) -> AbstractContextManager[Any]:
    """Compute in bfloat16 where a GPU does it fast; its range is that of single precision, so nothing is scaled."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda")


def _average(averaged: SingerNetwork, network: SingerNetwork, step: int) -> None:
    """Move the running mean of all weights and statistics on; it is short while there are few steps."""
    weight = max(1.0 - AVERAGING, 9.0 / (step + 9.0))
    with torch.no_grad():
        old = [value for value in averaged.state_dict().values() if value.is_floating_point()]
        new = [value for value in network.state_dict().values() if value.is_floating_point()]
        torch._foreach_lerp_(old, new, weight)


def _steps(optimizer: torch.optim.Optimizer) -> int:
    return int(next(iter(optimizer.state.values()))["step"])


@contextmanager
def torch_threads(count: int | None) -> Iterator[None]:
    """Let torch use `count` threads within the block (None: as many as it does)."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _set_normalisation(network: SingerNetwork, features: ClipFeatures) -> None:
    """Set the normalisation: none for rows of voices, whose units the model knows."""
    if features.params.kind != VOICE_KIND:
        _normalise_frames(network, features)


def _normalise_frames(network: SingerNetwork, features: ClipFeatures) -> None:
    """Set mean and deviation per bin over the frames of the training clips, each frame counted once."""
    used = np.zeros(len(features.frames) + 1, dtype=np.int32)
    np.add.at(used, features.first, 1)
    np.add.at(used, features.first + features.length, -1)
    rows = np.flatnonzero(np.cumsum(used[:-1]) > 0)
    frames = features.frames[rows].astype(np.float32)
    deviation = np.maximum(frames.std(axis=0, dtype=np.float64), 1e-3)
    network.mean.copy_(torch.from_numpy(frames.mean(axis=0, dtype=np.float64)))
    network.deviation.copy_(torch.from_numpy(deviation))


def _truth(examples: Examples) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(len(examples.labels)), examples.labels


def _best_epoch(history: list[dict[str, Any]]) -> int:
    if "validation_loss" not in history[-1]:
        return len(history) - 1
    best = 0
    for epoch, figures in enumerate(history):
        if figures["validation_loss"] < history[best]["validation_loss"] - LEAST_GAIN:
            best = epoch
    return best


def _stops(history: list[dict[str, Any]], patience: int) -> bool:
    return bool(history) and len(history) - 1 - _best_epoch(history) >= patience
