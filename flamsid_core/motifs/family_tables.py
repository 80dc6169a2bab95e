"""Families as tables: which recordings, when, and by which steps."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from flamsid_core.melody import ContourParams, NoteParams, reduce_contour
from flamsid_core.motifs.compression import Family
from flamsid_core.motifs.strokes import Floats, Line

FAMILY_TYPES = {
    "family_id": "str", "singer": "str", "pattern": "str", "pattern_semitones": "str", "n_occurrences": "int64",
    "recordings": "int64", "median_duration_s": "float64", "coverage_s": "float64", "q_chance": "float64",
    "above_order2": "bool",
}  # fmt: skip
OCCURRENCE_TYPES = {
    "occurrence_id": "str", "family_id": "str", "recording_id": "str", "singer": "str", "start_s": "float64",
    "end_s": "float64", "score": "float64", "transposition_cents": "float64", "pattern": "str",
}  # fmt: skip


class Group(NamedTuple):
    """The recordings compared with each other: ids, singers, lines and where their frames are in time."""

    recordings: list[str]
    lines: list[Line]
    times_s: list[Floats]


class Chosen(NamedTuple):
    """A family that is kept, the group it was found in and that group's line."""

    group: Group
    line: Line
    family: Family
    q_chance: float
    above_order2: bool


def family_tables(
    chosen: list[Chosen],
    melodies: Mapping[str, pd.DataFrame],
    recordings: pd.DataFrame,
    notes: NoteParams,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lay families and their occurrences out as tables, with the steps of the notes shown in each span."""
    singers = recordings.drop_duplicates("recording_id").set_index("recording_id")["singer"].astype(str)
    used = {rid for group, *_ in chosen for rid in group.recordings}
    shown = _shown_notes({rid: melodies[rid] for rid in melodies if rid in used}, notes)
    families: list[dict[str, Any]] = []
    occurrences: list[dict[str, Any]] = []
    for group, line, family, q_chance, above_order2 in chosen:
        frames = np.cumsum([0, *(part.cents.size for part in group.lines)])
        own: list[dict[str, Any]] = []
        for start, end, score, apart in zip(*family[:4], strict=True):
            number = int(np.searchsorted(frames, start, side="right")) - 1
            time_s, rid = group.times_s[number], group.recordings[number]
            first, last = start - frames[number], end - 1 - frames[number]
            hop_s = float(line.weight.max())
            start_s, end_s = float(time_s[first]), float(time_s[last]) + hop_s
            steps, semitones = _steps_between(shown[rid], start_s, end_s)
            own.append(
                {
                    "recording_id": rid,
                    "singer": singers[rid],
                    "start_s": start_s,
                    "end_s": end_s,
                    "score": float(score),
                    "transposition_cents": float(apart),
                    "pattern": steps,
                    "semitones": semitones,
                }
            )
        first_one = own[0]
        name = f"{first_one['recording_id']}/{first_one['start_s']:.2f}-{first_one['end_s']:.2f}"
        family_id = sha256(name.encode()).hexdigest()[:12]
        for row in own:
            span = f"{family_id}/{row['recording_id']}/{row['start_s']:.2f}"
            occurrences.append(
                row | {"family_id": family_id, "occurrence_id": sha256(span.encode()).hexdigest()[:16]}
            )
        durations = [row["end_s"] - row["start_s"] for row in own]
        families.append(
            {
                "family_id": family_id,
                "singer": ", ".join(sorted({row["singer"] for row in own})),
                "pattern": first_one["pattern"],
                "pattern_semitones": first_one["semitones"],
                "n_occurrences": len(own),
                "recordings": len({row["recording_id"] for row in own}),
                "median_duration_s": float(np.median(durations)),
                "coverage_s": float(sum(durations)),
                "q_chance": q_chance,
                "above_order2": above_order2,
            }
        )
    return (
        pd.DataFrame(families, columns=list(FAMILY_TYPES)).astype(FAMILY_TYPES),
        pd.DataFrame(occurrences, columns=list(OCCURRENCE_TYPES)).astype(OCCURRENCE_TYPES),
    )


def _shown_notes(melodies: Mapping[str, pd.DataFrame], notes: NoteParams) -> dict[str, pd.DataFrame]:
    if not melodies:
        return {}
    values = {name: getattr(notes, name) for name in NoteParams.__dataclass_fields__}
    segments = reduce_contour(melodies, ContourParams(**values)).segments
    return {str(rid): part for rid, part in segments.groupby("recording_id")}


def _steps_between(segments: pd.DataFrame, start_s: float, end_s: float) -> tuple[str, str]:
    """Return the steps between the notes of a span, in levels and in semitones; a note counts by its middle."""
    middle = (segments["start_s"] + segments["end_s"]) / 2
    inside = segments[(middle >= start_s) & (middle < end_s)]
    semitones = np.rint(np.diff(inside["sung_cents"]) / 100.0).astype(int)
    return (
        " ".join(f"{step:+d}" for step in inside["step"].iloc[1:] if step != 0),
        " ".join(f"{step:+d}" for step in semitones if step != 0),
    )
