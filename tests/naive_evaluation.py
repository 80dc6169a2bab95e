"""Slow twins of the evaluation: one trial, one flip, one bin at a time."""

from itertools import product

import numpy as np


def naive_sign_flips(differences):
    """Share of all sign patterns whose sum is at least as far from 0."""
    observed = abs(sum(differences)) - 1e-12
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in product((-1, 1), repeat=len(differences))
    ]
    return sum(value >= observed for value in sums) / len(sums)


def naive_calibration_error(probability, truth, bins):
    total = 0.0
    for b in range(bins):
        members = [
            row
            for row in range(len(truth))
            if b / bins < max(probability[row]) <= (b + 1) / bins or (b == 0 and max(probability[row]) == 0)
        ]
        if members:
            confidence = np.mean([max(probability[row]) for row in members])
            accuracy = np.mean([int(np.argmax(probability[row]) == truth[row]) for row in members])
            total += len(members) / len(truth) * abs(confidence - accuracy)
    return total


def naive_error_rates(scores, genuine, threshold):
    """Return (share of genuine rejected, share of others accepted) at a threshold."""
    rejected = [score < threshold for score, is_genuine in zip(scores, genuine, strict=True) if is_genuine]
    accepted = [
        score >= threshold for score, is_genuine in zip(scores, genuine, strict=True) if not is_genuine
    ]
    return np.mean(rejected), np.mean(accepted)
