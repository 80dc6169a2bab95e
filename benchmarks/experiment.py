"""The figures of the project, reproduced by one command: grids run through the library, tables written from results.

    python benchmarks/experiment.py [--data DIR] [--only paper deduplicated source-disjoint mir1k speed]
                                    [--work DIR] [--processes N] [--tables-only]

Each part runs the grids in benchmarks/grids that carry its name, keeps its figures in benchmarks/results/<part>.json
and writes all tables of docs/findings.md again between their markers. Killed and started again it goes on. A row of
`attempts.json` there is written by hand or by whatever made the attempt:
{name, corpus, protocol, mean_over_singers, accuracy, groups_right, groups, note, command}.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.experiments import PAPER_TABLE, Grid, read_grid, run_experiment
from flamsid_core.experiments.tables import CELL_COLUMNS
from flamsid_core.pipeline import MotifChain, open_project, run_motifs
from flamsid_core.singers.evaluation.audit import audit
from flamsid_core.singers.evaluation.splitting import protocol_splits

sys.path.insert(0, str(Path(__file__).resolve().parent))
import experiment_controls as controls
import experiment_tables as tables

HERE = Path(__file__).resolve().parent
GRIDS, RESULTS = HERE / "grids", HERE / "results"
FINDINGS = HERE.parent / "docs" / "findings.md"
HALF_SECOND_S = (0.35, 0.65)
KEPT = [name for name in CELL_COLUMNS if name != "cell"]


def instances_of(corpus: Path, work: Path) -> tuple[pd.DataFrame, Path]:
    """Open a corpus in a workspace of its own, mine it, return its instances and where features are cached."""
    project = open_project(corpus, work / corpus.name)
    run_motifs(project, MotifChain(), lambda stage, fraction, text: None)
    return project.workspace.table("motifs/instances"), project.workspace.path("features")


def run_grid(
    grid: Grid,
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    folder: Path,
    cache: Path,
    processes: int | None,
) -> list[dict[str, Any]]:
    """Run a grid in a folder; return its rows."""
    last = [0.0]

    def say(fraction: float, text: str) -> None:
        if time.monotonic() - last[0] > 15:
            last[0] = time.monotonic()
            print(f"  {100 * fraction:3.0f} %  {text}", file=sys.stderr, flush=True)

    table = run_experiment(
        instances,
        locate,
        grid,
        folder,
        cache_dir=cache,
        processes=processes,
        audit=audit(instances),
        on_progress=say,
    )
    rows = table[KEPT].astype(object).where(table[KEPT].notna(), None).to_dict("records")
    for row in rows:
        paper = PAPER_TABLE.get((row["network"], row["features"], row["clip_set"]))
        row |= {"paper_accuracy": paper.accuracy, "paper_auc": paper.auc} if paper else {}
    return rows


def grids_of(part: str) -> list[Grid]:
    names = {"paper": "motifs"}
    return [read_grid(path) for path in sorted(GRIDS.glob(f"{names.get(part, part)}*.toml"))]


def splits_under(protocol: str, instances: pd.DataFrame, folds: int | str) -> dict[str, Any]:
    splits, errors = protocol_splits(instances, folds=folds)
    if protocol in errors:
        raise SystemExit(errors[protocol])
    return {protocol: splits[protocol]}


def flamenco(part: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run a part's grids on the published clips, and two baselines, a support vector machine and a linear one."""
    corpus = arguments.data / "flamenco-motifs"
    instances, cache = instances_of(corpus, arguments.work)
    rows, folds = [], 5
    for grid in grids_of(part):
        print(f"{part}: {grid.name}, {len(grid.cells())} cells", file=sys.stderr, flush=True)
        folder = arguments.work / corpus.name / "experiments" / grid.name
        rows += run_grid(grid, instances, corpus.joinpath, folder, cache, arguments.processes)
        folds = grid.shared.folds
    splits = splits_under(part, instances, folds)
    return {"rows": rows, "peers": controls.peers(instances, corpus.joinpath, splits, cache)}


def mir1k(part: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run the grids on all instances, as they are and through a channel of its own for each song.

    Those of about half a second are scored by themselves as well: so long were the windows of other people's figures.
    """
    corpus = arguments.data / "mir1k"
    work = arguments.work / corpus.name
    instances, cache = instances_of(corpus, arguments.work)
    seconds = (instances["end_s"] - instances["start_s"]).to_numpy()
    short = set(instances.loc[(seconds >= HALF_SECOND_S[0]) & (seconds < HALF_SECOND_S[1]), "instance_id"])
    channels = controls.through_channels(instances["file"].unique(), corpus, work / "channels")
    splits = splits_under("source-disjoint", instances, 5)
    rows, peers = [], []
    for sound, locate in (("as it is", corpus.joinpath), ("a channel for each song", channels.joinpath)):
        for grid in grids_of(part):
            print(f"{part}, {sound}: {grid.name}", file=sys.stderr, flush=True)
            folder = work / "experiments" / f"{grid.name}-{sound.replace(' ', '-')}"
            found = run_grid(grid, instances, locate, folder, cache, arguments.processes)
            for row, cell in zip(found, sorted((folder / "cells").iterdir()), strict=True):
                rows.append(row | {"sound": sound, "half_second": of_half_a_second(cell, short)})
        peers += [row | {"sound": sound} for row in controls.peers(instances, locate, splits, cache)]
    contour = controls.contour_only(instances, lambda recording: work / f"melody/{recording}.parquet", splits)
    about = {
        "instances": len(instances),
        "median_duration_s": float(np.median(seconds)),
        "of_half_a_second": len(short),
    }
    return {"rows": rows, "peers": [*peers, contour | {"sound": "contour alone"}], "about": about}


def of_half_a_second(cell: Path, short: set[str]) -> dict[str, Any] | None:
    """Score the short ones among a cell's predictions."""
    if not (cell / "predictions.parquet").exists():
        return None
    said = pd.read_parquet(cell / "predictions.parquet")
    said = said[said["instance_id"].isin(short)]
    right = said["predicted"] == said["singer"]
    by_singer = right.groupby(said["singer"]).mean()
    return {
        "clips": len(said),
        "accuracy": float(right.mean()),
        "mean_over_singers": float(by_singer.mean()),
    }


def speed(part: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Time the default training, features and all, and clips a second beside the layout of the paper."""
    corpus = arguments.data / "flamenco-motifs"
    instances, cache = instances_of(corpus, arguments.work)
    with tempfile.TemporaryDirectory() as place:
        return {
            **controls.training_time(instances, corpus.joinpath, Path(place)),
            **controls.clips_per_second(instances, corpus.joinpath, cache),
        }


PARTS: dict[str, Callable[[str, argparse.Namespace], dict[str, Any]]] = {
    "paper": flamenco,
    "deduplicated": flamenco,
    "source-disjoint": flamenco,
    "mir1k": mir1k,
    "speed": speed,
}


def machine() -> dict[str, Any]:
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {"cores": cores, "gpu": gpu, "torch": torch.__version__, "python": platform.python_version()}


def plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} does not go into JSON")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=HERE.parents[1] / "shared" / "data")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "flamsid-experiment")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--processes", type=int, help="Cells at once. Default: one per core.")
    parser.add_argument("--tables-only", action="store_true", help="Train nothing, write the tables.")
    arguments = parser.parse_args()
    for part in [] if arguments.tables_only else arguments.only:
        corpus = arguments.data / ("mir1k" if part == "mir1k" else "flamenco-motifs")
        if not corpus.exists():
            raise SystemExit(f"No recordings in {corpus}: name the folder of data with --data.")
        start = time.monotonic()
        found = PARTS[part](part, arguments) | {
            "command": f"python benchmarks/experiment.py --only {part}",
            "wall_s": round(time.monotonic() - start, 1),
            "machine": machine(),
        }
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{part}.json").write_text(json.dumps(found, indent=1, default=plain) + "\n")
    written = tables.write_tables(FINDINGS, RESULTS)
    print("\n\n".join(f"{name}\n\n{text}" for name, text in written.items()))
