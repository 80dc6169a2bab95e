"""What every format is made from: the tables of one recording, and what its spans are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flamsid_core.errors import FlamsidError
from flamsid_core.melody.cents import note_name

SPAN_COLUMNS = ("start_s", "end_s", "text", "layer")
MICROSECONDS = 6  # the decimals of seconds that text formats are written with


@dataclass(frozen=True)
class RecordingTables:
    """All that is known of one recording, as tables.

    Attributes
    ----------
    file
        The recording's path in its corpus, with "/".
    duration_s, sample_rate_hz
        Of the sound.
    about
        The recording's row of the recordings table: recording_id, singer, title, musicbrainz_recording_id, …
    melody
        time_s, f0_hz (0 = unvoiced), confidence; None where f0 was not tracked.
    notes
        The segments table of this recording (start_s, end_s, pitch_cents, step; sung_cents where it was measured).
    spans
        Other layers by name ("motifs", "families", a person's layers): tables with start_s, end_s and one of text,
        family_id and pattern, which may overlap.
    parameters
        What the tables were made with, for formats that can hold it.
    """

    file: str
    duration_s: float
    sample_rate_hz: int = 44_100
    about: Mapping[str, Any] = field(default_factory=dict)
    melody: pd.DataFrame | None = None
    notes: pd.DataFrame | None = None
    spans: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The recording's title, or its file's name without the ending."""
        return self.word("title") or PurePosixPath(self.file).stem

    def word(self, name: str) -> str:
        """Return one of the things known about the recording as text, "" where it is not known."""
        value = self.about.get(name)
        return "" if value is None or pd.isna(value) else str(value)

    def layers(self) -> dict[str, pd.DataFrame]:
        """Return the notes and every other layer of spans, by name, each in order of time."""
        found = {} if self.notes is None else {"notes": self.notes}
        return {name: in_order(table) for name, table in {**found, **self.spans}.items()}

    def only(self, layers: Sequence[str]) -> RecordingTables:
        """Return the same recording with these layers alone ("f0", "notes", and names of `spans`)."""
        return RecordingTables(
            self.file,
            self.duration_s,
            self.sample_rate_hz,
            self.about,
            self.melody if "f0" in layers else None,
            self.notes if "notes" in layers else None,
            {name: table for name, table in self.spans.items() if name in layers},
            self.parameters,
        )


def in_order(spans: pd.DataFrame) -> pd.DataFrame:
    """Return spans in order of their start, then their end.

    Raises
    ------
    FlamsidError
        When they are of several recordings.
    """
    if "recording_id" in spans and len(set(spans["recording_id"])) > 1:
        raise FlamsidError(
            "These rows are of several recordings and share no time line; export one at a time."
        )
    return spans.sort_values(["start_s", "end_s"], kind="stable")


def note_cents(notes: pd.DataFrame) -> NDArray[np.float64]:
    """Return the pitch of each note in cents above 55 Hz: what was sung where it was measured, else the level's.

    Examples
    --------
    >>> note_cents(pd.DataFrame({"pitch_cents": [1200.0, 1400.0], "sung_cents": [1210.0, np.nan]}))
    array([1210., 1400.])
    """
    level = notes["pitch_cents"].to_numpy(dtype=np.float64)
    if "sung_cents" not in notes:
        return level
    sung = notes["sung_cents"].to_numpy(dtype=np.float64)
    return np.where(np.isfinite(sung), sung, level)


def span_labels(spans: pd.DataFrame) -> list[str]:
    """Return what to call each span: its name, text, family or pattern, or the note and signed step of a segment.

    Line breaks and tabs become spaces: most formats are lines of columns.

    Examples
    --------
    >>> span_labels(pd.DataFrame({"pitch_cents": [3600.0, 3849.0], "step": [0, 2]}))
    ['A4', 'B4 +49 (+2)']
    """
    for column in ("text", "family_id", "pattern"):
        if column in spans:
            names = spans["name"].fillna("") if "name" in spans else [""] * len(spans)
            texts = zip(names, spans[column].fillna(""), strict=True)
            return [" ".join(str(name or text).split()) for name, text in texts]
    if "pitch_cents" not in spans:
        return [""] * len(spans)
    steps = spans["step"].tolist() if "step" in spans else [0] * len(spans)
    return [
        note_name(pitch) + (f" ({step:+d})" if step else "")
        for pitch, step in zip(note_cents(spans).tolist(), steps, strict=True)
    ]


def labelled(spans: pd.DataFrame) -> list[tuple[float, float, str]]:
    """Return spans as (start_s, end_s, label), in order of time, seconds to the microsecond that is written."""
    spans = in_order(spans)
    return [
        (round(float(start), MICROSECONDS), round(float(end), MICROSECONDS), label)
        for start, end, label in zip(spans["start_s"], spans["end_s"], span_labels(spans), strict=True)
    ]


def span_table(rows: Sequence[tuple[float, float, str, str]]) -> pd.DataFrame:
    """Return (start_s, end_s, text, layer) rows as a table with its types, also where there are none."""
    table = pd.DataFrame(list(rows), columns=list(SPAN_COLUMNS))
    return table.astype({"start_s": float, "end_s": float, "text": "str", "layer": "str"})
