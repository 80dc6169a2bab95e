"""A workspace belongs to one corpus, and what went wrong once is tried again."""

import shutil

import numpy as np
import pytest
import soundfile

from flamsid_core import FlamsidError
from flamsid_core.melody import MelodyParams
from flamsid_core.pipeline import melody, stages
from flamsid_core.pipeline.project import open_project
from flamsid_core.workspace import Workspace


def tone(f0_hz=220.0, seconds=0.6, rate_hz=16000):
    phase = 2 * np.pi * f0_hz * np.arange(int(seconds * rate_hz)) / rate_hz
    return 0.3 * sum(np.sin(k * phase) / k for k in range(1, 8))


def corpus(folder, pitches=(220.0, 330.0)):
    for k, f0_hz in enumerate(pitches):
        (folder / "Ana").mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / "Ana" / f"{k}.wav", tone(f0_hz), 16000)
    return folder


def test_a_workspace_belongs_to_one_corpus(tmp_path):
    one, two = corpus(tmp_path / "a" / "cante"), corpus(tmp_path / "b" / "cante", (250.0, 270.0))
    workspace = tmp_path / "cante.flamsid"
    open_project(one, workspace)
    before = sorted((f.name, f.stat().st_mtime_ns) for f in workspace.rglob("*"))
    with pytest.raises(FlamsidError, match=r"belongs to the corpus .*a/cante.*--workspace"):
        open_project(two, workspace)
    assert sorted((f.name, f.stat().st_mtime_ns) for f in workspace.rglob("*")) == before
    # The same folder by another way is the same corpus; a folder that was moved is too.
    (tmp_path / "link").symlink_to(one)
    open_project(tmp_path / "link", workspace)
    one.rename(tmp_path / "moved")
    open_project(tmp_path / "moved", workspace)
    assert Workspace(workspace).corpus == tmp_path / "moved"
    shutil.rmtree(tmp_path / "moved")
    with pytest.raises(FlamsidError, match="no recording in common"):
        open_project(two, workspace)


def test_an_error_of_reading_is_no_verdict_and_is_tried_again(tmp_path, monkeypatch):
    folder = corpus(tmp_path / "cante")
    soundfile.write(folder / "Ana" / "noise.wav", np.random.default_rng(0).normal(0, 0.1, 16000), 16000)
    project = open_project(folder, tmp_path / "space")
    params, track = MelodyParams(), melody.melody_of
    away = folder / "Ana" / "0.wav"
    away.rename(tmp_path / "0.wav")
    found = {skip.file: skip.reason for skip in stages.run_melody(project, params)}
    assert "cannot be opened" in found["Ana/0.wav"] and "No voiced frame" in found["Ana/noise.wav"]
    (tmp_path / "0.wav").rename(away)
    asked = []
    monkeypatch.setattr(
        melody, "melody_of", lambda path, params: asked.append(path.name) or track(path, params)
    )
    assert [skip.file for skip in stages.run_melody(project, params)] == ["Ana/noise.wav"]
    assert asked == ["0.wav"]
    assert not list((tmp_path / "space").rglob("*.failed.json"))


def test_any_exception_leaves_out_one_recording_by_name(tmp_path, monkeypatch, caplog):
    project = open_project(corpus(tmp_path / "cante"), tmp_path / "space")
    track = melody.melody_of

    def fails(path, params):
        return track(path, params) if path.name == "0.wav" else 1 / 0

    monkeypatch.setattr(melody, "melody_of", fails)
    monkeypatch.setattr("joblib.Parallel", lambda **_: lambda calls: (f(*a, **k) for f, a, k in calls))
    (skip,) = stages.run_melody(project, MelodyParams())
    assert skip.file == "Ana/1.wav" and "ZeroDivisionError" in skip.reason
    assert "Traceback" in caplog.text and "Ana/1.wav" in caplog.text


def test_a_melody_that_cannot_be_reduced_is_left_out_and_one_that_comes_back_comes_in(
    tmp_path, monkeypatch, caplog
):
    from flamsid_core.melody import ContourParams
    from flamsid_core.pipeline import left_out

    folder = corpus(tmp_path / "cante", (220.0, 330.0, 280.0))
    project = open_project(folder, tmp_path / "space")
    ids = dict(zip(project.corpus.recordings["file"], project.corpus.recordings["recording_id"], strict=True))
    away = folder / "Ana" / "0.wav"
    away.rename(tmp_path / "0.wav")
    stages.run_melody(project, MelodyParams())
    reduce = left_out.reduce_contour

    def fails(melodies, *rest, **how):
        return 1 / 0 if ids["Ana/1.wav"] in melodies else reduce(melodies, *rest, **how)

    def reduced():
        stages.run_contour(project, MelodyParams(), ContourParams())
        return set(project.workspace.table("contour/segments")["recording_id"])

    monkeypatch.setattr(left_out, "reduce_contour", fails)
    assert reduced() == {ids["Ana/2.wav"]}
    (skip,) = left_out.left_out_of_contour(project.workspace)
    assert skip.file == "Ana/1.wav" and "ZeroDivisionError" in skip.reason and "Traceback" in caplog.text
    (tmp_path / "0.wav").rename(away)
    monkeypatch.setattr(left_out, "reduce_contour", reduce)
    stages.run_melody(project, MelodyParams())
    assert reduced() == set(ids.values()) and left_out.left_out_of_contour(project.workspace) == []
