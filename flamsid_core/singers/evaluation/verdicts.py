"""What a model says of a whole recording, from what it says of its clips: one rule, for all that is measured and shown.

The clips of one voice are not independent witnesses: their log-probabilities are averaged, not added, and divided by a
temperature that was fitted on held-out recordings. `identify` answers by this rule, and accuracies of recordings,
calibration, verification and the tables of a run are measured by it, so that what is measured is what is decided.
A model that knows better how its clips hang together changes it here.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import softmax


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What a model says of recordings, one row each.

    Attributes
    ----------
    groups : (m,) array
        Source group of each recording.
    singers : (m,) array
        Its true singer.
    clips : (m,) int array
        Number of its clips.
    score : (m, classes) array
        Mean log-probability over its clips.
    """

    groups: np.ndarray
    singers: np.ndarray
    clips: np.ndarray
    score: np.ndarray

    @property
    def predicted(self) -> np.ndarray:
        """Position of the likeliest class of each recording, (m,)."""
        return self.score.argmax(axis=1)

    def posterior(self, temperature: float = 1.0) -> np.ndarray:
        """Return the probabilities of the classes, (m, classes), calibrated by the temperature of recordings."""
        return softmax(self.score.astype(np.float64) / temperature, axis=1)


def recording_verdicts(
    log_probability: ArrayLike, groups: ArrayLike, singers: ArrayLike | None = None
) -> Verdicts:
    """Pool what a model says of clips into what it says of recordings.

    Parameters
    ----------
    log_probability : (n, classes) array
        Natural log-probabilities of the clips.
    groups : (n,) array
        Source group of each clip.
    singers : (n,) array, optional
        True singer of each clip: where a group stands under two names, it counts as two recordings.

    Returns
    -------
    Verdicts
        Sorted by group and singer.

    Examples
    --------
    >>> clips = np.log([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    >>> found = recording_verdicts(clips, ["a", "a", "b"])
    >>> found.predicted, found.posterior().round(2)
    (array([0, 1]), array([[0.71, 0.29],
           [0.2 , 0.8 ]]))
    """
    groups = np.asarray(groups)
    singers = np.zeros(len(groups), dtype=int) if singers is None else np.asarray(singers)
    clips = pd.DataFrame(np.asarray(log_probability)).groupby([groups, singers], sort=True)
    mean = clips.mean()
    return Verdicts(
        mean.index.get_level_values(0).to_numpy(),
        mean.index.get_level_values(1).to_numpy(),
        clips.size().to_numpy(),
        mean.to_numpy(),
    )
