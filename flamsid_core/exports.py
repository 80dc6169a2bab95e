"""Tables of one recording as files that other programs open: CSV, Audacity, Praat, MIDI, JAMS.

Pure functions from tables to the content of a file. Times are seconds of the recording, pitches keep their
cents. Spans are rows with ``start_s`` and ``end_s``: contour segments are labelled with their note and step,
motif instances with their pattern.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.melody.cents import cents_to_hz, note_name

_TICKS_PER_S = 10_000
_BEND_CENTS = 200.0  # the bend range that synthesisers start with
_A1_MIDI = 33
_JAMS_VERSION = "0.3.4"


def layer_csv(table: pd.DataFrame) -> str:
    """Return a table as CSV: one header line, a point as decimal mark, six decimals."""
    return table.to_csv(index=False, float_format="%.6f", lineterminator="\n")


def span_labels(spans: pd.DataFrame) -> list[str]:
    """Return what to call each span: the pattern of an instance, the note and signed step of a segment."""
    if "pattern" in spans:
        return spans["pattern"].astype(str).tolist()
    return [
        note_name(pitch) + (f" ({step:+d})" if step else "")
        for pitch, step in zip(spans["pitch_cents"].tolist(), spans["step"].tolist(), strict=True)
    ]


def audacity_labels(spans: pd.DataFrame) -> str:
    """Return spans as an Audacity label track: start, end, label, one a line, separated by tabs."""
    spans = _of_one_recording(spans)
    rows = zip(spans["start_s"], spans["end_s"], span_labels(spans), strict=True)
    return "".join(f"{start:.6f}\t{end:.6f}\t{label}\n" for start, end, label in rows)


def praat_textgrid(tiers: Mapping[str, pd.DataFrame], duration_s: float) -> str:
    """Return spans as a Praat TextGrid (long text format, UTF-8), one interval tier per entry of `tiers`.

    Intervals of a tier may not overlap, and motif instances do: those that overlap an earlier one go to
    further tiers called "name 2", "name 3", … What no span covers becomes an empty interval, as Praat
    demands.

    Raises
    ------
    FlamsidError
        When a span lies outside the recording, or spans are of several recordings.
    """
    flat: list[tuple[str, list[tuple[float, float, str]]]] = []
    for name, spans in tiers.items():
        for number, row in enumerate(_without_overlap(_of_one_recording(spans), duration_s), start=1):
            flat.append((name if number == 1 else f"{name} {number}", _gapless(row, duration_s)))
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {duration_s:.6f}",
    ]
    lines += ["tiers? <exists>", f"size = {len(flat)}", "item []:"]
    for number, (name, intervals) in enumerate(flat, start=1):
        lines += [
            f"    item [{number}]:",
            '        class = "IntervalTier"',
            f"        name = {_quoted(name)}",
        ]
        lines += ["        xmin = 0", f"        xmax = {duration_s:.6f}"]
        lines += [f"        intervals: size = {len(intervals)}"]
        for place, (start, end, label) in enumerate(intervals, start=1):
            lines += [f"        intervals [{place}]:", f"            xmin = {start:.6f}"]
            lines += [f"            xmax = {end:.6f}", f"            text = {_quoted(label)}"]
    return "\n".join(lines) + "\n"


def midi(segments: pd.DataFrame) -> bytes:
    """Return contour segments as a standard MIDI file: one note each, bent to its cents.

    One track and channel, the nearest equal-tempered note, a pitch bend of at most half a semitone (range ±2
    semitones), ten ticks a millisecond.
    """
    segments = _of_one_recording(segments)
    cents = segments["pitch_cents"].to_numpy(dtype=np.float64)
    note = np.clip(np.round(cents / 100.0).astype(int) + _A1_MIDI, 0, 127)
    bend = np.round((cents - 100.0 * (note - _A1_MIDI)) / _BEND_CENTS * 8192).astype(int)
    bend = np.clip(bend + 8192, 0, 16383)
    events: list[
        tuple[int, int, bytes]
    ] = []  # tick, rank among events of one tick (ends before starts), message
    spans = zip(segments["start_s"], segments["end_s"], note.tolist(), bend.tolist(), strict=True)
    for start, end, key, wheel in spans:
        first = round(start * _TICKS_PER_S)
        events.append((first, 1, bytes([0xE0, wheel & 0x7F, wheel >> 7])))
        events.append((first, 2, bytes([0x90, key, 90])))
        events.append((max(round(end * _TICKS_PER_S), first + 1), 0, bytes([0x80, key, 0])))
    track = b"\x00\xff\x51\x03" + (1_000_000).to_bytes(3, "big")  # a quarter note lasts one second
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track += _variable_length(tick - now) + message
        now = tick
    track += b"\x00\xff\x2f\x00"
    header = b"MThd" + b"".join(
        n.to_bytes(size, "big") for n, size in ((6, 4), (0, 2), (1, 2), (_TICKS_PER_S, 2))
    )
    return header + b"MTrk" + len(track).to_bytes(4, "big") + track


def jams(
    *,
    duration_s: float,
    melody: pd.DataFrame | None = None,
    segments: pd.DataFrame | None = None,
    instances: pd.DataFrame | None = None,
    title: str = "",
    artist: str = "",
) -> str:
    """Return what is known of a recording as JAMS (Humphrey et al. 2014), a JSON of annotations.

    f0 as ``pitch_contour``, contour segments as ``note_hz``, motif instances as ``segment_open``.
    """
    annotations = []
    if melody is not None:
        hop_s = float(np.median(np.diff(melody["time_s"]))) if len(melody) > 1 else 0.0
        confidence = melody["confidence"].tolist() if "confidence" in melody else [None] * len(melody)
        frames = zip(melody["time_s"].tolist(), melody["f0_hz"].tolist(), confidence, strict=True)
        data = [
            _observation(time, hop_s, {"index": 0, "frequency": hz, "voiced": hz > 0}, sure)
            for time, hz, sure in frames
        ]
        annotations.append(_annotation("pitch_contour", data, duration_s))
    for spans, namespace in ((segments, "note_hz"), (instances, "segment_open")):
        if spans is not None:
            spans = _of_one_recording(spans)
            values = (
                cents_to_hz(spans["pitch_cents"]).tolist() if namespace == "note_hz" else span_labels(spans)
            )
            rows = zip(spans["start_s"].tolist(), spans["end_s"].tolist(), values, strict=True)
            data = [_observation(start, end - start, value) for start, end, value in rows]
            annotations.append(_annotation(namespace, data, duration_s))
    about = {"title": title, "artist": artist, "release": "", "duration": duration_s, "identifiers": {}}
    about["jams_version"] = _JAMS_VERSION
    return json.dumps({"annotations": annotations, "file_metadata": about, "sandbox": {}}, allow_nan=False)


def _of_one_recording(spans: pd.DataFrame) -> pd.DataFrame:
    if "recording_id" in spans and len(set(spans["recording_id"])) > 1:
        raise FlamsidError(
            "These rows are of several recordings and share no time line; export one at a time."
        )
    return spans.sort_values("start_s", kind="stable")


def _without_overlap(spans: pd.DataFrame, duration_s: float) -> list[list[tuple[float, float, str]]]:
    """Deal spans, in order of time, into the fewest rows in which none overlap; at least one row."""
    rows: list[list[tuple[float, float, str]]] = [[]]
    for start, end, label in zip(spans["start_s"], spans["end_s"], span_labels(spans), strict=True):
        # to the microsecond that is written, so that neighbours meet
        start, end = round(float(start), 6), min(round(float(end), 6), round(duration_s, 6))
        if start < 0 or end <= start:
            raise FlamsidError(
                "The span at {start:.3f} s lies outside the recording of {duration_s:.3f} s.",
                start=start,
                duration_s=duration_s,
            )
        free = next((row for row in rows if not row or row[-1][1] <= start), None)
        if free is None:
            rows.append(free := [])
        free.append((start, end, label))
    return rows


def _gapless(row: list[tuple[float, float, str]], duration_s: float) -> list[tuple[float, float, str]]:
    out, now = [], 0.0
    for start, end, label in row:
        if start > now:
            out.append((now, start, ""))
        out.append((start, end, label))
        now = end
    if now < round(duration_s, 6):
        out.append((now, round(duration_s, 6), ""))
    return out


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _variable_length(number: int) -> bytes:
    out = [number & 0x7F]
    while number := number >> 7:
        out.append(number & 0x7F | 0x80)
    return bytes(reversed(out))


def _observation(
    time_s: float, duration_s: float, value: Any, confidence: float | None = None
) -> dict[str, Any]:
    return {"time": time_s, "duration": duration_s, "value": value, "confidence": confidence}


def _annotation(namespace: str, data: list[dict[str, Any]], duration_s: float) -> dict[str, Any]:
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
        "sandbox": {},
        "time": 0,
        "duration": duration_s,
    }
