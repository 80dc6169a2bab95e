"""Layers of Sonic Visualiser and Tony: f0, notes and spans in one XML file."""

from __future__ import annotations

import bz2
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.formats.tables import RecordingTables, in_order, note_cents, span_labels, span_table
from flamsid_core.melody.cents import cents_to_hz, hz_to_cents, note_name

_COLOURS = ("#c25a34", "#1e4f9c", "#4f8059", "#695ace", "#c91f7e", "#7f6a13")
_DISCRETE_CURVES, _BARS = 6, 0  # Sonic Visualiser's numbers for how a layer is drawn


def write_svl(tables: RecordingTables) -> dict[str, bytes]:
    """Return one ".svl" with a layer for f0, one for the notes and one for each other layer of spans.

    Open it with File > Import Annotation Layer. Times are frames of the recording's own sample rate. Unvoiced frames
    are left out, so that the curve has gaps where nobody sings.
    """
    document = ET.Element("sv")
    data, display = ET.SubElement(document, "data"), ET.SubElement(document, "display")
    rate = tables.sample_rate_hz
    if tables.melody is not None:
        sung = tables.melody[tables.melody["f0_hz"] > 0]
        points = [
            {"frame": str(round(time * rate)), "value": f"{hz:.4f}", "label": ""}
            for time, hz in zip(sung["time_s"], sung["f0_hz"], strict=True)
        ]
        # A curve goes on where the next point is less than two of these away.
        time = tables.melody["time_s"].to_numpy()
        hop = round(float(np.median(np.diff(time))) * rate) if time.size > 1 else 1
        model = {"units": "Hz", "resolution": str(max(hop, 1))}
        _layer(data, display, tables, "f0", points, model, ("timevalues", _DISCRETE_CURVES))
    for name, spans in tables.layers().items():
        spans = in_order(spans)
        labels = span_labels(spans)
        if name == "notes":
            values = [f"{hz:.4f}" for hz in cents_to_hz(note_cents(spans))]
            model = {"subtype": "note", "valueQuantization": "0", "units": "Hz"}
        else:
            # Regions of one label share a value, which is their row and colour.
            rows = {label: str(row) for row, label in enumerate(sorted(set(labels)))}
            values = [rows[label] for label in labels]
            model = {"subtype": "region", "valueQuantization": "0", "units": ""}
        points = [
            {
                "frame": str(round(start * rate)),
                "value": value,
                "duration": str(max(round(end * rate) - round(start * rate), 1)),
                "label": label,
            }
            | ({"level": "0.8"} if name == "notes" else {})
            for start, end, value, label in zip(spans["start_s"], spans["end_s"], values, labels, strict=True)
        ]
        kind = ("notes", 0) if name == "notes" else ("regions", _BARS)
        _layer(data, display, tables, name, points, model, kind)
    ET.indent(document)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE sonic-visualiser>\n'
    return {".svl": (head + ET.tostring(document, encoding="unicode") + "\n").encode()}


def _layer(
    data: ET.Element,
    display: ET.Element,
    tables: RecordingTables,
    name: str,
    points: list[dict[str, str]],
    model: dict[str, str],
    kind: tuple[str, int],
) -> None:
    number = len(display)
    dimensions = "2" if kind[0] == "timevalues" else "3"
    values = [float(point["value"]) for point in points] or [0.0]
    ET.SubElement(
        data,
        "model",
        {
            "id": str(3 * number),
            "name": name,
            "sampleRate": str(tables.sample_rate_hz),
            "start": "0",
            "end": str(round(tables.duration_s * tables.sample_rate_hz)),
            "type": "sparse",
            "dimensions": dimensions,
            "resolution": "1",
            "notifyOnAdd": "true",
            "dataset": str(3 * number + 1),
            "minimum": f"{min(values):g}",
            "maximum": f"{max(values):g}",
            **model,
        },
    )
    dataset = ET.SubElement(data, "dataset", {"id": str(3 * number + 1), "dimensions": dimensions})
    for point in points:
        ET.SubElement(dataset, "point", point)
    ET.SubElement(
        display,
        "layer",
        {
            "id": str(3 * number + 2),
            "type": kind[0],
            "name": name,
            "model": str(3 * number),
            "plotStyle": str(kind[1]),
            "verticalScale": "1" if model["units"] == "Hz" else "0",
            "colourName": "",
            "colour": _COLOURS[number % len(_COLOURS)],
            "darkBackground": "false",
        },
    )


def _models(content: bytes, name: str) -> list[tuple[str, ET.Element, float, list[ET.Element]]]:
    """Return layer name, model, sample rate and points of every sparse model in a file."""
    if content.startswith(b"BZh"):
        content = bz2.decompress(content)
    try:
        if b"<!ENTITY" in content:
            raise ET.ParseError("entities are not wanted")
        document = ET.fromstring(content)
    except ET.ParseError as error:
        raise FlamsidError(
            "{name}: is not a layer of Sonic Visualiser; export it with File > Export Annotation Layer.",
            name=name,
        ) from error
    datasets = {dataset.get("id"): dataset for dataset in document.iter("dataset")}
    names = {
        layer.get("model"): layer.get("presentationName") or layer.get("name")
        for layer in document.iter("layer")
    }
    found = []
    for model in document.iter("model"):
        dataset = datasets.get(model.get("dataset"))
        if model.get("type") == "sparse" and dataset is not None:
            rate = float(model.get("sampleRate") or 0)
            if rate <= 0:
                raise FlamsidError("{name}: a layer has no sample rate; export it again.", name=name)
            label = names.get(model.get("id")) or model.get("name") or ""
            found.append((label, model, rate, list(dataset.iter("point"))))
    return found


def read_svl(content: bytes, name: str) -> pd.DataFrame:
    """Read the spans of every layer that has some: notes, regions, texts and instants, not curves.

    Returns
    -------
    DataFrame
        start_s, end_s, text, layer. A note without a label is called by its name; instants have equal start and end.
    """
    rows = []
    for layer, model, rate, points in _models(content, name):
        if model.get("dimensions") == "2" and not any(point.get("label") for point in points):
            continue
        for point in points:
            start = float(point.get("frame") or 0) / rate
            text = point.get("label") or ""
            if not text and model.get("subtype") == "note" and model.get("units") == "Hz":
                text = note_name(float(hz_to_cents(float(point.get("value") or 0))))
            rows.append((start, start + float(point.get("duration") or 0) / rate, text, layer))
    return span_table(sorted(rows, key=lambda row: row[:2]))


def read_svl_f0(content: bytes, name: str) -> pd.DataFrame:
    """Read f0 from the first curve of a file: time_s and f0_hz of its voiced frames.

    Raises
    ------
    FlamsidError
        When the file holds no curve.
    """
    for _, model, rate, points in _models(content, name):
        if model.get("dimensions") == "2" and not any(point.get("label") for point in points):
            frames = {
                float(point.get("frame") or 0) / rate: float(point.get("value") or 0) for point in points
            }
            times = sorted(frames)
            return pd.DataFrame({"time_s": times, "f0_hz": [frames[time] for time in times]}, dtype=float)
    raise FlamsidError("{name}: holds no curve of time values; export the f0 layer.", name=name)
