"""Train a network on motif instances and measure it under the protocols."""

import json
import shutil
import statistics
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message
from flamsid_core.progress import Metrics, Progress, part_of, silent
from flamsid_core.singers.evaluation.protocols import Split
from flamsid_core.singers.evaluation.splitting import PROTOCOLS, protocol_splits, source_disjoint
from flamsid_core.singers.evaluation.verification import open_set_splits
from flamsid_core.singers.features.cache import extract_features
from flamsid_core.singers.features.clip_sets import clip_set_of
from flamsid_core.singers.features.frames import VOICE_KIND
from flamsid_core.singers.model_store import Model, load_model, save_model
from flamsid_core.singers.networks import NETWORKS, parameter_count
from flamsid_core.singers.networks.costs import multiply_adds
from flamsid_core.singers.networks.inference import SingerNetwork
from flamsid_core.singers.training import results, tasks
from flamsid_core.singers.training.fitting import Examples, FitParams
from flamsid_core.singers.training.params import ALL, TrainParams
from flamsid_core.singers.training.workers import run_tasks
from flamsid_core.workspace import artefact_key, atomic_path

VALIDATION_SHARE = 0.1  # of the training part; the paper does not give one
RUN_VERSION = 2
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
            "A network needs at least two singers to tell apart, this corpus has {n_singers}: "
            "add recordings.",
            n_singers=len(classes),
        )
    report = on_progress or silent
    clips = clip_set_of(instances, locate, params.clip_set, seed=params.seed)
    splits, notes = _splits(clips, params)
    examples = Examples(
        extract_features(
            clips,
            locate,
            params.features,
            cache_dir=Path(cache_dir) if cache_dir else work_dir / "features",
            on_progress=part_of(report, 0.0, _FEATURES_PROGRESS),
        ),
        np.searchsorted(classes, clips["singer"]).astype(np.int64),
        pd.factorize(clips["source_group"])[0].astype(np.int64),
    )
    shared = tasks.Shared(
        examples,
        len(classes),
        params.network,
        {"preset": params.preset} if NETWORKS.is_built_in(params.network) else {},
        FitParams(
            params.epochs,
            params.patience,
            params.batch_size,
            params.learning_rate,
            params.seed,
            params.max_clips_per_epoch,
            params.masking,
        ),
    )
    run = _open_run(work_dir, clips, params)
    names = _write_tasks(run, splits)
    strangers = _write_open_set(run, clips, splits, classes, params, notes)
    everyone = names + strangers
    watch = _Watch(work_dir / "history.jsonl", len(everyone), params, report, on_metrics)
    fits = dict(zip(everyone, _run(run, everyone, shared, params, watch), strict=True))
    protocols = {
        protocol: results.measure(
            run,
            [name for name in names if name.startswith(protocol)],
            fits,
            clips,
            classes,
            examples,
        )
        | {"validation_unit": parts[0].validation_unit}
        for protocol, parts in splits.items()
    }
    kept = _kept_fit(run, splits, names, fits, shared, params, watch)
    results.write_history(work_dir / "history.jsonl", fits)
    with atomic_path(work_dir / "predictions.parquet") as temporary:
        results.predictions(run, names, fits, clips, classes).to_parquet(temporary, index=False)
    network = tasks.fitted_network(run / kept, shared)
    calibration = results.calibration(run, names, splits, classes, examples)
    save_model(
        work_dir,
        network,
        {
            "network": params.network,
            "network_options": shared.network_options,
            "parameters": parameter_count(network),
            "multiply_adds_per_s": _multiply_adds_per_s(network, params),
            "features": asdict(params.features),
            "classes": classes,
            "params": asdict(params),
            "protocols": protocols,
            "measured": "refit on all sounds"
            if kept == "refit"
            else names[names.index(kept)].rsplit("-", 1)[0],
            "calibration": calibration,
            "verification": results.verification(run, names, examples, calibration),
            "open_set": results.open_set(run, strangers, examples, calibration),
            "voices": _summary_of_voices(network),
            "notes": notes,
            "corpus": results.fingerprint(clips),
            "training": results.training_part(clips, splits, kept),
            "bound_on_clips_per_epoch": params.max_clips_per_epoch,
            "versions": results.versions(),
        },
    )
    shutil.rmtree(run)
    report(1.0, Message("trained"))
    return load_model(work_dir)


# -- what is to be done
# ------------------------------------------------------------


def _splits(clips: pd.DataFrame, params: TrainParams) -> tuple[dict[str, tuple[Split, ...]], list[str]]:
    """Return the splits of every protocol asked for, and notes on what could not be split or scored."""
    splits, errors = protocol_splits(
        clips,
        protocols=PROTOCOLS if params.protocol == ALL else [params.protocol],
        folds=params.folds,
        seed=params.seed,
        validation_share=VALIDATION_SHARE,
    )
    if not splits:
        raise next(iter(errors.values()))
    notes: list[str] = [error.message for error in errors.values()]
    for protocol, parts in splits.items():
        if parts[0].unscored:
            notes.append(
                Message(
                    "Not scored under {protocol}, because there is no second source: {singers}.",
                    protocol=Message(protocol),
                    singers=", ".join(parts[0].unscored),
                )
            )
    return splits, notes


def _open_run(work_dir: Path, clips: pd.DataFrame, params: TrainParams) -> Path:
    """Return the folder of the unfinished run of the same kind, emptied of another's remains."""
    key = artefact_key("run", RUN_VERSION, params, results.fingerprint(clips)["sha256"])
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


def _write_open_set(
    run: Path,
    clips: pd.DataFrame,
    splits: dict[str, tuple[Split, ...]],
    classes: list[str],
    params: TrainParams,
    notes: list[str],
) -> list[str]:
    """Write a fit without each singer in turn, where that was asked for and can be measured."""
    if not params.open_set:
        return []
    if "source-disjoint" not in splits or len(classes) < 3:
        notes.append(
            Message(
                "How well unknown singers are recognised was not measured: that takes the source-disjoint protocol and "
                "at least three singers."
            )
        )
        return []
    # as many folds as singers where that is possible: each fit without a singer then tests another part of the rest
    folds = source_disjoint(clips, folds=len(classes), seed=params.seed, validation_share=VALIDATION_SHARE)
    names = []
    for number, split in enumerate(open_set_splits(clips, folds, classes)):
        names.append(f"open-set-{number}")
        tasks.write_task(run / names[-1], "open-set", number, split.train, split.validation, split.test)
    return names


def _summary_of_voices(network: SingerNetwork) -> dict[str, Any] | None:
    """Return what the model of recordings chose and measured of itself; None of other networks."""
    voices = network.voices
    if voices is None:
        return None
    model = voices.model
    return {
        "choice": model.choice,
        "log_loss": {name: round(loss, 4) for name, loss in model.log_loss.items()},
        "temperature": round(model.temperature, 3),
        "known_from": None if model.known is None else round(model.known.known_from, 4),
        "strangers": 0 if model.known is None else model.known.strangers,
    }


def _multiply_adds_per_s(network: SingerNetwork, params: TrainParams) -> int | None:
    """Count the work for a clip of one second (of the padded clip, where all are padded); None of unknown networks."""
    if not NETWORKS.is_built_in(params.network) or params.features.kind == VOICE_KIND:
        return None
    frames = network.fixed_frames or round(1 / params.features.hop_s)
    return multiply_adds(network.network, frames, params.features.bins)


class _Watch:
    """Turns epochs of all fits into progress, lines of the history, and calls of the caller's."""

    def __init__(
        self, history: Path, fits: int, params: TrainParams, report: Progress, on_metrics: Metrics | None
    ) -> None:
        self.history, self.fits, self.params = history, fits, params
        self.report, self.on_metrics = report, on_metrics
        self.share: dict[tuple[str, int], float] = {}

    def __call__(self, metrics: Mapping[str, Any]) -> None:
        with self.history.open("a", encoding="utf-8") as out:
            out.write(json.dumps(metrics) + "\n")
        # a fit seldom needs all its epochs, so its progress approaches its end instead of counting towards it
        self.share[metrics["protocol"], metrics["fold"]] = 1.0 - 0.8 ** (metrics["epoch"] + 1)
        fraction = sum(self.share.values()) / self.fits
        accuracy = metrics.get("validation_accuracy")
        said = Message(
            "{protocol} fold {fold}, epoch {epoch}",
            protocol=Message(metrics["protocol"]),
            fold=metrics["fold"] + 1,
            epoch=metrics["epoch"] + 1,
        )
        if accuracy is not None:
            said = Message("{said}, validation accuracy {accuracy:.1f} %", said=said, accuracy=100 * accuracy)
        self.report(
            _FEATURES_PROGRESS + (1 - _FEATURES_PROGRESS) * min(fraction, 0.99),
            said,
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
