"""An experiment on a workspace: the instances it has, the features it caches, a folder under `experiments/`."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from flamsid_core.experiments import Grid
from flamsid_core.experiments import run_experiment as run
from flamsid_core.messages import Message
from flamsid_core.models.chain import chain_of_workspace, write_chain
from flamsid_core.pipeline import stages
from flamsid_core.pipeline.project import Project, open_project
from flamsid_core.progress import Metrics, Report, silent_report, stage_of
from flamsid_core.workspace import Workspace, check_name


def run_experiment(
    project: Project,
    chain: stages.MotifChain,
    grid: Grid,
    name: str | None = None,
    *,
    processes: int | None = None,
    report: Report = silent_report,
    on_metrics: Metrics | None = None,
) -> pd.DataFrame:
    """Train and measure the cells of a grid on the workspace's instances; return their table.

    The folder is `experiments/<name>` (the grid's own name when None). Every finished cell also gets the `chain.json`
    that `run_train` gives a model, so that it can identify new recordings.

    Raises
    ------
    FlamsidError
        As `flamsid_core.experiments.run_experiment`, and if the name is not a plain name.
    """
    workspace = project.workspace
    name = check_name(grid.name if name is None else name)
    folder = workspace.path(f"experiments/{name}")
    table = run(
        workspace.table("motifs/instances"),
        project.corpus.root.joinpath,
        grid,
        folder,
        cache_dir=workspace.path("features"),
        processes=processes,
        audit=stages.run_audit(project, report),
        on_progress=stage_of(report, "experiment"),
        on_metrics=on_metrics,
    )
    found = chain_of_workspace(workspace, asdict(chain))
    for cell in table.loc[table["state"] == "done", "cell"]:
        write_chain(folder / "cells" / cell, found)
    report("experiment", 1.0, Message("up to date"))
    return table


def experiment_summary(
    corpus: str | Path,
    workspace: str | Path,
    chain: stages.MotifChain,
    grid: Grid,
    *,
    name: str | None = None,
    processes: int | None = None,
    report: Report = silent_report,
    on_metrics: Metrics | None = None,
) -> dict[str, Any]:
    """Mine the motifs and run a grid on them.

    Returns
    -------
    dict
        seconds, experiment (its folder), cells (the rows of `cell_table`), done, failed (numbers of cells), skipped
        (recordings left out).
    """
    name = check_name(grid.name if name is None else name)
    with Workspace(workspace).lock():
        start = time.monotonic()
        project = open_project(corpus, workspace, report)
        left_out = stages.run_motifs(project, chain, report)
        table = run_experiment(
            project, chain, grid, name, processes=processes, report=report, on_metrics=on_metrics
        )
        return {
            "seconds": round(time.monotonic() - start, 3),
            "experiment": str(project.workspace.path(f"experiments/{name}")),
            "cells": plain_rows(table),
            "done": int((table["state"] == "done").sum()),
            "failed": int((table["state"] == "failed").sum()),
            "skipped": [
                {"file": skip.file, "reason": skip.reason} for skip in [*project.corpus.skipped, *left_out]
            ],
        }


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows ready for JSON, what is missing as None."""
    missing = table.isna().to_numpy()
    rows = table.astype(object).where(~missing, None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]
