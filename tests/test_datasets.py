"""Published data sets become corpora with their accents, their f0 and their identifiers."""

import sys
import types

import numpy as np
import pandas as pd
import pytest
import soundfile

from flamsid_core.corpus import import_dataset, load_corpus
from flamsid_core.errors import FlamsidError
from flamsid_core.formats import read_f0, read_layer

MBID = "b1a9c0e9-d987-4042-ae91-78d6a3267d69"
PEOPLE = [("01-D_AMairena", "Debla", "En el barrio de Triana", "Antonio Mairena"),
          ("02-D_Chano", "Toná", "Yo soy como el pájaro", "Chano Lobato"),
          ("03-M1_Nina", "Martinete", "Así lloré", "La Niña de los Peines")]  # fmt: skip


def sound(path, seconds=0.5, hz=220.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * hz * np.arange(int(8000 * seconds)) / 8000), 8000)


def tonas(root, encoding):
    table = "".join(f"{stem}.wav\t{style}\t{title}\t{singer}\n" for stem, style, title, singer in PEOPLE)
    for number, (stem, *_) in enumerate(PEOPLE):
        sound(root / "Deblas" / f"{stem}.wav", hz=200.0 + 10 * number)
        (root / "Deblas" / f"{stem}.f0.Corrected").write_text("0.000 0.1 219 220\n0.012 0.1 0 -1\n")
        (root / "Deblas" / f"{stem}.notes.Corrected").write_text("50\n0.1, 0.25, 57, 0.3\n")
    raw = table.encode(encoding)
    if encoding == "cp1252":
        raw = raw.replace(b"\tChano", b"\t\0Chano")
    (root / "TONAS-Metadata.txt").write_bytes(raw)
    return root


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "cp1252", "mac_roman"])
def test_tonas_keeps_every_accent(tmp_path, encoding):
    corpus = import_dataset("tonas", tonas(tmp_path / "TONAS", encoding), tmp_path / "corpus")
    found = corpus.recordings.set_index("file")
    for stem, style, title, singer in PEOPLE:
        row = found.loc[f"Deblas/{stem}.wav"]
        assert (row["style"], row["title"], row["singer"]) == (style, title, singer)
    f0 = read_f0(tmp_path / "corpus/Deblas/01-D_AMairena.f0.csv")
    assert f0["f0_hz"].tolist() == [220.0, 0.0]
    notes = pd.read_csv(tmp_path / "corpus/Deblas/01-D_AMairena.notes.csv")
    assert notes["f0_hz"][0] == pytest.approx(220 * 2 ** (50 / 1200))
    assert read_layer(tmp_path / "corpus/Deblas/01-D_AMairena.notes.csv")["end_s"].tolist() == [0.35]


def test_cante100_keeps_the_musicbrainz_identifier(tmp_path):
    root = tmp_path / "cante100"
    sound(root / "cante100audio" / "008_PacoToronjo_Fandangos.wav")
    (root / "cante100midi_f0").mkdir()
    (root / "cante100midi_f0" / "008_PacoToronjo_Fandangos.f0.csv").write_text("0.0,-220.0\n0.0029,220.0\n")
    (root / "cante100_automaticTranscription").mkdir()
    notes = root / "cante100_automaticTranscription" / "008_PacoToronjo_Fandangos.notes.csv"
    notes.write_text("0.1,0.2,69\n")
    (root / "cante100Meta.xml").write_text(
        f"""<tracks><track id="8"><musicBrainzID>{MBID}</musicBrainzID><artist>Paco Toronjo</artist>
        <title>Álosno querido</title><anthology>Antología</anthology><duration_m>1</duration_m></track>
        <track id="9"><artist>x</artist></track></tracks>""",
        encoding="utf-8",
    )
    corpus = import_dataset("cante100", root, tmp_path / "corpus")
    (row,) = corpus.recordings.to_dict("records")
    assert (row["singer"], row["title"], row["source"]) == ("Paco Toronjo", "Álosno querido", "Antología")
    assert row["musicbrainz_recording_id"] == MBID
    folder = tmp_path / "corpus/cante100audio"
    assert read_f0(folder / "008_PacoToronjo_Fandangos.f0.csv")["f0_hz"].tolist() == [0.0, 220.0]
    assert pd.read_csv(folder / "008_PacoToronjo_Fandangos.notes.csv")["f0_hz"].tolist() == [440.0]
    # again: nothing is copied twice, nothing is doubled
    again = import_dataset("cante100", root, tmp_path / "corpus")
    assert again.recordings.equals(corpus.recordings)


def test_any_set_of_mirdata(tmp_path, monkeypatch):
    sound(tmp_path / "set" / "a.wav")
    track = types.SimpleNamespace(
        audio_path=str(tmp_path / "set" / "a.wav"),
        artist="Fosforito",
        title=None,
        mbid=MBID,
        melody=types.SimpleNamespace(times=np.array([0.0, 0.1]), frequencies=np.array([-1.0, 330.0])),
        notes=types.SimpleNamespace(
            intervals=np.array([[0.0, 0.1]]), pitches=np.array([57.0]), pitch_unit="midi"
        ),
    )
    silent = types.SimpleNamespace(audio_path=None)
    module = types.ModuleType("mirdata")
    module.__spec__ = types.SimpleNamespace(name="mirdata")
    module.list_datasets = lambda: ["orchset"]
    module.initialize = lambda name, data_home: types.SimpleNamespace(
        load_tracks=lambda: {"t1": track, "t2": silent}
    )
    monkeypatch.setitem(sys.modules, "mirdata", module)
    corpus = import_dataset("mirdata:orchset", tmp_path / "set", tmp_path / "corpus")
    (row,) = corpus.recordings.to_dict("records")
    assert (row["singer"], row["title"], row["mirdata_track_id"]) == ("Fosforito", "t1", "t1")
    assert row["musicbrainz_recording_id"] == MBID
    assert pd.read_csv(tmp_path / "corpus/a.notes.csv")["f0_hz"][0] == pytest.approx(220.0)
    with pytest.raises(FlamsidError, match="not a data set of mirdata"):
        import_dataset("mirdata:unknown", tmp_path / "set", tmp_path / "elsewhere")


def test_what_is_not_that_set_is_said(tmp_path):
    (tmp_path / "empty").mkdir()
    for kind, part in (
        ("tonas", "TONAS-Metadata"),
        ("cante100", "cante100Meta"),
        ("saraga", "choose one of tonas"),
    ):
        with pytest.raises(FlamsidError, match=part):
            import_dataset(kind, tmp_path / "empty", tmp_path / "corpus")
    with pytest.raises(FlamsidError, match="is not a folder"):
        import_dataset("tonas", tmp_path / "nowhere", tmp_path / "corpus")


def test_own_columns_of_a_corpus_are_kept(tmp_path):
    sound(tmp_path / "a.wav")
    (tmp_path / "recordings.csv").write_text("file,singer,Cantaora,row\na.wav,X,sí,9\n", encoding="utf-8")
    (row,) = load_corpus(tmp_path).recordings.to_dict("records")
    assert row["cantaora"] == "sí" and row["singer"] == "X" and "row" not in row
