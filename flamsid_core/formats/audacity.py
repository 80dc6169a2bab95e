"""Audacity's label tracks: start, end and label, separated by tabs."""

from __future__ import annotations

import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.formats.tables import RecordingTables, labelled, span_table
from flamsid_core.formats.text import decode_text, number


def write_audacity(tables: RecordingTables) -> dict[str, bytes]:
    """Return a label track for each layer of spans: ".notes.txt", ".motifs.txt" and so on."""
    return {
        f".{name}.txt": "".join(
            f"{start:.6f}\t{end:.6f}\t{label}\n" for start, end, label in labelled(spans)
        ).encode()
        for name, spans in tables.layers().items()
    }


def read_audacity(content: bytes, name: str) -> pd.DataFrame:
    r"""Read a label track; lines that begin with "\" (the frequencies of a spectral selection) are left out.

    Returns
    -------
    DataFrame
        start_s, end_s, text, layer (""). A point label has equal start and end.

    Raises
    ------
    FlamsidError
        When a line has no times.
    """
    rows = []
    for place, line in enumerate(decode_text(content).splitlines(), start=1):
        if not line.strip() or line.startswith("\\"):
            continue
        start, end, text = [*line.split("\t"), "", ""][:3]
        first, last = number(start), number(end)
        if first is None or last is None or last < first:
            raise FlamsidError(
                "{name}, line {line}: {text!r} is not a label; Audacity writes start, end and label with tabs between.",
                name=name,
                line=place,
                text=line[:80],
            )
        rows.append((first, last, text, ""))
    return span_table(rows)
