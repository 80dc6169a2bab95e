"""`flamsid experiment`: the command, its sentences, a cluster."""

import json

import numpy as np
import pytest
import soundfile
from quick_experiments import FEATURES, RATE_HZ, coloured, files_of

from flamsid_core.cli.main import main


@pytest.fixture(scope="session")
def clips_corpus(tmp_path_factory):
    """A folder as the authors published theirs: two singers, ten clips each."""
    folder = tmp_path_factory.mktemp("published")
    rng = np.random.default_rng(0)
    for number, singer in enumerate("ab"):
        (folder / singer).mkdir()
        for k in range(10):
            name = f"R{k % 2}_1-1_0b3c8c3e-0000-4000-8000-0000000000{number}{k}.wav"
            soundfile.write(folder / singer / name, coloured(rng, 0.15, 1 - 2 * number), RATE_HZ)
    return folder


def call(capsys, *arguments):
    status = main(["experiment", *map(str, arguments), "--json"])
    out, err = capsys.readouterr()
    assert len(out.strip().splitlines()) == 1, out
    return status, json.loads(out), err


def write_grid(path, **table):
    lines = {"networks": ["residual-blstm"], "epochs": 1, "batch_size": 8, **table}
    features = "".join(f"{key} = {value}\n" for key, value in FEATURES.items())
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())
    path.write_text(f"{text}\n[feature_params]\n{features}")
    return path


def test_the_command_runs_a_grid(clips_corpus, tmp_path, capsys):
    path = write_grid(tmp_path / "small.toml", clip_sets=["motifs", "random"])
    workspace = tmp_path / "ws"
    status, result, _ = call(capsys, path, clips_corpus, "-w", workspace, "--processes", 1)
    assert status == 1  # there is nothing around a clip
    assert (result["done"], result["failed"]) == (1, 1)
    assert result["experiment"] == str(workspace / "experiments" / "small")
    done, failed = result["cells"]
    assert done["state"] == "done" and done["error"] is None and 0 <= done["low"] <= done["high"] <= 1
    assert failed["state"] == "failed" and failed["accuracy"] is None
    cell = workspace / "experiments/small/cells" / done["cell"]
    assert json.loads((cell / "chain.json").read_text())["kind"] == "clips"
    assert list((workspace / "features").glob("*.npz"))
    write_grid(path, clip_sets=["motifs"], corpus=str(clips_corpus))
    status, result, _ = call(capsys, path, "-w", workspace)
    assert (status, result["done"]) == (0, 1)
    assert main(["experiment", str(path), "-w", str(workspace)]) == 0
    assert "1 of 1 cells" in capsys.readouterr().out


def test_the_command_needs_a_corpus_and_a_grid(tmp_path, capsys):
    path = write_grid(tmp_path / "small.toml")
    status, result, _ = call(capsys, path, "-w", tmp_path / "ws")
    assert status == 2 and "needs a corpus" in result["error"]
    status, result, err = call(capsys, tmp_path / "none.toml", tmp_path)
    assert status == 2 and "none.toml" in result["error"]
    assert len(err.strip().splitlines()) == 1


def test_a_dask_cluster_gives_the_same_cells(clips_corpus, tmp_path, capsys):
    distributed = pytest.importorskip("distributed")
    path = write_grid(tmp_path / "small.toml", protocols=["paper", "deduplicated"])
    assert call(capsys, path, clips_corpus, "-w", tmp_path / "here", "--processes", 1)[0] == 0
    options = {"n_workers": 1, "threads_per_worker": 2, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        address = cluster.scheduler_address
        status, result, _ = call(capsys, path, clips_corpus, "-w", tmp_path / "there", "--scheduler", address)
    assert (status, result["done"]) == (0, 2)
    here, there = (files_of(tmp_path / place / "experiments" / "small") for place in ("here", "there"))
    assert here == there
