"""Voices as the search for recurrence hears them: a centre line cut into strokes, each frame with what it tells.

A line is made of strokes, the turns of a melody (`flamsid_core.melody.strokes_of`). A stroke's *step* is the interval
from the stroke before it in whole semitones; walls (pauses) have none. A long-held stroke says little after its first
moments: without that, every long note would resemble every other.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flamsid_core.melody import Curve, NoteParams, strokes_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WALL = 10_000  # the step into the first stroke of a phrase and out of its last one


class Line(NamedTuple):
    """One recording, or several after each other: frames of `hop_s` and the strokes they belong to.

    Attributes
    ----------
    cents, weight : (frames,) arrays
        Centre line, and seconds that each frame tells.
    first : (strokes + 1,) array
        First frame of each stroke; stroke `i` has the frames ``first[i]`` … ``first[i + 1] − 1``.
    pitch_cents : (strokes,) array
    step : (strokes,) array
        Semitones from the stroke before; `WALL` on the first of a phrase.
    recording : (strokes,) array
        Which recording a stroke is from, counted from 0.
    """

    cents: Floats
    weight: Floats
    first: Ints
    pitch_cents: Floats
    step: Ints
    recording: Ints

    @property
    def step_out(self) -> Ints:
        """Semitones to the stroke after; `WALL` on the last of a phrase."""
        return np.append(self.step[1:], WALL)[: self.step.size]


def line_of(
    curve: Curve, params: NoteParams, hop_s: float, held_s: float, held_weight: float
) -> tuple[Line, Floats]:
    """Cut a recording into strokes and thin its frames out to `hop_s`.

    Parameters
    ----------
    curve : Curve
    params : NoteParams
        How strokes are found.
    hop_s : float
        Step between frames: a multiple of the curve's.
    held_s, held_weight : float
        After so many seconds of one stroke its frames weigh only so much.

    Returns
    -------
    line : Line
    time_s : (frames,) array
        Where each frame begins in the recording.
    """
    notes = strokes_of(curve, params)
    every = max(round(hop_s / curve.hop_s), 1)
    opens = np.flatnonzero(curve.opens)
    if not opens.size:
        nothing, none = np.zeros(0), np.zeros(0, np.int64)
        return Line(nothing, nothing, np.zeros(1, np.int64), nothing, none, none), nothing
    kept = np.zeros(curve.time_s.size, np.bool_)
    for a, b in zip(opens.tolist(), [*opens[1:].tolist(), curve.time_s.size], strict=True):
        kept[a:b:every] = True
    place: Ints = np.cumsum(kept) - kept  # of the first kept frame at or after each frame
    first = np.append(place[notes.first], int(kept.sum()))
    frames = np.flatnonzero(kept)
    cents, time_s = curve.centre_cents[frames], curve.time_s[frames]
    owner = np.repeat(np.arange(notes.first.size), np.diff(first))
    since_s = (np.arange(frames.size) - first[:-1][owner]) * every * curve.hop_s
    weight = np.where(since_s < held_s - 1e-9, 1.0, held_weight) * every * curve.hop_s
    interval = np.diff(notes.pitch_cents, prepend=notes.pitch_cents[:1])
    joined = np.append(False, notes.phrase[1:] == notes.phrase[:-1])[: notes.first.size]
    step = np.where(joined, np.rint(interval / 100.0).astype(np.int64), WALL)
    recording = np.zeros(notes.first.size, np.int64)
    return Line(cents, weight, first, notes.pitch_cents, step, recording), time_s


def joined_lines(lines: Sequence[Line]) -> Line:
    """Put the lines of several recordings one after the other, `recording` counting them."""
    offset = np.cumsum([0, *(line.cents.size for line in lines)])
    first = [line.first[:-1] + start for line, start in zip(lines, offset, strict=False)]
    number = [np.full(line.step.size, k) for k, line in enumerate(lines)]
    return Line(
        np.concatenate([line.cents for line in lines]),
        np.concatenate([line.weight for line in lines]),
        np.concatenate([*first, offset[-1:]]),
        np.concatenate([line.pitch_cents for line in lines]),
        np.concatenate([line.step for line in lines]),
        np.concatenate(number),
    )
