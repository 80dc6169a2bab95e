"""The figures of the paper: Table 2, accuracy and area under the curve of 27 cells.

Measured by its authors on random 80/20 splits of clips, what flamsid calls the `paper` protocol. By network, features
and clip set, under flamsid's names: CRNN, Residual50, Residual-BLSTM; MFCC, Spectrogram, Mel-spec.; Motifs,
Motifs+segment, Random.
"""

from typing import NamedTuple

_FEATURES = ("mfcc", "spectrogram", "mel")
# Percent, as printed: accuracy and AUC of MFCC, of spectrogram, of mel.
_PRINTED = {
    ("crnn", "motifs"): (88.59, 87.66, 87.13, 86.54, 91.05, 89.11),
    ("resnet50", "motifs"): (87.31, 86.55, 83.47, 81.98, 93.19, 91.77),
    ("residual-blstm", "motifs"): (94.78, 92.02, 91.62, 88.66, 96.29, 94.42),
    ("crnn", "motifs+segment"): (86.48, 85.12, 84.26, 83.29, 90.33, 89.03),
    ("resnet50", "motifs+segment"): (85.01, 84.32, 82.41, 81.11, 91.89, 90.25),
    ("residual-blstm", "motifs+segment"): (91.88, 90.02, 89.98, 88.02, 95.23, 93.36),
    ("crnn", "random"): (81.11, 80.21, 78.33, 76.95, 82.82, 81.76),
    ("resnet50", "random"): (81.31, 80.25, 79.58, 78.92, 84.89, 82.52),
    ("residual-blstm", "random"): (82.19, 84.26, 81.73, 80.32, 85.96, 84.01),
}


class PaperFigures(NamedTuple):
    """What the paper gives for one cell, as shares of one."""

    accuracy: float
    auc: float


PAPER_TABLE: dict[tuple[str, str, str], PaperFigures] = {
    (network, features, clip_set): PaperFigures(
        round(printed[2 * k] / 100, 4), round(printed[2 * k + 1] / 100, 4)
    )
    for (network, clip_set), printed in _PRINTED.items()
    for k, features in enumerate(_FEATURES)
}
