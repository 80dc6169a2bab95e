"""From one level per voiced frame to segments: phrase breaks, smoothing, melting of short segments."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from flamsid_core.errors import FlamsidError
from flamsid_core.melody.cents import hz_to_cents

_SLACK = 1e-6  # seconds and frames: time stamps are rounded floats


class VoicedFrames(NamedTuple):
    """The voiced frames of one recording, in order: their bounds, their pitch, and where phrases begin."""

    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    cents: NDArray[np.float64]
    touches: NDArray[np.bool_]
    """Whether a frame starts where the one before ends."""
    opens: NDArray[np.bool_]
    """Whether a frame is the first of a phrase."""
    hop_s: float


class Runs(NamedTuple):
    """Stretches of voiced frames of one pitch: first and last frame (positions), level, pitch, phrase."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    level: NDArray[np.int64]
    pitch_cents: NDArray[np.float64]
    phrase: NDArray[np.int64]


def voiced_frames(time_s: NDArray[np.float64], cents: NDArray[np.float64], max_gap_s: float) -> VoicedFrames:
    """Pick the voiced frames and mark phrase breaks: pauses in voicing longer than `max_gap_s`.

    A frame lasts from its time stamp to the next one, the last frame as long as the median frame.
    """
    hop_s = float(np.median(np.diff(time_s))) if time_s.size > 1 else 0.0
    end_s = np.append(time_s[1:], time_s[-1:] + hop_s)
    # a table that leaves unvoiced frames out has holes: no frame lasts through one
    end_s = np.where(end_s - time_s < 1.5 * hop_s, end_s, time_s + hop_s)
    voiced = np.flatnonzero(np.isfinite(cents))
    start_s, end_s = time_s[voiced], end_s[voiced]
    pause_s = np.append(np.inf, start_s[1:] - end_s[:-1])[: voiced.size]
    return VoicedFrames(start_s, end_s, cents[voiced], pause_s < _SLACK, pause_s > max_gap_s + _SLACK, hop_s)


def frames_of_table(melody: pd.DataFrame, max_gap_s: float, recording_id: str = "recording") -> VoicedFrames:
    """Check a melody table (`time_s`, `f0_hz`) and pick its voiced frames; see `voiced_frames`.

    Raises
    ------
    FlamsidError
        When a column is missing or time goes backwards.
    """
    for column in ("time_s", "f0_hz"):
        if column not in melody:
            raise FlamsidError(
                "The melody of {recording_id} has no column {column}; track its f0 again.",
                recording_id=recording_id,
                column=column,
            )
    time_s = melody["time_s"].to_numpy(dtype=np.float64)
    backwards = np.flatnonzero(~(np.diff(time_s) > 0))
    if backwards.size:
        raise FlamsidError(
            "The melody of {recording_id} goes back in time at row {row}; sort it by time_s or track again.",
            recording_id=recording_id,
            row=backwards[0] + 1,
        )
    return voiced_frames(time_s, hz_to_cents(melody["f0_hz"].to_numpy(dtype=np.float64)), max_gap_s)


@njit(cache=True, nogil=True)
def smooth_levels(
    cents: NDArray[np.float64], opens: NDArray[np.bool_], pitch_cents: NDArray[np.float64], penalty: float
) -> NDArray[np.int64]:
    """Return levels per frame with the least squared error (cents²) plus `penalty` per change in a phrase."""
    n, k = cents.size, pitch_cents.size
    stays = np.ones((n, k), np.bool_)
    best = np.zeros(n, np.int64)  # the cheapest level at each frame, where every change comes from
    cost = np.zeros(k)
    level = np.zeros(n, np.int64)
    for i in range(n):
        least = np.inf
        bound = np.inf if i == 0 or opens[i] else cost[best[i - 1]] + penalty
        for j in range(k):
            before = 0.0 if i == 0 or opens[i] else cost[j]
            if before > bound:
                before = bound
                stays[i, j] = False
            cost[j] = before + (cents[i] - pitch_cents[j]) ** 2
            if cost[j] < least:
                least = cost[j]
                best[i] = j
    for i in range(n - 1, -1, -1):
        if i == n - 1 or opens[i + 1]:
            level[i] = best[i]
        elif stays[i + 1, level[i + 1]]:
            level[i] = level[i + 1]
        else:
            level[i] = best[i]
    return level


def runs_of_levels(
    level: NDArray[np.int64], opens: NDArray[np.bool_], pitch_cents: NDArray[np.float64]
) -> Runs:
    """Join consecutive frames of one level and phrase; `pitch_cents` holds the pitch of every level."""
    starts = opens.copy()
    starts[1:] |= level[1:] != level[:-1]
    first = np.flatnonzero(starts)
    last = np.append(first[1:], level.size)[: first.size] - 1
    phrase = np.cumsum(opens)[first] - 1
    return Runs(first, last, level[first], pitch_cents[level[first]], phrase)


@njit(cache=True, nogil=True)
def _melt(
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    count: NDArray[np.int64],
    pitch: NDArray[np.float64],
    total: NDArray[np.float64],
    touches: NDArray[np.bool_],
    phrase: NDArray[np.int64],
    min_frames: int,
) -> NDArray[np.int64]:
    """Return the run that every run ends up in, or -1; `first`, `last`, `count`, `total` change in place."""
    n = first.size
    into = np.arange(n)
    before, after = np.arange(n) - 1, np.arange(n) + 1
    for i in range(n):
        if before[i] >= 0 and phrase[before[i]] != phrase[i]:
            before[i] = -1
        if after[i] == n or phrase[after[i]] != phrase[i]:
            after[i] = -1
    # Shortest first, ties from the left. Melting only lengthens, so one sweep per length is enough.
    for length in range(1, min_frames):
        for i in range(n):
            if into[i] != i or count[i] != length:
                continue
            left, right = before[i], after[i]
            if left < 0 and right < 0:
                into[i] = -1
                continue
            if left < 0 or right < 0:
                host = max(left, right)
            elif touches[first[i]] != touches[first[right]]:
                host = left if touches[first[i]] else right
            else:
                own = total[i] / count[i]
                to_left, to_right = abs(pitch[left] - own), abs(pitch[right] - own)
                if to_left != to_right:
                    host = left if to_left < to_right else right
                else:
                    host = left if count[left] >= count[right] else right
            _join(host, i, first, last, count, total, into, before, after)
            # what the short one kept apart may now be one level
            other = after[host]
            if host == left and other >= 0 and pitch[other] == pitch[host]:
                _join(host, other, first, last, count, total, into, before, after)
            other = before[host]
            if host == right and other >= 0 and pitch[other] == pitch[host]:
                _join(other, host, first, last, count, total, into, before, after)
    for i in range(n):
        j = i
        while j >= 0 and into[j] != j:
            j = into[j]
        into[i] = j
    return into


@njit(cache=True, nogil=True)
def _join(
    host: int,
    guest: int,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    count: NDArray[np.int64],
    total: NDArray[np.float64],
    into: NDArray[np.int64],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
) -> None:
    first[host] = min(first[host], first[guest])
    last[host] = max(last[host], last[guest])
    count[host] += count[guest]
    total[host] += total[guest]
    into[guest] = host
    if before[guest] == host:
        after[host] = after[guest]
        if after[host] >= 0:
            before[after[host]] = host
    else:
        before[host] = before[guest]
        if before[host] >= 0:
            after[before[host]] = host


def melt_short(runs: Runs, frames: VoicedFrames, min_segment_s: float) -> Runs:
    """Melt runs shorter than `min_segment_s` into a neighbour in their phrase, shortest first, then earliest.

    The neighbour is: one that touches it rather than one across a pause; then the one whose pitch is closest
    to the mean of the short run's frames; then the longer; then the earlier. The host keeps its pitch, and
    neighbours that end up at one pitch become one run. A phrase that stays shorter than the minimum is
    dropped. What comes out holds no short run and no two neighbours of one pitch, so melting again changes
    nothing.
    """
    min_frames = int(np.ceil(min_segment_s / frames.hop_s - _SLACK)) if frames.hop_s > 0 else 1
    first, last = runs.first.copy(), runs.last.copy()
    count = last - first + 1
    total = np.add.reduceat(frames.cents, first) if first.size else np.zeros(0)
    into = _melt(first, last, count, runs.pitch_cents, total, frames.touches, runs.phrase, max(min_frames, 1))
    kept = np.flatnonzero(into == np.arange(into.size))
    _, phrase = np.unique(runs.phrase[kept], return_inverse=True)
    return Runs(first[kept], last[kept], runs.level[kept], runs.pitch_cents[kept], phrase)


def segment_table(
    recording_id: str, runs: Runs, step: NDArray[np.int64], frames: VoicedFrames
) -> pd.DataFrame:
    """Lay out runs as rows; `step` is set to 0 on the first segment of each phrase."""
    opens = np.append(True, runs.phrase[1:] != runs.phrase[:-1])[: runs.phrase.size]
    return pd.DataFrame(
        {
            "recording_id": pd.Series([recording_id] * runs.first.size, dtype="str"),
            "phrase": runs.phrase.astype(np.int64),
            "start_s": frames.start_s[runs.first],
            "end_s": frames.end_s[runs.last],
            "level": runs.level.astype(np.int64),
            "pitch_cents": runs.pitch_cents,
            "step": np.where(opens, 0, step),
        }
    )


def residual_rms(runs: Runs, frames: VoicedFrames) -> float:
    """Root mean square distance in cents of voiced frames to the segment each lies in; NaN without any."""
    if runs.first.size == 0:
        return float("nan")
    lengths = runs.last - runs.first + 1
    owner = np.repeat(runs.pitch_cents, lengths)
    position = (
        np.arange(lengths.sum())
        - np.repeat(np.cumsum(lengths) - lengths, lengths)
        + np.repeat(runs.first, lengths)
    )
    return float(np.sqrt(np.mean((frames.cents[position] - owner) ** 2)))
