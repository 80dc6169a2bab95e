"""Singers as Gaussians around what little was heard of them: a model of two covariances, fitted in closed form.

Background
----------
A clip's mean timbre is taken as singer + recording + rest. The covariance of the rest, W, is what clips of one
recording do around their mean; that of recordings of one singer is estimated as a multiple b of it, and a singer's
place is drawn from W around the mean of all singers. In coordinates in which W is the unit matrix all of it is a
number: a singer heard in n recordings is expected at the mean of these recordings, drawn towards the mean of all
singers by 1 / (1 + b / n), and the less sure of it the fewer they were. Kenny (2010) and Sizov et al. (2014) describe
the family. A matrix in the place of b can be estimated from a few dozen recordings, and holds through channels where
this does not: that is the model of voices (`voice_model`), which the network is for the feature `voice`.

The level of a recording is a property of its transfer more often than of its singer, so of the feature `timbre` two
such models are heard, one with the level and one without it, and their verdicts averaged.

References
----------
Kenny: Bayesian speaker verification with heavy-tailed priors. Odyssey 2010.
Sizov, Lee, Kinnunen: Unifying probabilistic linear discriminant analysis variants in biometric authentication.
S+SSPR 2014.
"""

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from torch import Tensor, nn

from flamsid_core.singers.features.frames import TIMBRE_COEFFICIENTS, VOICE_COLUMNS
from flamsid_core.singers.networks.layers import masked_mean
from flamsid_core.singers.networks.voices import Voices

BINS = 2 * TIMBRE_COEFFICIENTS
LEVELS = (0, TIMBRE_COEFFICIENTS)  # the coefficients that a change of gain moves
SHRINKAGE = 0.02  # of W towards its diagonal, so that it can be inverted whatever was heard
UNHEARD_VARIANCE = 1e6  # of a singer without clips, who is never named then
_TEMPERATURES = (1.0, 1e3)


class TwoCovariance(nn.Module):
    """Closed-form model over the mean timbre of a clip.

    Its weights are set by `fit_in_closed_form`, not by gradients; it is a network in all else, so that it is trained,
    measured, stored, mapped and explained like the others.

    Parameters
    ----------
    bins : int
        Values per frame. Where there are as many as the feature `timbre` has, they are taken for that; with those of
        `voice` it is the model of recordings (see `voice_model`).
    classes : int
        Number of singers.
    preset : {"lean", "paper"}
        Without meaning here.
    """

    learns_by_gradient = False

    def __init__(self, bins: int, classes: int, preset: str = "lean") -> None:
        super().__init__()
        self.of_voices = bins == VOICE_COLUMNS
        self.heard: list[list[int]] = [list(range(bins))] if not self.of_voices else []
        if self.of_voices:
            self.voices = Voices(classes)
        if bins == BINS:
            self.heard.append([k for k in range(BINS) if k not in LEVELS])
        self.experts = nn.ModuleList([Expert(len(heard), classes) for heard in self.heard])
        self.temperature = nn.Parameter(torch.ones(()))

    def forward(self, clips: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map (clips, frames, bins) and lengths to whitened means (clips, bins) and logits (clips, classes)."""
        if self.of_voices:
            return self.voices(clips[:, 0])
        mean = masked_mean(clips, lengths)
        verdicts = [expert(mean[:, heard]) for expert, heard in zip(self.experts, self.heard, strict=True)]
        logits = torch.stack([logits for _, logits in verdicts]).mean(0)
        return verdicts[0][0], logits / self.temperature

    def fit_in_closed_form(self, means: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> None:
        """Set all weights.

        Parameters
        ----------
        means : (n, bins) array
            Mean of every training clip's frames.
        labels : (n,) int array
            Position of its singer among the classes. A singer who does not occur is never named.
        groups : (n,) int array
            Its source group.
        """
        if self.of_voices:
            self.voices.fit(means, labels, groups)
            return
        self.temperature.data.fill_(1.0)
        self._fit(means, labels, groups)
        self.temperature.data.fill_(_temperature(*self._held_out(means, labels, groups)))
        self._fit(means, labels, groups)

    def _fit(self, means: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> None:
        for expert, heard in zip(self.experts, self.heard, strict=True):
            expert.fit(means[:, heard], labels, groups)  # type: ignore[operator]

    def _held_out(
        self, means: np.ndarray, labels: np.ndarray, groups: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return logits, labels and weights of clips whose source group is left out in turn; each group weighs one."""
        logits, truth, weights = [], [], []
        for group in np.unique(groups):
            out = groups == group
            if len(np.unique(labels[~out])) < len(np.unique(labels)):
                continue  # the only source of a singer
            self._fit(means[~out], labels[~out], groups[~out])
            with torch.inference_mode():
                logits.append(self(torch.from_numpy(means[out][:, None].astype(np.float32)))[1].numpy())
            truth.append(labels[out])
            weights.append(np.full(out.sum(), 1.0 / out.sum()))
        if not logits:
            return np.empty((0, 1)), np.empty(0, dtype=int), np.empty(0)
        return np.concatenate(logits), np.concatenate(truth), np.concatenate(weights)


class Expert(nn.Module):
    """One model: coordinates in which W is the unit matrix, and an isotropic Gaussian for each singer."""

    def __init__(self, bins: int, classes: int) -> None:
        super().__init__()
        self.centre = nn.Parameter(torch.zeros(bins))
        self.whitening = nn.Parameter(torch.eye(bins))
        self.place = nn.Parameter(torch.zeros(classes, bins))
        self.variance = nn.Parameter(torch.ones(classes))

    def forward(self, mean: Tensor) -> tuple[Tensor, Tensor]:
        """Map (clips, bins) means to whitened ones and log densities (clips, classes)."""
        z = (mean - self.centre) @ self.whitening
        distance = (z[:, None, :] - self.place[None]).square().sum(2)
        return z, -0.5 * (distance / self.variance + z.shape[1] * self.variance.log())

    def fit(self, means: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> None:
        """Set the weights: arguments as of `TwoCovariance.fit_in_closed_form`."""
        pairs, member = np.unique(np.column_stack([labels, groups]), axis=0, return_inverse=True)
        clips = np.bincount(member)
        of_source = np.stack([np.bincount(member, column) / clips for column in means.T], axis=1)
        # every source weighs the same, however many clips it has
        rest = (means - of_source[member]) / np.sqrt(clips[member] * len(pairs))[:, None]
        within = rest.T @ rest
        scale = np.sqrt(np.where(np.diag(within) > 0, np.diag(within), 1.0))
        correlation = (1 - SHRINKAGE) * within / np.outer(scale, scale) + SHRINKAGE * np.eye(len(scale))
        variance, axes = np.linalg.eigh(correlation)
        whitening = axes / np.sqrt(variance) / scale[:, None]
        sources = np.bincount(pairs[:, 0], minlength=len(self.place))
        heard, counted = sources > 0, np.maximum(sources, 1)
        of_singer = np.stack(
            [np.bincount(pairs[:, 0], column, len(self.place)) / counted for column in of_source.T], axis=1
        )
        centre = of_singer[heard].mean(axis=0)
        spread = _spread_of_sources((of_source - of_singer[pairs[:, 0]]) / scale, len(pairs) - heard.sum())
        trust = 1.0 / (1.0 + spread / counted)
        self._set(self.centre, centre)
        self._set(self.whitening, whitening)
        self._set(self.place, trust[:, None] * ((of_singer - centre) @ whitening))
        self._set(self.variance, np.where(heard, 1.0 + spread + (1.0 - trust), UNHEARD_VARIANCE))

    @staticmethod
    def _set(weight: nn.Parameter, value: np.ndarray) -> None:
        weight.data.copy_(torch.from_numpy(np.asarray(value, dtype=np.float32)))


def _spread_of_sources(deviation: np.ndarray, freedom: int) -> float:
    """Return b: the variance of a singer's recordings in multiples of that within one, the mean over coefficients.

    It is 1 where no singer has two recordings.
    """
    return float((deviation**2).sum(axis=0).mean() / freedom) if freedom > 0 else 1.0


def _temperature(logits: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """Return the temperature of the least cross-entropy on held-out sources; 1 where there are none."""
    if not len(labels):
        return 1.0

    def cross_entropy(log_temperature: float) -> float:
        scores = log_softmax(logits / np.exp(log_temperature), axis=1)
        return -float(weights @ scores[np.arange(len(labels)), labels])

    return float(np.exp(minimize_scalar(cross_entropy, bounds=np.log(_TEMPERATURES), method="bounded").x))
