"""ResNet-50 for the time-frequency plane (paper, section 3.2; He et al. 2016)."""

import torch.nn.functional as F
from torch import Tensor, nn

from flamsid_core.singers.networks.layers import MaskedBatchNorm, frame_mask, halved, masked_mean

BLOCKS = (3, 4, 6, 3)
EXPANSION = 4


class Bottleneck(nn.Module):
    """1×1, 3×3 and 1×1 convolutions beside a shortcut; a stride is in the first, as in He et al. 2016.

    Parameters
    ----------
    channels_in : int
    width : int
        Channels of the first two convolutions; the third has four times as many.
    stride : int
        1 or 2, over frames and bins.
    """

    def __init__(self, channels_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        channels_out = EXPANSION * width
        self.conv1 = nn.Conv2d(channels_in, width, 1, stride=stride, bias=False)
        self.norm1 = MaskedBatchNorm(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = MaskedBatchNorm(width)
        self.conv3 = nn.Conv2d(width, channels_out, 1, bias=False)
        self.norm3 = MaskedBatchNorm(channels_out)
        self.projection: nn.Conv2d | None = None
        if stride != 1 or channels_in != channels_out:
            self.projection = nn.Conv2d(channels_in, channels_out, 1, stride=stride, bias=False)
            self.projection_norm = MaskedBatchNorm(channels_out)

    def forward(self, x: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Map (clips, channels, frames, bins), zero on padding, and lengths to the same after the stride."""
        y = self.conv1(x)
        if self.stride == 2:
            lengths = halved(lengths)
        mask = frame_mask(lengths, y.shape[2])
        y = F.relu(self.norm1(y, mask), inplace=True)
        y = F.relu(self.norm2(self.conv2(y), mask), inplace=True)
        shortcut = x if self.projection is None else self.projection_norm(self.projection(x), mask)
        return F.relu(self.norm3(self.conv3(y), mask) + shortcut, inplace=True), lengths


class ResNet50(nn.Module):
    """The paper's deep residual baseline, in full or lean.

    Both presets: ResNet-50 whose first convolution is 3×3 instead of 7×7 and without its stride (paper), the
    maxima after it kept, and a layer of 1024 units before the classes (paper). The embedding is the average
    of the last block over bins and valid frames. ``paper`` has the usual 64 to 2048 channels, on input padded
    to 426 frames. ``lean`` has the same 50 layers with an eighth of the channels, and takes clips of any
    length.

    Parameters
    ----------
    bins : int
        Values per frame; the network takes any number.
    classes : int
        Number of singers.
    preset : {"lean", "paper"}
        Size of the network.
    """

    def __init__(self, bins: int, classes: int, preset: str = "lean") -> None:
        super().__init__()
        lean = preset == "lean"
        width = 8 if lean else 64
        self.fixed_frames = None if lean else 426
        self.conv = nn.Conv2d(1, width, 3, padding=1, bias=False)
        self.norm = MaskedBatchNorm(width)
        channels = width
        blocks = []
        for stage, count in enumerate(BLOCKS):
            for k in range(count):
                blocks.append(Bottleneck(channels, width << stage, 2 if stage > 0 and k == 0 else 1))
                channels = EXPANSION * (width << stage)
        self.blocks = nn.ModuleList(blocks)
        self.dropout = nn.Dropout(0.2)
        self.dense = nn.Linear(channels, 1024)
        self.classes = nn.Linear(1024, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, Bottleneck):
                # blocks that begin as their shortcuts: fifty layers learn from the first step (Goyal et al. 2017)
                nn.init.zeros_(module.norm3.weight)

    def forward(self, clips: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map (clips, frames, bins) and lengths to embeddings (clips, d) and logits (clips, classes)."""
        x = self.conv(clips[:, None])
        x = F.relu(self.norm(x, frame_mask(lengths, x.shape[2])), inplace=True)
        # nothing is below the zeros of padding now, so they cannot win over a valid frame
        x, lengths = F.max_pool2d(x, 3, stride=2, padding=1), halved(lengths)
        mask = frame_mask(lengths, x.shape[2])
        if mask is not None:
            x = x * mask
        for block in self.blocks:
            x, lengths = block(x, lengths)
        embedding = masked_mean(x.mean(3).transpose(1, 2), lengths)
        return embedding, self.classes(self.dropout(F.relu(self.dense(self.dropout(embedding)))))
