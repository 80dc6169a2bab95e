"""Files that were damaged, or made by somebody else: one sentence that names the file, never anything else."""

import json
import struct
import zipfile

import numpy as np
import pandas as pd
import pytest

from flamsid_core import FlamsidError, jobs
from flamsid_core.experiments.grid import make_grid, read_grid
from flamsid_core.models.registry import history_of
from flamsid_core.processes import boot_id, process_started
from flamsid_core.reading import (
    read_array,
    read_arrays,
    read_json,
    read_json_lines,
    read_parquet,
    read_toml,
    tensor_shapes,
)  # fmt: skip
from flamsid_core.singers.model_store import read_about
from flamsid_core.workspace import Workspace, atomic_path, disk_is_full

DEEP = {
    "json": b"[" * 100_000,
    "closed": b"[" * 900 + b"]" * 900,
    "object": b'{"a":' * 5000,
    "toml": b"x = " + b"[" * 9000,
}
ODD = {
    "empty": b"",
    "null": b"null",
    "bytes": b"\xff\xfe\x00",
    "half": b'{"a": 1',
    "number": b"7",
    "digits": b"1" * 9999,
}


@pytest.mark.parametrize("name", [*DEEP, *ODD])
def test_a_workspace_with_a_damaged_description_says_so(tmp_path, name):
    path = tmp_path / "workspace.json"
    path.write_bytes((DEEP | ODD)[name])
    with pytest.raises(FlamsidError, match=r"workspace\.json is damaged"):
        Workspace(tmp_path)


@pytest.mark.parametrize("name", [*DEEP, *ODD])
def test_readers_name_the_file(tmp_path, name):
    path = tmp_path / "x"
    path.write_bytes((DEEP | ODD)[name])
    np.savez(tmp_path / "good.npz", a=np.arange(9))
    readers = [read_toml, read_parquet, read_array, read_arrays, tensor_shapes, read_grid, read_about]
    for reader in [*readers, lambda path: read_json(path, kind=dict)]:
        folder_of = reader is read_about
        if folder_of:
            (tmp_path / "model.json").write_bytes(path.read_bytes())
        if name in ("empty",) and reader is read_toml:
            continue
        if name == "empty" and reader is read_grid:
            continue
        with pytest.raises(FlamsidError) as error:
            reader(tmp_path if folder_of else path)
        assert str(tmp_path) in str(error.value) and len(str(error.value)) < 2000
    assert read_json_lines(path) == []


def test_headers_that_claim_more_than_there_is_are_refused(tmp_path):
    path = tmp_path / "x"
    header = json.dumps({"w": {"dtype": "F32", "shape": [1 << 30, 1 << 30], "data_offsets": [0, 4]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    with pytest.raises(FlamsidError, match="larger than the file"):
        tensor_shapes(path)
    path.write_bytes(struct.pack("<Q", 1 << 60) + b"{}")
    with pytest.raises(FlamsidError, match="not as long"):
        tensor_shapes(path)
    np.save(tmp_path / "a.npy", np.arange(10))
    raw = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(raw.replace(b"(10,)", b"(1<<", 1))
    with pytest.raises(FlamsidError):
        read_array(tmp_path / "a.npy")
    np.save(tmp_path / "o.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(FlamsidError):
        read_array(tmp_path / "o.npy")
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.npy", bytes(10_000_000))
    with pytest.raises(FlamsidError, match="unpacks to more"):
        read_arrays(tmp_path / "bomb.npz", most_bytes=1_000_000)
    path.write_bytes(b"[" + b"1," * 2_000_000 + b"1]")
    with pytest.raises(FlamsidError, match="larger than 1 MB"):
        read_json(path, most_bytes=1 << 20)


@pytest.mark.parametrize("key", ["", "k", "k 1 2", "k x", "k " + "9" * 5000, "\udcff", "k 5"])
def test_a_damaged_key_is_no_key(tmp_path, key):
    workspace = Workspace(tmp_path)
    workspace.write_table("a/b", pd.DataFrame({"x": [1]}), "k")
    assert workspace.fresh("a/b.parquet", "k")
    (tmp_path / "a" / "b.parquet.key").write_bytes(key.encode("utf-8", "surrogateescape"))
    assert workspace.key("a/b.parquet") is None
    (tmp_path / "a" / "b.parquet.key").unlink()
    (tmp_path / "a" / "b.parquet.key").mkdir()
    assert workspace.key("a/b.parquet") is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]\n7\n", '{"epoch": "x", "fold": 0}\n', '{"epoch": 1}\n', '{"epoch": {}}\n']
)
def test_a_damaged_history_is_as_long_as_it_is_whole(tmp_path, text):
    whole = {
        "protocol": "paper",
        "fold": 0,
        "epoch": 0,
        "loss": 1.0,
        "validation_loss": 1.0,
        "validation_accuracy": 0.5,
    }
    (tmp_path / "history.jsonl").write_text(json.dumps(whole) + "\n" + text)
    assert history_of(tmp_path)["epoch"].tolist() == [1]


@pytest.mark.parametrize(
    "change", [{"pid": "1"}, {"fraction": None}, {"status": 3}, {"command": "run"}, {"new": 1}, None]
)
def test_a_damaged_state_hides_its_job_and_no_other(tmp_path, change):
    state = {name: kind() for name, kind in (
        ("status", str), ("fraction", float), ("text", str), ("command", list), ("subject", str), ("pid", int),
        ("process_started", float), ("boot_id", str), ("message", str), ("started_at", float), ("part", dict),
    )} | {"exit_status": None, "ended_at": None, "status": "done"}  # fmt: skip
    for name in ("20260101-000000-000000", "20260101-000000-000001"):
        (tmp_path / "jobs" / name).mkdir(parents=True)
        (tmp_path / "jobs" / name / "state.json").write_text(json.dumps(state))
    assert len(jobs.list_jobs(tmp_path)) == 2
    (tmp_path / "jobs" / name / "state.json").write_text(json.dumps(state | change) if change else "[" * 9999)
    assert [job.id for job in jobs.list_jobs(tmp_path)] == ["20260101-000000-000000"]


def test_a_job_is_known_whatever_the_clock_says(monkeypatch):
    import os

    started, boot = process_started(os.getpid()), boot_id()
    assert jobs._alive(os.getpid(), started, boot)
    monkeypatch.setattr("time.time", lambda: 0.0)
    monkeypatch.setattr("psutil.boot_time", lambda: 9e9)
    monkeypatch.setattr("psutil.Process.create_time", lambda self: 9e9)
    assert process_started(os.getpid()) == started and jobs._alive(os.getpid(), started, boot)
    assert not jobs._alive(os.getpid(), started, "another run of the machine" if boot else "x")
    assert not jobs._alive(os.getpid(), started + 1, boot)


def test_a_clock_that_is_set_back_leaves_the_order_of_jobs(tmp_path, monkeypatch):
    names = []
    for now in (2e9, 1e9, 1e9, 2e9 + 0.5):
        monkeypatch.setattr("time.time", lambda now=now: now)
        names.append(jobs._new_folder(tmp_path).name)
    assert names == sorted(names) and len(set(names)) == 4


@pytest.mark.parametrize(
    "table", [{"repeats": 3_000_000}, {"repeats": 10**30}, {"folds": 10**9}, {"seeds": list(range(200_000))}]
)
def test_a_grid_without_end_is_refused_at_once(table):
    with pytest.raises(FlamsidError, match=r"at most|more than"):
        make_grid({"name": "x"} | table)


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        OSError("64 requested and 0 written"),
        RuntimeError("Error while serializing: IoError(Os { code: 28, message: \"No space left on device\" })"),
        OSError(122, "Disk quota exceeded"),
    ],
)  # fmt: skip
def test_a_full_disk_is_one_sentence_and_what_was_there_stays(tmp_path, error):
    path = tmp_path / "a.json"
    path.write_text("before")
    assert disk_is_full(error)
    with (
        pytest.raises(FlamsidError, match=r"The disk is full: .*a\.json"),
        atomic_path(path, durable=True) as part,
    ):
        part.write_text("half")
        raise error
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]
