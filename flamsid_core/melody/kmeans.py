"""Optimal univariate k-means: the pitch levels of a voice, for every number of levels at once.

One-dimensional k-means needs no random starts: optimal clusters are intervals, so a dynamic programme over
the sorted values finds the best k intervals for k = 1, 2, …, k_max in one go (Fisher 1958; Wang & Song 2011,
"Ckmeans.1d.dp"). Voiced frames number millions, audible pitches thousands: the values are first counted into
bins one cent wide, keeping each bin's exact sums. Boundaries between levels therefore lie between bins,
centroids are exact means, and the result is optimal among all such partitions (for whole cents: optimal
outright).

The paper (section 2.2) groups the f0 of the corpus, in cents, by univariate k-means and leaves k open.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from flamsid_core.errors import FlamsidError

K_MIN, K_MAX = 2, 60
_RESOLUTION_CENTS = 10.0
_WIDEST_CENTS = 200.0


class CentsHistogram(NamedTuple):
    """The occupied one-cent bins of some values, lowest first, with the exact sums of what lies in them.

    Bin `b` holds the values in [b - 0.5, b + 0.5) cents. Sums are of values less `origin`, which keeps them
    small.
    """

    bins: NDArray[np.int64]
    weight: NDArray[np.float64]
    total: NDArray[np.float64]
    square: NDArray[np.float64]
    origin: float
    lowest: float
    highest: float


class Levels(NamedTuple):
    """`k` pitch levels, lowest first.

    `pitch_cents` (k,) are exact means; `edges_cents` (k + 1,) the bounds between them, outermost the lowest
    and the highest value; `frames` (k,) counts; `variance` (k,) cents².
    """

    pitch_cents: NDArray[np.float64]
    edges_cents: NDArray[np.float64]
    frames: NDArray[np.int64]
    variance: NDArray[np.float64]


class LevelFits(NamedTuple):
    """The optimal partition for every k at once; read one with `levels_of`."""

    histogram: CentsHistogram
    sse: NDArray[np.float64]
    """(k_max + 1,) sum of squared errors in cents² for each k; infinite with fewer occupied bins."""
    split: NDArray[np.int32]
    """(k_max + 1, bins + 1); `split[k, j]`: where the last of k clusters over the first j bins begins."""


@njit(cache=True, nogil=True)
def _bounds(values: NDArray[np.float64]) -> tuple[float, float]:
    lowest, highest = np.inf, -np.inf
    for value in values:
        if value < lowest:
            lowest = value
        if value > highest:
            highest = value
    return lowest, highest


@njit(cache=True, nogil=True)
def _count(values: NDArray[np.float64], first_bin: int, origin: float, sums: NDArray[np.float64]) -> None:
    shift = 0.5 - first_bin
    for value in values:
        if np.isfinite(value):
            b = int(value + shift)
            centred = value - origin
            sums[b, 0] += 1.0
            sums[b, 1] += centred
            sums[b, 2] += centred * centred


def count_cents(cents: NDArray[np.float64]) -> CentsHistogram:
    """Count values (cents; NaN is unvoiced and ignored) into one-cent bins.

    Raises
    ------
    FlamsidError
        When no value is finite.
    """
    cents = np.ascontiguousarray(cents, dtype=np.float64)
    lowest, highest = _bounds(cents)
    if not np.isfinite(lowest) or not np.isfinite(highest):
        raise FlamsidError(
            "There is no voiced frame to find pitch levels in; check the recordings or the f0 tracker."
        )
    first_bin = int(np.floor(lowest + 0.5))
    n_bins = int(np.floor(highest + 0.5)) - first_bin + 1
    sums = np.zeros((n_bins, 3))
    origin = float(np.round((lowest + highest) / 2))
    _count(cents, first_bin, origin, sums)
    used = np.flatnonzero(sums[:, 0])
    weight, total, square = (np.ascontiguousarray(column) for column in sums[used].T)
    return CentsHistogram(used + first_bin, weight, total, square, origin, float(lowest), float(highest))


def weigh_cents(cents: NDArray[np.float64], weight: NDArray[np.float64]) -> CentsHistogram:
    """Count values as `count_cents` does, each with its own weight (such as the frames of a note)."""
    origin = float(np.round((cents.min() + cents.max()) / 2))
    used, owner = np.unique(np.floor(cents + 0.5).astype(np.int64), return_inverse=True)
    centred = cents - origin
    sums = [np.bincount(owner, x).astype(np.float64) for x in (weight, weight * centred, weight * centred**2)]
    return CentsHistogram(used, sums[0], sums[1], sums[2], origin, float(cents.min()), float(cents.max()))


@njit(cache=True, nogil=True)
def _all_partitions(
    weight: NDArray[np.float64], total: NDArray[np.float64], square: NDArray[np.float64], k_max: int
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Fill the table layer by layer; each layer by halving strides, since the best split never moves left."""
    n = weight.size
    w, s, q = np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1)
    for i in range(n):
        w[i + 1] = w[i] + weight[i]
        s[i + 1] = s[i] + total[i]
        q[i + 1] = q[i] + square[i]
    sse = np.full(k_max + 1, np.inf)
    split = np.zeros((k_max + 1, n + 1), np.int32)
    # `before[i]` is the cost of the first i bins in k - 1 clusters less q[i]: q[j] is then added once per j
    before = np.empty(n + 1)
    cost = np.full(n + 1, np.inf)
    for j in range(1, n + 1):
        cost[j] = q[j] - s[j] * s[j] / w[j]
    sse[1] = max(cost[n], 0.0)
    for k in range(2, min(k_max, n) + 1):
        for i in range(n + 1):
            before[i] = cost[i] - q[i]
        layer, above = split[k], split[k - 1]
        stride = 1
        while 2 * stride <= n - k + 1:
            stride *= 2
        while stride > 0:
            for step in range(stride, n - k + 2, 2 * stride):
                j = step + k - 1
                low = max(above[j], k - 1)
                if step - stride > 0:
                    low = max(low, layer[j - stride])
                high = j - 1
                if step + stride <= n - k + 1:
                    high = min(high, layer[j + stride])
                best, where = np.inf, low
                wj, sj = w[j], s[j]
                for i in range(low, high + 1):
                    gap = sj - s[i]
                    candidate = before[i] - gap * gap / (wj - w[i])
                    if candidate < best:
                        best = candidate
                        where = i
                layer[j] = where
                cost[j] = best + q[j]
            stride //= 2
        for j in range(k):
            cost[j] = np.inf
        sse[k] = max(cost[n], 0.0)
    return sse, split


def fit_levels(cents: NDArray[np.float64], k_max: int = K_MAX) -> LevelFits:
    """Find the optimal levels of `cents` (any order, NaN ignored) for every k from 1 to `k_max`.

    Raises
    ------
    FlamsidError
        When no value is finite.
    """
    return _fitted(count_cents(cents), k_max)


def _fitted(histogram: CentsHistogram, k_max: int) -> LevelFits:
    sse, split = _all_partitions(histogram.weight, histogram.total, histogram.square, k_max)
    return LevelFits(histogram, sse, split)


def levels_of(fits: LevelFits, k: int) -> Levels:
    """Read the `k` optimal levels out of `fits`; fewer where there are fewer distinct pitches than `k`.

    A bound between two levels is the middle of their pitches, kept between the last bin of one and the first
    of the other.
    """
    h = fits.histogram
    n = h.bins.size
    k = min(k, n, fits.sse.size - 1)
    starts = np.zeros(k + 1, dtype=np.int64)
    starts[k] = n
    for level in range(k, 1, -1):
        starts[level - 1] = fits.split[level, starts[level]]
    weight, total, square = (np.add.reduceat(x, starts[:-1]) for x in (h.weight, h.total, h.square))
    mean = total / weight
    edges = np.empty(k + 1)
    edges[0], edges[k] = h.lowest, h.highest
    inner = starts[1:-1]
    edges[1:-1] = np.clip((mean[1:] + mean[:-1]) / 2 + h.origin, h.bins[inner - 1] + 0.5, h.bins[inner] - 0.5)
    variance = np.maximum(square / weight - mean**2, 0.0)
    return Levels(mean + h.origin, edges, weight.astype(np.int64), variance)


def bic(levels: Levels, observations: float | None = None) -> float:
    r"""Bayesian information criterion of `levels` as bells with own weights and variances; less is better.

    .. math:: -2 \frac{M}{N} \sum_j n_j \left(\ln\frac{n_j}{N} - \tfrac12 \ln 2\pi\sigma_j^2 - \tfrac12\right)
              + (3k - 1)\ln M

    with n_j of the N frames in level j. Each frame counts for its own level alone: cutting one bell or one
    plateau in two gains nothing, so k grows only where the histogram has separate hills. (With one variance
    for all, N·ln(SSE/N), the largest k always wins.) M is the number of independent observations;
    neighbouring frames of a voice are nearly equal, and counting each as news (M = N) would see a level in
    every ripple of a sung note. The variance is that of the level plus (10 cents)², about what f0 trackers
    resolve: their grid is not a scale.
    """
    frames = levels.frames
    n, k = int(frames.sum()), frames.size
    m = float(n if observations is None else max(observations, 1.0))
    variance = levels.variance + _RESOLUTION_CENTS**2
    likelihood = np.sum(frames * (np.log(frames / n) - 0.5 * np.log(2 * np.pi * variance) - 0.5))
    return float(-2.0 * likelihood * m / n + (3 * k - 1) * np.log(m))


def choose_k(fits: LevelFits, observations: float | None = None) -> int:
    """Choose the number of levels with the least `bic`, among those fine enough to be a scale.

    Fine enough means that frames lie no farther from their level, root mean square, than they would if levels
    were whole tones apart (200/√12 cents). A voice that glides much has a histogram without hills, for which
    the criterion alone would take two levels and leave no melody.
    """
    n = fits.histogram.weight.sum()
    most = min(fits.sse.size - 1, fits.histogram.bins.size)
    fine = [k for k in range(K_MIN, most + 1) if fits.sse[k] <= n * _WIDEST_CENTS**2 / 12.0]
    return min(fine or [most], key=lambda k: bic(levels_of(fits, k), observations))


def note_levels(
    cents: NDArray[np.float64],
    weight: NDArray[np.float64],
    k: int | None = None,
    *,
    least_gap_cents: float = 70.0,
) -> Levels:
    """Find the optimal levels of notes: exact k-means of their pitches, each as heavy as it is long.

    Parameters
    ----------
    cents, weight : (notes,) arrays
        Pitch, and length in frames.
    k : int, optional
        Number of levels; without it the least `bic`, in which each note is one observation, among those k whose
        levels are fine enough to be a scale (see `choose_k`) and lie at least `least_gap_cents` apart.

    Examples
    --------
    >>> levels = note_levels(np.array([2400.0, 2405.0, 2600.0, 2410.0]), np.array([50.0, 40.0, 60.0, 30.0]))
    >>> levels.pitch_cents.round().tolist()
    [2404.0, 2600.0]
    """
    fits = _fitted(weigh_cents(cents, weight), min(K_MAX, cents.size))
    if k is not None:
        return levels_of(fits, k)
    most = min(fits.sse.size - 1, fits.histogram.bins.size)
    scales = [levels_of(fits, number) for number in range(1, most + 1)]
    apart = [s for s in scales if s.pitch_cents.size < 2 or np.diff(s.pitch_cents).min() >= least_gap_cents]
    coarsest = weight.sum() * _WIDEST_CENTS**2 / 12.0
    fine = [s for s in apart if fits.sse[s.pitch_cents.size] <= coarsest]
    return min(fine or apart[-1:], key=lambda scale: bic(scale, float(cents.size)))
