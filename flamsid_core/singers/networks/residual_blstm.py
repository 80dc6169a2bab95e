"""Residual-BLSTM: a shallow residual front end and a bidirectional recurrent layer (paper, section 3.2)."""

import torch.nn.functional as F
from torch import Tensor, nn

from flamsid_core.singers.networks.layers import (
    BidirectionalLSTM,
    MaskedBatchNorm,
    ResidualBlock,
    frame_mask,
    halved,
    masked_max_pool,
    masked_mean,
)


class ResidualBLSTM(nn.Module):
    """The paper's own network, as drawn there or lean.

    Both presets: a 3×3 convolution with stride 2, two residual blocks with stride 1, a bidirectional LSTM
    whose two directions, averaged over time and concatenated, are the embedding, and a layer of 1024 units
    before the classes. The paper does not give channels or units; ``paper`` takes the 128 of the authors'
    published CRNN and no pooling, on input padded to 426 frames. ``lean`` has few channels, pools between the
    blocks, and takes clips of any length.

    Parameters
    ----------
    bins : int
        Values per frame.
    classes : int
        Number of singers.
    preset : {"lean", "paper"}
        Size of the network.
    """

    def __init__(self, bins: int, classes: int, preset: str = "lean") -> None:
        super().__init__()
        lean = preset == "lean"
        channels = (16, 16, 32) if lean else (128, 128, 128)
        units = 64 if lean else 128
        self.pools = ((2, 2), (2, 2), (1, 2)) if lean else ((1, 1),) * 3
        self.fixed_frames = None if lean else 426
        self.conv = nn.Conv2d(1, channels[0], 3, stride=2, padding=1, bias=False)
        self.norm = MaskedBatchNorm(channels[0])
        self.block1 = ResidualBlock(channels[0], channels[1])
        self.block2 = ResidualBlock(channels[1], channels[2])
        bins_left = (bins + 1) // 2
        for _, pooled in self.pools:
            bins_left = -(-bins_left // pooled)
        self.blstm = BidirectionalLSTM(channels[2] * bins_left, units)
        self.dropout = nn.Dropout(0.2)
        self.dense = nn.Linear(2 * units, 1024)
        self.classes = nn.Linear(1024, classes)

    def forward(self, clips: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map (clips, frames, bins) and lengths to embeddings (clips, d) and logits (clips, classes)."""
        x, lengths = self.conv(clips[:, None]), halved(lengths)
        # pooling before the first normalisation gives the same up to a sign of its scale, at a quarter of the work
        x, lengths = masked_max_pool(x, lengths, *self.pools[0])
        x = F.relu(self.norm(x, frame_mask(lengths, x.shape[2])), inplace=True)
        for block, pool in ((self.block1, self.pools[1]), (self.block2, self.pools[2])):
            x = block(x, frame_mask(lengths, x.shape[2]))
            x, lengths = masked_max_pool(x, lengths, *pool)
        sequence = x.permute(0, 2, 1, 3).flatten(2)
        embedding = masked_mean(self.blstm(sequence, lengths), lengths)
        return embedding, self.classes(self.dropout(F.relu(self.dense(self.dropout(embedding)))))
