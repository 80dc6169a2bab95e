"""A fault in one recording, in any stage: it is left out by name, the rest goes on, and the log has the cause."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import soundfile

from flamsid_core import FlamsidError
from flamsid_core.corpus import near_duplicates
from flamsid_core.corpus.unread import RecordingsUnread
from flamsid_core.pipeline import left_out
from flamsid_core.singers import FeatureParams
from flamsid_core.singers.features import cache, clip_sets
from flamsid_core.workspace import Workspace

RATE_HZ = 16000
BAD = "1.wav"
FAULTS = (ZeroDivisionError("float division by zero"), MemoryError(), OSError(5, "Input/output error"))


@pytest.fixture
def instances(tmp_path):
    rng, rows = np.random.default_rng(0), []
    for k in range(4):
        soundfile.write(tmp_path / f"{k}.wav", rng.normal(0, 0.1, RATE_HZ), RATE_HZ)
        rows.append({"instance_id": str(k), "file": f"{k}.wav", "start_s": 0.2, "end_s": 0.8, "sound_id": str(k),
                     "singer": "AB"[k % 2], "overlap_group": k, "source_group": str(k)})  # fmt: skip
    return pd.DataFrame(rows)


def features(kind):
    return lambda rows, locate: cache.extract_features(rows, locate, FeatureParams(kind=kind))


STAGES = {
    "features": (cache, "read_audio", features("mel")),
    "voices": (cache, "read_audio", features("voice")),
    "clip cutting": (clip_sets, "audio_info", partial(clip_sets.clip_set_of, clip_set="motifs+segment")),
    "near-duplicates": (near_duplicates, "read_audio", near_duplicates.near_duplicates),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("stage", STAGES)
def test_one_recording_is_left_out_by_name(stage, fault, instances, tmp_path, monkeypatch, caplog):
    module, name, work = STAGES[stage]
    works = getattr(module, name)

    def fails(path, **how):
        if path.name == BAD:
            raise fault
        return works(path, **how)

    monkeypatch.setattr(module, name, fails)
    workspace, done = Workspace(tmp_path / "space"), []

    def counted(rows):
        made = work(rows, tmp_path.joinpath)
        done.append(rows["file"].tolist())
        return made

    left_out.without_unread(instances, counted, workspace, "left_out.json")
    assert done == [["0.wav", "2.wav", "3.wav"]]
    (skip,) = left_out.left_out_of(workspace, "left_out.json")
    assert skip.file == BAD and BAD in skip.reason and type(fault).__name__ in skip.reason
    assert "Traceback" in caplog.text and BAD in caplog.text
    assert left_out.come_back(workspace, "left_out.json", instances, tmp_path.joinpath)
    (tmp_path / BAD).unlink()
    assert not left_out.come_back(workspace, "left_out.json", instances, tmp_path.joinpath)


def test_what_fails_at_every_recording_ends_the_stage_with_a_sentence(instances, tmp_path, monkeypatch):
    def fails(path, **how):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(cache, "read_audio", fails)
    with pytest.raises(RecordingsUnread, match="could not be worked through"):
        left_out.without_unread(
            instances,
            lambda rows: features("mel")(rows, tmp_path.joinpath),
            Workspace(tmp_path / "s"),
            "x.json",
        )


def test_joint_work_goes_on_without_the_one_that_fails_alone(tmp_path, caplog):
    recordings = pd.DataFrame({"recording_id": list("abc"), "file": ["0.wav", BAD, "2.wav"]})

    def work(some):
        return 1 / 0 if "b" in some else some

    said = "{name} failed ({reason})."
    workspace = Workspace(tmp_path)
    made = left_out.without_those_that_fail("abc", work, recordings, workspace, "left_out.json", said)
    assert made == ["a", "c"]
    (skip,) = left_out.left_out_of(workspace, "left_out.json")
    assert skip.file == BAD and str(skip.reason) == "1.wav failed (ZeroDivisionError)."
    assert "Traceback" in caplog.text

    def wrong_parameter(some):
        raise FlamsidError("min_support must be at least 2.")

    with pytest.raises(FlamsidError, match="min_support"):
        left_out.without_those_that_fail("abc", wrong_parameter, recordings, workspace, "x.json", said)
