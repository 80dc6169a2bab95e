"""Nearest neighbours by blocks of a matrix product: bounded memory; exact, or by cells where there are very many."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from flamsid_core.errors import FlamsidError

Metric = Literal["cosine", "euclidean"]
_BLOCK_ELEMENTS = 8_000_000  # distances held at once: 32 MB in single precision
_SPARE = 6  # single precision may swap near-equals: so many more are kept until distances are exact


EXACT_POINTS = 60_000  # up to here all distances are looked at; beyond, the time would grow with the square
_PROBED_POINTS = 20_000  # of the nearest cells, looked at for each point beyond that


class Neighbours(NamedTuple):
    """Nearest first, (n, k) each; where there are fewer than k to choose from, -1 at infinite distance."""

    indices: NDArray[np.int64]
    distances: NDArray[np.float64]


def neighbours(
    points: ArrayLike,
    k: int = 10,
    *,
    exclude: ArrayLike | None = None,
    metric: Metric = "cosine",
    rows: ArrayLike | None = None,
) -> Neighbours:
    """Find the `k` nearest other points of each point, exactly.

    Parameters
    ----------
    points : (n, d) array
        Embeddings or positions.
    k : int
        How many.
    exclude : (n,) array, optional
        Group of each point, such as its recording: points of the same group are not neighbours.
    metric : {"cosine", "euclidean"}
        Cosine distance is one minus the cosine; a point at the origin counts as 0.5 from all others.
    rows : array of int, optional
        Only for these points; by default for all.

    Returns
    -------
    Neighbours
        One row per point (or per entry of `rows`).

    Raises
    ------
    FlamsidError
        When a value is not finite or shapes do not match.
    """
    x = prepared(points, metric)
    groups = group_codes(exclude, len(x))
    chosen = np.arange(len(x)) if rows is None else np.asarray(rows, dtype=np.int64)
    candidates = np.empty((chosen.size, min(k + _SPARE, max(len(x) - 1, 0))), dtype=np.int64)
    for at, block in blocks(x, chosen):
        _nearest(block, chosen[at], groups, candidates[at])
    root = metric == "euclidean"
    index = np.full((chosen.size, k), -1, dtype=np.int64)
    distance = np.full((chosen.size, k), np.inf)
    step = max(_BLOCK_ELEMENTS // max(candidates.shape[1] * x.shape[1], 1), 1)
    for start in range(0, chosen.size, step):
        at = slice(start, start + step)
        exact = np.where(candidates[at] >= 0, pair_distances(x, chosen[at, None], candidates[at]), np.inf)
        order = np.lexsort((candidates[at], exact), axis=1)[:, :k]
        index[at, : order.shape[1]] = np.take_along_axis(candidates[at], order, axis=1)
        nearest = np.take_along_axis(exact, order, axis=1)
        distance[at, : order.shape[1]] = np.sqrt(nearest) if root else nearest
    return Neighbours(index, distance)


def prepared(points: ArrayLike, metric: Metric) -> NDArray[np.float32]:
    """Return points in single precision whose squared Euclidean distances rank as `metric` does."""
    x = np.asarray(points, dtype=np.float32)
    if x.ndim != 2:
        raise FlamsidError(
            "Points must be a table of (points, coordinates), not of shape {shape}.", shape=x.shape
        )
    wrong = np.flatnonzero(~np.isfinite(x).all(axis=1))
    if wrong.size:
        raise FlamsidError(
            "Row {wrong} of the embeddings is not finite; train or embed again.", wrong=wrong[0]
        )
    if metric == "cosine":
        norm = np.linalg.norm(x, axis=1, keepdims=True)
        # half the squared distance of two unit vectors is one minus their cosine
        return np.asarray(x / np.where(norm > 0, norm, 1.0) / np.sqrt(2.0), dtype=np.float32)
    if metric != "euclidean":
        raise FlamsidError("Metric {metric!r} is unknown; take 'cosine' or 'euclidean'.", metric=metric)
    return x - x.mean(axis=0, dtype=np.float64).astype(np.float32) if len(x) else x


def group_codes(groups: ArrayLike | None, n: int) -> NDArray[np.int64]:
    """Return group numbers from 0; without groups, -1 for every point."""
    if groups is None:
        return np.full(n, -1, dtype=np.int64)
    codes = np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1]
    if codes.shape != (n,):
        raise FlamsidError(
            "There are {n} points and {n_codes} group labels; give one label per point.",
            n=n,
            n_codes=codes.size,
        )
    return codes


def blocks(x: NDArray[np.float32], rows: NDArray[np.int64]) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Yield slices of `rows` and the squared Euclidean distances from those rows to all points."""
    square = np.einsum("ij,ij->i", x, x)
    step = max(_BLOCK_ELEMENTS // max(len(x), 1), 1)
    for start in range(0, rows.size, step):
        at = slice(start, start + step)
        product = x[rows[at]] @ x.T
        product *= -2.0
        product += square
        product += square[rows[at], None]
        yield at, product


def pair_distances(x: NDArray[np.float32], a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
    """Squared Euclidean distances between rows `a` and `b` of prepared points, exact for equal points."""
    difference = x[a] - x[b]
    return np.einsum("...j,...j->...", difference, difference, dtype=np.float64)


def neighbours_in_cells(
    points: ArrayLike,
    k: int = 10,
    *,
    exclude: ArrayLike | None = None,
    metric: Metric = "cosine",
    rows: ArrayLike | None = None,
    seed: int = 0,
) -> Neighbours:
    """Find nearly all of the `k` nearest other points of each point, among those of the nearest cells.

    Points are put into about sqrt(n) cells by k-means; the points of a cell are compared with those of the cells
    nearest to its centre, some 20,000 of them. Time grows as n instead of n². Arguments and result are those of
    `neighbours`; `recall` measures how many are found.

    Raises
    ------
    FlamsidError
        As `neighbours`.
    """
    from sklearn.cluster import MiniBatchKMeans

    x = prepared(points, metric)
    chosen = np.arange(len(x)) if rows is None else np.asarray(rows, dtype=np.int64)
    if len(x) <= _PROBED_POINTS:
        return neighbours(points, k, exclude=exclude, metric=metric, rows=rows)
    cells = MiniBatchKMeans(int(np.sqrt(len(x))), random_state=seed, n_init=1, batch_size=4096).fit(x)
    centres = np.asarray(cells.cluster_centers_, dtype=np.float32)
    members = [np.flatnonzero(cells.labels_ == cell) for cell in range(len(centres))]
    sizes = np.array([len(part) for part in members])
    groups = group_codes(exclude, len(x))
    index = np.full((chosen.size, k), -1, dtype=np.int64)
    distance = np.full((chosen.size, k), np.inf)
    for cell in np.unique(cells.labels_[chosen]):
        order = np.argsort(((centres - centres[cell]) ** 2).sum(axis=1), kind="stable")
        probed = order[: int(np.searchsorted(np.cumsum(sizes[order]), _PROBED_POINTS)) + 1]
        near = np.sort(np.concatenate([members[other] for other in probed]))
        mine = np.flatnonzero(cells.labels_[chosen] == cell)
        found = neighbours(
            np.asarray(points)[near],
            k,
            exclude=None if exclude is None else groups[near],
            metric=metric,
            rows=np.searchsorted(near, chosen[mine]),
        )
        index[mine] = np.where(found.indices >= 0, near[found.indices], -1)
        distance[mine] = found.distances
    return Neighbours(index, distance)


def recall(found: Neighbours, exact: Neighbours) -> float:
    """Return the share of the true neighbours that were found (rows of both are of the same points)."""
    true = exact.indices >= 0
    hits = (found.indices[:, :, None] == exact.indices[:, None, :]).any(axis=1)
    return float(hits[true].mean()) if true.any() else float("nan")


@njit(cache=True, nogil=True)
def _nearest(
    block: NDArray[np.float32],
    rows: NDArray[np.int64],
    groups: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    k = out.shape[1]
    best = np.empty(k, np.float32)
    for i in range(rows.size):
        own, group = rows[i], groups[rows[i]]
        found = 0
        worst = np.float32(np.inf)
        for j in range(block.shape[1]):
            value = block[i, j]
            if value >= worst or j == own or (group >= 0 and groups[j] == group):
                continue
            place = found if found < k else k - 1
            while place > 0 and best[place - 1] > value:
                best[place] = best[place - 1]
                out[i, place] = out[i, place - 1]
                place -= 1
            best[place] = value
            out[i, place] = j
            if found < k:
                found += 1
            if found == k:
                worst = best[k - 1]
        for place in range(found, k):
            out[i, place] = -1
