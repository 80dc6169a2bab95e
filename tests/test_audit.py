"""The audit counts what it should, and its expectations are those of real draws."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_importer import published_corpus
from test_splits import corpus, table

from flamsid_core.singers.audit import audit, expected_share
from flamsid_core.singers.splits import deduplicated_split, distinct_rows, paper_split, source_disjoint_folds


def listed(frame):
    """Add the columns that only the audit needs."""
    return frame.assign(file=[f"{row.singer}/{row.Index}.wav" for row in frame.itertuples()])


def test_a_planted_corpus_is_counted_right():
    clean = corpus({"A": 3, "B": 2, "C": 1}, clips=4, copies=2)
    # A's folder holds a copy of a third of B0: two of its four sounds, and one cut otherwise.
    copies = table([("A", "B0", 0, 0), ("A", "B0", 0, 1), ("A", "B0", 0, 9)])
    frame = pd.concat([clean, copies], ignore_index=True)
    frame["conflict"] = frame.groupby("sound_id")["singer"].transform("nunique") > 1
    frame = listed(frame)
    found = audit(frame)
    assert json.loads(json.dumps(found)) == found
    assert (found["files"], found["distinct"], found["conflicting"]) == (51, 25, 2)
    assert (found["source_groups"], found["overlap_groups"], found["set_aside"]) == (6, 12, 3)
    assert found["singers"] == {
        "A": {"files": 27, "distinct": 15, "source_groups": 3},
        "B": {"files": 16, "distinct": 8, "source_groups": 2},
        "C": {"files": 8, "distinct": 4, "source_groups": 1},
    }
    assert found["singers_with_one_source_group"] == ["C"]
    assert [conflict["singers"] for conflict in found["conflicts"]] == [["A", "B"]] * 2
    assert [conflict["count"] for conflict in found["conflicts"]] == [3, 3]
    for conflict in found["conflicts"]:
        rows = frame[frame["file"].isin(conflict["files"])]
        assert set(rows["sound_id"]) == {conflict["sound_id"]}
    assert found["share_of_test_in_train"] < found["share_of_test_overlapping_train"]
    assert found["share_of_test_overlapping_train"] < found["share_of_test_source_in_train"] <= 1


def test_a_corpus_without_copies_has_no_share_in_train():
    found = audit(listed(table([("A", i, i, i) for i in range(6)] + [("B", i, i, i) for i in range(6, 12)])))
    assert found["share_of_test_in_train"] == 0.0
    assert found["share_of_test_source_in_train"] == 0.0
    assert found["conflicts"] == []


@given(st.lists(st.integers(0, 8), min_size=3, max_size=40), st.sampled_from([0.2, 0.5]))
@settings(max_examples=8, deadline=None)
def test_the_expected_share_is_the_mean_over_draws(units, test_share):
    frame = pd.DataFrame({"singer": ["A", "B"] * len(units), "unit": np.repeat(units, 2)})
    shares = []
    for seed in range(300):
        split = paper_split(frame, seed=seed, test_share=test_share)
        shares.append(frame["unit"].iloc[split.test].isin(set(frame["unit"].iloc[split.train])).mean())
    error = 5 * np.std(shares) / np.sqrt(len(shares)) + 0.01
    assert abs(np.mean(shares) - expected_share(frame["unit"], test_share)) < error


def test_splits_and_audit_load_without_torch():
    code = (
        "import sys, flamsid_core.corpus, flamsid_core.singers.splits, flamsid_core.singers.audit;"
        "heavy = ('torch', 'librosa', 'sklearn', 'streamlit', 'umap');"
        "print([name for name in heavy if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.real
def test_the_published_clips_are_audited_as_measured(flamenco_motifs):
    frame = published_corpus(flamenco_motifs).instances
    found = audit(frame)
    assert (found["files"], found["distinct"], found["conflicting"]) == (11_158, 5_405, 99)
    assert (found["source_groups"], found["set_aside"]) == (15, 161)
    assert {name: of["source_groups"] for name, of in found["singers"].items()} == {
        "AM": 5, "EC": 4, "EM": 2, "JT": 2, "TP": 2,
    }  # fmt: skip
    assert found["share_of_test_in_train"] == pytest.approx(0.70, abs=0.02)
    assert found["share_of_test_source_in_train"] > 0.999
    # Dropping copies is not deduplication: nine in ten test clips still hold samples of a training clip.
    assert found["distinct_share_of_test_overlapping_train"] > 0.9
    assert all(conflict["singers"] == ["AM", "EC"] for conflict in found["conflicts"])
    assert found["singers_with_one_source_group"] == []
    rows = distinct_rows(frame)
    assert len(rows) == 5_405 - 99 - 62
    split = deduplicated_split(frame)
    assert abs(len(split.test) / len(rows) - 0.2) < 0.01
    one_out = source_disjoint_folds(frame, "leave-one-out")
    assert len(one_out) == 15
    assert sum(len(fold.test) for fold in one_out) == len(rows)
    assert len(source_disjoint_folds(frame)) == 5
