"""A fit as it stands after an epoch, in one file: what it takes to go on as if nothing had happened."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from flamsid_core.workspace import atomic_path


def state_of(network: nn.Module) -> dict[str, Tensor]:
    """Return a copy of all weights and statistics."""
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def save_checkpoint(
    path: Path,
    network: nn.Module,
    averaged: nn.Module,
    optimizer: torch.optim.Optimizer,
    best: dict[str, Tensor],
    history: list[dict[str, Any]],
) -> None:
    """Replace the checkpoint: the network now, its running mean, the optimizer, the best weights, all figures."""
    tensors = {f"now.{name}": value.contiguous() for name, value in state_of(network).items()}
    tensors |= {f"averaged.{name}": value.contiguous() for name, value in state_of(averaged).items()}
    tensors |= {f"best.{name}": value.contiguous() for name, value in best.items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": value.contiguous() for name, value in state.items()}
    with atomic_path(path) as temporary:
        save_file(tensors, temporary, metadata={"history": json.dumps(history)})


def restore(
    path: Path,
    network: nn.Module,
    averaged: nn.Module,
    optimizer: torch.optim.Optimizer,
    fresh: dict[str, Tensor],
) -> tuple[list[dict[str, Any]], dict[str, Tensor]]:
    """Load a checkpoint into network and optimizer; one that cannot be read means to start again."""
    try:
        with safe_open(path, framework="pt") as stored:
            history = json.loads(stored.metadata()["history"])
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        path.unlink()
        return [], fresh
    device = next(network.parameters()).device

    def part(prefix: str) -> dict[str, Tensor]:
        found = {name: value for name, value in tensors.items() if name.startswith(prefix)}
        return {name.removeprefix(prefix): value for name, value in found.items()}

    network.load_state_dict(part("now."))
    averaged.load_state_dict(part("averaged."))
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in part("optimizer.").items():
        number, field = name.split(".", 1)
        state.setdefault(int(number), {})[field] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    return history, {name: value.to(device) for name, value in part("best.").items()}
