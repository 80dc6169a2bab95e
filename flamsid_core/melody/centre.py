"""The centre line of a voice: its f0 on a regular grid, with vibrato taken out and described.

A vibrato is an ornament of one note, not a row of notes. Its turning points are found in the curve itself: swings of
more than `turn_cents`, half periods of `vibrato_slowest_hz` to `vibrato_fastest_hz`, neighbouring swings of like size,
at least one and a half cycles. There the centre line runs half way between the upper and the lower turning points; its
rate and extent stay with the frames. Everywhere else the centre line is what is sung.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from flamsid_core.errors import FlamsidError
from flamsid_core.melody.segments import VoicedFrames, frames_of_table

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_SLACK = 1e-6  # seconds: time stamps are rounded floats
_LIKE_SWINGS = 3.0  # neighbouring swings of one vibrato differ by less than this factor
_LEAST_SWINGS = 3  # half cycles
_NO_FARTHER = 1.2  # times its last swing goes a vibrato that its phrase cuts off


@dataclass(frozen=True)
class NoteParams:
    """How a melody becomes a centre line and notes.

    Attributes
    ----------
    max_gap_s : float
        Longer pauses in voicing break a phrase: consonants stay inside one, breaths end it.
    note_price_cents_s : float
        What a note costs, in cents times seconds: a turn of 100 cents is worth leaving a note and coming back to it
        from 2 · 2.5 / 100 = 0.05 s.
    most_deviation_cents : float
        A frame farther from its note costs no more than this: spikes of the f0 tracker make no notes.
    grid_cents, grid_s : float
        Steps of pitch and of time in which notes are sought.
    glide_cents_per_s : float
        At this speed a frame weighs half in what is shown as notes, at three times it a tenth: glides make no stairs.
    turn_cents : float
        Smaller swings of the curve are not turning points.
    vibrato_slowest_hz, vibrato_fastest_hz : float
        Rates that are vibrato; slower ones are melody.
    vibrato_most_cents : float
        Half of peak to peak; wider swings are melody.
    level_gap_cents : float
        Pitch levels lie at least so far apart.
    """

    max_gap_s: float = 0.2
    note_price_cents_s: float = 2.5
    most_deviation_cents: float = 200.0
    grid_cents: float = 10.0
    grid_s: float = 0.01
    glide_cents_per_s: float = 350.0
    turn_cents: float = 20.0
    vibrato_slowest_hz: float = 3.5
    vibrato_fastest_hz: float = 9.0
    vibrato_most_cents: float = 225.0
    level_gap_cents: float = 70.0

    def __post_init__(self) -> None:
        for name in NoteParams.__dataclass_fields__:
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0) or (value == 0 and name != "max_gap_s"):
                raise FlamsidError(
                    "{name} cannot be {value!r}; take a positive number, such as the default.",
                    name=name,
                    value=value,
                )
        if self.vibrato_slowest_hz >= self.vibrato_fastest_hz:
            raise FlamsidError(
                "Vibrato cannot be faster than {slow} Hz and slower than {fast} Hz at once; take 3.5 and 9.",
                slow=self.vibrato_slowest_hz,
                fast=self.vibrato_fastest_hz,
            )


class Curve(NamedTuple):
    """The voice of one recording on a grid of `hop_s`, phrase after phrase; all arrays (n,).

    `time_s` where a frame begins; `sung_cents` with pauses inside phrases bridged; `voiced` False in those pauses;
    `opens` True on the first frame of a phrase; `centre_cents`; `vibrato_hz` and `vibrato_cents` (half of peak to
    peak), 0 where there is no vibrato.
    """

    time_s: Floats
    sung_cents: Floats
    voiced: Bools
    opens: Bools
    centre_cents: Floats
    vibrato_hz: Floats
    vibrato_cents: Floats
    hop_s: float


def curve_of_table(
    melody: pd.DataFrame, params: NoteParams = NoteParams(), recording_id: str = "recording"
) -> Curve:
    """Return the curve of a melody table (`time_s` in seconds, `f0_hz`, 0 = unvoiced); see `curve_of`."""
    return curve_of(frames_of_table(melody, params.max_gap_s, recording_id), params)


def curve_of(frames: VoicedFrames, params: NoteParams = NoteParams()) -> Curve:
    """Lay a recording's voiced frames on a regular grid and take the vibrato out.

    Parameters
    ----------
    frames : VoicedFrames
        Of one recording; phrases as `frames.opens` says.
    params : NoteParams

    Returns
    -------
    Curve
        Without frames where nothing is voiced.
    """
    hop_s = params.grid_s
    first = np.flatnonzero(frames.opens)
    after = np.append(first[1:], frames.cents.size)[: first.size]
    begin_s, end_s = frames.start_s[first], frames.end_s[after - 1]
    count = np.maximum(np.floor((end_s - begin_s) / hop_s + _SLACK / hop_s).astype(np.int64), 1)
    starts = np.cumsum(count) - count
    place = np.arange(count.sum()) - np.repeat(starts, count)
    time_s = np.repeat(begin_s, count) + place * hop_s
    opens = np.zeros(time_s.size, np.bool_)
    opens[starts] = True
    if not time_s.size:
        empty = np.zeros(0)
        return Curve(empty, empty, np.zeros(0, np.bool_), opens, empty, empty, empty, hop_s)
    sung = np.interp(time_s, frames.start_s, frames.cents)
    owner = np.searchsorted(frames.start_s, time_s + _SLACK, side="right") - 1
    voiced = time_s < frames.end_s[np.maximum(owner, 0)] - _SLACK
    centre, rate, extent = _centre(
        sung,
        starts,
        count,
        params.turn_cents,
        0.5 / params.vibrato_fastest_hz / hop_s,
        0.5 / params.vibrato_slowest_hz / hop_s,
        2 * params.vibrato_most_cents,
        hop_s,
    )
    return Curve(time_s, sung, voiced, opens, centre, rate, extent, hop_s)


@njit(cache=True, nogil=True)
def turning_points(cents: Floats, turn_cents: float) -> NDArray[np.int64]:
    """Return where the curve turns by more than `turn_cents`, each time at the extreme value."""
    turns = np.empty(cents.size, np.int64)
    n_turns = 0
    highest = lowest = 0
    rising = 0  # unknown until the curve has moved once
    for i in range(cents.size):
        if cents[i] > cents[highest]:
            highest = i
        if cents[i] < cents[lowest]:
            lowest = i
        if rising >= 0 and cents[highest] - cents[i] > turn_cents:
            if rising > 0:
                turns[n_turns] = highest
                n_turns += 1
            rising = -1
            lowest = i
        elif rising <= 0 and cents[i] - cents[lowest] > turn_cents:
            if rising < 0:
                turns[n_turns] = lowest
                n_turns += 1
            rising = 1
            highest = i
    return turns[:n_turns]


@njit(cache=True, nogil=True)
def _centre(
    sung: Floats,
    starts: NDArray[np.int64],
    count: NDArray[np.int64],
    turn_cents: float,
    shortest: float,
    longest: float,
    widest: float,
    hop_s: float,
) -> tuple[Floats, Floats, Floats]:
    centre = sung.copy()
    rate = np.zeros(sung.size)
    extent = np.zeros(sung.size)
    for p in range(starts.size):
        a, n = starts[p], count[p]
        curve = sung[a : a + n]
        turns = turning_points(curve, turn_cents)
        k = 0
        while k + _LEAST_SWINGS < turns.size:
            last = k
            while last + 1 < turns.size:
                length = turns[last + 1] - turns[last]
                if length < shortest - 0.75 or length > longest + 0.75:
                    break
                swing = abs(curve[turns[last + 1]] - curve[turns[last]])
                if swing > widest:
                    break
                if last > k:
                    before = abs(curve[turns[last]] - curve[turns[last - 1]])
                    if swing > _LIKE_SWINGS * before or before > _LIKE_SWINGS * swing:
                        break
                last += 1
            if last - k >= _LEAST_SWINGS:
                _smooth(
                    curve,
                    turns[k : last + 1],
                    longest,
                    hop_s,
                    centre[a : a + n],
                    rate[a : a + n],
                    extent[a : a + n],
                )
                k = last
            else:
                k += 1
    return centre, rate, extent


@njit(cache=True, nogil=True)
def _smooth(
    curve: Floats,
    turns: NDArray[np.int64],
    longest: float,
    hop_s: float,
    centre: Floats,
    rate: Floats,
    extent: Floats,
) -> None:
    """Draw one vibrato's centre line, from before its first turning point to after its last."""
    m = turns.size
    middle = np.empty(m)
    for i in range(m):
        here = curve[turns[i]]
        if i == 0:
            middle[i] = (here + curve[turns[1]]) / 2
        elif i == m - 1:
            middle[i] = (here + curve[turns[m - 2]]) / 2
        else:
            middle[i] = (curve[turns[i - 1]] + 2 * here + curve[turns[i + 1]]) / 4
    for i in range(m - 1):
        a, b = turns[i], turns[i + 1]
        half = abs(curve[b] - curve[a]) / 2
        for t in range(a, b + 1):
            part = (t - a) / (b - a)
            centre[t] = middle[i] + part * (middle[i + 1] - middle[i])
            rate[t] = (m - 1) / (2 * hop_s * (turns[m - 1] - turns[0]))
            extent[t] = half
    # A vibrato leaves its note towards the first turning point and comes back to it after the last one: up to where
    # the curve crosses the centre, at most half a period away, it is still the same swing.
    reach = int(min(longest, (turns[m - 1] - turns[0]) / (m - 1)))
    for side in (-1, 1):
        at = turns[0] if side < 0 else turns[m - 1]
        goal = middle[0] if side < 0 else middle[m - 1]
        above = curve[at] > goal
        stop = at
        while (
            abs(stop - at) < reach and 0 <= stop + side < curve.size and (curve[stop + side] > goal) == above
        ):
            stop += side
        # A phrase that ends within the next swing ends with it, though that swing never turned.
        edge = 0 if side < 0 else curve.size - 1
        if abs(edge - stop) <= reach:
            within = True
            for t in range(min(edge, stop), max(edge, stop) + 1):
                within = within and abs(curve[t] - goal) <= _NO_FARTHER * abs(curve[at] - goal)
            if within:
                stop = edge
        for t in range(min(at, stop), max(at, stop) + 1):
            centre[t] = goal
            rate[t] = rate[at]
            extent[t] = extent[at]
