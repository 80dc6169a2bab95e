"""What a classifier that hardly listens gets: means and deviations of MFCC, a straight line between singers.

A split under which this does well can be won by recognising recordings. Every figure of a network is shown next to it.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message
from flamsid_core.progress import Progress, part_of, silent
from flamsid_core.singers.evaluation.figures import evaluate
from flamsid_core.singers.evaluation.protocols import Split
from flamsid_core.singers.evaluation.splitting import PROTOCOLS, Folds, protocol_splits
from flamsid_core.singers.evaluation.uncertainty import recording_interval
from flamsid_core.singers.features.cache import ClipFeatures, extract_features
from flamsid_core.singers.features.clip_sets import clip_set_of
from flamsid_core.singers.features.frames import FeatureParams

SHOWN_FIGURES = ("accuracy", "mean_over_singers", "macro_auc", "recordings_right", "recordings", "per_singer")


def trivial_baseline(
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    splits: Mapping[str, Iterable[Split]],
    *,
    cache_dir: str | Path | None = None,
    on_progress: Progress | None = None,
) -> dict[str, dict[str, Any]]:
    """Fit and measure linear discriminant analysis on MFCC statistics under the splits of a network.

    Parameters
    ----------
    instances : DataFrame
        The clip set that the splits were made from.
    locate : callable
        Maps `file` to a path.
    splits : mapping of protocol to splits
        Learned from are training and validation part together: there is nothing to stop early.
    cache_dir : path, optional
        Cache of features.
    on_progress : callable, optional
        Called with a fraction and a text.

    Returns
    -------
    dict
        protocol → accuracy, low, high (95 % interval over recordings), mean_over_singers, macro_auc,
        recordings_right, recordings, per_singer (see `evaluate`), folds, n_test.

    Raises
    ------
    FlamsidError
        When a sound cannot be read.
    """
    features = extract_features(
        instances,
        locate,
        FeatureParams(kind="mfcc"),
        cache_dir=None if cache_dir is None else Path(cache_dir),
        on_progress=on_progress,
    )
    statistics = clip_statistics(features)
    classes, labels = np.unique(instances["singer"].to_numpy(dtype=str), return_inverse=True)
    groups = instances["source_group"].to_numpy()
    return {
        protocol: _measured(statistics, labels, groups, classes.tolist(), list(parts))
        for protocol, parts in splits.items()
    }


_PAPERS_CLIP_SETS = ("motifs", "motifs+segment", "random")


def trivial_by_clip_set(
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    *,
    clip_sets: Iterable[str] = _PAPERS_CLIP_SETS,
    folds: Folds = 5,
    seed: int = 0,
    cache_dir: str | Path | None = None,
    on_progress: Progress | None = None,
) -> dict[str, dict[str, Any]]:
    """Measure the trivial classifier on clip sets (the paper's three) under every protocol.

    Returns {clip set: {protocol: figures}}.

    Where a clip set cannot be made, or a protocol not applied, {"error": why} stands in the place of figures.
    """
    report = on_progress or silent
    names = list(clip_sets)
    found: dict[str, dict[str, Any]] = {}
    for number, clip_set in enumerate(names):
        try:
            clips = clip_set_of(instances, locate, clip_set, seed=seed)
        except FlamsidError as error:
            found[clip_set] = {protocol: {"error": error.message} for protocol in PROTOCOLS}
            continue
        splits, errors = protocol_splits(clips, folds=folds, seed=seed)
        found[clip_set] = {protocol: {"error": why.message} for protocol, why in errors.items()}
        if splits:
            found[clip_set] |= trivial_baseline(
                clips,
                locate,
                splits,
                cache_dir=cache_dir,
                on_progress=part_of(report, number / len(names), (number + 1) / len(names)),
            )
    report(1.0, Message("measured"))
    return found


def clip_statistics(features: ClipFeatures) -> np.ndarray:
    """Return mean and deviation over the frames of each clip, (n, 2 · bins) float64."""
    rows = []
    for index in range(len(features)):
        frames = features.clip(index).astype(np.float64)
        rows.append(np.concatenate([frames.mean(axis=0), frames.std(axis=0)]))
    return np.array(rows)


def _measured(
    statistics: np.ndarray, labels: np.ndarray, groups: np.ndarray, classes: list[str], splits: list[Split]
) -> dict[str, Any]:
    test = np.concatenate([split.test for split in splits])
    scores = np.concatenate(
        [
            _log_posterior(statistics, labels, np.concatenate([s.train, s.validation]), s.test, len(classes))
            for s in splits
        ]
    )
    figures = evaluate(labels[test], scores, groups[test], classes)
    low, high = recording_interval(scores.argmax(axis=1) == labels[test], groups[test])
    return {name: figures[name] for name in SHOWN_FIGURES} | {
        "low": low,
        "high": high,
        "folds": len(splits),
        "n_test": len(test),
    }


def _log_posterior(
    statistics: np.ndarray, labels: np.ndarray, train: np.ndarray, test: np.ndarray, n_classes: int
) -> np.ndarray:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    # Shrinkage (Ledoit & Wolf 2004) so that it can be fitted on fewer clips than there are statistics.
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(statistics[train], labels[train])
    scores = np.full((len(test), n_classes), np.log(np.finfo(np.float64).tiny))
    scores[:, model.classes_] = model.predict_log_proba(statistics[test])
    return scores
