"""The names for a notebook: few, lazy, and their results show and play themselves."""

import base64
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import flamsid_core as flamsid
from flamsid_core.errors import FlamsidError
from flamsid_core.notebook import shown

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def study(small_corpus, tmp_path_factory):
    return flamsid.open_corpus(small_corpus, tmp_path_factory.mktemp("study"))


@pytest.fixture
def parts(monkeypatch):
    """What a result would show in a notebook."""
    found = []
    monkeypatch.setattr(shown, "show", lambda *what: found.extend(what))
    return found


def test_importing_flamsid_loads_nothing_heavy():
    program = (
        "import sys, flamsid_core as f; f.__dir__(); print(*sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert not set(done.stdout.split()) & {
        "torch",
        "pandas",
        "numba",
        "streamlit",
        "plotly",
        "librosa",
        "umap",
    }


def test_every_promised_name_is_there():
    for name in flamsid.__all__:
        assert getattr(flamsid, name) is not None
        assert name in dir(flamsid)
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = flamsid.nothing_like_it


def test_a_corpus_is_a_table_and_a_recording_a_figure_with_its_player(study, parts):
    assert "6 recordings, 2 singers" in repr(study)
    assert "<table" in study._repr_html_()
    recording = study.recording(0)
    assert "notes" in repr(recording)
    recording._ipython_display_()
    _, figure, sound = parts
    assert len(figure.data) == 2 and figure.data[0].name == "f0"
    data = re.search(r"base64,([^\"]+)", sound)[1]
    assert len(base64.b64decode(data)) > 10_000 and "<audio controls" in sound
    with pytest.raises(FlamsidError, match="not in this corpus"):
        study.recording("nobody")


def test_a_motif_plays_its_instances(study, parts):
    motifs = study.mine()
    motif = study.motif(str(motifs["motif_id"].iloc[0]))
    assert len(motif.instances) == len(motif.sounds) == motifs["n_instances"].iloc[0]
    motif._ipython_display_()
    assert parts[1].data and parts[2].count("<audio") == min(len(motif.instances), shown.MOST_PLAYERS)
    steps = motif.pattern.split()[0]
    assert motif.pattern in set(study.search(steps)["pattern"])


def test_training_and_identification_show_what_they_are_worth(small_corpus, parts):
    row = {"accuracy": 0.9, "mean_over_singers": 0.8, "recordings_right": 5, "recordings": 6}
    trained = shown.Training(
        Path("models/timbre"), {"paper": row, "source-disjoint": row | {"accuracy": 0.4}}
    )
    assert trained.table()["accuracy"].to_dict() == {"paper": 0.9, "source-disjoint": 0.4}
    assert "source-disjoint" in repr(trained)
    ranking = [{"singer": "A", "probability": 0.8}, {"singer": "B", "probability": 0.2}]
    file = next(small_corpus.rglob("*.flac"))
    for verdict, said in (
        ("unknown", "none of the singers"),
        ("known", "one of the singers"),
        (None, "not measured"),
    ):
        found = SimpleNamespace(ranking=ranking, verdict=verdict, notes=["From 3 motifs."], speed=0.0)
        assert (
            said in repr(shown.Verdict(file, found))
            and "From 3 motifs." in shown.Verdict(file, found).worth()
        )
    trained._ipython_display_()
    shown.Verdict(file, found)._ipython_display_()
    assert len(parts) == 6 and "not measured" in parts[4] and "<audio" in parts[5]


def test_one_file_needs_no_corpus(small_corpus):
    file = next(small_corpus.rglob("*.flac"))
    recording = flamsid.open_recording(file)
    assert len(recording.notes) > 5 and recording.figure().data


def test_the_map_is_a_figure():
    import pandas as pd

    positions = pd.DataFrame(
        {"instance_id": ["a", "b"], "x": [0.0, 1], "y": [0.0, 1], "pca_x": [0.0, 2], "pca_y": 0.0}
    )
    instances = pd.DataFrame({"instance_id": ["a", "b"], "singer": ["A", "<b>"], "pattern": ["+1", "-1"]})
    figure = flamsid.plots.atlas_map(positions, instances, projection="pca")
    assert {trace.name for trace in figure.data} == {"A", "&lt;b&gt;"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Where the notebooks run: what one has made the next finds there."""
    return tmp_path_factory.mktemp("desk")


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_run_from_top_to_bottom(path, desk, monkeypatch):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("FLAMSID_HOME", str(desk / "home"))
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), (
        "notebooks are kept without what they printed"
    )
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(desk)}}).execute()
