"""One cell as a folder: trained here or in another process, resumed by either, its end written down.

A cell's folder is a model folder as `train` leaves it, with ``cell.json`` (what it is, how it stands, and the key of
what it was made from) and ``metrics.jsonl`` (a line an epoch, written while it trains).
"""

import json
import shutil
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.experiments.grid import Cell
from flamsid_core.locks import waited_for
from flamsid_core.messages import Message, unpacked
from flamsid_core.processes import end_with
from flamsid_core.reading import read_json, read_json_lines
from flamsid_core.workspace import artefact_key, atomic_path, write_json

CELL_VERSION = 1
_MODEL_FILES = ("model.json", "model.safetensors", "predictions.parquet", "history.jsonl", "metrics.jsonl")
# Torch's random state is one for a process: cells in threads of one process would draw from each other's.
_one_at_a_time = threading.Lock()


class Stopped(BaseException):
    """The run this cell belongs to is over: cancelled, killed, or followed by another one."""


def data_key(instances: pd.DataFrame) -> str:
    """Return what stands for the sounds, labels and groups that all cells learn from."""
    exact = instances[["instance_id", "recording_id", "singer", "source_group", "sound_id", "overlap_group"]]
    bounds = instances[["start_s", "end_s"]].map("{:.6f}".format)
    rows = pd.concat([exact, instances["conflict"], bounds], axis=1).astype(str).agg("|".join, axis=1)
    return artefact_key("experiment-data", 1, rows.tolist())


def cell_key(cell: Cell, data: str) -> str:
    """Return the key of what a cell is made from."""
    return artefact_key("cell", CELL_VERSION, cell.params, data)


def read_cell(place: Path) -> dict[str, Any]:
    """Return a cell's ``cell.json``; empty where there is none or it is damaged."""
    try:
        found: dict[str, Any] = unpacked(read_json(place / "cell.json"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def is_done(place: Path, key: str) -> bool:
    """Whether the cell in this folder is finished and made from what `key` stands for."""
    about = read_cell(place)
    whole = all((place / name).exists() for name in _MODEL_FILES)
    return about.get("state") == "done" and about.get("key") == key and whole


def write_cell(place: Path, cell: Cell, key: str, state: str, **more: Any) -> None:
    """Write how a cell stands."""
    params = cell.params
    write_json(
        place / "cell.json",
        {
            "network": params.network,
            "preset": params.preset,
            "features": params.features.kind,
            "clip_set": params.clip_set,
            "protocol": params.protocol,
            "seed": params.seed,
            "state": state,
            "error": None,
            "seconds": None,
            "key": key,
            "params": asdict(params),
            **more,
        },
    )


def make_ready(place: Path, cell: Cell, key: str) -> bool:
    """Bring a cell's folder to where it can be trained; return whether there is anything to train.

    What was made from other data or parameters is removed; checkpoints of the same ones stay.
    """
    if is_done(place, key):
        return False
    if place.exists() and read_cell(place).get("key") != key:
        shutil.rmtree(place)
    write_cell(place, cell, key, "waiting")
    return True


def run_cell(
    cell: Cell,
    key: str,
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    folder: Path,
    cache_dir: Path,
    run_id: str,
    starter: int,
    networks: Mapping[str, Callable[..., Any]],
    on_epoch: Callable[[], None] | None = None,
) -> None:
    """Train one cell with one thread, or go on with it, and write down how it ended.

    Parameters
    ----------
    cell, key
        What to train, and its key.
    instances, locate
        As for `train`.
    folder : Path
        Of the experiment.
    cache_dir : Path
        Of features, shared by all cells.
    run_id, starter : str, int
        Of the run this belongs to, and the process that started it. Without the process its workers end at once,
        without the run the cell stops after its epoch.
    networks : mapping of name to what builds it
        Networks that the caller registered; another process does not know them.
    on_epoch : callable, optional
        Called after every epoch, in this process; what it raises ends the cell without a verdict.
    """
    from flamsid_core.singers.networks import NETWORKS
    from flamsid_core.singers.training.run import train

    place = folder / "cells" / cell.name

    def after_epoch(metrics: Mapping[str, Any]) -> None:
        with (place / "metrics.jsonl").open("a", encoding="utf-8") as out:
            out.write(json.dumps(metrics) + "\n")
        if running_id(folder) != run_id:
            raise Stopped
        if on_epoch is not None:
            try:
                on_epoch()
            except Exception as error:
                raise Stopped from error

    end_with(starter)
    with _one_at_a_time, waited_for(folder / ".locks" / cell.name):
        if running_id(folder) != run_id or is_done(place, key):
            return
        for name, build in networks.items():
            if name not in NETWORKS:
                NETWORKS.register(name)(build)
        write_cell(place, cell, key, "running")
        try:
            train(instances, locate, cell.params, work_dir=place, cache_dir=cache_dir, on_metrics=after_epoch)
        except Stopped as stop:
            write_cell(place, cell, key, "waiting")
            if stop.__cause__ is not None:
                raise
        except FlamsidError as error:
            write_cell(place, cell, key, "failed", error=error.message)
        except Exception as error:
            # One cell's trouble, say a network of the user's own that does not fit its input, is not the others'.
            (place / "error.txt").write_text(traceback.format_exc(), encoding="utf-8")
            said = " ".join(str(error).split())
            write_cell(
                place,
                cell,
                key,
                "failed",
                error=Message(
                    "{kind}: {said} (see error.txt in the cell).", kind=type(error).__name__, said=said
                ),
            )
        else:
            with atomic_path(place / "metrics.jsonl") as temporary:
                shutil.copyfile(place / "history.jsonl", temporary)
            seconds = sum(float(row.get("seconds", 0)) for row in read_json_lines(place / "history.jsonl"))
            write_cell(place, cell, key, "done", seconds=round(seconds, 3))


def running_id(folder: Path) -> str | None:
    """Return the name of the run that the experiment's folder belongs to now."""
    try:
        return (folder / ".run").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
