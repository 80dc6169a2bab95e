"""Known, undecided or unknown: a logistic score of how a recording lies among the singers a model knows.

Typicality alone accepts strangers (anyone who sings is typical of singing), and so does the likelihood ratio against a
new singer, whose density rests on a handful of singers. Together with how far apart the singers are *for this very
file* they tell more: a narrow copy draws all singers together, and then a small distance means little.

The score is learned from training recordings left out, by the model that did not hear them: once with their singer
among those asked, once without (a stranger), as recorded and in copies whose values are moved as channels, noise and a
narrow band move them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_expit, log_softmax

from flamsid_core.singers.features.harmonic import BANDS
from flamsid_core.singers.features.voice import LAYOUT
from flamsid_core.singers.networks.gaussians import Array, Scores

PENALTY = 0.05  # of squared weights, a trial: with few recordings the score stays soft
REFUSED = 0.05  # of known recordings, as recorded, that may be held undecided
ACCEPTED = 0.03  # of strangers, in whatever sound, that may be taken for known
SURE = 0.8  # posterior that the singer named needs; less, and two are named
FEATURES = ("distance", "margin", "over_stranger", "posterior")


@dataclass(frozen=True)
class KnownScore:
    """A fitted score.

    Attributes
    ----------
    weights : (features + 1,) array
        The last is the intercept.
    known_from : float
        From this score on a recording counts as one of a known singer.
    unknown_below : float
        Below this one as that of a stranger.
    strangers, known : int
        Recordings it was learned from.
    """

    weights: Array
    known_from: float
    unknown_below: float
    strangers: int
    known: int

    def __call__(self, features: Array) -> float:
        """Return the score of one recording, 0 to 1."""
        return float(expit(np.append(features, 1.0) @ self.weights))


def known_features(scores: Scores, temperature: float, typical: float) -> Array:
    """Return what tells a known singer from a stranger, (len(FEATURES),): all free of the number of values.

    Logarithm of the least distance by what is usual; by how much the first singer leads the second, and a singer not
    yet heard, in tempered nats (square roots: their scale grows with the recording); the first singer's posterior.
    """
    density = np.sort(scores.log_density[0][np.isfinite(scores.log_density[0])])[::-1]
    second = density[1] if len(density) > 1 else scores.stranger[0]
    over = (density[0] - scores.stranger[0]) / temperature
    return np.array(
        [
            np.log(max(float(scores.distance.min()), 1e-6) / typical),
            np.sqrt(max(density[0] - second, 0.0) / temperature),
            np.sign(over) * np.sqrt(abs(over)),
            float(np.exp(log_softmax(density / temperature)[0])),
        ]
    )


def fit_known_score(
    known: Sequence[Array], strangers: Sequence[Array], as_recorded: Sequence[bool]
) -> KnownScore | None:
    """Fit the score; None without trials of both kinds.

    Parameters
    ----------
    known, strangers : sequences of (len(FEATURES),) arrays
        Recordings left out, with and without their singer among those asked.
    as_recorded : sequence of bool
        Which of `known` are not degraded copies: the threshold is theirs.
    """
    if not len(known) or not len(strangers):
        return None
    x = np.column_stack([np.vstack([*known, *strangers]), np.ones(len(known) + len(strangers))])
    sign = np.repeat([1.0, -1.0], [len(known), len(strangers)])
    share = np.repeat([0.5 / len(known), 0.5 / len(strangers)], [len(known), len(strangers)])

    def loss(weights: Array) -> float:
        return -float(share @ log_expit(sign * (x @ weights))) + 0.5 * PENALTY / 10 * float(
            weights[:-1] @ weights[:-1]
        )

    weights = minimize(loss, np.zeros(x.shape[1])).x
    score = expit(x @ weights)
    plain = score[: len(known)][np.asarray(as_recorded)]
    others = score[len(known) :]
    known_from = max(float(np.quantile(plain, REFUSED)), float(np.quantile(others, 1 - ACCEPTED)))
    known_from = min(known_from, float(np.median(plain)))
    unknown_below = min(float(np.quantile(score[: len(known)], REFUSED)), known_from)
    return KnownScore(weights, known_from, unknown_below, len(strangers), len(known))


def moved_copies(rows: NDArray[np.floating], rng: np.random.Generator) -> Iterator[Array]:
    """Yield rows of one recording as a channel, noise and a narrow band would have moved them.

    Computed on the values themselves, in closed form: a response is added to the envelope, ratios to the floor fall and
    values err as the reliability table says, bands are marked as missing.
    """
    from flamsid_core.singers.networks.reliability import BLOCK_NAMES, reliability_table
    from flamsid_core.singers.networks.voice_model import CHANNEL_SD_DB, GAIN_SD_DB

    at = (np.arange(BANDS) + 0.5) / BANDS
    response = rng.normal(0, GAIN_SD_DB) + sum(
        rng.normal(0, 1.5 * sd_db) * np.cos(np.pi * k * at) for k, sd_db in enumerate(CHANNEL_SD_DB, start=1)
    )
    channel = np.array(rows, dtype=np.float64)
    channel[:, :BANDS] += response
    yield channel
    narrow = np.array(rows, dtype=np.float64)
    narrow[:, LAYOUT.missing][:, BANDS - rng.integers(6, 14) :] = 1.0
    yield narrow
    noisy, table = channel.copy(), reliability_table()
    worse_db = rng.uniform(5, 20)
    for block, name in enumerate(BLOCK_NAMES):
        ratio = LAYOUT.valley_snr if name == "over_valleys" else LAYOUT.snr
        snr_db = noisy[0, ratio] - worse_db
        columns = slice(block * BANDS, (block + 1) * BANDS)
        noisy[:, columns] += np.interp(snr_db, table.snr_db, table.bias[block])
        noisy[:, columns] += np.interp(snr_db, table.snr_db, table.deviation[block]) * rng.normal(size=BANDS)
    noisy[:, LAYOUT.snr] -= worse_db
    noisy[:, LAYOUT.valley_snr] -= worse_db
    yield noisy
