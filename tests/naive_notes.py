"""Slow, obvious twins of flamsid_core.melody.notes and flamsid_core.melody.kmeans.note_levels."""

from itertools import combinations

import numpy as np


def reading_cost(cents, weight, cuts, price, most_cents, grid_cents):
    """Cost of cutting one phrase before the frames `cuts` (the first of them 0)."""
    total = 0.0
    grid = np.arange(np.floor(min(cents) / grid_cents), np.ceil(max(cents) / grid_cents) + 1) * grid_cents
    for a, b in zip(cuts, [*cuts[1:], len(cents)], strict=True):
        part, w = np.asarray(cents[a:b]), np.asarray(weight[a:b])
        total += price + min(np.sum(w * np.minimum(np.abs(part - g), most_cents)) for g in grid)
    return total


def least_cost(cents, weight, price, most_cents, grid_cents):
    """Cost of the cheapest of all readings of one phrase."""
    places = range(1, len(cents))
    return min(
        reading_cost(cents, weight, [0, *inner], price, most_cents, grid_cents)
        for number in range(len(cents))
        for inner in combinations(places, number)
    )


def least_squares(values, weight, k):
    """Weighted squared error of the best cut of the sorted values into `k` intervals."""
    order = np.argsort(values)
    x, w = np.asarray(values)[order], np.asarray(weight)[order]

    def error(a, b):
        mean = np.average(x[a:b], weights=w[a:b])
        return float(np.sum(w[a:b] * (x[a:b] - mean) ** 2))

    return min(
        sum(error(a, b) for a, b in zip((0, *cut), (*cut, len(x)), strict=True))
        for cut in combinations(range(1, len(x)), k - 1)
    )
