"""How much more a motif is a singer's than the others': one smoothed odds ratio, for all that compares singers."""

import numba as nb

PRIOR_USES = 1.0  # how many uses the prior is worth


@nb.vectorize(["float64(float64, float64, float64, float64)"], cache=True)
def odds_ratio(own: float, total: float, phrases: float, all_phrases: float) -> float:
    """Return a singer's odds of using a motif in a phrase over those of all others together.

    Both sides are smoothed by a Beta prior worth one use at the common rate. A NumPy function: arrays are broadcast.

    Parameters
    ----------
    own : float
        Phrases of the singer that hold the motif.
    total : float
        Phrases of all singers, this one among them, that hold it.
    phrases, all_phrases : float
        Phrases of the singer, and of all.

    Examples
    --------
    >>> float(odds_ratio(2, 4, 10, 20))
    1.0
    """
    rate = (total + 0.5) / (all_phrases + 1.0)
    without = PRIOR_USES * (1.0 - rate) / rate
    others = total - own
    return ((own + PRIOR_USES) / (phrases - own + without)) * (
        (all_phrases - phrases - others + without) / (others + PRIOR_USES)
    )
