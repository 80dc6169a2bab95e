"""Slow, obvious twins of what cleans the sound before f0 is tracked: loops, no cleverness."""

import numpy as np


def roughness(signal, size):
    """Largest second difference of each whole block of `size` samples."""
    second = (
        [0.0] + [abs(a - 2 * b + c) for a, b, c in zip(signal, signal[1:], signal[2:], strict=False)] + [0.0]
    )
    return [max(second[i : i + size]) for i in range(0, len(signal) - size + 1, size)]


def clicks(rough):
    """Blocks with at most 7 others within 15 that are more than a fourth as rough, not one of a regular row."""
    found = []
    for b, here in enumerate(rough):
        near = rough[max(0, b - 15) : b + 16]
        others = sum(r > here / 4 for r in near) - 1
        found.append(here > 0 and others <= 7 and not pulse(rough, b))
    return found


def pulse(rough, b):
    def alike(at):
        return 1 <= at < len(rough) - 1 and max(rough[at - 1 : at + 2]) >= 0.7 * rough[b]

    return any(
        alike(b - period) and alike(b + period) and (alike(b - 2 * period) or alike(b + 2 * period))
        for period in range(2, 19)
    )


def quantile(values, share):
    """Power below which `share` of the values lie."""
    return float(np.quantile(values, share, method="inverted_cdf"))
