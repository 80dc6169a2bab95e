"""How far a figure can be trusted: intervals and tests that count recordings, not clips.

Background
----------
Clips of one recording share voice, room and transfer, and are right or wrong together. An interval that takes them for
independent is several times too narrow, so here whole recordings (source groups) are drawn.

Conventions
-----------
Of n recordings n − 1 are drawn (with replacement), which gives the variance of a mean without the factor (n − 1)/n a
draw of n would put on it (Rao & Wu 1988): with two recordings a singer that factor is one half. The percentiles
are those at which a t distribution, not a normal one, would cut off the tails (Hesterberg 2015, "expanded percentile").
Where every clip is right, or none, draws differ in nothing and would say that the accuracy is certain; then the
interval is the exact one of so many recordings, all right or all wrong (Clopper & Pearson 1934): nine of nine is 66 to
100 %.

References
----------
Rao, J. N. K.; Wu, C. F. J.: Resampling inference with complex survey data. JASA 83 (1988), 231–241.
Clopper, C. J.; Pearson, E. S.: The use of confidence or fiducial limits illustrated in the case of the binomial.
Biometrika 26 (1934), 404–413.
Hesterberg, T. C.: What teachers should know about the bootstrap. The American Statistician 69 (2015), 371–386.
"""

from typing import Any, Literal

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError

_BLOCK = 4_000_000  # weights in memory at once


def recording_interval(
    right: np.ndarray,
    recording_ids: np.ndarray,
    *,
    singers: np.ndarray | None = None,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return an interval for an accuracy by drawing recordings.

    Parameters
    ----------
    right : (n,) bool array
        Whether each test clip was named right.
    recording_ids : (n,) array
        Recording, or source group, of each clip.
    singers : (n,) array, optional
        With it recordings are drawn within each singer, and the interval is that of the mean over singers; without it,
        that of the share of clips.
    draws : int
        Bootstrap draws.
    seed : int
    level : float
        Share of such intervals that should hold the truth.

    Returns
    -------
    (low, high)
        From 0 to 1. (0, 1) where every singer has one recording only: then nothing says how much recordings differ.

    Raises
    ------
    FlamsidError
        When there are no clips, or the level is not a share.
    """
    values = np.asarray(right, dtype=np.float64)
    strata = np.zeros(len(values)) if singers is None else np.asarray(singers)
    interval = _interval(values, np.asarray(recording_ids), strata, draws, seed, level)
    if interval is None:
        return 0.0, 1.0
    if values.min() == values.max() and values[0] in (0.0, 1.0):
        return _exact_interval(len(set(np.asarray(recording_ids).tolist())), bool(values[0]), level)
    return interval


def _exact_interval(n: int, right: bool, level: float) -> tuple[float, float]:
    """Return Clopper and Pearson's interval of a share of which all of `n` recordings, or none, were seen."""
    bound = ((1 - level) / 2) ** (1 / n)
    return (bound, 1.0) if right else (0.0, 1 - bound)


def count_interval(right: int, total: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the shares that a count of independent trials does not rule out (Clopper & Pearson 1934).

    Parameters
    ----------
    right, total : int
        Trials that went right, of so many; with none, nothing is ruled out.
    level : float
        Share of such intervals that hold the truth, at least.

    Examples
    --------
    >>> [round(share, 3) for share in count_interval(24, 24)]
    [0.858, 1.0]
    """
    from scipy.special import betaincinv

    outside = (1.0 - level) / 2
    low = float(betaincinv(right, total - right + 1, outside)) if right else 0.0
    high = float(betaincinv(right + 1, total - right, 1.0 - outside)) if right < total else 1.0
    return low, high


def paired_test(
    predictions_a: pd.DataFrame,
    predictions_b: pd.DataFrame,
    instances: pd.DataFrame,
    *,
    draws: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
    over: Literal["clips", "singers"] = "clips",
) -> dict[str, Any]:
    """Compare two runs on the clips that both tested: who is right more often, and could that be chance.

    If neither is better, each recording's difference could as well have the other sign: the p-value is the share of
    sign flips that give a difference at least as large (two-sided), over all 2**recordings flips where those are no
    more than `draws`.

    Parameters
    ----------
    predictions_a, predictions_b : DataFrame
        Columns instance_id, singer, predicted; one row for each clip, so of one protocol.
    instances : DataFrame
        Columns instance_id, source_group.
    draws : int
        Sign flips, and bootstrap draws of the interval.
    seed : int
    level : float
        Of the interval.
    over : {"clips", "singers"}
        Difference of the share of clips, or of the mean over singers.

    Returns
    -------
    dict
        difference (a − b), low, high (None where no singer has two recordings), p_value, accuracy_a, accuracy_b,
        clips and recordings compared, exact (whether all flips were counted).

    Raises
    ------
    FlamsidError
        When a table has two rows for a clip, there is no clip in common, or the runs call a clip's singer differently.
    """
    for table, name in ((predictions_a, "first"), (predictions_b, "second")):
        if table["instance_id"].duplicated().any():
            raise FlamsidError(
                "The {name} run has several predictions for one clip: choose one protocol, like source-disjoint.",
                name=name,
            )
    columns = ["instance_id", "singer", "predicted"]
    both = predictions_a[columns].merge(predictions_b[columns], on="instance_id", suffixes=("_a", "_b"))
    both = both.merge(instances[["instance_id", "source_group"]], on="instance_id")
    if both.empty:
        raise FlamsidError(
            "The two runs tested no clip in common: compare runs of one corpus under one protocol and seed."
        )
    if (both["singer_a"] != both["singer_b"]).any():
        raise FlamsidError("The two runs were made under different singers' names: train one of them again.")
    right = [(both[f"predicted_{run}"] == both["singer_a"]).to_numpy(dtype=np.float64) for run in "ab"]
    singer, group = both["singer_a"].to_numpy(), both["source_group"].to_numpy()
    if over == "singers":
        sizes = both.groupby("singer_a")["singer_a"].transform("size").to_numpy()
        weight = 1.0 / (sizes * both["singer_a"].nunique())
        strata = singer
    else:
        weight, strata = np.full(len(both), 1.0 / len(both)), np.zeros(len(both))
    recording = pd.factorize(group)[0]
    by_recording = np.bincount(recording, weights=weight * (right[0] - right[1]))
    p_value, exact = _sign_flips(by_recording, draws, np.random.default_rng(seed))
    interval = _interval(right[0] - right[1], group, strata, min(draws, 5000), seed, level)
    return {
        "difference": float(by_recording.sum()),
        "low": None if interval is None else interval[0],
        "high": None if interval is None else interval[1],
        "p_value": p_value,
        "accuracy_a": float((weight * right[0]).sum()),
        "accuracy_b": float((weight * right[1]).sum()),
        "clips": len(both),
        "recordings": len(by_recording),
        "exact": exact,
    }


def _interval(
    values: np.ndarray, recordings: np.ndarray, strata: np.ndarray, draws: int, seed: int, level: float
) -> tuple[float, float] | None:
    """Bootstrap the mean over strata of the mean over clips; None without two recordings in any stratum."""
    from scipy.special import ndtr, stdtrit  # scipy.stats takes a second to import

    if len(values) == 0:
        raise FlamsidError("An interval needs at least one test clip: test on more recordings.")
    if not 0 < level < 1:
        raise FlamsidError("level is {level!r}: give a share between 0 and 1, like 0.95.", level=level)
    table = pd.DataFrame({"stratum": strata, "recording": recordings, "value": values})
    units = table.groupby(["stratum", "recording"])["value"].agg(["sum", "size"])
    parts = [rows.to_numpy(dtype=np.float64) for _, rows in units.groupby(level="stratum")]
    freedom = sum(len(part) - 1 for part in parts)
    if freedom == 0:
        return None
    rng = np.random.default_rng(seed)
    means = np.zeros(draws)
    for part in parts:
        means += _drawn_means(part, draws, rng) / len(parts)
    tail = ndtr(stdtrit(freedom, (1 - level) / 2))
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def _drawn_means(units: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return means over clips of draws of n − 1 of n recordings, given each one's (sum, clips)."""
    n = len(units)
    if n == 1:
        return np.full(draws, units[0, 0] / units[0, 1])
    means = []
    block = max(1, _BLOCK // n)
    for start in range(0, draws, block):
        weights = rng.multinomial(n - 1, np.full(n, 1.0 / n), size=min(block, draws - start))
        totals = weights @ units
        means.append(totals[:, 0] / totals[:, 1])
    return np.concatenate(means)


def _sign_flips(differences: np.ndarray, draws: int, rng: np.random.Generator) -> tuple[float, bool]:
    """Return the two-sided p-value of a sum under flips of its terms' signs, and whether all were counted."""
    terms = differences[differences != 0]  # flipping nothing changes nothing
    observed = abs(terms.sum()) - 1e-12
    if 2 ** len(terms) <= draws:
        flips = 1 - 2 * ((np.arange(2 ** len(terms))[:, None] >> np.arange(len(terms))) & 1)
        return float((np.abs(flips @ terms) >= observed).mean()), True
    reached, block = 0, max(1, _BLOCK // len(terms))
    for start in range(0, draws, block):
        flips = 1 - 2 * rng.integers(0, 2, (min(block, draws - start), len(terms)), dtype=np.int8)
        reached += int((np.abs(flips @ terms) >= observed).sum())
    return (1 + reached) / (1 + draws), False
