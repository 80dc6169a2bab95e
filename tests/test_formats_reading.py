"""Layers that other programs and people wrote: tables of all kinds, every encoding, damaged files."""

import pytest
from test_formats import NOTES, spans_of

from flamsid_core.errors import FlamsidError
from flamsid_core.formats import RecordingTables, find_format, read_f0, read_layer
from flamsid_core.formats.text import decode_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("start_s,end_s,text,layer\n1,2,ay,quejío\n", [(1, 2, "ay", "quejío")]),
        ("Onset;Duration;Label\n1,5;0,5;olé\n", [(1.5, 2.0, "olé", "take")]),
        ("# a comment\n1\t2\tay\n\n3\t4\t\n", [(1, 2, "ay", "take"), (3, 4, "", "take")]),
        ("0.5 1.5 two words\n", [(0.5, 1.5, "two words", "take")]),
        ("2.0,220.0,0.5,ay\n3.0,1.0,0.25,olé\n", [(2.0, 2.5, "ay", "take"), (3.0, 3.25, "olé", "take")]),
        ("1.0,clap\n2.0,clap\n", [(1, 1, "clap", "take"), (2, 2, "clap", "take")]),
        ("", []),
    ],
)
def test_tables_of_all_kinds_are_layers(tmp_path, text, expected):
    path = tmp_path / "take.csv"
    path.write_text(text, encoding="utf-8")
    found = read_layer(path)
    assert list(found.columns) == ["start_s", "end_s", "text", "layer"]
    assert list(found.itertuples(index=False, name=None)) == expected


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("a.csv", b"1,2,ay\n5,4,olay\n", "row 2"),
        ("a.csv", b"\xff\xfe\x00", "row 1"),
        ("a.txt", b"no labels", "line 1"),
        ("a.TextGrid", b"something else", "not a TextGrid"),
        (
            "a.TextGrid",
            b'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n1\n<exists>\n3\n',
            "damaged",
        ),
        ("a.svl", b"<sv><data>", "not a layer"),
        ("a.svl", b'<!DOCTYPE a [<!ENTITY x "y">]><sv/>', "not a layer"),
        ("a.jams", b"[]", "not a JAMS"),
        ("a.docx", b"", "cannot be read here"),
    ],
)
def test_what_cannot_be_read_is_said_with_the_files_name(tmp_path, name, content, part):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FlamsidError, match=part) as raised:
        read_layer(path)
    assert name in str(raised.value)


def test_a_missing_file_and_an_unknown_format_are_said():
    with pytest.raises(FlamsidError, match="cannot be read"):
        read_layer("nowhere/at.csv")
    with pytest.raises(FlamsidError, match="choose one of csv"):
        find_format("docx")
    with pytest.raises(FlamsidError, match="several recordings"):
        find_format("csv").write(RecordingTables("a", 9.0, notes=NOTES.assign(recording_id=list("rrrs"))))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman"]
)
def test_accents_are_kept_in_every_encoding(encoding):
    text = "Niña de los Peines, toná, José, ¡olé!"
    assert decode_text(text.encode(encoding)) == text


def test_a_layer_of_sonic_visualisers_own_making_is_read(tmp_path):
    """As Sonic Visualiser writes them: models apart from layers, instants, texts, compressed or not."""
    import bz2

    text = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE sonic-visualiser>
<sv><data>
<model id="3" name="" sampleRate="44100" type="sparse" dimensions="1" resolution="1" notifyOnAdd="true" dataset="2"/>
<dataset id="2" dimensions="1"><point frame="44100" label="1.1"/><point frame="88200" label="1.2"/></dataset>
<model id="7" sampleRate="44100" type="sparse" dimensions="3" subtype="note" units="Hz" dataset="6"/>
<dataset id="6" dimensions="3"><point frame="22050" value="440" duration="22050" level="1" label=""/></dataset>
<model id="9" sampleRate="44100" type="dense" name="spectrogram"/>
</data><display>
<layer id="4" type="timeinstants" name="Time Instants" presentationName="palmas" model="3"/>
<layer id="8" type="notes" name="Notes" model="7"/>
</display></sv>"""
    for content in (text.encode(), bz2.compress(text.encode())):
        path = tmp_path / "a.svl"
        path.write_bytes(content)
        found = read_layer(path)
        assert spans_of(found, "palmas") == [(1.0, 1.0, "1.1"), (2.0, 2.0, "1.2")]
        assert spans_of(found, "Notes") == [(0.5, 1.0, "A4")]
        with pytest.raises(FlamsidError, match="no curve"):
            read_f0(path)
