"""What comes in from outside: folders, uploads, models. Names are tamed, and nothing leaves its place."""

import io
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from make_runs import make_model
from make_workspace import MODEL, make_home
from test_corpus_audio import voice

from flamsid_core import FlamsidError
from flamsid_core.corpus import load_corpus
from flamsid_core.ui import model_files, projects
from flamsid_core.user_data import default_workspace
from flamsid_core.workspace import Workspace


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FLAMSID_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FLAMSID_ROOTS", str(tmp_path / "open"))
    (tmp_path / "open" / "corpus").mkdir(parents=True)
    (tmp_path / "closed").mkdir()
    return tmp_path


@given(st.text(max_size=200))
@settings(deadline=None, max_examples=300)
def test_a_safe_name_is_one_plain_name(text):
    name = projects.safe_name(text, "default")
    assert name and len(name) <= 120
    assert not set(name) & set('/\\\0<>:"|?*\n') and name not in (".", "..") and not name.startswith(".")


def test_only_folders_under_the_roots_open(home):
    opened = projects.open_folder(str(home / "open" / "corpus"))
    assert opened == default_workspace(home / "open" / "corpus")
    assert list(projects.projects().values()) == [opened]
    (home / "open" / "way-out").symlink_to(home / "closed")
    outside = [home / "closed", home / "open" / ".." / "closed", home / "open" / "way-out"]
    for folder in outside:
        with pytest.raises(FlamsidError, match="outside the folders"):
            projects.open_folder(str(folder))
    for text in ("", "  ", "nowhere", "\0", str(home / "open" / "nothing"), "~nobody/x"):
        with pytest.raises(FlamsidError):
            projects.open_folder(text)


def test_a_workspace_made_elsewhere_opens_too(home):
    (home / "open" / "ws").mkdir()
    about = {"format": 1, "corpus": str(home / "open" / "corpus")}
    (home / "open" / "ws" / "workspace.json").write_text(json.dumps(about))
    assert projects.open_folder(str(home / "open" / "ws")) == home / "open" / "ws"
    assert home / "open" / "ws" in projects.projects().values()
    shutil.rmtree(home / "open" / "ws")
    assert home / "open" / "ws" not in projects.projects().values()


def test_a_workspace_of_a_corpus_outside_the_roots_is_not_opened(home):
    for folder in (home / "open" / "ws", home / "home" / "workspaces" / "ws"):
        folder.mkdir(parents=True)
        (folder / "workspace.json").write_text(json.dumps({"format": 1, "corpus": str(home / "closed")}))
        with pytest.raises(FlamsidError, match="outside the folders"):
            projects.corpus_of(folder)
    with pytest.raises(FlamsidError, match="outside the folders"):
        projects.open_folder(str(home / "open" / "ws"))
    for corpus in ("\0", 7, None, "x" * 9999):
        (folder / "workspace.json").write_text(json.dumps({"format": 1, "corpus": corpus}))
        assert projects.projects() == {}
    projects.change_settings(opened=7)
    assert projects.projects() == {}


def sound(seed, ending=".wav"):
    content = io.BytesIO()
    formats = {".wav": "WAV", ".flac": "FLAC"}
    soundfile.write(content, voice(0.1, 8000, seed=seed), 8000, format=formats[ending])
    return io.BytesIO(content.getvalue())


def test_uploads_land_in_their_singers_folder_whatever_they_are_called(home):
    names = ["../../evil.wav", "a/b/c.wav", "c.wav", ".hidden.wav", "", "C:\\music\\x y.flac"]
    files = [(name, sound(k, Path(name).suffix or ".wav")) for k, name in enumerate(names)]
    corpus = projects.save_uploads("../My/cante", "La <Niña>", files)
    assert corpus == home / "home" / "corpora" / "cante"
    stored = {f.name: f.read_bytes() for f in (corpus / "La _Niña_").iterdir()}
    assert set(stored) == {"evil.wav", "c.wav", "c-2.wav", "hidden.wav", "recording.wav", "x y.flac"}
    assert sorted(stored.values()) == sorted(content.getvalue() for _, content in files)
    table = pd.read_csv(corpus / "recordings.csv")
    assert set(table["singer"]) == {"La <Niña>"} and len(table) == len(names)
    projects.save_uploads("cante", "Otro", [("z.wav", sound(9))])
    assert len(pd.read_csv(corpus / "recordings.csv")) == len(names) + 1
    assert all(corpus in file.parents for file in home.rglob("*") if file.is_file())


def test_an_upload_adds_to_a_table_that_a_spreadsheet_saved(home):
    corpus = projects.save_uploads("cante", "Ana", [("a.wav", sound(1))])
    table = corpus / "recordings.csv"
    own = "File;Singer;Mis notas\r\nAna/a.wav;Ana Peña;con guitarra\r\n".encode("cp1252")
    table.write_bytes(own)
    projects.save_uploads("cante", "Luz Ñ", [("b.wav", sound(2))])
    assert table.read_bytes() == own + "Luz Ñ/b.wav;Luz Ñ;\r\n".encode("cp1252")
    assert load_corpus(corpus).recordings["singer"].tolist() == ["Ana Peña", "Luz Ñ"]
    for damaged in (b"nothing;of\nuse;\n", own + b'Ana/a.wav;"Ana\n'):
        table.write_bytes(damaged)
        with pytest.raises(FlamsidError, match=r"recordings\.csv"):
            projects.save_uploads("cante", "Luz", [("c.wav", sound(3))])
        assert table.read_bytes() == damaged and not list(corpus.rglob("c.wav"))


def test_what_lies_in_a_corpus_stays_in_it_when_an_upload_makes_the_table(home):
    corpus = projects.save_uploads("cante", "Ana", [("a.wav", sound(1))])
    (corpus / "recordings.csv").unlink()
    projects.save_uploads("cante", "Eva", [("b.wav", sound(2))])
    assert load_corpus(corpus).recordings["singer"].tolist() == ["Ana", "Eva"]


def test_an_upload_that_is_no_sound_is_refused_at_once_by_its_own_name(home):
    for name, content, said in (
        ("mine.wav", b"RIFF", "not sound that can be read"),
        ("debla.flac", b"", "is empty"),
        ("toná.wav", sound(1).getvalue()[:-400], "is truncated"),
    ):
        with pytest.raises(FlamsidError, match=said) as error:
            projects.save_uploads("cante", "Ana", [("ok.wav", sound(1)), (name, io.BytesIO(content))])
        assert str(error.value).startswith(f"{name}: ") and str(home) not in str(error.value)
        assert not [f for f in (home / "home").rglob("*") if f.is_file() and f.name != ".uploads.lock"]


@given(
    st.text(st.characters(exclude_characters="/\\"), min_size=30, max_size=300),
    st.sampled_from([".wav", ".flac", ".mp3"]),
)
@settings(deadline=None, max_examples=100)
def test_a_long_name_keeps_its_ending_and_fits_in_bytes(text, ending):
    for long in (text, text * 9, "ñ" * 300):
        name = projects.safe_name("x" + long + "x" + ending, "default")
        assert name.endswith(ending) and len(name.encode()) <= projects.MAX_NAME_BYTES


def test_two_pages_that_upload_at_once_lose_nothing(home):
    with ThreadPoolExecutor(6) as pool:
        for k in range(12):
            pool.submit(projects.save_uploads, "cante", f"S{k % 2}", [("same.wav", sound(k))])
    assert len(load_corpus(home / "home" / "corpora" / "cante").recordings) == 12


@pytest.mark.parametrize(
    ("corpus", "singer", "files"), [("", "x", 1), ("x", " ", 1), ("x", "y", 0), ("demo", "y", 1)]
)
def test_an_incomplete_upload_says_what_is_missing(home, corpus, singer, files):
    with pytest.raises(FlamsidError):
        projects.save_uploads(corpus, singer, [("a.wav", io.BytesIO(b"a"))] * files)
    assert not (home / "home" / "corpora").exists()


def test_settings_survive_damage(home):
    projects.change_settings(language="es")
    projects.change_settings(opened=["/x"])
    assert projects.settings() == {"language": "es", "opened": ["/x"]}
    (home / "home" / "settings.json").write_text("{not json")
    assert projects.settings() == {}


def test_a_model_is_loaded_whole_or_not_at_all(home):
    workspace = Workspace(make_home(home / "home"))
    source = home / "open" / "their model"
    shutil.copytree(workspace.path(f"models/{MODEL}"), source)
    with pytest.raises(FlamsidError, match=r"model\.safetensors"):
        model_files.load_from_folder(workspace, str(source))
    about = make_model(source)
    name = model_files.load_from_folder(workspace, str(source))
    assert name == "their-model"
    assert set(model_files.model_names(workspace)) == {MODEL, name}
    assert model_files.about_model(workspace, name)["classes"] == about["classes"]
    with pytest.raises(FlamsidError, match="already has a model"):
        model_files.load_from_folder(workspace, str(source))
    (source / "model.safetensors").write_bytes(b"other")
    source.rename(home / "open" / "changed")
    with pytest.raises(FlamsidError, match="hash is not"):
        model_files.load_from_folder(workspace, str(home / "open" / "changed"))
    assert set(model_files.model_names(workspace)) == {MODEL, name}
    assert not list(workspace.path("models").glob(".load-*"))
