"""Acoustic features of clips: log-mel, MFCC, spectrogram and timbre, computed once per recording.

Background
----------
The paper (section 3.1 and 4.1) describes three representations at 16 kHz with windows of 25 ms: 40 mel
frequency cepstral coefficients, log-mel spectra of 128 bands and plain spectra of 400 points. It does not say
the hop; its zero-padded 426 frames fit a hop of 10 ms. Mined instances overlap heavily, so frames are
computed for the whole recording and a clip is a slice of them.

`timbre` is ours: the first MFCC beside as many cepstral coefficients of the *peak envelope*, the spectrum's local
maxima over more than a harmonic's distance. Between harmonics lies the noise of the disc; an envelope over their
tops leaves it out, and says more of the voice than of the transfer (docs/findings.md has the comparison).

Conventions
-----------
Frame ``i`` is centred at ``i * hop_s``; the signal is zero outside its bounds. Levels are in dB re 1 (power),
never below -100 dB, with librosa's mel scale and band weights (Slaney's).

`FEATURES` holds the representations by name. One registration adds another, made from the spectra of
a block of frames::

    FEATURES.register("loudest")(Feature(lambda params: 1, lambda spectra: spectra.bands_db.max(1, keepdims=True)))

References
----------
Slaney, M.: Auditory Toolbox, version 2. Technical report 1998-010, Interval Research Corporation, 1998.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import scipy.fft
from numba import njit
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from flamsid_core.errors import FlamsidError
from flamsid_core.registration import Registry

FLOOR_POWER = 1e-10
TIMBRE_COEFFICIENTS = 16  # of the MFCC, and again of the peak envelope; the first of each is the level
ENVELOPE_REACH_HZ = (
    220.0  # to either side: two harmonics of a voice below 440 Hz always have a maximum between them
)
ENVELOPE_RANGE_HZ = (250.0, 6000.0)
ENVELOPE_POINTS = 40
_BLOCK_FRAMES = 1024  # keeps a block's spectra within the cache of one core


@dataclass(frozen=True)
class Feature:
    """One representation of sound.

    Attributes
    ----------
    bins : callable
        Maps FeatureParams to the number of values per frame.
    compute : callable
        Maps the `Spectra` of a block to (frames, bins) values.
    padded : bool
        Whether the window is padded for a finer spectrum (see `FeatureParams.fft_points`).
    """

    bins: "Callable[[FeatureParams], int]"
    compute: "Callable[[Spectra], np.ndarray]"
    padded: bool = True


VOICE_KIND = "voice"  # a row a clip, not a frame: see `features.voice`
VOICE_COLUMNS = 429
FEATURES: Registry[Feature] = Registry("Unknown feature {name!r}: choose one of {choices}.")


@dataclass(frozen=True)
class FeatureParams:
    """What to compute from the signal.

    Attributes
    ----------
    kind : str
        A name in `FEATURES`: mel (log-mel bands), mfcc (mel frequency cepstral coefficients), spectrogram (the log
        power spectrum), timbre (cepstral coefficients of mel bands and of the peak envelope), or mel+timbre; or voice,
        which has one row for a whole clip.
    sample_rate_hz : int
        Rate the signal is brought to first (paper: 16 kHz).
    window_s : float
        Length of the Hann window (paper: 25 ms).
    hop_s : float
        Distance between frames; the paper's 426 frames of padded input fit 10 ms.
    mel_bands : int
        Bands of the mel filter bank, also beneath the MFCC (paper: 128).
    coefficients : int
        Number of MFCC kept (paper: 40).
    """

    kind: str = "mel"
    sample_rate_hz: int = 16000
    window_s: float = 0.025
    hop_s: float = 0.010
    mel_bands: int = 128
    coefficients: int = 40

    def __post_init__(self) -> None:
        if self.kind != VOICE_KIND:
            FEATURES.check(self.kind)
        numbers = (self.sample_rate_hz, self.window_s, self.hop_s, self.mel_bands, self.coefficients)
        if not all(isinstance(number, int | float) for number in numbers):
            raise FlamsidError("Parameters of features must be numbers, got {numbers}.", numbers=numbers)
        if not 1 <= self.coefficients <= self.mel_bands <= 1024:
            raise FlamsidError(
                "features with {mel_bands} bands and {coefficients} coefficients: give 1 to 1024 "
                "bands, and no more coefficients than bands, like 128 and 40.",
                mel_bands=self.mel_bands,
                coefficients=self.coefficients,
            )
        if "timbre" in self.kind and self.mel_bands < TIMBRE_COEFFICIENTS:
            raise FlamsidError(
                "timbre with {mel_bands} mel bands: give at least {timbre_coefficients}, like 128.",
                mel_bands=self.mel_bands,
                timbre_coefficients=TIMBRE_COEFFICIENTS,
            )
        if not 1000 <= self.sample_rate_hz <= 192_000 or not 0 <= self.window_s <= 1:
            raise FlamsidError(
                "features at {sample_rate_hz} Hz with windows of {window_s} s: "
                "give something like 16000 and 0.025.",
                sample_rate_hz=self.sample_rate_hz,
                window_s=self.window_s,
            )
        if self.hop_samples < 1 or self.window_samples < 2:
            raise FlamsidError(
                "Window {window_s} s and hop {hop_s} s are too short for {sample_rate_hz} Hz.",
                window_s=self.window_s,
                hop_s=self.hop_s,
                sample_rate_hz=self.sample_rate_hz,
            )

    @property
    def window_samples(self) -> int:
        """Length of the window in samples."""
        return round(self.window_s * self.sample_rate_hz)

    @property
    def hop_samples(self) -> int:
        """Distance between frames in samples."""
        return round(self.hop_s * self.sample_rate_hz)

    @property
    def fft_points(self) -> int:
        """Length of the Fourier transform.

        The spectrogram is the window's own (400 points at the defaults). The lowest of 128 mel bands are
        narrower than its bins, so below a filter bank the window is padded to the next power of two and once
        more.
        """
        if self.kind != VOICE_KIND and not FEATURES[self.kind].padded:
            return self.window_samples
        return 2 ** int(np.ceil(np.log2(self.window_samples)) + 1)

    @property
    def bins(self) -> int:
        """Values per frame."""
        return VOICE_COLUMNS if self.kind == VOICE_KIND else FEATURES[self.kind].bins(self)


class Spectra:
    """The spectra of a block of frames, and what features are made of; each is computed when it is first asked for.

    Parameters
    ----------
    spectrum : (frames, fft_points // 2 + 1) complex array
    params : FeatureParams
    """

    def __init__(self, spectrum: np.ndarray, params: FeatureParams) -> None:
        self.spectrum, self.params = spectrum, params

    @cached_property
    def power_db(self) -> np.ndarray:
        """The power spectrum in dB, (frames, fft_points // 2 + 1)."""
        return _decibels(self.spectrum.real**2 + self.spectrum.imag**2)

    @cached_property
    def bands_db(self) -> np.ndarray:
        """Power of the mel bands in dB, (frames, mel_bands)."""
        params = self.params
        bands = _mel_bands(params.sample_rate_hz, params.fft_points, params.mel_bands)
        return _decibels(_band_power(self.spectrum, *bands))


def frame_features(signal: np.ndarray, params: FeatureParams | None = None) -> np.ndarray:
    """Compute the features of every frame of a signal.

    Parameters
    ----------
    signal : (n,) array
        Mono samples at ``params.sample_rate_hz``.
    params : FeatureParams, optional
        What to compute.

    Returns
    -------
    (1 + n // hop, bins) float32 array
        dB (mel, spectrogram) or cepstral coefficients of dB (mfcc, timbre).

    Raises
    ------
    FlamsidError
        When the signal is empty or not one-dimensional.
    """
    params = params or FeatureParams()
    signal = np.asarray(signal, dtype=np.float32)
    if signal.ndim != 1 or len(signal) == 0:
        raise FlamsidError(
            "Features need a mono signal with samples in it, got shape {shape}.", shape=signal.shape
        )
    hop, points = params.hop_samples, params.fft_points
    n_frames = 1 + len(signal) // hop
    padded = np.pad(signal, points // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, points)[::hop][:n_frames]
    window = _padded_window(params.window_samples, points)
    out = np.empty((n_frames, params.bins), dtype=np.float32)
    compute = FEATURES[params.kind].compute
    for start in range(0, n_frames, _BLOCK_FRAMES):
        spectrum = scipy.fft.rfft(frames[start : start + _BLOCK_FRAMES] * window, axis=1)
        out[start : start + _BLOCK_FRAMES] = compute(Spectra(spectrum, params))
    return out


def _mfcc(spectra: Spectra) -> np.ndarray:
    return spectra.bands_db @ cosine_matrix(spectra.params.mel_bands, spectra.params.coefficients)


def _timbre(spectra: Spectra) -> np.ndarray:
    params = spectra.params
    return np.hstack(
        [
            spectra.bands_db @ cosine_matrix(params.mel_bands, TIMBRE_COEFFICIENTS),
            _peak_cepstrum(spectra.power_db, params.sample_rate_hz, params.fft_points),
        ]
    )


for _name, _feature in {
    "mel": Feature(lambda params: params.mel_bands, lambda spectra: spectra.bands_db),
    "mfcc": Feature(lambda params: params.coefficients, _mfcc),
    "spectrogram": Feature(
        lambda params: params.fft_points // 2 + 1, lambda spectra: spectra.power_db, padded=False
    ),
    "timbre": Feature(lambda params: 2 * TIMBRE_COEFFICIENTS, _timbre),
    "mel+timbre": Feature(
        lambda params: params.mel_bands + 2 * TIMBRE_COEFFICIENTS,
        lambda spectra: np.hstack([spectra.bands_db, _timbre(spectra)]),
    ),
}.items():
    FEATURES.register(_name, built_in=True)(_feature)


def _decibels(power: np.ndarray) -> np.ndarray:
    # the natural logarithm of single precision is vectorised, the decimal one is not
    return np.log(np.maximum(power, np.float32(FLOOR_POWER))) * np.float32(10.0 / np.log(10.0))


def _peak_cepstrum(spectrum_db: np.ndarray, sample_rate_hz: int, points: int) -> np.ndarray:
    """Return the cepstral coefficients (frames, TIMBRE_COEFFICIENTS) of the envelope over the spectrum's maxima."""
    reach = _envelope_reach(sample_rate_hz, points)
    peaks = maximum_filter1d(spectrum_db, 2 * reach + 1, axis=1, mode="nearest")
    return peaks @ _envelope_cosines(sample_rate_hz, points)


def _envelope_reach(sample_rate_hz: int, points: int) -> int:
    return max(1, round(ENVELOPE_REACH_HZ * points / sample_rate_hz))


@lru_cache(maxsize=8)
def _envelope_cosines(sample_rate_hz: int, points: int) -> np.ndarray:
    """(points // 2 + 1, TIMBRE_COEFFICIENTS): a running mean as wide as the maxima, read on the mel scale, transformed.

    All three are linear, so they are one matrix.
    """
    bins = points // 2 + 1
    highest_hz = min(ENVELOPE_RANGE_HZ[1], 0.45 * sample_rate_hz)
    at = mel_frequencies(ENVELOPE_RANGE_HZ[0], highest_hz, ENVELOPE_POINTS) * points / sample_rate_hz
    smoothed = uniform_filter1d(
        np.eye(bins), 2 * _envelope_reach(sample_rate_hz, points) + 1, axis=1, mode="nearest"
    )
    read = np.stack([np.interp(at, np.arange(bins), row) for row in smoothed])
    return (read @ cosine_matrix(ENVELOPE_POINTS, TIMBRE_COEFFICIENTS)).astype(np.float32)


def mel_frequencies(lowest_hz: float, highest_hz: float, count: int) -> np.ndarray:
    """Return `count` frequencies in Hz, equally spaced on the mel scale, both ends among them."""
    from librosa import mel_frequencies as spaced

    return spaced(count, fmin=lowest_hz, fmax=highest_hz)


def clip_frames(start_s: np.ndarray, end_s: np.ndarray, hop_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Return first frame and number of frames (at least one) of clips given by their times in seconds."""
    first = np.round(np.asarray(start_s, dtype=np.float64) / hop_s).astype(np.int64)
    last = np.round(np.asarray(end_s, dtype=np.float64) / hop_s).astype(np.int64)
    return first, np.maximum(last - first, 1)


@lru_cache(maxsize=8)
def _padded_window(window_samples: int, points: int) -> np.ndarray:
    window = np.zeros(points, dtype=np.float32)
    start = (points - window_samples) // 2
    window[start : start + window_samples] = 0.5 - 0.5 * np.cos(
        2.0 * np.pi * np.arange(window_samples) / window_samples
    )
    return window


@njit(cache=True, nogil=True, fastmath=True)
def _band_power(
    spectrum: np.ndarray, first: np.ndarray, last: np.ndarray, weights: np.ndarray
) -> np.ndarray:  # pragma: no cover (compiled)
    """Sum the power of each band's bins ``first[b]:last[b]``: a triangle covers few of them."""
    n_frames, n_bins = spectrum.shape
    out = np.empty((n_frames, len(first)), dtype=np.float32)
    power = np.empty(n_bins, dtype=np.float32)
    for t in range(n_frames):
        for k in range(n_bins):
            value = spectrum[t, k]
            power[k] = value.real * value.real + value.imag * value.imag
        for b in range(len(first)):
            total = np.float32(0.0)
            for k in range(first[b], last[b]):
                total += weights[k, b] * power[k]
            out[t, b] = total
    return out


@lru_cache(maxsize=8)
def _mel_bands(sample_rate_hz: int, points: int, bands: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First bin, bin after the last, and the weights (points // 2 + 1, bands) of every band."""
    from librosa.filters import mel

    # in double precision first: single precision rounds each step
    weights = mel(sr=sample_rate_hz, n_fft=points, n_mels=bands, dtype=np.float64).T.astype(np.float32)
    first = np.argmax(weights > 0, axis=0)
    last = weights.shape[0] - np.argmax(weights[::-1] > 0, axis=0)
    return first, np.where(weights.any(axis=0), last, first), weights


@lru_cache(maxsize=8)
def cosine_matrix(bands: int, coefficients: int) -> np.ndarray:
    """(bands, coefficients) matrix of the orthonormal discrete cosine transform (type II)."""
    return scipy.fft.dct(np.eye(bands), type=2, norm="ortho", axis=1)[:, :coefficients].astype(np.float32)
