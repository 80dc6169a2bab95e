"""What comes in from outside: folders, uploads, models. Names are tamed, and nothing leaves its place."""

import io
import json
import shutil

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make_runs import make_model
from make_workspace import MODEL, make_home

from flamsid_core import FlamsidError
from flamsid_core.ui import model_files, projects
from flamsid_core.workspace import Workspace, default_workspace


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


def test_uploads_land_in_their_singers_folder_whatever_they_are_called(home):
    names = ["../../evil.wav", "a/b/c.wav", "c.wav", ".hidden.wav", "", "C:\\music\\x y.flac"]
    corpus = projects.save_uploads("../My/cante", "La <Niña>", [(n, io.BytesIO(n.encode())) for n in names])
    assert corpus == home / "home" / "corpora" / "cante"
    stored = {f.name: f.read_bytes() for f in (corpus / "La _Niña_").iterdir()}
    assert set(stored) == {"evil.wav", "c.wav", "c-2.wav", "hidden.wav", "recording.wav", "x y.flac"}
    assert sorted(stored.values()) == sorted(n.encode() for n in names)
    table = pd.read_csv(corpus / "recordings.csv")
    assert set(table["singer"]) == {"La <Niña>"} and len(table) == len(names)
    projects.save_uploads("cante", "Otro", [("z.wav", io.BytesIO(b"z"))])
    assert len(pd.read_csv(corpus / "recordings.csv")) == len(names) + 1
    assert all(corpus in file.parents for file in home.rglob("*") if file.is_file())


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
    space = Workspace(make_home(home / "home"))
    source = home / "open" / "their model"
    shutil.copytree(space.path(f"models/{MODEL}"), source)
    with pytest.raises(FlamsidError, match="weights_sha256"):
        model_files.load_from_folder(space, str(source))
    about = make_model(source)
    name = model_files.load_from_folder(space, str(source))
    assert name == "their-model"
    assert set(model_files.model_names(space)) == {MODEL, name}
    assert model_files.about_model(space, name)["classes"] == about["classes"]
    with pytest.raises(FlamsidError, match="already has a model"):
        model_files.load_from_folder(space, str(source))
    (source / "model.safetensors").write_bytes(b"other")
    source.rename(home / "open" / "changed")
    with pytest.raises(FlamsidError, match="hash is not"):
        model_files.load_from_folder(space, str(home / "open" / "changed"))
    assert set(model_files.model_names(space)) == {MODEL, name}
    assert not list(space.path("models").glob(".load-*"))
