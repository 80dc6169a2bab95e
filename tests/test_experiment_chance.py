"""No protocol may find singers where there are none to find."""

import numpy as np
import pandas as pd
import pytest
import torch
from quick_experiments import make_corpus
from scipy.stats import binom

from flamsid_core.experiments import make_grid, run_experiment
from flamsid_core.singers import TrainParams, train
from flamsid_core.singers.features.frames import FeatureParams


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


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
        clip_set="motifs",
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
