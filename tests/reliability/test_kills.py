"""Killed at a random moment: what was said to be stored is stored, and the resumed result equals the uninterrupted one.

FLAMSID_KILLS says how often; `make reliability` kills thirty times.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import soundfile

from flamsid_core.corpus.tables import read_table
from flamsid_core.jobs import PROGRAM

KILLS = int(os.environ.get("FLAMSID_KILLS", "3"))

ADDING = """
import sys
from pathlib import Path
from flamsid_core.corpus.tables import add_rows
print("ready", flush=True)
number = int(sys.argv[2])
while True:
    add_rows(Path(sys.argv[1]), [{"file": f"{number}.wav", "singer": "A"}], ("file", "singer"))
    print(number, flush=True)
    number += 1
"""


def test_rows_that_were_added_are_there_after_a_kill(tmp_path):
    path, rng, stored = tmp_path / "recordings.csv", random.Random(0), []
    for _ in range(KILLS):
        number = len(stored)
        adding = subprocess.Popen(
            [sys.executable, "-c", ADDING, str(path), str(number)], stdout=subprocess.PIPE, text=True
        )
        adding.stdout.readline()
        time.sleep(rng.uniform(0.05, 0.3))
        adding.send_signal(signal.SIGKILL)
        said = [line for line in adding.communicate()[0].splitlines() if line.isdigit()]
        stored = [row["file"] for row in read_table(path).rows] if path.exists() else []
        assert not any("trouble" in row for row in (read_table(path).rows if path.exists() else []))
        # The last one may be stored without having been said.
        assert len(stored) - number - len(said) in (0, 1)
        assert stored == [f"{k}.wav" for k in range(len(stored))]


def recordings(folder):
    (folder / "Ana").mkdir(parents=True)
    for k, f0_hz in enumerate((220.0, 247.0, 262.0)):
        times = np.arange(16000) / 16000
        glide = f0_hz * 2 ** (np.floor(times * 6) % 3 / 12)
        phase = 2 * np.pi * np.cumsum(glide) / 16000
        soundfile.write(
            folder / "Ana" / f"{k}.wav", 0.2 * sum(np.sin(n * phase) / n for n in range(1, 6)), 16000
        )
    return folder


def melody(corpus, workspace):
    command = [
        sys.executable,
        "-m",
        PROGRAM,
        "melody",
        str(corpus),
        "--workspace",
        str(workspace),
        "--json",
    ]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def tables(workspace):
    return {
        path.relative_to(workspace).as_posix(): pd.read_parquet(path)
        for path in sorted(workspace.rglob("*.parquet"))
        if "recordings" not in path.name
    }


@pytest.mark.slow
def test_a_run_that_was_killed_ends_as_one_that_was_not(tmp_path):
    corpus, rng = recordings(tmp_path / "cante"), random.Random(1)
    start = time.monotonic()
    out, said = melody(corpus, tmp_path / "whole").communicate(timeout=600)
    seconds = time.monotonic() - start
    assert out, said
    assert json.loads(out)["recordings"] == 3, said
    for _ in range(KILLS):
        killed = melody(corpus, tmp_path / "killed")
        time.sleep(rng.uniform(0.2, 1.0) * seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate()
    out, said = melody(corpus, tmp_path / "killed").communicate(timeout=600)
    assert json.loads(out)["recordings"] == 3 and "Traceback" not in said
    whole, resumed = tables(tmp_path / "whole"), tables(tmp_path / "killed")
    assert whole.keys() == resumed.keys()
    for name, table in whole.items():
        pd.testing.assert_frame_equal(table, resumed[name])
