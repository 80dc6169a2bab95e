"""What a network costs to run."""

import copy
from typing import Any

import torch
from torch import nn

from flamsid_core.singers.networks.two_covariance import Expert


def multiply_adds(network: nn.Module, frames: int, bins: int) -> int:
    """Count the multiply-adds for one clip in convolutions, dense and recurrent layers.

    Normalisation, activations and pooling, some percent of the work, are left out, as is usual. Nothing is
    computed: shapes alone run through a copy of the network.

    Parameters
    ----------
    network : nn.Module
        Maps clips (n, frames, bins) to embeddings and logits.
    frames, bins : int
        Size of the clip.
    """
    total = 0

    def count(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        nonlocal total
        if isinstance(module, nn.Conv2d):
            total += output.numel() * module.weight[0].numel()
        elif isinstance(module, nn.Linear):
            total += output.numel() * module.in_features
        elif isinstance(module, Expert):
            total += module.whitening.numel() + module.place.numel()
        else:  # every weight of a recurrent layer is used once a frame; its biases are added, not multiplied
            steps = inputs[0].shape[:-1].numel()
            total += steps * sum(weight.numel() for weight in module.parameters() if weight.dim() == 2)

    shadow = copy.deepcopy(network).to("meta").eval()
    for module in shadow.modules():
        if isinstance(module, nn.Conv2d | nn.Linear | nn.LSTM | nn.GRU | Expert):
            module.register_forward_hook(count)
    with torch.no_grad():
        shadow(torch.empty(1, frames, bins, device="meta"))
    return total
