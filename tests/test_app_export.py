"""The export menu of the Recording page gives what the page shows."""

import io
import zipfile

import pytest
from make_workspace import make_home
from test_app import opened


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    return folder, make_home(folder)


def test_menu_offers_every_format(home, monkeypatch):
    monkeypatch.setenv("FLAMSID_HOME", str(home[0]))
    app = opened("recording", project=home[1])
    assert not app.exception
    menu = app.selectbox(key="export_format")
    assert len(menu.options) >= 10
    for name in ("textgrid", "csv", "raven"):
        menu = app.selectbox(key="export_format").set_value(name)
        app.run()
        assert not app.exception


def test_files_of_several_layers_come_as_one_archive():
    import pandas as pd

    from flamsid_core.formats import RecordingTables
    from flamsid_core.ui.recording.export import _content, _file_name

    melody = pd.DataFrame({"time_s": [0.0, 0.01], "f0_hz": [220.0, 0.0]})
    spans = pd.DataFrame({"start_s": [0.0], "end_s": [0.01], "pattern": ["+1"]})
    tables = RecordingTables("a/b.wav", 1.0, melody=melody, spans={"motifs": spans})
    assert _file_name("csv", tables, "b") == "b.csv.zip"
    with zipfile.ZipFile(io.BytesIO(_content("csv", tables, "b"))) as archive:
        assert archive.namelist() == ["b.f0.csv", "b.motifs.csv"]
    assert _file_name("textgrid", tables, "b") == "b.TextGrid"
    assert _content("textgrid", tables, "b").startswith(b"File type")
