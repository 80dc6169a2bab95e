"""CRNN: four convolutional blocks and a recurrent layer (paper, section 3.2; Choi et al. 2017)."""

import torch.nn.functional as F
from torch import Tensor, nn

from flamsid_core.singers.networks.layers import MaskedBatchNorm, frame_mask, halved, masked_max_pool

# (frames, bins) of the maxima after each block
POOLS = ((2, 2), (1, 2), (1, 4), (1, 4))


class ConvolutionalBlock(nn.Module):
    """Convolution, batch normalisation, exponential linear unit, maxima, dropout.

    Parameters
    ----------
    channels_in, channels_out : int
    stride : int
        Of the 3×3 convolution, 1 or 2, over frames and bins.
    pool : (int, int)
        Frames and bins of the windows maxima are taken of.
    dropout : float
        Share of values set to zero in training.
    """

    def __init__(
        self, channels_in: int, channels_out: int, stride: int, pool: tuple[int, int], dropout: float
    ) -> None:
        super().__init__()
        self.stride, self.pool = stride, pool
        self.conv = nn.Conv2d(channels_in, channels_out, 3, stride=stride, padding=1, bias=False)
        self.norm = MaskedBatchNorm(channels_out)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Map (clips, channels, frames, bins), zero on padding, and lengths to the same of fewer frames and bins."""
        x = self.conv(x)
        if self.stride == 2:
            lengths = halved(lengths)
        x = F.elu(self.norm(x, frame_mask(lengths, x.shape[2])), inplace=True)
        # negative values are left by the unit, so padding must not take part in the maxima
        x, lengths = masked_max_pool(x, lengths, *self.pool)
        return self.dropout(x), lengths


class CRNN(nn.Module):
    """The paper's recurrent baseline, as described there or lean.

    Both presets: a first block with 3×3 convolutions of stride 2×2 and 2×2 maxima, three blocks with 3×3
    convolutions of stride 1, a GRU of two layers whose second layer's state at the last valid frame is the
    embedding, and a layer of 1024 units before the classes. From the paper: kernels, strides, the first
    maxima, the 1024 units. From the authors' published code: 128 channels, two layers of GRU. Ours, as neither
    says: the maxima of blocks 2 to 4, which run over 2, 4 and 4 bins and no frames, so that 128 bins end as
    one while short motifs keep a step of the recurrent layer for every four frames; as many units in the
    GRU as there are channels (twice as many in ``lean``); a dropout of 0.1, as Choi et al. have it. ``paper``
    takes input padded to 426 frames; ``lean`` has 16 and 32 channels and takes clips of any length.

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
        channels = (1, 16, 32, 32, 32) if lean else (1, 128, 128, 128, 128)
        units = 64 if lean else 128
        self.fixed_frames = None if lean else 426
        self.blocks = nn.ModuleList(
            ConvolutionalBlock(channels[k], channels[k + 1], 2 if k == 0 else 1, pool, 0.1)
            for k, pool in enumerate(POOLS)
        )
        bins_left = (bins + 1) // 2
        for _, pooled in POOLS:
            bins_left = -(-bins_left // pooled)
        self.gru = nn.GRU(channels[-1] * bins_left, units, num_layers=2, batch_first=True)
        self.dropout = nn.Dropout(0.2)
        self.dense = nn.Linear(units, 1024)
        self.classes = nn.Linear(1024, classes)

    def forward(self, clips: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map (clips, frames, bins) and lengths to embeddings (clips, d) and logits (clips, classes)."""
        x = clips[:, None]
        for block in self.blocks:
            x, lengths = block(x, lengths)
        sequence = x.permute(0, 2, 1, 3).flatten(2)
        if lengths is None:
            _, last = self.gru(sequence)
        else:
            packed = nn.utils.rnn.pack_padded_sequence(
                sequence, lengths.cpu(), batch_first=True, enforce_sorted=False
            )
            _, last = self.gru(packed)
        embedding = last[-1]
        return embedding, self.classes(self.dropout(F.relu(self.dense(self.dropout(embedding)))))
