"""Two kinds of evidence joined: what a network hears in a motif's course, and its mean timbre."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.networks.residual_blstm import ResidualBLSTM
from flamsid_core.singers.networks.two_covariance import BINS as TIMBRE_BINS
from flamsid_core.singers.networks.two_covariance import TwoCovariance


class Joint(nn.Module):
    """A Residual-BLSTM on log-mel beside the closed-form model on timbre; their posteriors are multiplied.

    The two err differently: the network is surer of singers in recordings it knows, the model of timbre in recordings
    it has not met. Each learns by itself, so that neither leaves to the other what it could know: training sees the
    network's logits only, everything else the joint ones.

    Parameters
    ----------
    bins : int
        Values per frame of the feature `mel+timbre`.
    classes : int
        Number of singers.
    preset : {"lean", "paper"}
        Of the Residual-BLSTM.

    Raises
    ------
    FlamsidError
        Where there are too few values for timbre beside anything else.
    """

    learns_by_gradient = True

    def __init__(self, bins: int, classes: int, preset: str = "lean") -> None:
        super().__init__()
        if bins <= TIMBRE_BINS:
            raise FlamsidError(
                "The network 'joint' listens to the features 'mel+timbre': choose them with it."
            )
        self.course = ResidualBLSTM(bins - TIMBRE_BINS, classes, preset)
        self.timbre = TwoCovariance(TIMBRE_BINS, classes)
        self.fixed_frames = self.course.fixed_frames

    def forward(self, clips: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map (clips, frames, bins) and lengths to embeddings (clips, d) and logits (clips, classes)."""
        course, logits = self.course(clips[:, :, :-TIMBRE_BINS], lengths)
        if self.training:
            return course, logits
        timbre, other = self.timbre(clips[:, :, -TIMBRE_BINS:], lengths)
        embedding = torch.cat([F.normalize(course, dim=1), F.normalize(timbre, dim=1)], dim=1)
        return embedding, logits.log_softmax(1) + other.log_softmax(1)

    def fit_in_closed_form(self, means: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> None:
        """Fit the model of timbre: see `TwoCovariance.fit_in_closed_form`."""
        self.timbre.fit_in_closed_form(means[:, -TIMBRE_BINS:], labels, groups)
