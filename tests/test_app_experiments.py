"""The Experiments page and the registry on the Models page: every figure with its protocol, and every button."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from make_runs import make_experiment
from make_workspace import MODEL, SINGERS, make_home
from streamlit.testing.v1 import AppTest

from flamsid_core import jobs, ui
from flamsid_core.experiments import read_grid
from flamsid_core.models import registry
from flamsid_core.singers.about import read_about
from flamsid_core.singers.evaluation.uncertainty import paired_test
from flamsid_core.translation import languages, percent, translate
from flamsid_core.ui.comparison import in_words, p_text
from flamsid_core.ui.experiments import start as experiments_start
from flamsid_core.ui.experiments.audit import near_duplicate_pairs
from flamsid_core.ui.words import PROTOCOL_NAMES
from flamsid_core.workspace import Workspace

VIEW_TITLES = {
    "singers": "Singer by singer, with 95 % intervals over their recordings",
    "recordings": "Recording by recording",
    "hardest": "The clips whose true singer got the lowest probability",
    "calibration": "Does its confidence mean what it says?",
    "start": "Start an experiment",
}

SHELL = Path(ui.__file__).with_name("shell.py")
PAGES = Path(ui.__file__).parents[2] / "pages"
FIRST, SECOND = (f"{network}_mel_motifs_source-disjoint_0" for network in ("residual-blstm", "crnn"))


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    workspace = make_home(home)
    make_experiment(workspace)
    return home, workspace


@pytest.fixture
def home(template, tmp_path, monkeypatch):
    """A copy of its own, since these tests change what they find."""
    shutil.copytree(template[0], tmp_path / "home")
    monkeypatch.setenv("FLAMSID_HOME", str(tmp_path / "home"))
    # The copied workspace is of the template's corpus.
    monkeypatch.setenv("FLAMSID_ROOTS", os.pathsep.join([str(tmp_path), str(template[0])]))
    monkeypatch.setattr(jobs, "PROGRAM", "naive_job")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    workspace = tmp_path / "home" / template[1].relative_to(template[0])
    yield workspace
    if (job := jobs.current(workspace)) is not None:
        jobs.cancel(job)


def opened(page="experiments", *, language="en", **query):
    app = AppTest.from_file(str(SHELL), default_timeout=60)
    app.session_state["language"] = language
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(str(PAGES / f"{page}.py"))
    return check(app.run())


def check(app):
    assert not app.exception, app.exception[0].value
    assert not app.error, app.error[0].value
    return app


def words(app):
    kinds = (app.title, app.markdown, app.caption, app.info, app.warning, app.error, app.success)
    said = [element.value for kind in kinds for element in kind]
    return "\n".join([*said, *(block.proto.body for block in app.get("html"))])


def figures(app):
    return {metric.label: metric.value for metric in app.metric}


def button(app, key):
    return next(b for b in app.button if b.key == key)


@pytest.mark.parametrize("language", languages())
def test_the_page_shows_the_papers_table_beside_ours(home, language):
    app = opened(language=language)
    assert app.title[0].value == translate("Experiments", language)
    said = words(app)
    figures = ("96.29 %", "84.01") if language == "en" else ("96,29 %", "84,01")
    assert all(figure in said for figure in figures)
    accuracy = read_about(home / "experiments/tiny-grid/cells/crnn_mel_motifs_paper_0")["protocols"]
    assert percent(accuracy["paper"]["accuracy"], language) in said
    assert translate("not in this experiment", language) in said
    assert app.query_params["experiment"] == ["tiny-grid"] or app.query_params["experiment"] == "tiny-grid"


@pytest.mark.parametrize("protocol", ["paper", "source-disjoint"])
def test_no_accuracy_stands_without_its_protocol(home, protocol):
    runs = [
        f"experiments/tiny-grid/cells/{network}_mel_motifs_{protocol}_0"
        for network in ("crnn", "residual-blstm")
    ]
    app = opened(protocol=protocol, a=runs[0], b=runs[1])
    name = translate(PROTOCOL_NAMES[protocol], "en")
    assert translate("Accuracy · {name}", "en", name=name) in figures(app)
    said = words(app)
    assert translate("Trivial classifier under {name}", "en", name=name) in said and "50.0 % [30–70]" in said
    assert translate("Test clips under {name} that have in training", "en", name=name) in said
    assert translate("a near-duplicate", "en") in said and ("12.5 %" in said) == (protocol == "paper")
    assert (
        translate(
            "The paper's figures beneath were measured under another protocol than ours here: "
            "they are a guide, not a comparison.",
            "en",
        )
        in said
    ) == (protocol != "paper")
    for metric in app.metric:
        if "%" in str(metric.value) and metric.label not in (
            translate("Mean over singers", "en"),  # its card names the protocol beneath
            translate("Accuracy of both", "en"),  # the sentence above does
        ):
            assert name in metric.label, metric.label
    assert translate("Protocol: {name}.", "en", name=name) in said


def test_a_link_names_experiment_protocol_and_cell(home):
    app = opened(experiment="tiny-grid", cell=SECOND)
    assert app.session_state["protocol"] == "source-disjoint"
    assert app.selectbox(key="cell").value == SECOND
    app = opened(protocol="paper")
    assert app.selectbox(key="cell").value.endswith("_paper_0")
    for query in ({"cell": "../../x"}, {"experiment": "<script>"}, {"protocol": "none"}, {"a": "/etc"}):
        opened(**query)


def test_the_same_cell_is_shown_under_another_protocol(home):
    app = opened(protocol="source-disjoint", cell=SECOND)
    app.segmented_control(key="protocol").set_value("paper").run()
    assert check(app).selectbox(key="cell").value == SECOND.replace("source-disjoint", "paper")
    app.segmented_control(key="protocol").set_value("deduplicated").run()
    assert translate(
        "No cell of this experiment is measured under this protocol. Choose another protocol "
        "above, or start an experiment with it.",
        "en",
    ) in words(check(app))


@pytest.mark.parametrize("view", ["singers", "recordings", "hardest", "calibration", "curves"])
def test_every_view_of_a_cell_shows_itself(home, view):
    app = opened(protocol="source-disjoint")
    app.segmented_control(key="cell_view").set_value(view).run()
    said = words(check(app))
    if view == "calibration":
        name = translate("Source-disjoint", "en")
        assert translate("Calibration error · {name}", "en", name=name) in figures(app)
    elif view != "curves":
        assert translate(VIEW_TITLES[view], "en") in said
    assert SINGERS[2] not in said.replace(translate("Model card", "en"), "")


def test_cells_that_are_not_done_say_why(home):
    table = opened(protocol="paper").dataframe[0].value
    assert list(table["state"]) == ["done", "done", "failed"]
    assert list(table["error"]) == ["", "", "No <b>memory</b>."]


def test_two_cells_are_compared_in_words(home):
    runs = [f"experiments/tiny-grid/cells/{name}" for name in (FIRST, SECOND)]
    app = opened(protocol="source-disjoint", a=runs[0], b=runs[1])
    a, b = (registry.predictions_of(home / run) for run in runs)
    found = paired_test(a, b, pd.read_parquet(home / "motifs" / "instances.parquet"))
    assert found["difference"] > 0.02
    assert f"{100 * found['difference']:.1f} points" in words(app)
    assert figures(app)[translate("Difference, points", "en")] == f"{100 * found['difference']:+.1f}"
    assert app.query_params["a"] in (runs[0], [runs[0]])


def test_a_comparison_says_what_can_be_chance(home, monkeypatch):
    from flamsid_core.ui import words as texts

    monkeypatch.setattr(texts, "language", lambda: "en")
    found = {"difference": -0.05, "low": None, "high": None, "clips": 1200, "recordings": 9}
    said = in_words(found | {"p_value": 0.4}, ["A", "B"])
    assert "**B** is right 5.0 points more often than **A**" in said and "chance (p = 0.40)" in said
    assert "hardly chance (p < 0.001)" in in_words(found | {"p_value": 0.0005}, ["A", "B"])
    assert "more recordings" in in_words(found | {"p_value": 0.03}, ["A", "B"])
    assert "equally often" in in_words(found | {"difference": 0.0, "p_value": 1.0}, ["A", "B"])
    assert p_text(0.012) == "p = 0.012"


def test_without_an_experiment_the_page_says_what_to_do(home):
    shutil.rmtree(home / "experiments")
    app = opened()
    assert translate(
        "No experiment has been run on this corpus yet. Choose below what to cross and "
        "start: every cell is trained and measured in turn, and the page fills while it "
        "runs. Two features under two protocols on a small corpus take a few minutes.",
        "en",
    ) in words(app)
    app.text_input(key="grid_name").set_value("mine")
    app.number_input(key="grid_repeats").set_value(2)
    app.pills(key="grid_features").set_value(["mfcc"]).run()
    assert translate("{n} cells to train.", "en", n=6) in words(app)
    button(app, "start_experiment").click().run()
    job = jobs.latest(home, "experiment")
    assert job.command[0] == "experiment" and job.subject == "mine"
    assert job.command[2:5] == [str(home.parents[1] / "corpora" / "tiny"), "--workspace", str(home)] or (
        job.command[3:5] == ["--workspace", str(home)]
    )
    grid = read_grid(job.command[1])
    assert Path(job.command[1]) == home / "grids" / "mine.toml"
    assert (grid.name, grid.seeds, grid.features, grid.networks) == (
        "mine",
        (0, 1),
        ("mfcc",),
        ("residual-blstm",),
    )
    assert len(grid.cells()) == 6


def test_clips_train_on_motifs_only_and_an_unmined_corpus_says_what_to_do(home):
    clips = make_home(home.parents[1], kind="clips", name="tiny-clips")
    app = opened(project=clips.name)
    assert translate(
        "This corpus has clips only: of the paper's three clip sets it can train on the motifs.", "en"
    ) in words(app)
    assert list(app.pills(key="grid_clip_sets").options) == [translate("motifs", "en")]
    (clips / "motifs" / "instances.parquet").unlink()
    assert translate(
        "This corpus has no motifs yet. Run the chain on the Corpus page: it tracks the "
        "melody, reduces the contour and mines each singer's motifs.",
        "en",
    ) in words(opened(project=clips.name))


def test_an_experiment_needs_a_free_and_plain_name(home):
    for name in ("tiny-grid", "../x", ""):
        app = opened()
        app.text_input(key="grid_name").set_value(name).run()
        button(app, "start_experiment").click().run()
        assert app.error and not app.exception, name
    assert jobs.latest(home, "experiment") is None and not (home / "grids").exists()


def test_nothing_chosen_starts_nothing(home):
    app = opened()
    app.pills(key="grid_networks").set_value([]).run()
    assert button(check(app), "start_experiment").disabled
    assert translate("Choose at least one of networks, features, clips and protocols.", "en") in words(app)


@pytest.mark.parametrize(("features", "starts"), [(["mel+timbre"], True), (["mel", "mel+timbre"], False)])
def test_joint_starts_only_with_the_features_it_hears(home, features, starts):
    app = opened()
    app.pills(key="grid_networks").set_value(["residual-blstm", "joint"])
    app.pills(key="grid_features").set_value(features).run()
    assert button(check(app), "start_experiment").disabled != starts
    assert (
        translate(
            "joint listens to mel+timbre alone: choose no other features with it, or cross it in "
            "an experiment of its own.",
            "en",
        )
        in words(app)
    ) != starts


def test_an_unfinished_experiment_is_resumed_with_its_own_grid(home):
    app = opened()
    button(app, "resume").click().run()
    job = jobs.latest(home, "experiment")
    grid = tomllib.loads(Path(job.command[1]).read_text())
    about = json.loads((home / "experiments" / "tiny-grid" / "experiment.json").read_text())
    assert grid == about["grid"] | {"max_clips_per_epoch": "none"}
    assert read_grid(job.command[1]).shared.max_clips_per_epoch is None


def test_a_running_experiment_is_followed_and_not_started_twice(home, tmp_path, monkeypatch):
    job = jobs.start(home, ["sleep", str(tmp_path / "pid")], subject="tiny-grid")
    row = {"cell": FIRST, "protocol": "source-disjoint", "fold": 0, "epoch": 0, "loss": 1.0}
    (job.folder / "metrics.jsonl").write_text(json.dumps(row | {"validation_loss": 0.9}) + "\n")
    monkeypatch.setattr(experiments_start, "running_job", lambda workspace: job)
    app = opened()
    assert f"**{translate('Running now', 'en')}**" in words(app) and FIRST in words(app).replace("\\", "")
    assert button(app, "start_experiment").disabled and "resume" not in [b.key for b in app.button]
    jobs.cancel(job)


def test_a_grid_is_written_as_it_is_read(tmp_path):
    from dataclasses import replace

    from flamsid_core.experiments import Grid
    from flamsid_core.singers import TrainParams

    shared = replace(TrainParams(), max_clips_per_epoch=None, folds="leave-one-out", learning_rate=5e-4)
    grid = Grid("g", networks=("crnn", "resnet50"), protocols=("paper",), seeds=(3, 4), shared=shared)
    (tmp_path / "g.toml").write_text(experiments_start.grid_text(grid.plain()))
    assert [cell.params for cell in read_grid(tmp_path / "g.toml").cells()] == [
        c.params for c in grid.cells()
    ]


def test_near_duplicates_are_counted_however_they_are_kept():
    assert near_duplicate_pairs({}) is None
    assert near_duplicate_pairs({"near_duplicates": {"pairs": 7}}) == 7
    assert near_duplicate_pairs({"near_duplicates": {"pairs": [1, 2]}}) == 2


def test_no_heavy_library_is_loaded_by_looking_at_the_page(home):
    script = (
        "import sys; from test_app_experiments import *\n"
        "opened(); opened('models')\n"
        "print([m for m in ('torch', 'umap', 'librosa', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip().endswith("[]"), done.stdout + done.stderr


# -- the registry on the Models page


def with_marked(rows, **query):
    app = AppTest.from_file(str(SHELL), default_timeout=60)
    app.session_state["language"] = "en"
    app.session_state["registry"] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    app.switch_page(str(PAGES / "models.py"))
    return check(app.run())


def test_the_registry_shows_runs_with_protocols_in_the_columns(home):
    app = opened("models")
    rows = next(d.value for d in app.dataframe if "made_at" in d.value)
    assert len(rows) == 5 and rows["name"].iloc[0] == MODEL
    assert {"paper", "deduplicated", "source-disjoint"} <= set(rows)


def test_a_model_is_renamed_deleted_and_exported_from_the_page(home, tmp_path):
    app = with_marked([0])
    app.text_input(key=f"rename-models/{MODEL}").set_value("mine").run()
    app.session_state["registry"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    button(app, "rename_go").click().run()
    assert translate("The model is called “{name}” now.", "en", name="mine") in words(check(app))
    app = with_marked([0])
    assert any("model card" in w.lower() or "# mine" in w for w in [words(app)])
    app.text_input(key="export_path").set_value(str(tmp_path / "out")).run()
    app.session_state["registry"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    button(app, "export_folder").click().run()
    assert {"model.json", "README.md"} <= {file.name for file in (tmp_path / "out" / "mine").iterdir()}
    app = with_marked([0])
    app.session_state["registry"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    button(app, "delete_go").click().run()
    assert translate("“{name}” was deleted.", "en", name="mine") in words(check(app))
    assert "models/mine" not in registry.run_names(Workspace(home))


def test_two_marked_runs_are_compared(home):
    rows = registry.registry(Workspace(home))["run"]
    marked = [int(rows[rows.str.endswith(name)].index[0]) for name in (FIRST, SECOND)]
    app = with_marked(marked)
    assert "points more often" in words(app)
    marked = [int(rows[rows.str.endswith(name)].index[0]) for name in (FIRST, "crnn_mel_motifs_paper_0")]
    assert translate(
        "The two were not measured under the same protocol, so their figures cannot be compared.", "en"
    ) in words(with_marked(marked))


def test_a_folder_elsewhere_is_not_written_to(home):
    app = with_marked([0])
    app.text_input(key="export_path").set_value("/nowhere/else").run()
    app.session_state["registry"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    button(app, "export_folder").click().run()
    assert re.search("outside the folders", re.sub(r"\\", "", app.error[0].value))


def test_an_archive_with_a_way_out_is_refused_on_the_page(home):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("../../model.json", "{}")
    app = opened("models")
    app.file_uploader(key="load_zip").set_value(("evil.zip", content.getvalue(), "application/zip")).run()
    button(app, "load_zip_go").click().run()
    assert "leads out" in app.error[0].value and not (home / "models" / "evil").exists()
