"""The same, elsewhere: the spans most like a given one, and how often chance gives one as good."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numba import njit

from flamsid_core.errors import FlamsidError
from flamsid_core.melody import NoteParams, curve_of_table
from flamsid_core.motifs.alignment import extend
from flamsid_core.motifs.families import FamilyParams, seed_of, with_wave
from flamsid_core.motifs.recurrence import phrase_bounds
from flamsid_core.motifs.shuffling import shuffled_line
from flamsid_core.motifs.strokes import WALL, Floats, Ints, Line, joined_lines, line_of

SIMILAR_TYPES = {
    "recording_id": "str", "start_s": "float64", "end_s": "float64", "score": "float64", "covered": "float64",
    "transposition_cents": "float64", "expected_by_chance": "float64", "p_chance": "float64",
}  # fmt: skip

_LEAST_COVER = 0.5
_SAME_SHARE = 0.5  # of two places that share so much, the better one is told


def find_similar(
    melodies: Mapping[str, pd.DataFrame],
    recording_id: str,
    start_s: float,
    end_s: float,
    params: FamilyParams = FamilyParams(),
    *,
    notes: NoteParams = NoteParams(),
    most: int = 20,
) -> pd.DataFrame:
    """Find the spans of `melodies` most like one of them, at any pitch and at half to twice the pace.

    Parameters
    ----------
    melodies : mapping of recording_id to DataFrame
        time_s and f0_hz, of the singer or of the whole corpus; the one that holds the span among them.
    recording_id : str
    start_s, end_s : float
        The span.
    params : FamilyParams
        How melodies are compared, and how many shuffles say what chance gives.
    notes : NoteParams
    most : int
        Rows at most.

    Returns
    -------
    DataFrame
        recording_id, start_s, end_s, score (informative seconds in which they agree), covered (share of the span),
        transposition_cents (above the span), expected_by_chance (spans of a shuffle at least as like), p_chance
        (share of shuffles with one at least as like, the singing itself among them). The most like comes first.

    Raises
    ------
    FlamsidError
        There is no such melody, or the span holds fewer than two strokes.
    """
    if recording_id not in melodies:
        raise FlamsidError(
            "There is no melody of {recording_id} to look in: give the recording of the span too.",
            recording_id=recording_id,
        )
    wave = with_wave(notes, params.wave_cents)
    ids = list(melodies)
    parts = [
        line_of(
            curve_of_table(melodies[rid], wave, rid), wave, params.hop_s, params.held_s, params.held_weight
        )
        for rid in ids
    ]
    lines, times_s = [line for line, _ in parts], [time_s for _, time_s in parts]
    own = ids.index(recording_id)
    begin, end = np.searchsorted(times_s[own], [start_s - 1e-9, end_s - 1e-9]).tolist()
    asked = lines[own]
    strokes = np.flatnonzero((asked.first[:-1] >= begin) & (asked.first[:-1] < end) & (asked.step != WALL))
    if strokes.size == 0:
        raise FlamsidError(
            "From {start_s:.2f} to {end_s:.2f} s there is no step of the melody: choose a span with two notes.",
            start_s=start_s,
            end_s=end_s,
        )
    whole = joined_lines(lines)
    found = _places(asked, strokes, begin, end, whole, params)
    offset = np.cumsum([0, *(line.cents.size for line in lines)])
    apart = ~((found[:, 0] < offset[own] + end) & (found[:, 1] > offset[own] + begin))
    found = _best_places(found[apart], most)
    chance = []
    for k in range(params.shuffles):
        shuffled = joined_lines([shuffled_line(line, seed_of(line, params.seed, 1, k)) for line in lines])
        chance.append(_best_places(_places(asked, strokes, begin, end, shuffled, params), 10 * most)[:, 2])
    rows = []
    for first, after, score, covered, above in found.tolist():
        number = int(np.searchsorted(offset, first, side="right")) - 1
        time_s = times_s[number]
        as_good = [int(np.count_nonzero(scores >= score)) for scores in chance]
        rows.append(
            (
                ids[number],
                time_s[int(first) - offset[number]],
                time_s[int(after) - 1 - offset[number]] + params.hop_s,
                score,
                covered,
                above,
                float(np.mean(as_good)),
                (1 + np.count_nonzero(as_good)) / (1 + params.shuffles),
            )
        )
    return pd.DataFrame(rows, columns=list(SIMILAR_TYPES)).astype(SIMILAR_TYPES)


def _places(asked: Line, strokes: Ints, begin: int, end: int, line: Line, params: FamilyParams) -> Floats:
    """Align the span with every place of a line that makes one of its steps: rows of `_align`."""
    informative_s = float(asked.weight[begin:end].sum())
    found = _align(
        np.concatenate([asked.cents, line.cents]), np.concatenate([asked.weight, line.weight]), asked.cents.size,
        strokes, asked.first, asked.pitch_cents, asked.step, *phrase_bounds(asked), begin, end,
        line.first, line.pitch_cents, line.step, *phrase_bounds(line),
        params.tolerance_cents, params.worst, params.drop_s,
    )  # fmt: skip
    share: Floats = found[:, 3] / max(informative_s, 1e-12)
    found[:, 3] = share
    return found[share >= _LEAST_COVER]


@njit(cache=True, nogil=True)
def _align(
    cents: Floats,
    weight: Floats,
    offset: int,
    strokes: Ints,
    first_p: Ints,
    pitch_p: Floats,
    step_p: Ints,
    opens_p: Ints,
    closes_p: Ints,
    begin: int,
    end: int,
    first_q: Ints,
    pitch_q: Floats,
    step_q: Ints,
    opens_q: Ints,
    closes_q: Ints,
    tolerance: float,
    worst: float,
    drop: float,
) -> Floats:
    """Return rows (first frame, frame after the last, score, informative seconds of the span used, cents above)."""
    found = np.empty((256, 5))
    n = 0
    rows = np.empty((3, 2 * (end - begin) + 4))
    nothing = np.empty((0, 0), np.uint8)
    for i in strokes:
        for j in range(step_q.size):
            if step_q[j] != step_p[i]:
                continue
            p, q = first_p[i], first_q[j]
            above = (pitch_q[j] - pitch_p[i] + pitch_q[j - 1] - pitch_p[i - 1]) / 2
            ahead, p_on, q_on = extend(
                cents, weight, p, offset + q, 1, min(end, closes_p[i]) - p, closes_q[j] - q, -above, tolerance, worst,
                drop, rows, nothing,
            )  # fmt: skip
            back, p_off, q_off = extend(
                cents, weight, p - 1, offset + q - 1, -1, p - max(begin, opens_p[i]), q - opens_q[j], -above,
                tolerance, worst, drop, rows, nothing,
            )  # fmt: skip
            if q_on + q_off == 0:
                continue
            if n == found.shape[0]:
                found = np.concatenate((found, np.empty_like(found)))
            found[n, 0], found[n, 1], found[n, 2] = q - q_off, q + q_on, ahead + back
            found[n, 3] = weight[p - p_off : p + p_on].sum()
            found[n, 4] = above
            n += 1
    return found[:n]


def _best_places(found: Floats, most: int) -> Floats:
    """Return the best rows, none of which shares half of its span with a better one."""
    kept: list[int] = []
    for row in np.lexsort((found[:, 0], -found[:, 2])).tolist():
        start, end = found[row, 0], found[row, 1]
        shared = [min(end, found[k, 1]) - max(start, found[k, 0]) for k in kept]
        if not any(part >= _SAME_SHARE * (end - start) for part in shared):
            kept.append(row)
        if len(kept) == most:
            break
    return found[kept]
