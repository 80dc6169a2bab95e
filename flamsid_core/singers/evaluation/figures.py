"""What a protocol's test predictions are worth: per clip, per singer, per recording."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.corpus.groups import foreign_rows
from flamsid_core.singers.evaluation.verdicts import recording_verdicts


def evaluate(
    truth: np.ndarray, log_probability: np.ndarray, groups: np.ndarray, classes: Sequence[str]
) -> dict[str, Any]:
    """Score predictions of test clips.

    Parameters
    ----------
    truth : (n,) int array
        Positions of the true singers in `classes`.
    log_probability : (n, classes) array
        Natural logarithms.
    groups : (n,) array
        Source group of each clip.
    classes : sequence of str

    Returns
    -------
    dict
        accuracy; balanced_accuracy (mean recall of the singers tested) and, the same by definition but under
        the name the source-disjoint literature uses, mean_over_singers; mean_over_recordings (every source
        group weighs the same); macro_auc (one against the rest, None where a class is missing in the test);
        recordings_right of recordings (a source group, of one singer, goes to the largest mean
        log-probability of its clips); confusion {labels, counts} with true singers as rows; per_singer
        {singer: recall}.
    """
    from sklearn.metrics import confusion_matrix

    predicted = log_probability.argmax(axis=1)
    right = predicted == truth
    counts = confusion_matrix(truth, predicted, labels=np.arange(len(classes)))
    tested = counts.sum(axis=1) > 0
    recall = np.divide(np.diag(counts), counts.sum(axis=1), out=np.full(len(classes), np.nan), where=tested)
    table = pd.DataFrame({"singer": truth, "group": groups, "right": right})
    votes = recording_votes(truth, log_probability, groups)
    return {
        "accuracy": float(right.mean()),
        "balanced_accuracy": float(recall[tested].mean()),
        "mean_over_singers": float(recall[tested].mean()),
        "mean_over_recordings": float(table.groupby(["singer", "group"])["right"].mean().mean()),
        "macro_auc": macro_auc(truth, log_probability),
        "recordings_right": int((votes["predicted"] == votes["singer"]).sum()),
        "recordings": len(votes),
        "confusion": {"labels": list(classes), "counts": counts.tolist()},
        "per_singer": {classes[k]: float(recall[k]) for k in np.flatnonzero(tested).tolist()},
    }


def recording_votes(truth: np.ndarray, log_probability: np.ndarray, groups: np.ndarray) -> pd.DataFrame:
    """Pool the clips of each source group and singer: columns group, singer, predicted, clips.

    Singers are positions of classes.
    """
    found = recording_verdicts(log_probability, groups, truth)
    return pd.DataFrame(
        {
            "group": found.groups,
            "singer": found.singers,
            "predicted": found.predicted,
            "clips": found.clips,
        }
    )


def macro_auc(truth: np.ndarray, score: np.ndarray) -> float | None:
    """Mean over classes of the area under the curve of one class against the rest; scores are exponentiated.

    Exponentials keep the order within a class, so logarithms of probabilities give the same areas: a rank
    statistic.
    """
    from sklearn.metrics import roc_auc_score

    positive = np.asarray(truth)[:, None] == np.arange(score.shape[1])
    if (positive.all(axis=0) | ~positive.any(axis=0)).any():
        return None
    return float(np.mean([roc_auc_score(positive[:, k], score[:, k]) for k in range(score.shape[1])]))


def fitted_temperature(truth: np.ndarray, log_probability: np.ndarray) -> float:
    """Return the temperature, 0.2 to 20, that makes held-out predictions most likely (Guo et al. 2017)."""
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    def loss(log_temperature: float) -> float:
        scaled = log_softmax(log_probability / np.exp(log_temperature), axis=1)
        return float(-scaled[np.arange(len(truth)), truth].mean())

    found = minimize_scalar(loss, bounds=(np.log(0.2), np.log(20.0)), method="bounded")
    return float(np.exp(found.x))


def without_doubtful(clips: pd.DataFrame, test: np.ndarray, right: np.ndarray) -> dict[str, Any]:
    """Score test clips without those that stand under another singer than the one their recording belongs to.

    Where one recording was published under two singers, nothing that listens to it can be right about both: such clips
    bound what a split of all clips can reach.

    Parameters
    ----------
    clips : DataFrame
        Columns source_group, singer, sound_id.
    test : (n,) array
        Rows tested.
    right : (n,) bool array

    Returns
    -------
    dict
        doubtful_in_test (their number) and accuracy_without_doubtful (None where nothing is left).
    """
    doubtful = foreign_rows(clips)[test]
    accuracy = float(right[~doubtful].mean()) if not doubtful.all() else None
    return {"doubtful_in_test": int(doubtful.sum()), "accuracy_without_doubtful": accuracy}
