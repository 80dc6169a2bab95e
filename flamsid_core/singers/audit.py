"""What an accuracy on these clips is worth: copies, contradictions and shared sources, counted.

Nothing here decodes sound: an instances table says which clips are the same sound (`sound_id`), share
samples (`overlap_group`) or come from the same recording (`source_group`). Shares of a random split are
expectations over all draws, exact, not the mean of a few.
"""

from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.corpus.groups import foreign_rows
from flamsid_core.singers.splits import TEST_SHARE, distinct_rows


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
