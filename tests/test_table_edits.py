"""Cells of the table are changed, and every other byte stays."""

import pytest

from flamsid_core.corpus.table_edits import change_cells
from flamsid_core.errors import FlamsidError

WRITTEN = 'File;Singer ; own\r\n"A/one.flac";Ana;"x; y"\r\n\r\nA/two.flac;  Ana ;ñ\r\nA/three.flac;Ana'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_only_what_was_changed_changes(tmp_path, encoding):
    path = tmp_path / "recordings.csv"
    path.write_bytes(WRITTEN.encode(encoding))
    assert change_cells(path, {"A/two.flac": {"singer": "Tomás Pavón"}, "A/none.flac": {"singer": "x"}}) == 1
    text = path.read_bytes().decode(encoding)
    assert text == WRITTEN.replace("A/two.flac;  Ana ;ñ", "A/two.flac;Tomás Pavón;ñ")


def test_new_columns_stand_at_the_right(tmp_path):
    path = tmp_path / "recordings.csv"
    path.write_text(WRITTEN, newline="")
    change_cells(path, {"A/one.flac": {"tonic_hz": "220.5"}, "A/three.flac": {"own": "w", "speed": "-4"}})
    lines = path.read_bytes().decode().split("\r\n")
    assert lines[0].split(";")[-2:] == ["tonic_hz", "speed"]
    assert lines[1] == 'A/one.flac;Ana;"x; y";220.5;' and lines[3] == "A/two.flac;  Ana ;ñ"
    assert lines[4].startswith("A/three.flac;Ana;w;;")


def test_nothing_is_written_where_a_row_or_letter_is_wrong(tmp_path):
    path = tmp_path / "recordings.csv"
    path.write_bytes("file,singer\nA/one.flac,Tomás\n".encode("cp1252"))
    before = path.read_bytes()
    with pytest.raises(FlamsidError, match="lacks the letter"):
        change_cells(path, {"A/one.flac": {"singer": "Łucja"}})
    assert path.read_bytes() == before
    path.write_text('file,singer\nA/one.flac,"Ana\nA/two.flac,Ana\n')
    with pytest.raises(FlamsidError, match="cannot be changed safely"):
        change_cells(path, {"A/two.flac": {"singer": "Eva"}})
