"""The runs of a workspace: its models and the finished cells of its experiments, as files. No torch, no page.

A run is named by where it lies, ``models/<name>`` or ``experiments/<experiment>/cells/<cell>``. What comes in
from elsewhere is checked before it is put in place, in a process of its own; nothing is ever unpickled.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import unpacked
from flamsid_core.models.chain import CHAIN_FILE, chain_of_workspace, write_chain
from flamsid_core.read_once import read_once
from flamsid_core.reading import read_json, read_json_lines, read_parquet
from flamsid_core.singers.about import ABOUT_FILE, read_about
from flamsid_core.singers.evaluation.splitting import PROTOCOLS
from flamsid_core.workspace import Workspace, check_name, write_json

FILES = ("model.safetensors", ABOUT_FILE, CHAIN_FILE, "history.jsonl", "predictions.parquet")


def run_names(workspace: Workspace) -> list[str]:
    """Return the workspace's finished runs, models first, each kind the newest first."""
    models = [path.parent for path in workspace.root.glob("models/*/model.json.key")]
    cells = [path.parent for path in workspace.root.glob("experiments/*/cells/*/model.json")]
    found = []
    for folders in (models, cells):
        whole = [folder for folder in folders if _is_whole(folder)]
        found += sorted(whole, key=lambda folder: -(folder / ABOUT_FILE).stat().st_mtime_ns)
    return [folder.relative_to(workspace.root).as_posix() for folder in found]


def model_names(workspace: Workspace) -> list[str]:
    """Return the names of the workspace's finished models, the newest first."""
    kind = "models/"
    return [run.removeprefix(kind) for run in run_names(workspace) if run.startswith(kind)]


def _is_whole(folder: Path) -> bool:
    if not (folder / ABOUT_FILE).is_file():
        return False
    # A cell that is trained again has the model of the time before until it is done.
    return cell_of(folder).get("state", "done") == "done"


def run_folder(workspace: Workspace, run: str) -> Path:
    """Return the folder of a run.

    Raises
    ------
    FlamsidError
        It is not a name of a run, or there is none of this name.
    """
    parts = run.split("/")
    shapes = (["models", "*"], ["experiments", "*", "cells", "*"])
    known = any(
        len(parts) == len(shape)
        and all(
            _is_plain(part) if want == "*" else part == want for part, want in zip(parts, shape, strict=True)
        )
        for shape in shapes
    )
    folder = workspace.root.joinpath(*parts) if known else workspace.root
    if not known or not (folder / ABOUT_FILE).is_file():
        raise FlamsidError("There is no run {run!r} in this workspace: choose one from the list.", run=run)
    return folder


def _is_plain(part: str) -> bool:
    return part != "" and not part.startswith(".") and not set(part) & set("/\\\0")


def cell_of(folder: Path) -> Mapping[str, Any]:
    """Return what `cell.json` says of an experiment's cell; nothing for a model."""
    path = folder / "cell.json"
    return _cell(path) if path.is_file() else {}


@read_once(lambda path: path, size=512)
def _cell(path: Path) -> Mapping[str, Any]:
    try:
        found = unpacked(read_json(path))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def predictions_of(folder: Path) -> pd.DataFrame:
    """Return a run's test predictions (instance_id, protocol, fold, singer, predicted, p_<singer>); shared.

    Raises
    ------
    FlamsidError
        They are missing or damaged.
    """
    path = folder / "predictions.parquet"
    if not path.is_file():
        raise FlamsidError(
            "{name} came without its predictions: train it again to see clip by clip.", name=folder.name
        )
    return _predictions(path)


@read_once(lambda path: path)
def _predictions(path: Path) -> pd.DataFrame:
    try:
        found = read_parquet(path)
    except FlamsidError as error:
        raise FlamsidError(
            "{path} is damaged and cannot be read: train this run again.", path=path
        ) from error
    if missing := {"instance_id", "protocol", "singer", "predicted"} - set(found):
        raise FlamsidError(
            "{path} has no column {missing!r}: it holds no predictions, train this run again.",
            path=path,
            missing=sorted(missing)[0],
        )
    return found


def history_of(folder: Path) -> pd.DataFrame:
    """Return a run's training history: protocol, fold, epoch (from 1), loss and validation measures."""
    path = folder / "history.jsonl"
    return history_table(read_json_lines(path) if path.is_file() else [])


def history_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return what training reports as a table, epochs counted from 1."""
    columns = ["protocol", "fold", "epoch", "loss", "validation_loss", "validation_accuracy"]
    found = pd.DataFrame([row for row in rows if "epoch" in row]).reindex(columns=columns)
    numbers = columns[1:]
    found[numbers] = found[numbers].apply(pd.to_numeric, errors="coerce")
    found = found.dropna(subset=["fold", "epoch"])
    found[["fold", "epoch"]] = found[["fold", "epoch"]].astype("int64")
    found["epoch"] += 1
    return found


def registry(workspace: Workspace) -> pd.DataFrame:
    """Return the registry: one row for each run.

    Returns
    -------
    DataFrame
        run, name, experiment ("" for a model), made_at (local time), network, preset, features, clip_set,
        seed, parameters, and for each protocol accuracy_<protocol> and mean_over_singers_<protocol> (NaN where
        it was not measured).
    """
    rows = []
    for run in run_names(workspace):
        folder = workspace.path(run)
        try:
            about = read_about(folder)
        except FlamsidError:
            continue  # damaged files are said where the run is opened; they hide no other run
        params = about.get("params", {})
        row = {
            "run": run,
            "name": folder.name,
            "experiment": run.split("/")[1] if run.startswith("experiments/") else "",
            "made_at": datetime.fromtimestamp((folder / ABOUT_FILE).stat().st_mtime),
            "network": about.get("network", "?"),
            "preset": params.get("preset", about.get("network_options", {}).get("preset", "")),
            "features": about.get("features", {}).get("kind", "?"),
            "clip_set": params.get("clip_set", ""),
            "seed": params.get("seed"),
            "parameters": about.get("parameters"),
        }
        for protocol in PROTOCOLS:
            figures = about.get("protocols", {}).get(protocol, {})
            row[f"accuracy_{protocol}"] = figures.get("accuracy")
            row[f"mean_over_singers_{protocol}"] = figures.get("mean_over_singers")
        rows.append(row)
    columns = ["run", "name", "experiment", "made_at", "network", "preset", "features", "clip_set", "seed"]
    measures = [
        f"{measure}_{protocol}" for protocol in PROTOCOLS for measure in ("accuracy", "mean_over_singers")
    ]
    table = pd.DataFrame(rows, columns=[*columns, "parameters", *measures])
    return table.astype(dict.fromkeys(measures, float))


# -- changes
# ------------------------------------------------------------------------------------------------------


def rename_model(workspace: Workspace, run: str, name: str) -> str:
    """Give a model another name, its map with it; return the run's new name.

    Raises
    ------
    FlamsidError
        The name is taken or none, the run is a cell of an experiment, or a job is at work.
    """
    name = check_name(name)
    folder = run_folder(workspace, run)
    if not run.startswith("models/"):
        raise FlamsidError(
            "A cell is named by its place in the experiment: keep it as a model, and name that."
        )
    target = workspace.path(f"models/{name}")
    atlas, moved = workspace.path(f"atlas/{folder.name}"), workspace.path(f"atlas/{name}")
    if target.exists() or moved.exists():
        raise FlamsidError("This corpus already has a model called {name}: choose another name.", name=name)
    with workspace.lock():
        folder.rename(target)
        if atlas.is_dir():
            atlas.rename(moved)
    return f"models/{name}"


def delete_run(workspace: Workspace, run: str) -> None:
    """Delete a run, and the map made with it; a cell is waiting then, and made again when its experiment is resumed.

    Raises
    ------
    FlamsidError
        There is no such run, or a job is at work.
    """
    folder = run_folder(workspace, run)
    with workspace.lock():
        cell = dict(cell_of(folder))
        _remove(folder)
        if cell:
            reset = {"state": "waiting", "error": None, "seconds": None, "key": None}
            write_json(folder / "cell.json", cell | reset)
        if run.startswith("models/") and (atlas := workspace.path(f"atlas/{folder.name}")).is_dir():
            _remove(atlas)


def delete_experiment(workspace: Workspace, name: str) -> None:
    """Delete an experiment with all its cells.

    Raises
    ------
    FlamsidError
        There is no such experiment, or a job is at work.
    """
    folder = workspace.root / "experiments" / name
    if not _is_plain(name) or not folder.is_dir():
        raise FlamsidError(
            "There is no experiment {name!r} in this workspace: choose one from the list.", name=name
        )
    with workspace.lock():
        _remove(folder)


def _remove(folder: Path) -> None:
    # First out of sight in one step, so that nobody finds half of it.
    aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".deleted-"))
    folder.rename(aside / folder.name)
    shutil.rmtree(aside)


def keep_as_model(workspace: Workspace, run: str, name: str, chain: Mapping[str, Mapping[str, Any]]) -> str:
    """Copy an experiment's cell among the models, where it can identify and draw maps; return the new run.

    Parameters
    ----------
    workspace, run, name
        The cell, and the name of the model.
    chain : mapping
        The parameters of melody, contour and motifs by stage, see `chain_of_workspace`.
    """
    name, folder = check_name(name), run_folder(workspace, run)
    with new_model(workspace, name) as part:
        copy_files(folder, part)
        if not (part / CHAIN_FILE).is_file():
            write_chain(part, chain_of_workspace(workspace, chain))
    return f"models/{name}"


@contextmanager
def new_model(workspace: Workspace, name: str) -> Iterator[Path]:
    """Yield an empty folder that becomes the model `name` when the block ends well.

    Raises
    ------
    FlamsidError
        The name is taken.
    """
    target = workspace.path(f"models/{check_name(name)}")
    if target.exists():
        raise FlamsidError("This corpus already has a model called {name}: choose another name.", name=name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".load-") as scratch:
        part = Path(scratch) / name
        part.mkdir()
        yield part
        part.rename(target)
    for file in (CHAIN_FILE, ABOUT_FILE):
        if (target / file).is_file():
            workspace.stamp(f"models/{name}/{file}", "loaded")


def copy_files(source: Path, target: Path) -> None:
    """Copy what makes a model from one folder to another; what else lies there stays."""
    for file in FILES:
        if (source / file).is_symlink():
            raise FlamsidError(
                "{file} is a link: copy the file itself into the model's folder.", file=source / file
            )
        if (source / file).is_file():
            shutil.copyfile(source / file, target / file)
