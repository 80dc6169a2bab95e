"""Tables that people wrote: understood in every dialect, added to in the same one, never made worse."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_corpus import reasons, write

from flamsid_core import FlamsidError
from flamsid_core.corpus import load_corpus
from flamsid_core.corpus.cells import spreadsheet_cell, tidy
from flamsid_core.corpus.tables import add_rows, find_table, read_table

NEW = [{"file": "Ana/nueva ñ.wav", "singer": "Ana Peña", "title": "+1 -1"}]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "mac_roman", "cp850"]


def table(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "recordings.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("first", "delimiter"), [("", ","), ("", ";"), ("", "\t"), ("sep=;", ";"), ('"sep=|"', "|")]
)
def test_what_can_be_read_is_added_to_byte_by_byte(tmp_path, encoding, newline, first, delimiter):
    lines = ([first] if first else []) + [
        delimiter.join(cells)
        for cells in (["File", " SINGER", "Palo", "Remarks"], ["Tomás/debla.wav", "Tomás Pavón", '"a, b; c"', "1"],
                      ["Niña/petenera.wav", "La Niña de los Peines", "", ""])
    ]  # fmt: skip
    path = table(tmp_path, newline.join(lines), encoding)
    before = path.read_bytes()
    add_rows(path, NEW, ())
    after = path.read_bytes()
    assert after.startswith(before)
    read = read_table(path)
    assert read.columns == ("file", "singer", "palo", "remarks")
    assert [row["singer"] for row in read.rows] == ["Tomás Pavón", "La Niña de los Peines", "Ana Peña"]
    assert [row["row"] for row in read.rows] == ["2", "3", "4"]
    assert read.rows[0]["palo"] == "a, b; c" and read.rows[2]["file"] == NEW[0]["file"]
    add_rows(path, NEW, ())
    assert path.read_bytes().startswith(after) and len(read_table(path).rows) == 4


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), max_size=12)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=5), st.sampled_from([",", ";", "\t"]))
def test_whatever_cells_hold_comes_back(tmp_path_factory, cells, delimiter):
    import csv

    path = tmp_path_factory.mktemp("t") / "recordings.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(["file", "singer", "note"])
        writer.writerows([[f"x{k}.wav", *row[1:]] for k, row in enumerate(cells)])
    read = read_table(path).rows
    assert [(row["singer"], row["note"]) for row in read] == [(tidy(row[1]), tidy(row[2])) for row in cells]
    add_rows(
        path, [{"file": f"y{k}.wav", "singer": row[1], "note": row[2]} for k, row in enumerate(cells)], ()
    )
    read = read_table(path).rows[len(cells) :]
    shown = [(spreadsheet_cell(row[1]), spreadsheet_cell(row[2])) for row in cells]
    assert [(row["singer"], row["note"]) for row in read] == [(tidy(one), tidy(two)) for one, two in shown]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "is empty"),
        (b"sep=;\r\n", "is empty"),
        ("name;singer\nx;y\n", "has no column 'file'"),
        ("file,singer,Singer\nx.wav,A,B\n", "two columns 'singer'"),
        ('file,singer\nA/x.wav,"Ana\n', "row 2 opens a quotation mark"),
        ("file\nA/x.wav\n", "has no column 'singer'"),
        ("file,singer\nA/x.wav,Tomás\n".encode("cp850"), "lacks the letter 'Ł'"),
        ("file,singer\n" + '"x.wav,A\n' * 300, "row 102 and 100 before it open quotation marks"),
    ],
)
def test_what_cannot_be_added_to_is_left_as_it_is(tmp_path, text, said):
    path = table(tmp_path, text)
    before = path.read_bytes()
    with pytest.raises(FlamsidError, match=said) as error:
        add_rows(path, [{"file": "Ana/y.wav", "singer": "Łucja"}], ())
    assert str(path) in str(error.value) and path.read_bytes() == before


def corpus_of(tmp_path, text, files, encoding="utf-8"):
    for seed, file in enumerate(files):
        write(tmp_path / file, seed)
    table(tmp_path, text, encoding)
    return load_corpus(tmp_path)


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850"])
def test_one_odd_letter_is_told_by_the_name_on_disk(tmp_path, encoding):
    corpus = corpus_of(tmp_path, "file;singer\na/Çetin ÿ.wav;A\n", ["a/Çetin ÿ.wav"], "utf-8")
    assert corpus.skipped == []
    if encoding != "cp850":  # which has no ÿ after this accent
        table(tmp_path, "file;singer\na/Çetin ÿ.wav;A\n", encoding)
        assert load_corpus(tmp_path).skipped == []


@pytest.mark.parametrize(
    "listed", ["A//x.wav", "A/./x.wav", "./A/x.wav", "a/X.WAV", "A\\x.wav", " A/ x.wav ", "'A/x.wav'"[1:-1]]
)
def test_one_file_may_be_spelled_in_many_ways(tmp_path, listed):
    corpus = corpus_of(tmp_path, f"file,singer\n{listed},Ana\n", ["A/x.wav"])
    assert corpus.skipped == [] and corpus.recordings["file"].tolist() == ["A/x.wav"]
    corpus = corpus_of(tmp_path, f"file,singer\nA/x.wav,Ana\n{listed},Ana\n", ["A/x.wav"])
    assert "row 3: the file is listed twice" in reasons(corpus)["A/x.wav"]


def test_singers_in_another_case_or_with_other_blanks_are_one(tmp_path):
    text = "file,singer\nx.wav,Tomás  Pavón\ny.wav,tomás pavón\nz.wav,Tomás\u00a0Pavón\n"
    corpus = corpus_of(tmp_path, text, ["x.wav", "y.wav", "z.wav"])
    assert corpus.recordings["singer"].tolist() == ["Tomás Pavón"] * 3


def test_a_quotation_mark_that_is_never_closed_costs_its_own_row_only(tmp_path):
    text = 'file,singer\nx.wav,"Ana\ny.wav,Eva\nz.wav,"Luz"\n"w.wav",Mar\n'
    corpus = corpus_of(tmp_path, text, ["x.wav", "y.wav", "z.wav", "w.wav"])
    assert corpus.recordings["file"].tolist() == ["w.wav", "y.wav", "z.wav"]
    assert "row 2: opens a quotation mark" in reasons(corpus)["x.wav"]
    text = 'file,singer,note\nx.wav,Ana,"two\nlines, both of the note"\ny.wav,Eva,\n'
    assert corpus_of(tmp_path, text, ["x.wav"]).recordings["singer"].tolist() == ["Ana", "Eva"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b"x.wav,A\x00na", "control character U.0000"),
        (b"x.wav," + b"a" * 20_000, "more than 10000 characters"),
        (b"x.wav," + b"a" * 200_000, "more than 10000 characters"),
        (b"x.wav,Pav\xf3n", "characters that were lost"),
        ("x.wav,Pav\ufffdn".encode(), "characters that were lost"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path, row, said):
    text = "file,singer\ny.wav,Tomás Pavón\n".encode() + row + b"\nz.wav,Eva\n"
    corpus = corpus_of(tmp_path, text, ["x.wav", "y.wav", "z.wav"])
    assert corpus.recordings["file"].tolist() == ["y.wav", "z.wav"]
    assert pd.Series(reasons(corpus))["x.wav"].startswith("recordings.csv row 3")
    assert said.replace(".", "+") in reasons(corpus)["x.wav"]


def test_a_quoted_comma_in_a_semicolon_header_is_no_separator(tmp_path):
    text = 'file;"singer";"place, year, label"\nx.wav;Ana;Utrera\n'
    assert corpus_of(tmp_path, text, ["x.wav"]).recordings["singer"].tolist() == ["Ana"]


def test_the_table_is_found_in_any_case_and_its_likes_are_named(tmp_path):
    write(tmp_path / "x.wav")
    (tmp_path / "Recordings.CSV").write_text("file,singer\nx.wav,Ana\n")
    (tmp_path / "recordings.xlsx").write_bytes(b"PK")
    corpus = load_corpus(tmp_path)
    assert corpus.recordings["singer"].tolist() == ["Ana"]
    assert "save it as CSV under the name recordings.csv" in reasons(corpus)["recordings.xlsx"]
    (tmp_path / "RECORDINGS.csv").write_text("")
    with pytest.raises(FlamsidError, match="several tables"):
        load_corpus(tmp_path)
    (tmp_path / "recordings.csv").symlink_to("recordings.csv")
    with pytest.raises(FlamsidError, match="not a file that can be read"):
        find_table(tmp_path, "recordings.csv")


def test_links_to_nowhere_are_named_and_end_nothing(tmp_path):
    write(tmp_path / "A" / "x.wav")
    (tmp_path / "A" / "annexed.wav").symlink_to("../.git/annex/objects/aa/bb/SHA256E-s1--c.wav")
    (tmp_path / "A" / "itself.wav").symlink_to("itself.wav")
    (tmp_path / "A" / "far.wav").symlink_to(tmp_path.parent / "gone.wav")
    for listed in (False, True):
        corpus = load_corpus(tmp_path)
        assert corpus.recordings["file"].tolist() == ["A/x.wav"]
        said = reasons(corpus)
        assert set(said) == {"A/annexed.wav", "A/itself.wav", "A/far.wav"}
        assert all("link to a file that is not here" in reason for reason in said.values()), listed
        rows = [f"A/{name}.wav,Ana" for name in ("x", "annexed", "itself", "far")]
        table(tmp_path, "\n".join(["file,singer", *rows]))


def test_a_name_no_file_can_have_is_named(tmp_path):
    corpus = corpus_of(tmp_path, f"file,singer\nx.wav,Ana\n{'n' * 3000}.wav,Ana\n", ["x.wav"])
    assert [item.reason for item in corpus.skipped] == [
        "recordings.csv row 3: the file does not exist; check its name."
    ]
