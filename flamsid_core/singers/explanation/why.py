"""Why this singer? A clip's answer taken apart: where in time and frequency it came from, and whether to trust that."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import softmax

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.explanation.attribution import Attribution, integrated_gradients, plane_of
from flamsid_core.singers.explanation.deletion import DeletionCurves, deletion_curves
from flamsid_core.singers.explanation.resynthesis import audible_weights, masked_sound
from flamsid_core.singers.features.cache import features_of_signal
from flamsid_core.singers.features.frames import VOICE_KIND
from flamsid_core.singers.model_store import Model

Floats = NDArray[np.floating]
# Where a voice's fundamental, its vowels, its ring, and breath, consonants and hiss mainly lie.
REGIONS_HZ = (0.0, 500.0, 1500.0, 4000.0, np.inf)
# A cell is smaller than the window and the kernels that look at it, and neighbours' signs flicker: what is shown,
# heard and summed up is averaged (standard deviations of a Gaussian).
SMOOTHING_S = 0.03
SMOOTHING_BANDS = 1 / 64  # of all bands


@dataclass(frozen=True)
class Explanation:
    """What a network heard in one clip.

    Attributes
    ----------
    singer : str
        Whose name is explained.
    posterior : dict of str to float
        Calibrated probability of every singer, for this clip alone.
    time_s : (frames,) array
        Centres of the frames, from the start of the clip.
    centre_hz : (bands,) array
        Centres of the bands.
    level_db : (frames, bands) array
        What the network hears.
    attribution : Attribution
        What each cell contributed, as it was computed.
    shown : (frames, bands) array
        The same, averaged over neighbours (see `SMOOTHING_S`); the sum is kept.
    curves : DeletionCurves
        Whether that is worth anything.
    regions : list of {low_hz, high_hz, speaks_for, speaks_against}
        Shares of all that speaks for the singer, and of all that speaks against, by frequency region.
    speaks_for, speaks_against : (n,) float32 arrays
        The clip's sound weighted by the attribution, at `sample_rate_hz`.
    sample_rate_hz : int
    embedding : (d,) float32 array
        The network's summary of the clip.
    heard_s : float
        How much of the clip the network hears: less than all where its input has a fixed length.
    """

    singer: str
    posterior: dict[str, float]
    time_s: Floats
    centre_hz: Floats
    level_db: Floats
    attribution: Attribution
    shown: Floats
    curves: DeletionCurves
    regions: list[dict[str, Any]]
    speaks_for: NDArray[np.float32]
    speaks_against: NDArray[np.float32]
    sample_rate_hz: int
    embedding: NDArray[np.float32]
    heard_s: float


def explain(
    model: Model, signal: Floats, start_s: float, end_s: float, *, singer: str | None = None, seed: int = 0
) -> Explanation:
    """Explain what a model says of one span of a sound.

    Parameters
    ----------
    model : Model
    signal : (n,) array
        Mono samples at the rate of the model's features; what lies around the span is heard by its first and last
        windows, as in training.
    start_s, end_s : float
        The span, from the start of the signal.
    singer : str, optional
        Whose name to explain; by default the clip's likeliest.
    seed : int
        Of the random orders of deletion.

    Raises
    ------
    FlamsidError
        When the model does not know the singer, the signal is empty, or the model judges whole recordings.
    """
    params, classes = model.features, model.classes
    if params.kind == VOICE_KIND:
        raise FlamsidError(
            "A model of voices judges the whole recording, not the course of one clip: the bands that spoke stand "
            "beside its verdict."
        )
    features = features_of_signal(signal, np.array([start_s]), np.array([end_s]), params)
    embedding, log_probability = model.infer(features)
    posterior = softmax(log_probability[0].astype(np.float64) / model.temperature)
    if singer is None:
        singer = classes[int(posterior.argmax())]
    elif singer not in classes:
        raise FlamsidError(
            "The model does not know {singer!r}: ask about one of {singers}.",
            singer=singer,
            singers=", ".join(classes),
        )
    wanted = classes.index(singer)
    plane = plane_of(model.network, features.clip(0), params)
    found = integrated_gradients(model.network, plane, wanted, temperature=model.temperature)
    # The paper's large networks would take half a minute for as many curves as the lean ones draw at once.
    large = model.network.fixed_frames is not None
    curves = deletion_curves(
        model.network,
        plane,
        found.values,
        wanted,
        hop_s=params.hop_s,
        temperature=model.temperature,
        points=11 if large else 21,
        orders=4 if large else 8,
        seed=seed,
    )
    sigma = (SMOOTHING_S / params.hop_s, SMOOTHING_BANDS * found.values.shape[1])
    shown = gaussian_filter(found.values, sigma, mode="reflect")
    first, frames = int(features.first[0]), len(shown)
    span = slice(max(round(start_s * params.sample_rate_hz), 0), round(end_s * params.sample_rate_hz))
    sounds = [
        masked_sound(signal, weights, plane.centre_hz, params, first=first)[span]
        for weights in audible_weights(shown)
    ]
    return Explanation(
        singer,
        dict(zip(classes, posterior.tolist(), strict=True)),
        (first + np.arange(frames)) * params.hop_s - start_s,
        plane.centre_hz,
        plane.level_db,
        found,
        shown,
        curves,
        _regions(shown, plane.centre_hz),
        sounds[0],
        sounds[1],
        params.sample_rate_hz,
        embedding[0],
        min(frames * params.hop_s, end_s - start_s),
    )


def _regions(values: Floats, centre_hz: Floats) -> list[dict[str, Any]]:
    """Share out what speaks for and against among frequency regions."""
    rows = []
    speaks_for, speaks_against = np.clip(values, 0, None).sum(axis=0), np.clip(-values, 0, None).sum(axis=0)
    for low, high in pairwise(REGIONS_HZ):
        inside = (centre_hz >= low) & (centre_hz < high)
        rows.append(
            {
                "low_hz": low,
                "high_hz": min(high, float(centre_hz[-1])),
                "speaks_for": float(speaks_for[inside].sum() / max(speaks_for.sum(), 1e-12)),
                "speaks_against": float(speaks_against[inside].sum() / max(speaks_against.sum(), 1e-12)),
            }
        )
    return rows
