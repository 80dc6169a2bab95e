"""Training end to end on a small corpus of synthetic voices."""

import json

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
from safetensors.torch import load_file
from torch import nn

from flamsid_core.errors import FlamsidError
from flamsid_core.singers import TrainParams, read_about, train
from flamsid_core.singers.features.cache import ClipFeatures
from flamsid_core.singers.features.frames import FeatureParams
from flamsid_core.singers.networks import NETWORKS, build_network, register_network
from flamsid_core.singers.networks.inference import infer, log_probabilities
from flamsid_core.singers.training import fitting
from flamsid_core.singers.training.fitting import Examples, FitParams, fit

RATE_HZ = 16000
FORMANTS_HZ = {"ana": (500, 1200), "bernarda": (750, 2100), "curro": (350, 1700)}
MEL = FeatureParams(mel_bands=32, coefficients=20)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def sung(singer: str, seed: int, seconds: float = 4.0) -> np.ndarray:
    """Harmonics of a wandering pitch under the singer's two formants."""
    rng = np.random.default_rng(seed)
    n = round(seconds * RATE_HZ)
    f0_hz = 180 + 60 * np.interp(np.arange(n), np.linspace(0, n, 12), rng.random(12))
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE_HZ
    signal = 0.003 * rng.standard_normal(n)
    for harmonic in range(1, 20):
        gain = sum(np.exp(-(((harmonic * f0_hz - formant) / 200) ** 2)) for formant in FORMANTS_HZ[singer])
        signal += 0.2 * (gain + 0.01) * np.sin(harmonic * phase)
    return signal


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    """Three singers, four recordings each, ten overlapping motifs in every one."""
    folder = tmp_path_factory.mktemp("voices")
    rows = []
    for singer in FORMANTS_HZ:
        for take in range(4):
            name = f"{singer}-{take}"
            soundfile.write(folder / f"{name}.wav", sung(singer, seed=len(rows)), RATE_HZ)
            for k, start in enumerate(np.random.default_rng(len(rows)).uniform(0, 3.5, 10)):
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
                        "start_s": start,
                        "end_s": start + 0.2 + 0.03 * k,
                        "pattern": "+1",
                    }
                )
    return folder, pd.DataFrame(rows)


def quick(**changes) -> TrainParams:
    small = {"features": MEL, "clip_set": "motifs", "epochs": 6, "patience": 3, "batch_size": 16, "folds": 2}
    return TrainParams(**small | changes)


class Stop(Exception):
    """What a caller raises to cancel."""


def toy_examples(n=120, classes=2, seed=0, shuffled=False, bins=16):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    length = rng.integers(8, 24, n)
    first = np.cumsum(length) - length
    frames = rng.standard_normal((length.sum(), bins))
    for k in range(n):
        frames[first[k] : first[k] + length[k], labels[k] * 4 : labels[k] * 4 + 4] += 1.5
    if shuffled:
        labels = rng.permutation(labels)
    features = ClipFeatures(
        frames.astype(np.float16), first, length, FeatureParams(mel_bands=bins, coefficients=1)
    )
    return Examples(features, labels, np.zeros(n, int))


def toy_fit(training, validation=None, checkpoint=None, on_epoch=None, **params):
    return fit(
        lambda: build_network("residual-blstm", training.features.params.bins, 2),
        training,
        validation,
        FitParams(**{"epochs": 4, "batch_size": 16, **params}),
        checkpoint=checkpoint,
        on_epoch=on_epoch,
    )


def test_learns_what_can_be_learned_and_not_shuffled_labels():
    rows = np.arange(120)
    for shuffled, low, high in [(False, 0.95, 1.0), (True, 0.2, 0.8)]:
        examples = toy_examples(shuffled=shuffled)
        network, _ = toy_fit(examples.take(rows[:80]))
        test = examples.take(rows[80:])
        accuracy = (log_probabilities(network, test.features).argmax(1) == test.labels).mean()
        assert low <= accuracy <= high


def test_inference_does_not_depend_on_the_batch():
    examples = toy_examples()
    network, _ = toy_fit(examples, epochs=2)
    together = infer(network, examples.features)
    for k in range(0, 120, 17):
        alone = infer(network, examples.features.take(np.array([k])))
        assert np.allclose(together[0][k], alone[0][0], atol=1e-5)
        assert np.allclose(together[1][k], alone[1][0], atol=1e-5)


def same_weights(a, b):
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


@pytest.mark.parametrize("killed_after", [0, 1, 3])
def test_a_resumed_fit_equals_an_uninterrupted_one(tmp_path, killed_after):
    examples = toy_examples()
    parts = examples.take(np.arange(90)), examples.take(np.arange(90, 120))
    whole, history = toy_fit(*parts, max_clips_per_epoch=60)

    def kill(figures):
        if figures["epoch"] == killed_after:
            raise Stop

    checkpoint = tmp_path / "checkpoint.safetensors"
    with pytest.raises(Stop):
        toy_fit(*parts, checkpoint=checkpoint, on_epoch=kill, max_clips_per_epoch=60)
    resumed, again = toy_fit(*parts, checkpoint=checkpoint, max_clips_per_epoch=60)
    assert same_weights(whole, resumed)
    without_time = [{k: v for k, v in row.items() if k != "seconds"} for row in history]
    assert without_time == [{k: v for k, v in row.items() if k != "seconds"} for row in again]


def test_a_damaged_checkpoint_means_to_start_again(tmp_path):
    checkpoint = tmp_path / "checkpoint.safetensors"
    checkpoint.write_bytes(b"\x10\0\0\0\0\0\0\0{broken")
    examples = toy_examples()
    assert same_weights(toy_fit(examples, epochs=1)[0], toy_fit(examples, epochs=1, checkpoint=checkpoint)[0])


def test_seeds_decide_and_leave_the_global_state_alone():
    examples = toy_examples()
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, second, other = (toy_fit(examples, epochs=1, seed=seed)[0] for seed in (1, 1, 2))
    assert same_weights(first, second)
    assert not same_weights(first, other)
    assert torch.equal(before, torch.get_rng_state())


def test_mixed_precision_gives_the_same_within_tolerance(monkeypatch):
    """What a GPU computes in bfloat16, computed so here."""
    training, test = toy_examples(seed=1), toy_examples(seed=2)
    exact, history = toy_fit(training, test, epochs=4)
    monkeypatch.setattr(
        fitting, "mixed_precision", lambda device: torch.autocast("cpu", dtype=torch.bfloat16)
    )
    mixed, rounded = toy_fit(training, test, epochs=4)
    assert not same_weights(exact, mixed)
    assert rounded[-1]["loss"] == pytest.approx(history[-1]["loss"], abs=0.05)
    found = [log_probabilities(network, test.features).argmax(axis=1) for network in (exact, mixed)]
    assert (found[0] == found[1]).mean() > 0.95


def test_early_stopping_keeps_the_best_epoch():
    examples = toy_examples(shuffled=True)
    seen = []
    network, history = toy_fit(
        examples.take(np.arange(80)),
        examples.take(np.arange(80, 120)),
        epochs=20,
        patience=2,
        learning_rate=5e-3,
        on_epoch=seen.append,
    )
    losses = [row["validation_loss"] for row in history]
    assert seen == history
    assert len(history) == int(np.argmin(losses)) + 3
    validation = examples.take(np.arange(80, 120))
    kept = -log_probabilities(network, validation.features)[np.arange(40), validation.labels].mean()
    assert kept == pytest.approx(min(losses), abs=1e-5)


# -- the whole
# -------------------------------------------------------------------------------------------------------


def test_three_protocols_in_one_call_over_processes(corpus, tmp_path):
    folder, instances = corpus
    seen, progress = [], []
    model = train(
        instances,
        folder.joinpath,
        quick(protocol="all", processes=2),
        work_dir=tmp_path,
        on_metrics=seen.append,
        on_progress=lambda fraction, text: progress.append(fraction),
    )
    protocols = model.about["protocols"]
    assert set(protocols) == {"paper", "deduplicated", "source-disjoint"}
    for figures in protocols.values():
        assert figures["accuracy"] > 0.8
        assert figures["macro_auc"] > 0.9
        assert np.sum(figures["confusion"]["counts"]) == figures["n_test"]
    assert protocols["source-disjoint"]["n_test"] == len(instances)
    assert protocols["source-disjoint"]["recordings"] == 12
    assert model.classes == sorted(FORMANTS_HZ)
    assert model.about["measured"] == "deduplicated"
    assert model.about["calibration"]["protocol"] == "source-disjoint"
    assert {row["protocol"] for row in seen} == set(protocols)
    assert progress == sorted(progress)
    assert progress[-1] == 1.0
    predictions = pd.read_parquet(tmp_path / "predictions.parquet")
    disjoint = predictions[predictions["protocol"] == "source-disjoint"]
    assert sorted(disjoint["instance_id"]) == sorted(instances["instance_id"])
    assert np.allclose(disjoint[[f"p_{name}" for name in model.classes]].sum(axis=1), 1, atol=1e-5)
    right = (disjoint["predicted"] == disjoint["singer"]).mean()
    assert right == pytest.approx(protocols["source-disjoint"]["accuracy"])
    lines = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert len(lines) == len(seen)
    assert not (tmp_path / "run").exists()


def test_cancelled_and_called_again_it_goes_on(corpus, tmp_path):
    folder, instances = corpus
    params = quick(epochs=4, processes=1)
    train(instances, folder.joinpath, params, work_dir=tmp_path / "whole", cache_dir=tmp_path / "cache")

    def cancel(metrics):
        if metrics["epoch"] == 1:
            raise Stop

    arguments = (instances, folder.joinpath, params)
    places = {"work_dir": tmp_path / "killed", "cache_dir": tmp_path / "cache"}
    with pytest.raises(Stop):
        train(*arguments, **places, on_metrics=cancel)
    assert not (tmp_path / "killed" / "model.json").exists()
    seen = []
    train(*arguments, **places, on_metrics=seen.append)
    assert seen[0]["epoch"] == 2
    whole, killed = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "killed"))
    assert all(torch.equal(whole[key], killed[key]) for key in whole)
    scores = [read_about(tmp_path / name)["protocols"]["paper"]["accuracy"] for name in ("whole", "killed")]
    assert scores[0] == scores[1]


def test_cancel_stops_worker_processes(corpus, tmp_path):
    import psutil

    folder, instances = corpus

    def cancel(metrics):
        raise Stop

    with pytest.raises(Stop):
        train(
            instances,
            folder.joinpath,
            quick(protocol="source-disjoint", processes=2),
            work_dir=tmp_path,
            on_metrics=cancel,
        )
    children = psutil.Process().children(recursive=True)
    # What other tests left to be reaped has ended and has no command line to read.
    alive = [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert not any("flamsid_core.singers.training.workers" in " ".join(child.cmdline()) for child in alive)


def test_source_disjoint_keeps_a_network_of_all_sounds(corpus, tmp_path):
    folder, instances = corpus
    model = train(
        instances,
        folder.joinpath,
        quick(protocol="source-disjoint", epochs=2, processes=1),
        work_dir=tmp_path,
    )
    assert list(model.about["protocols"]) == ["source-disjoint"]
    assert model.about["measured"] == "refit on all sounds"
    assert len(model.about["training"]["recording_ids"]) == 12


def test_shuffled_labels_give_chance(corpus, tmp_path):
    """No protocol may find singers where there are none to find."""
    folder, instances = corpus
    owners = instances.groupby("source_group")["singer"].first()
    shuffled = pd.Series(np.random.default_rng(3).permutation(owners), index=owners.index)
    instances = instances.assign(singer=instances["source_group"].map(shuffled))
    model = train(
        instances,
        folder.joinpath,
        quick(protocol="source-disjoint", epochs=3, processes=1),
        work_dir=tmp_path,
    )
    assert model.about["protocols"]["source-disjoint"]["accuracy"] < 0.7
    assert model.about["protocols"]["source-disjoint"]["recordings_right"] < 9


@pytest.mark.parametrize("clip_set", ["motifs+segment", "random"])
def test_other_clip_sets(corpus, tmp_path, clip_set):
    folder, instances = corpus
    params = quick(clip_set=clip_set, epochs=1)
    model = train(instances[::6], folder.joinpath, params, work_dir=tmp_path)
    assert model.about["params"]["clip_set"] == clip_set


def test_a_network_of_ones_own_is_trained(corpus, tmp_path):
    folder, instances = corpus
    try:

        @register_network("linear")
        class Linear(nn.Module):
            def __init__(self, bins, classes):
                super().__init__()
                self.classes = nn.Linear(bins, classes)

            def forward(self, clips, lengths=None):
                embedding = clips.mean(1) if lengths is None else clips.sum(1) / lengths[:, None]
                return embedding, self.classes(embedding)

        params = quick(network="linear", protocol="all", learning_rate=0.05)
        model = train(instances, folder.joinpath, params, work_dir=tmp_path)
        assert model.about["network"] == "linear"
        assert model.about["protocols"]["source-disjoint"]["accuracy"] > 0.8
    finally:
        NETWORKS.remove("linear")


def test_what_cannot_be_scored_is_said(corpus, tmp_path):
    folder, instances = corpus
    instances = instances[(instances["singer"] != "curro") | (instances["source_group"] == "curro-0")]
    model = train(
        instances,
        folder.joinpath,
        quick(protocol="source-disjoint", epochs=1, processes=1),
        work_dir=tmp_path,
    )
    assert "curro" not in model.about["protocols"]["source-disjoint"]["per_singer"]
    assert any("curro" in note for note in model.about["notes"])


def test_all_leaves_out_what_the_corpus_does_not_allow(corpus, tmp_path):
    folder, instances = corpus
    instances = instances[instances["source_group"].str.endswith("-0")]
    params = quick(epochs=1, processes=1)
    with pytest.raises(FlamsidError, match="source-disjoint"):
        train(
            instances,
            folder.joinpath,
            quick(protocol="source-disjoint"),
            work_dir=tmp_path / "a",
        )
    model = train(
        instances, folder.joinpath, quick(protocol="all", epochs=1, processes=1), work_dir=tmp_path / "b"
    )
    assert set(model.about["protocols"]) == {"paper", "deduplicated"}
    assert any("source-disjoint" in note for note in model.about["notes"])
    assert params.protocol == "paper"


def test_one_singer_is_not_enough(corpus, tmp_path):
    folder, instances = corpus
    alone = instances[instances["singer"] == "ana"]
    for table in (alone, alone.iloc[:0]):
        with pytest.raises(FlamsidError, match="at least two singers"):
            train(table, folder.joinpath, quick(), work_dir=tmp_path)


@pytest.mark.parametrize(
    "changes", [{"protocol": "kind"}, {"clip_set": "all"}, {"epochs": 0}, {"learning_rate": 0}]
)
def test_parameters_are_checked(changes):
    with pytest.raises(FlamsidError):
        TrainParams(**changes)
