"""From embeddings to a map: UMAP on exact neighbours, and principal components."""

import warnings
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flamsid_core.atlas.neighbours import Metric, neighbours, prepared
from flamsid_core.errors import FlamsidError

_FEWEST_FOR_UMAP = 10
_EPOCHS = 200  # umap's own number for more than 10,000 points; fewer points do not need more


def project(
    embeddings: ArrayLike,
    method: Literal["umap", "pca"] = "umap",
    seed: int = 0,
    *,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    metric: Metric = "cosine",
) -> NDArray[np.float32]:
    """Place embeddings on a plane; the same input and seed give the same map.

    Parameters
    ----------
    embeddings : (n, d) array
    method : {"umap", "pca"}
        UMAP (McInnes, Healy & Melville 2018) or the first two principal components (no seed, milliseconds).
    seed : int
    n_neighbors, min_dist : int, float
        Of UMAP: the size of a neighbourhood, and how closely points may lie.
    metric : {"cosine", "euclidean"}
        With cosine the principal components are those of the embeddings at unit length.

    Returns
    -------
    (n, 2) float32 array

    Raises
    ------
    FlamsidError
        When a value is not finite.

    Notes
    -----
    UMAP starts from the principal components, so that the map's large shape is theirs (Kobak & Linderman
    2021), and gets exact neighbours instead of searching approximate ones, which spares most of its
    compilation. Below 10 points there is nothing to unfold, and the principal components are the map.
    """
    x = prepared(embeddings, metric)
    if method not in ("umap", "pca"):
        raise FlamsidError("Projection {method!r} is unknown; take 'umap' or 'pca'.", method=method)
    flat = _principal_components(x)
    if method == "pca" or len(x) < _FEWEST_FOR_UMAP:
        return flat
    k = min(n_neighbors, len(x) - 1)
    found = neighbours(embeddings, k - 1, metric=metric)
    own = np.arange(len(x))[:, None]
    graph = (
        np.hstack([own, found.indices]).astype(np.int32),
        np.hstack([np.zeros((len(x), 1)), found.distances]).astype(np.float32),
    )
    import umap
    from umap import umap_

    # Seven seconds of compilation in every process, unless kept: umap does not ask for that itself.
    for function in (umap_.smooth_knn_dist, umap_.compute_membership_strengths):
        function.enable_caching()
    # umap stretches the start to one size along both axes; copies of one sound must not lie in one spot
    extent = float(np.ptp(flat)) or 1.0
    start = flat + np.random.default_rng(seed).normal(scale=1e-4 * extent, size=flat.shape)
    model = umap.UMAP(
        n_neighbors=k,
        min_dist=min_dist,
        metric=metric,
        n_epochs=_EPOCHS,
        init=start.astype(np.float32),
        random_state=seed,
        n_jobs=1,  # with more, the order of updates and so the map is left to chance
        precomputed_knn=graph,
        force_approximation_algorithm=True,  # else umap measures all distances of a small set again
    )
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message=".*precomputed_knn.*"
        )  # it cannot place new points: nobody asks it to
        return np.asarray(model.fit_transform(x), dtype=np.float32)


def _principal_components(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """First two principal components, signs fixed so that the heaviest loading of each is positive."""
    if len(x) < 2:
        return np.zeros((len(x), 2), dtype=np.float32)
    mean = x.mean(axis=0, dtype=np.float64)
    scatter = np.zeros((x.shape[1], x.shape[1]))
    for start in range(0, len(x), 8192):
        part = x[start : start + 8192] - mean
        scatter += part.T @ part
    axes = np.linalg.eigh(scatter)[1][:, ::-1][:, :2]
    heaviest = np.abs(axes).argmax(axis=0)
    axes = axes * np.where(axes[heaviest, np.arange(axes.shape[1])] < 0, -1.0, 1.0)
    out = np.zeros((len(x), 2), dtype=np.float32)
    out[:, : axes.shape[1]] = x @ axes.astype(np.float32) - mean @ axes
    return out
