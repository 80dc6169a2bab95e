"""Yes or no instead of who: whether this is the singer it is claimed to be, or any singer the model has met.

A recording's score is the calibrated posterior pooled over its clips, as `identify` gives it: what is measured here is
what is decided there. Accepted is a score at or above the threshold.
"""

import numpy as np

from flamsid_core.errors import FlamsidError


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
        When there is no genuine score, no other, or one that is no number.
    """
    scores, genuine = np.asarray(scores, dtype=np.float64), np.asarray(genuine, dtype=bool)
    if not np.isfinite(scores).all():
        raise FlamsidError("Scores for an equal error rate must be finite numbers: check the predictions.")
    if genuine.all() or not genuine.any():
        missing = "others" if genuine.any() else "genuine ones"
        raise FlamsidError(f"An equal error rate needs genuine scores and others: there are no {missing}.")
    levels = np.unique(scores)
    thresholds = np.concatenate(
        [levels[:1], (levels[:-1] + levels[1:]) / 2, [np.nextafter(levels[-1], np.inf)]]
    )
    rejected = np.searchsorted(np.sort(scores[genuine]), thresholds, side="left") / genuine.sum()
    accepted = 1 - np.searchsorted(np.sort(scores[~genuine]), thresholds, side="left") / (~genuine).sum()
    best = int(np.argmin(np.abs(rejected - accepted)))
    return float((rejected[best] + accepted[best]) / 2), float(thresholds[best])
