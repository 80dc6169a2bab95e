"""The authors' published clips: names, signs, source groups, and the corpus made from them."""

import errno
import functools
import uuid

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from naive_groups import naive_sources

from flamsid_core import FlamsidError
from flamsid_core.corpus import audio_sha256, import_published_motifs, load_corpus
from flamsid_core.corpus.groups import foreign_rows, source_labels
from flamsid_core.corpus.importing import COLUMNS
from flamsid_core.corpus.published import looks_published, parse_published_name

RATE = 8000


def sound(seed, duration_s=0.25):
    return np.random.default_rng(seed).normal(0, 0.1, round(duration_s * RATE))


def clip(folder, recording, steps, samples, serial, suffix="wav"):
    """Write one published clip; the serial number makes its uuid."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{recording}_{steps}_{uuid.UUID(int=serial)}.{suffix}"
    soundfile.write(path, samples, RATE, subtype="PCM_16")
    return path


@pytest.fixture
def published(tmp_path):
    """Three singers; EC's R1 was copied into AM's folder as R1_intervals, with one clip EC's folder lacks."""
    root = tmp_path / "published clips"
    performance = sound(1, 2.0)
    clip(root / "EC", "R1", "11-11", performance[:3000], 1)
    clip(root / "EC", "R1_intervals", "11-11", performance[:3000], 2)
    clip(root / "EC", "R1_intervals", "-12-1", performance[4000:7000], 3)
    clip(root / "EC", "R1", "1-13", performance[12000:], 4)
    clip(root / "AM", "R1_intervals", "11-11", performance[:3000], 5)
    clip(root / "AM", "R1_intervals", "-1-1-1", performance[2000:5000], 6)
    clip(root / "AM", "R7", "2-2", sound(2), 7)
    clip(root / "AM", "R7", "2-21", sound(3), 8, "flac")
    clip(root / "AM", "R8", "1-1", sound(4), 9)
    clip(root / "Tomás Pavón", "D 1.txt", "1-1", sound(5), 10)
    clip(root / "Tomás Pavón", "R7", "3-3", sound(6), 11)
    return root


STEPS = st.lists(
    st.integers(1, 3).flatmap(lambda size: st.sampled_from([size, -size])), min_size=1, max_size=12
)


@given(st.text(st.characters(exclude_characters="/\n\r\0"), min_size=1, max_size=20), STEPS, st.uuids())
def test_names_are_read_and_signs_turned_round(recording, steps, name_id):
    name = f"{recording}_{''.join(map(str, steps))}_{name_id}"
    found_recording, pattern = parse_published_name(name)
    assert found_recording == recording
    assert [int(step) for step in pattern.split(" ")] == [-step for step in steps]
    assert all(step[0] in "+-" for step in pattern.split(" "))


@pytest.mark.parametrize("steps", ["", "0", "1-4", "--1", "1-", "x", "1 1", "+1", "1,1"])
def test_malformed_steps_are_named(steps):
    with pytest.raises(FlamsidError, match="malformed") as caught:
        parse_published_name(f"M1036_{steps}_{uuid.UUID(int=1)}")
    assert f"'{steps}'" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["", "take 3", "M1036_11-1", f"11-1_{uuid.UUID(int=1)}", f"M1_11_{'0' * 32}"]
)
def test_other_names_are_no_published_clips(name):
    with pytest.raises(FlamsidError, match="name is not <recording>_<steps>_<uuid>"):
        parse_published_name(name)


def test_a_folder_is_published_clips_when_most_files_are():
    good = f"A/M1_11_{uuid.UUID(int=1)}.wav"
    assert looks_published([good, good, "A/x.wav"])
    assert not looks_published([good, "A/x.wav"])
    assert not looks_published([])


def test_published_clips_are_read_directly(published):
    corpus = load_corpus(published)
    table = corpus.instances
    assert corpus.kind == "clips"
    assert corpus.skipped == []
    assert len(table) == 11
    assert table["file"].is_monotonic_increasing
    assert table["instance_id"].is_unique
    assert table["sound_id"].nunique() == 9
    for row in table.itertuples():
        assert row.sound_id == audio_sha256(corpus.locate(row.file))
        assert (row.start_s, row.end_s) == (0.0, soundfile.info(published / row.file).duration)
    by_serial = table.set_index(table["file"].str[-6:-4].str.lstrip("0-"))["pattern"]
    assert by_serial["3"] == "+1 -2 +1"
    assert by_serial["4"] == "-1 +1 -3"


def test_groups_and_conflicts_come_from_the_sounds(published):
    corpus = load_corpus(published)
    table = corpus.instances
    # EC's R1 with its copies, AM's R7, AM's R8, Pavón's D 1 and Pavón's R7, which is not AM's.
    assert table["source_group"].nunique() == 5
    copied = table["recording"].isin(["R1", "R1_intervals"])
    assert len(set(table[copied]["source_group"])) == 1
    assert len(set(table[table["conflict"]]["sound_id"])) == 1
    assert table[table["conflict"]]["singer"].tolist() == ["AM", "EC", "EC"]
    foreign = table[foreign_rows(table)]
    assert set(foreign["singer"] + foreign["recording"]) == {"AMR1_intervals"}
    assert len(foreign) == 2
    # The extra clip in AM's folder shares samples with two of EC's, and links them.
    assert len(set(table[copied & (table["pattern"] != "-1 +1 -3")]["overlap_group"])) == 1
    groups = corpus.recordings.set_index("recording_id")
    assert sorted(groups["singer"]) == ["AM", "AM", "EC", "Tomás Pavón", "Tomás Pavón"]
    of_copies = groups.loc[table[copied]["source_group"].iloc[0]]
    assert (of_copies["singer"], of_copies["title"], of_copies["file"]) == ("EC", "R1, R1_intervals", "")
    names = list(zip(table["singer"], table["recording"], strict=True))
    expected = naive_sources(names, table["sound_id"].tolist())
    found = table["source_group"].drop_duplicates().tolist()
    assert [found.index(group) for group in table["source_group"]] == expected


def test_what_is_no_clip_is_skipped_with_its_reason(published):
    clip(published / "AM", "R9", "1-4", sound(7), 12)
    clip(published, "R9", "1-1", sound(8), 13)
    soundfile.write(published / "AM" / "take 3.wav", sound(9), RATE)
    cut = clip(published / "EC", "R9", "1-1", sound(10), 14)
    cut.write_bytes(cut.read_bytes()[:-100])
    corpus = load_corpus(published)
    assert len(corpus.instances) == 11
    said = [(item.file, item.reason) for item in corpus.skipped]
    assert len(said) == 4
    for part, reason in (
        ("1-4", "malformed"),
        ("take 3", "name is not"),
        ("EC/R9", "truncated"),
        ("R9_1-1", "no singer"),
    ):
        assert any(part in file and reason in why for file, why in said), part


def same_tables(one, two):
    for name in ("recordings", "instances"):
        pd.testing.assert_frame_equal(
            getattr(one, name).drop(columns="mtime_ns"), getattr(two, name).drop(columns="mtime_ns")
        )


def test_the_imported_corpus_is_the_published_one(published, tmp_path):
    seen = []
    corpus = import_published_motifs(
        published, tmp_path / "mine", on_progress=lambda fraction, text: seen.append(fraction)
    )
    assert corpus.root == tmp_path / "mine"
    assert corpus.kind == "clips"
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    same_tables(corpus, load_corpus(published))
    same_tables(corpus, load_corpus(tmp_path / "mine"))
    table = pd.read_csv(tmp_path / "mine" / "instances.csv")
    assert tuple(table.columns) == COLUMNS
    for row in table.itertuples():
        assert (tmp_path / "mine" / row.file).read_bytes() == (published / row.file).read_bytes()
    left = [path.name for path in (tmp_path / "mine").rglob("*") if path.name.startswith(".")]
    assert left == []


def test_an_interrupted_import_goes_on_where_it_was(published, tmp_path, monkeypatch):
    class Killed(Exception):
        pass

    def kill(fraction, text):
        if fraction > 0.85:
            raise Killed

    dest = tmp_path / "mine"
    with pytest.raises(Killed):
        import_published_motifs(published, dest, on_progress=kill)
    assert not (dest / "instances.csv").exists()
    with pytest.raises(FlamsidError, match="not finished; run the same import again"):
        load_corpus(dest)
    from flamsid_core.corpus import importing

    copied = []
    real_copy = importing.shutil.copyfile
    monkeypatch.setattr(importing.shutil, "copyfile", lambda a, b: copied.append(a) or real_copy(a, b))
    there = {path.name for path in dest.rglob("*.wav")}
    assert 0 < len(there) < 11
    same_tables(import_published_motifs(published, dest), load_corpus(published))
    assert {path.name for path in copied}.isdisjoint(there)
    copied.clear()
    same_tables(import_published_motifs(published, dest), load_corpus(published))
    assert copied == []


def test_a_full_disk_is_told_and_the_import_can_go_on(published, tmp_path, monkeypatch):
    from flamsid_core.corpus import importing

    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(importing.shutil, "copyfile", full)
        with pytest.raises(FlamsidError, match="disk is full"):
            import_published_motifs(published, tmp_path / "mine")
    same_tables(import_published_motifs(published, tmp_path / "mine"), load_corpus(published))


def test_what_cannot_be_imported_is_refused(published, tmp_path):
    soundfile.write(published.parent / "a.wav", sound(1), RATE)
    plain = tmp_path / "plain"
    (plain / "A").mkdir(parents=True)
    soundfile.write(plain / "A" / "a.wav", sound(1), RATE)
    with pytest.raises(FlamsidError, match="needs no import"):
        import_published_motifs(plain, tmp_path / "mine")
    with pytest.raises(FlamsidError, match="does not exist"):
        import_published_motifs(tmp_path / "nowhere", tmp_path / "mine")
    with pytest.raises(FlamsidError, match="lies in the folder to import"):
        import_published_motifs(published, published / "mine")
    with pytest.raises(FlamsidError, match="holds something that is not an import"):
        import_published_motifs(published, plain)
    with pytest.raises(FlamsidError, match="is a file"):
        import_published_motifs(published, published.parent / "a.wav")
    assert not (tmp_path / "mine").exists()


def test_instances_csv_is_checked_row_by_row(published, tmp_path):
    corpus = import_published_motifs(published, tmp_path / "mine")
    table = pd.read_csv(corpus.root / "instances.csv", dtype="str")
    table.loc[0, "pattern"] = "up down"
    table.loc[1, "singer"] = ""
    table.loc[2, "sound_id"] = "0" * 64
    table.loc[3, "file"] = "../mine/AM/x.wav"
    table.to_csv(corpus.root / "instances.csv", index=False)
    again = load_corpus(corpus.root)
    assert len(again.instances) == 7
    said = [item.reason for item in again.skipped]
    for reason in (
        "row 2: the pattern 'up down'",
        "row 3: no singer",
        "not the sound",
        "row 5: the path leads out",
    ):
        assert any(reason in text for text in said), reason


def test_known_clips_are_not_decoded_again(published, monkeypatch):
    first = load_corpus(published)
    monkeypatch.setattr(soundfile, "SoundFile", None)
    second = load_corpus(published, known=first.instances)
    pd.testing.assert_frame_equal(first.instances, second.instances)
    pd.testing.assert_frame_equal(first.recordings, second.recordings)


def test_a_new_clip_beside_known_ones_is_put_into_its_group(published):
    known = load_corpus(published).instances
    clip(published / "EC", "R2", "1-1", sound(1, 2.0)[13000:15000], 20)
    fresh, after = load_corpus(published), load_corpus(published, known=known)
    pd.testing.assert_frame_equal(fresh.instances, after.instances)
    added = after.instances[after.instances["recording"] == "R2"].iloc[0]
    beside = after.instances[after.instances["pattern"] == "-1 +1 -3"].iloc[0]
    assert added["overlap_group"] == beside["overlap_group"]
    assert added["source_group"] == beside["source_group"]


@functools.cache
def published_corpus(folder):
    """Read the published clips once for all tests on them."""
    return load_corpus(folder)


@pytest.mark.real
def test_the_published_clips_are_what_they_are(flamenco_motifs):
    corpus = published_corpus(flamenco_motifs)
    table = corpus.instances
    assert corpus.skipped == []
    assert len(table) == 11_158
    assert table["sound_id"].nunique() == 5_405
    assert table[table["conflict"]]["sound_id"].nunique() == 99
    foreign = foreign_rows(table)
    # The copies AM's folder holds of EC's group: not only the 99 sounds both have, all of the recording.
    assert set(table[foreign]["singer"] + " " + table[foreign]["recording"]) == {"AM M1036_intervals"}
    groups = table[~foreign].groupby("singer")["source_group"].nunique()
    assert groups.to_dict() == {"AM": 5, "EC": 4, "EM": 2, "JT": 2, "TP": 2}
    assert corpus.recordings.groupby("singer").size().to_dict() == groups.to_dict()
    # Every clip set aside shares samples with a clip of EC's: it is the same performance.
    of_ec = set(table[table["singer"] == "EC"]["overlap_group"])
    assert set(table[foreign]["overlap_group"]) <= of_ec
    # Copies alone find the same groups: shared samples never lead from one to another.
    by_copies = source_labels(
        list(zip(table["singer"], table["recording"], strict=True)), table["sound_id"].tolist()
    )
    assert len(set(by_copies)) == 15
    assert len(set(zip(by_copies, table["source_group"], strict=True))) == 15
    assert table["overlap_group"].nunique() < 1_100
