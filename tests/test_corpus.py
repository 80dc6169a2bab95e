"""A folder of recordings becomes a table, whatever people put into it."""

import os
import unicodedata

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_groups import naive_components, naive_shares_samples, naive_sources
from test_corpus_audio import broken_files, voice

from flamsid_core import FlamsidError
from flamsid_core.corpus import audio_sha256, load_corpus
from flamsid_core.corpus.groups import connected_labels, foreign_rows, group_owners, source_labels
from flamsid_core.corpus.overlap import shared_window_labels, window_hashes

COLUMNS = [
    "recording_id", "file", "sha256", "singer", "style", "title", "year", "source", "licence", "tonic_hz", "speed",
    "duration_s", "sample_rate_hz", "channels", "size_bytes", "mtime_ns", "source_group",
]  # fmt: skip


def write(path, seed=0, **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, voice(0.1, 8000, seed=seed), 8000, **how)


def reasons(corpus):
    return {item.file: item.reason for item in corpus.skipped}


def test_without_a_table_the_folder_is_the_singer(tmp_path):
    write(tmp_path / "Tomás Pavón" / "debla 1.wav", 1)
    write(tmp_path / "Juan Talega" / "record 3" / "toná.flac", 2)
    write(tmp_path / "loose.wav", 3)
    (tmp_path / "notes.txt").write_text("not sound")
    corpus = load_corpus(tmp_path)
    assert corpus.kind == "recordings"
    assert corpus.instances is None
    assert list(corpus.recordings.columns) == COLUMNS
    assert corpus.recordings["file"].tolist() == ["Juan Talega/record 3/toná.flac", "Tomás Pavón/debla 1.wav"]
    assert corpus.recordings["singer"].tolist() == ["Juan Talega", "Tomás Pavón"]
    assert corpus.recordings["title"].tolist() == ["toná", "debla 1"]
    assert corpus.recordings["duration_s"].tolist() == [0.1, 0.1]
    assert "no singer" in reasons(corpus)["loose.wav"]
    assert set(reasons(corpus)) == {"loose.wav"}
    assert corpus.locate("Tomás Pavón/debla 1.wav").is_file()


def test_ids_come_from_the_sound_alone(tmp_path):
    write(tmp_path / "one" / "a.wav", 1, subtype="PCM_16")
    write(tmp_path / "one" / "b.wav", 2, subtype="PCM_16")
    before = load_corpus(tmp_path).recordings
    assert before["recording_id"].tolist() == [
        audio_sha256(tmp_path / "one" / n)[:12] for n in ("a.wav", "b.wav")
    ]
    soundfile.write(tmp_path / "one" / "z.flac", soundfile.read(tmp_path / "one" / "a.wav")[0], 8000)
    (tmp_path / "one" / "a.wav").unlink()
    after = load_corpus(tmp_path).recordings
    assert set(after["recording_id"]) == set(before["recording_id"])


def test_the_same_sound_in_several_files_is_one_source(tmp_path):
    for name in ("c/x.wav", "a/x.wav", "b/x.wav"):
        write(tmp_path / name, 1)
    write(tmp_path / "a" / "other.wav", 2)
    table = load_corpus(tmp_path).recordings.set_index("file")
    stem = table.loc["a/x.wav", "recording_id"]
    assert table["recording_id"].to_dict() == {
        "a/other.wav": table.loc["a/other.wav", "sha256"][:12],
        "a/x.wav": stem,
        "b/x.wav": f"{stem}-2",
        "c/x.wav": f"{stem}-3",
    }
    assert set(table.loc[["a/x.wav", "b/x.wav", "c/x.wav"], "source_group"]) == {stem}
    assert table["source_group"].nunique() == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_from_any_spreadsheet_is_understood(tmp_path, encoding, separator):
    write(tmp_path / "audio" / "martinete ñ.wav")
    header = separator.join(["File ", "SINGER", "Style", "year", "Remarks", "licence"])
    row = separator.join(
        ["audio\\martinete ñ.wav", " El Chocolate ", '"tonás; a palo, seco"', "1962", "!", "CC0"]
    )
    (tmp_path / "recordings.csv").write_bytes(f"{header}\r\n{row}\r\n{separator * 5}\r\n".encode(encoding))
    corpus = load_corpus(tmp_path)
    assert corpus.skipped == []
    found = corpus.recordings.iloc[0]
    assert found["file"] == "audio/martinete ñ.wav"
    assert (found["singer"], found["style"]) == ("El Chocolate", "tonás; a palo, seco")
    assert (found["year"], found["licence"], found["source"]) == ("1962", "CC0", "")


def test_names_on_disk_may_spell_accents_in_another_form(tmp_path):
    decomposed = unicodedata.normalize("NFD", "Pavón/toná.wav")
    write(tmp_path / decomposed)
    (tmp_path / "recordings.csv").write_text("file,singer\nPavón/toná.wav,Tomás Pavón\n", encoding="utf-8")
    corpus = load_corpus(tmp_path)
    assert corpus.skipped == []
    assert corpus.locate(corpus.recordings["file"][0]).is_file()


def test_every_bad_row_is_named_and_the_rest_goes_on(tmp_path):
    write(tmp_path / "good.wav", 1)
    write(tmp_path / "anonymous.wav", 2)
    write(tmp_path / "unlisted.wav", 3)
    write(tmp_path.parent / f"{tmp_path.name}-outside.wav", 4)
    outside = f"../{tmp_path.name}-outside.wav"
    (tmp_path / "recordings.csv").write_text(
        "file,singer,title\n"
        "good.wav,A,one\n"
        "good.wav,A,again\n"
        "missing.wav,A,two\n"
        "\n"
        "anonymous.wav,,three\n"
        f"{outside},A,four\n"
        "/etc/passwd,A,five\n"
        ",A,six\n"
        "C:\\x.wav,A,seven\n"
        "other.wav,A,eight, and more\n"
    )
    corpus = load_corpus(tmp_path)
    assert corpus.recordings["file"].tolist() == ["good.wav"]
    assert corpus.recordings["title"].tolist() == ["one"]
    said = reasons(corpus)
    assert "row 3: the file is listed twice" in said["good.wav"]
    assert "row 4: the file does not exist" in said["missing.wav"]
    assert "row 6: no singer" in said["anonymous.wav"]
    for file, row in ((outside, 7), ("/etc/passwd", 8), ("C:/x.wav", 10)):
        assert f"row {row}: the path leads out of the corpus folder" in said[file]
    assert "row 9: the column file is empty" in said["recordings.csv"]
    assert "row 11: has more cells than the header" in said["other.wav"]
    assert "not listed in recordings.csv" in said["unlisted.wav"]
    assert len(said) == 9


def test_links_out_of_the_folder_are_refused(tmp_path):
    inside, outside = tmp_path / "corpus", tmp_path / "elsewhere.wav"
    write(outside, 1)
    write(inside / "A" / "own.wav", 2)
    (inside / "A" / "link.wav").symlink_to(outside)
    (inside / "A" / "twin.wav").symlink_to("own.wav")
    corpus = load_corpus(inside)
    assert corpus.recordings["file"].tolist() == ["A/own.wav", "A/twin.wav"]
    assert "link that leads out" in reasons(corpus)["A/link.wav"]
    with pytest.raises(FlamsidError, match="leads out"):
        corpus.locate("../elsewhere.wav")
    (inside / "B").symlink_to(tmp_path)
    assert reasons(load_corpus(inside))["B"].startswith("is a link to a folder")


def test_a_name_that_is_no_text_is_skipped(tmp_path):
    write(tmp_path / "A" / "good.wav")
    (tmp_path / "A" / "good.wav").rename(tmp_path / "A" / os.fsdecode(b"to\xf1a.wav"))
    write(tmp_path / "A" / "good.wav")
    corpus = load_corpus(tmp_path)
    assert corpus.recordings["file"].tolist() == ["A/good.wav"]
    assert reasons(corpus) == {"A/to?a.wav": "the name is not UTF-8 text; rename the file or its folder."}


def test_broken_files_are_skipped_one_by_one(tmp_path):
    write(tmp_path / "A" / "good.wav")
    broken = [name for name, _ in broken_files(tmp_path / "A") if name not in ("missing.wav", "folder.wav")]
    soundfile.write(tmp_path / "A" / "silent.wav", np.zeros(800), 8000)
    (tmp_path / "A" / "phone.m4a").write_bytes(b"1234")
    (tmp_path / "A" / "._good.wav").write_bytes(b"macOS leaves these")
    seen = []
    corpus = load_corpus(tmp_path, on_progress=lambda fraction, text: seen.append((fraction, text)))
    assert corpus.recordings["file"].tolist() == ["A/good.wav"]
    said = reasons(corpus)
    assert set(said) == {f"A/{name}" for name in (*broken, "silent.wav", "phone.m4a")}
    assert "only silence" in said["A/silent.wav"]
    assert "m4a files are not read" in said["A/phone.m4a"]
    assert all(str(tmp_path) not in reason and "\n" not in reason for reason in said.values())
    assert seen[-1][0] == 1.0
    assert [fraction for fraction, _ in seen] == sorted(fraction for fraction, _ in seen)


def test_a_folder_with_nothing_usable_says_why(tmp_path):
    with pytest.raises(FlamsidError, match="does not exist"):
        load_corpus(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(FlamsidError, match="is not a folder"):
        load_corpus(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FlamsidError, match="holds no sound files"):
        load_corpus(tmp_path / "empty")
    write(tmp_path / "loose" / "a.wav")
    write(tmp_path / "loose" / "b.wav")
    with pytest.raises(FlamsidError, match=r"a\.wav: no singer.*2 files"):
        load_corpus(tmp_path / "loose")
    (tmp_path / "empty" / "recordings.csv").write_text("name,singer\nx.wav,A\n")
    with pytest.raises(FlamsidError, match=r"no column 'file'.*name, singer"):
        load_corpus(tmp_path / "empty")


def test_known_files_are_not_decoded_again(tmp_path, monkeypatch):
    for seed, name in enumerate(("A/x.wav", "A/y.wav", "B/z.wav")):
        write(tmp_path / name, seed)
    first = load_corpus(tmp_path).recordings
    write(tmp_path / "A" / "y.wav", 9)
    os.utime(tmp_path / "A" / "y.wav", ns=(1, 1))
    decoded = []
    from flamsid_core.corpus import files

    real_scan = files.scan_audio
    monkeypatch.setattr(files, "scan_audio", lambda path: decoded.append(path.name) or real_scan(path))
    second = load_corpus(tmp_path, known=first).recordings
    assert decoded == ["y.wav"]
    pd.testing.assert_frame_equal(second.drop(index=1), first.drop(index=1))
    assert second["sha256"][1] == audio_sha256(tmp_path / "A" / "y.wav") != first["sha256"][1]
    # Labels are read again even where the sound is known.
    (tmp_path / "recordings.csv").write_text("file,singer\nA/x.wav,Someone else\nA/y.wav,A\nB/z.wav,B\n")
    assert load_corpus(tmp_path, known=second).recordings["singer"].tolist() == ["Someone else", "A", "B"]
    assert decoded == ["y.wav"]


def test_a_progress_callback_that_raises_stops_the_work(tmp_path):
    write(tmp_path / "A" / "x.wav")

    def cancel(fraction, text):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_corpus(tmp_path, on_progress=cancel)


def test_the_table_does_not_depend_on_what_the_file_system_lists_first(tmp_path):
    names = ["B/2.wav", "A/1.wav", "Á/3.wav", "a/4.wav"]
    for seed, name in enumerate(names):
        write(tmp_path / "one" / name, seed)
    for seed, name in reversed(list(enumerate(names))):
        write(tmp_path / "two" / name, seed)
    drop = ["mtime_ns"]
    one, two = (load_corpus(tmp_path / side).recordings.drop(columns=drop) for side in ("one", "two"))
    pd.testing.assert_frame_equal(one, two)
    assert one["file"].tolist() == sorted(names)


LINKS = st.integers(1, 25).flatmap(
    lambda n: st.tuples(
        st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=30)
    )
)


@given(LINKS)
@settings(max_examples=200, deadline=None)
def test_union_find_agrees_with_flooding(case):
    n_nodes, links = case
    found = connected_labels(n_nodes, np.array(links, dtype=np.int64).reshape(-1, 2))
    assert found.tolist() == naive_components(n_nodes, links)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 12)), max_size=25))
@settings(max_examples=200, deadline=None)
def test_sources_agree_with_flooding(rows):
    names, sounds = [name for name, _ in rows], [sound for _, sound in rows]
    assert source_labels(names, sounds).tolist() == naive_sources(names, sounds)


def test_a_group_belongs_to_whom_most_of_its_undisputed_sounds_belong():
    table = pd.DataFrame(
        [
            ("g", "EC", "1"),
            ("g", "EC", "2"),
            ("g", "AM", "2"),
            ("g", "AM", "2"),
            ("g", "EC", "3"),
            ("g", "AM", "4"),
        ]
        + [("h", "AM", "5"), ("i", "AM", "6"), ("i", "JT", "6")],
        columns=["source_group", "singer", "sound_id"],
    )
    assert group_owners(table) == {"g": "EC", "h": "AM", "i": ""}
    assert foreign_rows(table).tolist() == [False, False, True, True, False, True, False, True, True]


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 5000), st.integers(300, 4000)), min_size=1, max_size=8
    )
)
@settings(max_examples=60, deadline=None)
def test_clips_with_a_stretch_in_common_are_linked_and_others_never(spans):
    sources = [voice(1.2, 8000, seed=seed)[:, 0] for seed in range(4)]
    clips = [sources[source][start : start + length] for source, start, length in spans]
    found = shared_window_labels([window_hashes(clip) for clip in clips])
    # With 1200 samples in common a kept window is all but certain; with less than a window, impossible.
    pairs = [(i, j) for i in range(len(clips)) for j in range(i)]
    long_links = [(i, j) for i, j in pairs if _common(spans[i], spans[j], len(sources[0])) >= 1200]
    any_links = [(i, j) for i, j in pairs if _common(spans[i], spans[j], len(sources[0])) >= 32]
    surely = naive_components(len(clips), long_links)
    at_most = naive_components(len(clips), any_links)
    for i, j in pairs:
        assert found[i] == found[j] or surely[i] != surely[j]
        assert found[i] != found[j] or at_most[i] == at_most[j]


def _common(a, b, length):
    if a[0] != b[0]:
        return 0
    return min(a[1] + a[2], b[1] + b[2], length) - max(a[1], b[1])


def test_equal_windows_are_found_as_a_plain_search_finds_them():
    rng = np.random.default_rng(0)
    source = rng.normal(0, 0.1, 6000).astype(np.float32)
    clips = [source[:2500], source[2000:5000], source[5000:], rng.normal(0, 0.1, 2000).astype(np.float32)]
    hashes = [window_hashes(clip) for clip in clips]
    for a in range(4):
        for b in range(a):
            shared = bool(np.intersect1d(hashes[a], hashes[b]).size)
            assert shared == naive_shares_samples(clips[a].tolist(), clips[b].tolist(), 32)


def test_quiet_stretches_link_nothing():
    quiet = np.zeros(4000, dtype=np.float32)
    assert window_hashes(quiet).size == 0
    assert window_hashes(quiet[:10]).size == 0


@pytest.mark.real
def test_mir1k_is_read_whole(mir1k):
    corpus = load_corpus(mir1k)
    assert corpus.skipped == []
    assert len(corpus.recordings) == 45
    assert corpus.recordings.groupby("singer").size().tolist() == [5] * 9
    assert corpus.recordings["source_group"].is_unique
