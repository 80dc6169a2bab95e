"""Which clips to learn from and which to judge: three protocols, from the kindest to the honest.

paper
    The paper's (section 5): clips drawn at random, 80 % to learn from. Copies of one sound fall on both
    sides.
deduplicated
    One copy of each sound; clips linked by shared samples stay on one side. Dropped are sounds under two
    singers, and clips under another singer than the one their source group belongs to
    (`flamsid_core.corpus.groups`). What is left in common between the sides is the recording: voice,
    room, microphone, transfer.
source-disjoint
    The same clips, but no recording on both sides: whole source groups are held out, in folds.

A split holds row positions into the instances table it was made from, sorted. Every protocol cuts a
validation part off its training part by its own rule, so that early stopping is not tuned on leaked
sound.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from flamsid_core.corpus.groups import foreign_rows
from flamsid_core.errors import FlamsidError

TEST_SHARE = 0.2


def _none() -> np.ndarray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Split:
    """Row positions of a training, a validation and a test part; no row is in two of them.

    Attributes
    ----------
    protocol
        Name of the protocol that made it.
    train, validation, test : int arrays, sorted
    validation_unit
        What was kept whole when the validation part was cut off: "clip", "overlap group" or "source
        group". Under "source-disjoint" it is "overlap group" where no singer has a second source group
        left in training.
    unscored
        Singers without a row in any test part of the protocol: nothing of theirs could be held out
        without taking all they have. No figure may be given for them.
    """

    protocol: str
    train: np.ndarray
    test: np.ndarray
    validation: np.ndarray = field(default_factory=_none)
    validation_unit: Literal["clip", "overlap group", "source group"] = "clip"
    unscored: tuple[str, ...] = ()


def paper_split(
    instances: pd.DataFrame, *, seed: int = 0, test_share: float = TEST_SHARE, validation_share: float = 0.0
) -> Split:
    """Split clips at random, whatever they hold, as the paper did.

    Parameters
    ----------
    instances : DataFrame
        Column singer.
    seed
        Another seed gives another draw.
    test_share
        Share of all clips to test on, rounded to whole clips.
    validation_share
        Share of the training clips to validate on.

    Raises
    ------
    FlamsidError
        With fewer than two singers, fewer than two clips, or a share outside 0..1.
    """
    _check(instances, test_share, validation_share)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(instances))
    n_test = min(max(round(len(order) * test_share), 1), len(order) - 1)
    train, test = order[n_test:], order[:n_test]
    n_validation = min(round(len(train) * validation_share), len(train) - 1)
    singers = instances["singer"].to_numpy()
    return Split(
        "paper",
        np.sort(train[n_validation:]),
        np.sort(test),
        np.sort(train[:n_validation]),
        "clip",
        _absent(singers, singers[test]),
    )


def deduplicated_split(
    instances: pd.DataFrame, *, seed: int = 0, test_share: float = TEST_SHARE, validation_share: float = 0.0
) -> Split:
    """Split distinct sounds, stratified by singer, keeping clips that share samples together.

    The rows are those of `distinct_rows`. A singer whose sounds are all linked with one another stays in
    training whole and is named in `unscored`.

    Parameters
    ----------
    instances : DataFrame
        Columns singer, sound_id, source_group, overlap_group, conflict.
    seed, test_share, validation_share
        As for `paper_split`; the shares are of each singer's distinct sounds, as near as whole groups allow.

    Raises
    ------
    FlamsidError
        As `paper_split`, and where nothing can be held out.
    """
    _check(instances, test_share, validation_share)
    rng = np.random.default_rng(seed)
    rows = distinct_rows(instances)
    _check_two_singers(instances["singer"].to_numpy()[rows])
    test = _draw_units(instances, rows, "overlap_group", test_share, rng)
    if not len(test):
        raise FlamsidError(
            "The deduplicated protocol has nothing to test on: "
            "every singer's clips are all linked by shared sound. "
            "Add recordings, or use the paper protocol and say so."
        )
    train = np.setdiff1d(rows, test)
    validation = _draw_units(instances, train, "overlap_group", validation_share, rng)
    singers = instances["singer"].to_numpy()
    return Split(
        "deduplicated",
        np.setdiff1d(train, validation),
        test,
        validation,
        "overlap group",
        _absent(singers, singers[test]),
    )


def source_disjoint_folds(
    instances: pd.DataFrame,
    folds: int | Literal["leave-one-out"] = 5,
    *,
    seed: int = 0,
    validation_share: float = 0.0,
) -> tuple[Split, ...]:
    """Hold out whole source groups in turn, so that each is tested once by a network that never met it.

    Each singer's groups are dealt over the folds, the larger ones first, to the fold that has least; no
    fold ever holds all of a singer's groups. A singer with a single source group stays in training in
    every fold and is named in `unscored`: held out, there would be nothing to know them by. There are no
    more folds than groups to hold out.

    Parameters
    ----------
    instances : DataFrame
        Columns singer, sound_id, conflict, source_group, overlap_group.
    folds
        How many (at least 2), or "leave-one-out": as many as there are groups of singers with two or more.
    seed
        Decides between equal choices.
    validation_share
        More than 0 cuts off a validation part: the smallest remaining group of every singer who keeps
        another one. Only where nobody has two groups left, this share of each singer's sounds, by overlap
        group.

    Returns
    -------
    tuple of Split
        Together their test parts hold every row that is neither a copy, nor in conflict, nor set aside,
        nor of a singer with one group, exactly once.

    Raises
    ------
    FlamsidError
        With fewer than two singers, or where none has two source groups, or for a wrong number of folds.
    """
    _check(instances, TEST_SHARE, validation_share)
    if folds != "leave-one-out" and (not isinstance(folds, int) or isinstance(folds, bool) or folds < 2):
        raise FlamsidError(
            "folds is {folds!r}; give a number of at least 2, like 5, or 'leave-one-out'.", folds=folds
        )
    rows = distinct_rows(instances)
    singers = instances["singer"].to_numpy()
    _check_two_singers(singers[rows])
    groups = instances.iloc[rows].groupby(["singer", "source_group"], sort=True).size()
    of_singer = groups.groupby(level="singer").size()
    scored = groups[groups.index.get_level_values("singer").isin(of_singer[of_singer >= 2].index)]
    if scored.empty:
        raise FlamsidError(
            "The source-disjoint protocol has nothing to test on: "
            "no singer has clips from two different recordings. "
            "Add recordings, or use another protocol and say so."
        )
    rng = np.random.default_rng(seed)
    if folds == "leave-one-out":
        held_out = [[group] for _, group in scored.index]
    else:
        held_out = _deal(scored, min(folds, len(scored)), rng)
    unscored = tuple(str(singer) for singer in of_singer[of_singer < 2].index)
    source = instances["source_group"].to_numpy()
    result = []
    for groups_of_fold in held_out:
        in_test = np.isin(source[rows], groups_of_fold)
        train = rows[~in_test]
        validation, unit = _source_validation(instances, train, validation_share, rng)
        result.append(
            Split(
                "source-disjoint", np.setdiff1d(train, validation), rows[in_test], validation, unit, unscored
            )
        )
    return tuple(result)


def distinct_rows(instances: pd.DataFrame) -> np.ndarray:
    """Return the rows that the two strict protocols use: one copy of each sound, no doubtful label.

    Parameters
    ----------
    instances : DataFrame
        Columns singer, source_group, sound_id, conflict.

    Returns
    -------
    int array, sorted
        The first row of each sound, without sounds in `conflict` and without rows that stand under
        another singer than the one their source group belongs to.
    """
    candidates = np.flatnonzero(~instances["conflict"].to_numpy(dtype=bool) & ~foreign_rows(instances))
    return candidates[~instances["sound_id"].iloc[candidates].duplicated().to_numpy()]


def _deal(scored: pd.Series, n_folds: int, rng: np.random.Generator) -> list[list[str]]:
    """Deal each singer's groups over the folds, each to the one with fewest groups, then clips."""
    dealt: list[list[str]] = [[] for _ in range(n_folds)]
    load = np.zeros(n_folds)
    sizes_of = {singer: sizes.droplevel("singer") for singer, sizes in scored.groupby(level="singer")}
    for sizes in sorted(sizes_of.values(), key=lambda sizes: (-len(sizes), str(sizes.index[0]))):
        free: list[int] = []
        for group, size in sizes.sort_values(ascending=False, kind="stable").items():
            # A fold gets a singer's second group only when every other has one: so never all of two or more.
            free = free or list(rng.permutation(n_folds))
            fold = min(free, key=lambda fold: (len(dealt[fold]), load[fold]))
            free.remove(fold)
            dealt[fold].append(str(group))
            load[fold] += size
    return [groups for groups in dealt if groups]


def _source_validation(
    instances: pd.DataFrame, train: np.ndarray, share: float, rng: np.random.Generator
) -> tuple[np.ndarray, Literal["overlap group", "source group"]]:
    if not share:
        return _none(), "source group"
    table = instances.iloc[train]
    sizes = table.groupby(["singer", "source_group"], sort=True).size()
    of_singer = sizes.groupby(level="singer")
    spare = of_singer.idxmin()[of_singer.size() >= 2]
    if spare.empty:
        return _draw_units(instances, train, "overlap_group", share, rng), "overlap group"
    chosen = [group for _, group in spare]
    return train[table["source_group"].isin(chosen).to_numpy()], "source group"


def _draw_units(
    instances: pd.DataFrame, rows: np.ndarray, unit: str, share: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw about `share` of each singer's rows, whole units only, leaving every singer at least one unit."""
    if not share or not len(rows):
        return _none()
    table = instances.iloc[rows]
    units = table.groupby(unit, sort=True).agg(singer=("singer", "first"), size=("singer", "size"))
    drawn: list[str] = []
    for _, of_singer in units.groupby("singer", sort=True):
        if len(of_singer) < 2:
            continue
        shuffled = of_singer.iloc[rng.permutation(len(of_singer))]
        # Never less than the smallest unit, never more than the share asks for beyond that.
        wanted = max(of_singer["size"].sum() * share, of_singer["size"].min())
        taken = 0
        for name, size in shuffled["size"].items():
            if taken + size <= wanted and taken + size < of_singer["size"].sum():
                drawn.append(str(name))
                taken += size
    return rows[table[unit].isin(drawn).to_numpy()]


def _check(instances: pd.DataFrame, test_share: float, validation_share: float) -> None:
    if not 0 < test_share < 1:
        raise FlamsidError(
            "test_share is {test_share!r}; give a share between 0 and 1, like 0.2.", test_share=test_share
        )
    if not 0 <= validation_share < 1:
        raise FlamsidError(
            "validation_share is {validation_share!r}; give a share from 0 to below 1, like 0.1.",
            validation_share=validation_share,
        )
    _check_two_singers(instances["singer"].to_numpy())


def _check_two_singers(singers: np.ndarray) -> None:
    there: Sequence[str] = np.unique(singers.astype(str)).tolist()
    if len(there) < 2:
        who = f"only {there[0]}" if there else "nobody"
        raise FlamsidError(
            "To tell singers apart takes at least two of them, there is {who}; add recordings.", who=who
        )


def _absent(everyone: np.ndarray, present: np.ndarray) -> tuple[str, ...]:
    return tuple(str(singer) for singer in np.setdiff1d(everyone.astype(str), present.astype(str)))
