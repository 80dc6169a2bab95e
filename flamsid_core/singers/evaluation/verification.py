"""Yes or no instead of who: whether this is the singer it is claimed to be, or any singer the model has met.

A recording's score is the calibrated posterior pooled over its clips, as `identify` gives it: what is measured here is
what is decided there. Accepted is a score at or above the threshold.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.evaluation.protocols import Split
from flamsid_core.singers.evaluation.verdicts import recording_verdicts


def equal_error_rate(scores: np.ndarray, genuine: np.ndarray) -> tuple[float, float]:
    """Return the error rate at which as large a share of genuine scores is rejected as of others accepted.

    Parameters
    ----------
    scores : (n,) array
        The higher, the surer.
    genuine : (n,) bool array
        Whether the score should be accepted.

    Returns
    -------
    eer : float
        Mean of both rates where they are nearest to each other (with few scores they need not meet).
    threshold : float
        Halfway between the scores it lies between; scores at or above it are accepted.

    Raises
    ------
    FlamsidError
        When there is no genuine score, no other, or one that is not a number.
    """
    scores, genuine = np.asarray(scores, dtype=np.float64), np.asarray(genuine, dtype=bool)
    if not np.isfinite(scores).all():
        raise FlamsidError("Scores for an equal error rate must be finite numbers: check the predictions.")
    if genuine.all() or not genuine.any():
        missing = "others" if genuine.any() else "genuine ones"
        raise FlamsidError(
            "An equal error rate needs genuine scores and others: there are no {missing}.", missing=missing
        )
    levels = np.unique(scores)
    thresholds = np.concatenate(
        [levels[:1], (levels[:-1] + levels[1:]) / 2, [np.nextafter(levels[-1], np.inf)]]
    )
    rejected = np.searchsorted(np.sort(scores[genuine]), thresholds, side="left") / genuine.sum()
    accepted = 1 - np.searchsorted(np.sort(scores[~genuine]), thresholds, side="left") / (~genuine).sum()
    best = int(np.argmin(np.abs(rejected - accepted)))
    return float((rejected[best] + accepted[best]) / 2), float(thresholds[best])


def verification_figures(
    truth: np.ndarray, log_probability: np.ndarray, groups: np.ndarray, *, temperature: float, protocol: str
) -> dict[str, Any]:
    """Measure how well a claimed singer is verified: every recording claims to be every singer in turn.

    Parameters
    ----------
    truth : (n,) int array
        Positions of the true singers among the classes.
    log_probability : (n, classes) array
        Of test clips.
    groups : (n,) array
        Source group of each clip.
    temperature : float
        Divisor of pooled log-probabilities, as in identification.
    protocol : str
        How the clips were held out.

    Returns
    -------
    dict, ready for JSON
        protocol, eer, threshold, genuine and impostor (trials), false_rejections and false_acceptances (at the
        threshold).
    """
    recordings = recording_verdicts(log_probability, groups, truth)
    posterior = recordings.posterior(temperature)
    genuine = np.arange(posterior.shape[1]) == recordings.singers[:, None]
    return {
        "protocol": protocol,
        **_at_threshold(posterior[genuine], posterior[~genuine], "genuine", "impostor"),
    }


def open_set_figures(known: Sequence[np.ndarray], unknown: Sequence[np.ndarray]) -> dict[str, Any] | None:
    """Measure how well a singer the network never met is told from one it has met; None without one or the other.

    Parameters
    ----------
    known, unknown : sequences of arrays
        The largest pooled posteriors of recordings by singers in training, and by the one left out, of each fit.

    Returns
    -------
    dict, ready for JSON
        how (a sentence), eer, threshold, known and unknown (recordings), false_rejections (known ones below the
        threshold), false_acceptances.
    """
    met, strangers = np.concatenate([*known, []]), np.concatenate([*unknown, []])
    if not len(met) or not len(strangers):
        return None
    how = (
        f"{len(unknown)} more networks were trained, each without one singer; that singer's recordings are the unknown "
        "ones, held-out recordings of the others the known ones."
    )
    return {"how": how, **_at_threshold(met, strangers, "known", "unknown")}


def open_set_splits(clips: pd.DataFrame, folds: Sequence[Split], classes: Sequence[str]) -> list[Split]:
    """Return a split for each singer that leaves the singer out of training, and tests on them as well.

    Each takes another source-disjoint fold as far as there are any, so that the known recordings tested are of another
    fold each time.

    Parameters
    ----------
    clips : DataFrame
        Column singer.
    folds : sequence of Split
        Source-disjoint folds of the clips.
    classes : sequence of str
        The singers; with fewer than three there are no splits, because nobody is left to be told apart.
    """
    if len(classes) < 3:
        return []
    singers, splits = clips["singer"].to_numpy(), []
    for number, singer in enumerate(classes):
        fold = folds[number % len(folds)]
        everything = np.concatenate([fold.train, fold.validation, fold.test])
        theirs = everything[singers[everything] == singer]
        splits.append(
            replace(
                fold,
                train=fold.train[singers[fold.train] != singer],
                validation=fold.validation[singers[fold.validation] != singer],
                test=np.union1d(fold.test, theirs),
            )
        )
    return splits


def stranger_scores(
    left_out: int, truth: np.ndarray, log_probability: np.ndarray, groups: np.ndarray, temperature: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest pooled posteriors of recordings by others, and by the singer left out of training.

    The column of the singer left out, whom the network has no clip of, is not an answer it could give.
    """
    heard = np.delete(log_probability, left_out, axis=1)
    recordings = recording_verdicts(heard, groups, truth)
    score, theirs = recordings.posterior(temperature).max(axis=1), recordings.singers == left_out
    return score[~theirs], score[theirs]


def _at_threshold(accept: np.ndarray, reject: np.ndarray, genuine: str, others: str) -> dict[str, Any]:
    scores = np.concatenate([accept, reject])
    eer, threshold = equal_error_rate(scores, np.arange(len(scores)) < len(accept))
    return {
        "eer": eer,
        "threshold": threshold,
        genuine: len(accept),
        others: len(reject),
        "false_rejections": int((accept < threshold).sum()),
        "false_acceptances": int((reject >= threshold).sum()),
    }
