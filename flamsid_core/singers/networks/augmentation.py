"""Masks of time and frequency laid over training clips (Park et al. 2019, SpecAugment).

The network drives the loss of a few thousand overlapping clips to nothing within four epochs; with a span of bins and a
span of frames of every clip hidden it has to find a singer in more than one place.
"""

import torch
from torch import Tensor


def masked_at_random(clips: Tensor, largest_share: float) -> Tensor:
    """Set one span of bins and one of frames of each clip to zero, which is the mean of normalised features.

    Parameters
    ----------
    clips : (n, frames, bins) Tensor
        Normalised features.
    largest_share : float
        Widths are drawn evenly from 0 to this share of all bins, or frames.

    Returns
    -------
    (n, frames, bins) Tensor
    """
    n, frames, bins = clips.shape
    keep_bins = ~_spans(n, bins, largest_share, clips)
    keep_frames = ~_spans(n, frames, largest_share, clips)
    return clips * keep_bins[:, None, :] * keep_frames[:, :, None]


def _spans(n: int, size: int, largest_share: float, like: Tensor) -> Tensor:
    """(n, size) bool: True on one random span of each row."""
    width = torch.rand(n, 1, device=like.device) * largest_share * size
    start = torch.rand(n, 1, device=like.device) * (size - width)
    position = torch.arange(size, device=like.device)
    return (position >= start) & (position < start + width)
