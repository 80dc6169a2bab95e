"""What the corrections make of a tracked f0 and of notes: pure functions of tables and entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flamsid_core.annotations.entries import Entry
from flamsid_core.melody.band import step_classes

# A boundary is meant when it lies this near: the analysis may have been made again since the entry was written.
NEAR_S = 0.06
MIN_NOTE_S = 0.01


def correct_f0(melody: pd.DataFrame, entries: Iterable[Entry]) -> pd.DataFrame:
    """Return a melody with the corrections of its f0.

    Parameters
    ----------
    melody : DataFrame
        time_s, f0_hz (0 = unvoiced) and any other columns.
    entries : iterable of Entry
        In order; only those about f0 count. Each takes the frames with start_s ≤ time_s < end_s as the entries before
        it left them: `octave` multiplies them by 2 to the power `octaves`; `unvoiced` makes them 0; `draw`,
        `candidate` and `snap` lay the curve (time_s, f0_hz) over them, linear in cents between its points and
        unvoiced next to a 0; `tracked` brings back what was tracked.

    Returns
    -------
    DataFrame
        As `melody`, f0_hz corrected, and the column corrected: whether the frame differs from what was tracked.

    Examples
    --------
    >>> melody = pd.DataFrame({"time_s": [0.0, 0.01, 0.02], "f0_hz": [220.0, 440.0, 440.0]})
    >>> correct_f0(melody, [Entry("a", "f0", "octave", 0.01, 0.03, {"octaves": -1})])["f0_hz"].tolist()
    [220.0, 220.0, 220.0]
    """
    time_s = melody["time_s"].to_numpy(dtype=np.float64)
    tracked = melody["f0_hz"].to_numpy(dtype=np.float64)
    f0_hz = tracked.copy()
    for entry in entries:
        if entry.subject != "f0" or entry.start_s is None or entry.end_s is None:
            continue
        first, after = np.searchsorted(time_s, [entry.start_s, entry.end_s])
        frames = slice(int(first), int(after))
        if entry.kind == "octave":
            f0_hz[frames] *= 2.0 ** int(entry.detail["octaves"])
        elif entry.kind == "unvoiced":
            f0_hz[frames] = 0.0
        elif entry.kind == "tracked":
            f0_hz[frames] = tracked[frames]
        else:
            f0_hz[frames] = curve_at(time_s[frames], entry.detail["time_s"], entry.detail["f0_hz"])
    return melody.assign(f0_hz=f0_hz, corrected=f0_hz != tracked)


def curve_at(
    time_s: NDArray[np.float64], curve_time_s: Sequence[float], curve_f0_hz: Sequence[float]
) -> NDArray[np.float64]:
    """Return a drawn curve at other times: linear in cents, 0 next to an unvoiced point, held beyond its ends.

    Parameters
    ----------
    time_s : numpy.ndarray, shape (n,)
        Where the curve is wanted, s.
    curve_time_s, curve_f0_hz : sequence of float
        Its points, times ascending.

    Returns
    -------
    numpy.ndarray, shape (n,)
        f0 in Hz, 0 = unvoiced.
    """
    times = np.asarray(curve_time_s, dtype=np.float64)
    pitches = np.asarray(curve_f0_hz, dtype=np.float64)
    voiced = pitches > 0
    octaves = np.interp(time_s, times, np.where(voiced, np.log2(np.where(voiced, pitches, 1.0)), 0.0))
    # Both neighbours must be voiced; a point that is hit exactly has only itself.
    right = np.clip(np.searchsorted(times, time_s, side="left"), 0, len(times) - 1)
    left = np.clip(np.searchsorted(times, time_s, side="right") - 1, 0, len(times) - 1)
    return np.where(voiced[left] & voiced[right], np.exp2(octaves), 0.0)


def correct_notes(segments: pd.DataFrame, entries: Iterable[Entry]) -> tuple[pd.DataFrame, list[Entry]]:
    """Return the notes of one recording with their corrections.

    Parameters
    ----------
    segments : DataFrame
        phrase, start_s, end_s, level, pitch_cents, step and any other columns, in order of time.
    entries : iterable of Entry
        In order; only those about notes count. `move` takes the boundary nearest start_s to to_s; `split` cuts the
        note at start_s; `join` makes one note of the two that meet at start_s (the longer one's level); `delete`
        takes the notes away whose middle lies in the span; `level` puts those on the level nearest pitch_cents.

    Returns
    -------
    segments : DataFrame
        As given, with the corrections, the steps counted again where they changed, and the column corrected.
    left_over : list of Entry
        The entries that found no boundary or note any more (within 60 ms): the page says so.
    """
    notes = [*(row | {"corrected": False} for row in segments.to_dict("records"))]
    # Without levels (band) a note takes any pitch.
    known = segments[segments["level"] >= 0]
    levels = dict(zip(known["level"].tolist(), known["pitch_cents"].tolist(), strict=True))
    left_over = []
    for entry in entries:
        if entry.subject == "note" and not _do(notes, entry, levels):
            left_over.append(entry)
    if not notes:
        return segments.iloc[:0].assign(corrected=pd.Series(dtype=bool)), left_over
    table = pd.DataFrame(notes).astype(segments.dtypes.to_dict() | {"corrected": bool})
    return _with_steps(
        table, changed=any(note["corrected"] for note in notes) or len(notes) != len(segments)
    ), left_over


def _do(notes: list[dict[Any, Any]], entry: Entry, levels: dict[int, float]) -> bool:
    at_s = entry.start_s or 0.0
    if entry.kind in ("delete", "level"):
        end_s = entry.end_s if entry.end_s is not None else at_s
        inside = [note for note in notes if at_s <= (note["start_s"] + note["end_s"]) / 2 < end_s]
        for note in inside:
            if entry.kind == "delete":
                notes.remove(note)
            else:
                pitch = float(entry.detail["pitch_cents"])
                level = min(levels, key=lambda one: abs(levels[one] - pitch), default=-1)
                note |= {"level": level, "pitch_cents": levels.get(level, pitch), "corrected": True}
        return bool(inside)
    if entry.kind == "split":
        for place, note in enumerate(notes):
            if note["start_s"] + MIN_NOTE_S <= at_s <= note["end_s"] - MIN_NOTE_S:
                notes.insert(place + 1, note | {"start_s": at_s, "corrected": True})
                note |= {"end_s": at_s, "corrected": True}
                return True
        return False
    meeting = [
        (max(abs(a["end_s"] - at_s), abs(b["start_s"] - at_s)), place)
        for place, (a, b) in enumerate(pairwise(notes))
        if a["phrase"] == b["phrase"]
    ]
    distance_s, place = min(meeting, default=(np.inf, 0))
    if entry.kind == "join":
        if distance_s > NEAR_S:
            return False
        a, b = notes[place], notes.pop(place + 1)
        longer = a if a["end_s"] - a["start_s"] >= b["end_s"] - b["start_s"] else b
        a |= {
            "level": longer["level"],
            "pitch_cents": longer["pitch_cents"],
            "end_s": b["end_s"],
            "corrected": True,
        }
        return True
    return _move(notes, at_s, float(entry.detail["to_s"]), (distance_s, place))


def _move(notes: list[dict[Any, Any]], at_s: float, to_s: float, meeting: tuple[float, int]) -> bool:
    distance_s, place = meeting
    if distance_s <= NEAR_S:
        a, b = notes[place], notes[place + 1]
        if not a["start_s"] + MIN_NOTE_S <= to_s <= b["end_s"] - MIN_NOTE_S:
            return False
        a |= {"end_s": to_s, "corrected": True}
        b |= {"start_s": to_s, "corrected": True}
        return True
    # An outer end of a phrase, or the edge of a rest inside it.
    edges = [
        (abs(note[side] - at_s), i, side) for i, note in enumerate(notes) for side in ("start_s", "end_s")
    ]
    nearest, i, side = min(edges, default=(np.inf, 0, ""))
    if nearest > NEAR_S:
        return False
    note = notes[i]
    low = notes[i - 1]["end_s"] if i else 0.0
    high = notes[i + 1]["start_s"] if i + 1 < len(notes) else np.inf
    fits = (
        low <= to_s <= note["end_s"] - MIN_NOTE_S
        if side == "start_s"
        else note["start_s"] + MIN_NOTE_S <= to_s <= high
    )
    if fits:
        note |= {side: to_s, "corrected": True}
    return fits


def _with_steps(table: pd.DataFrame, *, changed: bool) -> pd.DataFrame:
    if not changed:
        return table
    opens = table["phrase"].ne(table["phrase"].shift())
    if (table["level"] < 0).all():
        step = pd.Series(step_classes(table["pitch_cents"].to_numpy()), index=table.index)
    else:
        step = table["level"].diff().fillna(0)
    return table.assign(step=step.mask(opens, 0).astype(table["step"].dtype))


def share_corrected(melody: pd.DataFrame) -> float:
    """Return the share of frames that were corrected by hand, among those voiced or corrected; 0 where none is."""
    corrected = melody["corrected"].to_numpy(dtype=bool)
    counted = corrected | (melody["f0_hz"].to_numpy() > 0)
    return float(corrected.sum() / counted.sum()) if counted.any() else 0.0
