"""What there was to hear in a recording, before anyone is named by it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from flamsid_core.messages import Message
from flamsid_core.singers.features.harmonic import BANDS, band_hz
from flamsid_core.singers.features.voice import LAYOUT

CLIPPED_AT = 0.999  # of the largest sample
MUCH_CLIPPED = 0.002  # of the samples
LITTLE_SNR_DB, LITTLE_VOICE_S = 15.0, 5.0


def what_was_heard(rows: NDArray[np.floating], signal: NDArray[np.floating]) -> dict[str, Any]:
    """Measure what a recording lets be heard of its voice.

    Parameters
    ----------
    rows : (clips, COLUMNS) array
        From `voice_rows`.
    signal : (n,) array

    Returns
    -------
    dict
        highest_hz (of the bands that hold voice), bands (that do), snr_db (their median over the floor), clipped_share
        (of the samples, at the largest value), voiced_s, clips.
    """
    rows = np.asarray(rows, dtype=np.float64)
    rows = rows[rows[:, LAYOUT.voiced_s] > 0]
    heard = rows[:, LAYOUT.missing].mean(axis=0) <= 0.5
    loudest = float(np.abs(signal).max())
    at_limit = np.abs(signal) >= CLIPPED_AT * loudest
    # a clipped sample has a neighbour at the limit too; the loudest one of an unclipped file has none
    clipped = at_limit[1:] & at_limit[:-1]
    return {
        "highest_hz": round(float(band_hz()[heard].max())) if heard.any() else 0,
        "bands": int(heard.sum()),
        "snr_db": round(float(np.median(rows[:, LAYOUT.snr].mean(axis=0)[heard])), 1) if heard.any() else 0.0,
        "clipped_share": round(float(clipped.mean()), 5),
        "voiced_s": round(float(rows[:, LAYOUT.voiced_s].sum()), 1),
        "clips": len(rows),
    }


def sentences(heard: dict[str, Any]) -> list[str]:
    """Say what of it matters, in sentences; none of a recording that lets all be heard."""
    if not heard:
        return []
    found: list[str] = []
    if heard["bands"] < BANDS - 4:
        found.append(
            Message(
                "No sound above {khz:.1f} kHz: judged by {bands} of {all_bands} bands.",
                khz=heard["highest_hz"] / 1000,
                bands=heard["bands"],
                all_bands=BANDS,
            )
        )
    if heard["snr_db"] < LITTLE_SNR_DB:
        found.append(
            Message(
                "The voice is only {snr_db:.0f} dB above the noise of the pauses.", snr_db=heard["snr_db"]
            )
        )
    if heard["clipped_share"] > MUCH_CLIPPED:
        found.append(
            Message("{percent:.1f} % of the samples are clipped.", percent=100 * heard["clipped_share"])
        )
    if heard["voiced_s"] < LITTLE_VOICE_S:
        found.append(Message("Only {voiced_s:.1f} s of voice were heard.", voiced_s=heard["voiced_s"]))
    return found
