"""The trivial classifier learns what is trivial, and nothing where labels mean nothing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import soundfile
from scipy.signal import lfilter

from flamsid_core.singers.evaluation.protocols import deduplicated_split, paper_split, source_disjoint_folds
from flamsid_core.singers.evaluation.trivial import clip_statistics, trivial_baseline
from flamsid_core.singers.features.cache import features_of_signal
from flamsid_core.singers.features.frames import FeatureParams

RATE_HZ = 16000


@pytest.fixture(scope="module")
def hums(tmp_path_factory):
    """Three singers of four recordings of coloured noise: the colour is the recording's, a little the singer's."""
    folder, rows = tmp_path_factory.mktemp("hums"), []
    rng = np.random.default_rng(0)
    for s, singer in enumerate(("ana", "bernarda", "curro")):
        for take in range(4):
            name, pole = f"{singer}{take}", 0.2 + 0.2 * s + 0.03 * rng.standard_normal()
            signal = lfilter([1.0], [1.0, -pole], rng.standard_normal(4 * RATE_HZ))
            soundfile.write(folder / f"{name}.wav", 0.05 * signal, RATE_HZ)
            rows += [
                {
                    "singer": singer,
                    "file": f"{name}.wav",
                    "source_group": name,
                    "start_s": start,
                    "end_s": start + 0.3,
                }
                for start in np.arange(0, 3.6, 0.4)
            ]
    table = pd.DataFrame(rows).assign(conflict=False)
    table["sound_id"] = table["overlap_group"] = [f"s{k}" for k in range(len(table))]
    return folder, table


def splits_of(table):
    return {
        "paper": (paper_split(table, validation_share=0.1),),
        "deduplicated": (deduplicated_split(table, validation_share=0.1),),
        "source-disjoint": source_disjoint_folds(table, 4, validation_share=0.1),
    }


def test_what_is_in_the_mean_is_learned_under_every_protocol(hums):
    folder, table = hums
    found = trivial_baseline(table, folder.joinpath, splits_of(table))
    assert list(found) == ["paper", "deduplicated", "source-disjoint"]
    for figures in found.values():
        assert figures["accuracy"] > 0.9
        assert figures["low"] <= figures["accuracy"] <= figures["high"]
    assert (found["source-disjoint"]["folds"], found["source-disjoint"]["n_test"]) == (4, len(table))
    assert found["source-disjoint"]["recordings"] == 12


def test_shuffled_labels_give_chance(hums):
    folder, table = hums
    mixed = table.assign(singer=np.random.default_rng(1).permutation(table["singer"]))
    figures = trivial_baseline(mixed, folder.joinpath, {"paper": [paper_split(mixed)]})["paper"]
    assert figures["accuracy"] < 0.6


def test_statistics_are_those_of_each_clips_own_frames():
    signal = np.random.default_rng(2).standard_normal(RATE_HZ).astype(np.float32)
    start, end = np.array([0.0, 0.2, 0.5]), np.array([0.1, 0.9, 0.7])
    features = features_of_signal(signal, start, end, FeatureParams(kind="mfcc"))
    found = clip_statistics(features)
    assert found.shape == (3, 80)
    for row, clip in zip(found, (features.clip(k).astype(float) for k in range(3)), strict=True):
        assert row == pytest.approx(np.r_[clip.mean(axis=0), clip.std(axis=0)])


def test_a_singer_missing_from_training_is_never_named_and_breaks_nothing(hums):
    folder, table = hums
    split = source_disjoint_folds(table, 2)[0]
    gone = split.train[(table["singer"].to_numpy()[split.train] != "ana")]
    figures = trivial_baseline(table, folder.joinpath, {"p": [replace(split, train=gone)]})["p"]
    assert figures["per_singer"]["ana"] == 0.0
    assert figures["accuracy"] > 0.5
