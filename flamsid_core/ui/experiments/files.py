"""The experiments of a workspace as the pages ask for them. No streamlit, no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from flamsid_core.experiments import cell_table, paper_table
from flamsid_core.experiments.tables import LOCK_FILE
from flamsid_core.locks import is_held
from flamsid_core.read_once import read_once
from flamsid_core.workspace import Workspace


def experiment_folder(workspace: Workspace, name: str) -> Path:
    """Return the folder of one of the `experiment_names`."""
    return workspace.path(f"experiments/{name}")


def experiment_about(folder: Path) -> dict[str, Any]:
    """Return what `experiment.json` says."""
    from flamsid_core.experiments.tables import read_experiment

    return read_experiment(folder)


def _cell_files(folder: Path, *_args: object) -> tuple[Path, ...]:
    return folder / "experiment.json", *sorted(folder.glob("cells/*/cell.json"))


def cells_of(folder: Path) -> pd.DataFrame:
    """Return the experiment's table of cells, made again when one of them has changed; shared."""
    return _cells(folder, is_held(folder / LOCK_FILE))


def beside_paper(folder: Path, protocol: str) -> pd.DataFrame:
    """Return the paper's Table 2 beside the experiment's figures under a protocol; shared."""
    return _beside(folder, protocol, is_held(folder / LOCK_FILE))


# A cell that was at work reads differently once its run is gone, though no file has changed.
@read_once(_cell_files, size=32)
def _cells(folder: Path, running: bool) -> pd.DataFrame:
    return cell_table(folder)


@read_once(_cell_files)
def _beside(folder: Path, protocol: str, running: bool) -> pd.DataFrame:
    return paper_table(folder, protocol)
