"""What an accuracy on these clips is worth: copies, contradictions and shared sources, counted.

`audit` decodes no sound: an instances table says which clips are the same sound (`sound_id`), share
samples (`overlap_group`) or come from the same recording (`source_group`). Shares of a random split are
expectations over all draws, exact, not the mean of a few. `audit_by_ear` listens as well: for the same sound
in another guise, and for what a trivial classifier makes of each protocol.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.corpus.groups import connected_labels, foreign_rows
from flamsid_core.messages import N_, Message, join_messages
from flamsid_core.progress import Progress, part_of, silent
from flamsid_core.singers.evaluation.protocols import TEST_SHARE, Split, distinct_rows
from flamsid_core.singers.evaluation.splitting import Folds, protocol_splits
from flamsid_core.singers.evaluation.trivial import trivial_by_clip_set

_MOST_LISTED = 500


@dataclass(frozen=True)
class AuditParams:
    """What of the audit needs the sound itself.

    Attributes
    ----------
    near_duplicates : bool
        Listen for the same sound under other bounds, gain, codec or sample rate.
    trivial : bool
        Measure a linear classifier of MFCC statistics under every protocol and clip set that can be made.
    folds : int or "leave-one-out"
        Folds of the source-disjoint protocol in these measurements.
    seed : int
        Of the splits.
    """

    near_duplicates: bool = True
    trivial: bool = True
    folds: Folds = 5
    seed: int = 0


def audit(instances: pd.DataFrame, *, test_share: float = TEST_SHARE) -> dict[str, Any]:
    """Count what makes a random split of clips easier than the task.

    Parameters
    ----------
    instances : DataFrame
        Columns file, singer, recording_id, source_group, sound_id, overlap_group, conflict, start_s, end_s.
    test_share
        Share of the clips that a random split tests on.

    Returns
    -------
    dict, ready for JSON
        files
            Clips in the table: files of a corpus of clips, instances of a corpus of recordings.
        distinct
            Different sounds among them.
        conflicting
            Sounds that stand under two or more singers.
        conflicts
            Those, each with sound_id, singers, files and count.
        overlap_groups
            Chains of clips linked by shared samples.
        source_groups
            Recordings that share no sound, clips set aside not counted.
        set_aside
            Clips under another singer than the one their source group belongs to.
        singers
            For each: files, distinct, source_groups.
        singers_with_one_source_group
            Those no source-disjoint figure can be given for.
        share_of_test_in_train
            Share of the test clips of a random split whose very sound is in training as well.
        share_of_test_overlapping_train
            The same for clips linked to a training clip by shared samples, chain by chain (copies among
            them).
        share_of_test_source_in_train
            The same for clips whose source group is in training.
        distinct_share_of_test_overlapping_train
            The share linked by shared samples when only copies and doubtful labels are dropped before a
            random split, which is why the deduplicated protocol also keeps whole overlap groups on one
            side.
    """
    foreign = foreign_rows(instances)
    own = instances[~foreign]
    distinct = instances.iloc[distinct_rows(instances)]
    groups_of = own.groupby("singer")["source_group"].nunique()
    singers = {
        str(singer): {
            "files": len(rows),
            "distinct": int(rows["sound_id"].nunique()),
            "source_groups": int(groups_of.get(singer, 0)),
        }
        for singer, rows in instances.groupby("singer", sort=True)
    }
    conflicts = _conflicts(instances)
    return {
        "files": len(instances),
        "distinct": int(instances["sound_id"].nunique()),
        "conflicting": len(conflicts),
        "overlap_groups": int(instances["overlap_group"].nunique()),
        "source_groups": int(own["source_group"].nunique()),
        "set_aside": int(foreign.sum()),
        "share_of_test_in_train": expected_share(instances["sound_id"], test_share),
        "share_of_test_overlapping_train": expected_share(instances["overlap_group"], test_share),
        "share_of_test_source_in_train": expected_share(instances["source_group"], test_share),
        "distinct_share_of_test_overlapping_train": expected_share(distinct["overlap_group"], test_share),
        "singers": singers,
        "singers_with_one_source_group": [name for name, of in singers.items() if of["source_groups"] == 1],
        "conflicts": conflicts,
    }


def expected_share(units: pd.Series, test_share: float = TEST_SHARE) -> float:
    """Return the expected share of test clips that have another of their unit in training.

    Expected over all random splits. Of N clips m are drawn to test on. A test clip of a unit with c clips
    has none of them in training when the other c − 1 are all among the m − 1 other test clips: (m − 1)(m
    − 2)… / ((N − 1)(N − 2)…), c − 1 factors each.

    Parameters
    ----------
    units : Series, length N
        What each clip belongs to: its sound, its overlap group, its source group.
    test_share
        m / N, m rounded.
    """
    n_clips = len(units)
    if n_clips < 2:
        return 0.0
    n_test = min(max(round(n_clips * test_share), 1), n_clips - 1)
    sizes = units.groupby(units.to_numpy()).size().to_numpy()
    others = np.arange(sizes.max() - 1)
    ratios = np.clip((n_test - 1 - others) / (n_clips - 1 - others), 0.0, 1.0)
    none_in_train = np.concatenate([[1.0], np.cumprod(ratios)])
    return float((sizes * (1 - none_in_train[sizes - 1])).sum() / n_clips)


def audit_by_ear(
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    params: AuditParams | None = None,
    *,
    cache_dir: Path | None = None,
    on_progress: Progress | None = None,
) -> tuple[dict[str, Any], pd.DataFrame | None]:
    """Audit the table, and the sound.

    Parameters
    ----------
    instances : DataFrame
        As `audit` takes it, and instance_id.
    locate : callable
        Maps `file` to a path.
    params : AuditParams, optional
    cache_dir : Path, optional
        Cache of features.
    on_progress : callable, optional
        Called with a fraction and a text.

    Returns
    -------
    dict
        As `audit` returns it, with near_duplicates (see `near_duplicate_figures`) and trivial (see
        `trivial_by_clip_set`), None where it was not asked for.
    DataFrame or None
        The pairs of `flamsid_core.corpus.near_duplicates.near_duplicates`.

    Raises
    ------
    FlamsidError
        When a sound cannot be read.
    """
    params = params or AuditParams()
    report = on_progress or silent
    report(0.0, Message("looking for sounds that occur in more than one place"))
    found: dict[str, Any] = {**audit(instances), "near_duplicates": None, "trivial": None}
    pairs = None
    if params.near_duplicates:
        from flamsid_core.corpus.near_duplicates import near_duplicates

        pairs = near_duplicates(instances, locate, on_progress=part_of(report, 0.0, 0.6))
        splits = protocol_splits(instances, folds=params.folds, seed=params.seed)[0]
        found["near_duplicates"] = near_duplicate_figures(instances, pairs, splits)
    if params.trivial:
        found["trivial"] = trivial_by_clip_set(
            instances,
            locate,
            folds=params.folds,
            seed=params.seed,
            cache_dir=cache_dir,
            on_progress=part_of(report, 0.6, 1.0, N_("trivial classifier: {text}")),
        )
    report(1.0, Message("audited"))
    return found, pairs


def near_duplicate_figures(
    instances: pd.DataFrame, pairs: pd.DataFrame, splits: Mapping[str, Iterable[Split]]
) -> dict[str, Any]:
    """Count what near-duplicates do to labels, groups and splits.

    Parameters
    ----------
    instances : DataFrame
        Columns instance_id, singer, sound_id, source_group, overlap_group, file.
    pairs : DataFrame
        Columns first, second, offset_s, similarity, shared_s: pairs of sounds, each named by one of its instances.
    splits : mapping of protocol to splits of `instances`

    Returns
    -------
    dict, ready for JSON
        pairs
            Pairs of distinct sounds that are one sound in part, beyond equal samples.
        sounds
            Distinct sounds in such a pair.
        across_singers
            Pairs that stand under different singers: one label of each is wrong.
        across_source_groups
            Pairs that join source groups: there the groups are wrong, and source-disjoint folds leak.
        source_groups_when_merged, overlap_groups_when_merged
            Groups left when what a pair joins is one (see `merged_groups`).
        share_of_test_near_train
            protocol → share of the test clips, over all folds, whose sound has a near-duplicate in training.
        listed
            Pairs across singers or source groups, the most similar first, at most 500: first, second (files),
            singers, source_groups, offset_s, similarity, shared_s.
        note
            What follows, in a sentence.
    """
    table = instances.set_index("instance_id")
    one, other = table.loc[pairs["first"]], table.loc[pairs["second"]]
    across = {
        column: one[column].astype(str).to_numpy() != other[column].astype(str).to_numpy()
        for column in ("singer", "source_group")
    }
    merged = merged_groups(instances, pairs)
    joined = int(across["source_group"].sum())
    notes = []
    if joined:
        notes.append(
            Message(
                "{n} pairs join source groups: what was held out was heard in training. Merge them by the column "
                "merged_source_group of audit/groups.parquet before trusting a source-disjoint figure.",
                n=joined,
            )
        )
    if across["singer"].any():
        notes.append(
            Message(
                "{n} pairs have two singers: one of the labels is wrong.",
                n=int(across["singer"].sum()),
            )
        )
    if not notes:
        notes.append(Message("No pair joins two singers or two source groups."))
    return {
        "pairs": len(pairs),
        "sounds": int(pd.concat([one["sound_id"], other["sound_id"]]).nunique()),
        "across_singers": int(across["singer"].sum()),
        "across_source_groups": joined,
        "source_groups_when_merged": int(merged["merged_source_group"].nunique()),
        "overlap_groups_when_merged": int(merged["merged_overlap_group"].nunique()),
        "share_of_test_near_train": {
            protocol: _share_near_train(instances["sound_id"], one["sound_id"], other["sound_id"], parts)
            for protocol, parts in splits.items()
        },
        "listed": _listed(pairs, one, other, across["singer"] | across["source_group"]),
        "note": join_messages(notes),
    }


def merged_groups(instances: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Join the groups that near-duplicates connect: what a split that keeps them together would go by.

    Returns
    -------
    DataFrame
        A row per instance: instance_id, source_group, overlap_group, merged_source_group, merged_overlap_group; a
        merged group is called as the first of those in it.
    """
    result = instances[["instance_id", "source_group", "overlap_group"]].reset_index(drop=True)
    place = pd.Series(np.arange(len(result)), index=result["instance_id"])
    for column in ("source_group", "overlap_group"):
        codes, names = pd.factorize(result[column])
        links = np.column_stack([codes[place.loc[pairs[side]].to_numpy()] for side in ("first", "second")])
        labels = connected_labels(len(names), links)
        first = pd.Series(names).groupby(labels).first().to_numpy()
        result[f"merged_{column}"] = first[labels[codes]]
    return result


def _share_near_train(
    sound_id: pd.Series, one: pd.Series, other: pd.Series, splits: Iterable[Split]
) -> float | None:
    sounds, names = pd.factorize(sound_id)
    code = pd.Series(np.arange(len(names)), index=names)
    a, b = code.loc[one].to_numpy(), code.loc[other].to_numpy()
    near, tested = 0, 0
    for split in splits:
        in_train = np.zeros(len(names), dtype=bool)
        in_train[sounds[np.concatenate([split.train, split.validation])]] = True
        exposed = np.zeros(len(names), dtype=bool)
        exposed[a[in_train[b]]] = True
        exposed[b[in_train[a]]] = True
        near += int(exposed[sounds[split.test]].sum())
        tested += len(split.test)
    return near / tested if tested else None


def _listed(
    pairs: pd.DataFrame, one: pd.DataFrame, other: pd.DataFrame, chosen: np.ndarray
) -> list[dict[str, Any]]:
    table = pd.DataFrame(
        {
            "first": one["file"].astype(str).to_numpy(),
            "second": other["file"].astype(str).to_numpy(),
            "singers": list(zip(one["singer"].astype(str), other["singer"].astype(str), strict=True)),
            "source_groups": list(
                zip(one["source_group"].astype(str), other["source_group"].astype(str), strict=True)
            ),
            **{name: pairs[name].to_numpy(dtype=float) for name in ("offset_s", "similarity", "shared_s")},
        }
    )
    table = table[chosen].sort_values("similarity", ascending=False, kind="stable").head(_MOST_LISTED)
    rows = table.to_dict("records")
    return [
        {str(k): list(value) if isinstance(value, tuple) else value for k, value in row.items()}
        for row in rows
    ]


def _conflicts(instances: pd.DataFrame) -> list[dict[str, Any]]:
    disputed = instances[instances["conflict"].to_numpy(dtype=bool)]
    return [
        {
            "sound_id": str(sound),
            "singers": sorted({str(singer) for singer in rows["singer"]}),
            "files": sorted({str(file) for file in rows["file"]}),
            "count": len(rows),
        }
        for sound, rows in disputed.groupby("sound_id", sort=True)
    ]
