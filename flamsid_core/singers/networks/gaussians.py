"""Singer, recording, what was observed of it, clip: four Gaussians, one within the other, in closed form.

Background
----------
    singer     s ~ N(c, τW)            recording  r ~ N(s, B)
    observed   o ~ N(r, Ψ)             clip       x ~ N(o, W)

W is what the clips of one recording do around their mean, B what the recordings of one singer do (another room,
another day, another transfer), a matrix, because a transfer moves neighbouring bands together. Ψ is diagonal and known
per recording: the variance with which noise lets a band be seen; a band that is missing has a variance so large that it
says nothing. τ is how far singers lie apart.

Integrating out r, o and the clips leaves a Gaussian for everything that is asked. n clips of a recording have the mean
m ~ N(s, B + Ψ + W/n). So a singer heard in recordings i has the posterior precision (τW)⁻¹ + Σ Qᵢ with
Qᵢ = (B + Ψᵢ + W/nᵢ)⁻¹, the mean c + V Σ Qᵢ (mᵢ − c), and a new recording of that singer the density
N(m; mean, V + B + Ψ + W/n). That of the *mean* of its clips: clip densities multiplied would count the recording's own
deviation n times over.

B by expectation and maximisation: with G = B Qᵢ a recording's place given everything has, around the singer, the second
moment G[(mᵢ − ŝ)(mᵢ − ŝ)ᵀ + V]Gᵀ + B − GB; their mean is the next B. With few recordings that is a guess, so
pseudo-recordings of a channel are counted in, and a part is spread evenly over W's directions. τ is found by moments:
in axes where W is the unit matrix and B = diag b, singers' means of nₛ recordings vary by τ + b̂·mean(1/nₛ).

References
----------
Kenny: Bayesian speaker verification with heavy-tailed priors. Odyssey 2010.
Villalba, Lleida: Handling recordings acquired simultaneously over multiple channels with PLDA. Interspeech 2013.
Searle, Casella, McCulloch: Variance components. Wiley 1992 (moments).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from flamsid_core.errors import FlamsidError

Array = NDArray[np.float64]

SHRINKAGE = 0.02  # of W towards its diagonal, so that it can be inverted whatever was heard
EVEN_SHARE = 0.3  # of B that is spread evenly over W's directions
CHANNEL_WEIGHT = 3.0  # pseudo-recordings
ROUNDS = 2  # of expectation and maximisation: more fit B to the few recordings there are
LEAST_TAU = 0.02
MISSING_SD = 60.0
SURPRISE_SD = 5.0  # a value this far from what the others say is not the voice's
MOST_DROPPED = 0.5


@dataclass(frozen=True)
class Heard:
    """What was heard of one recording.

    Attributes
    ----------
    clips : (n, d) array
        A row of values a clip, freed of the bias that noise causes.
    variance : (d,) array
        Ψ: with what variance the recording shows each value.
    """

    clips: Array
    variance: Array


@dataclass(frozen=True)
class Gaussians:
    """A fitted model: see the module for what its parts mean; all in units of `scale`.

    Attributes
    ----------
    scale : (d,) array
        Deviation of clips within recordings: values are divided by it first.
    within, between : (d, d) arrays
        W and B.
    centre : (d,) array
    tau : float
    mean : (singers, d) array
    covariance : (singers, d, d) array
        V of each singer; NaN mean and zero covariance for one never heard, who is never named.
    """

    scale: Array
    within: Array
    between: Array
    centre: Array
    tau: float
    mean: Array
    covariance: Array

    @property
    def known(self) -> NDArray[np.int64]:
        """Positions of the singers that were heard."""
        return np.flatnonzero(np.isfinite(self.mean[:, 0]))


@dataclass(frozen=True)
class Scores:
    """Densities of one recording, or of its clips one by one.

    Attributes
    ----------
    log_density : (rows, singers) array
        Natural logarithms, up to a constant; -inf for a singer never heard.
    distance : (rows, singers) array
        Mahalanobis² per value that was looked at; inf for a singer never heard.
    stranger : (rows,) array
        Log density under a singer not yet heard.
    kept : (d,) bool array
        Values that were looked at: surprising ones are dropped.
    """

    log_density: Array
    distance: Array
    stranger: Array
    kept: NDArray[np.bool_]


def fit_gaussians(
    recordings: Sequence[Heard],
    singer: NDArray[np.int64],
    n_singers: int,
    channel: Array | None = None,
    channel_weight: float = CHANNEL_WEIGHT,
) -> Gaussians:
    """Fit the model.

    Parameters
    ----------
    recordings : sequence of Heard
    singer : (recordings,) int array
        Who sings.
    n_singers : int
    channel : (d, d) array, optional
        Covariance of what channels do to the values.
    channel_weight : float
        As many recordings of one singer through such channels are counted in.

    Raises
    ------
    FlamsidError
        When no recording has two clips: then nothing says what a voice does within one.
    """
    several = [heard for heard in recordings if len(heard.clips) > 1]
    if not several:
        raise FlamsidError(
            "No recording has two clips, so how a voice varies within one cannot be measured: "
            "give longer recordings."
        )
    within = sum(np.cov(heard.clips.T) for heard in several) / len(several)
    scale = np.sqrt(np.maximum(np.diag(within), 1e-12))
    within = within / np.outer(scale, scale)
    within = (1.0 - SHRINKAGE) * within + SHRINKAGE * np.eye(len(scale))
    means = np.array([heard.clips.mean(axis=0) for heard in recordings]) / scale
    noise = np.array([heard.variance for heard in recordings]) / scale**2
    clips = np.array([len(heard.clips) for heard in recordings])
    singer = np.asarray(singer)
    known = np.unique(singer)
    prior = np.zeros_like(within) if channel is None else channel / np.outer(scale, scale)
    trust = 1.0 / (1.0 + noise)
    of_singer = np.stack([np.average(means[singer == k], axis=0, weights=trust[singer == k]) for k in known])
    centre = of_singer.mean(axis=0)
    weight = channel_weight if channel is not None else 0.0
    deviation = (means - of_singer[np.searchsorted(known, singer)]) * np.sqrt(trust)
    freedom = len(means) - len(known)
    scatter = deviation.T @ deviation if freedom else within
    between = _spread_evenly((scatter + weight * prior) / (max(freedom, 1) + weight), within)
    observed = [np.diag(psi) + within / n for psi, n in zip(noise, clips, strict=True)]
    # once and for all: going on with it, B would take in what lies between singers, and τ sink round by round
    tau = _spread_of_singers(within, between + sum(observed) / len(observed), means, singer)
    for last in [False] * ROUNDS + [True]:
        precision = [_inverse(between + each) for each in observed]
        mean, covariance = _places(tau * within, centre, means, precision, singer, n_singers)
        if last:
            break
        total = weight * prior
        for i, k in enumerate(singer):
            gain = between @ precision[i]
            off = means[i] - mean[k]
            total = total + gain @ (np.outer(off, off) + covariance[k]) @ gain.T + between - gain @ between
        between = _spread_evenly(total / (len(means) + weight), within)
        centre = mean[known].mean(axis=0)
    return Gaussians(scale, within, between, centre, tau, mean, covariance)


def score(
    model: Gaussians, heard: Heard, *, single: bool = False, drop: bool = True, without: int | None = None
) -> Scores:
    """Score a recording by the mean of its clips, or each of its clips by itself.

    Parameters
    ----------
    model : Gaussians
    heard : Heard
    single : bool
        Clip by clip.
    drop : bool
        Leave out, worst first, values more than `SURPRISE_SD` from what all others say of them.
    without : int, optional
        A singer to be taken as never heard.
    """
    clips, noise = heard.clips / model.scale, np.diag(heard.variance / model.scale**2)
    of_recording = model.between + noise + model.within / len(clips)
    known = model.known if without is None else model.known[model.known != without]
    mean = clips.mean(axis=0)
    kept = _unsurprising(mean, model, known, of_recording) if drop else np.ones(len(mean), dtype=bool)
    values = (clips if single else mean[None])[:, kept]
    around = (model.between + noise + model.within if single else of_recording)[np.ix_(kept, kept)]
    shape = (len(values), len(model.mean))
    log_density, distance = np.full(shape, -np.inf), np.full(shape, np.inf)
    for k in known:
        log_density[:, k], distance[:, k] = _log_density(
            values - model.mean[k, kept], around + model.covariance[k][np.ix_(kept, kept)]
        )
    new = around + (model.tau * model.within)[np.ix_(kept, kept)]
    stranger, _ = _log_density(values - model.centre[kept], new)
    return Scores(log_density, distance / max(kept.sum(), 1), stranger, kept)


def contributions(model: Gaussians, heard: Heard, kept: NDArray[np.bool_], first: int, second: int) -> Array:
    """Return what each value adds to the log density of one singer over another, (d,): exact, they sum to the whole.

    With residuals e and precisions Q of both singers it is ½(e₂ ∘ Q₂e₂ − e₁ ∘ Q₁e₁), and a share each of the
    difference of the normalising constants; a value that was dropped adds nothing.
    """
    clips, noise = heard.clips / model.scale, np.diag(heard.variance / model.scale**2)
    around = model.between + noise + model.within / len(clips)
    mean = clips.mean(axis=0)[kept]
    parts, constant = [], []
    for k in (first, second):
        covariance = (around + model.covariance[k])[np.ix_(kept, kept)]
        off = mean - model.mean[k, kept]
        parts.append(off * np.linalg.solve(covariance, off))
        constant.append(np.linalg.slogdet(covariance)[1])
    found = np.zeros(len(kept))
    found[kept] = 0.5 * (parts[1] - parts[0] + (constant[1] - constant[0]) / max(kept.sum(), 1))
    return found


def _log_density(off: Array, covariance: Array) -> tuple[Array, Array]:
    """Return log density (without the constant of 2π) and Mahalanobis² of rows of deviations."""
    factor = np.linalg.cholesky(covariance)
    solved = scipy.linalg.solve_triangular(factor, off.T, lower=True)
    squared = (solved**2).sum(axis=0)
    return -0.5 * squared - np.log(np.diag(factor)).sum(), squared


def _places(
    spread: Array,
    centre: Array,
    means: Array,
    precision: list[Array],
    singer: NDArray[np.int64],
    n_singers: int,
) -> tuple[Array, Array]:
    """Return the posterior mean and covariance of every singer."""
    mean = np.full((n_singers, len(centre)), np.nan)
    covariance = np.zeros((n_singers, *spread.shape))
    prior = _inverse(spread)
    for k in np.unique(singer):
        theirs = np.flatnonzero(singer == k)
        covariance[k] = _inverse(prior + sum(precision[i] for i in theirs))
        mean[k] = centre + covariance[k] @ sum(precision[i] @ (means[i] - centre) for i in theirs)
    return mean, covariance


def _spread_evenly(between: Array, within: Array) -> Array:
    even = np.trace(np.linalg.solve(within, between)) / len(within)
    return (1.0 - EVEN_SHARE) * between + EVEN_SHARE * even * within


def _spread_of_singers(within: Array, around: Array, means: Array, singer: NDArray[np.int64]) -> float:
    """Return τ by moments: axes in which what is heard of recordings scatters less weigh more."""
    known, counts = np.unique(singer, return_counts=True)
    if len(known) < 2:
        return 1.0
    b, axes = scipy.linalg.eigh(around, within)
    places = means @ axes
    of_singer = np.stack([places[singer == k].mean(axis=0) for k in known])
    if len(means) > len(known):
        rest = places - of_singer[np.searchsorted(known, singer)]
        b_heard = (rest**2).sum(axis=0) / (len(means) - len(known))
    else:
        b_heard = b
    excess = of_singer.var(axis=0, ddof=1) - b_heard * np.mean(1.0 / counts)
    return max(LEAST_TAU, float(np.average(excess, weights=1.0 / (1.0 + b) ** 2)))


def _unsurprising(
    mean: Array, model: Gaussians, known: NDArray[np.int64], around: Array
) -> NDArray[np.bool_]:
    """Say which values the others do not contradict, seen from the likeliest singer.

    Given all others, value i is off by zᵢ = (Qe)ᵢ / √Qᵢᵢ deviations. Dropping it is marginalising: of the precision
    Q − Q₍ᵢ₎Q₍ᵢ₎ᵀ / Qᵢᵢ is left.
    """
    best, precision, off = -np.inf, np.eye(len(mean)), np.zeros(len(mean))
    for k in known:
        inverse = _inverse(around + model.covariance[k])
        from_singer = mean - model.mean[k]
        fit = np.linalg.slogdet(inverse)[1] - from_singer @ inverse @ from_singer
        if fit > best:
            best, precision, off = fit, inverse, from_singer
    kept = np.ones(len(mean), dtype=bool)
    for _ in range(int(MOST_DROPPED * len(mean))):
        diagonal = np.where(kept, np.diag(precision), 1.0)
        surprise = np.where(kept, np.abs(precision @ off) / np.sqrt(diagonal), 0.0)
        worst = int(surprise.argmax())
        if surprise[worst] <= SURPRISE_SD:
            break
        precision = precision - np.outer(precision[:, worst], precision[worst]) / precision[worst, worst]
        precision[worst] = precision[:, worst] = 0.0
        kept[worst] = False
    return kept


def _inverse(matrix: Array) -> Array:
    """Invert a symmetric positive definite matrix."""
    factor, info = scipy.linalg.lapack.dpotrf(matrix, lower=True)
    if info:
        raise FlamsidError(
            "A covariance is not positive definite: check the features for infinite or equal values."
        )
    inverse, _ = scipy.linalg.lapack.dpotri(factor, lower=True)
    return np.asarray(np.tril(inverse) + np.tril(inverse, -1).T)
