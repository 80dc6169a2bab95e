"""Source groups: which recordings are one sounding source, judged by their sounds, and whose it is.

A data set that was cut, copied and renamed says little about where a clip comes from; what it sounds like
does. Two named recordings with a sound in common are one source, whatever they are called, also where
they stand under two singers: then one of the labels is wrong. Such a group belongs to the singer under
whom most of its undisputed sounds stand (`group_owners`), and what stands in it under another name is set
aside (`foreign_rows`) in counting, training and scoring. Dropping only the disputed sounds would leave a
rest of the same performance under the wrong singer, as a source group of its own.
"""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd


def connected_labels(n_nodes: int, links: np.ndarray) -> np.ndarray:
    """Label the connected components of an undirected graph by union-find.

    Parameters
    ----------
    n_nodes
        Nodes are 0 … n_nodes − 1.
    links : int array, shape (m, 2)
        Pairs of linked nodes.

    Returns
    -------
    int array, shape (n_nodes,)
        Labels 0, 1, … in the order in which components first appear among the nodes.
    """
    parent = list(range(n_nodes))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in np.asarray(links, dtype=np.int64).reshape(-1, 2).tolist():
        a, b = root(a), root(b)
        # The smaller index stays on top, so that a root is its component's first node.
        parent[max(a, b)] = min(a, b)
    roots = np.fromiter((root(node) for node in range(n_nodes)), dtype=np.int64, count=n_nodes)
    return np.unique(roots, return_inverse=True)[1]


def source_labels(names: Sequence[Hashable], sounds: Sequence[Hashable]) -> np.ndarray:
    """Join everything that shares a name or a sound, chain by chain.

    A name (a recording as somebody labelled it) is only a node here: two names that share one sound are
    one source, and one name never splits.

    Parameters
    ----------
    names, sounds
        For each clip or file the recording it is said to come from, and the hash of what it sounds like.

    Returns
    -------
    int array, shape (len(names),)
        The source group of each, 0, 1, … in order of first appearance.
    """
    name_codes = _codes(names)
    sound_codes = _codes(sounds)
    n_names = int(name_codes.max(initial=-1)) + 1
    n_sounds = int(sound_codes.max(initial=-1)) + 1
    labels = connected_labels(n_names + n_sounds, np.column_stack([name_codes, n_names + sound_codes]))
    return labels[name_codes]


def _codes(values: Sequence[Hashable]) -> np.ndarray:
    first_seen: dict[Hashable, int] = {}
    return np.array([first_seen.setdefault(value, len(first_seen)) for value in values], dtype=np.int64)


def group_owners(instances: pd.DataFrame) -> dict[str, str]:
    """Return the singer each source group belongs to.

    Parameters
    ----------
    instances : DataFrame
        Columns source_group, singer, sound_id.

    Returns
    -------
    dict
        source_group → the singer with the most distinct sounds in it, sounds under several singers not
        counted; "" where two singers have equally many, so that nobody can tell.
    """
    sounds = instances[["source_group", "singer", "sound_id"]].drop_duplicates()
    undisputed = sounds.groupby("sound_id")["singer"].transform("nunique") == 1
    counts = undisputed.groupby([sounds["source_group"], sounds["singer"]]).sum()
    owners = {}
    for group, of_singers in counts.groupby(level="source_group"):
        best = of_singers[of_singers == of_singers.max()].index.get_level_values("singer")
        owners[str(group)] = str(best[0]) if len(best) == 1 else ""
    return owners


def foreign_rows(instances: pd.DataFrame) -> np.ndarray:
    """Mark the instances that stand under another singer than the one their source group belongs to.

    Parameters
    ----------
    instances : DataFrame
        Columns source_group, singer, sound_id.

    Returns
    -------
    bool array, shape (len(instances),)
    """
    owner = instances["source_group"].map(group_owners(instances))
    return (owner != instances["singer"]).to_numpy()
