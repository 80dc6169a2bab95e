"""An experiment's figures as tables: a row a cell, and the paper's Table 2 for comparison."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.experiments.cells import read_cell
from flamsid_core.experiments.paper import PAPER_TABLE
from flamsid_core.locks import is_held
from flamsid_core.reading import read_json, read_parquet
from flamsid_core.singers.evaluation.uncertainty import recording_interval
from flamsid_core.workspace import Workspace

_IDENTITY = ("network", "preset", "features", "clip_set", "protocol", "seed")
CELL_COLUMNS = (
    *("cell", *_IDENTITY, "state", "error"),
    *("accuracy", "mean_over_singers", "macro_auc", "recordings_right", "recordings"),
    *("seconds", "parameters", "low", "high", "singers_low", "singers_high"),
)
_FIGURES = ("accuracy", "mean_over_singers", "macro_auc", "recordings_right", "recordings")
_KEY = list(_IDENTITY[:4])

LOCK_FILE = ".lock"  # of an experiment's folder: held while a run is at work in it


def experiment_names(workspace: Workspace) -> list[str]:
    """Return the names of a workspace's experiments, the newest first."""
    found = [
        path for path in workspace.root.glob("experiments/*/experiment.json") if path.parent.name[0] != "."
    ]
    return [path.parent.name for path in sorted(found, key=lambda path: -path.stat().st_mtime_ns)]


def read_experiment(folder: str | Path) -> dict[str, Any]:
    """Read `experiment.json`.

    Raises
    ------
    FlamsidError
        When it is not there or damaged.
    """
    path = Path(folder) / "experiment.json"
    try:
        about: dict[str, Any] = read_json(path)
    except (OSError, ValueError) as error:
        raise FlamsidError(
            "{path} cannot be read: run flamsid experiment, which writes it.", path=path
        ) from error
    return about


def cell_table(folder: str | Path, *, intervals: bool = True) -> pd.DataFrame:
    """Return one row for each cell of an experiment, finished or not.

    Parameters
    ----------
    folder : path
        Of the experiment.
    intervals : bool
        Without them the table is quicker to come.

    Returns
    -------
    DataFrame
        cell, network, preset, features, clip_set, protocol, seed; state ("waiting", "running", "done", "failed") and
        error, why it failed; accuracy, mean_over_singers, macro_auc (shares of one), recordings_right of recordings;
        seconds in epochs; parameters of the network; low and high, the 95 % interval of the accuracy over recordings,
        singers_low and singers_high that of the mean over singers. What is not known is missing.

    Raises
    ------
    FlamsidError
        When there is no experiment in the folder.
    """
    folder = Path(folder)
    names = read_experiment(folder)["cells"]
    groups = _source_groups(folder) if intervals else None
    at_work = is_held(folder / LOCK_FILE)
    rows = [_cell_row(folder / "cells" / name, groups, at_work) for name in names]
    numbers = [
        name for name in CELL_COLUMNS[9:] if name not in ("recordings_right", "recordings", "parameters")
    ]
    counts = dict.fromkeys(("recordings_right", "recordings", "parameters"), "Int64")
    return pd.DataFrame(rows, columns=CELL_COLUMNS).astype(dict.fromkeys(numbers, "float64") | counts)


def _cell_row(place: Path, groups: pd.Series | None, at_work: bool) -> dict[str, Any]:
    about = {"state": "waiting"} | read_cell(place)
    row = {"cell": place.name, **{name: about.get(name) for name in (*_IDENTITY, "state", "error")}}
    if row["state"] == "running" and not at_work:
        row["state"] = "waiting"  # it was killed and goes on with the next run
    if row["state"] != "done":
        return row
    row["seconds"] = about["seconds"]
    model = read_json(place / "model.json")
    figures = model["protocols"][about["protocol"]]
    row |= {name: figures[name] for name in _FIGURES} | {"parameters": model["parameters"]}
    if groups is not None:
        said = _predictions(place, groups)
        row["low"], row["high"] = _interval(said)
        row["singers_low"], row["singers_high"] = _interval(said, by_singer=True)
    return row


def paper_table(folder: str | Path, protocol: str = "paper") -> pd.DataFrame:
    """Set the experiment's figures under a protocol beside the paper's Table 2, cell by cell.

    The paper's figures were measured on random splits, the `paper` protocol, whatever `protocol` is asked for here.

    Parameters
    ----------
    folder : path
        Of the experiment.
    protocol : str

    Returns
    -------
    DataFrame
        network, preset, features, clip_set; paper_accuracy, paper_auc (missing for networks the paper does not have);
        accuracy, mean_over_singers, macro_auc: means over the seeds; accuracy_sd: the deviation between them (missing
        for one seed); low, high: the 95 % interval of the accuracy over recordings, all seeds together;
        recordings_right (mean) of recordings; seeds: how many; difference: accuracy − paper_accuracy; cells: how many
        the experiment has here; note: why there is no figure. The paper's 27 cells come first, in its order, whether
        the experiment has them or not.

    Raises
    ------
    FlamsidError
        When there is no experiment in the folder.
    """
    folder = Path(folder)
    cells = cell_table(folder, intervals=False)
    cells = cells[cells["protocol"] == protocol]
    groups = _source_groups(folder)
    ours = dict(iter(cells.groupby(_KEY, sort=False)))
    presets = list(dict.fromkeys(cells["preset"])) or ["lean"]
    asked = [(network, preset, *rest) for preset in presets for network, *rest in PAPER_TABLE]
    rows = [
        dict(zip(_KEY, key, strict=True)) | _beside(folder, key, ours.get(key), groups)
        for key in dict.fromkeys([*asked, *ours])
    ]
    return pd.DataFrame(rows)


def _beside(
    folder: Path, key: tuple[str, ...], cells: pd.DataFrame | None, groups: pd.Series
) -> dict[str, Any]:
    network, _, features, clip_set = key
    paper = PAPER_TABLE.get((network, features, clip_set))
    row: dict[str, Any] = {
        "paper_accuracy": paper.accuracy if paper else np.nan,
        "paper_auc": paper.auc if paper else np.nan,
        **dict.fromkeys(
            ("accuracy", "accuracy_sd", "low", "high", "mean_over_singers", "macro_auc", "difference"), np.nan
        ),
        "recordings_right": np.nan,
        "recordings": np.nan,
        "seeds": 0,
        "cells": 0 if cells is None else len(cells),
        "note": "" if cells is not None else "not in this experiment",
    }
    if cells is None:
        return row
    done = cells[cells["state"] == "done"]
    if done.empty:
        failed = cells.loc[cells["state"] == "failed", "error"]
        row["note"] = str(failed.iloc[0]) if len(failed) else "not finished"
        return row
    said = pd.concat([_predictions(folder / "cells" / name, groups) for name in done["cell"]])
    row["low"], row["high"] = _interval(said)
    for name in _FIGURES:
        row[name] = float(done[name].astype("float64").mean())
    row["accuracy_sd"] = float(done["accuracy"].std(ddof=1)) if len(done) > 1 else np.nan
    row["seeds"] = len(done)
    row["difference"] = row["accuracy"] - row["paper_accuracy"]
    return row


def _source_groups(folder: Path) -> pd.Series:
    """Return the source group of every instance, by instance_id."""
    table = read_parquet(folder / "instances.parquet", ["instance_id", "source_group"])
    return table.set_index("instance_id")["source_group"]


def _predictions(place: Path, groups: pd.Series) -> pd.DataFrame:
    """Return singer, right and source_group of a cell's test clips."""
    said = read_parquet(place / "predictions.parquet", ["instance_id", "singer", "predicted"])
    return pd.DataFrame(
        {
            "singer": said["singer"],
            "right": said["singer"] == said["predicted"],
            "source_group": said["instance_id"].map(groups),
        }
    )


def _interval(said: pd.DataFrame, *, by_singer: bool = False) -> tuple[float, float]:
    return recording_interval(
        said["right"].to_numpy(),
        said["source_group"].to_numpy(),
        singers=said["singer"].to_numpy() if by_singer else None,
    )
