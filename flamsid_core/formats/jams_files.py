"""JAMS (Humphrey et al. 2014): all that is known of a recording in one JSON."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.formats.tables import (
    RecordingTables,
    in_order,
    labelled,
    note_cents,
    span_labels,
    span_table,
)
from flamsid_core.formats.text import decode_text
from flamsid_core.melody.cents import cents_to_hz, hz_to_cents, note_name

_JAMS_VERSION = "0.3.4"
_CURVES = ("pitch_contour", "pitch_hz", "pitch_midi")
_IDENTIFIERS = {"musicbrainz": "musicbrainz_recording_id", "flamsid": "recording_id", "sha256": "sha256"}


def write_jams(tables: RecordingTables) -> dict[str, bytes]:
    """Return one ".jams": f0 as ``pitch_contour``, notes as ``note_hz``, every other layer as ``segment_open``.

    The recording's identifiers stand in the file's metadata; all else known of it, and the parameters of the tables,
    in the sandbox. The sandbox of each annotation names its layer.
    """
    annotations = []
    if tables.melody is not None:
        melody = tables.melody
        hop_s = float(np.median(np.diff(melody["time_s"]))) if len(melody) > 1 else 0.0
        confidence = melody["confidence"].tolist() if "confidence" in melody else [None] * len(melody)
        frames = zip(melody["time_s"].tolist(), melody["f0_hz"].tolist(), confidence, strict=True)
        data = [
            _observation(time, hop_s, {"index": 0, "frequency": hz, "voiced": hz > 0}, sure)
            for time, hz, sure in frames
        ]
        annotations.append(_annotation("pitch_contour", "f0", data, tables.duration_s))
    for name, spans in tables.layers().items():
        if name == "notes":
            spans = in_order(spans)
            rows = zip(
                spans["start_s"].tolist(),
                spans["end_s"].tolist(),
                cents_to_hz(note_cents(spans)).tolist(),
                span_labels(spans),
                strict=True,
            )
            data = [_observation(start, end - start, hz) for start, end, hz, _ in rows]
            annotations.append(_annotation("note_hz", name, data, tables.duration_s))
        else:
            data = [_observation(start, end - start, label) for start, end, label in labelled(spans)]
            annotations.append(_annotation("segment_open", name, data, tables.duration_s))
    known = {name: tables.word(column) for name, column in _IDENTIFIERS.items() if tables.word(column)}
    about = {
        "title": tables.title,
        "artist": tables.word("singer"),
        "release": tables.word("source"),
        "duration": tables.duration_s,
        "identifiers": known,
        "jams_version": _JAMS_VERSION,
    }
    rest = {name: tables.word(name) for name in tables.about if tables.word(name)}
    sandbox = {"file": tables.file, "recording": rest, "parameters": dict(tables.parameters)}
    document = {"annotations": annotations, "file_metadata": about, "sandbox": sandbox}
    return {".jams": json.dumps(document, allow_nan=False, ensure_ascii=False).encode()}


def _observation(
    time_s: float, duration_s: float, value: Any, confidence: float | None = None
) -> dict[str, Any]:
    return {"time": time_s, "duration": duration_s, "value": value, "confidence": confidence}


def _annotation(namespace: str, layer: str, data: list[dict[str, Any]], duration_s: float) -> dict[str, Any]:
    return {
        "annotation_metadata": {
            "curator": {"name": "", "email": ""},
            "annotator": {},
            "version": "",
            "corpus": "",
            "annotation_tools": "flamsid",
            "annotation_rules": "",
            "validation": "",
            "data_source": "program",
        },
        "namespace": namespace,
        "data": data,
        "sandbox": {"layer": layer},
        "time": 0,
        "duration": duration_s,
    }


def _annotations(content: bytes, name: str) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Return namespace, layer and observations of each annotation."""
    try:
        document = json.loads(decode_text(content))
        found = []
        for part in document["annotations"]:
            data = part["data"]
            if isinstance(data, dict):  # dense: a column each instead of a row each
                data = [dict(zip(data, row, strict=True)) for row in zip(*data.values(), strict=True)]
            layer = (part.get("sandbox") or {}).get("layer") or part["namespace"]
            found.append((str(part["namespace"]), str(layer), data))
        return found
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise FlamsidError("{name}: is not a JAMS file.", name=name) from error


def read_jams(content: bytes, name: str) -> pd.DataFrame:
    """Read the spans of every annotation that is not a curve.

    Returns
    -------
    DataFrame
        start_s, end_s, text, layer (what the sandbox calls it, or the namespace). Notes are called by their names;
        of a value with several parts, "label" or "name" is the text, or else all of it.
    """
    rows = []
    for namespace, layer, data in _annotations(content, name):
        if namespace in _CURVES:
            continue
        for row in data:
            try:
                start = float(row["time"])
                end = start + float(row.get("duration") or 0.0)
            except (KeyError, TypeError, ValueError) as error:
                raise FlamsidError(
                    "{name}: an observation in {layer!r} has no valid time.", name=name, layer=layer
                ) from error
            rows.append((start, end, _text(namespace, row.get("value")), layer))
    return span_table(sorted(rows, key=lambda row: row[:2]))


def _text(namespace: str, value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("label") or value.get("name") or json.dumps(value, ensure_ascii=False)
    if namespace == "note_hz":
        return note_name(float(hz_to_cents(float(value))))
    if namespace == "note_midi":
        return note_name(100.0 * (float(value) - 33.0))
    return "" if value is None else str(value)


def read_jams_f0(content: bytes, name: str) -> pd.DataFrame:
    """Read f0 from the first ``pitch_contour`` of a file: time_s, f0_hz (0 = unvoiced).

    Raises
    ------
    FlamsidError
        When there is none.
    """
    for namespace, _, data in _annotations(content, name):
        if namespace == "pitch_contour":
            frames = [(float(row["time"]), row["value"]) for row in data]
            hz = [float(value["frequency"]) if value.get("voiced", True) else 0.0 for _, value in frames]
            return pd.DataFrame({"time_s": [time for time, _ in frames], "f0_hz": hz}, dtype=float)
    raise FlamsidError("{name}: holds no pitch_contour.", name=name)
