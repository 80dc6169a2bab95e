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

from flamsid_core.corpus import load_corpus
from flamsid_core.pipeline import run_audit
from flamsid_core.pipeline.project import Project
from flamsid_core.singers.evaluation.audit import (
    AuditParams,
    audit,
    audit_by_ear,
    expected_share,
    merged_groups,
    near_duplicate_figures,
)
from flamsid_core.singers.evaluation.protocols import (
    deduplicated_split,
    distinct_rows,
    paper_split,
    source_disjoint_folds,
)
from flamsid_core.singers.evaluation.splitting import protocol_splits
from flamsid_core.workspace import Workspace


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
        "import sys, flamsid_core.corpus;"
        "from flamsid_core.singers.evaluation import audit, protocols;"
        "heavy = ('torch', 'librosa', 'sklearn', 'streamlit', 'umap');"
        "print([name for name in heavy if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def with_pairs(frame, *pairs):
    """Number the instances, and make a table of pairs given by their rows."""
    frame = listed(frame).assign(instance_id=[f"i{k}" for k in range(len(frame))])
    rows = [(f"i{a}", f"i{b}", 0.1, 0.9, 0.3) for a, b in pairs]
    columns = ["first", "second", "offset_s", "similarity", "shared_s"]
    return frame, pd.DataFrame(rows, columns=columns).astype({"first": str, "second": str})


def test_near_duplicates_are_counted_by_what_they_spoil():
    clean = corpus(
        {"A": 3, "B": 2}, clips=4, copies=1
    )  # rows 0–3 are A0, 4–7 A1, 8–11 A2, 12–15 B0, 16–19 B1
    frame, pairs = with_pairs(clean, (0, 3), (0, 5), (1, 12))
    splits, errors = protocol_splits(frame, folds=2)
    assert errors == {}
    found = near_duplicate_figures(frame, pairs, splits)
    assert json.loads(json.dumps(found)) == found
    assert (found["pairs"], found["sounds"]) == (3, 5)
    assert (found["across_singers"], found["across_source_groups"]) == (1, 2)
    assert found["source_groups_when_merged"] == 5 - 2
    assert "merged_source_group" in found["note"] and "two singers" in found["note"]
    assert [row["singers"] for row in found["listed"]] == [["A", "A"], ["A", "B"]]
    for protocol, share in found["share_of_test_near_train"].items():
        near = tested = 0
        for split in splits[protocol]:
            train = set(split.train) | set(split.validation)
            for row in split.test:
                partners = {b for a, b in [(0, 3), (0, 5), (1, 12)] if a == row} | {
                    a for a, b in [(0, 3), (0, 5), (1, 12)] if b == row
                }
                near, tested = near + bool(partners & train), tested + 1
        assert share == pytest.approx(near / tested)
    assert found["share_of_test_near_train"]["source-disjoint"] > 0


def test_merged_groups_hold_what_pairs_join_and_no_more():
    frame, pairs = with_pairs(corpus({"A": 3, "B": 2}, clips=4, copies=2), (0, 9), (9, 17))
    merged = merged_groups(frame, pairs)
    assert list(merged["instance_id"]) == list(frame["instance_id"])
    expected = frame["source_group"].replace({"A1": "A0", "A2": "A0"})
    assert list(merged["merged_source_group"]) == list(expected)
    groups = merged.set_index("instance_id")["merged_overlap_group"]
    assert groups["i0"] == groups["i9"] == groups["i17"] != groups["i30"]
    nothing = merged_groups(frame, pairs.iloc[:0])
    assert list(nothing["merged_overlap_group"]) == list(frame["overlap_group"])
    found = near_duplicate_figures(frame, pairs.iloc[:0], {})
    assert (found["pairs"], found["listed"]) == (0, [])
    assert "No pair" in found["note"]


@pytest.fixture(scope="module")
def cut(small_corpus):
    """Stretches of the small corpus's recordings, as instances."""
    recordings = load_corpus(small_corpus).recordings
    rows = [
        (row.singer, row.recording_id, row.file, start, start + 0.5)
        for row in recordings.itertuples()
        for start in np.arange(0.0, 9.0, 1.5)
    ]
    frame = pd.DataFrame(rows, columns=["singer", "recording_id", "file", "start_s", "end_s"])
    frame["instance_id"] = frame["sound_id"] = frame["overlap_group"] = [f"i{k}" for k in range(len(frame))]
    return frame.assign(source_group=frame["recording_id"], conflict=False, motif_id="m", pattern="+1")


def test_the_audit_by_ear_measures_every_clip_set_and_protocol(small_corpus, cut):
    told = []
    found, pairs = audit_by_ear(
        cut,
        small_corpus.joinpath,
        AuditParams(folds=3),
        on_progress=lambda fraction, text: told.append(fraction),
    )
    assert told == sorted(told) and told[-1] == 1.0
    assert json.loads(json.dumps(found)) == found
    assert found.items() >= audit(cut).items()
    assert found["near_duplicates"]["pairs"] == len(pairs) == 0
    assert set(found["trivial"]) == {"motifs", "motifs+segment", "random"}
    for protocols in found["trivial"].values():
        assert set(protocols) == {"paper", "deduplicated", "source-disjoint"}
    figures = found["trivial"]["motifs"]["source-disjoint"]
    assert figures["n_test"] == len(cut)
    assert 0 <= figures["low"] <= figures["accuracy"] <= figures["high"] <= 1


def test_what_cannot_be_measured_says_why(small_corpus, cut):
    alone = cut[cut["singer"] == cut["singer"].iloc[0]]
    found, pairs = audit_by_ear(alone, small_corpus.joinpath, AuditParams(near_duplicates=False))
    assert pairs is None and found["near_duplicates"] is None
    assert "at least two" in found["trivial"]["motifs"]["paper"]["error"]
    found, _ = audit_by_ear(cut, small_corpus.joinpath, AuditParams(near_duplicates=False, trivial=False))
    assert found["trivial"] is None


def test_the_workspace_keeps_pairs_and_merged_groups(small_corpus, cut, tmp_path):
    workspace = Workspace(tmp_path / "space")
    workspace.write_table("motifs/instances", cut, "some key")
    project = Project(load_corpus(small_corpus), workspace)
    told = []
    found = run_audit(project, lambda *said: told.append(said), AuditParams(trivial=False))
    assert {stage for stage, _, _ in told} == {"audit"} and len(told) > 2
    assert found["near_duplicates"]["pairs"] == len(workspace.table("audit/near_duplicates"))
    assert list(workspace.table("audit/groups")["merged_source_group"]) == list(cut["source_group"])
    told.clear()
    assert run_audit(project, lambda *said: told.append(said), AuditParams(trivial=False)) == found
    assert told == [("audit", 1.0, "up to date")]


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
