"""Artefacts are whole or not there, and fresh only for the key they were made with."""

import errno

import numpy as np
import pandas as pd
import pytest

from flamsid_core.errors import FlamsidError
from flamsid_core.workspace import Workspace, artefact_key, atomic_path

TABLE = pd.DataFrame({"time_s": [0.0, 0.5], "f0_hz": [0.0, 220.0]})


def test_a_table_is_fresh_for_its_own_key_only(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.write_table("melody/a", TABLE, "k1")
    assert workspace.fresh("melody/a.parquet", "k1")
    assert not workspace.fresh("melody/a.parquet", "k2")
    pd.testing.assert_frame_equal(workspace.table("melody/a"), TABLE)


def test_a_key_changes_with_stage_version_parameters_and_inputs():
    keys = {
        artefact_key("melody", 1, {"k": 2}, "a"),
        artefact_key("contour", 1, {"k": 2}, "a"),
        artefact_key("melody", 2, {"k": 2}, "a"),
        artefact_key("melody", 1, {"k": 3}, "a"),
        artefact_key("melody", 1, {"k": 2}, "b"),
        artefact_key("melody", 1, {"k": 2}, "a", "b"),
    }
    assert len(keys) == 6
    assert artefact_key("melody", 1, {"a": 1, "b": 2}) == artefact_key("melody", 1, {"b": 2, "a": 1})


def test_a_truncated_table_is_not_fresh(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.write_table("motifs/motifs", TABLE, "k")
    path = workspace.path("motifs/motifs.parquet")
    path.write_bytes(path.read_bytes()[:-10])
    assert not workspace.fresh("motifs/motifs.parquet", "k")


@pytest.mark.parametrize("content", [b"", b"PAR1 not a table", b"\x00" * 400])
def test_a_damaged_table_gives_one_sentence_and_is_made_anew_next_time(tmp_path, content):
    workspace = Workspace(tmp_path)
    workspace.write_table("motifs/motifs", TABLE, "k")
    path = workspace.path("motifs/motifs.parquet")
    path.write_bytes(content)
    workspace.stamp("motifs/motifs.parquet", "k")
    with pytest.raises(FlamsidError, match=r"motifs\.parquet is damaged.*run again"):
        workspace.table("motifs/motifs")
    assert not workspace.fresh("motifs/motifs.parquet", "k")


def test_damaged_json_and_arrays_give_one_sentence(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.write_json("audit/audit.json", {"files": 1}, "k")
    workspace.path("audit/audit.json").write_text('{"files": ')
    with pytest.raises(FlamsidError, match="damaged"):
        workspace.json("audit/audit.json")
    workspace.write_array("atlas/m/embeddings.npy", np.eye(3, dtype=np.float32), "k")
    np.testing.assert_array_equal(workspace.array("atlas/m/embeddings.npy"), np.eye(3))
    workspace.path("atlas/m/embeddings.npy").write_bytes(b"junk")
    with pytest.raises(FlamsidError, match="damaged"):
        workspace.array("atlas/m/embeddings.npy")


def test_an_array_of_objects_is_never_unpickled(tmp_path):
    workspace = Workspace(tmp_path)
    path = workspace.path("atlas/m/embeddings.npy")
    path.parent.mkdir(parents=True)
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(FlamsidError, match="damaged"):
        workspace.array("atlas/m/embeddings.npy")


def test_a_failed_write_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(RuntimeError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_is_one_sentence(tmp_path):
    with pytest.raises(FlamsidError, match="disk is full"), atomic_path(tmp_path / "a.txt"):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("name", ["../a.json", "/etc/passwd", "a/../../b.json", "", "a\\b.json"])
def test_names_never_lead_out_of_the_workspace(tmp_path, name):
    with pytest.raises(FlamsidError, match="not the name of an artefact"):
        Workspace(tmp_path).path(name)


def test_only_one_run_at_a_time(tmp_path):
    workspace = Workspace(tmp_path)
    with workspace.lock(), pytest.raises(FlamsidError, match="Another run"), Workspace(tmp_path).lock():
        pass
    with Workspace(tmp_path).lock():
        pass


def test_a_newer_workspace_is_refused(tmp_path):
    (tmp_path / "workspace.json").write_text('{"format": 99}')
    with pytest.raises(FlamsidError, match="newer flamsid"):
        Workspace(tmp_path)


def test_it_remembers_its_corpus(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    assert workspace.corpus is None
    workspace.remember_corpus(tmp_path)
    assert Workspace(tmp_path / "ws").corpus == tmp_path.resolve()
