"""Slow, obvious twins of the f0 tracker's fast parts: loops, float64, no cleverness."""

import itertools
import math

import numpy as np


def peaks(power, bin_hz, max_hz, range_db):
    """Local maxima between 0.9 · 55 Hz and max_hz, refined by a parabola through the log power."""
    first = max(2, int(0.9 * 55.0 / bin_hz))
    last = min(int(max_hz / bin_hz), len(power) - 2)
    loudest = max(power[first:last])
    found = []
    for k in range(first, last):
        if power[k] <= power[k - 1] or power[k] < power[k + 1]:
            continue
        if power[k] <= loudest / 10 ** (range_db / 10):
            continue
        a, b, c = (math.log(power[j] + 1e-30) for j in (k - 1, k, k + 1))
        shift = 0.5 * (a - c) / (a - 2 * b + c)
        found.append(((k + shift) * bin_hz, math.exp(b - 0.25 * (a - c) * shift)))
    return found


def salience(peak_hz, magnitude, n_harmonics, harmonic_weight):
    """Salience of 700 bins of 10 cents above 55 Hz, bin by bin, summed over all harmonics and peaks."""
    out = np.zeros(700)
    for b in range(700):
        for hz, strength in zip(peak_hz, magnitude, strict=True):
            for h in range(1, n_harmonics + 1):
                nearest = round(120 * math.log2(hz / h / 55.0))
                distance = abs(nearest - b)
                if distance <= 10:
                    out[b] += (
                        strength * math.cos(distance / 10 * math.pi / 2) ** 2 * harmonic_weight ** (h - 1)
                    )
    return out


def best_path(log2_hz, gain, jump_cost, max_jump_cost):
    """Try every path; return the value of the best."""
    n_frames, n = gain.shape
    best = -math.inf
    for path in itertools.product(range(n), repeat=n_frames):
        value = sum(gain[t, c] for t, c in enumerate(path))
        for t in range(1, n_frames):
            leap = abs(log2_hz[t, path[t]] - log2_hz[t - 1, path[t - 1]])
            value -= min(jump_cost * leap, max_jump_cost)
        best = max(best, value)
    return best


def path_value(path, log2_hz, gain, jump_cost, max_jump_cost):
    value = sum(gain[t, c] for t, c in enumerate(path))
    for t in range(1, len(path)):
        value -= min(jump_cost * abs(log2_hz[t, path[t]] - log2_hz[t - 1, path[t - 1]]), max_jump_cost)
    return value


def voicing_value(voiced, evidence, switch_cost):
    """What a voicing decision is worth; before the first frame either state is free."""
    changes = sum(a != b for a, b in itertools.pairwise(voiced))
    return sum(e for v, e in zip(voiced, evidence, strict=True) if v) - switch_cost * changes


def best_voicing(evidence, switch_cost):
    return max(
        voicing_value(v, evidence, switch_cost)
        for v in itertools.product((False, True), repeat=len(evidence))
    )
