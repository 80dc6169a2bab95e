"""The models of a workspace as the pages ask for them: which there are, what they say. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import pandas as pd

from flamsid_core.models import exchange as model_exchange
from flamsid_core.models import registry
from flamsid_core.models.registry import history_table, model_names
from flamsid_core.singers.about import read_about
from flamsid_core.singers.evaluation.splitting import PROTOCOLS
from flamsid_core.ui.projects import safe_folder, safe_name
from flamsid_core.workspace import MOST_NAME_LETTERS, Workspace

__all__ = ["about_model", "accuracies", "history", "history_table", "load_from_folder", "model_names"]


def about_model(workspace: Workspace, name: str) -> Mapping[str, Any]:
    """Return what a model's `model.json` says; shared, so do not write into it."""
    return read_about(workspace.path(f"models/{name}"))


def history(workspace: Workspace, name: str) -> pd.DataFrame:
    """Return a model's training history, as `history_table` does."""
    return registry.history_of(workspace.path(f"models/{name}"))


def accuracies(about: Mapping[str, Any]) -> dict[str, float | None]:
    """Return a model's accuracy under each protocol, None where it was not measured."""
    return {name: about["protocols"].get(name, {}).get("accuracy") for name in PROTOCOLS}


def load_from_folder(workspace: Workspace, text: str) -> str:
    """Copy a model that was trained elsewhere into the workspace; return its name here.

    Raises
    ------
    FlamsidError
        The folder lies outside the allowed ones, holds no whole model, or the name is taken.
    """
    folder = safe_folder(text)
    return model_exchange.import_folder(workspace, folder, _name_of(folder.name)).removeprefix("models/")


def load_from_zip(workspace: Workspace, file_name: str, content: IO[bytes]) -> str:
    """Bring in a model from an uploaded archive; return its name here.

    Raises
    ------
    FlamsidError
        The archive holds no whole model, leads out of its place, or the name is taken.
    """
    name = _name_of(file_name.removesuffix(".zip"))
    return model_exchange.import_zip(workspace, content, name, file_name).removeprefix("models/")


def _name_of(text: str) -> str:
    tame = safe_name(text, "model").encode("ascii", "ignore").decode().replace(" ", "-")
    kept = "".join(letter for letter in tame if letter.isalnum() or letter in "-_.+")
    return kept.lstrip("-_.+")[:MOST_NAME_LETTERS] or "model"
