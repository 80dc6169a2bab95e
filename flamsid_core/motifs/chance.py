"""What counts as more than chance: how strong a pair of like spans is, and shares of chance among many.

**Strength.** Shuffles of the strokes give like spans as well, in some recordings many more than in others: a voice of
few moves repeats itself. The number that chance gives above a score falls off exponentially (Karlin & Altschul 1990),
so for every pair of recordings two numbers are taken from its shuffles: how many score above `LOWEST_SCORE_S`, and how
fast they get fewer. Both lean on what all recordings together show, as far as a recording has too few of its own. The
strength of a pair of spans is −ln of the number that chance gives with its score in its own recordings.

**Shares of chance.** At any strength: the number that a shuffle gives on average over the number really found (Storey
& Tibshirani 2003). The average over n shuffles is taken as (1 + count) / (n + 1): the singing itself is one more draw
of what chance could do, so a single find that beats all shuffles proves nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flamsid_core.motifs.recurrence import Hits
from flamsid_core.motifs.strokes import Floats, Ints

LOWEST_SCORE_S = 0.7  # informative seconds: below, chance gives whatever one wants
_LEANING = 100.0  # like spans of its own that a recording needs to weigh as much as all others
_RECORDINGS = 1 << 20


class Tails(NamedTuple):
    """What chance gives in each pair of recordings: `expected` above the lowest score, falling by e every 1 / `rate` s.

    `unit` (ascending) numbers the pairs, see `unit_of`.
    """

    unit: Ints
    expected: Floats
    rate: Floats

    def strengths(self, hits: Hits, group: int) -> Floats:
        """Return −ln of how many spans chance gives that are as much alike, for each hit."""
        at = np.searchsorted(self.unit, unit_of(hits, group))
        return self.rate[at] * (hits.score - LOWEST_SCORE_S) - np.log(self.expected[at])

    def scores(self, strength: float, hits: Hits, group: int) -> Floats:
        """Return the score (s) that has this strength, for each hit's recordings."""
        at = np.searchsorted(self.unit, unit_of(hits, group))
        return LOWEST_SCORE_S + (strength + np.log(self.expected[at])) / self.rate[at]


def unit_of(hits: Hits, group: int) -> Ints:
    """Return a number for the pair of recordings of each hit; `group` tells sets of recordings apart."""
    first = np.minimum(hits.p_recording, hits.q_recording)
    second = np.maximum(hits.p_recording, hits.q_recording)
    return (group * _RECORDINGS + first) * _RECORDINGS + second


def fit_tails(shuffled: list[list[Hits]], strokes: list[Ints], *, within: bool) -> Tails:
    """Fit what chance gives, within recordings or across them.

    Parameters
    ----------
    shuffled : list of lists of Hits
        For each shuffle, the hits of each group of recordings.
    strokes : list of int arrays
        For each group, the strokes of each recording.
    within : bool
    """
    units, sizes = _all_units(strokes, within)
    unit, excess = [np.zeros(0, np.int64)], [np.zeros(0)]
    for hits in shuffled:
        for group, found in enumerate(hits):
            own = (found.p_recording == found.q_recording) == within
            unit.append(unit_of(found, group)[own])
            excess.append(found.score[own] - LOWEST_SCORE_S)
    at = np.searchsorted(units, np.concatenate(unit))
    over = np.concatenate(excess)
    number = np.bincount(at, minlength=units.size).astype(np.float64)
    total = np.bincount(at, weights=over, minlength=units.size)
    # Where there is next to nothing, as much as one shuffle of so many strokes would give elsewhere.
    usual = (number.sum() + 1.0) * sizes / max(sizes.sum(), 1.0) / max(len(shuffled), 1)
    mean = (over.sum() + 0.2) / (over.size + 1.0)
    rate = (_LEANING + number) / (_LEANING * mean + total)
    return Tails(units, (number + usual) / (len(shuffled) + 1.0), rate)


def _all_units(strokes: list[Ints], within: bool) -> tuple[Ints, Floats]:
    units: list[Ints] = [np.zeros(0, np.int64)]
    sizes: list[Floats] = [np.zeros(0)]
    for group, own in enumerate(strokes):
        number = np.arange(own.size)
        first, second = (number, number) if within else np.triu_indices(own.size, 1)
        units.append((group * _RECORDINGS + first) * _RECORDINGS + second)
        sizes.append((own[first] * own[second]).astype(np.float64) * (0.5 if within else 1.0))
    return np.concatenate(units), np.concatenate(sizes)


def chance_shares(found: Floats, chance: list[Floats]) -> Floats:
    """Return, for each value found, the share of chance among all values at least as high.

    Parameters
    ----------
    found : (n,) array
    chance : list of arrays
        What each shuffle gave.

    Examples
    --------
    >>> chance_shares(np.array([9.0, 8.0, 7.0, 2.0]), [np.array([2.0, 1.0])] * 19).round(3).tolist()
    [0.017, 0.017, 0.017, 0.25]
    """
    if found.size == 0:
        return np.zeros(0)
    pooled = np.sort(np.concatenate([*chance, np.zeros(0)]))
    order = np.argsort(-found, kind="stable")
    above = pooled.size - np.searchsorted(pooled, found[order], side="left")
    expected = (1.0 + above) / (len(chance) + 1.0)
    share = expected / np.searchsorted(-found[order], -found[order], side="right")
    # A lower threshold with a smaller share of chance is the better one for all above it.
    shares = np.empty(found.size)
    shares[order] = np.minimum(np.minimum.accumulate(share[::-1])[::-1], 1.0)
    return shares


def least_that_counts(found: Floats, chance: list[Floats], false_discovery: float) -> float:
    """Return the least value among which chance has no more than its share; infinite where there is none."""
    enough = found[chance_shares(found, chance) <= false_discovery]
    return float(enough.min()) if enough.size else float("inf")


def family_chances(
    strengths: Floats, chance: list[Floats], false_discovery: float
) -> tuple[Floats, NDArray[np.bool_], float]:
    """Return each family's share of chance, which families to keep, and how many as strong a shuffle gives.

    Parameters
    ----------
    strengths : (families,) array
        Of each family's best pair of spans.
    chance : list of arrays
        The same for the families of each shuffle, which went through the same selection.
    false_discovery : float
    """
    shares = chance_shares(strengths, chance)
    kept = shares <= false_discovery
    least = float(strengths[kept].min()) if kept.any() else float("inf")
    expected = float(np.mean([np.count_nonzero(c >= least) for c in chance])) if chance else 0.0
    return shares, kept, expected
