"""How far to trust a map: whether it keeps neighbourhoods, and whether they hold a singer or a recording."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from flamsid_core.atlas.neighbours import Metric, blocks, group_codes, neighbours, prepared
from flamsid_core.errors import FlamsidError


class Purity(NamedTuple):
    """How much a neighbourhood agrees with its centre.

    `purity`: mean share of the nearest neighbours that are by the same singer. `chance`: the same share among
    all points that could have been neighbours. `rows`: how many centres count. NaN without any.
    """

    purity: float
    chance: float
    rows: int


def neighbourhood_purity(
    points: ArrayLike,
    singer: ArrayLike,
    *,
    recording: ArrayLike | None = None,
    k: int = 10,
    metric: Metric = "euclidean",
    rows: ArrayLike | None = None,
) -> Purity:
    """Measure how often a point's neighbours are by its own singer.

    Parameters
    ----------
    points : (n, d) array
        Embeddings or positions on a map.
    singer : (n,) array
        Label of each point.
    recording : (n,) array, optional
        With it, points of the centre's own recording (or source group) are not neighbours, so a map that only
        gathers recordings gets no credit. Centres whose singer has no other recording can have no right
        neighbour and do not count.
    k : int
        Size of a neighbourhood.
    metric : {"euclidean", "cosine"}
    rows : array of int, optional
        Centres to measure, such as a selection; neighbours come from all points.

    Returns
    -------
    Purity
    """
    n = len(np.asarray(points))
    singers, groups = group_codes(singer, n), group_codes(recording, n)
    centres = np.arange(n) if rows is None else np.asarray(rows, dtype=np.int64)
    if recording is None:
        groups = np.arange(n)  # every point apart from itself
    pair = singers * (groups.max(initial=-1) + 1) + groups
    own_singer = np.bincount(singers, minlength=1)[singers[centres]]
    own_group = np.bincount(groups, minlength=1)[groups[centres]]
    _, at, sizes = np.unique(pair, return_inverse=True, return_counts=True)
    both = sizes[at][centres]
    right, eligible = own_singer - both, n - own_group
    counts = right > 0
    centres = centres[counts]
    if centres.size == 0:
        return Purity(float("nan"), float("nan"), 0)
    found = neighbours(points, k, exclude=recording, metric=metric, rows=centres).indices
    same = (singers[found] == singers[centres, None]) & (found >= 0)
    share = same.sum(axis=1) / np.maximum((found >= 0).sum(axis=1), 1)
    return Purity(float(share.mean()), float(np.mean(right[counts] / eligible[counts])), int(centres.size))


def trustworthiness(
    embeddings: ArrayLike,
    positions: ArrayLike,
    *,
    k: int = 10,
    exclude: ArrayLike | None = None,
    metric: Metric = "cosine",
    rows: ArrayLike | None = None,
) -> float:
    """Measure how far neighbours on a map are neighbours in truth: 1 all, about 0.5 for a random map.

    For each point, each of its k neighbours on the map is fined by how far beyond k it ranks among the
    embeddings; the mean fine is divided by the greatest possible one (Venna & Kaski 2001).

    Parameters
    ----------
    embeddings : (n, d) array
    positions : (n, 2) array
        Where the map puts them.
    k : int
        Size of a neighbourhood; less than half the points.
    exclude : (n,) array, optional
        Group of each point: points of one group leave each other's rankings, as if they were not there.
    metric : {"cosine", "euclidean"}
        Of the embeddings. Positions are always Euclidean.
    rows : array of int, optional
        Points to measure, such as a selection or a sample of a large map.

    Returns
    -------
    float
        NaN when no point has more than 2·k others to rank.

    Raises
    ------
    FlamsidError
        When embeddings and positions are not of the same points.
    """
    x = prepared(embeddings, metric)
    n = len(x)
    if len(np.asarray(positions)) != n:
        raise FlamsidError(
            "There are {n} embeddings and {n_positions} positions; make the map again.",
            n=n,
            n_positions=len(np.asarray(positions)),
        )
    groups = group_codes(exclude, n)
    chosen = np.arange(n) if rows is None else np.asarray(rows, dtype=np.int64)
    others = n - np.where(
        groups < 0, 1, np.bincount(np.maximum(groups, 0), minlength=1)[np.maximum(groups, 0)]
    )
    chosen = chosen[others[chosen] > 2 * k]
    if chosen.size == 0:
        return float("nan")
    found = neighbours(positions, k, exclude=exclude, metric="euclidean", rows=chosen).indices
    fine = np.empty(chosen.size)
    for at, block in blocks(x, chosen):
        _fine(block, chosen[at], groups, found[at], fine[at])
    m = others[chosen]
    return float(1.0 - np.mean(fine / (k * (2 * m - 3 * k + 1) / 2)))


@njit(cache=True, nogil=True)
def _fine(
    block: NDArray[np.float32],
    rows: NDArray[np.int64],
    groups: NDArray[np.int64],
    found: NDArray[np.int64],
    fine: NDArray[np.float64],
) -> None:
    """Add up, per row, how far beyond k the found points rank by the distances in `block`."""
    k = found.shape[1]
    bound = np.empty(k, np.float32)
    rank = np.empty(k, np.int64)
    for i in range(rows.size):
        own, group = rows[i], groups[rows[i]]
        largest = np.float32(-np.inf)
        for place in range(k):
            bound[place] = block[i, found[i, place]]
            rank[place] = 1
            largest = max(largest, bound[place])
        for j in range(block.shape[1]):
            value = block[i, j]
            if value >= largest or j == own or (group >= 0 and groups[j] == group):
                continue
            for place in range(k):
                if value < bound[place]:
                    rank[place] += 1
        total = 0
        for place in range(k):
            total += max(rank[place] - k, 0)
        fine[i] = total
