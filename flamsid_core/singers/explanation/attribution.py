"""Which cells of the time-frequency plane made a network lean towards a singer: integrated gradients.

Background
----------
The network's gradient says which cells it would react to; integrated along the straight line from a baseline to the
clip, it says how much each cell in fact contributed, and the contributions add up to the difference in the network's
score (completeness; Sundararajan, Taly & Yan, "Axiomatic attribution for deep networks", ICML 2017).

Baseline
--------
The mean spectrum of the training clips, which is zero after the network's normalisation. From there, the question is
"what in this clip differs from an average voice on an average recording, and which way did that turn the network".
The noise floor (-100 dB everywhere) would be the other choice: it lies many deviations from anything the network
learned from, where its gradients mean little, and credits mere loudness. The mean is also what padding is: padded
frames differ from the baseline nowhere, so they contribute exactly nothing.

What is explained
-----------------
The singer's logit less the mean of the other singers' logits, divided by the calibration's temperature: the
`leaning` of `flamsid_core.singers.identify`, in nats. Cepstral coefficients (MFCC, timbre) are not places in frequency;
they are linear maps of bands, so what each coefficient contributed is handed back to the bands through those maps, and
the sum stays the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import block_diag
from torch import Tensor

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.features.frames import (
    ENVELOPE_POINTS,
    ENVELOPE_RANGE_HZ,
    TIMBRE_COEFFICIENTS,
    FeatureParams,
    cosine_matrix,
    mel_frequencies,
)
from flamsid_core.singers.networks.inference import SingerNetwork

Floats = NDArray[np.floating]
STEPS = (32, 64, 128, 256)
TOLERANCE = 0.02
_SAME_NATS = 1e-3  # logits with and without padding that differ by less are the same
_BATCH_FRAMES = 4096  # of gradients held at once


@dataclass(frozen=True)
class Plane:
    """A clip as a picture that can be cut: levels by frame and band, and the way back to the network's features.

    Attributes
    ----------
    level_db : (frames, bands) float32 array
        What the network hears; of cepstral features the smooth spectrum that the coefficients describe.
    difference : (frames, points) float32 array
        From the baseline, at the points the features are a linear map of.
    centre_hz : (bands,) array
        Where each band lies.
    baseline : (bins,) float32 array
        Mean features of the network's training clips.
    basis : (points, bins) float32 array or None
        Maps differences at the points to differences in features; None where they are the same.
    band : (points,) int array or None
        Band of each point; None where points are bands.
    """

    level_db: Floats
    difference: Floats
    centre_hz: Floats
    baseline: Floats
    basis: Floats | None
    band: NDArray[np.int64] | None

    def features(self, kept: Floats | NDArray[np.bool_]) -> Floats:
        """Return (…, frames, bins) features: the clip's where `kept` (…, frames, bands) is 1, else the mean."""
        cut = self.difference * (kept if self.band is None else kept[..., self.band])
        return (self.baseline + (cut if self.basis is None else cut @ self.basis)).astype(np.float32)

    def contributions(self, gradient: Floats) -> Floats:
        """Return the (frames, bands) contributions of the cells from a gradient (frames, bins) of the features."""
        found = self.difference * (gradient if self.basis is None else gradient @ self.basis.T)
        if self.band is None:
            return found.astype(np.float64)
        return found.astype(np.float64) @ np.eye(len(self.centre_hz))[self.band]


@dataclass(frozen=True)
class Attribution:
    """What each cell of a clip contributed to the leaning towards a singer.

    Attributes
    ----------
    values : (frames, bands) float64 array
        Nats; positive speaks for the singer, negative against.
    score, baseline_score : float
        Leaning of the clip and of the baseline, nats.
    steps : int
        Points on the line from one to the other.
    """

    values: Floats
    score: float
    baseline_score: float
    steps: int

    @property
    def error(self) -> float:
        """By how much the contributions miss the difference of the scores, nats: of numerical integration."""
        return float(self.values.sum() - (self.score - self.baseline_score))


def band_centres_hz(params: FeatureParams) -> Floats:
    """Return the frequency of each band of the plane: mel bands, or the bins of a spectrogram."""
    if params.kind == "spectrogram":
        return np.fft.rfftfreq(params.fft_points, 1.0 / params.sample_rate_hz)
    return mel_frequencies(0.0, params.sample_rate_hz / 2, params.mel_bands + 2)[1:-1]


def plane_of(network: SingerNetwork, clip: Floats, params: FeatureParams) -> Plane:
    """Lay the (frames, bins) features of one clip out as a plane of frames and frequency bands.

    A network that takes input of one length hears no more of a clip than that; what lies beyond is not in the plane.
    """
    if clip.ndim != 2 or clip.shape[1] != params.bins or len(clip) == 0:
        raise FlamsidError(
            "A clip of (frames, {bins}) features is needed, got shape {shape}.",
            bins=params.bins,
            shape=clip.shape,
        )
    clip = np.asarray(clip[: network.fixed_frames], dtype=np.float32)
    baseline, centre_hz = network.mean.cpu().numpy(), band_centres_hz(params)
    if params.kind in ("mel", "spectrogram"):
        return Plane(clip, clip - baseline, centre_hz, baseline, None, None)
    basis, band = _points(params, centre_hz)
    # the columns of the basis are orthonormal, so its transpose leads back to the smooth spectra
    level_db = (clip @ basis.T)[:, : params.mel_bands]
    return Plane(level_db, (clip - baseline) @ basis.T, centre_hz, baseline, basis, band)


def _points(params: FeatureParams, centre_hz: Floats) -> tuple[Floats, NDArray[np.int64] | None]:
    """Return the linear map from points to features (points, bins), and the mel band nearest to each point.

    Features follow one another: bands as they are (where mel is among them), cepstral coefficients of bands, and those
    of the peak envelope, which has points of its own.
    """
    if params.kind == "mfcc":
        return cosine_matrix(params.mel_bands, params.coefficients), None
    bands = np.arange(params.mel_bands)
    highest_hz = min(ENVELOPE_RANGE_HZ[1], 0.45 * params.sample_rate_hz)
    peaks_hz = mel_frequencies(ENVELOPE_RANGE_HZ[0], highest_hz, ENVELOPE_POINTS)
    parts = [
        (cosine_matrix(params.mel_bands, TIMBRE_COEFFICIENTS), bands),
        (
            cosine_matrix(ENVELOPE_POINTS, TIMBRE_COEFFICIENTS),
            np.abs(centre_hz[:, None] - peaks_hz).argmin(axis=0),
        ),
    ]
    if params.kind == "mel+timbre":
        parts.insert(0, (np.eye(params.mel_bands), bands))
    maps, places = zip(*parts, strict=True)
    return block_diag(*maps).astype(np.float32), np.concatenate(places)


def logits_of(network: SingerNetwork, frames: int) -> Callable[[Tensor], Tensor]:
    """Return what maps clips (n, frames, bins) to logits (n, classes), differentiably, as inference computes them.

    A network that wants its input padded is given the clip without padding where that changes nothing, which saves
    most of the work: ours mask padding, one's own may not.
    """
    fixed: int = network.fixed_frames or 0

    def bare(clips: Tensor) -> Tensor:
        return network(clips)[1]

    def padded(clips: Tensor) -> Tensor:
        # as in training and inference, padding repeats the last frame and lengths tell it from sound
        clips = torch.cat([clips, clips[:, -1:].expand(-1, fixed - frames, -1)], dim=1)
        return network(clips, torch.full((len(clips),), frames, device=clips.device))[1]

    if frames >= fixed:
        return bare
    with torch.no_grad():
        steps = torch.linspace(-1.0, 1.0, frames, device=network.mean.device)
        probe = (network.mean + steps[:, None] * network.deviation)[None]
        same = bool((bare(probe) - padded(probe)).abs().max() < _SAME_NATS)
    return bare if same else padded


def integrated_gradients(
    network: SingerNetwork, plane: Plane, singer: int, *, temperature: float = 1.0
) -> Attribution:
    """Attribute a network's leaning towards one singer to the cells of a clip (method: see the module).

    Parameters
    ----------
    network : SingerNetwork
    plane : Plane
        The clip.
    singer : int
        Position among the classes.
    temperature : float
        Of the calibration.

    Returns
    -------
    Attribution
        With as many steps (at most 256) as bring the sum of contributions within a fiftieth of the difference.
    """
    network.eval()
    device = network.mean.device
    logits = logits_of(network, len(plane.difference))
    ends = torch.from_numpy(
        plane.features(np.array([0.0, 1.0], np.float32)[:, None, None] * np.ones_like(plane.level_db))
    ).to(device)
    with torch.no_grad():
        baseline_score, score = (leaning(logits(ends), singer) / temperature).double().tolist()
    for steps in STEPS:
        gradient = _mean_gradient(logits, ends, singer, steps) / temperature
        found = Attribution(plane.contributions(gradient), score, baseline_score, steps)
        if abs(found.error) <= TOLERANCE * max(abs(score - baseline_score), 0.1):
            break
    return found


def leaning(logits: Tensor, singer: int) -> Tensor:
    """Return each row's logit of `singer` less the mean of the others."""
    n = logits.shape[1]
    return (logits[:, singer] * n - logits.sum(1)) / (n - 1)


def _mean_gradient(logits: Callable[[Tensor], Tensor], ends: Tensor, singer: int, steps: int) -> Floats:
    """Average the gradient of the leaning over the line between two clips, by Gauss-Legendre quadrature."""
    node, weight = np.polynomial.legendre.leggauss(steps)
    position = torch.from_numpy(0.5 + 0.5 * node).float().to(ends.device)[:, None, None]
    share = torch.from_numpy(0.5 * weight).to(ends.device)
    total = torch.zeros(ends.shape[1:], dtype=torch.float64, device=ends.device)
    batch = max(1, _BATCH_FRAMES // ends.shape[1])
    # cuDNN has no backward pass of recurrent layers outside training
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        for start in range(0, steps, batch):
            at = position[start : start + batch]
            clips = (ends[0] + at * (ends[1] - ends[0])).requires_grad_()
            (gradient,) = torch.autograd.grad(leaning(logits(clips), singer).sum(), clips)
            total += torch.einsum("n,nfb->fb", share[start : start + batch], gradient.double())
    return total.cpu().numpy()
