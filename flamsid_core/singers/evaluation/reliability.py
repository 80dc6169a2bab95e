"""Whether probabilities mean what they say: of clips named with 80 % confidence, 80 % should be right."""

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError


def reliability(probability: np.ndarray, truth: np.ndarray, bins: int = 10) -> pd.DataFrame:
    """Compare confidence with accuracy, in bins of confidence of equal width.

    Parameters
    ----------
    probability : (n, K) array
        Posterior of each clip; the confidence is the largest.
    truth : (n,) int array
        True column of each clip.
    bins : int
        Bins from 0 to 1; a confidence on a border belongs to the lower bin.

    Returns
    -------
    DataFrame
        A row per bin: low, high, confidence and accuracy (means, NaN where the bin is empty), count.

    Raises
    ------
    FlamsidError
        When there are no clips, or fewer than one bin.
    """
    probability = np.asarray(probability, dtype=np.float64)
    if len(probability) == 0 or bins < 1:
        raise FlamsidError(
            "Reliability of {n_clips} clips in {bins} bins: give at least one of each, like 10 bins.",
            n_clips=len(probability),
            bins=bins,
        )
    edges = np.linspace(0.0, 1.0, bins + 1)
    confidence = probability.max(axis=1)
    right = (probability.argmax(axis=1) == np.asarray(truth)).astype(np.float64)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(
            {
                "low": edges[:-1],
                "high": edges[1:],
                "confidence": np.bincount(place, weights=confidence, minlength=bins) / count,
                "accuracy": np.bincount(place, weights=right, minlength=bins) / count,
                "count": count,
            }
        )


def expected_calibration_error(probability: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    """Return the mean distance of confidence and accuracy over the bins of `reliability`, weighted by clips.

    Naeini, Cooper & Hauskrecht (2015), Guo et al. (2017). Parameters and errors as `reliability`.
    """
    table = reliability(probability, truth, bins)
    table = table[table["count"] > 0]
    distance = (table["confidence"] - table["accuracy"]).abs()
    return float((distance * table["count"]).sum() / table["count"].sum())
