"""What notes are like: the pitch sung, vibrato, the glide into each; and how much of a contour is chatter."""

import numpy as np
import pandas as pd
from numba import njit

from flamsid_core.melody.centre import Bools, Curve, Floats, NoteParams
from flamsid_core.melody.notes import Ints, frame_weights, weighted_medians

_THERE_CENTS = 25.0  # a glide has left one note and reached the next where it is so near to them
_LEAST_VIBRATO = 0.3  # of a note's frames


def describe_notes(
    curve: Curve, start_s: Floats, end_s: Floats, phrase: Ints, params: NoteParams = NoteParams()
) -> pd.DataFrame:
    """Describe the stretches of a recording that became segments.

    Parameters
    ----------
    curve : Curve
    start_s, end_s : (n,) arrays
        Ascending, without overlap.
    phrase : (n,) array
        Equal for neighbours that belong together.

    Returns
    -------
    DataFrame
        sung_cents (median of the centre line, glides weighing little), vibrato_hz, vibrato_cents (half of peak to
        peak; both 0 without vibrato), glide_s (how long the voice is on its way from the note before; 0 on the
        first of a phrase).
    """
    first = np.searchsorted(curve.time_s, start_s - curve.hop_s / 2)
    after = np.maximum(np.searchsorted(curve.time_s, end_s - curve.hop_s / 2), first + 1)
    first = np.minimum(first, max(curve.time_s.size - 1, 0))
    sung = weighted_medians(curve.centre_cents, frame_weights(curve, params), first, after)
    rate, extent = _vibrato(curve.vibrato_hz, curve.vibrato_cents, first, after)
    joined = np.zeros(first.size, np.bool_)
    joined[1:] = phrase[1:] == phrase[:-1]
    glide = _glides(curve.centre_cents, sung, first, after, joined) * curve.hop_s
    return pd.DataFrame({"sung_cents": sung, "vibrato_hz": rate, "vibrato_cents": extent, "glide_s": glide})


@njit(cache=True, nogil=True)
def _vibrato(vibrato_hz: Floats, vibrato_cents: Floats, first: Ints, after: Ints) -> tuple[Floats, Floats]:
    rate, extent = np.zeros(first.size), np.zeros(first.size)
    for k in range(first.size):
        frames = 0
        hz = 0.0
        for i in range(first[k], after[k]):
            if vibrato_hz[i] > 0.0:
                frames += 1
                hz += vibrato_hz[i]
        if frames >= _LEAST_VIBRATO * (after[k] - first[k]):
            rate[k] = hz / frames
            own = vibrato_cents[first[k] : after[k]]
            extent[k] = np.median(own[own > 0.0])
    return rate, extent


@njit(cache=True, nogil=True)
def _glides(cents: Floats, sung: Floats, first: Ints, after: Ints, joined: Bools) -> Floats:
    """Frames between leaving each note's predecessor and reaching the note."""
    glide = np.zeros(first.size)
    for k in range(1, first.size):
        if not joined[k]:
            continue
        near = min(_THERE_CENTS, abs(sung[k] - sung[k - 1]) / 2)
        left = first[k]
        while left > first[k - 1] and abs(cents[left - 1] - sung[k - 1]) > near:
            left -= 1
        there = first[k]
        while there < after[k] - 1 and abs(cents[there] - sung[k]) > near:
            there += 1
        glide[k] = there - left
    return glide


def notes_residual(segments: pd.DataFrame) -> float:
    """Return how far segments lie from what is sung: root mean square cents, each as heavy as it is long."""
    length = (segments["end_s"] - segments["start_s"]).to_numpy()
    if not length.size:
        return float("nan")
    length = np.maximum(length, 1e-9)  # a lone frame lasts no time
    off = (segments["sung_cents"] - segments["pitch_cents"]).to_numpy()
    return float(np.sqrt(np.average(off**2, weights=length)))


def chatter_share(segments: pd.DataFrame, shorter_than_s: float = 0.15) -> float:
    """Return the share of steps that chatter: into a segment left at once for the pitch one came from.

    Parameters
    ----------
    segments : DataFrame
        `Contour.segments`.
    shorter_than_s : float
        A neighbour note held longer is melody.

    Returns
    -------
    float
        Of all steps, those into a segment shorter than this whose next step undoes them; NaN without steps.

    Examples
    --------
    >>> steps = pd.DataFrame({"start_s": [0, 1, 1.1], "end_s": [1, 1.1, 2], "step": [0, 1, -1]})
    >>> chatter_share(steps)
    0.5
    """
    step = segments["step"].to_numpy()
    short = (segments["end_s"] - segments["start_s"]).to_numpy() < shorter_than_s
    back = np.append(step[1:], 0) == -step
    steps = int(np.count_nonzero(step))
    return float(np.count_nonzero(short & back & (step != 0)) / steps) if steps else float("nan")
