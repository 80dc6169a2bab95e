"""`model.json`: what a model says of itself. Written, read and checked here, without torch.

It lies among the singers' rooms, not in `models/`, because training writes it and stands below that room.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, NotRequired, TypedDict, cast

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import unpacked
from flamsid_core.read_once import read_once
from flamsid_core.reading import read_json, reason_of
from flamsid_core.singers.features.frames import FeatureParams
from flamsid_core.workspace import write_json

MODEL_FORMAT = 1
# Far more than any corpus has: a description is read before it is compared with the weights.
MOST_CLASSES = 20_000
MOST_BYTES = 64 << 20
ABOUT_FILE = "model.json"
# How the rooms of the network may differ from its usual ones.
_OPTIONS = {"preset"}


class About(TypedDict):
    """The content of `model.json`. What need not be there is not known of models from elsewhere."""

    format: NotRequired[int]
    network: str
    features: dict[str, Any]
    """The fields of FeatureParams."""
    classes: list[str]
    """The singers, in the order of the probabilities."""
    protocols: dict[str, dict[str, Any]]
    """Protocol → figures (see `flamsid_core.singers.evaluation.figures.evaluate`)."""
    weights_sha256: NotRequired[str]
    weights: NotRequired[dict[str, list[int]]]
    """Name of each array of weights → its shape."""
    network_options: NotRequired[dict[str, Any]]
    parameters: NotRequired[int]
    multiply_adds_per_s: NotRequired[int | None]
    params: NotRequired[dict[str, Any]]
    """The fields of TrainParams."""
    measured: NotRequired[str]
    """The protocol whose network was kept, or "refit on all sounds"."""
    calibration: NotRequired[dict[str, Any]]
    """protocol, and temperature and pooled_temperature fitted on its predictions (of clips and of recordings)."""
    verification: NotRequired[dict[str, Any]]
    open_set: NotRequired[dict[str, Any] | None]
    voices: NotRequired[dict[str, Any] | None]
    """What the model of voices chose, and why; None of other networks."""
    notes: NotRequired[list[Any]]
    corpus: NotRequired[dict[str, Any]]
    """sha256, instances and source_groups of what it was made from."""
    training: NotRequired[dict[str, list[str]]]
    """recording_ids and source_groups that the kept network learned from."""
    bound_on_clips_per_epoch: NotRequired[int | None]
    versions: NotRequired[dict[str, str]]


def write_about(folder: Path, about: About) -> None:
    """Write `model.json` whole or not at all."""
    write_json(folder / ABOUT_FILE, {**about, "format": MODEL_FORMAT}, durable=True)


def read_about(folder: str | Path) -> About:
    """Read and check `model.json`: quick, for lists of models. Read once until the file changes; do not write into it.

    Raises
    ------
    FlamsidError
        When it is missing, damaged or of a newer format.
    """
    path = Path(folder) / ABOUT_FILE
    if not path.is_file():
        raise FlamsidError(
            "{folder} holds no model: it has no {about_file}. Train one, or name another folder.",
            folder=folder,
            about_file=ABOUT_FILE,
        )
    return _read(path)


@read_once(lambda path: path, size=512)
def _read(path: Path) -> About:
    try:
        about = unpacked(read_json(path, most_bytes=MOST_BYTES))
    except (OSError, ValueError) as error:
        raise damaged(path, reason_of(error)) from error
    if not isinstance(about, dict) or not isinstance(about.get("format"), int):
        raise damaged(path, "it does not describe a model")
    if about["format"] > MODEL_FORMAT:
        raise FlamsidError(
            "{path} has format {found_format}, this version reads {model_format}: update flamsid.",
            path=path,
            found_format=about["format"],
            model_format=MODEL_FORMAT,
        )
    wanted = {"network": str, "features": dict, "classes": list, "weights_sha256": str, "protocols": dict}
    for key, kind in wanted.items():
        if not isinstance(about.get(key), kind):
            raise damaged(path, f"{key!r} is missing or not a {kind.__name__}")
    classes = about["classes"]
    if not all(isinstance(name, str) for name in classes) or not 2 <= len(set(classes)) == len(classes):
        raise damaged(path, "'classes' must be two or more different names")
    if len(classes) > MOST_CLASSES:
        raise damaged(path, f"it names {len(classes)} singers, more than {MOST_CLASSES}")
    if set(about["features"]) != set(asdict(FeatureParams())):
        raise damaged(path, "'features' are not the parameters this version knows")
    options = about.get("network_options", {})
    if not isinstance(options, dict) or not set(options) <= _OPTIONS:
        raise damaged(path, "'network_options' are not those this version knows")
    return cast(About, about)


def damaged(path: Path, why: str) -> FlamsidError:
    """Return the error that says that a file of a model is damaged, and why."""
    return FlamsidError(
        "The model file {path} is damaged ({reason}): copy the model again, or train it again.",
        path=path,
        reason=why,
    )
