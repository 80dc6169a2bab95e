"""Slow twins: groups by repeated flooding, one pair at a time."""


def naive_components(n_nodes, links):
    """Label components by spreading the smallest label until nothing changes."""
    labels = list(range(n_nodes))
    changed = True
    while changed:
        changed = False
        for a, b in links:
            low = min(labels[a], labels[b])
            if labels[a] != low or labels[b] != low:
                labels[a] = labels[b] = low
                changed = True
    names = sorted(set(labels))
    return [names.index(label) for label in labels]


def naive_sources(names, sounds):
    """Label rows so that any two with an equal name or an equal sound, chain by chain, have one label."""
    rows = range(len(names))
    pairs = [(i, j) for i in rows for j in rows if names[i] == names[j] or sounds[i] == sounds[j]]
    return naive_components(len(names), pairs)


def naive_shares_samples(a, b, length):
    """Whether two signals have `length` samples in a row in common."""
    spans = {tuple(a[i : i + length]) for i in range(len(a) - length + 1)}
    return any(tuple(b[i : i + length]) in spans for i in range(len(b) - length + 1))
