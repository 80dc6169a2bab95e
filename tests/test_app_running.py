"""What the pages say while the chain runs: that it does, how far it is, and what has come of it so far."""

import time

import pytest
from test_app import NAMES, check, home, opened, tiny, words  # noqa: F401

from flamsid_core import jobs
from flamsid_core.cli.progress import Progress

RUN_IT = ("run the chain", "Run the chain", "Train one")


@pytest.fixture
def running(home, tmp_path, monkeypatch):  # noqa: F811
    """A corpus that was only opened, and a chain at half of its melodies, thirty seconds after it began them."""
    from flamsid_core.ui import projects

    monkeypatch.setenv("FLAMSID_ROOTS", str(tmp_path))
    monkeypatch.setattr(jobs, "PROGRAM", "naive_job")
    (tmp_path / "new").mkdir()
    workspace = projects.open_folder(str(tmp_path / "new"))
    job = jobs.start(workspace, ["run"])
    for _ in range(200):
        if jobs.read(job.folder).part:
            break
        time.sleep(0.05)
    yield workspace
    jobs.cancel(job)


@pytest.mark.parametrize("page", NAMES)
def test_pages_say_that_it_runs_and_not_to_run_it(running, page):
    said = words(check(opened(page, project=running)))
    assert not any(advice in said for advice in RUN_IT if page != "corpus"), page
    app = opened(page, project=running)
    texts = [bar.proto.text for bar in app.get("progress")]
    assert any("Stage 2 of 8" in text and "left of this stage" in text for text in texts), texts


def test_stages_to_come_are_words_and_the_one_at_work_is_marked(running):
    app = check(opened("corpus", project=running))
    (badges,) = [m.value for m in app.markdown if "Melody" in m.value and "badge" in m.value]
    assert ":blue-badge[:material/hourglass_top: Melody]" in badges
    assert ":gray[Map]" in badges and "gray-badge" not in badges
    assert app.button(key="run_chain").disabled


def test_time_left_is_what_this_run_measured(tmp_path):
    now = time.time()
    part = {"name": "melody", "number": 2, "of": 8, "fraction": 0.5, "started_at": now - 30}
    job = jobs.Job(
        tmp_path,
        "running",
        0.2,
        "",
        ["run"],
        "",
        1,
        0.0,
        "",
        None,
        "",
        now,
        None,
        part | {"started_from": 0.2},
    )
    assert job.seconds_left == pytest.approx(30 * 0.5 / 0.3, rel=0.01)
    too_early = part | {"started_from": 0.49}
    assert jobs.Job(**(vars(job) | {"part": too_early})).seconds_left is None


def test_a_stage_looked_at_again_is_not_gone_back_to(monkeypatch):
    seen = []
    monkeypatch.setattr(jobs, "report", lambda fraction, text, part: seen.append((part["name"], fraction)))
    progress = Progress("corpus", "melody", "contour", "motifs", "families")
    for stage in ("corpus", "melody", "contour", "motifs", "melody", "contour", "families"):
        progress(stage, 1.0, "up to date")
    assert [name for name, _ in seen] == ["corpus", "melody", "contour", "motifs", "families"]
    shares = [share for _, share in seen]
    assert shares == sorted(shares)
