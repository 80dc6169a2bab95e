"""Source groups: which named recordings are the same sounding source, judged by their sounds alone."""

from collections.abc import Hashable, Sequence

import numpy as np


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

    A name (a recording as somebody labelled it) is only a node here: two names that share one sound are one source,
    and one name never splits.

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
