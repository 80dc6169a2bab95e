"""Slow, obvious twins of flamsid_core.melody.kmeans."""

from itertools import combinations

import numpy as np


def best_sse(values, k):
    """Try every way to cut the sorted values into k stretches."""
    values = np.sort(np.asarray(values, dtype=float))
    best = np.inf
    for cuts in combinations(range(1, values.size), k - 1):
        parts = np.split(values, cuts)
        best = min(best, sum(((part - part.mean()) ** 2).sum() for part in parts))
    return best


def best_sse_table(values, k_max):
    """The textbook O(k n²) dynamic programme over single values."""
    x = np.sort(np.asarray(values, dtype=float))
    x = x - x.mean()
    s, q = np.append(0, np.cumsum(x)), np.append(0, np.cumsum(x * x))
    n = x.size
    cost = [0.0] + [q[j] - s[j] ** 2 / j for j in range(1, n + 1)]
    table = [np.inf, cost[n]]
    for k in range(2, k_max + 1):
        new = [np.inf] * (n + 1)
        for j in range(k, n + 1):
            i = np.arange(k - 1, j)
            new[j] = float(np.min(np.array(cost)[i] + q[j] - q[i] - (s[j] - s[i]) ** 2 / (j - i)))
        cost = new
        table.append(cost[n])
    return np.array(table)
