"""Who is singing: features, clip sets, protocols, networks, training, identification.

Parameters and tables are light to import; torch is loaded when a network is made, trained or opened.
"""

from typing import TYPE_CHECKING, Any

from flamsid_core.singers.training.params import TrainParams

if TYPE_CHECKING:
    from flamsid_core.singers.evaluation.audit import audit
    from flamsid_core.singers.evaluation.protocols import (
        deduplicated_split,
        paper_split,
        source_disjoint_folds,
    )
    from flamsid_core.singers.features.cache import ClipFeatures, extract_features, features_of_signal
    from flamsid_core.singers.features.clip_sets import make_clip_set
    from flamsid_core.singers.features.frames import FeatureParams, frame_features
    from flamsid_core.singers.identification import identify
    from flamsid_core.singers.model_store import Model, load_model, read_about, save_model
    from flamsid_core.singers.networks import NETWORKS, build_network, register_network
    from flamsid_core.singers.training.run import train

_HOMES = {
    "ClipFeatures": "feature_cache",
    "FeatureParams": "features",
    "Model": "model_store",
    "NETWORKS": "networks",
    "audit": "audit",
    "build_network": "networks",
    "deduplicated_split": "splits",
    "extract_features": "feature_cache",
    "features_of_signal": "feature_cache",
    "frame_features": "features",
    "identify": "identification",
    "load_model": "model_store",
    "make_clip_set": "clip_sets",
    "paper_split": "splits",
    "read_about": "model_store",
    "register_network": "networks",
    "save_model": "model_store",
    "source_disjoint_folds": "splits",
    "train": "training",
}

__all__ = [
    "NETWORKS",
    "ClipFeatures",
    "FeatureParams",
    "Model",
    "TrainParams",
    "audit",
    "build_network",
    "deduplicated_split",
    "extract_features",
    "features_of_signal",
    "frame_features",
    "identify",
    "load_model",
    "make_clip_set",
    "paper_split",
    "read_about",
    "register_network",
    "save_model",
    "source_disjoint_folds",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
