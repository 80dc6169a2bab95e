"""Plain columns: what mir_eval, Sonic Visualiser and every table program read as they are.

A layer a file and no header, as these programs expect: f0 is time and Hz (0 = unvoiced), notes are start, end and
Hz, every other layer is start, end and text.
"""

from __future__ import annotations

import csv
import io

import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.formats.tables import RecordingTables, in_order, labelled, note_cents, span_table
from flamsid_core.formats.text import decode_text, number, rows_of
from flamsid_core.melody.cents import cents_to_hz

_STARTS = ("start_s", "start", "onset", "begin", "time_s", "time")
_ENDS = ("end_s", "end", "offset")
_DURATIONS = ("duration_s", "duration")
_PITCHES = ("f0_hz", "f0", "hz", "frequency", "frequency_hz", "pitch", "pitch_hz", "value")
_TEXTS = ("text", "label", "pattern", "annotation", "value")
_LAYERS = ("layer", "tier")


def write_csv(tables: RecordingTables) -> dict[str, bytes]:
    """Return a file for each layer: ".f0.csv", ".notes.csv", ".motifs.csv" and so on."""
    files = {}
    if tables.melody is not None:
        frames = zip(tables.melody["time_s"], tables.melody["f0_hz"], strict=True)
        files[".f0.csv"] = _lines((f"{time:.6f}", f"{hz:.6f}") for time, hz in frames)
    for name, spans in tables.layers().items():
        if name == "notes":
            spans = in_order(spans)
            rows = zip(spans["start_s"], spans["end_s"], cents_to_hz(note_cents(spans)), strict=True)
            files[".notes.csv"] = _lines(tuple(f"{value:.6f}" for value in row) for row in rows)
        else:
            files[f".{name}.csv"] = _lines(
                (f"{start:.6f}", f"{end:.6f}", label) for start, end, label in labelled(spans)
            )
    return files


def _lines(rows: object) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(rows)  # type: ignore[arg-type]
    return stream.getvalue().encode()


def read_csv_spans(content: bytes, name: str) -> pd.DataFrame:
    """Read spans from a table with or without a header.

    With a header its names say which column is what: start_s (or start, onset, time), end_s (or end, offset) or
    duration_s, text (or label, pattern), layer (or tier). Without one the columns are start, end, text and layer, as
    far as there are so many; or time, value, duration and label, as Sonic Visualiser exports regions; or time and
    label.

    Returns
    -------
    DataFrame
        start_s, end_s, text, layer ("" where the file names none).

    Raises
    ------
    FlamsidError
        When a row has no valid times; the sentence names the row.
    """
    rows = rows_of(decode_text(content))
    if not rows:
        return span_table([])
    if number(rows[0][0]) is None and any(cell.lower() in _STARTS for cell in rows[0]):
        head = [cell.lower() for cell in rows[0]]
        columns = {
            what: next((head.index(known) for known in names if known in head), None)
            for what, names in (
                ("start", _STARTS),
                ("end", _ENDS),
                ("duration", _DURATIONS),
                ("text", _TEXTS),
                ("layer", _LAYERS),
            )
        }
        return _spans(rows[1:], columns, name, first=2)
    return _spans(rows, _columns_without_header(rows), name, first=1)


def _columns_without_header(rows: list[list[str]]) -> dict[str, int | None]:
    columns: dict[str, int | None] = {"start": 0, "end": 1, "duration": None, "text": 2, "layer": 3}
    if all(len(row) >= 2 and number(row[1]) is None for row in rows):
        return {**columns, "end": None, "text": 1, "layer": 2}
    times = [[number(cell) for cell in row[:3]] for row in rows]
    three_numbers = all(len(row) >= 4 and None not in cells for row, cells in zip(rows, times, strict=True))
    if three_numbers and any((cells[1] or 0.0) < (cells[0] or 0.0) for cells in times):
        return {"start": 0, "end": None, "duration": 2, "text": 3, "layer": None}
    return columns


def _spans(rows: list[list[str]], columns: dict[str, int | None], name: str, *, first: int) -> pd.DataFrame:
    def cell(row: list[str], what: str) -> str:
        column = columns[what]
        return row[column] if column is not None and column < len(row) else ""

    found = []
    for place, row in enumerate(rows, start=first):
        start = number(cell(row, "start"))
        end = number(cell(row, "end")) if columns["end"] is not None else start
        if columns["end"] is None and columns["duration"] is not None and start is not None:
            duration = number(cell(row, "duration"))
            end = None if duration is None else start + duration
        if start is None or end is None or end < start or start < 0:
            raise FlamsidError(
                "{name}, row {row}: {cells!r} has no valid start and end in seconds; write start,end,text.",
                name=name,
                row=place,
                cells=", ".join(row[:4]),
            )
        found.append((start, end, cell(row, "text"), cell(row, "layer")))
    return span_table(found)


def read_csv_f0(content: bytes, name: str) -> pd.DataFrame:
    """Read f0 from a table of time and Hz, with or without a header; 0, negative or empty is unvoiced.

    With a header its names say which columns are meant: time_s (or time, start, onset) and f0_hz (or f0, hz,
    frequency, pitch, value). Without one they are the first two; of four columns of numbers, as in the corpus TONAS
    (time, energy, f0 as tracked, f0 as corrected), the first and the last.

    Returns
    -------
    DataFrame
        time_s, f0_hz.

    Raises
    ------
    FlamsidError
        When a row has no time, or the times do not rise.
    """
    rows = [_cells(row) for row in rows_of(decode_text(content))]
    at, first = (0, 1), 1
    if rows and number(rows[0][0]) is None:
        head = [cell.lower() for cell in rows[0]]
        named = [[head.index(known) for known in names if known in head] for names in (_STARTS, _PITCHES)]
        at = (named[0][0], named[1][0]) if all(named) else at
        rows, first = rows[1:], 2
    elif rows and all(len(row) == 4 and None not in map(number, row) for row in rows):
        at = (0, 3)
    times: list[float] = []
    pitches: list[float] = []
    for place, row in enumerate(rows, start=first):
        time = number(row[at[0]]) if len(row) > max(at) else None
        if time is None or (times and time <= times[-1]):
            raise FlamsidError(
                "{name}, row {row}: {cells!r} is not a time later than the one before and an f0 in Hz.",
                name=name,
                row=place,
                cells=", ".join(row[:3]),
            )
        times.append(time)
        pitches.append(max(number(row[at[1]]) or 0.0, 0.0))
    return pd.DataFrame({"time_s": times, "f0_hz": pitches}, dtype=float)


def _cells(row: list[str]) -> list[str]:
    """Return all cells of a row: where blanks separate them, the last one still holds the rest of the line."""
    return [*row[:2], *row[2].split()] if len(row) == 3 else row
