"""Every format is read by a program that others wrote, and comes back as it went where it comes back."""

import io
import json
import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core.formats import FORMATS, RecordingTables, find_format, note_cents, read_f0, read_layer
from flamsid_core.melody import cents_to_hz

NOTES = pd.DataFrame(
    {
        "recording_id": ["r"] * 4,
        "phrase": [0, 0, 0, 1],
        "start_s": [0.5, 1.0, 1.25, 3.0],
        "end_s": [1.0, 1.25, 2.0, 3.5],
        "level": [3, 5, 4, 0],
        "pitch_cents": [3600.0, 3849.0, 3730.0, 2400.0],
        "step": [0, 2, -1, 0],
    }
)
MOTIFS = pd.DataFrame(
    {
        "recording_id": ["r"] * 3,
        "start_s": [0.5, 1.0, 1.25],
        "end_s": [2.0, 3.5, 3.5],
        "pattern": ["+2 -1", 'say "olé"', "-1 +2"],
    }
)
WORDS = pd.DataFrame({"start_s": [0.0, 2.0], "end_s": [2.0, 3.25], "text": ["ay, ay", "mi\tcompañera"]})
MELODY = pd.DataFrame(
    {"time_s": np.arange(400) / 100, "f0_hz": np.where(np.arange(400) % 50 < 40, 220.5, 0.0)}
)
MELODY["confidence"] = (MELODY["f0_hz"] > 0) * 0.9
ABOUT = {
    "recording_id": "r",
    "singer": "Tomás Pavón",
    "title": "A clavito y canela",
    "musicbrainz_recording_id": "b1a9c0e9-d987-4042-ae91-78d6a3267d69",
    "year": "1950",
}
SONG = RecordingTables(
    "TP/a clavito.flac",
    4.0,
    22_050,
    ABOUT,
    MELODY,
    NOTES,
    {"motifs": MOTIFS, "palabras": WORDS},
    {"contour": {"k": 7}},
)


def written(name, folder, tables=SONG):
    """Write a format's files into a folder; return them by ending."""
    paths = {}
    for ending, content in find_format(name).write(tables).items():
        paths[ending] = folder / f"song{ending}"
        paths[ending].write_bytes(content)
    return paths


def spans_of(table, layer):
    rows = table[table["layer"] == layer]
    return list(zip(rows["start_s"].round(3), rows["end_s"].round(3), rows["text"], strict=True))


def test_csv_is_what_mir_eval_loads(tmp_path):
    import mir_eval

    paths = written("csv", tmp_path)
    assert set(paths) == {".f0.csv", ".notes.csv", ".motifs.csv", ".palabras.csv"}
    time_s, f0_hz = mir_eval.io.load_time_series(str(paths[".f0.csv"]), delimiter=",")
    assert np.allclose(time_s, MELODY["time_s"]) and np.allclose(f0_hz, MELODY["f0_hz"])
    intervals, hz = mir_eval.io.load_valued_intervals(str(paths[".notes.csv"]), delimiter=",")
    assert np.allclose(intervals, NOTES[["start_s", "end_s"]])
    assert np.allclose(hz, cents_to_hz(NOTES["pitch_cents"]))
    scores = mir_eval.transcription.evaluate(intervals, hz, intervals, hz)
    assert scores["F-measure"] == 1.0
    intervals, labels = mir_eval.io.load_labeled_intervals(str(paths[".motifs.csv"]), delimiter=",")
    assert np.allclose(intervals, MOTIFS[["start_s", "end_s"]]) and labels[0] == "+2 -1"
    assert read_f0(paths[".f0.csv"]).equals(MELODY[["time_s", "f0_hz"]])


def test_notes_keep_the_pitch_that_was_sung_where_it_is_known(tmp_path):
    notes = NOTES.assign(sung_cents=[3605.0, np.nan, 3735.0, 2390.0])
    assert note_cents(notes).tolist() == [3605.0, 3849.0, 3735.0, 2390.0]
    path = written("csv", tmp_path, RecordingTables("a.wav", 4.0, notes=notes))[".notes.csv"]
    hz = pd.read_csv(path, header=None)[2]
    assert hz[0] == pytest.approx(float(cents_to_hz(3605.0)), abs=1e-4)


@pytest.mark.parametrize("name", ["csv", "svl", "textgrid", "audacity", "jams"])
def test_layers_come_back_as_they_went(name, tmp_path):
    paths = written(name, tmp_path)
    tables = [read_layer(path) for ending, path in paths.items() if ending not in (".f0.csv", ".notes.csv")]
    found = pd.concat(tables)
    assert spans_of(found, "motifs") == [
        (0.5, 2.0, "+2 -1"),
        (1.0, 3.5, 'say "olé"'),
        (1.25, 3.5, "-1 +2"),
    ]
    assert spans_of(found, "palabras") == [(0.0, 2.0, "ay, ay"), (2.0, 3.25, "mi compañera")]
    if name != "csv":
        starts = [(start, end) for start, end, _ in spans_of(found, "notes")]
        assert starts == list(zip(NOTES["start_s"], NOTES["end_s"], strict=True))


@pytest.mark.parametrize("name", ["svl", "jams"])
def test_f0_comes_back(name, tmp_path):
    (path,) = written(name, tmp_path).values()
    found, sung = read_f0(path), MELODY[MELODY["f0_hz"] > 0]
    found = found[found["f0_hz"] > 0]
    assert np.allclose(found["time_s"], sung["time_s"], atol=1 / 22_050)
    assert np.allclose(found["f0_hz"], sung["f0_hz"])


def test_a_curve_of_sonic_visualiser_breaks_only_where_nobody_sings():
    from xml.etree import ElementTree as ET

    document = ET.fromstring(find_format("svl").write(SONG)[".svl"])
    (model,) = [model for model in document.iter("model") if model.get("name") == "f0"]
    (dataset,) = [part for part in document.iter("dataset") if part.get("id") == model.get("dataset")]
    frames = np.array([int(point.get("frame")) for point in dataset])
    breaks = np.diff(frames) >= 2 * int(model.get("resolution"))
    assert breaks.sum() == 7  # eight stretches are sung


def test_textgrid_is_what_praatio_and_textgrid_open(tmp_path):
    import textgrid as other
    from praatio import textgrid as praatio

    (path,) = written("textgrid", tmp_path).values()
    grid = praatio.openTextgrid(str(path), includeEmptyIntervals=True)
    tiers = ("notes", "motifs", "motifs (overlap 2)", "motifs (overlap 3)", "palabras")
    assert grid.tierNames == tiers
    assert grid.maxTimestamp == 4.0
    assert [tuple(entry) for entry in grid.getTier("notes").entries] == [
        (0.0, 0.5, ""),
        (0.5, 1.0, "A4"),
        (1.0, 1.25, "B4 +49 (+2)"),
        (1.25, 2.0, "A♯4 +30 (-1)"),
        (2.0, 3.0, ""),
        (3.0, 3.5, "A3"),
        (3.5, 4.0, ""),
    ]
    assert grid.validate("silence") is not None and grid.validate("silence")
    again = other.TextGrid.fromFile(str(path))
    assert [tier.name for tier in again] == list(tiers)
    assert 'say "olé"' in [interval.mark.replace('""', '"') for interval in again[2]]


def test_what_praatio_saves_is_read(tmp_path):
    from praatio import textgrid as praatio

    (path,) = written("textgrid", tmp_path).values()
    grid = praatio.openTextgrid(str(path), includeEmptyIntervals=True)
    grid.addTier(praatio.PointTier("golpes", [(0.75, "x"), (1.5, "y")], 0, 4.0))
    for kind in ("short_textgrid", "long_textgrid"):
        target = tmp_path / f"{kind}.TextGrid"
        grid.save(str(target), format=kind, includeBlankSpaces=True)
        found = read_layer(target)
        assert spans_of(found, "golpes") == [(0.75, 0.75, "x"), (1.5, 1.5, "y")]
        assert spans_of(found, "motifs")[1] == (1.0, 3.5, 'say "olé"')
        utf16 = tmp_path / "utf16.TextGrid"
        utf16.write_bytes(target.read_text(encoding="utf-8").encode("utf-16"))
        assert read_layer(utf16).equals(found)


def test_points_are_a_tier_of_points_and_come_back_in_every_format(tmp_path):
    from praatio import textgrid as praatio

    marks = pd.DataFrame({"start_s": [0.5, 1.0, 2.0], "end_s": [0.5, 1.5, 2.0], "text": ["x", "ay", "y"]})
    tables = RecordingTables("a.wav", 4.0, 22_050, spans={"mine": marks})
    for name in ("csv", "audacity", "jams", "textgrid"):
        (path,) = written(name, tmp_path, tables).values()
        assert spans_of(read_layer(path), "mine") == [(0.5, 0.5, "x"), (1.0, 1.5, "ay"), (2.0, 2.0, "y")], (
            name
        )
    grid = praatio.openTextgrid(str(path), includeEmptyIntervals=False)
    assert [tuple(point) for point in grid.getTier("mine (points)").entries] == [(0.5, "x"), (2.0, "y")]


def test_elan_takes_the_textgrid(tmp_path):
    from pympi import Eaf
    from pympi.Praat import TextGrid

    (path,) = written("textgrid", tmp_path).values()
    TextGrid(str(path), codec="utf-8").to_eaf().to_file(str(tmp_path / "song.eaf"))
    eaf = Eaf(str(tmp_path / "song.eaf"))
    spans = [(start, end, text) for start, end, text, *_ in eaf.get_annotation_data_for_tier("palabras")]
    assert [span for span in spans if span[2]] == [(0, 2000, "ay, ay"), (2000, 3250, "mi compañera")]


@given(st.lists(st.tuples(st.integers(0, 900_000), st.integers(1, 90_000)), max_size=30))
@settings(deadline=None, max_examples=30)
def test_textgrid_intervals_tile_the_recording_and_lose_nothing(spans):
    from praatio.utilities import textgrid_io

    table = pd.DataFrame(spans, columns=["start_s", "end_s"], dtype=float) / 90_000
    table["end_s"] = table["start_s"] + table["end_s"]
    table["text"] = [f'm{i} "\n' for i in range(len(table))]
    content = find_format("textgrid").write(RecordingTables("a.wav", 12.0, spans={"m": table}))[".TextGrid"]
    for tier in textgrid_io.parseTextgridStr(content.decode(), includeEmptyIntervals=True)["tiers"]:
        times = [(float(start), float(end)) for start, end, _ in tier["entries"]]
        assert times[0][0] == 0.0 and times[-1][1] == 12.0
        assert all(a[1] == b[0] and a[0] < a[1] for a, b in pairwise(times))
    found = find_format("textgrid").read(content, "a").sort_values("text")
    table = table.assign(text=[f'm{i} "' for i in range(len(table))]).sort_values("text")
    assert found["text"].tolist() == table["text"].tolist()
    assert np.allclose(found[["start_s", "end_s"]], table[["start_s", "end_s"]], atol=1e-6)
    assert set(found["layer"]) <= {"m"}


def test_audacity_labels_are_three_columns_in_order_of_time(tmp_path):
    paths = written("audacity", tmp_path)
    rows = [line.split("\t") for line in paths[".palabras.txt"].read_text().splitlines()]
    assert [len(row) for row in rows] == [3, 3]
    (tmp_path / "spectral.txt").write_text("1.0\t2.0\tay\n\\\t100.0\t900.0\n3,5\t4,5\tolé\n")
    assert spans_of(read_layer(tmp_path / "spectral.txt"), "spectral") == [(1, 2, "ay"), (3.5, 4.5, "olé")]


def test_raven_counts_over_the_files_and_says_where_in_each():
    other = RecordingTables("TP/second.flac", 2.0, 22_050, notes=NOTES.iloc[:1])
    (content,) = find_format("raven").write_all(iter([SONG, other])).values()
    table = pd.read_csv(io.BytesIO(content), sep="\t")
    assert table["Selection"].tolist() == list(range(1, 11))
    assert (table["High Freq (Hz)"] > table["Low Freq (Hz)"]).sum() >= 5
    last = table.iloc[-1]
    assert (last["Begin File"], last["File Offset (s)"], last["Begin Time (s)"]) == (
        "TP/second.flac",
        0.5,
        4.5,
    )
    first = table.iloc[0]
    assert first["Low Freq (Hz)"] < 440 < first["High Freq (Hz)"]
    assert math.log2(first["High Freq (Hz)"] / first["Low Freq (Hz)"]) == pytest.approx(1 / 12, abs=1e-4)
    assert set(table["Layer"]) == {"notes", "motifs", "palabras"}


@pytest.mark.filterwarnings("ignore")
def test_jams_validates_and_keeps_who_what_and_how(tmp_path):
    import jams

    (path,) = written("jams", tmp_path).values()
    document = jams.load(str(path), validate=True, strict=True)
    assert document.file_metadata.artist == "Tomás Pavón"
    assert document.file_metadata.identifiers["musicbrainz"] == ABOUT["musicbrainz_recording_id"]
    assert document.sandbox["parameters"] == {"contour": {"k": 7}}
    assert document.sandbox["recording"]["year"] == "1950"
    (curve,) = document.search(namespace="pitch_contour")
    assert len(curve.data) == len(MELODY)
    (notes,) = document.search(namespace="note_hz")
    assert notes.to_interval_values()[1] == pytest.approx(cents_to_hz(NOTES["pitch_cents"]).tolist())
    assert len(document.search(namespace="segment_open")) == 2


@pytest.mark.filterwarnings("ignore")
def test_midi_says_its_bend_range_and_pretty_midi_hears_the_cents(tmp_path):
    import pretty_midi

    (path,) = written("midi", tmp_path).values()
    (voice,) = pretty_midi.PrettyMIDI(str(path)).instruments
    assert [(round(n.start, 3), round(n.end, 3)) for n in voice.notes] == list(
        zip(NOTES["start_s"], NOTES["end_s"], strict=True)
    )
    cents = [
        100 * (note.pitch - 33) + bend.pitch / 8192 * 200
        for note, bend in zip(voice.notes, voice.pitch_bends, strict=True)
    ]
    assert cents == pytest.approx(NOTES["pitch_cents"].tolist(), abs=0.1)
    said = [(change.number, change.value) for change in voice.control_changes]
    assert said[:3] == [(101, 0), (100, 0), (6, 2)]
    assert voice.name == ABOUT["title"]


@pytest.mark.filterwarnings("ignore")
def test_music21_reads_the_score():
    import music21

    content = find_format("musicxml").write(SONG)[".musicxml"]
    score = music21.converter.parseData(content.decode(), format="musicxml")
    (part,) = score.parts
    bars = list(part.getElementsByClass("Measure"))
    assert len(bars) == 2  # a bar is a phrase
    notes = list(part.stripTies().recurse().notes)
    # The tuning is found first: what lies near it are plain semitones.
    assert [note.quarterLength for note in notes] == pytest.approx([0.5, 0.25, 0.75, 0.5])
    assert score.metadata.title == ABOUT["title"]
    words = [w.content for w in part.recurse().getElementsByClass("TextExpression")]
    assert words[0].startswith("A4 = ")


@given(
    st.lists(
        st.tuples(st.integers(1, 400), st.integers(0, 40), st.integers(1500, 4200)), min_size=1, max_size=12
    )
)
@settings(deadline=None, max_examples=8)
@pytest.mark.filterwarnings("ignore")
def test_a_score_lasts_as_long_as_the_singing(parts):
    import music21

    start, rows = 0, []
    for length, pause, cents in parts:
        rows.append((start / 100, (start + length) / 100, float(cents)))
        start += length + pause
    notes = pd.DataFrame(rows, columns=["start_s", "end_s", "pitch_cents"]).assign(phrase=0)
    content = find_format("musicxml").write(RecordingTables("a.wav", 100.0, notes=notes))[".musicxml"]
    part = music21.converter.parseData(content.decode(), format="musicxml").parts[0]
    assert len(part.stripTies().recurse().notes) == len(notes)
    # Notes too short for the grid take one place of it each.
    assert part.duration.quarterLength == pytest.approx(rows[-1][1], abs=(len(rows) + 1) / 16)


def test_nothing_known_makes_no_broken_file():
    for kind in FORMATS.values():
        if kind.write is not None:
            bare = RecordingTables("a.wav", 1.0)
            for content in kind.write(bare).values():
                assert content
    assert json.loads(find_format("jams").write(RecordingTables("a.wav", 1.0))[".jams"])["annotations"] == []
