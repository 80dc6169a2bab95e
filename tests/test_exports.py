"""Every format is read back by a reader written from its specification."""

import io
import json
import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core.errors import FlamsidError
from flamsid_core.exports import audacity_labels, jams, layer_csv, midi, praat_textgrid

SEGMENTS = pd.DataFrame(
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
INSTANCES = pd.DataFrame(
    {
        "recording_id": ["r"] * 3,
        "start_s": [1.25, 0.5, 1.0],
        "end_s": [3.5, 2.0, 3.5],
        "pattern": ["-1 +2", "+2 -1", 'say "olé"'],
    }
)


def read_textgrid(text):
    """Long text format: tiers as {name: [(xmin, xmax, text)]}, with its own bounds under None."""
    tiers, name = {}, None
    head = text.split("item []:")[0]
    tiers[None] = [float(x) for x in re.findall(r"xm(?:in|ax) = (\S+)", head)]
    assert head.startswith('File type = "ooTextFile"\nObject class = "TextGrid"\n\n')
    assert int(re.search(r"size = (\d+)", head).group(1)) == text.count('class = "IntervalTier"')
    for block in re.split(r"    item \[\d+\]:", text)[1:]:
        name = re.search(r'name = "((?:[^"]|"")*)"', block).group(1).replace('""', '"')
        found = re.findall(r'xmin = (\S+)\s+xmax = (\S+)\s+text = "((?:[^"]|"")*)"', block)
        assert int(re.search(r"intervals: size = (\d+)", block).group(1)) == len(found)
        tiers[name] = [(float(a), float(b), label.replace('""', '"')) for a, b, label in found]
    return tiers


def read_midi(data):
    """Notes as (start s, end s, cents above A1), from a one-track file without running status."""
    assert data[:8] == b"MThd\x00\x00\x00\x06"
    form, tracks, division = (int.from_bytes(data[i : i + 2], "big") for i in (8, 10, 12))
    assert (form, tracks) == (0, 1)
    assert data[14:18] == b"MTrk"
    assert int.from_bytes(data[18:22], "big") == len(data) - 22
    at, tick, bend, tempo, sounding, notes = 22, 0, 0, 500_000, {}, []
    while at < len(data):
        delta = 0
        while True:
            delta = delta << 7 | data[at] & 0x7F
            at += 1
            if data[at - 1] < 0x80:
                break
        tick += delta
        seconds = tick / division * tempo / 1e6
        status, first, second = data[at], data[at + 1], data[at + 2]
        if status == 0xFF:
            content = data[at + 3 : at + 3 + second]
            if first == 0x51:
                tempo = int.from_bytes(content, "big")
            at += 3 + second
            if first == 0x2F:
                assert at == len(data) and not sounding
            continue
        if status == 0xE0:
            bend = (first + (second << 7) - 8192) / 8192 * 200
        elif status == 0x90:
            assert not sounding
            sounding[first] = (seconds, 100 * (first - 33) + bend)
        else:
            assert status == 0x80
            start, cents = sounding.pop(first)
            notes.append((start, seconds, cents))
        at += 3
    return notes


def test_csv_reads_back():
    text = layer_csv(SEGMENTS)
    assert "\r" not in text
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(text)), SEGMENTS)


def test_audacity_labels_are_three_columns_in_order_of_time():
    rows = [line.split("\t") for line in audacity_labels(SEGMENTS).splitlines()]
    assert [(float(a), float(b)) for a, b, _ in rows] == list(
        zip(SEGMENTS["start_s"], SEGMENTS["end_s"], strict=True)
    )
    assert [label for *_, label in rows] == ["A4", "B4 +49 (+2)", "A♯4 +30 (-1)", "A3"]
    assert [line.split("\t")[2] for line in audacity_labels(INSTANCES).splitlines()] == [
        "+2 -1",
        'say "olé"',
        "-1 +2",
    ]


def test_textgrid_holds_every_span_and_no_hole():
    tiers = read_textgrid(praat_textgrid({"contour": SEGMENTS, "motifs": INSTANCES}, 4.0))
    assert tiers[None] == [0.0, 4.0]
    assert list(tiers)[1:] == ["contour", "motifs", "motifs 2", "motifs 3"]
    assert tiers["contour"] == [
        (0.0, 0.5, ""),
        (0.5, 1.0, "A4"),
        (1.0, 1.25, "B4 +49 (+2)"),
        (1.25, 2.0, "A♯4 +30 (-1)"),
        (2.0, 3.0, ""),
        (3.0, 3.5, "A3"),
        (3.5, 4.0, ""),
    ]
    assert (1.0, 3.5, 'say "olé"') in tiers["motifs 2"]


@given(st.lists(st.tuples(st.integers(0, 900_000), st.integers(1, 90_000)), max_size=30))
@settings(deadline=None, max_examples=60)
def test_textgrid_intervals_always_tile_the_recording(spans):
    table = pd.DataFrame(spans, columns=["start_s", "end_s"]) / 90_000 * 1.0
    table["end_s"] = table["start_s"] + table["end_s"]
    table["pattern"] = [f"m{i}" for i in range(len(table))]
    tiers = read_textgrid(praat_textgrid({"motifs": table}, 12.0))
    found = []
    for name, intervals in list(tiers.items())[1:]:
        assert name.startswith("motifs")
        assert intervals[0][0] == 0.0 and intervals[-1][1] == 12.0
        assert all(a[1] == b[0] and a[0] < a[1] for a, b in pairwise(intervals))
        found += [interval for interval in intervals if interval[2]]
    times = {label: (start, end) for start, end, label in found}
    assert len(found) == len(table)
    for row in table.itertuples():
        assert times[row.pattern] == pytest.approx((row.start_s, row.end_s), abs=1e-6)


def test_a_span_beyond_the_recording_is_refused():
    with pytest.raises(FlamsidError, match="outside"):
        praat_textgrid({"contour": SEGMENTS}, 2.5)


def test_rows_of_two_recordings_share_no_time_line():
    two = pd.concat([SEGMENTS, SEGMENTS.assign(recording_id="other")])
    for export in (audacity_labels, midi, lambda t: praat_textgrid({"x": t}, 4.0)):
        with pytest.raises(FlamsidError, match="several recordings"):
            export(two)


@given(
    st.lists(st.tuples(st.integers(0, 40_000), st.integers(1, 400_000), st.floats(-500, 6000)), max_size=40)
)
@settings(deadline=None, max_examples=80)
def test_midi_notes_keep_time_and_cents(rows):
    start = np.cumsum([0] + [gap + length for gap, length, _ in rows])[:-1] + [gap for gap, _, _ in rows]
    length, cents = (np.array([row[i] for row in rows], dtype=float) for i in (1, 2))
    table = pd.DataFrame({"start_s": start / 1e4, "end_s": (start + length) / 1e4, "pitch_cents": cents})
    notes = read_midi(midi(table))
    assert len(notes) == len(table)
    for (first, last, pitch), row in zip(notes, table.itertuples(), strict=True):
        assert first == pytest.approx(row.start_s, abs=1e-4)
        assert last == pytest.approx(row.end_s, abs=1e-4)
        assert pitch == pytest.approx(row.pitch_cents, abs=0.02)


def test_midi_times_do_not_drift_over_an_hour():
    start = np.arange(36_000) * 0.1 + 1e-5
    table = pd.DataFrame({"start_s": start, "end_s": start + 0.09, "pitch_cents": 3600.0})
    notes = read_midi(midi(table))
    np.testing.assert_allclose([note[0] for note in notes], start, atol=1e-4)


def test_jams_holds_all_annotations():
    melody = pd.DataFrame(
        {"time_s": [0.0, 0.01, 0.02], "f0_hz": [0.0, 220.0, 221.0], "confidence": [0.1, 0.9, 0.8]}
    )
    text = jams(
        duration_s=4.0, melody=melody, segments=SEGMENTS, instances=INSTANCES, title="Soleá", artist="Anon."
    )
    found = json.loads(text)
    assert set(found) == {"annotations", "file_metadata", "sandbox"}
    assert found["file_metadata"]["duration"] == 4.0
    assert found["file_metadata"]["title"] == "Soleá"
    f0, notes, motifs = found["annotations"]
    assert [a["namespace"] for a in (f0, notes, motifs)] == ["pitch_contour", "note_hz", "segment_open"]
    assert [o["value"]["frequency"] for o in f0["data"]] == [0.0, 220.0, 221.0]
    assert [o["value"]["voiced"] for o in f0["data"]] == [False, True, True]
    assert f0["data"][1] == {
        "time": 0.01,
        "duration": 0.01,
        "value": f0["data"][1]["value"],
        "confidence": 0.9,
    }
    assert notes["data"][0]["value"] == pytest.approx(440.0)
    assert notes["data"][1]["duration"] == pytest.approx(0.25)
    assert [o["value"] for o in motifs["data"]] == ["+2 -1", 'say "olé"', "-1 +2"]


def test_nothing_makes_valid_empty_files():
    nothing = SEGMENTS.head(0)
    assert audacity_labels(nothing) == ""
    assert read_midi(midi(nothing)) == []
    assert read_textgrid(praat_textgrid({"contour": nothing}, 1.0))["contour"] == [(0.0, 1.0, "")]
    assert json.loads(jams(duration_s=1.0, segments=nothing))["annotations"][0]["data"] == []
