"""The annotation file: kept, undone, searched, shared by two pages, killed, moved and exchanged."""

import json
import os
import sqlite3
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_annotations import NaiveList

from flamsid_core.annotations import (
    Annotations,
    Entry,
    export_annotations,
    import_annotations,
    open_annotations,
)
from flamsid_core.annotations.schema import MIGRATIONS, VERSION
from flamsid_core.errors import FlamsidError

RECORDINGS = pd.DataFrame(
    {
        "recording_id": ["aaa", "bbb"],
        "file": ["Chano/debla.flac", "Chano/toná.flac"],
        "singer": ["Chano", "Chano"],
        "title": ["Debla", "Toná"],
        "duration_s": [60.0, 90.0],
    }
)


def octave(recording_id="aaa", start_s=1.0, octaves=-1):
    return Entry(recording_id, "f0", "octave", start_s, start_s + 2.0, {"octaves": octaves})


def mark(text, layer="tercio", start_s=0.0, end_s=1.0, recording_id="aaa", **detail):
    detail = {"mark_id": text, "layer": layer, "text": text} | detail
    return Entry(recording_id, "mark", "add", start_s, end_s, detail)


@pytest.fixture
def notes(tmp_path):
    return Annotations(tmp_path / "annotations.sqlite")


def test_reading_makes_no_file(notes):
    assert notes.entries() == [] and notes.marks().empty and notes.layers().empty and notes.motifs().empty
    assert notes.digest("aaa") == "" and notes.undo("aaa") is None
    assert not notes.path.exists()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from(["add a", "add b", "undo a", "redo a", "undo b", "redo b", "again"]), max_size=12
    )
)
def test_undo_and_redo_are_those_of_two_stacks(tmp_path_factory, actions):
    notes, naive = Annotations(tmp_path_factory.mktemp("x") / "a.sqlite"), NaiveList()
    for n, action in enumerate(actions):
        what, _, recording_id = action.partition(" ")
        if what == "add":
            entry = octave(recording_id, start_s=float(n))
            notes.add([entry])
            naive.add(recording_id, entry.entry_id)
        elif what == "again":
            notes.add(notes.entries()[-1:])
        else:
            turned = getattr(notes, what)(recording_id)
            assert (turned and turned.entry_id) == getattr(naive, what)(recording_id)
        for one in ("a", "b"):
            assert [entry.entry_id for entry in notes.entries(one)] == naive.done(one)


def test_corrections_have_a_digest_that_undo_brings_back(notes):
    notes.add([octave()])
    first = notes.digest("aaa")
    notes.add([octave(start_s=5.0), mark("salida")])
    assert first != notes.digest("aaa") != "" and notes.digest("bbb") == ""
    notes.undo("aaa")  # a mark: the melody does not depend on it
    notes.undo("aaa")
    assert notes.digest("aaa") == first
    assert notes.corrected_recordings() == ["aaa"]


def test_marks_are_changed_deleted_and_found(notes):
    notes.add([mark("Ayeo de salida", tags=["melisma"]), mark("segundo tércio", start_s=3.0, end_s=None)])
    notes.add([mark("remate", recording_id="bbb", layer="letra")])
    notes.add(
        [
            Entry(
                "aaa",
                "mark",
                "change",
                4.0,
                6.0,
                {"mark_id": "segundo tércio", "text": "Segundo TERCIO, corto"},
            )
        ]
    )
    assert notes.marks(text="tercio segundo")["start_s"].tolist() == [4.0]
    assert notes.marks(text="melisma")["tags"].tolist() == [("melisma",)]
    assert notes.marks(text="tercio")["text"].size == 2  # the layer's name counts
    assert notes.marks("bbb")["text"].tolist() == ["remate"]
    assert notes.marks(layer="letra")["recording_id"].tolist() == ["bbb"]
    assert notes.marks(text="100 %").empty
    notes.add([Entry("aaa", "mark", "delete", detail={"mark_id": "Ayeo de salida"})])
    assert len(notes.marks("aaa")) == 1
    notes.undo("aaa")
    assert len(notes.marks("aaa")) == 2


def test_layers_and_motifs(notes):
    notes.add(
        [Entry("", "layer", "set", detail={"layer": name, "kind": "span"}) for name in ("tercio", "letra")]
    )
    notes.add([Entry("", "layer", "set", detail={"layer": "tercio", "kind": "span", "colour": "#c00"})])
    assert notes.layers()["layer"].tolist() == ["tercio", "letra"]
    assert notes.layers()["colour"].tolist() == ["#c00", ""]
    notes.add(
        [Entry("", "motif", "set", detail={"motif_key": "+1 -2", "name": "la caída", "tags": ["cierre"]})]
    )
    notes.add([Entry("", "motif", "set", detail={"motif_key": "+1 -1", "rejected": True})])
    motifs = notes.motifs().set_index("motif_key")
    assert motifs["rejected"].to_dict() == {"+1 -2": False, "+1 -1": True}
    assert notes.motifs(text="CAIDA cierre")["name"].tolist() == ["la caída"]
    notes.undo("")
    assert notes.motifs()["motif_key"].tolist() == ["+1 -2"]


def test_two_open_pages_lose_nothing(notes):
    other = Annotations(notes.path)
    mine = notes.add([octave()])[0]
    theirs = other.add([octave(start_s=9.0)])[0]
    notes.undo("aaa", mine.entry_id)
    assert [entry.entry_id for entry in other.entries("aaa")] == [theirs.entry_id]
    other.add([mark("x")])
    assert notes.redo("aaa") is None  # something was done since
    assert len(notes.entries(state=None)) == 3


def test_an_entry_sent_twice_is_kept_once(notes):
    entry = octave()
    assert notes.add([entry])[0].seq == notes.add([entry, mark("x")])[0].seq
    assert len(notes.entries()) == 2


def test_all_or_none(notes):
    notes.add([octave()])
    clash = octave(start_s=3.0)
    with pytest.raises(FlamsidError, match="could not be read or written"):
        notes.add([mark("x"), clash, clash])
    assert len(notes.entries()) == 1 and notes.marks().empty


@pytest.mark.parametrize(
    ("values", "part"),
    [
        (("a", "f0", "octave", 1.0, 1.0, {"octaves": 1}), "is empty"),
        (("a", "f0", "octave", 1.0, 2.0, {"octaves": 0}), "by 0 octaves"),
        (("a", "f0", "octave", 1.0, 2.0), "needs octaves"),
        (("a", "f0", "unvoiced", 1.0), "needs start_s and end_s"),
        (("a", "f0", "draw", 1.0, 2.0, {"time_s": [1.0, 0.5], "f0_hz": [1, 2]}), "ascends"),
        (("a", "f0", "draw", 1.0, 2.0, {"time_s": [1.0], "f0_hz": [-3.0]}), "-3 Hz"),
        (("a", "f0", "louder", 1.0, 2.0), "cannot be done to f0"),
        (("a", "tempo", "set"), "cannot be about"),
        (("a", "note", "split"), "needs start_s"),
        (("a", "mark", "add", float("nan"), None, {"mark_id": "1", "layer": "x"}), "start_s cannot be nan"),
    ],
)
def test_entries_that_make_no_sense_are_told(values, part):
    with pytest.raises(FlamsidError, match=part):
        Entry(*values)


def test_an_older_file_is_brought_up_and_a_newer_one_refused(tmp_path):
    path = tmp_path / "annotations.sqlite"
    with sqlite3.connect(path) as old:
        for statement in MIGRATIONS[0]:
            old.execute(statement)
        old.execute(f"PRAGMA application_id = {0x464C414D}")
        old.execute("PRAGMA user_version = 1")
        detail = json.dumps({"mark_id": "1", "layer": "letra", "text": "Ay"})
        old.execute(
            "INSERT INTO entries (entry_id, recording_id, subject, kind, start_s, detail, author, made_at) "
            "VALUES ('e', 'aaa', 'mark', 'add', 1.0, ?, 'me', '2020-01-01T00:00:00+00:00')",
            (detail,),
        )
    old.close()
    assert Annotations(path).marks(text="ay")["layer"].tolist() == ["letra"]
    newer = sqlite3.connect(path)
    assert newer.execute("PRAGMA user_version").fetchone()[0] == VERSION
    newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    newer.close()
    with pytest.raises(FlamsidError, match="newer flamsid"):
        Annotations(path).marks()


def test_a_foreign_or_broken_file_is_told(tmp_path):
    path = tmp_path / "annotations.sqlite"
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE other (x)")
    foreign.close()
    with pytest.raises(FlamsidError, match="another program"):
        Annotations(path).add([octave()])
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(FlamsidError, match="could not be read"):
        Annotations(path).entries()


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setenv("FLAMSID_HOME", str(tmp_path / "home"))
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    assert open_annotations(corpus).path == corpus / "annotations.sqlite"
    open_annotations(corpus).add([octave()])
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    elsewhere = open_annotations(corpus)
    assert elsewhere.path.is_relative_to(tmp_path / "home")
    assert len(elsewhere.entries("aaa")) == 1  # begins with what lies beside the recordings
    elsewhere.add([octave(start_s=9.0)])
    assert len(open_annotations(corpus).entries("aaa")) == 2


_THIRTY_LIVES = """
import os, random, signal, sys, time
from flamsid_core.annotations import Annotations, Entry

notes = Annotations(sys.argv[1])
for life in range(30):
    chance = random.Random(life)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        for n in range(life * 1000, 10**9):
            detail = {"mark_id": str(n), "layer": "x", "text": str(n)}
            notes.add([Entry("aaa", "mark", "add", float(n), n + 1.0, detail)])
            os.write(writing, f"{n} ".encode())
    os.close(writing)
    confirmed = os.read(reading, 100)
    time.sleep(chance.uniform(0.0, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(reading, 1000):
        confirmed += more
    os.close(reading)
    print(confirmed.decode())
"""


def test_thirty_kills_lose_nothing_confirmed(tmp_path):
    path = tmp_path / "annotations.sqlite"
    run = [sys.executable, "-c", _THIRTY_LIVES, str(path)]
    result = subprocess.run(run, capture_output=True, text=True, check=True, timeout=120)
    confirmed = set(result.stdout.split())
    assert len(confirmed) >= 30
    kept = set(Annotations(path).marks("aaa")["text"])
    assert confirmed <= kept
    assert {entry.detail["text"] for entry in Annotations(path).entries("aaa")} == kept


def test_everything_goes_out_and_comes_back(notes, tmp_path):
    notes.add([octave(), mark("salida, «ay»", tags=["a", "b"]), mark("punto", start_s=7.5, end_s=None)])
    notes.add([Entry("", "layer", "set", detail={"layer": "tercio", "kind": "span", "colour": "#c00"})])
    notes.add([Entry("", "motif", "set", detail={"motif_key": "+1 -2", "name": "caída", "rejected": True})])
    notes.add([octave("bbb")])
    notes.undo("bbb")
    out = tmp_path / "out"
    melody = pd.DataFrame({"time_s": [0.0, 0.01], "f0_hz": [0.0, 220.5], "corrected": [False, True]})
    written = export_annotations(notes, out, RECORDINGS, {"bbb": melody})
    assert {path.name for path in written} == {
        "entries.csv", "marks.csv", "layers.csv", "motifs.csv", "aaa.jams", "bbb.jams"
    }  # fmt: skip
    back = Annotations(tmp_path / "back.sqlite")
    assert import_annotations(back, out, RECORDINGS) == {"entries": 6, "known": 0}
    assert import_annotations(back, out, RECORDINGS) == {"entries": 0, "known": 6}
    plain = [(e.entry_id, e.detail, e.state, e.made_at) for e in notes.entries(state=None)]
    assert plain == [(e.entry_id, e.detail, e.state, e.made_at) for e in back.entries(state=None)]
    pd.testing.assert_frame_equal(back.marks(), notes.marks())
    # Without the list of entries, the tables; without them, the JAMS files.
    (out / "entries.csv").unlink()
    again = Annotations(tmp_path / "again.sqlite")
    import_annotations(again, out, RECORDINGS)
    columns = ["mark_id", "start_s", "end_s", "text", "tags", "layer"]
    pd.testing.assert_frame_equal(again.marks()[columns], notes.marks()[columns])
    assert again.motifs()["rejected"].tolist() == [True]
    (out / "marks.csv").unlink()
    third = Annotations(tmp_path / "third.sqlite")
    import_annotations(third, out, RECORDINGS)
    pd.testing.assert_frame_equal(third.marks()[columns], notes.marks()[columns])


def test_jams_reads_the_files(notes, tmp_path):
    jams = pytest.importorskip("jams")
    notes.add([mark("salida"), mark("punto", start_s=7.5, end_s=None)])
    melody = pd.DataFrame({"time_s": [0.0, 0.01], "f0_hz": [0.0, 220.5], "corrected": [False, True]})
    export_annotations(notes, tmp_path, RECORDINGS, {"aaa": melody})
    document = jams.load(str(tmp_path / "aaa.jams"), strict=True)
    layer = document.search(namespace="segment_open")[0]
    assert [(o.time, o.duration, o.value) for o in layer.data] == [(0.0, 1.0, "salida"), (7.5, 0.0, "punto")]
    pitch = document.search(namespace="pitch_contour")[0]
    assert pitch.data[1].value == {"index": 0, "frequency": 220.5, "voiced": True}
    assert pitch.sandbox["share_corrected"] == 1.0


def test_a_table_of_another_program(notes, tmp_path):
    table = tmp_path / "tercios.csv"
    table.write_text("file,start_s,end_s,layer,text\nChano/toná.flac,1.5,3,tercio,uno\ndebla,4,,punto,dos\n")
    assert import_annotations(notes, table, RECORDINGS) == {"entries": 2, "known": 0}
    assert notes.marks("bbb")["text"].tolist() == ["uno"]
    table.write_text("file,start_s,layer\nsoleá.flac,1.5,tercio\n")
    with pytest.raises(FlamsidError, match=r"line 2: the recording soleá\.flac is not in this corpus"):
        import_annotations(notes, table, RECORDINGS)
    table.write_text("a,b\n1,2\n")
    with pytest.raises(FlamsidError, match="not a table of annotations"):
        import_annotations(notes, table, RECORDINGS)
    with pytest.raises(FlamsidError, match="holds no annotations"):
        import_annotations(notes, tmp_path / "nowhere", RECORDINGS)


def test_merging_keeps_the_order_of_time(tmp_path):
    early = Entry("aaa", "f0", "unvoiced", 1.0, 2.0, made_at="2020-01-01T00:00:00.000+00:00")
    late = Entry("aaa", "f0", "tracked", 1.0, 2.0, made_at="2021-01-01T00:00:00.000+00:00")
    a, b = Annotations(tmp_path / "a.sqlite"), Annotations(tmp_path / "b.sqlite")
    a.add([late])
    b.add([early])
    assert a.merge(b.entries(state=None)) == 1
    assert [entry.kind for entry in a.entries()] == ["unvoiced", "tracked"]
