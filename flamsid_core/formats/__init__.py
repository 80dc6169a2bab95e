"""The files of neighbours, in and out: each format is named once, in `registry`.

Writers are pure, from tables to the content of files; what belongs together (`RecordingTables`) is gathered by the
pipeline.
"""

from flamsid_core.formats.registry import FORMATS, Format, find_format, read_f0, read_layer, register_format
from flamsid_core.formats.tables import SPAN_COLUMNS, RecordingTables, note_cents, span_labels

__all__ = [
    "FORMATS",
    "SPAN_COLUMNS",
    "Format",
    "RecordingTables",
    "find_format",
    "note_cents",
    "read_f0",
    "read_layer",
    "register_format",
    "span_labels",
]
