"""The experiments of a workspace as the pages ask for them. No streamlit, no torch."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from flamsid_core.experiments import cell_table, paper_table
from flamsid_core.experiments.tables import LOCK_FILE
from flamsid_core.locks import is_held
from flamsid_core.workspace import Workspace


def experiment_folder(workspace: Workspace, name: str) -> Path:
    """Return the folder of one of the `experiment_names`."""
    return workspace.path(f"experiments/{name}")


def experiment_about(folder: Path) -> dict[str, Any]:
    """Return what `experiment.json` says."""
    from flamsid_core.experiments.tables import read_experiment

    return read_experiment(folder)


def cells_of(folder: Path) -> pd.DataFrame:
    """Return the experiment's table of cells, made again when one of them has changed; shared."""
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
