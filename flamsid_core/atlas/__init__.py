"""The map of motifs: embeddings of all instances, their neighbours, a projection, and how far to trust it."""

from flamsid_core.atlas.making import Atlas, AtlasParams, embed, make_atlas
from flamsid_core.atlas.neighbours import Neighbours, neighbours
from flamsid_core.atlas.projection import project
from flamsid_core.atlas.quality import Purity, neighbourhood_purity, trustworthiness

__all__ = [
    "Atlas",
    "AtlasParams",
    "Neighbours",
    "Purity",
    "embed",
    "make_atlas",
    "neighbourhood_purity",
    "neighbours",
    "project",
    "trustworthiness",
]
