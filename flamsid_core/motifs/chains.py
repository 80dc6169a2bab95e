"""How often a singer's own small moves would give a pattern: a Markov chain of the singer's steps.

**Expected.** With an order of 1 a step depends on the one before it, with 2 on the two before it; phrases end as
often as they do after the same steps. A pattern w₁ … wₙ is expected

    N(w₁ … w_k) · Π N(w_i … w_{i+k}) / N(w_i … w_{i+k−1})

times, where N counts the singer's phrases and k is the order (Prum, Rodolphe & de Turckheim 1995, "Finding words with
unexpected frequencies in DNA sequences", J. R. Statist. Soc. B 57(1)).

**Selection included.** A dictionary holds thousands of patterns because they return, so many of them come more often
than expected. The phrases are therefore drawn again with the same pairs (triplets) of steps, see
`flamsid_core.motifs.shuffling`, mined by the same rules, and q is the number that the shuffles give on average over the
number really found, among patterns at least as surprising (−ln of the Poisson probability of so many or more).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import gammainc

from flamsid_core.motifs.chance import chance_shares
from flamsid_core.motifs.shuffling import shuffled_order
from flamsid_core.motifs.strokes import WALL, Floats, Ints

Steps = tuple[int, ...]
_SURE = 1e-300


class Chain(NamedTuple):
    """Counts of runs of steps in a singer's phrases: of `order` and of `order` + 1 steps."""

    order: int
    shorter: dict[Steps, int]
    longer: dict[Steps, int]

    def expected(self, pattern: Steps) -> float:
        """Return how often the chain gives a pattern; one not longer than the order comes as often as it is sung.

        Examples
        --------
        >>> chain_of([(1, -1, 1, -1), (1, 1)], order=1).expected((1, -1, 1))
        1.0
        """
        k = self.order
        if len(pattern) < k:
            return float("nan")
        times = float(self.shorter.get(pattern[:k], 0))
        for i in range(len(pattern) - k):
            before = self.shorter.get(pattern[i : i + k], 0)
            times *= self.longer.get(pattern[i : i + k + 1], 0) / max(before, 1)
        return times


def chain_of(phrases: Sequence[Sequence[int]], order: int) -> Chain:
    """Count the runs of steps that a chain of this order knows."""
    shorter, longer = (
        Counter(run for phrase in phrases for run in _runs(tuple(phrase), n)) for n in (order, order + 1)
    )
    return Chain(order, dict(shorter), dict(longer))


def _runs(phrase: Steps, n: int) -> list[Steps]:
    return [phrase[i : i + n] for i in range(len(phrase) - n + 1)]


def shuffled_phrases(phrases: Sequence[Ints], seed: int, order: int) -> list[Ints]:
    """Return phrases with the same pairs (order 1) or triplets (order 2) of steps, in number as before.

    Examples
    --------
    >>> again = shuffled_phrases([np.array([1, -1, 2]), np.array([1, 2])], seed=0, order=1)
    >>> len(again), sorted(np.concatenate(again).tolist())
    (2, [-1, 1, 1, 2, 2])
    """
    full = [np.append(WALL, np.asarray(phrase, np.int64)) for phrase in phrases if len(phrase)]
    if not full:
        return []
    steps = np.concatenate(full)
    steps = steps[shuffled_order(steps, seed, order)]
    return np.split(
        np.delete(steps, walls := np.flatnonzero(steps == WALL)), walls[1:] - np.arange(1, walls.size)
    )


def surprise(times: Floats, expected: Floats) -> Floats:
    """Return −ln of the probability that a Poisson variable reaches `times` where it is `expected` on average."""
    return -np.log(np.maximum(gammainc(np.maximum(times, 1e-9), np.maximum(expected, _SURE)), _SURE))


def against_chain(
    patterns: Sequence[Steps],
    times: Sequence[int] | Ints,
    phrases: Sequence[Ints],
    mine: Callable[[Sequence[Ints]], tuple[list[Steps], Ints]],
    *,
    order: int = 1,
    shuffles: int = 10,
    seed: int = 0,
) -> tuple[Floats, Floats]:
    """Return how often each pattern is expected and the share of chance among those at least as surprising.

    Parameters
    ----------
    patterns : sequence of tuples of int
        Contiguous patterns of one singer.
    times : int array
        How often each is sung.
    phrases : sequence of int arrays
        The steps of the singer's phrases, copies of a recording once.
    mine : callable
        From phrases to patterns and how often each is sung, by the rules that found `patterns`.
    order : {1, 2}
    shuffles, seed : int

    Returns
    -------
    expected, q_chance : (patterns,) arrays
    """
    chain = chain_of([tuple(phrase.tolist()) for phrase in phrases], order)
    expected = np.array([chain.expected(pattern) for pattern in patterns])
    found = surprise(np.asarray(times, np.float64), expected)
    chance = []
    for k in range(shuffles):
        others, counts = mine(shuffled_phrases(phrases, seed * 1000 + k, order))
        again = np.array([chain.expected(pattern) for pattern in others])
        chance.append(surprise(counts.astype(np.float64), again))
    return expected, chance_shares(found, chance)
