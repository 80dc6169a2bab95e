"""How distinctive a motif is for a singer, and how sure one can be.

**Measure.** Phrases are what is counted: a phrase contains the motif or not. The singer's odds of using it
are compared with those of all other singers together, as a log-odds ratio (natural logarithm: 0 no
difference, +0.7 twice the odds, −0.7 half). Both sides are smoothed by an informative prior (after Monroe,
Colaresi & Quinn, "Fightin' words", Political Analysis 16(4), 2008): as if each had used the motif once more,
at the rate at which everyone together uses it. So a motif heard three times from one singer and never from
the others is not infinitely distinctive, and what is heard often counts for more.

**Test.** Phrases of one recording resemble each other: a song asks for the same turns again. So whole
recordings (source groups, copies counted once) are shuffled between singers, each keeping as many as before.
All distributions are taken where there are few, else the observed one and random ones, seeded. A pattern
stands in a singer's dictionary *because* that singer uses it in several phrases; compared with any shuffle,
most of a dictionary would seem distinctive, even where singers do not differ at all. So only those shuffles
count in which the singer would still use it in `min_support` phrases: p is the share of them with log-odds at
least as high as observed (one-sided, the observed one among them).

**Many motifs.** q is the false discovery rate after Benjamini & Hochberg (1995) over all motifs tested.

**Too few recordings to tell.** With one recording of ten, even the most extreme outcome has p = 0.1. Where
the smallest p that any shuffle could reach for a motif is above 0.05, p and q are NaN. That depends on how
many recordings there are and on how many the motif sounds in, not on who sings them, so leaving these out
of the correction is fair to the others (Tarone 1990).
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from flamsid_core.motifs.arrays import Ints
from flamsid_core.motifs.odds import odds_ratio

Floats = NDArray[np.float64]

METHOD = (
    "Distinctiveness: how much more often, phrase by phrase, this singer uses the motif than all others "
    "together (log-odds, smoothed by one use at the common rate; 0 = no difference, +0.7 = twice the odds). "
    "p: whole recordings are shuffled between singers; of the shuffles that leave the motif in this singer's "
    "dictionary, the share that gives at least as much. q: p corrected for the number of motifs "
    "(Benjamini–Hochberg). Empty: too few recordings to tell."
)

_LARGEST_P = 0.05
_MOST_EXACT = 20_000
_NEAR_P = 0.1  # up to here p is taken again,
_REFINED = 10  # from so many times as many shuffles
_TIE = 1e-9  # relative: two shuffles with the same counts may differ by rounding


def distinctiveness(
    uses: csr_matrix,
    phrases: Sequence[int] | Ints,
    unit_singers: Sequence[str],
    pattern: Sequence[int] | Ints,
    singer: Sequence[str],
    *,
    min_support: int = 1,
    permutations: int = 999,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare each motif's use by its singer with that by all others (method: see the module).

    Parameters
    ----------
    uses : sparse int matrix, shape (patterns, units)
        Phrases of each unit (recording or source group) that contain each pattern.
    phrases : int array, shape (units,)
        Phrases of each unit.
    unit_singers : sequence of str, shape (units,)
    pattern : int array, shape (motifs,)
        Row of `uses` for each motif.
    singer : sequence of str, shape (motifs,)
        Whose motif it is.
    min_support : int
        Phrases in which a pattern must sound to be a motif of a singer.
    permutations : int
        Random shuffles, where there are too many (over 20,000) to take all; ten times as many for motifs
        whose p comes out at 0.1 or less, so that the correction for many motifs has small p to work with,
        and for those that seem to sound in too few recordings.
    seed : int

    Returns
    -------
    DataFrame, one row per motif, in the order given
        phrases, support_elsewhere, phrases_elsewhere : the singer's phrases, and how many of how many phrases
        of the others contain the motif; distinctiveness : log-odds ratio; p_value, q_value : NaN where
        `enough_recordings` is False.
    """
    uses = csr_matrix(uses)
    exposure = np.asarray(phrases, np.float64)
    singers_of_units = np.asarray(unit_singers, dtype=object)
    rows = np.asarray(pattern, np.int64)
    whose = np.asarray(singer, dtype=object)
    total = np.asarray(uses.sum(axis=1)).ravel().astype(np.float64)
    result = {
        name: np.full(rows.size, np.nan)
        for name in ("own", "phrases", "distinctiveness", "p_value", "smallest_p")
    }
    rng = np.random.default_rng(seed)
    for name in sorted(set(whose.tolist())):
        mine = np.flatnonzero(whose == name)
        own = singers_of_units == name
        result["phrases"][mine] = exposure[own].sum()
        result["own"][mine] = np.asarray(uses[:, own].sum(axis=1)).ravel()[rows[mine]]
        if not own.any() or own.all():
            continue
        shuffles = _memberships(own, permutations, rng)
        log_odds, p_value, smallest_p = _compare(
            uses, rows[mine], total, own, exposure, shuffles, min_support
        )
        unsure = np.flatnonzero((p_value <= _NEAR_P) | (smallest_p > _LARGEST_P))
        if shuffles.shape[1] == permutations + 1 and unsure.size:
            shuffles = _memberships(own, _REFINED * (permutations + 1) - 1, rng)
            again = _compare(uses, rows[mine[unsure]], total, own, exposure, shuffles, min_support)
            p_value[unsure], smallest_p[unsure] = again[1:]
        result["distinctiveness"][mine] = log_odds
        result["p_value"][mine] = p_value
        result["smallest_p"][mine] = smallest_p
    enough = result["smallest_p"] <= _LARGEST_P
    p_value = np.where(enough, result["p_value"], np.nan)
    return pd.DataFrame(
        {
            "phrases": result["phrases"].astype(np.int64),
            "support_elsewhere": (total[rows] - result["own"]).astype(np.int64),
            "phrases_elsewhere": (exposure.sum() - result["phrases"]).astype(np.int64),
            "distinctiveness": result["distinctiveness"],
            "p_value": p_value,
            "q_value": false_discovery_rates(p_value),
            "enough_recordings": enough,
        }
    )


def false_discovery_rates(p_values: Floats) -> Floats:
    """Return Benjamini–Hochberg q-values; NaN stays NaN and counts for nothing."""
    from scipy.stats import false_discovery_control

    q = np.full(p_values.shape, np.nan)
    known = ~np.isnan(p_values)
    if known.any():
        q[known] = false_discovery_control(p_values[known])
    return q


def _memberships(own: NDArray[np.bool_], permutations: int, rng: np.random.Generator) -> Floats:
    """Return which units would be the singer's, a column per shuffle; the observed one is among them."""
    k, n = int(own.sum()), own.size
    if comb(n, k) <= max(_MOST_EXACT, permutations + 1):
        chosen = np.fromiter(_flat(combinations(range(n), k)), np.int64, comb(n, k) * k).reshape(-1, k)
        members = np.zeros((chosen.shape[0], n))
        np.put_along_axis(members, chosen, 1.0, axis=1)
        return np.ascontiguousarray(members.T)
    members = np.tile(own.astype(np.float64), (permutations + 1, 1))
    members[1:] = rng.permuted(members[1:], axis=1)
    return np.ascontiguousarray(members.T)


def _flat(rows: Iterator[tuple[int, ...]]) -> Iterator[int]:
    for row in rows:
        yield from row


def _compare(
    uses: csr_matrix,
    rows: Ints,
    total: Floats,
    own: NDArray[np.bool_],
    exposure: Floats,
    shuffles: Floats,
    least: float,
) -> tuple[Floats, Floats, Floats]:
    """Return log-odds, p, and the smallest p within reach, for each row of `uses` asked for."""
    starts, units, counts = uses.indptr, uses.indices, uses.data.astype(np.float64)
    shuffled_phrases = exposure @ shuffles
    own_phrases, all_phrases = float(exposure @ own), float(exposure.sum())
    return _log_odds_and_p(
        starts,
        units,
        counts,
        rows,
        total,
        own,
        shuffles,
        shuffled_phrases,
        all_phrases,
        own_phrases,
        least,
    )


@njit(cache=True, nogil=True)
def _log_odds_and_p(
    starts: Ints,
    units: Ints,
    uses: Floats,
    rows: Ints,
    total: Floats,
    own: NDArray[np.bool_],
    shuffles: Floats,
    shuffled_phrases: Floats,
    all_phrases: float,
    own_phrases: float,
    least: float,
) -> tuple[Floats, Floats, Floats]:
    n_shuffles = shuffles.shape[1]
    log_odds = np.empty(rows.size)
    p_value = np.empty(rows.size)
    smallest_p = np.empty(rows.size)
    used = np.empty(n_shuffles)
    ratio = np.empty(n_shuffles)
    for i in range(rows.size):
        observed = 0.0
        used[:] = 0.0
        for j in range(starts[rows[i]], starts[rows[i] + 1]):
            if own[units[j]]:
                observed += uses[j]
            for s in range(n_shuffles):
                used[s] += uses[j] * shuffles[units[j], s]
        n = total[rows[i]]
        reached = odds_ratio(observed, n, own_phrases, all_phrases)
        highest = 0.0
        eligible = 0
        for s in range(n_shuffles):
            ratio[s] = 0.0
            if used[s] >= least:
                eligible += 1
                ratio[s] = odds_ratio(used[s], n, shuffled_phrases[s], all_phrases)
                highest = max(highest, ratio[s])
        at_least = 0
        at_highest = 0
        for s in range(n_shuffles):
            at_least += ratio[s] >= reached * (1.0 - _TIE)
            at_highest += ratio[s] >= highest * (1.0 - _TIE)
        log_odds[i] = np.log(reached)
        # Used too rarely to be a motif, by the singer (sounds under two names are not evidence) or by anybody.
        p_value[i] = at_least / eligible if observed >= least else 1.0
        smallest_p[i] = at_highest / eligible if eligible > 0 else 1.0
    return log_odds, p_value, smallest_p
