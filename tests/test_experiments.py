"""Experiments: cells that resume, fail and spread, and their tables beside the paper's."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
import soundfile
import torch
from quick_experiments import RATE_HZ, TWO, MeanNetwork, Unfit, files_of, grid, make_corpus

from flamsid_core.errors import FlamsidError
from flamsid_core.experiments import cell_table, paper_table, run_experiment
from flamsid_core.experiments.running import _cells_at_once
from flamsid_core.experiments.tables import LOCK_FILE
from flamsid_core.locks import held
from flamsid_core.messages import unpacked
from flamsid_core.singers import NETWORKS, register_network


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def own_networks():
    register_network("mean")(MeanNetwork)
    register_network("unfit")(Unfit)
    yield
    NETWORKS.remove("mean")
    NETWORKS.remove("unfit")


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("noises")
    return folder, make_corpus(folder)


def test_cells_are_model_folders_and_the_table_says_what_is_in_them(own_networks, corpus, tmp_path):
    folder, instances = corpus
    progress, seen = [], []
    table = run_experiment(
        instances,
        folder.joinpath,
        grid(protocols="all", seeds=[3]),
        tmp_path,
        processes=1,
        on_progress=lambda fraction, text: progress.append(fraction),
        on_metrics=seen.append,
    )
    assert table["cell"].tolist() == [
        f"mean_mel_motifs_{protocol}_3" for protocol in ("paper", "deduplicated", "source-disjoint")
    ]
    assert (table["state"] == "done").all()
    assert table["error"].isna().all()
    about = json.loads((tmp_path / "experiment.json").read_text())
    assert about["cells"] == table["cell"].tolist()
    assert about["format"] == 1 and about["grid"]["epochs"] == 3 and about["corpus"]["instances"] == 48
    assert json.loads((tmp_path / "audit.json").read_text())["distinct"] == 48
    trivial = json.loads((tmp_path / "trivial.json").read_text())
    assert trivial["motifs"].keys() == {"paper", "deduplicated", "source-disjoint"}
    assert trivial["motifs"]["source-disjoint"]["recordings"] == 6
    for row in table.itertuples():
        place = tmp_path / "cells" / row.cell
        cell, model = (json.loads((place / name).read_text()) for name in ("cell.json", "model.json"))
        assert cell["params"]["epochs"] == 3 and cell["seed"] == 3
        assert model["protocols"][row.protocol]["accuracy"] == row.accuracy
        said = pd.read_parquet(place / "predictions.parquet")
        assert (said["predicted"] == said["singer"]).mean() == pytest.approx(row.accuracy)
        assert row.low <= row.accuracy <= row.high
        assert row.singers_low <= row.mean_over_singers <= row.singers_high
        assert row.parameters == 16 * 2 + 2
        lines = (place / "metrics.jsonl").read_text().splitlines()
        assert len(lines) == sum(one["cell"] == row.cell for one in seen)
    assert progress == sorted(progress) and progress[-1] == 1.0


def test_a_cell_that_cannot_be_trained_says_why_and_stops_no_other(own_networks, tmp_path):
    folder = tmp_path / "clips"
    folder.mkdir()
    instances = make_corpus(folder, sources=1)
    cut = []
    for row in instances.to_dict("records"):  # a corpus of clips, a file each
        signal, _ = soundfile.read(folder / row["file"], start=round(row["start_s"] * RATE_HZ), frames=1920)
        row["file"] = f"{row['instance_id']}.wav"
        soundfile.write(folder / row["file"], signal, RATE_HZ)
        cut.append(row | {"start_s": 0.0, "end_s": 0.12})
    table = run_experiment(
        pd.DataFrame(cut),
        folder.joinpath,
        grid(
            networks=["unfit", "mean"],
            clip_sets=["random", "motifs"],
            protocols=["source-disjoint", "paper"],
        ),
        tmp_path / "out",
        processes=1,
    ).set_index("cell")
    assert table.loc["mean_mel_motifs_paper_0", "state"] == "done"
    assert (table.drop("mean_mel_motifs_paper_0")["state"] == "failed").all()
    assert "whole recordings" in table.loc["mean_mel_random_paper_0", "error"]
    assert "two different recordings" in table.loc["mean_mel_motifs_source-disjoint_0", "error"]
    unfit = table.loc["unfit_mel_motifs_paper_0", "error"]
    assert unfit.startswith("RuntimeError") and "error.txt" in unfit
    trace = (tmp_path / "out/cells/unfit_mel_motifs_paper_0/error.txt").read_text()
    assert "Traceback" in trace
    trivial = unpacked(json.loads((tmp_path / "out" / "trivial.json").read_text()))
    assert "whole recordings" in trivial["random"]["paper"]["error"]
    assert "two different recordings" in trivial["motifs"]["source-disjoint"]["error"]
    beside = paper_table(tmp_path / "out").set_index(["network", "features", "clip_set"])
    assert "whole recordings" in beside.loc["mean", "mel", "random"]["note"]
    assert np.isnan(beside.loc["mean", "mel", "motifs"]["paper_accuracy"])


class Stop(Exception):
    """What a caller raises to cancel."""


def stop_at(cell, epoch):
    def on_metrics(metrics):
        if metrics["cell"] == cell and metrics["epoch"] == epoch:
            raise Stop

    return on_metrics


FIRST, SECOND = "residual-blstm_mel_motifs_paper_0", "residual-blstm_mel_motifs_deduplicated_0"


@pytest.fixture(scope="session")
def whole(corpus, tmp_path_factory):
    """Two cells trained without interruption."""
    folder, instances = corpus
    out = tmp_path_factory.mktemp("whole")
    run_experiment(instances, folder.joinpath, grid(**TWO), out, processes=1)
    return files_of(out)


@pytest.mark.parametrize(("cell", "epoch"), [(FIRST, 0), (FIRST, 1), (SECOND, 0)])
def test_cancelled_and_started_again_equals_uninterrupted(corpus, whole, tmp_path, cell, epoch):
    folder, instances = corpus
    arguments = (instances, folder.joinpath, grid(**TWO), tmp_path)
    with pytest.raises(Stop):
        run_experiment(*arguments, processes=1, on_metrics=stop_at(cell, epoch))
    states = cell_table(tmp_path).set_index("cell")["state"]
    assert states.to_dict() == {FIRST: "done" if cell == SECOND else "waiting", SECOND: "waiting"}
    seen = []
    run_experiment(*arguments, processes=1, on_metrics=seen.append)
    assert seen[0]["cell"] == cell and seen[0]["epoch"] == epoch + 1
    assert files_of(tmp_path) == whole


@pytest.mark.parametrize(("protocol", "fold"), [("source-disjoint", 1), ("refit", 0)])
def test_cancelled_within_a_fold_it_goes_on_there(own_networks, corpus, tmp_path, protocol, fold):
    folder, instances = corpus
    made = grid(protocols="source-disjoint", folds="leave-one-out", learning_rate=0.02)

    def on_metrics(metrics):
        if (metrics["protocol"], metrics["fold"], metrics["epoch"]) == (protocol, fold, 0):
            raise Stop

    run_experiment(instances, folder.joinpath, made, tmp_path / "whole", processes=1)
    arguments = (instances, folder.joinpath, made, tmp_path / "killed")
    with pytest.raises(Stop):
        run_experiment(*arguments, processes=1, on_metrics=on_metrics)
    seen = []
    run_experiment(*arguments, processes=1, on_metrics=seen.append)
    assert {row["fold"] for row in seen if row["protocol"] == "source-disjoint"} <= set(range(fold, 6))
    assert files_of(tmp_path / "killed") == files_of(tmp_path / "whole")


def test_processes_give_what_one_gives(corpus, whole, tmp_path):
    folder, instances = corpus
    seen = []
    run_experiment(instances, folder.joinpath, grid(**TWO), tmp_path, processes=2, on_metrics=seen.append)
    assert files_of(tmp_path) == whole
    assert {row["cell"] for row in seen} == {FIRST, SECOND}
    assert not (tmp_path / ".run").exists()


def test_a_cancel_ends_the_processes(corpus, whole, tmp_path):
    folder, instances = corpus
    arguments = (instances, folder.joinpath, grid(**TWO, epochs=3), tmp_path)
    with pytest.raises(Stop):
        run_experiment(*arguments, processes=2, on_metrics=stop_at(FIRST, 0))
    assert set(cell_table(tmp_path)["state"]) <= {"waiting", "done"}
    sizes = {path: path.stat().st_mtime_ns for path in tmp_path.glob("cells/*/metrics.jsonl")}
    time.sleep(1.0)
    assert {path: path.stat().st_mtime_ns for path in sizes} == sizes
    run_experiment(*arguments, processes=1)
    assert files_of(tmp_path) == whole


KILLED = """
import sys
sys.path.insert(0, {tests!r})
from pathlib import Path
import pandas as pd
from quick_experiments import TWO, grid
from flamsid_core.experiments import run_experiment
run_experiment(pd.read_parquet({table!r}), Path({folder!r}).joinpath, grid(**TWO), {out!r}, processes=2)
"""


def test_a_killed_run_leaves_nothing_that_harms_the_next(corpus, whole, tmp_path):
    """Its workers outlive it for a moment; the next run of the same cells waits for them to let go."""
    folder, instances = corpus
    instances.to_parquet(tmp_path / "table.parquet")
    out = tmp_path / "out"
    names = {
        "tests": str(Path(__file__).parent),
        "table": str(tmp_path / "table.parquet"),
        "folder": str(folder),
        "out": str(out),
    }
    process = subprocess.Popen([sys.executable, "-c", KILLED.format(**names)], stderr=subprocess.DEVNULL)
    workers = []
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        if list(out.glob("cells/*/metrics.jsonl")):
            workers = psutil.Process(process.pid).children(recursive=True)
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert cell_table(out, intervals=False)["state"].isin(["waiting", "done"]).all()
    run_experiment(instances, folder.joinpath, grid(**TWO), out, processes=1)
    assert files_of(out) == whole
    assert workers
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def test_a_gpu_here_takes_one_cell_at_a_time(monkeypatch):
    assert (_cells_at_once(None), _cells_at_once(3)) == (None, 3)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert (_cells_at_once(None), _cells_at_once(3)) == (1, 3)


def test_networks_of_ones_own_reach_the_processes(own_networks, corpus, tmp_path):
    folder, instances = corpus
    table = run_experiment(
        instances, folder.joinpath, grid(protocols="all", seeds=[0, 1]), tmp_path, processes=2
    )
    assert (table["state"] == "done").all(), table["error"].tolist()


def test_what_is_finished_is_kept_until_its_data_or_parameters_change(own_networks, corpus, tmp_path):
    folder, instances = corpus

    def run(made, table=instances):
        seen = []
        run_experiment(
            table,
            folder.joinpath,
            made,
            tmp_path,
            processes=1,
            on_metrics=lambda row: seen.append(row["cell"]),
        )
        return set(seen)

    first, second = "mean_mel_motifs_paper_0", "mean_mel_motifs_paper_1"
    assert run(grid()) == {first}
    created = json.loads((tmp_path / "experiment.json").read_text())["created"]
    assert run(grid(seeds=[0, 1])) == {second}
    assert run(grid(seeds=[0, 1])) == set()
    assert run(grid(seeds=[1])) == set()
    assert cell_table(tmp_path)["cell"].tolist() == [second]
    assert run(grid(seeds=[0, 1])) == set()
    assert json.loads((tmp_path / "experiment.json").read_text())["created"] == created
    assert run(grid(seeds=[0, 1], epochs=2)) == {first, second}
    moved = instances.assign(source_group=instances["source_group"] + "x")
    assert run(grid(seeds=[0, 1], epochs=2), moved) == {first, second}
    (tmp_path / "cells" / first / "model.safetensors").unlink()
    assert run(grid(seeds=[0, 1], epochs=2), moved) == {first}
    (tmp_path / "cells" / second / "cell.json").write_text("{broken")
    assert run(grid(seeds=[0, 1], epochs=2), moved) == {second}


def test_a_second_run_of_the_same_experiment_is_refused(own_networks, corpus, tmp_path):
    folder, instances = corpus
    run_experiment(instances, folder.joinpath, grid(), tmp_path, processes=1)
    with (
        held(tmp_path / LOCK_FILE, FlamsidError("busy")),
        pytest.raises(FlamsidError, match="running already"),
    ):
        run_experiment(instances, folder.joinpath, grid(), tmp_path, processes=1)
    with pytest.raises(FlamsidError, match="at least 1"):
        run_experiment(instances, folder.joinpath, grid(), tmp_path, processes=0)
    alone = instances[instances["singer"] == "ana"]
    with pytest.raises(FlamsidError, match="two singers"):
        run_experiment(alone, folder.joinpath, grid(), tmp_path, processes=1)


def test_the_papers_table_beside_ours(own_networks, corpus, tmp_path):
    folder, instances = corpus
    made = grid(seeds=[0, 1], protocols=["paper", "source-disjoint"])
    run_experiment(instances, folder.joinpath, made, tmp_path, processes=1)
    cells = cell_table(tmp_path)
    for protocol in ("paper", "source-disjoint"):
        table = paper_table(tmp_path, protocol)
        assert len(table) == 28
        assert table["paper_accuracy"].notna().sum() == 27
        ours = table[table["network"] == "mean"].iloc[0]
        mine = cells.loc[cells["protocol"] == protocol, "accuracy"]
        assert ours["seeds"] == 2
        assert ours["accuracy"] == pytest.approx(mine.mean())
        assert ours["accuracy_sd"] == pytest.approx(mine.std())
        assert ours["low"] <= ours["accuracy"] <= ours["high"]
    nothing = paper_table(tmp_path, "deduplicated")
    assert len(nothing) == 27
    assert (nothing["note"] == "not in this experiment").all()
    with pytest.raises(FlamsidError, match="flamsid experiment"):
        cell_table(tmp_path / "nowhere")


def test_workers_do_not_change_the_callers_environment(own_networks, corpus, tmp_path):
    folder, instances = corpus
    before = dict(os.environ)
    threads = torch.get_num_threads()
    run_experiment(instances, folder.joinpath, grid(), tmp_path, processes=2)
    assert dict(os.environ) == before
    assert torch.get_num_threads() == threads
