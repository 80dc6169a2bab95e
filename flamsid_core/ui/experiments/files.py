"""The experiments of a workspace as the pages ask for them. No streamlit, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.experiments import cell_table, paper_table
from flamsid_core.experiments.tables import LOCK_FILE
from flamsid_core.locks import is_held
from flamsid_core.messages import unpacked
from flamsid_core.models import registry
from flamsid_core.reading import read_json, read_parquet
from flamsid_core.workspace import Workspace


def experiment_names(space: Workspace) -> list[str]:
    """Return the names of the workspace's experiments, the newest first."""
    found = sorted(
        space.root.glob("experiments/*/experiment.json"),
        key=lambda path: -path.stat().st_mtime_ns,
    )
    return [path.parent.name for path in found if not path.parent.name.startswith(".")]


def experiment_folder(space: Workspace, name: str) -> Path:
    """Return the folder of one of the `experiment_names`."""
    return space.path(f"experiments/{name}")


def experiment_about(folder: Path) -> dict[str, Any]:
    """Return what `experiment.json` says."""
    from flamsid_core.experiments.tables import read_experiment

    return read_experiment(folder)


def cells_of(folder: Path) -> pd.DataFrame:
    """Return the experiment's table of cells, made anew when one of them has changed; shared."""
    return _cells(folder, _state(folder))


def beside_paper(folder: Path, protocol: str) -> pd.DataFrame:
    """Return the paper's Table 2 beside the experiment's figures under a protocol; shared."""
    return _beside(folder, protocol, _state(folder))


@lru_cache(maxsize=32)
def _cells(folder: Path, state: int) -> pd.DataFrame:
    return cell_table(folder)


@lru_cache(maxsize=64)
def _beside(folder: Path, protocol: str, state: int) -> pd.DataFrame:
    return paper_table(folder, protocol)


def _state(folder: Path) -> int:
    """Return a number that changes whenever a cell does, or the run that was at work is gone."""
    files = [folder / "experiment.json", *folder.glob("cells/*/cell.json")]
    return hash(
        (is_held(folder / LOCK_FILE), *((str(file), file.stat().st_mtime_ns) for file in sorted(files)))
    )


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
            "{path} is damaged: run the experiment again, and it is made anew.", path=path
        ) from error
    return found if isinstance(found, dict) else {}


def instances_of(space: Workspace, run: str) -> pd.DataFrame:
    """Return the instances that a run's predictions are about: its experiment's own, or the workspace's."""
    if run.startswith("experiments/"):
        path = space.root / "experiments" / run.split("/")[1] / "instances.parquet"
        if path.is_file():
            return _instances(path, path.stat().st_mtime_ns)
    path = space.path("motifs/instances.parquet")
    return _instances(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _instances(path: Path, modified_ns: int) -> pd.DataFrame:
    return read_parquet(path)


def trivial_of(space: Workspace, run: str) -> Mapping[str, Any] | None:
    """Return protocol → figures of the trivial classifier on the clips a run was trained on, where known."""
    clip_set = registry.about_run(registry.run_folder(space, run)).get("params", {}).get("clip_set", "motifs")
    if run.startswith("experiments/"):
        found = json_of(space.root / "experiments" / run.split("/")[1] / "trivial.json").get(clip_set)
    else:
        found = (json_of(space.path("audit/audit.json")).get("trivial") or {}).get(clip_set)
    return found if isinstance(found, dict) else None


def audit_of(space: Workspace, run: str) -> Mapping[str, Any] | None:
    """Return the audit of the clips a run's figures are about: its experiment's own, or the workspace's."""
    if run.startswith("experiments/"):
        return json_of(space.root / "experiments" / run.split("/")[1] / "audit.json") or None
    return json_of(space.path("audit/audit.json")) or None
