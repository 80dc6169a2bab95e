"""Networks by name, and how to add one's own.

A network is an ``nn.Module`` made from the number of bins per frame and the number of classes, whose
``forward`` maps ``clips`` (n, frames, bins) and ``lengths`` (n,), or None where nothing is padded, to
embeddings and logits::

    @register_network("mine")
    class Mine(nn.Module):
        def __init__(self, bins, classes, preset="lean"): ...

What it may offer besides is in `flamsid_core.singers.networks.interface`: a method
``fit_in_closed_form(means, labels, groups)`` is given the clips' mean features before the first epoch; if
``learns_by_gradient`` is False, there is none.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flamsid_core.errors import FlamsidError
from flamsid_core.registration import Registry

if TYPE_CHECKING:
    from torch import nn

NETWORKS: "Registry[Callable[..., nn.Module]]" = Registry(
    "Unknown network {name!r}: choose one of {choices}."
)
NETWORKS.register_place("residual-blstm", f"{__name__}.residual_blstm:ResidualBLSTM")
NETWORKS.register_place("crnn", f"{__name__}.crnn:CRNN")
NETWORKS.register_place("resnet50", f"{__name__}.resnet50:ResNet50")
NETWORKS.register_place("two-covariance", f"{__name__}.two_covariance:TwoCovariance")
NETWORKS.register_place("joint", f"{__name__}.joint:Joint")
PRESETS = ("lean", "paper")


def register_network(name: str) -> "Callable[[Callable[..., nn.Module]], Callable[..., nn.Module]]":
    """Make a network known by name: a decorator for the class, or a call on what builds it.

    Networks of one's own are trained within the calling process, folds one after the other.
    """
    return NETWORKS.register(name)


def build_network(name: str, bins: int, classes: int, **options: Any) -> "nn.Module":
    """Make a network with fresh weights.

    Raises
    ------
    FlamsidError
        When no network has that name, or the preset is unknown.
    """
    NETWORKS.check(name)
    if options.get("preset", "lean") not in PRESETS:
        raise FlamsidError(
            "Unknown preset {preset!r}: choose one of {choices}.",
            preset=options["preset"],
            choices=", ".join(PRESETS),
        )
    return NETWORKS[name](bins, classes, **options)


def parameter_count(network: "nn.Module") -> int:
    """Return the number of trainable values."""
    return sum(weight.numel() for weight in network.parameters() if weight.requires_grad)
