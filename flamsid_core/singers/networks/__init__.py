"""Networks by name, and how to add one's own.

A network is an ``nn.Module`` made from the number of bins per frame and the number of classes, whose
``forward`` maps ``clips`` (n, frames, bins) and ``lengths`` (n,), or None where nothing is padded, to
embeddings and logits::

    @register_network("mine")
    class Mine(nn.Module):
        def __init__(self, bins, classes, preset="lean"): ...

One that has a method ``fit_in_closed_form(means, labels, groups)`` is given the clips' mean features before the first
epoch; if its ``learns_by_gradient`` is False, there is none.
"""

from collections.abc import Callable
from typing import Any

from torch import nn

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.networks.crnn import CRNN
from flamsid_core.singers.networks.joint import Joint
from flamsid_core.singers.networks.residual_blstm import ResidualBLSTM
from flamsid_core.singers.networks.resnet50 import ResNet50
from flamsid_core.singers.networks.two_covariance import TwoCovariance

NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "residual-blstm": ResidualBLSTM,
    "crnn": CRNN,
    "resnet50": ResNet50,
    "two-covariance": TwoCovariance,
    "joint": Joint,
}
BUILT_IN = frozenset(NETWORKS)
PRESETS = ("lean", "paper")


def register_network(name: str) -> Callable[[Callable[..., nn.Module]], Callable[..., nn.Module]]:
    """Make a network known by name: a decorator for the class, or a call on what builds it.

    Networks of one's own are trained within the calling process, folds one after the other.
    """

    def register(build: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
        if name in BUILT_IN:
            raise FlamsidError("The name {name!r} belongs to a built-in network: choose another.", name=name)
        NETWORKS[name] = build
        return build

    return register


def build_network(name: str, bins: int, classes: int, **options: Any) -> nn.Module:
    """Make a network with fresh weights.

    Raises
    ------
    FlamsidError
        When no network has that name, or the preset is unknown.
    """
    if name not in NETWORKS:
        raise FlamsidError(
            "Unknown network {name!r}: choose one of {choices}.",
            name=name,
            choices=", ".join(sorted(NETWORKS)),
        )
    if options.get("preset", "lean") not in PRESETS:
        raise FlamsidError(
            "Unknown preset {preset!r}: choose one of {choices}.",
            preset=options["preset"],
            choices=", ".join(PRESETS),
        )
    return NETWORKS[name](bins, classes, **options)


def parameter_count(network: nn.Module) -> int:
    """Return the number of trainable values."""
    return sum(weight.numel() for weight in network.parameters() if weight.requires_grad)
