"""Corrections of f0 and of notes: what each kind does, and what is left where nothing is found."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core.annotations import Entry, correct_f0, correct_notes, share_corrected
from flamsid_core.annotations.corrections import curve_at


def melody(f0_hz, hop_s=0.1):
    return pd.DataFrame({"time_s": np.arange(len(f0_hz)) * hop_s, "f0_hz": np.asarray(f0_hz, dtype=float)})


def f0(kind, start_s, end_s, **detail):
    return Entry("a", "f0", kind, start_s, end_s, detail)


def note(kind, start_s, end_s=None, **detail):
    return Entry("a", "note", kind, start_s, end_s, detail)


def naive_f0(table, entries):
    result = []
    for time_s, tracked in zip(table["time_s"], table["f0_hz"], strict=True):
        now = tracked
        for entry in entries:
            if not entry.start_s <= time_s < entry.end_s:
                continue
            if entry.kind == "octave":
                now = now * 2.0 ** entry.detail["octaves"]
            elif entry.kind == "unvoiced":
                now = 0.0
            elif entry.kind == "tracked":
                now = tracked
            else:
                points = list(zip(entry.detail["time_s"], entry.detail["f0_hz"], strict=True))
                before = max([p for p in points if p[0] <= time_s], default=points[0])
                after = min([p for p in points if p[0] >= time_s], default=points[-1])
                if before[1] <= 0 or after[1] <= 0:
                    now = 0.0
                elif before == after or after[0] <= before[0]:
                    now = before[1]
                else:
                    share = (time_s - before[0]) / (after[0] - before[0])
                    now = before[1] * (after[1] / before[1]) ** share
        result.append(now)
    return result


pitch = st.sampled_from([0.0, 110.0, 220.0, 331.5])
kinds = st.sampled_from(["octave", "unvoiced", "tracked", "draw"])


@settings(max_examples=80, deadline=None)
@given(
    st.lists(pitch, min_size=1, max_size=12),
    st.lists(
        st.tuples(kinds, st.integers(0, 12), st.integers(1, 12), st.lists(pitch, min_size=1, max_size=4)),
        max_size=5,
    ),
)
def test_entries_do_what_they_say(f0_hz, edits):
    table, entries = melody(f0_hz, hop_s=0.125), []
    for kind, start, length, curve in edits:
        span = (start * 0.125, (start + length) * 0.125)
        detail = {"octaves": -1} if kind == "octave" else {}
        if kind == "draw":
            detail = {"time_s": [span[0] + 0.0625 * 3 * i for i in range(len(curve))], "f0_hz": curve}
        entries.append(f0(kind, *span, **detail))
    corrected = correct_f0(table, entries)
    np.testing.assert_allclose(corrected["f0_hz"], naive_f0(table, entries))
    np.testing.assert_array_equal(corrected["corrected"], corrected["f0_hz"] != table["f0_hz"])
    assert table["f0_hz"].tolist() == f0_hz  # never the tracked table


def test_a_curve_is_straight_in_cents_and_held_at_its_ends():
    drawn = curve_at(np.array([0.0, 1.0, 1.5, 2.0, 3.0]), [1.0, 2.0], [200.0, 800.0])
    np.testing.assert_allclose(drawn, [200, 200, 400, 800, 800])
    gap = curve_at(np.array([0.0, 1.0, 1.5, 2.0, 2.5, 3.0]), [1.0, 2.0, 3.0], [200.0, 0.0, 300.0])
    np.testing.assert_allclose(gap, [200, 200, 0, 0, 0, 300])


def test_share_corrected():
    table = correct_f0(
        melody([0, 220, 220, 220]), [f0("unvoiced", 0.1, 0.2), f0("octave", 0.0, 0.2, octaves=1)]
    )
    assert share_corrected(table) == pytest.approx(1 / 3)
    assert share_corrected(correct_f0(melody([0, 0]), [])) == 0.0


SEGMENTS = pd.DataFrame(
    {
        "recording_id": "a",
        "phrase": [0, 0, 0, 1, 1],
        "start_s": [1.0, 2.0, 3.0, 5.0, 6.0],
        "end_s": [2.0, 3.0, 4.0, 6.0, 7.0],
        "level": [0, 2, 1, 1, 2],
        "pitch_cents": [1200.0, 1600.0, 1400.0, 1400.0, 1600.0],
        "step": [0, 2, -1, 0, 1],
    }
)


def test_nothing_to_do_changes_nothing():
    table, left = correct_notes(SEGMENTS, [f0("unvoiced", 0.1, 0.2)])
    pd.testing.assert_frame_equal(table.drop(columns="corrected"), SEGMENTS)
    assert not table["corrected"].any() and left == []
    empty, _ = correct_notes(SEGMENTS.iloc[:0], [note("split", 1.0)])
    assert empty.empty and "corrected" in empty


def test_boundaries_are_moved():
    table, left = correct_notes(SEGMENTS, [note("move", 2.02, to_s=2.4), note("move", 4.0, to_s=4.5)])
    assert (
        left == []
        and table["start_s"].tolist() == [1, 2.4, 3, 5, 6]
        and table["end_s"].tolist() == [2.4, 3, 4.5, 6, 7]
    )
    assert table["corrected"].tolist() == [True, True, True, False, False]
    for impossible in (note("move", 2.0, to_s=3.5), note("move", 1.5, to_s=1.6), note("move", 4.0, to_s=5.5)):
        table, left = correct_notes(SEGMENTS, [impossible])
        assert left == [impossible] and not table["corrected"].any()


def test_split_join_delete_level():
    table, left = correct_notes(SEGMENTS, [note("split", 2.5), note("level", 2.5, 3.0, pitch_cents=1180.0)])
    assert (
        left == []
        and table["level"].tolist() == [0, 2, 0, 1, 1, 2]
        and table["step"].tolist() == [0, 2, -2, 1, 0, 1]
    )
    table, left = correct_notes(SEGMENTS, [note("join", 2.0)])
    assert left == [] and table["level"].tolist() == [0, 1, 1, 2] and table["end_s"].tolist() == [3, 4, 6, 7]
    assert table["step"].tolist() == [0, 1, 0, 1]
    table, left = correct_notes(SEGMENTS, [note("delete", 2.1, 2.9)])
    assert left == [] and table["step"].tolist() == [0, 1, 0, 1]
    table, left = correct_notes(SEGMENTS, [note("delete", 0.0, 9.0)])
    assert left == [] and table.empty


def test_what_is_not_found_is_left_over():
    lost = [note("split", 4.5), note("join", 4.5), note("delete", 4.1, 4.6), note("split", 1.0)]
    table, left = correct_notes(SEGMENTS, lost)
    assert left == lost and len(table) == len(SEGMENTS)


def test_without_levels_a_note_takes_any_pitch():
    band = SEGMENTS.assign(level=-1, step=[0, 3, -3, 0, 3])
    table, _ = correct_notes(band, [note("level", 2.0, 3.0, pitch_cents=1290.0)])
    assert table["pitch_cents"].tolist() == [1200, 1290, 1400, 1400, 1600] and table["step"].tolist() == [
        0,
        2,
        2,
        0,
        3,
    ]
