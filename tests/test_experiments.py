"""Experiments: grids, cells that resume, fail and spread, and their tables beside the paper's."""

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
from scipy.stats import binom
from torch import nn

from flamsid_core.cli import main
from flamsid_core.errors import FlamsidError
from flamsid_core.singers import NETWORKS, TrainParams, register_network, train
from flamsid_core.singers.experiments import (
    PAPER_TABLE,
    cell_table,
    make_grid,
    paper_table,
    read_grid,
    run_experiment,
)
from flamsid_core.singers.experiments.locks import only_run
from flamsid_core.singers.features import FeatureParams

RATE_HZ = 16000
PAPER_GRID = Path(__file__).resolve().parents[1] / "benchmarks" / "grids" / "paper.toml"
FEATURES = {"mel_bands": 16, "coefficients": 8}
QUICK = {"epochs": 3, "batch_size": 8, "folds": 2, "feature_params": FEATURES}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class MeanNetwork(nn.Module):
    """A network of one's own, as quick as can be."""

    def __init__(self, bins, classes):
        super().__init__()
        self.classes = nn.Linear(bins, classes)

    def forward(self, clips, lengths=None):
        embedding = clips.mean(1) if lengths is None else clips.sum(1) / lengths[:, None]
        return embedding, self.classes(embedding)


class Unfit(MeanNetwork):
    """A network that does not fit its input."""

    def __init__(self, bins, classes):
        super().__init__(bins + 1, classes)


@pytest.fixture
def own_networks():
    register_network("mean")(MeanNetwork)
    register_network("unfit")(Unfit)
    yield
    del NETWORKS["mean"], NETWORKS["unfit"]


def coloured(rng, seconds, tilt):
    """Noise whose spectrum rises or falls."""
    spectrum = np.fft.rfft(rng.standard_normal(round(seconds * RATE_HZ)))
    shape = np.linspace(1, 0.1, len(spectrum)) if tilt > 0 else np.linspace(0.1, 1, len(spectrum))
    return 0.2 * np.fft.irfft(spectrum * shape)


def make_corpus(folder, *, singers=("ana", "curro"), sources=3, clips=8, told_apart=True, seed=0):
    """Write recordings of coloured noise; return the instances, of 0.12 s, one after the other."""
    rng = np.random.default_rng(seed)
    rows = []
    for number, singer in enumerate(singers):
        for take in range(sources):
            name = f"{singer}-{take}"
            tilt = 1 - 2 * (number % 2) if told_apart else 1
            soundfile.write(folder / f"{name}.wav", coloured(rng, 0.2 * clips + 0.2, tilt), RATE_HZ)
            for k in range(clips):
                rows.append(
                    {
                        "instance_id": f"{name}-{k}",
                        "motif_id": "m",
                        "recording_id": name,
                        "file": f"{name}.wav",
                        "singer": singer,
                        "source_group": name,
                        "sound_id": f"{name}-{k}",
                        "overlap_group": f"{name}-{k}",
                        "conflict": False,
                        "start_s": 0.2 * k,
                        "end_s": 0.2 * k + 0.12 + 0.002 * k,
                        "pattern": "+1",
                    }
                )
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("noises")
    return folder, make_corpus(folder)


def grid(**changes):
    return make_grid({"name": "test", "networks": ["mean"], **QUICK, **changes})


def files_of(folder):
    """Return what must be equal, bit for bit, whatever happened on the way; times are not."""
    found = {}
    for place in sorted((folder / "cells").iterdir()):
        for name in ("model.safetensors", "predictions.parquet"):
            found[place.name, name] = (place / name).read_bytes()
        for name in ("metrics.jsonl", "history.jsonl"):
            lines = map(json.loads, (place / name).read_text().splitlines())
            found[place.name, name] = [line | {"seconds": 0} for line in lines]
        about = json.loads((place / "model.json").read_text())
        found[place.name, "figures"] = [
            figures | {"seconds": 0} for figures in about["protocols"].values()
        ] + [about["calibration"]]
    return found


# -- the grid ---------------------------------------------------------------------------------------------------------


def test_the_paper_grid_has_the_papers_cells():
    found = read_grid(PAPER_GRID).cells()
    keys = {(cell.params.network, cell.params.features.kind, cell.params.clip_set) for cell in found}
    assert keys == set(PAPER_TABLE)
    assert len(found) == len({cell.name for cell in found}) == 27
    assert {cell.params.protocol for cell in found} == {"paper"}
    assert found[0].params.epochs == 20


def test_a_grid_crosses_lists_and_fixes_the_rest():
    made = make_grid(
        {
            "name": "g",
            "networks": ["crnn", "residual-blstm"],
            "presets": ["lean", "paper"],
            "features": "mfcc",
            "protocols": "all",
            "repeats": 2,
            "epochs": 7,
            "folds": "leave-one-out",
            "max_clips_per_epoch": "none",
            "feature_params": {"coefficients": 20},
        }
    )
    cells = {cell.name: cell.params for cell in made.cells()}
    assert len(cells) == 2 * 2 * 3 * 2
    params = cells["crnn-paper_mfcc_motifs_source-disjoint_1"]
    assert (params.network, params.preset, params.seed, params.epochs) == ("crnn", "paper", 1, 7)
    assert (params.folds, params.max_clips_per_epoch) == ("leave-one-out", None)
    assert params.features == FeatureParams(kind="mfcc", coefficients=20)
    assert params.processes == 1
    plain = made.plain()
    assert plain["patience"] == TrainParams().patience
    again = make_grid({**plain, "max_clips_per_epoch": "none"})
    assert again == made


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("networks = [", ["no TOML"]),
        ('netwroks = ["crnn"]', ["netwroks", "did you mean networks"]),
        ("processes = 2", ["processes", "--processes"]),
        ('networks = ["cnn"]', ["cnn", "crnn, residual-blstm"]),
        ("networks = []", ["networks", "at least one of crnn"]),
        ("networks = [3]", ["networks has 3", "crnn"]),
        ('features = ["wavelet"]', ["wavelet", "mel, mfcc, spectrogram"]),
        ('clip_sets = ["all"]', ["clip_sets", "motifs+segment"]),
        ('protocols = "kind"', ["kind", "deduplicated"]),
        ('presets = "fat"', ["fat", "lean, paper"]),
        ("seeds = [-1]", ["seeds", "from 0"]),
        ("seeds = []", ["seeds", "[0, 1, 2]"]),
        ('seeds = ["a"]', ["seeds", "whole numbers"]),
        ("repeats = 0", ["repeats = 0", "at least 1"]),
        ("repeats = 2\nseeds = [0]", ["repeats and seeds"]),
        ('networks = ["crnn"]\nnetwork = "crnn"', ["say the same twice"]),
        ("epochs = [10, 20]", ["epochs = [10, 20]", "a whole number, like 20"]),
        ("epochs = true", ["epochs = True", "a whole number"]),
        ("epochs = 0", ["epochs is 0", "at least 1"]),
        ("folds = 1", ["folds = 1", "leave-one-out"]),
        ('folds = "all"', ["folds", "'leave-one-out'"]),
        ('learning_rate = "fast"', ["learning_rate", "a number, like 0.001"]),
        ('name = "../up"', ["name", "letters, digits"]),
        ("corpus = 3", ["corpus = 3", "a folder"]),
        ("feature_params = 3", ["feature_params = 3", "[feature_params]"]),
        ("[feature_params]\nbands = 3", ["bands", "[feature_params]", "mel_bands"]),
        ("[feature_params]\nmel_bands = 0", ["0 bands", "like 128"]),
    ],
)
def test_a_wrong_grid_is_one_sentence(tmp_path, text, words):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(FlamsidError) as caught:
        read_grid(path)
    for word in ["wrong.toml", *words]:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_grid_that_is_no_text(tmp_path):
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "bytes.toml", tmp_path / "none.toml", tmp_path):
        with pytest.raises(FlamsidError, match="The grid"):
            read_grid(path)


def test_the_papers_table_agrees_with_the_papers_text():
    """Section 5 gives the mean relative gain of the two sets with motifs over random spans for the best network."""
    for features, gain in {"mfcc": 0.135, "spectrogram": 0.11, "mel": 0.115}.items():
        motifs, segment, elsewhere = (
            PAPER_TABLE["residual-blstm", features, clip_set].accuracy
            for clip_set in ("motifs", "motifs+segment", "random")
        )
        found = ((motifs / elsewhere - 1) + (segment / elsewhere - 1)) / 2
        assert found == pytest.approx(gain, abs=0.002)
    assert PAPER_TABLE["residual-blstm", "mel", "motifs"] == (0.9629, 0.9442)
    networks = ("crnn", "resnet50", "residual-blstm")
    printed = {
        "mel": [0.9105, 0.9319, 0.9629],
        "mfcc": [0.8859, 0.8731, 0.9478],
        "spectrogram": [0.8713, 0.8347, 0.9162],
    }
    for features, row in printed.items():
        assert [PAPER_TABLE[network, features, "motifs"].accuracy for network in networks] == row
    assert len(PAPER_TABLE) == 27
    assert all(0.76 < figure < 0.97 for figures in PAPER_TABLE.values() for figure in figures)


# -- running ----------------------------------------------------------------------------------------------------------


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
    trivial = json.loads((tmp_path / "out" / "trivial.json").read_text())
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


TWO = {"networks": ["residual-blstm"], "protocols": ["paper", "deduplicated"]}
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
from test_experiments import TWO, grid, run_experiment
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
    with only_run(tmp_path), pytest.raises(FlamsidError, match="running already"):
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


# -- the command ------------------------------------------------------------------------------------------------------


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
    space = tmp_path / "ws"
    status, result, _ = call(capsys, path, clips_corpus, "-w", space, "--processes", 1)
    assert status == 1  # there is nothing around a clip
    assert (result["done"], result["failed"]) == (1, 1)
    assert result["experiment"] == str(space / "experiments" / "small")
    done, failed = result["cells"]
    assert done["state"] == "done" and done["error"] is None and 0 <= done["low"] <= done["high"] <= 1
    assert failed["state"] == "failed" and failed["accuracy"] is None
    cell = space / "experiments/small/cells" / done["cell"]
    assert json.loads((cell / "chain.json").read_text())["kind"] == "clips"
    assert list((space / "features").glob("*.npz"))
    write_grid(path, clip_sets=["motifs"], corpus=str(clips_corpus))
    status, result, _ = call(capsys, path, "-w", space)
    assert (status, result["done"]) == (0, 1)
    assert main(["experiment", str(path), "-w", str(space)]) == 0
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


# -- chance -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["paper", "deduplicated", "source-disjoint"])
def test_shuffled_labels_give_chance(tmp_path, protocol):
    """Nobody can be told apart when names are drawn for what a protocol holds out: clips, or whole recordings."""
    singers = ("ana", "bernarda", "curro")
    instances = make_corpus(tmp_path, singers=singers, sources=8, clips=5, told_apart=False)
    unit = "source_group" if protocol == "source-disjoint" else "sound_id"
    units = instances[unit].unique()
    names = np.random.default_rng(2).permutation(np.resize(singers, len(units)))
    instances["singer"] = instances[unit].map(dict(zip(units, names, strict=True)))
    if unit == "sound_id":
        instances["source_group"] = instances["sound_id"]  # a recording has one singer
    params = TrainParams(
        features=FeatureParams(mel_bands=16, coefficients=8),
        protocol=protocol,
        folds=3,
        epochs=4,
        batch_size=16,
        processes=1,
    )
    model = train(instances, tmp_path.joinpath, params, work_dir=tmp_path / "model")
    figures = model.about["protocols"][protocol]
    trials = figures["recordings"]
    low, high = binom.ppf([0.001, 0.999], trials, 1 / 3)
    assert trials == (24 if protocol == "source-disjoint" else figures["n_test"])
    assert low <= figures["recordings_right"] <= high


def test_copies_make_shuffled_labels_learnable_under_the_paper_protocol_only(tmp_path):
    """The reason for three protocols: names drawn by lot are learned by heart where copies are on both sides."""
    instances = make_corpus(tmp_path, sources=8, clips=4, told_apart=False)
    names = np.random.default_rng(1).permutation(np.resize(["ana", "curro"], len(instances)))
    instances = instances.assign(singer=names, source_group=instances["sound_id"])
    copies = pd.concat(
        [instances.assign(instance_id=instances["instance_id"] + f"-{k}") for k in range(4)],
        ignore_index=True,
    )
    made = make_grid(
        {
            "name": "copies",
            "protocols": ["paper", "deduplicated"],
            "epochs": 8,
            "patience": 8,
            "masking": 0,
            "learning_rate": 0.003,
            "feature_params": {"mel_bands": 32, "coefficients": 8},
        }
    )
    table = run_experiment(copies, tmp_path.joinpath, made, tmp_path / "out", processes=1)
    paper, deduplicated = table.set_index("protocol")["accuracy"].loc[["paper", "deduplicated"]]
    trials = int(table.set_index("protocol").loc["deduplicated", "recordings"])
    assert paper > 0.8
    assert deduplicated <= binom.ppf(0.999, trials, 0.5) / trials


def test_workers_do_not_change_the_callers_environment(own_networks, corpus, tmp_path):
    folder, instances = corpus
    before = dict(os.environ)
    threads = torch.get_num_threads()
    run_experiment(instances, folder.joinpath, grid(), tmp_path, processes=2)
    assert dict(os.environ) == before
    assert torch.get_num_threads() == threads
