"""A carrier that ran too fast: its recording is put right in time, pitch, features and sound alike."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile
from test_f0_noise import song

from flamsid_core.corpus import load_corpus, read_audio
from flamsid_core.corpus.carrier import carrier_of
from flamsid_core.errors import FlamsidError
from flamsid_core.melody import MelodyParams
from flamsid_core.melody.speed import as_recorded
from flamsid_core.pipeline.exporting import export_corpus
from flamsid_core.pipeline.project import open_project
from flamsid_core.pipeline.stages import melodies, run_melody
from flamsid_core.pipeline.table_changes import change_recordings
from flamsid_core.singers.features.cache import extract_features

RATE_HZ = 16000


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Two files of one song, the second from a carrier that ran 4 % fast."""
    root = tmp_path_factory.mktemp("carriers")
    voice, _ = song(RATE_HZ, 9.0)
    at = np.arange(0, len(voice), 1.04)
    soundfile.write(root / "right.wav", voice, RATE_HZ, subtype="FLOAT")
    soundfile.write(root / "fast.wav", np.interp(at, np.arange(len(voice)), voice), RATE_HZ, subtype="FLOAT")
    (root / "recordings.csv").write_text(
        'file,singer,speed,tonic_hz\nright.wav,A,,220\nfast.wav,A,"4,0",\n', encoding="utf-8"
    )
    return root


def test_the_table_says_speed_and_tonic(corpus):
    recordings = load_corpus(corpus).recordings.set_index("file")
    assert recordings["speed"].to_dict() == {"fast.wav": 4.0, "right.wav": 0.0}
    assert recordings.loc["right.wav", "tonic_hz"] == 220.0
    assert np.isnan(recordings.loc["fast.wav", "tonic_hz"])


def test_melodies_agree_in_time_and_pitch(corpus, tmp_path):
    project = open_project(corpus, tmp_path / "workspace")
    params = MelodyParams()
    assert run_melody(project, params) == []
    ids = project.corpus.recordings.set_index("file")["recording_id"]
    found = melodies(project, params)
    right, fast = found[ids["right.wav"]], found[ids["fast.wav"]]
    assert fast.time_s.iloc[-1] == pytest.approx(right.time_s.iloc[-1], abs=0.05)
    there = np.interp(fast.time_s, right.time_s, right.f0_hz)
    both = (fast.f0_hz > 0) & (there > 0)
    assert both.mean() > 0.5
    assert np.median(np.abs(1200 * np.log2(fast.f0_hz[both] / there[both]))) < 5.0


def test_another_speed_makes_the_melody_again(corpus, tmp_path):
    project = open_project(corpus, tmp_path / "workspace")
    run_melody(project, MelodyParams())
    before = project.key
    table = project.corpus.recordings.assign(speed=0.0)
    changed = type(project)(pd_replace(project.corpus, table), project.workspace)
    assert changed.key != before
    assert len(melodies(changed, MelodyParams())) == 1


def pd_replace(corpus, recordings):
    return type(corpus)(corpus.root, corpus.kind, recordings)


def test_features_are_those_of_the_singing(corpus):
    rows = pd.DataFrame(
        {"file": ["right.wav", "fast.wav"], "start_s": 1.0, "end_s": 3.0, "speed": [0.0, 4.0]}
    )
    right, fast = (extract_features(rows.iloc[[i]], corpus.joinpath) for i in (0, 1))
    raw = extract_features(rows.iloc[[1]].assign(speed=0.0), corpus.joinpath)
    n = min(len(right.frames), len(fast.frames), len(raw.frames))

    def off(one):
        return np.mean(np.abs(one.frames[:n].astype(float) - right.frames[:n].astype(float)))

    assert abs(len(right.frames) - len(fast.frames)) <= 1
    assert off(fast) < 0.3 * off(raw)


def test_a_span_is_cut_at_the_right_place(corpus):
    right, rate_hz = read_audio(corpus / "right.wav", start_s=4.0, end_s=4.5)
    fast, fast_rate_hz = read_audio(corpus / "fast.wav", start_s=4.0, end_s=4.5, speed=4.0)
    assert fast_rate_hz == round(rate_hz / 1.04)
    assert len(fast) / fast_rate_hz == pytest.approx(0.5, abs=1e-3)
    same = np.interp(np.arange(len(right)) / rate_hz, np.arange(len(fast)) * 1.04 / rate_hz, fast)
    assert np.corrcoef(same, right)[0, 1] > 0.99


@pytest.mark.parametrize(
    "cells", [{"speed": "fast"}, {"speed": "80"}, {"tonic_hz": "La"}, {"tonic_hz": "-3"}]
)
def test_what_cannot_be_is_said_and_not_used(cells):
    speed, tonic_hz, trouble = carrier_of(cells)
    assert speed == 0.0
    assert np.isnan(tonic_hz)
    assert "is not used" in trouble


def test_reading_refuses_an_impossible_speed(corpus):
    with pytest.raises(FlamsidError, match="percent"):
        read_audio(corpus / "right.wav", speed=-100.0)


def test_a_melody_remembers_its_speed_in_the_workspace(corpus, tmp_path):
    project = open_project(corpus, tmp_path / "workspace")
    run_melody(project, MelodyParams())
    ids = project.corpus.recordings.set_index("file")["recording_id"]
    fast, right = (project.workspace.table(f"melody/{ids[name]}") for name in ("fast.wav", "right.wav"))
    as_it_is, speed = as_recorded(fast)
    assert speed == 4.0
    assert as_it_is.time_s.iloc[-1] == pytest.approx(fast.time_s.iloc[-1] / 1.04)
    assert as_recorded(right)[1] == 0.0


def test_only_the_melody_of_the_changed_recording_is_made_again(corpus, tmp_path):
    root = tmp_path / "corpus"
    shutil.copytree(corpus, root)
    table = root / "recordings.csv"
    project = open_project(root, tmp_path / "workspace")
    run_melody(project, MelodyParams())
    path, changed = change_recordings(project.workspace, {"right.wav": {"speed": "-2"}})
    assert (path, changed) == (table, 1)
    assert table.read_text(encoding="utf-8").splitlines()[2] == 'fast.wav,A,"4,0",'
    again = open_project(root, tmp_path / "workspace")
    ids = again.corpus.recordings.set_index("file")["recording_id"]
    assert again.key != project.key
    assert list(melodies(again, MelodyParams())) == [ids["fast.wav"]]


def test_a_table_is_made_or_gets_a_row_where_it_lacks_one(corpus, tmp_path):
    root = tmp_path / "corpus"
    shutil.copytree(corpus, root)
    (root / "recordings.csv").unlink()
    for file in ("right.wav", "fast.wav"):
        (root / "A").mkdir(exist_ok=True)
        (root / file).rename(root / "A" / file)
    project = open_project(root, tmp_path / "workspace")
    change_recordings(project.workspace, {"A/fast.wav": {"speed": "4"}})
    speeds = open_project(root, tmp_path / "workspace").corpus.recordings.set_index("file")["speed"]
    assert speeds.to_dict() == {"A/fast.wav": 4.0, "A/right.wav": 0.0}
    (root / "recordings.csv").write_text("file,singer\nA/right.wav,A\n", encoding="utf-8")
    change_recordings(project.workspace, {"A/fast.wav": {"speed": "3"}})
    speeds = open_project(root, tmp_path / "workspace").corpus.recordings.set_index("file")["speed"]
    assert speeds["A/fast.wav"] == 3.0


def test_exports_are_at_the_speed_and_say_so(corpus, tmp_path):
    project = open_project(corpus, tmp_path / "workspace")
    run_melody(project, MelodyParams())
    written = export_corpus(project.workspace.root, "jams", tmp_path / "out")
    names = sorted(path.name for path in written)
    assert names == ["fast (speed +4%).jams", "right.jams"]
    lasts = {p.name: json.loads(p.read_text(encoding="utf-8"))["file_metadata"]["duration"] for p in written}
    assert lasts["fast (speed +4%).jams"] == pytest.approx(lasts["right.jams"], abs=0.01)
