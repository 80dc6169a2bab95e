"""The other f0 trackers that can be chosen: pYIN from librosa and swift-f0, in the same table."""

import importlib.util

import numpy as np
import pandas as pd
import soxr
from numpy.typing import NDArray

from flamsid_core.errors import FlamsidError

PYIN_SAMPLE_RATE_HZ = 22050
PYIN_HOP = 256  # 11.6 ms
PYIN_WINDOW = 2048


def track_pyin(
    signal: NDArray[np.float32], sample_rate_hz: float, fmin_hz: float, fmax_hz: float
) -> pd.DataFrame:
    """Track with `librosa.pyin` (Mauch & Dixon 2014) at 22.05 kHz: window 93 ms, hop 11.6 ms.

    Its confidence is pYIN's probability that the frame is voiced.
    """
    import librosa

    if sample_rate_hz != PYIN_SAMPLE_RATE_HZ:
        signal = soxr.resample(signal, sample_rate_hz, PYIN_SAMPLE_RATE_HZ)
    f0_hz, voiced, probability = librosa.pyin(
        signal,
        fmin=fmin_hz,
        fmax=fmax_hz,
        sr=PYIN_SAMPLE_RATE_HZ,
        frame_length=PYIN_WINDOW,
        hop_length=PYIN_HOP,
        fill_na=0.0,
    )
    return pd.DataFrame(
        {
            "time_s": np.arange(len(f0_hz)) * (PYIN_HOP / PYIN_SAMPLE_RATE_HZ),
            "f0_hz": np.where(voiced, f0_hz, 0.0),
            "confidence": np.asarray(probability, dtype=np.float64),
        }
    )


def track_swift(
    signal: NDArray[np.float32], sample_rate_hz: float, fmin_hz: float, fmax_hz: float
) -> pd.DataFrame:
    """Track with swift-f0 at 16 kHz, hop 16 ms, on one thread; its own threshold of confidence 0.5 is voiced.

    Raises
    ------
    FlamsidError
        When swift-f0 is not installed.
    """
    if importlib.util.find_spec("swift_f0") is None:
        raise FlamsidError("f0 method 'swift' is not installed; run: pip install flamsid[swift]")
    from swift_f0 import SwiftF0
    from swift_f0.core import SAMPLE_RATE

    signal = soxr.resample(signal, sample_rate_hz, SAMPLE_RATE)
    result = SwiftF0(threads=1).detect(signal, SAMPLE_RATE, fmin_hz, fmax_hz)
    return pd.DataFrame(
        {
            "time_s": result.timestamps,
            "f0_hz": np.where(result.confidence >= 0.5, result.pitch_hz, 0.0),
            "confidence": result.confidence,
        }
    )
