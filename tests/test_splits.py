"""The three protocols: what must never be on both sides, and what every split owes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flamsid_core import FlamsidError
from flamsid_core.corpus.groups import foreign_rows
from flamsid_core.singers.evaluation.protocols import (
    deduplicated_split,
    distinct_rows,
    paper_split,
    source_disjoint_folds,
)

COLUMNS = ["singer", "source_group", "overlap_group", "sound_id"]


def table(rows):
    """Make an instances table of (singer, source, overlap, sound); the levels nest as in a real one."""
    frame = pd.DataFrame(rows, columns=COLUMNS).astype("str")
    frame["overlap_group"] = frame["source_group"] + "/" + frame["overlap_group"]
    frame["sound_id"] = frame["overlap_group"] + "/" + frame["sound_id"]
    frame["conflict"] = frame.groupby("sound_id")["singer"].transform("nunique") > 1
    return frame


def corpus(groups_of, clips=12, copies=2):
    """Make a clean table: for each singer so many source groups of sounds, two to an overlap group."""
    return table(
        [
            (singer, f"{singer}{group}", clip // 2, clip)
            for singer, n_groups in groups_of.items()
            for group in range(n_groups)
            for clip in range(clips)
            for _ in range(copies)
        ]
    )


# Source groups 0–9 belong to singer (group mod 3), now and then to another: a wrong label.
TABLES = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 4), st.integers(0, 3), st.integers(0, 30)),
    min_size=4,
    max_size=80,
).map(
    lambda rows: table(
        [("ABC"[(group + (wrong == 0)) % 3], group, overlap, sound) for group, overlap, sound, wrong in rows]
    )
)
SHARES = st.sampled_from([0.0, 0.1, 0.3])


def parts(split):
    return (split.train, split.validation, split.test)


def check_parts(split, n_rows):
    joined = np.concatenate(parts(split))
    assert len(np.unique(joined)) == len(joined)
    assert all(np.array_equal(part, np.sort(part)) for part in parts(split))
    assert all(part.dtype.kind == "i" for part in parts(split))
    assert joined.min() >= 0 and joined.max() < n_rows
    assert len(split.train) and len(split.test)


def shared(frame, column, one, other):
    return set(frame[column].iloc[one]) & set(frame[column].iloc[other])


def check_strict(frame, split):
    """Assert what holds under both strict protocols: no doubtful label, one copy, no shared sample."""
    used = np.concatenate(parts(split))
    assert not frame["conflict"].iloc[used].any()
    assert not foreign_rows(frame)[used].any()
    assert frame["sound_id"].iloc[used].is_unique
    assert not shared(frame, "overlap_group", split.train, split.test)
    assert not shared(frame, "overlap_group", split.validation, split.test)
    assert not shared(frame, "overlap_group", split.validation, split.train)
    assert set(used) == set(distinct_rows(frame))


@given(TABLES, st.integers(0, 5), SHARES)
@settings(max_examples=50, deadline=None)
def test_the_paper_split_holds_every_row_once(frame, seed, validation_share):
    assume(len(set(frame["singer"])) > 1)
    split = paper_split(frame, seed=seed, validation_share=validation_share)
    check_parts(split, len(frame))
    assert sum(map(len, parts(split))) == len(frame)
    assert len(split.test) == max(round(0.2 * len(frame)), 1)


@given(TABLES, st.integers(0, 5), SHARES)
@settings(max_examples=60, deadline=None)
def test_the_deduplicated_split_never_leaks(frame, seed, validation_share):
    try:
        split = deduplicated_split(frame, seed=seed, validation_share=validation_share)
    except FlamsidError:
        rows = frame.iloc[distinct_rows(frame)]
        units = rows.groupby("singer")["overlap_group"].nunique()
        assert len(units) < 2 or units.max() == 1
        return
    check_parts(split, len(frame))
    check_strict(frame, split)
    kept = frame.iloc[distinct_rows(frame)]
    assert set(frame["singer"].iloc[split.train]) == set(kept["singer"])
    tested = set(frame["singer"].iloc[split.test])
    assert set(split.unscored) == set(frame["singer"]) - tested
    units = kept.groupby("singer")["overlap_group"].nunique()
    assert tested == set(units[units > 1].index)


FOLDS = st.one_of(st.just("leave-one-out"), st.integers(2, 7))


@given(TABLES, FOLDS, st.integers(0, 5), SHARES)
@settings(max_examples=60, deadline=None)
def test_no_source_is_on_both_sides_of_a_fold(frame, folds, seed, validation_share):
    kept = frame.iloc[distinct_rows(frame)]
    groups = kept.groupby("singer")["source_group"].nunique()
    try:
        splits = source_disjoint_folds(frame, folds, seed=seed, validation_share=validation_share)
    except FlamsidError:
        assert len(groups) < 2 or groups.max() == 1
        return
    for split in splits:
        check_parts(split, len(frame))
        check_strict(frame, split)
        assert not shared(frame, "source_group", split.train, split.test)
        assert not shared(frame, "source_group", split.validation, split.test)
        if split.validation_unit == "source group":
            assert not shared(frame, "source_group", split.validation, split.train)
        # Every singer keeps something to be learned from, also after the validation part is cut off.
        assert set(frame["singer"].iloc[split.train]) == set(groups.index)
        assert split.unscored == tuple(sorted(groups[groups == 1].index))
    tested = np.concatenate([split.test for split in splits])
    expected = kept.index[kept["singer"].isin(groups[groups > 1].index)]
    assert sorted(tested) == sorted(expected)
    if folds == "leave-one-out":
        assert len(splits) == groups[groups > 1].sum()
        assert all(len(set(frame["source_group"].iloc[split.test])) == 1 for split in splits)
    else:
        assert len(splits) == min(folds, groups[groups > 1].sum())


def test_folds_hold_one_recording_of_each_singer_where_there_are_as_many():
    frame = corpus({"A": 5, "B": 5, "C": 5}, clips=4)
    for split in source_disjoint_folds(frame, 5):
        test = frame.iloc[split.test]
        assert test.groupby("singer")["source_group"].nunique().tolist() == [1, 1, 1]


def test_folds_are_balanced_where_singers_differ():
    frame = corpus({"AM": 5, "EC": 4, "EM": 2, "JT": 2, "TP": 2}, clips=6)
    splits = source_disjoint_folds(frame, 5)
    assert [frame["source_group"].iloc[split.test].nunique() for split in splits] == [3] * 5


def test_a_singer_with_one_recording_is_learned_from_and_never_scored():
    frame = corpus({"A": 3, "B": 2, "C": 1})
    for folds in (2, 5, "leave-one-out"):
        for split in source_disjoint_folds(frame, folds):
            assert split.unscored == ("C",)
            assert "C" in set(frame["singer"].iloc[split.train])
            assert "C" not in set(frame["singer"].iloc[split.test])


def test_validation_under_source_disjoint_is_whole_sources_where_singers_can_spare_one():
    frame = corpus({"A": 4, "B": 2})
    for split in source_disjoint_folds(frame, "leave-one-out", validation_share=0.1):
        assert split.validation_unit == "source group"
        assert (
            frame["source_group"].iloc[split.validation].nunique()
            == frame["singer"].iloc[split.validation].nunique()
        )
    frame = corpus({"A": 2, "B": 2})
    for split in source_disjoint_folds(frame, 2, validation_share=0.2):
        assert split.validation_unit == "overlap group"
        assert len(split.validation)
    assert all(len(split.validation) == 0 for split in source_disjoint_folds(frame, 2))


def test_shares_are_kept_where_units_allow():
    frame = corpus({"A": 3, "B": 2, "C": 2}, clips=60, copies=3)
    split = deduplicated_split(frame, validation_share=0.125)
    kept = frame.iloc[distinct_rows(frame)].groupby("singer").size()
    share = frame.iloc[split.test].groupby("singer").size() / kept
    assert share.between(0.18, 0.2).all()
    assert 0.08 < len(split.validation) / kept.sum() <= 0.1
    random = paper_split(frame, validation_share=0.125)
    assert (len(random.test), len(random.validation)) == (252, 126)


@pytest.mark.parametrize(
    "make", [paper_split, deduplicated_split, lambda f, **how: source_disjoint_folds(f, **how)[0]]
)
def test_seeds_decide_and_nothing_else(make):
    frame = corpus({"A": 4, "B": 3, "C": 3})
    one, same, other = make(frame, seed=1), make(frame, seed=1), make(frame, seed=2)
    assert np.array_equal(one.test, same.test) and np.array_equal(one.train, same.train)
    assert not np.array_equal(one.test, other.test)


def test_what_cannot_be_split_says_so():
    with pytest.raises(FlamsidError, match=r"at least two of them, there is only A"):
        paper_split(corpus({"A": 3}))
    with pytest.raises(FlamsidError, match="there is nobody"):
        deduplicated_split(corpus({"A": 1}).iloc[:0])
    with pytest.raises(FlamsidError, match="no singer has clips from two different recordings"):
        source_disjoint_folds(corpus({"A": 1, "B": 1}))
    with pytest.raises(FlamsidError, match="all linked by shared sound"):
        deduplicated_split(corpus({"A": 1, "B": 1}, clips=2))
    for folds in (1, 0, -3, "all", 2.5, True):
        with pytest.raises(FlamsidError, match="leave-one-out"):
            source_disjoint_folds(corpus({"A": 2, "B": 2}), folds)
    with pytest.raises(FlamsidError, match="test_share is 1"):
        paper_split(corpus({"A": 2, "B": 2}), test_share=1)
    with pytest.raises(FlamsidError, match=r"validation_share is -0\.1"):
        deduplicated_split(corpus({"A": 2, "B": 2}), validation_share=-0.1)


def test_two_files_of_one_recording_under_two_names_are_used_by_no_strict_protocol():
    frame = table([("A", 0, i, i) for i in range(4)] + [("B", 0, i, i) for i in range(4)])
    clean = corpus({"A": 2, "B": 2}, copies=1)
    both = pd.concat([frame, clean], ignore_index=True)
    assert np.array_equal(distinct_rows(both), np.arange(8, len(both)))
