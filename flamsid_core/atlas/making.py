"""From a trained model and instances to the atlas: embeddings, neighbours, two maps and their quality."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flamsid_core.atlas.neighbours import (
    EXACT_POINTS,
    Metric,
    Neighbours,
    neighbours,
    neighbours_in_cells,
    recall,
)
from flamsid_core.atlas.projection import project
from flamsid_core.atlas.quality import neighbourhood_purity, trustworthiness
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message
from flamsid_core.progress import Progress, part_of, silent

if TYPE_CHECKING:
    from flamsid_core.singers import Model

_RECALL_ROWS = 500
_RANKED_ROWS = 3_000  # centres that quality is measured at: the figures stand to about 0.01


@dataclass(frozen=True)
class AtlasParams:
    """How the map is made.

    Attributes
    ----------
    seed : int
        Of the map.
    neighbours : int
        Neighbours kept per instance, and the size of a neighbourhood in the quality figures.
    n_neighbors : int
        Of UMAP: small shows detail, large the whole.
    min_dist : float
        Of UMAP: how closely points may lie.
    metric : {"cosine", "euclidean"}
        Of the embeddings.
    """

    seed: int = 0
    neighbours: int = 10
    n_neighbors: int = 15
    min_dist: float = 0.1
    metric: Metric = "cosine"


class Atlas(NamedTuple):
    """What `make_atlas` returns.

    `embeddings` (n, d) float32; `neighbours` and `distances` (n, k): the nearest instances of *other* source
    groups, -1 at infinite distance where there are too few; `positions`: instance_id, x, y (UMAP), pca_x,
    pca_y; `quality`: figures of `map_quality`.
    """

    embeddings: NDArray[np.float32]
    neighbours: NDArray[np.int64]
    distances: NDArray[np.float64]
    positions: pd.DataFrame
    quality: dict[str, Any]


def embed(
    model: "Model",
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    *,
    cache_dir: Path | None = None,
    on_progress: Progress | None = None,
) -> NDArray[np.float32]:
    """Return the (n, d) embeddings of `instances` by `model`; `locate` finds the audio of their ``file``."""
    from flamsid_core.singers import extract_features

    features = extract_features(
        instances, locate, model.features, cache_dir=cache_dir, on_progress=on_progress
    )
    return np.asarray(model.embeddings(features), dtype=np.float32)


def map_quality(
    embeddings: NDArray[np.float32],
    positions: pd.DataFrame,
    singer: NDArray[Any],
    source_group: NDArray[Any],
    params: AtlasParams,
) -> dict[str, Any]:
    """Measure maps and embeddings, each with and without neighbours from the same source group.

    Returns
    -------
    dict
        ``instances``, ``measured`` (instances that the figures are measured at), ``neighbours``, and for
        ``embedding``, ``umap`` and ``pca``: ``singer_purity`` and ``chance`` over all neighbours;
        ``singer_purity_other_sources`` and ``chance_other_sources`` over neighbours from other source groups
        only; for the maps also ``trustworthiness`` and ``trustworthiness_other_sources``. None where it
        cannot be measured.
    """
    n, k = len(embeddings), params.neighbours
    rows = np.arange(n)
    if n > _RANKED_ROWS:
        rows = np.sort(np.random.default_rng(params.seed).choice(n, _RANKED_ROWS, replace=False))
    spaces: dict[str, tuple[NDArray[np.float32], Metric]] = {
        "embedding": (embeddings, params.metric),
        "umap": (positions[["x", "y"]].to_numpy(np.float32), "euclidean"),
        "pca": (positions[["pca_x", "pca_y"]].to_numpy(np.float32), "euclidean"),
    }
    quality: dict[str, Any] = {"instances": n, "measured": rows.size, "neighbours": k}
    for name, (points, metric) in spaces.items():
        figures: dict[str, float] = {}
        for suffix, groups in (("", None), ("_other_sources", source_group)):
            purity = neighbourhood_purity(points, singer, recording=groups, k=k, metric=metric, rows=rows)
            figures["singer_purity" + suffix] = purity.purity
            figures["chance" + suffix] = purity.chance
            if name != "embedding":
                figures["trustworthiness" + suffix] = trustworthiness(
                    embeddings, points, k=k, exclude=groups, metric=params.metric, rows=rows
                )
        quality[name] = {key: None if np.isnan(value) else round(value, 6) for key, value in figures.items()}
    return quality


def _neighbours(
    embeddings: NDArray[np.float32], groups: NDArray[Any], params: AtlasParams
) -> tuple[Neighbours, float]:
    """Return the neighbours in other source groups, and the share of the true ones among them, as measured."""
    k = params.neighbours
    if len(embeddings) <= EXACT_POINTS:
        return neighbours(embeddings, k, exclude=groups, metric=params.metric), 1.0
    found = neighbours_in_cells(embeddings, k, exclude=groups, metric=params.metric, seed=params.seed)
    rows = np.sort(np.random.default_rng(params.seed).choice(len(embeddings), _RECALL_ROWS, replace=False))
    exact = neighbours(embeddings, k, exclude=groups, metric=params.metric, rows=rows)
    return found, recall(Neighbours(found.indices[rows], found.distances[rows]), exact)


def make_atlas(
    model_dir: Path,
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    params: AtlasParams = AtlasParams(),
    *,
    cache_dir: Path | None = None,
    on_progress: Progress | None = None,
) -> Atlas:
    """Embed all instances, find their neighbours in other source groups, and draw both maps.

    Raises
    ------
    FlamsidError
        When there are no instances, or the model or the audio cannot be read.
    """
    from flamsid_core.singers import load_model

    if instances.empty:
        raise FlamsidError("There are no motif instances to map; loosen the motif parameters and mine again.")
    report = on_progress or silent
    embeddings = embed(
        load_model(model_dir),
        instances,
        locate,
        cache_dir=cache_dir,
        on_progress=part_of(report, 0.0, 0.5),
    )
    report(0.5, Message("neighbours"))
    groups = instances["source_group"].to_numpy()
    found, share_found = _neighbours(embeddings, groups, params)
    report(0.65, Message("map"))
    flat = project(embeddings, "pca", metric=params.metric)
    unfolded = project(
        embeddings,
        "umap",
        params.seed,
        n_neighbors=params.n_neighbors,
        min_dist=params.min_dist,
        metric=params.metric,
    )
    positions = pd.DataFrame(
        {
            "instance_id": instances["instance_id"].to_numpy(),
            "x": unfolded[:, 0],
            "y": unfolded[:, 1],
            "pca_x": flat[:, 0],
            "pca_y": flat[:, 1],
        }
    )
    report(0.95, Message("quality of the map"))
    quality = map_quality(embeddings, positions, instances["singer"].to_numpy(), groups, params)
    quality["neighbours_found"] = share_found
    report(1.0, Message("{n} instances", n=len(instances)))
    return Atlas(embeddings, found.indices, found.distances, positions, quality)
