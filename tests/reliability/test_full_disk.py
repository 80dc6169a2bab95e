"""A full disk at every write: one sentence, and what was there before is there still.

The temporary file that every write goes through is led to /dev/full, which takes nothing.
"""

import os
import sqlite3
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from flamsid_core import FlamsidError
from flamsid_core.corpus.tables import add_rows
from flamsid_core.workspace import Workspace, atomic_path, disk_is_full, write_json

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")

LARGE = pd.DataFrame({"x": np.random.default_rng(0).normal(size=100_000)})


def arrays(path):
    with atomic_path(path) as temporary, temporary.open("wb") as out:
        np.savez(out, frames=np.zeros(100_000))


WRITES = {
    "t.parquet": lambda root: Workspace(root).write_table("t", LARGE, "k"),
    "j.json": lambda root: write_json(root / "j.json", {"a": "b" * 100_000}),
    "a.npy": lambda root: Workspace(root).write_array("a.npy", np.zeros(100_000), "k"),
    "recordings.csv": lambda root: add_rows(root / "recordings.csv", [{"file": "y.wav", "singer": "A"}], ()),
    "z.npz": lambda root: arrays(root / "z.npz"),
}


@pytest.fixture
def full_disk(monkeypatch):
    def mkstemp(prefix="", dir=None):
        name = str(Path(dir) / f"{prefix}full")
        Path(name).symlink_to("/dev/full")
        return os.open(name, os.O_WRONLY), name

    def fill():
        monkeypatch.setattr(tempfile, "mkstemp", mkstemp)

    return fill


@pytest.mark.parametrize("name", WRITES)
def test_what_was_there_stays_and_one_sentence_says_why(name, tmp_path, full_disk):
    (tmp_path / "recordings.csv").write_text("file,singer\nx.wav,A\n")
    WRITES[name](tmp_path)
    before = (tmp_path / name).read_bytes()
    full_disk()
    with pytest.raises(FlamsidError, match="The disk is full") as error:
        WRITES[name](tmp_path)
    assert name in str(error.value) and "\n" not in str(error.value)
    assert (tmp_path / name).read_bytes() == before
    assert not [path for path in tmp_path.rglob("*") if path.is_symlink()]


def test_a_database_without_space_counts_as_a_full_disk():
    assert disk_is_full(sqlite3.OperationalError("database or disk is full"))
