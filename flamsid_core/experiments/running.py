"""Run a grid: every cell in a folder of its own, over processes or a cluster, resumable, cancellable.

Cells are trained with one thread each, so a figure depends on the cell alone, not on what ran meanwhile. A killed run
that is started again keeps finished cells, goes on within unfinished ones at their last epoch, and ends with the same
files as one that was left alone.
"""

import itertools
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.experiments import cells as cell_folders
from flamsid_core.experiments.evidence import write_evidence
from flamsid_core.experiments.grid import Cell, Grid
from flamsid_core.experiments.tables import LOCK_FILE, cell_table
from flamsid_core.locks import held
from flamsid_core.messages import Message
from flamsid_core.progress import Metrics, Progress, part_of, silent
from flamsid_core.reading import read_json
from flamsid_core.singers.networks import NETWORKS
from flamsid_core.workspace import atomic_path, write_json

FORMAT = 1
LOOK_S = 0.25
_EVIDENCE_PROGRESS = 0.05


def run_experiment(
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    grid: Grid,
    folder: str | Path,
    *,
    cache_dir: str | Path | None = None,
    processes: int | None = None,
    audit: Mapping[str, Any] | None = None,
    on_progress: Progress | None = None,
    on_metrics: Metrics | None = None,
) -> pd.DataFrame:
    """Train and measure every cell of a grid that is not finished yet.

    Runs on joblib: inside ``joblib.parallel_config("dask")`` the cells go to a Dask cluster whose workers see the same
    files.

    Parameters
    ----------
    instances : DataFrame
        The corpus's instances table.
    locate : callable
        Maps `file` to a path; can be pickled.
    grid : Grid
    folder : path
        Gets experiment.json, instances.parquet, audit.json, trivial.json and cells/<cell>/. Cells of an earlier grid
        in the same folder are kept; those of other data or parameters are made again when the grid has them.
    cache_dir : path, optional
        Cache of features, shared by all cells; `folder`/features without it.
    processes : int, optional
        Cells at once; by default one per core, or one where there is a GPU. With 1 they are trained in this process.
    audit : mapping, optional
        What `audit_by_ear` found in these instances; it is made here where it is not given.
    on_progress : callable, optional
        Called with a fraction and a text, in this process; what it raises ends the run, and the next one goes on.
    on_metrics : callable, optional
        Called with {cell, protocol, fold, epoch, loss, …, seconds} for every epoch of every cell.

    Returns
    -------
    DataFrame
        As `cell_table`. A cell that could not be trained has the state "failed" and its error, and stops no other.

    Raises
    ------
    FlamsidError
        When there are fewer than two singers, a sound cannot be read, the folder is in use by another run, or a
        training process was killed.
    """
    report = on_progress or silent
    if processes is not None and processes < 1:
        raise FlamsidError(
            "processes is {processes}: give at least 1, or leave it out for one per core.",
            processes=processes,
        )
    singers = instances["singer"].nunique() if len(instances) else 0
    if singers < 2:
        raise FlamsidError(
            "An experiment needs at least two singers to tell apart, this corpus has {singers}: add recordings.",
            singers=singers,
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    cache = Path(cache_dir) if cache_dir else folder / "features"
    busy = FlamsidError(
        "The experiment in {folder} is running already: wait for it or cancel it, then run again.",
        folder=folder,
    )
    with held(folder / LOCK_FILE, busy):
        run_id = uuid.uuid4().hex
        with atomic_path(folder / ".run") as temporary:
            temporary.write_text(run_id, encoding="utf-8")  # what an earlier run left working stops now
        data = cell_folders.data_key(instances)
        cells = grid.cells()
        keys = {cell.name: cell_folders.cell_key(cell, data) for cell in cells}
        waiting = [
            cell
            for cell in cells
            if cell_folders.make_ready(folder / "cells" / cell.name, cell, keys[cell.name])
        ]
        _describe(folder, grid, cells, instances, data)
        write_evidence(
            folder,
            instances,
            locate,
            grid,
            data,
            audit=audit,
            cache_dir=cache,
            on_progress=part_of(report, 0.0, _EVIDENCE_PROGRESS),
        )
        _cache_features(waiting, instances, locate, cache, report)
        watch = _Watch(folder, cells, waiting, report, on_metrics)
        calls = [
            {
                "cell": cell,
                "key": keys[cell.name],
                "instances": instances,
                "locate": locate,
                "folder": folder,
                "cache_dir": cache,
                "run_id": run_id,
                "starter": os.getpid(),
                "networks": _own_networks(cell),
            }
            for cell in waiting
        ]
        try:
            processes = _cells_at_once(processes)
            if processes == 1:
                _run_here(calls, watch)
            elif calls:
                _run_spread(calls, processes, watch)
        finally:
            (folder / ".run").unlink(missing_ok=True)
    report(1.0, Message("{n} cells", n=len(cells)))
    return cell_table(folder)


def _cells_at_once(processes: int | None) -> int | None:
    """Return how many cells to train at once here; None leaves it to joblib's backend."""
    from joblib.parallel import get_active_backend

    from flamsid_core.singers.training.workers import has_gpu

    on_cluster = "Dask" in type(get_active_backend()[0]).__name__
    # one GPU is best used by one process
    return 1 if processes is None and not on_cluster and has_gpu() else processes


def _describe(folder: Path, grid: Grid, cells: list[Cell], instances: pd.DataFrame, data: str) -> None:
    """Write what the experiment is, and the instances its predictions are about."""
    about = folder / "experiment.json"
    created = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    if about.exists():
        try:
            created = read_json(about)["created"]
        except (ValueError, KeyError, TypeError):
            about.unlink()  # damaged: written again
    with atomic_path(folder / "instances.parquet") as temporary:
        instances.to_parquet(temporary, index=False)
    write_json(
        about,
        {
            "format": FORMAT,
            "name": grid.name,
            "created": created,
            "grid": grid.plain(),
            "cells": [cell.name for cell in cells],
            "corpus": {
                "fingerprint": data,
                "instances": len(instances),
                "singers": sorted(instances["singer"].astype(str).unique()),
                "source_groups": int(instances["source_group"].nunique()),
            },
        },
    )


def _cache_features(
    waiting: list[Cell],
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    cache: Path,
    report: Progress,
) -> None:
    """Compute every kind of features once, before the cells ask for them all at the same time."""
    from flamsid_core.singers.features.cache import extract_features

    kinds = list(dict.fromkeys(cell.params.features for cell in waiting))
    for number, params in enumerate(kinds):
        start, end = (_EVIDENCE_PROGRESS * (1 + done / len(kinds)) for done in (number, number + 1))
        progress = part_of(report, start, end, "{kind}: {text}", kind=params.kind)
        extract_features(instances, locate, params, cache_dir=cache, on_progress=progress)


def _own_networks(cell: Cell) -> dict[str, Callable[..., Any]]:
    """Return the cell's network by name if it is one that the caller registered."""
    name = cell.params.network
    return {} if NETWORKS.is_built_in(name) or name not in NETWORKS else {name: NETWORKS[name]}


def _run_here(calls: list[dict[str, Any]], watch: "_Watch") -> None:
    try:
        for call in calls:
            cell_folders.run_cell(**call, on_epoch=watch.look)
            watch.look()
    except cell_folders.Stopped as stop:
        raise stop.__cause__ or stop from None


def _run_spread(calls: list[dict[str, Any]], processes: int | None, watch: "_Watch") -> None:
    """Run cells on joblib's current backend, looking at their folders while they work."""
    from joblib import Parallel, delayed

    parallel = Parallel(
        n_jobs=processes or -1, batch_size=1, pre_dispatch="n_jobs", return_as="generator_unordered"
    )
    ends = parallel(delayed(cell_folders.run_cell)(**call) for call in calls)
    finished: Queue[Exception | None] = Queue()

    def collect() -> None:
        try:
            for _ in ends:
                pass
        except Exception as error:
            finished.put(error)
        else:
            finished.put(None)

    collector = threading.Thread(target=collect, daemon=True)
    collector.start()
    try:
        while True:
            try:
                trouble = finished.get(timeout=LOOK_S)
                break
            except Empty:
                watch.look()
    except BaseException:
        (watch.folder / ".run").unlink(missing_ok=True)  # cells elsewhere stop after their epoch
        # The only way to end workers that are in the middle of one.
        parallel._backend.abort_everything(ensure_ready=False)
        collector.join(timeout=10)
        watch.put_back()
        raise
    if trouble is not None:
        watch.put_back()
        raise FlamsidError(
            "A training process ended before its cell did ({reason}), perhaps because memory ran out: "
            "start the experiment again, it continues; fewer --processes need less.",
            reason=type(trouble).__name__,
        ) from trouble
    watch.look()


class _Watch:
    """Looks at the cells' folders, wherever they are worked on, and reports what is new."""

    def __init__(
        self,
        folder: Path,
        cells: list[Cell],
        waiting: list[Cell],
        report: Progress,
        on_metrics: Metrics | None,
    ) -> None:
        self.folder, self.report, self.on_metrics = folder, report, on_metrics
        self.all, self.open = len(cells), [cell.name for cell in waiting]
        self.lines = {name: len(self._epochs(name)) for name in self.open}
        self.failed = 0
        self.text = ""

    def look(self) -> None:
        """Report new epochs and ended cells; what a callback raises goes on to the caller."""
        share = 0.0
        for name in list(self.open):
            state = cell_folders.read_cell(self.folder / "cells" / name).get("state")
            epochs = self._epochs(name)
            for line in itertools.islice(epochs, self.lines[name], None):
                metrics = json.loads(line)
                accuracy = metrics.get("validation_accuracy")
                whole = metrics["protocol"] == "refit"
                said = Message(
                    "{name}: all sounds, epoch {epoch}" if whole else "{name}: fold {fold}, epoch {epoch}",
                    name=name,
                    fold=metrics["fold"] + 1,
                    epoch=metrics["epoch"] + 1,
                )
                if accuracy is not None:
                    said = Message(
                        "{said}, validation accuracy {accuracy:.1f} %", said=said, accuracy=100 * accuracy
                    )
                self.text = said
                if self.on_metrics is not None:
                    self.on_metrics({"cell": name, **metrics})
            self.lines[name] = max(self.lines[name], len(epochs))
            if state in ("done", "failed"):
                self.open.remove(name)
                self.failed += state == "failed"
            elif state == "running":
                share += 0.9 * (1 - 0.97 ** len(epochs))  # how many epochs it needs is not known
        done = self.all - len(self.open)
        before = 2 * _EVIDENCE_PROGRESS
        text = Message("{done} of {total} cells", done=done, total=self.all)
        if self.failed:
            text = Message("{text}, {n} failed", text=text, n=self.failed)
        if self.text:
            text = Message("{text}. {detail}", text=text, detail=self.text)
        self.report(
            before + (1 - before) * min((done + share) / self.all, 0.999),
            text,
        )

    def put_back(self) -> None:
        """Take the note off cells that were being trained when their processes were ended."""
        for name in self.open:
            place = self.folder / "cells" / name
            about = cell_folders.read_cell(place)
            if about.get("state") == "running":
                write_json(place / "cell.json", about | {"state": "waiting"})

    def _epochs(self, name: str) -> list[str]:
        path = self.folder / "cells" / name / "metrics.jsonl"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return text.splitlines() if text.endswith("\n") else text.splitlines()[:-1]
