"""The models of a workspace as files: which there are, what they say, how one comes in. No torch."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.plots import PROTOCOLS
from flamsid_core.ui.projects import safe_folder, safe_name
from flamsid_core.workspace import Workspace

NEEDED = ("classes", "features", "network", "protocols", "weights_sha256")
FILES = ("model.safetensors", "model.json", "chain.json", "history.jsonl", "predictions.parquet")


def model_names(space: Workspace) -> list[str]:
    """Return the names of the workspace's finished models, the newest first."""
    done = [
        path.parent
        for path in space.root.glob("models/*/model.json.key")
        if (path.parent / "model.json").is_file()
    ]
    return [folder.name for folder in sorted(done, key=lambda f: -(f / "model.json").stat().st_mtime)]


def about_model(space: Workspace, name: str) -> Mapping[str, Any]:
    """Return what a model's `model.json` says; shared, so do not write into it."""
    path = space.path(f"models/{name}/model.json")
    return _about(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _about(path: Path, modified_ns: int) -> Mapping[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FlamsidError(
            f"{path} is damaged: train this model again, or load it again from its folder."
        ) from error
    return found


def history(space: Workspace, name: str) -> pd.DataFrame:
    """Return a model's training history, as `history_table` does."""
    path = space.path(f"models/{name}/history.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return history_table([json.loads(line) for line in lines if line.strip()])


def history_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return what training reports: protocol, fold, epoch (from 1), loss and validation measures."""
    columns = ["protocol", "fold", "epoch", "loss", "validation_loss", "validation_accuracy"]
    found = pd.DataFrame([row for row in rows if "epoch" in row]).reindex(columns=columns)
    found["epoch"] = pd.to_numeric(found["epoch"]) + 1
    return found


def accuracies(about: Mapping[str, Any]) -> dict[str, float | None]:
    """Return a model's accuracy under each protocol, None where it was not measured."""
    return {name: about["protocols"].get(name, {}).get("accuracy") for name in PROTOCOLS}


def load_from_folder(space: Workspace, text: str) -> str:
    """Copy a model that was trained elsewhere into the workspace; return its name here.

    Raises
    ------
    FlamsidError
        The folder lies outside the allowed ones, holds no whole model, or the name is taken.
    """
    folder = safe_folder(text)
    path = folder / "model.json"
    if not path.is_file() or not (folder / "model.safetensors").is_file():
        raise FlamsidError(f"{folder} holds no model: it needs model.safetensors and model.json.")
    about = _about(path, path.stat().st_mtime_ns)
    missing = [name for name in NEEDED if name not in about]
    if missing:
        raise FlamsidError(
            f"{path} is no description of a flamsid model ({missing[0]} is missing): choose another folder."
        )
    weights = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if weights != about["weights_sha256"]:
        raise FlamsidError(
            f"The weights in {folder} are not those model.json describes: copy the whole folder again."
        )
    name = safe_name(folder.name, "model").replace(" ", "-")
    target = space.path(f"models/{name}")
    if target.exists():
        raise FlamsidError(
            f"This corpus already has a model called {name}: rename the folder and load it again."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".load-") as part:
        for file in FILES:
            if (folder / file).is_file():
                shutil.copyfile(folder / file, Path(part) / file)
        Path(part).rename(target)
        Path(part).mkdir()
    for file in ("model.json", "chain.json"):
        if (target / file).is_file():
            space.stamp(f"models/{name}/{file}", "loaded")
    return name
