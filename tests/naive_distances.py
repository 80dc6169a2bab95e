"""The obvious twin of the alignment: every path is tried."""

from functools import cache
from itertools import pairwise


def least_total(a, b, cap, lead):
    """Return the least cost of a path from (0, 0) to the ends, by its definition."""

    def apart(i, j):
        return min(abs(a[i] - b[j]), cap)

    @cache
    def paths(i, j):
        if i == 0 and j == 0:
            return [2 * apart(0, 0)]
        found = []
        if i > 0 and j > 0:
            found += [total + 2 * apart(i, j) for total in paths(i - 1, j - 1)]
        if i > 0:
            found += [total + apart(i, j) + lead for total in paths(i - 1, j)]
        if j > 0:
            found += [total + apart(i, j) + lead for total in paths(i, j - 1)]
        return found

    return min(paths(len(a) - 1, len(b) - 1))


def total_of_path(a, b, path, cap, lead):
    """Add up what one path costs."""
    total = 2 * min(abs(a[0] - b[0]), cap)
    for (i, j), (p, q) in pairwise(path):
        apart = min(abs(a[p] - b[q]), cap)
        total += 2 * apart if p > i and q > j else apart + lead
    return total
