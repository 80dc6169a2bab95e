"""Train a network on motif instances and measure it under the protocols."""

import hashlib
import json
import platform
import shutil
import statistics
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.corpus import audio_info
from flamsid_core.errors import FlamsidError
from flamsid_core.singers import tasks
from flamsid_core.singers.clip_sets import make_clip_set
from flamsid_core.singers.evaluation import evaluate, fitted_temperature, label_ceiling
from flamsid_core.singers.feature_cache import extract_features
from flamsid_core.singers.fitting import Examples, FitParams
from flamsid_core.singers.model_store import Model, load_model, save_model
from flamsid_core.singers.networks import BUILT_IN, parameter_count
from flamsid_core.singers.params import PROTOCOLS, TrainParams
from flamsid_core.singers.splits import Split, deduplicated_split, paper_split, source_disjoint_folds
from flamsid_core.singers.workers import run_tasks
from flamsid_core.workspace import artefact_key, atomic_path

Progress = Callable[[float, str], None]
Metrics = Callable[[dict[str, Any]], None]

VALIDATION_SHARE = 0.1  # of the training part; the paper does not give one
RUN_VERSION = 1
_FEATURES_PROGRESS = 0.1


def train(
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    params: TrainParams | None = None,
    *,
    work_dir: str | Path,
    cache_dir: str | Path | None = None,
    on_progress: Progress | None = None,
    on_metrics: Metrics | None = None,
) -> Model:
    """Train and measure a network; leave the model, its history and its predictions in a folder.

    Killed and called again with the same instances and parameters, it goes on where it was.

    Parameters
    ----------
    instances : DataFrame
        The corpus's instances table.
    locate : callable
        Maps `file` to a path.
    params : TrainParams, optional
    work_dir : path
        Gets model.safetensors, model.json, history.jsonl and predictions.parquet (instance_id, protocol,
        fold, singer, predicted, and a column p_<singer> for each singer).
    cache_dir : path, optional
        Cache of features; `work_dir`/features without it.
    on_progress : callable, optional
        Called with a fraction and a text.
    on_metrics : callable, optional
        Called after every epoch with {protocol, fold, epoch, loss, validation_loss, validation_accuracy,
        seconds}.

    Returns
    -------
    Model
        The network that was measured: the one of the `paper` split for that protocol, of the `deduplicated`
        split for that and for `all`; for `source-disjoint`, where every fold has its own, one fitted on all
        sounds.

    Raises
    ------
    FlamsidError
        When there are fewer than two singers, no protocol asked for can be applied, or a sound cannot be
        read.
    """
    params = params or TrainParams()
    work_dir = Path(work_dir)
    work_dir.mkdir(parents=True, exist_ok=True)
    classes = sorted(instances["singer"].unique()) if len(instances) else []
    if len(classes) < 2:
        raise FlamsidError(
            f"A network needs at least two singers to tell apart, this corpus has {len(classes)}: "
            "add recordings."
        )
    report = on_progress or (lambda fraction, text: None)
    clips = _clips(instances, locate, params)
    splits, notes = _splits(clips, params)
    examples = Examples(
        extract_features(
            clips,
            locate,
            params.features,
            cache_dir=Path(cache_dir) if cache_dir else work_dir / "features",
            on_progress=lambda fraction, text: report(_FEATURES_PROGRESS * fraction, text),
        ),
        np.searchsorted(classes, clips["singer"]).astype(np.int64),
        pd.factorize(clips["source_group"])[0].astype(np.int64),
    )
    shared = tasks.Shared(
        examples,
        len(classes),
        params.network,
        {"preset": params.preset} if params.network in BUILT_IN else {},
        FitParams(
            params.epochs,
            params.patience,
            params.batch_size,
            params.learning_rate,
            params.seed,
            params.max_clips_per_epoch,
        ),
    )
    run = _open_run(work_dir, clips, params)
    names = _write_tasks(run, splits)
    watch = _Watch(work_dir / "history.jsonl", len(names), params, report, on_metrics)
    fits = dict(zip(names, _run(run, names, shared, params, watch), strict=True))
    protocols = {
        protocol: _measure(
            protocol,
            run,
            [name for name in names if name.startswith(protocol)],
            fits,
            clips,
            classes,
            examples,
        )
        for protocol in splits
    }
    kept = _kept_fit(run, splits, names, fits, shared, params, watch)
    _write_history(work_dir / "history.jsonl", fits)
    predictions = _predictions(run, names, fits, clips, classes)
    with atomic_path(work_dir / "predictions.parquet") as temporary:
        predictions.to_parquet(temporary, index=False)
    network = tasks.fitted_network(run / kept, shared)
    save_model(
        work_dir,
        network,
        {
            "network": params.network,
            "network_options": shared.network_options,
            "parameters": parameter_count(network),
            "features": asdict(params.features),
            "classes": classes,
            "params": asdict(params),
            "protocols": protocols,
            "measured": "refit on all sounds"
            if kept == "refit"
            else names[names.index(kept)].rsplit("-", 1)[0],
            "calibration": _calibration(run, names, splits, classes, examples),
            "notes": notes,
            "corpus": _fingerprint(clips),
            "training": _training_part(clips, splits, kept),
            "bound_on_clips_per_epoch": params.max_clips_per_epoch,
            "versions": _versions(),
        },
    )
    shutil.rmtree(run)
    report(1.0, "trained")
    return load_model(work_dir)


# -- what is to be done
# ------------------------------------------------------------


def _clips(instances: pd.DataFrame, locate: Callable[[str], Path], params: TrainParams) -> pd.DataFrame:
    duration_s = None
    if params.clip_set != "motifs":
        duration_s = {file: audio_info(locate(file)).duration_s for file in instances["file"].unique()}
    clips = make_clip_set(instances, params.clip_set, duration_s=duration_s, seed=params.seed)
    return clips.reset_index(drop=True)


def _splits(clips: pd.DataFrame, params: TrainParams) -> tuple[dict[str, tuple[Split, ...]], list[str]]:
    """Return the splits of every protocol asked for, and notes on what could not be split or scored."""
    makers: dict[str, Callable[[], tuple[Split, ...]]] = {
        "paper": lambda: (paper_split(clips, seed=params.seed, validation_share=VALIDATION_SHARE),),
        "deduplicated": lambda: (
            deduplicated_split(clips, seed=params.seed, validation_share=VALIDATION_SHARE),
        ),
        "source-disjoint": lambda: source_disjoint_folds(
            clips, params.folds, seed=params.seed, validation_share=VALIDATION_SHARE
        ),
    }
    splits: dict[str, tuple[Split, ...]] = {}
    notes: list[str] = []
    if params.protocol != "all":
        splits[params.protocol] = makers[params.protocol]()
    else:
        for protocol in PROTOCOLS:
            try:
                splits[protocol] = makers[protocol]()
            except FlamsidError as error:
                notes.append(str(error))
        if not splits:
            raise FlamsidError(notes[0])
    for protocol, parts in splits.items():
        if parts[0].unscored:
            notes.append(
                f"Not scored under {protocol}, for want of a second source: {', '.join(parts[0].unscored)}."
            )
    return splits, notes


def _open_run(work_dir: Path, clips: pd.DataFrame, params: TrainParams) -> Path:
    """Return the folder of the unfinished run of the same kind, emptied of another's remains."""
    key = artefact_key("run", RUN_VERSION, params, _fingerprint(clips)["sha256"])
    run = work_dir / "run"
    if run.exists() and not (run / key).exists():
        shutil.rmtree(run)
        (work_dir / "history.jsonl").unlink(missing_ok=True)
    run.mkdir(exist_ok=True)
    (run / key).touch()
    return run


def _write_tasks(run: Path, splits: dict[str, tuple[Split, ...]]) -> list[str]:
    names = []
    for protocol, parts in splits.items():
        for fold, split in enumerate(parts):
            names.append(f"{protocol}-{fold}")
            tasks.write_task(run / names[-1], protocol, fold, split.train, split.validation, split.test)
    return names


class _Watch:
    """Turns epochs of all fits into progress, lines of the history, and calls of the caller's."""

    def __init__(
        self, history: Path, fits: int, params: TrainParams, report: Progress, on_metrics: Metrics | None
    ) -> None:
        self.history, self.fits, self.params = history, fits, params
        self.report, self.on_metrics = report, on_metrics
        self.share: dict[tuple[str, int], float] = {}

    def __call__(self, metrics: dict[str, Any]) -> None:
        with self.history.open("a", encoding="utf-8") as out:
            out.write(json.dumps(metrics) + "\n")
        # a fit seldom needs all its epochs, so its progress approaches its end instead of counting towards it
        self.share[metrics["protocol"], metrics["fold"]] = 1.0 - 0.8 ** (metrics["epoch"] + 1)
        fraction = sum(self.share.values()) / self.fits
        accuracy = metrics.get("validation_accuracy")
        said = "" if accuracy is None else f", validation accuracy {100 * accuracy:.1f} %"
        self.report(
            _FEATURES_PROGRESS + (1 - _FEATURES_PROGRESS) * min(fraction, 0.99),
            f"{metrics['protocol']} fold {metrics['fold'] + 1}, epoch {metrics['epoch'] + 1}{said}",
        )
        if self.on_metrics:
            self.on_metrics(metrics)


def _run(
    run: Path, names: list[str], shared: tasks.Shared, params: TrainParams, watch: Metrics
) -> list[dict[str, Any]]:
    return run_tasks(run, names, shared, processes=params.processes, on_metrics=watch)


def _kept_fit(
    run: Path,
    splits: dict[str, tuple[Split, ...]],
    names: list[str],
    fits: dict[str, dict[str, Any]],
    shared: tasks.Shared,
    params: TrainParams,
    watch: Metrics,
) -> str:
    """Return the name of the fit to keep; of folds none is kept but one made of all their sounds."""
    for protocol in ("deduplicated", "paper"):
        if protocol in splits:
            return f"{protocol}-0"
    first = splits["source-disjoint"][0]
    everything = np.sort(np.concatenate([first.train, first.validation, first.test]))
    epochs = round(statistics.median(fits[name]["best_epoch"] + 1 for name in names))
    nothing = np.empty(0, dtype=np.int64)
    tasks.write_task(run / "refit", "refit", 0, everything, nothing, nothing, epochs=epochs)
    fits["refit"] = _run(run, ["refit"], shared, params, watch)[0]
    return "refit"


# -- what came of it
# ------------------------------------------------------------


def _measure(
    protocol: str,
    run: Path,
    names: list[str],
    fits: dict[str, dict[str, Any]],
    clips: pd.DataFrame,
    classes: list[str],
    examples: Examples,
) -> dict[str, Any]:
    scored = [tasks.scores(run / name) for name in names]
    test = np.concatenate([rows for rows, _ in scored])
    log_probability = np.concatenate([scores for _, scores in scored])
    groups = clips["source_group"].to_numpy()[test]
    figures = evaluate(examples.labels[test], log_probability, groups, classes)
    sizes = [len(np.load(run / name / "split.npz")["train"]) for name in names]
    return {
        **figures,
        "label_ceiling": label_ceiling(clips, test),
        "folds": len(names),
        "n_train": round(statistics.mean(sizes)),
        "n_test": len(test),
        "epochs": [fits[name]["best_epoch"] + 1 for name in names],
        "seconds": round(sum(fits[name]["seconds"] for name in names), 3),
    }


def _predictions(
    run: Path, names: list[str], fits: dict[str, dict[str, Any]], clips: pd.DataFrame, classes: list[str]
) -> pd.DataFrame:
    tables = []
    for name in names:
        test, log_probability = tasks.scores(run / name)
        table = clips[["instance_id", "singer"]].iloc[test].reset_index(drop=True)
        table.insert(1, "protocol", fits[name]["protocol"])
        table.insert(2, "fold", fits[name]["fold"])
        table["predicted"] = np.asarray(classes)[log_probability.argmax(axis=1)]
        tables.append(
            table.assign(**{f"p_{c}": p for c, p in zip(classes, np.exp(log_probability).T, strict=True)})
        )
    return pd.concat(tables, ignore_index=True)


def _write_history(path: Path, fits: dict[str, dict[str, Any]]) -> None:
    """Write the whole history again: a killed run may have left out the line of its last epoch."""
    lines = [
        json.dumps({"protocol": fit["protocol"], "fold": fit["fold"], **epoch})
        for fit in fits.values()
        for epoch in fit["history"]
    ]
    with atomic_path(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n")


def _calibration(
    run: Path,
    names: list[str],
    splits: dict[str, tuple[Split, ...]],
    classes: list[str],
    examples: Examples,
) -> dict[str, Any]:
    """Fit temperatures, of clips and of recordings pooled from clips, on the most honest predictions."""
    protocol = next(p for p in reversed(PROTOCOLS) if p in splits)
    scored = [tasks.scores(run / name) for name in names if name.startswith(protocol)]
    test = np.concatenate([rows for rows, _ in scored])
    log_probability = np.concatenate([scores for _, scores in scored])
    truth, groups = examples.labels[test], examples.groups[test]
    pooled = pd.DataFrame(log_probability).groupby([groups, truth]).mean()
    return {
        "protocol": protocol,
        "temperature": fitted_temperature(truth, log_probability),
        "pooled_temperature": fitted_temperature(
            pooled.index.get_level_values(1).to_numpy(), pooled.to_numpy()
        ),
        "clips": len(test),
        "recordings": len(pooled),
    }


def _fingerprint(clips: pd.DataFrame) -> dict[str, Any]:
    bounds = clips["start_s"].map("{:.4f}".format) + "-" + clips["end_s"].map("{:.4f}".format)
    rows = sorted(clips["sound_id"].astype(str) + "|" + clips["singer"].astype(str) + "|" + bounds)
    digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return {"sha256": digest, "instances": len(clips), "source_groups": int(clips["source_group"].nunique())}


def _training_part(
    clips: pd.DataFrame, splits: dict[str, tuple[Split, ...]], kept: str
) -> dict[str, list[str]]:
    if kept == "refit":
        used = clips
    else:
        split = splits[kept.rsplit("-", 1)[0]][0]
        used = clips.iloc[np.concatenate([split.train, split.validation])]
    return {
        "recording_ids": sorted(used["recording_id"].astype(str).unique()),
        "source_groups": sorted(used["source_group"].astype(str).unique()),
    }


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for package in ("flamsid", "numpy", "torch"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found
