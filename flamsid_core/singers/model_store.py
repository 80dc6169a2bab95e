"""A trained model on disk: weights in `model.safetensors`, everything needed to rebuild it in `model.json`.

Nothing is ever unpickled, and no name read from a file becomes a path: a model from elsewhere can be looked
at safely.
"""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import unpacked
from flamsid_core.reading import read_json, reason_of, tensor_shapes
from flamsid_core.singers.features.cache import ClipFeatures
from flamsid_core.singers.features.frames import FeatureParams
from flamsid_core.singers.networks import build_network
from flamsid_core.singers.networks.inference import SingerNetwork, infer
from flamsid_core.workspace import atomic_path, write_json

MODEL_FORMAT = 1
# Far more than any corpus has: a description is read before it is compared with the weights.
MOST_CLASSES = 20_000
MOST_ABOUT_BYTES = 64 << 20
WEIGHTS_FILE, ABOUT_FILE = "model.safetensors", "model.json"


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
    about: dict[str, Any]

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


def save_model(folder: Path, network: SingerNetwork, about: dict[str, Any]) -> dict[str, Any]:
    """Write a model's two files, weights first; return what `model.json` holds."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        name: value.detach().cpu().contiguous().clone() for name, value in network.state_dict().items()
    }
    with atomic_path(folder / WEIGHTS_FILE) as temporary:
        save_file(weights, temporary)
    about = {
        "format": MODEL_FORMAT,
        **about,
        "weights_sha256": _sha256(folder / WEIGHTS_FILE),
        "weights": {name: list(value.shape) for name, value in weights.items()},
    }
    write_json(folder / ABOUT_FILE, about)
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
        raise _damaged(weights_path, f"its hash is not the one in {ABOUT_FILE}")
    tensor_shapes(weights_path)
    try:
        weights = load_file(weights_path)
    except (OSError, SafetensorError, ValueError) as error:
        raise _damaged(weights_path, str(error)) from error
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
        raise _damaged(
            weights_path, f"{wrong[0]} has shape {found.get(wrong[0])}, expected {expected.get(wrong[0])}"
        )
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        raise _damaged(weights_path, "weights hold infinite or undefined values")
    network.load_state_dict(weights)
    return Model(network.eval(), about)


def read_about(folder: str | Path) -> dict[str, Any]:
    """Read and check `model.json` alone: quick, for lists of models.

    Raises
    ------
    FlamsidError
        When it is missing, damaged or of a newer format.
    """
    path = Path(folder) / ABOUT_FILE
    try:
        about = unpacked(read_json(path, most_bytes=MOST_ABOUT_BYTES))
    except FileNotFoundError as error:
        raise FlamsidError(
            "{folder} holds no model: it has no {about_file}. Train one, or name another folder.",
            folder=folder,
            about_file=ABOUT_FILE,
        ) from error
    except (OSError, ValueError) as error:
        raise _damaged(path, reason_of(error)) from error
    if not isinstance(about, dict) or not isinstance(about.get("format"), int):
        raise _damaged(path, "it is no description of a model")
    if about["format"] > MODEL_FORMAT:
        raise FlamsidError(
            "{path} has format {found_format}, this version reads {model_format}: update flamsid.",
            path=path,
            found_format=about["format"],
            model_format=MODEL_FORMAT,
        )
    wanted = {
        "network": str,
        "features": dict,
        "classes": list,
        "weights_sha256": str,
        "protocols": dict,
    }
    for key, kind in wanted.items():
        if not isinstance(about.get(key), kind):
            raise _damaged(path, f"{key!r} is missing or no {kind.__name__}")
    classes = about["classes"]
    if (
        len(classes) < 2
        or len(set(classes)) != len(classes)
        or not all(isinstance(name, str) for name in classes)
    ):
        raise _damaged(path, "'classes' must be two or more different names")
    if len(classes) > MOST_CLASSES:
        raise _damaged(path, f"it names {len(classes)} singers, more than {MOST_CLASSES}")
    if set(about["features"]) != set(asdict(FeatureParams())):
        raise _damaged(path, "'features' are not the parameters this version knows")
    options = about.get("network_options", {})
    if not isinstance(options, dict) or not set(options) <= {"preset"}:
        raise _damaged(path, "'network_options' are not those this version knows")
    return about


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(path: Path, why: str) -> FlamsidError:
    return FlamsidError(
        "The model file {path} is damaged ({reason}): copy the model again, or train it again.",
        path=path,
        reason=why,
    )
