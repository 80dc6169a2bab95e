"""Raven's selection tables: one table for many files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from flamsid_core.formats.tables import RecordingTables, in_order, note_cents, span_labels
from flamsid_core.melody.cents import cents_to_hz

COLUMNS = (
    "Selection",
    "View",
    "Channel",
    "Begin Time (s)",
    "End Time (s)",
    "Low Freq (Hz)",
    "High Freq (Hz)",
    "Begin File",
    "File Offset (s)",
    "Layer",
    "Annotation",
)
_SEMITONE = 2.0 ** (1 / 12)


def write_raven(recordings: Iterable[RecordingTables]) -> dict[str, bytes]:
    """Return one selection table of all layers of all recordings.

    Begin and end run on from file to file, as Raven counts when it opens the files as one sequence; "Begin File" and
    "File Offset (s)" say where that is in a file. A note's box is a semitone around its pitch, any other span's box
    what was sung in it, or the whole spectrum where f0 is not known.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, escapechar="\\")
    writer.writerow(COLUMNS)
    selection, before_s = 0, 0.0
    for tables in recordings:
        for layer, spans in tables.layers().items():
            spans = in_order(spans)
            rows = zip(
                spans["start_s"], spans["end_s"], _boxes(tables, layer), span_labels(spans), strict=True
            )
            for start, end, (low, high), label in rows:
                selection += 1
                writer.writerow(
                    [
                        selection,
                        "Spectrogram 1",
                        1,
                        f"{before_s + start:.6f}",
                        f"{before_s + end:.6f}",
                        f"{low:.3f}",
                        f"{high:.3f}",
                        tables.file,
                        f"{start:.6f}",
                        layer,
                        label.replace("\\", "/"),
                    ]
                )
        before_s += tables.duration_s
    return {"selections.raven.txt": stream.getvalue().encode()}


def _boxes(tables: RecordingTables, layer: str) -> list[tuple[float, float]]:
    """Return the lowest and highest Hz of each span of a layer, in order of time."""
    if layer == "notes":
        hz = cents_to_hz(note_cents(tables.layers()["notes"]))
        return [(float(value / _SEMITONE**0.5), float(value * _SEMITONE**0.5)) for value in hz]
    spans = tables.layers()[layer]
    boxes = []
    for start, end in zip(spans["start_s"], spans["end_s"], strict=True):
        low, high = 0.0, tables.sample_rate_hz / 2
        if tables.melody is not None:
            time, f0 = tables.melody["time_s"].to_numpy(), tables.melody["f0_hz"].to_numpy()
            first, last = time.searchsorted([start, end])
            sung = f0[first:last][f0[first:last] > 0]
            if sung.size:
                low, high = float(sung.min()), float(sung.max())
        boxes.append((low, high))
    return boxes
