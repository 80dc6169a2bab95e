"""A trained model on disk: weights in `model.safetensors`, everything needed to rebuild it in `model.json`.

Nothing is ever unpickled, and no name read from a file becomes a path: a model from elsewhere can be looked
at safely.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from flamsid_core.errors import FlamsidError
from flamsid_core.reading import tensor_shapes
from flamsid_core.singers.about import ABOUT_FILE, About, damaged, read_about, write_about
from flamsid_core.singers.features.cache import ClipFeatures
from flamsid_core.singers.features.frames import FeatureParams
from flamsid_core.singers.networks import build_network
from flamsid_core.singers.networks.inference import SingerNetwork, infer
from flamsid_core.workspace import atomic_path

WEIGHTS_FILE = "model.safetensors"


@dataclass(frozen=True)
class Model:
    """A trained network with what it is.

    Attributes
    ----------
    network : SingerNetwork
        Ready for inference.
    about : dict
        The content of `model.json`.
    """

    network: SingerNetwork
    about: About

    @property
    def classes(self) -> list[str]:
        """Singers, in the order of the probabilities."""
        return list(self.about["classes"])

    @property
    def features(self) -> FeatureParams:
        """What the network listens to."""
        return FeatureParams(**self.about["features"])

    @property
    def temperature(self) -> float:
        """Divisor of log-probabilities that makes them fit held-out clips; 1 where none was fitted."""
        return float((self.about.get("calibration") or {}).get("temperature", 1.0))

    def infer(self, features: ClipFeatures) -> tuple[np.ndarray, np.ndarray]:
        """Return embeddings (n, d) and natural log-probabilities (n, classes), uncalibrated, float32.

        Raises
        ------
        FlamsidError
            When the features are not those the network learned from.
        """
        if features.params != self.features:
            raise FlamsidError(
                "The model listens to {features}, not to {given}: compute features with its parameters.",
                features=self.features,
                given=features.params,
            )
        return infer(self.network, features)

    def probabilities(self, features: ClipFeatures) -> np.ndarray:
        """Return the (n, classes) float32 posterior of each clip, uncalibrated."""
        return np.exp(self.infer(features)[1])

    def embeddings(self, features: ClipFeatures) -> np.ndarray:
        """Return the (n, d) float32 embedding of each clip."""
        return self.infer(features)[0]


def save_model(folder: Path, network: SingerNetwork, about: About) -> About:
    """Write a model's two files, weights first; return what `model.json` holds."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        name: value.detach().cpu().contiguous().clone() for name, value in network.state_dict().items()
    }
    with atomic_path(folder / WEIGHTS_FILE, durable=True) as temporary:
        save_file(weights, temporary)
    about = {
        **about,
        "weights_sha256": _sha256(folder / WEIGHTS_FILE),
        "weights": {name: list(value.shape) for name, value in weights.items()},
    }
    write_about(folder, about)
    return about


def load_model(folder: str | Path) -> Model:
    """Read a model and check that its parts belong together.

    Parameters
    ----------
    folder : path
        Holds `model.json` and `model.safetensors`.

    Raises
    ------
    FlamsidError
        When a file is missing, damaged or changed, of a newer format, or its shapes do not fit the network it
        names.
    """
    folder = Path(folder)
    about = read_about(folder)
    weights_path = folder / WEIGHTS_FILE
    if not weights_path.is_file():
        raise FlamsidError(
            "{folder} has no {weights_file}: copy the whole model folder, or train again.",
            folder=folder,
            weights_file=WEIGHTS_FILE,
        )
    if _sha256(weights_path) != about["weights_sha256"]:
        raise damaged(weights_path, f"its hash is not the one in {ABOUT_FILE}")
    tensor_shapes(weights_path)
    try:
        weights = load_file(weights_path)
    except (OSError, SafetensorError, ValueError) as error:
        raise damaged(weights_path, str(error)) from error
    features = FeatureParams(**about["features"])
    built = build_network(
        about["network"], features.bins, len(about["classes"]), **about.get("network_options", {})
    )
    network = SingerNetwork(built, features.bins)
    expected = {name: list(value.shape) for name, value in network.state_dict().items()}
    found = {name: list(value.shape) for name, value in weights.items()}
    if expected != found:
        wrong = sorted(
            name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)
        )
        raise damaged(
            weights_path, f"{wrong[0]} has shape {found.get(wrong[0])}, expected {expected.get(wrong[0])}"
        )
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        raise damaged(weights_path, "weights hold infinite or undefined values")
    network.load_state_dict(weights)
    return Model(network.eval(), about)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
