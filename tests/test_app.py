"""Every page on a corpus of recordings, on published clips, and on nothing: no error, and the right words."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from make_workspace import MODEL, SINGERS, make_home
from streamlit.testing.v1 import AppTest

from flamsid_core import jobs, ui
from flamsid_core.messages import Message, packed
from flamsid_core.translation import languages, translate
from flamsid_core.ui.words import PROTOCOL_NAMES

SHELL = Path(ui.__file__).with_name("shell.py")
PAGES = Path(ui.__file__).parents[2] / "pages"
NAMES = ("corpus", "recording", "motifs", "models", "experiments", "atlas", "identify")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    return home, make_home(home), make_home(home, kind="clips", name="tiny-clips")


@pytest.fixture
def home(tiny, monkeypatch):
    monkeypatch.setenv("FLAMSID_HOME", str(tiny[0]))
    monkeypatch.setenv("FLAMSID_ROOTS", str(tiny[0]))
    monkeypatch.setattr(jobs, "PROGRAM", "naive_job")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    return tiny


def opened(page="corpus", *, project=None, language="en", **query):
    app = AppTest.from_file(str(SHELL), default_timeout=60)
    app.session_state["language"] = language
    if project is not None:
        app.query_params["project"] = project.name
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(str(PAGES / f"{page}.py"))
    return app.run()


def words(app):
    kinds = (
        app.title,
        app.subheader,
        app.markdown,
        app.caption,
        app.info,
        app.warning,
        app.error,
        app.success,
    )
    return "\n".join(element.value for kind in kinds for element in kind)


def check(app):
    assert not app.exception, app.exception[0].value
    assert not app.error, app.error[0].value
    return app


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("which", [1, 2])
@pytest.mark.parametrize("page", NAMES)
def test_every_page_shows_itself(home, page, which, language):
    app = check(opened(page, project=home[which], language=language))
    assert app.title[0].value
    if page != "corpus":
        assert app.title[0].value == translate(
            "Motif space" if page == "atlas" else page.capitalize(), language
        )


@pytest.mark.parametrize("language", languages())
def test_what_the_audit_heard_stands_on_the_corpus_page(home, language):
    said = "\n".join(one.proto.body for one in opened(project=home[1], language=language).get("html"))
    assert translate("not looked for", language) in said  # an audit that did not listen
    path = home[1] / "audit" / "audit.json"
    before = path.read_text()
    note = Message("{n} pairs have two singers: one of the labels is wrong.", n=2)
    listed = {"first": "a.wav", "second": "b.wav", "singers": ["A", "B"], "source_groups": ["1", "2"]}
    listed |= {"offset_s": 0.1, "similarity": 0.99, "shared_s": 0.4}
    near = {"pairs": 1234, "across_singers": 2, "across_source_groups": 0, "source_groups_when_merged": 8}
    near |= {"share_of_test_near_train": {"paper": 0.125, "deduplicated": None}, "note": note}
    figures = {"accuracy": 0.875, "recordings_right": 3, "recordings": 4, "mean_over_singers": 0.8}
    trivial = {"motifs": {"paper": figures, "source-disjoint": {"error": "too few"}}}
    heard = {"near_duplicates": near | {"listed": [listed]}, "trivial": trivial}
    path.write_text(json.dumps(packed(json.loads(before) | heard)))
    try:
        app = check(opened(project=home[1], language=language))
    finally:
        path.write_text(before)
    said = "\n".join(one.proto.body for one in app.get("html"))
    figures = ("1,234", "12.5 %", "87.5 %") if language == "en" else ("1.234", "12,5 %", "87,5 %")
    assert all(figure in said for figure in figures)
    assert (note if language == "en" else translate(note, "es")) in words(app).replace("\\", "")
    assert any("similarity" in table.value and len(table.value) == 1 for table in app.dataframe)


@pytest.mark.parametrize("page", NAMES)
def test_first_start_prepares_the_demo_and_says_so(tmp_path, monkeypatch, page):
    monkeypatch.setenv("FLAMSID_HOME", str(tmp_path))
    monkeypatch.setattr(jobs, "PROGRAM", "naive_job")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    app = check(opened(page))
    assert translate(
        "No corpus is open yet. The demo corpus is being prepared; it takes a minute or two.", "en"
    ) in words(app)
    (workspace,) = (tmp_path / "workspaces").iterdir()
    job = jobs.latest(workspace)
    assert job.command == ["demo", str(tmp_path / "corpora" / "demo"), "--prepare"]
    # Another page, another rerun: still the one job.
    check(opened("motifs"))
    assert len(jobs.list_jobs(workspace)) == 1
    jobs.cancel(job)


def test_a_corpus_that_was_only_opened_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("FLAMSID_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FLAMSID_ROOTS", str(tmp_path))
    from flamsid_core.ui import projects

    (tmp_path / "new").mkdir()
    projects.open_folder(str(tmp_path / "new"))
    for page in NAMES:
        said = words(check(opened(page)))
        assert any(word in said for word in ("run the chain", "Run the chain")), page


def test_clips_say_what_they_cannot_have(home):
    assert translate(
        "This corpus holds published clips of motifs, not whole recordings. The Recording "
        "page has nothing to draw here; motifs, models, motif space and identification work.",
        "en",
    ) in words(opened("corpus", project=home[2]))
    said = words(opened("recording", project=home[2]))
    assert "clips of motifs, not whole recordings" in said


def test_the_chain_starts_as_a_job(home):
    app = check(opened("corpus", project=home[1]))
    app.number_input(key=f"run_support-{home[1].name}").set_value(4)
    app.button(key="run_chain").click().run()
    job = jobs.latest(home[1])
    assert job.command[:2] == ["run", str(home[0] / "corpora" / "tiny")]
    assert job.command[-2:] == ["--motifs.min-support", "4"]
    jobs.cancel(job)
    # What was asked for holds for later jobs too, or they would mine other motifs.
    app = check(opened("models", project=home[1]))
    next(b for b in app.button if b.label == translate("Train", "en")).click().run()
    job = jobs.latest(home[1], "train")
    assert job.command[-2:] == ["--motifs.min-support", "4"]
    jobs.cancel(job)
    (home[1] / "app" / "chain.json").unlink()


def test_a_link_names_corpus_recording_and_motif(home):
    import pandas as pd

    instances = pd.read_parquet(home[1] / "motifs" / "instances.parquet")
    row = instances[instances["singer"] == "Brezo"].iloc[5]
    app = check(opened("recording", project=home[1], recording=row["recording_id"], motif=row["motif_id"]))
    assert app.selectbox(key="recording").value == row["recording_id"]
    assert f"`{row['pattern']}`" in words(app)
    assert app.query_params["recording"] == row["recording_id"]
    assert app.query_params["motif"] == row["motif_id"]
    app = check(opened("motifs", project=home[1], motif=row["motif_id"]))
    assert translate("Motif of {singer}", "en", singer="Brezo") in words(app)


def test_nonsense_in_a_link_is_passed_over(home):
    query = {"recording": "../../etc", "motif": "<script>", "t": "x-y", "model": "..", "map": "%00"}
    for page in NAMES:
        check(opened(page, project=home[1], **query))


def test_the_reduction_follows_its_controls(home):
    app = check(opened("recording", project=home[1]))
    levels = {m.label: m.value for m in app.metric}[translate("Levels", "en")]
    app.slider(key="reduce_k").set_value(3).run()
    assert {m.label: m.value for m in check(app).metric}[translate("Levels", "en")] == "3" != levels
    app.selectbox(key="reduce_scope").select("recording").run()
    check(app)


def test_the_recording_page_says_what_it_heard_of_the_record(home):
    app = check(opened("recording", project=home[1]))
    for _ in range(100):
        if "Heard of the record" in words(app):
            break
        time.sleep(0.3)
        check(app.run())
    said = words(app)
    assert "Heard of the record" in said
    assert "recordings.csv" in said  # where a speed is written


def test_a_speed_is_set_in_the_table_and_stated(tmp_path, home, monkeypatch):
    from flamsid_core.ui.instances import recording_names
    from flamsid_core.workspace import Workspace

    workspace, corpus = make_home(tmp_path), tmp_path / "corpora" / "tiny"
    monkeypatch.setenv("FLAMSID_HOME", str(tmp_path))
    monkeypatch.setenv("FLAMSID_ROOTS", str(tmp_path))
    app = check(opened("recording", project=workspace))
    for _ in range(100):
        if any(b.key == "speed_set" for b in app.button):
            break
        time.sleep(0.3)
        check(app.run())
    field = next(n for n in app.number_input if n.label == translate("Speed (percent too fast)", "en"))
    field.set_value(4.0)
    app.run()
    app.button(key="speed_set").click().run()
    job = jobs.latest(workspace)
    assert job.command[0] == "motifs"
    jobs.cancel(job)
    assert sorted(Workspace(workspace).table("corpus/recordings")["speed"])[-2:] == [0.0, 4.0]
    assert "speed" in (corpus / "recordings.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert sum("(carrier +4 %)" in name for name in recording_names(Workspace(workspace)).values()) == 1


def test_parameters_survive_a_page_switch(home):
    app = check(opened("recording", project=home[1]))
    app.slider(key="reduce_k").set_value(4).run()
    app.switch_page(str(PAGES / "motifs.py")).run()
    app.switch_page(str(PAGES / "recording.py")).run()
    assert check(app).slider(key="reduce_k").value == 4


def test_motifs_are_filtered_by_singer_and_steps(home):
    app = check(opened("motifs", project=home[1]))
    everything = len(app.dataframe[0].value)
    app.multiselect(key="motif_singers").select("Amapola").run()
    assert set(check(app).dataframe[0].value["singer"]) == {"Amapola"}
    app.text_input(key="motif_steps").set_value("+2 -1").run()
    patterns = list(check(app).dataframe[0].value["pattern"])
    assert patterns and all("+2 -1" in p for p in patterns) and len(patterns) < everything
    app.text_input(key="motif_steps").set_value("up and down").run()
    assert not app.exception
    assert "not a step" in app.error[0].value
    app.text_input(key="motif_steps").set_value("+9 +9").run()
    assert translate("No motif fits these filters. Take a filter away, or type fewer steps.", "en") in words(
        check(app)
    )


def test_an_accuracy_never_stands_without_its_protocol(home):
    app = check(opened("models", project=home[1]))
    labels = [m.label for m in app.metric if "%" in str(m.value)]
    assert len(labels) == 3
    for label, protocol in zip(labels, ("paper", "deduplicated", "source-disjoint"), strict=True):
        assert translate(PROTOCOL_NAMES[protocol], "en") in label


def test_training_starts_as_a_job_with_its_settings(home):
    app = check(opened("models", project=home[1]))
    app.selectbox(key="train_features").select("mfcc")
    app.text_input(key="train_name").input("mine")
    next(b for b in app.button if b.label == translate("Train", "en")).click().run()
    command = jobs.latest(home[1], "train").command
    assert command[command.index("--features.kind") + 1] == "mfcc"
    assert command[command.index("--name") + 1] == "mine"
    assert command[command.index("--protocol") + 1] == "all"
    jobs.cancel(jobs.latest(home[1], "train"))


def test_names_from_tables_are_text_not_markup(home):
    for page in NAMES:
        app = check(opened(page, project=home[1]))
        for element in [*app.markdown, *app.caption]:
            assert SINGERS[2] not in element.value, page


def test_the_identify_page_knows_what_its_answer_is_worth(home, monkeypatch):
    import json

    from flamsid_core.ui.sound import uploads_folder

    app = check(opened("identify", project=home[1]))
    app.segmented_control(key="identify_source").set_value("corpus").run()
    app.button(key="identify_start").click().run()
    (job,) = jobs.list_jobs(uploads_folder().parent)
    assert (job.kind, job.command[2], job.command[-1]) == ("identify", "--model", "--json")
    jobs.cancel(job)
    ranking = [{"singer": s, "probability": p} for s, p in zip(SINGERS, (0.7, 0.2, 0.1), strict=True)]
    evidence = [{"start_s": 0.5, "end_s": 1.0, "pattern": "+1 -1", "predicted": "Brezo", "probability": 0.6}]
    (job.folder / "result.json").write_text(
        json.dumps({"ranking": ranking, "motifs": 1, "notes": [], "evidence": evidence})
    )
    state = json.loads((job.folder / "state.json").read_text()) | {"status": "done"}
    (job.folder / "state.json").write_text(json.dumps(state))
    app = check(opened("identify", project=home[1]))
    assert "source-disjoint protocol" in words(app)
    assert "5 of 9" in words(app)


def test_no_heavy_library_is_loaded_by_looking_at_the_pages(home):
    script = (
        "import sys; from test_app import *\n"
        "for page in NAMES: check(opened(page))\n"
        "print([m for m in ('torch', 'umap', 'librosa', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip().endswith("[]"), done.stdout + done.stderr


def test_the_model_of_the_fixture_is_listed(home):
    assert check(opened("models", project=home[1])).selectbox(key="model").value == MODEL
