"""What belongs to a run wherever it lies: its clips, audit, trivial classifier and card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import unpacked
from flamsid_core.models import registry
from flamsid_core.models.card import model_card
from flamsid_core.read_once import read_once
from flamsid_core.reading import read_json, read_parquet
from flamsid_core.singers.about import read_about
from flamsid_core.ui.state import table
from flamsid_core.ui.words import (
    _,
)
from flamsid_core.workspace import Workspace


def json_of(path: Path) -> dict[str, Any]:
    """Return a JSON object that may not be there; empty then.

    Raises
    ------
    FlamsidError
        It is damaged.
    """
    try:
        found = unpacked(read_json(path))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise FlamsidError(
            "{path} is damaged: run the experiment again, and it is made again.", path=path
        ) from error
    return found if isinstance(found, dict) else {}


def instances_of(workspace: Workspace, run: str) -> pd.DataFrame:
    """Return the instances that a run's predictions are about: its experiment's own, or the workspace's."""
    if run.startswith("experiments/"):
        path = workspace.root / "experiments" / run.split("/")[1] / "instances.parquet"
        if path.is_file():
            return _instances(path)
    return _instances(workspace.path("motifs/instances.parquet"))


@read_once(lambda path: path, size=16)
def _instances(path: Path) -> pd.DataFrame:
    return read_parquet(path)


def trivial_of(workspace: Workspace, run: str) -> Mapping[str, Any] | None:
    """Return protocol → figures of the trivial classifier on the clips a run was trained on, where known."""
    clip_set = read_about(registry.run_folder(workspace, run)).get("params", {}).get("clip_set", "motifs")
    if run.startswith("experiments/"):
        found = json_of(workspace.root / "experiments" / run.split("/")[1] / "trivial.json").get(clip_set)
    else:
        found = (json_of(workspace.path("audit/audit.json")).get("trivial") or {}).get(clip_set)
    return found if isinstance(found, dict) else None


def audit_of(workspace: Workspace, run: str) -> Mapping[str, Any] | None:
    """Return the audit of the clips a run's figures are about: its experiment's own, or the workspace's."""
    if run.startswith("experiments/"):
        return json_of(workspace.root / "experiments" / run.split("/")[1] / "audit.json") or None
    return json_of(workspace.path("audit/audit.json")) or None


def run_label(run: str) -> str:
    """Return a run's name for people: that of the model, or experiment and cell."""
    parts = run.split("/")
    return parts[1] if parts[0] == "models" else f"{parts[1]} / {parts[3]}"


def card_of(workspace: Workspace, run: str, licence: str = "") -> str:
    """Return a run's model card, with what this workspace knows of its clips."""
    folder = registry.run_folder(workspace, run)
    about = read_about(folder)
    known = (folder / "predictions.parquet").is_file()
    return model_card(
        about,
        name=run_label(run),
        predictions=registry.predictions_of(folder) if known else None,
        instances=instances_of(workspace, run) if known else None,
        audit=audit_of(workspace, run),
        trivial=trivial_of(workspace, run),
        licences=_licences(workspace, about),
        licence=licence,
    )


def _licences(workspace: Workspace, about: Mapping[str, Any]) -> dict[str, int]:
    """Return under which licences the recordings stand that a model learned from, and how many each."""
    if not workspace.has("corpus/recordings"):
        return {}
    recordings = table(workspace, "corpus/recordings")
    learned = recordings[recordings["recording_id"].isin(about.get("training", {}).get("recording_ids", []))]
    if "licence" not in learned or learned.empty:
        return {}
    named = learned["licence"].fillna("").astype(str).str.strip().replace("", _("not stated"))
    return {str(name): int(count) for name, count in named.value_counts().items()}
