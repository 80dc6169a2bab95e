"""Layers that see only the valid frames of padded clips.

A batch is ``(clips, channels, frames, bins)`` with ``lengths`` valid frames per clip. ``lengths`` is ``None``
where all clips fill the batch, which is the usual case in length-bucketed batches and the fast one.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def frame_mask(lengths: Tensor | None, frames: int) -> Tensor | None:
    """Return (clips, 1, frames, 1) ones on valid frames, or None where there is no padding."""
    if lengths is None:
        return None
    valid = torch.arange(frames, device=lengths.device)[None, :] < lengths[:, None]
    return valid[:, None, :, None].to(torch.float32)


def halved(lengths: Tensor | None) -> Tensor | None:
    """Return the lengths after a stride of two (rounding up, so that no clip vanishes)."""
    return None if lengths is None else torch.div(lengths + 1, 2, rounding_mode="floor")


def masked_max_pool(
    x: Tensor, lengths: Tensor | None, frames: int, bins: int
) -> tuple[Tensor, Tensor | None]:
    """Take maxima over windows of valid frames and bins, the last window being as small as it must.

    Returns
    -------
    pooled : (clips, channels, frames', bins') Tensor
        Zero on padding.
    lengths : Tensor or None
        Valid frames that are left.
    """
    mask = frame_mask(lengths, x.shape[2])
    if mask is not None and frames > 1:
        x = x.masked_fill(mask == 0, -torch.inf)
    x = F.max_pool2d(x, (frames, bins), ceil_mode=True)
    if frames > 1 and lengths is not None:
        lengths = torch.div(lengths + frames - 1, frames, rounding_mode="floor")
        pooled_mask = frame_mask(lengths, x.shape[2])
        assert pooled_mask is not None
        x = x.masked_fill(pooled_mask == 0, 0.0)
    return x, lengths


class MaskedBatchNorm(nn.BatchNorm2d):
    """Batch normalisation whose statistics come from valid frames only; padding leaves as zeros."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Normalise (clips, channels, frames, bins)."""
        if mask is None:
            return super().forward(x)
        if not self.training:
            return super().forward(x) * mask
        count = mask.sum() * x.shape[3]
        mean = (x * mask).sum((0, 2, 3)) / count
        centred = (x - mean[None, :, None, None]) * mask
        variance = centred.square().sum((0, 2, 3)) / count
        with torch.no_grad():
            unbiased = variance * count / (count - 1).clamp(min=1)
            for running, now in ((self.running_mean, mean), (self.running_var, unbiased)):
                if running is not None:
                    running.lerp_(now, self.momentum or 0.1)
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return (centred * scale[None, :, None, None] + self.bias[None, :, None, None]) * mask


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions beside a shortcut (He et al. 2016)."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)
        self.norm1 = MaskedBatchNorm(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False)
        self.norm2 = MaskedBatchNorm(channels_out)
        self.shortcut = (
            nn.Conv2d(channels_in, channels_out, 1, bias=False)
            if channels_in != channels_out
            else nn.Identity()
        )

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Return a batch of the same frames and bins."""
        y = F.relu(self.norm1(self.conv1(x), mask), inplace=True)
        return F.relu(self.norm2(self.conv2(y), mask) + self.shortcut(x), inplace=True)


class BidirectionalLSTM(nn.LSTM):
    """One bidirectional layer over (clips, frames, values); backwards it starts at each clip's end."""

    def __init__(self, values: int, units: int) -> None:
        super().__init__(values, units, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor, lengths: Tensor | None) -> Tensor:  # type: ignore[override]
        """Return (clips, frames, 2 · units), zero on padding."""
        if lengths is None:
            return super().forward(x)[0]
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        out, _ = super().forward(packed)
        return nn.utils.rnn.pad_packed_sequence(out, batch_first=True, total_length=x.shape[1])[0]


def masked_mean(x: Tensor, lengths: Tensor | None) -> Tensor:
    """Average (clips, frames, values), zero on padding, over the valid frames."""
    if lengths is None:
        return x.mean(1)
    return x.sum(1) / lengths[:, None].to(x.dtype)
