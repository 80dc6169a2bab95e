"""One fit of a training run as a folder: done here or by another process, and resumed by either.

``<run>/run.json`` and ``examples.npz`` (with ``frames.npy`` beside them) say what all fits share; a fit is a
sub-folder with ``task.json`` and ``split.npz``, which ends with ``network.safetensors``, ``scores.npz`` and
``done.json``.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load_file, save_file

from flamsid_core.progress import Metrics
from flamsid_core.reading import read_json
from flamsid_core.singers.features.cache import ClipFeatures
from flamsid_core.singers.features.frames import FeatureParams
from flamsid_core.singers.networks import build_network
from flamsid_core.singers.networks.inference import SingerNetwork, log_probabilities
from flamsid_core.singers.training.fitting import Examples, FitParams, fit
from flamsid_core.workspace import atomic_path, write_json


@dataclass(frozen=True)
class Shared:
    """What all fits of a run have in common."""

    examples: Examples
    n_classes: int
    network: str
    network_options: dict[str, Any]
    fit: FitParams


def write_shared(folder: Path, shared: Shared) -> None:
    """Write what all fits share, for other processes."""
    features = shared.examples.features
    with atomic_path(folder / "frames.npy") as temporary, temporary.open("wb") as out:
        np.save(out, features.frames)
    with atomic_path(folder / "examples.npz") as temporary, temporary.open("wb") as out:
        np.savez(
            out,
            first=features.first,
            length=features.length,
            labels=shared.examples.labels,
            groups=shared.examples.groups,
        )
    write_json(
        folder / "run.json",
        {
            "features": asdict(features.params),
            "n_classes": shared.n_classes,
            "network": shared.network,
            "network_options": shared.network_options,
            "fit": asdict(shared.fit),
        },
    )


def read_shared(folder: Path) -> Shared:
    """Read what `write_shared` wrote; the frames stay on disk and are mapped."""
    run = read_json(folder / "run.json")
    with np.load(folder / "examples.npz", allow_pickle=False) as stored:
        features = ClipFeatures(
            np.load(folder / "frames.npy", mmap_mode="r", allow_pickle=False),
            stored["first"],
            stored["length"],
            FeatureParams(**run["features"]),
        )
        examples = Examples(features, stored["labels"], stored["groups"])
    return Shared(examples, run["n_classes"], run["network"], run["network_options"], FitParams(**run["fit"]))


def write_task(
    folder: Path,
    protocol: str,
    fold: int,
    train: np.ndarray,
    validation: np.ndarray,
    test: np.ndarray,
    **fit: Any,
) -> None:
    """Write a fit to be done: its clips by position, and what differs from the shared parameters."""
    with atomic_path(folder / "split.npz") as temporary, temporary.open("wb") as out:
        np.savez(out, train=train, validation=validation, test=test)
    write_json(folder / "task.json", {"protocol": protocol, "fold": fold, "fit": fit})


def done(folder: Path) -> dict[str, Any] | None:
    """Return what a finished fit reported, or None."""
    path = folder / "done.json"
    return read_json(path) if path.exists() else None


def run_task(folder: Path, shared: Shared, on_metrics: Metrics | None = None) -> dict[str, Any]:
    """Do one fit, or go on with it; return {protocol, fold, best_epoch, history, seconds}."""
    finished = done(folder)
    if finished is not None:
        return finished
    task = read_json(folder / "task.json")
    with np.load(folder / "split.npz", allow_pickle=False) as stored:
        train, validation, test = stored["train"], stored["validation"], stored["test"]
    name = {"protocol": task["protocol"], "fold": task["fold"]}
    network, history = fit(
        lambda: new_network(shared),
        shared.examples.take(train),
        shared.examples.take(validation) if len(validation) else None,
        FitParams(**{**asdict(shared.fit), **task["fit"]}),
        checkpoint=folder / "checkpoint.safetensors",
        on_epoch=None if on_metrics is None else lambda figures: on_metrics({**name, **figures}),
    )
    with atomic_path(folder / "scores.npz") as temporary, temporary.open("wb") as out:
        scores = (
            log_probabilities(network, shared.examples.features.take(test))
            if len(test)
            else np.empty((0, shared.n_classes))
        )
        np.savez(out, test=test, log_probability=scores.astype(np.float32))
    with atomic_path(folder / "network.safetensors") as temporary:
        save_file(
            {key: value.cpu().contiguous().clone() for key, value in network.state_dict().items()}, temporary
        )
    best = min(range(len(history)), key=lambda epoch: history[epoch].get("validation_loss", -epoch))
    result = {
        **name,
        "best_epoch": best,
        "history": history,
        "seconds": sum(epoch["seconds"] for epoch in history),
    }
    write_json(folder / "done.json", result)
    (folder / "checkpoint.safetensors").unlink(missing_ok=True)
    return result


def new_network(shared: Shared) -> Any:
    """Make the run's network with fresh weights."""
    return build_network(
        shared.network, shared.examples.features.params.bins, shared.n_classes, **shared.network_options
    )


def fitted_network(folder: Path, shared: Shared) -> SingerNetwork:
    """Load the network of a finished fit."""
    network = SingerNetwork(new_network(shared), shared.examples.features.params.bins)
    network.load_state_dict(load_file(folder / "network.safetensors"))
    return network.eval()


def scores(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the test clips of a finished fit and their (n, classes) log-probabilities."""
    with np.load(folder / "scores.npz", allow_pickle=False) as stored:
        return stored["test"], stored["log_probability"]
