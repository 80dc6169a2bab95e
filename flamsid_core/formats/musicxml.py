"""MusicXML: the notes as a score that can be read, sung from and mended in MuseScore.

Flamenco a cappella has no metre: a bar is a phrase, without a time signature, and a quarter note is one second. Pitches
are semitones of the recording's own tuning, which stands over the first bar; a note that lies 20 cents or more beside
its semitone says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flamsid_core.formats.tables import RecordingTables, in_order, note_cents

DIVISIONS = 16  # of a quarter note, that is of a second: 62.5 ms
_BESIDE_CENTS = 20
_STEPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_TYPES = {64: "whole", 32: "half", 16: "quarter", 8: "eighth", 4: "16th", 2: "32nd", 1: "64th"}
_A1_MIDI = 33


def tuning_cents(cents: NDArray[np.float64], seconds: NDArray[np.float64]) -> float:
    """Return how far a recording's semitones lie above those of A4 = 440 Hz: the circular mean, −50 to 50 cents.

    Parameters
    ----------
    cents, seconds : numpy.ndarray, shape (notes,)
        Pitch and duration of each note.

    Examples
    --------
    >>> round(tuning_cents(np.array([1230.0, 1430.0]), np.array([1.0, 1.0])))
    30
    """
    if not cents.size:
        return 0.0
    turn = np.sum(seconds * np.exp(2j * np.pi * cents / 100.0))
    return float(np.angle(turn) / (2 * np.pi) * 100.0) if abs(turn) > 1e-9 else 0.0


def write_musicxml(tables: RecordingTables) -> dict[str, bytes]:
    """Return the notes as ".musicxml"; nothing where there are none."""
    if tables.notes is None or tables.notes.empty:
        return {}
    notes = in_order(tables.notes)
    cents = note_cents(notes)
    tuning = tuning_cents(cents, (notes["end_s"] - notes["start_s"]).to_numpy(dtype=float))
    score = ET.Element("score-partwise", {"version": "4.0"})
    ET.SubElement(ET.SubElement(score, "work"), "work-title").text = tables.title
    identification = ET.SubElement(score, "identification")
    ET.SubElement(identification, "creator", {"type": "singer"}).text = tables.word("singer")
    ET.SubElement(ET.SubElement(identification, "encoding"), "software").text = "flamsid"
    part_list = ET.SubElement(score, "part-list")
    ET.SubElement(ET.SubElement(part_list, "score-part", {"id": "P1"}), "part-name").text = "Cante"
    part = ET.SubElement(score, "part", {"id": "P1"})
    phrase = notes["phrase"].to_numpy() if "phrase" in notes else np.zeros(len(notes), dtype=int)
    for number, (_, rows) in enumerate(pd.Series(range(len(notes))).groupby(phrase, sort=False), start=1):
        measure = ET.SubElement(part, "measure", {"number": str(number)})
        if number == 1:
            _opening(measure, 440.0 * 2 ** (tuning / 1200), float(np.median(cents)))
        _phrase(measure, notes.iloc[rows.to_numpy()], cents[rows.to_numpy()], tuning)
    ET.indent(score)
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE score-partwise PUBLIC '
        '"-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">\n'
    )
    return {".musicxml": (head + ET.tostring(score, encoding="unicode") + "\n").encode()}


def _opening(measure: ET.Element, a4_hz: float, middle_cents: float) -> None:
    attributes = ET.SubElement(measure, "attributes")
    ET.SubElement(attributes, "divisions").text = str(DIVISIONS)
    ET.SubElement(ET.SubElement(attributes, "key"), "fifths").text = "0"
    ET.SubElement(ET.SubElement(attributes, "time"), "senza-misura")
    clef = ET.SubElement(attributes, "clef")
    ET.SubElement(clef, "sign").text = "G"
    ET.SubElement(clef, "line").text = "2"
    if middle_cents < 2700.0:  # below C4: a tenor's clef, sounding an octave lower
        ET.SubElement(clef, "clef-octave-change").text = "-1"
    _words(measure, f"A4 = {a4_hz:.1f} Hz")
    direction = ET.SubElement(measure, "direction", {"placement": "above"})
    metronome = ET.SubElement(ET.SubElement(direction, "direction-type"), "metronome")
    ET.SubElement(metronome, "beat-unit").text = "quarter"
    ET.SubElement(metronome, "per-minute").text = "60"
    ET.SubElement(direction, "sound", {"tempo": "60"})


def _words(measure: ET.Element, text: str) -> None:
    direction = ET.SubElement(measure, "direction", {"placement": "above"})
    ET.SubElement(ET.SubElement(direction, "direction-type"), "words").text = text


def _phrase(measure: ET.Element, notes: pd.DataFrame, cents: NDArray[np.float64], tuning: float) -> None:
    opening_s, now = float(notes["start_s"].iloc[0]), 0
    for start, end, pitch in zip(notes["start_s"], notes["end_s"], cents.tolist(), strict=True):
        first = round((float(start) - opening_s) * DIVISIONS)
        if first > now:
            _sounds(measure, first - now, None)
            now = first
        # too short for the grid: still there
        last = max(round((float(end) - opening_s) * DIVISIONS), now + 1)
        semitone = round((pitch - tuning) / 100.0)
        beside = round(pitch - tuning - 100.0 * semitone)
        if abs(beside) >= _BESIDE_CENTS:
            _words(measure, f"{beside:+d}")
        _sounds(measure, last - now, semitone + _A1_MIDI)
        now = last


def _lengths(units: int) -> Iterator[tuple[int, bool]]:
    """Split a length into note values, longest first, and say which are dotted."""
    while units:
        value = min(1 << (units.bit_length() - 1), 64)
        dotted = value > 1 and units >= value + value // 2
        yield value, dotted
        units -= value + value // 2 if dotted else value


def _sounds(measure: ET.Element, units: int, midi: int | None) -> None:
    """Add a note (or a rest) of so many divisions, tied where no single note value is that long."""
    parts = list(_lengths(units))
    for place, (value, dotted) in enumerate(parts):
        note = ET.SubElement(measure, "note")
        if midi is None:
            ET.SubElement(note, "rest")
        else:
            pitch = ET.SubElement(note, "pitch")
            name = _STEPS[midi % 12]
            ET.SubElement(pitch, "step").text = name[0]
            if name.endswith("#"):
                ET.SubElement(pitch, "alter").text = "1"
            ET.SubElement(pitch, "octave").text = str(midi // 12 - 1)
        ET.SubElement(note, "duration").text = str(value + value // 2 if dotted else value)
        ties = [] if midi is None else ["stop"] * (place > 0) + ["start"] * (place < len(parts) - 1)
        for kind in ties:
            ET.SubElement(note, "tie", {"type": kind})
        ET.SubElement(note, "type").text = _TYPES[value]
        if dotted:
            ET.SubElement(note, "dot")
        if ties:
            notations = ET.SubElement(note, "notations")
            for kind in ties:
                ET.SubElement(notations, "tied", {"type": kind})
