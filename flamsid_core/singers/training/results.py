"""What came of a training run's fits: figures, predictions, calibration, and what the model file says of its origin."""

import hashlib
import json
import platform
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.singers.evaluation.figures import evaluate, fitted_temperature, without_doubtful
from flamsid_core.singers.evaluation.protocols import Split
from flamsid_core.singers.evaluation.reliability import expected_calibration_error
from flamsid_core.singers.evaluation.splitting import PROTOCOLS
from flamsid_core.singers.evaluation.uncertainty import recording_interval
from flamsid_core.singers.evaluation.verdicts import recording_verdicts
from flamsid_core.singers.evaluation.verification import (
    open_set_figures,
    stranger_scores,
    verification_figures,
)
from flamsid_core.singers.training import tasks
from flamsid_core.singers.training.fitting import Examples
from flamsid_core.workspace import atomic_path

# ------------------------------------------------------------


def measure(
    run: Path,
    names: list[str],
    fits: dict[str, dict[str, Any]],
    clips: pd.DataFrame,
    classes: list[str],
    examples: Examples,
) -> dict[str, Any]:
    """Score a protocol's test predictions over all its folds (see `evaluate`), and say what they rest on.

    Beside the figures of `evaluate` stand intervals {accuracy, mean_over_singers: [low, high]} (95 %, over recordings),
    expected_calibration_error (of the posteriors as they are), and the numbers of folds, clips and epochs.
    """
    test, log_probability = _scored(run, names, "")
    truth, groups = examples.labels[test], clips["source_group"].to_numpy()[test]
    figures = evaluate(truth, log_probability, groups, classes)
    right = log_probability.argmax(axis=1) == truth
    sizes = [len(np.load(run / name / "split.npz")["train"]) for name in names]
    return {
        **figures,
        **without_doubtful(clips, test, right),
        "intervals": {
            "accuracy": list(recording_interval(right, groups)),
            "mean_over_singers": list(recording_interval(right, groups, singers=truth)),
        },
        "expected_calibration_error": expected_calibration_error(np.exp(log_probability), truth),
        "folds": len(names),
        "n_train": round(statistics.mean(sizes)),
        "n_test": len(test),
        "epochs": [fits[name]["best_epoch"] + 1 for name in names],
        "seconds": round(sum(fits[name]["seconds"] for name in names), 3),
    }


def predictions(
    run: Path, names: list[str], fits: dict[str, dict[str, Any]], clips: pd.DataFrame, classes: list[str]
) -> pd.DataFrame:
    """Return every protocol's test predictions, one row each, with the singers' probabilities."""
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


def write_history(path: Path, fits: dict[str, dict[str, Any]]) -> None:
    """Write the whole history again: a killed run may have left out the line of its last epoch."""
    lines = [
        json.dumps({"protocol": fit["protocol"], "fold": fit["fold"], **epoch})
        for fit in fits.values()
        for epoch in fit["history"]
    ]
    with atomic_path(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n")


def calibration(
    run: Path,
    names: list[str],
    splits: dict[str, tuple[Split, ...]],
    classes: list[str],
    examples: Examples,
) -> dict[str, Any]:
    """Fit temperatures, of clips and of recordings pooled from clips, on the most honest predictions."""
    protocol = next(p for p in reversed(list(PROTOCOLS)) if p in splits)
    test, log_probability = _scored(run, names, protocol)
    truth, groups = examples.labels[test], examples.groups[test]
    recordings = recording_verdicts(log_probability, groups, truth)
    return {
        "protocol": protocol,
        "temperature": fitted_temperature(truth, log_probability),
        "pooled_temperature": fitted_temperature(recordings.singers, recordings.score),
        "clips": len(test),
        "recordings": len(recordings.groups),
    }


def verification(
    run: Path, names: list[str], examples: Examples, calibration: dict[str, Any]
) -> dict[str, Any]:
    """Measure verification on the predictions that calibration rests on (see `verification_figures`)."""
    test, log_probability = _scored(run, names, calibration["protocol"])
    return verification_figures(
        examples.labels[test],
        log_probability,
        examples.groups[test],
        temperature=calibration["pooled_temperature"],
        protocol=calibration["protocol"],
    )


def open_set(
    run: Path, names: list[str], examples: Examples, calibration: dict[str, Any]
) -> dict[str, Any] | None:
    """Measure on the fits that left one singer out, in the order of the classes (see `open_set_figures`)."""
    known, unknown = [], []
    for left_out, name in enumerate(names):
        test, log_probability = tasks.scores(run / name)
        scores = stranger_scores(
            left_out,
            examples.labels[test],
            log_probability,
            examples.groups[test],
            calibration["pooled_temperature"],
        )
        known.append(scores[0])
        unknown.append(scores[1])
    return open_set_figures(known, unknown)


def _scored(run: Path, names: list[str], protocol: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the test clips of all of a protocol's folds, and their log-probabilities."""
    scored = [tasks.scores(run / name) for name in names if name.startswith(protocol)]
    return np.concatenate([rows for rows, _ in scored]), np.concatenate([scores for _, scores in scored])


def fingerprint(clips: pd.DataFrame) -> dict[str, Any]:
    """Return a hash of what sounds and labels a model was made from, and their number."""
    bounds = clips["start_s"].map("{:.4f}".format) + "-" + clips["end_s"].map("{:.4f}".format)
    rows = sorted(clips["sound_id"].astype(str) + "|" + clips["singer"].astype(str) + "|" + bounds)
    digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return {"sha256": digest, "instances": len(clips), "source_groups": int(clips["source_group"].nunique())}


def training_part(
    clips: pd.DataFrame, splits: dict[str, tuple[Split, ...]], kept: str
) -> dict[str, list[str]]:
    """Return the recordings and source groups that the kept network learned from or was stopped on."""
    if kept == "refit":
        used = clips
    else:
        split = splits[kept.rsplit("-", 1)[0]][0]
        used = clips.iloc[np.concatenate([split.train, split.validation])]
    return {
        "recording_ids": sorted(used["recording_id"].astype(str).unique()),
        "source_groups": sorted(used["source_group"].astype(str).unique()),
    }


def versions() -> dict[str, str]:
    """Return the versions of what made the model."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for package in ("flamsid", "numpy", "torch"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found
