"""Make parts of a clip audible: its spectrum weighted by frame and band, and turned back into sound."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import ShortTimeFFT
from scipy.signal.windows import hann

from flamsid_core.singers.features.frames import FeatureParams

Floats = NDArray[np.floating]
WINDOW_S = 0.048  # longer than the features' own: partials of a voice stay apart
FULL_SHARE = 0.9  # cells above this quantile of the weights sound at full level


def audible_weights(values: Floats) -> tuple[Floats, Floats]:
    """Turn attribution into weights from 0 to 1 of what speaks for and of what speaks against the singer.

    Both are measured by one yardstick, so that of two sounds the louder one says more: a cell sounds in full
    where its contribution is among the largest tenth, and in proportion below.
    """
    full = np.quantile(np.abs(values), FULL_SHARE)
    if full <= 0:
        return np.zeros_like(values), np.zeros_like(values)
    return np.clip(values / full, 0.0, 1.0), np.clip(-values / full, 0.0, 1.0)


def masked_sound(
    signal: Floats, weights: Floats, centre_hz: Floats, params: FeatureParams, *, first: int = 0
) -> NDArray[np.float32]:
    """Weight a sound in time and frequency and return what is left of it.

    Parameters
    ----------
    signal : (n,) array
        Mono samples at ``params.sample_rate_hz``.
    weights : (frames, bands) array
        Factors of the amplitude. Between the centres of two bands they go linearly, which is how the triangles of
        a mel filter bank share a frequency out; beyond the last frame and band they stay as they are there.
    centre_hz : (bands,) array
        Where the bands lie.
    params : FeatureParams
        Whose frames the weights are: frame ``i`` is centred at ``i`` hops.
    first : int
        Frame of the signal that the first row of `weights` belongs to.

    Returns
    -------
    (n,) float32 array
        With all weights 1, the signal itself.
    """
    rate = params.sample_rate_hz
    points = 2 * round(WINDOW_S * rate / 2)
    transform = ShortTimeFFT(hann(points, sym=False), params.hop_samples, rate, fft_mode="onesided")
    signal = np.asarray(signal, dtype=np.float64)
    padded = np.pad(signal, (0, max(0, points - len(signal))))  # shorter than a window
    spectrum = transform.stft(padded)
    frame = np.clip(np.arange(transform.p_min, transform.p_max(len(padded))) - first, 0, len(weights) - 1)
    by_bin = np.array([np.interp(transform.f, centre_hz, row) for row in weights])
    weighted = transform.istft(spectrum * by_bin[frame].T, k1=len(padded))
    return weighted[: len(signal)].astype(np.float32)
