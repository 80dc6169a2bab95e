"""Who uses the motifs that a recording uses? Counted, not heard: apart from what any network says of the voice.

A network hears timbre, recording and all. Which motifs of the dictionaries occur is another witness, and a musicologist
can check it phrase by phrase. The two are kept apart: they are not independent, and neither says how far to trust the
other.

**Measure.** For every motif of the recording and every singer, the log-odds ratio of `flamsid_core.motifs`: the
singer's odds of using it in a phrase against those of all others together, both smoothed by a Beta prior worth one use
at the common rate (natural logarithm; +0.7 is twice the odds). Recordings of the same source are left out of the
counts. A singer's figure is the mean over the motifs heard, each weighing as many times as it has phrases here; a motif
that sounds only within a longer one is not counted a second time. The mean, not the sum: motifs of one song are no
independent witnesses.

**What it is worth** is measured, not assumed: each source of the corpus is taken out in turn and its singer named by
the same figure from the others. With fewer than three sources a singer's habits cannot be told from a song's.

**No recording speaks for itself.** Mining goes by singers: a pattern is there because it returns in the true singer's
phrases, those of the tested recording among them, so a dictionary that has seen a recording gives its singer away
whatever is sung. The singer of a source that is left out is therefore mined again without it; the other singers'
dictionaries have never seen it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from flamsid_core.melody import step_sequences
from flamsid_core.motifs import MotifParams
from flamsid_core.motifs.counting import count_phrases, phrase_arrays
from flamsid_core.motifs.dictionary import mine_singer, phrases_with_owners
from flamsid_core.motifs.odds import odds_ratio

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEAST_SOURCES = 3
_MOST_TESTED = 200  # sources taken out in turn, drawn by chance where there are more


@dataclass(frozen=True)
class MotifUse:
    """Whose habits a recording's motifs are.

    Attributes
    ----------
    singers : DataFrame
        singer, sources (of the corpus, without the recording's own), phrases, log_odds (mean over the motifs
        heard; NaN where none is), enough (three sources or more). The highest log-odds first.
    motifs : DataFrame
        A row per motif heard: pattern, here (phrases of the recording that hold it), and for every singer
        uses_<singer> (phrases) and log_odds_<singer>. The most telling first.
    phrases : int
        Phrases of the recording.
    right, tested : int
        Of so many sources of the corpus, each taken out in turn, how many had their singer named first.
    """

    singers: pd.DataFrame
    motifs: pd.DataFrame
    phrases: int
    right: int
    tested: int

    def summary(self) -> dict[str, Any]:
        """Return all of it as plain values, the motifs as {pattern, here, uses, log_odds}, the latter two by singer."""
        names = self.singers["singer"].tolist()
        return {
            "singers": [
                row | {"log_odds": None if np.isnan(row["log_odds"]) else row["log_odds"]}
                for row in self.singers.to_dict("records")
            ],
            "motifs": [
                {
                    "pattern": row["pattern"],
                    "here": row["here"],
                    "uses": {name: row[f"uses_{name}"] for name in names},
                    "log_odds": {name: round(row[f"log_odds_{name}"], 4) for name in names},
                }
                for row in self.motifs.to_dict("records")
            ],
            "phrases": self.phrases,
            "right": self.right,
            "tested": self.tested,
        }


def motif_use(
    heard: pd.DataFrame,
    dictionaries: Mapping[str, Iterable[str]],
    segments: pd.DataFrame,
    recordings: pd.DataFrame,
    params: MotifParams = MotifParams(),
    *,
    leave_out: Iterable[str] = (),
    seed: int = 0,
) -> MotifUse:
    """Compare the motifs of one recording with every singer's use of them (method: see the module).

    Parameters
    ----------
    heard : DataFrame
        Segments of the recording, on the levels of the corpus.
    dictionaries : mapping of singer to iterable of str
        Each singer's motifs ("+1 -2 +1"), as mined from this corpus. Those of singers with a source that is left
        out are mined again without it.
    segments : DataFrame
        Segments of the corpus.
    recordings : DataFrame
        recording_id, singer, sha256, source_group.
    params : MotifParams
        How the dictionaries were mined.
    leave_out : iterable of str
        Source groups that do not count: the recording's own.
    seed : int
        Of the draw where there are very many sources.
    """
    segments = segments.reset_index(drop=True)
    phrases, unit, units = _corpus_phrases(segments, recordings, set(leave_out))
    owners = set(recordings.loc[recordings["source_group"].isin(set(leave_out)), "singer"].astype(str))
    known = {singer: set(names) for singer, names in dictionaries.items()}
    known |= {singer: _mined(singer, phrases[unit >= 0], segments, params) for singer in owners}
    tested = _tested(len(units), seed)
    without = {
        k: _mined(units["singer"].iloc[k], phrases[(unit >= 0) & (unit != k)], segments, params)
        for k in tested.tolist()
    }
    names = sorted(set().union(*known.values(), *without.values()))
    steps = [tuple(map(int, name.split())) for name in names]
    sung = step_sequences(heard)
    here = _counts(heard, sung, np.zeros(len(sung), dtype=np.int64), 1, steps, params)
    uses = _counts(segments, phrases, unit, len(units), steps, params)
    exposure = np.bincount(unit[unit >= 0], minlength=len(units)).astype(np.float64)
    singers = sorted(set(recordings["singer"].astype(str)))
    singer_of = units["singer"].map(singers.index).to_numpy(np.int64)
    member = np.eye(len(singers))[singer_of]
    by_singer, by_singer_phrases = np.asarray(uses @ member), exposure @ member
    own = here.toarray().ravel().astype(np.float64)
    rows = _counted(names, np.where(_among(names, known.values()), own, 0.0), by_singer, params.min_support)
    log_odds = log_odds_ratios(by_singer[rows], by_singer_phrases)
    sources = np.bincount(singer_of, minlength=len(singers))
    kept = {
        k: _among(names, [own_names, *(known[s] for s in known if s != units["singer"].iloc[k])])
        for k, own_names in without.items()
    }
    right, n_tested = _leave_one_out(
        names, uses.tocsc(), kept, singer_of, exposure, by_singer, by_singer_phrases, params.min_support
    )
    about = pd.DataFrame(
        {
            "singer": singers,
            "sources": sources,
            "phrases": by_singer_phrases.astype(int),
            "log_odds": np.average(log_odds, axis=0, weights=own[rows]) if rows.size else np.nan,
            "enough": sources >= LEAST_SOURCES,
        }
    )
    motifs = pd.DataFrame({"pattern": [names[row] for row in rows], "here": own[rows].astype(int)})
    for k, singer in enumerate(singers):
        motifs[f"uses_{singer}"] = by_singer[rows, k].astype(int)
        motifs[f"log_odds_{singer}"] = log_odds[:, k]
    telling = np.argsort(-np.ptp(log_odds, axis=1) if rows.size else np.zeros(0), kind="stable")
    return MotifUse(
        about.sort_values("log_odds", ascending=False, kind="stable", ignore_index=True),
        motifs.iloc[telling].reset_index(drop=True),
        len(sung),
        right,
        n_tested,
    )


def log_odds_ratios(uses: Floats, phrases: Floats) -> Floats:
    """Return each singer's smoothed log-odds of using each motif, against all others together.

    Parameters
    ----------
    uses : (motifs, singers) array
        Phrases of each singer that hold each motif.
    phrases : (singers,) array
        Phrases of each singer.
    """
    return np.log(odds_ratio(uses, uses.sum(axis=1, keepdims=True), phrases, phrases.sum()))


def _corpus_phrases(
    segments: pd.DataFrame, recordings: pd.DataFrame, leave_out: set[str]
) -> tuple[pd.DataFrame, Ints, pd.DataFrame]:
    """Return phrases, the number of each one's source (-1: does not count), and the sources with their singers.

    Copies of a recording count once, and those that stand under another singer's name not at all, as in the
    dictionaries' own figures.
    """
    phrases = phrases_with_owners(segments, recordings)
    out = (
        phrases["source_group"].isin(leave_out) | phrases["foreign"] | phrases["content"].duplicated()
    ).to_numpy()
    units = phrases[~out].drop_duplicates("source_group")[["source_group", "singer"]]
    place = {group: k for k, group in enumerate(units["source_group"])}
    unit = phrases["source_group"].map(place).fillna(-1).to_numpy(np.int64)
    return phrases, np.where(out, -1, unit), units.reset_index(drop=True)


def _tested(n_sources: int, seed: int) -> Ints:
    """Return the sources to be taken out in turn."""
    if n_sources <= _MOST_TESTED:
        return np.arange(n_sources)
    return np.sort(np.random.default_rng(seed).choice(n_sources, _MOST_TESTED, replace=False))


def _mined(singer: str, phrases: pd.DataFrame, segments: pd.DataFrame, params: MotifParams) -> set[str]:
    own = phrases[phrases["singer"] == singer].reset_index(drop=True)
    return set(mine_singer(singer, own, segments, params)[0]["pattern"]) if len(own) else set()


def _among(names: Sequence[str], dictionaries: Iterable[Iterable[str]]) -> NDArray[np.bool_]:
    """Whether each name stands in one of the dictionaries."""
    union = set().union(*dictionaries)
    return np.array([name in union for name in names], dtype=np.bool_)


def _counts(
    segments: pd.DataFrame,
    phrases: pd.DataFrame,
    unit: Ints,
    n_units: int,
    patterns: Sequence[tuple[int, ...]],
    params: MotifParams,
) -> csr_matrix:
    """Count the phrases of each unit that hold each pattern; phrases of unit -1 do not count."""
    phrases, unit = phrases[unit >= 0], unit[unit >= 0]
    arrays = phrase_arrays(phrases, segments)
    return count_phrases(
        patterns, arrays, unit, n_units, max_gap=params.max_gap, min_duration_s=params.min_duration_s
    )


def _counted(names: Sequence[str], here: Floats, by_singer: Floats, min_support: int) -> Ints:
    """Return the motifs that count: heard, some singer's without this recording, and not only within a longer one."""
    heard = np.flatnonzero((here > 0) & (by_singer.max(axis=1, initial=0) >= min_support))
    longest_first = sorted(heard.tolist(), key=lambda row: -names[row].count(" "))
    kept: list[int] = []
    for row in longest_first:
        inside = f" {names[row]} "
        if not any(here[other] >= here[row] and inside in f" {names[other]} " for other in kept):
            kept.append(row)
    return np.array(sorted(kept), dtype=np.int64)


def _leave_one_out(
    names: Sequence[str],
    uses: Any,
    kept: Mapping[int, NDArray[np.bool_]],
    singer_of: Ints,
    exposure: Floats,
    by_singer: Floats,
    by_singer_phrases: Floats,
    min_support: int,
) -> tuple[int, int]:
    """Name the singer of each source from the others, by the motifs mined without it (`kept`).

    Returns how many are right, of how many with a motif.
    """
    right = tested = 0
    for unit, known in kept.items():
        own = uses[:, [unit]].toarray().ravel().astype(np.float64)
        others, phrases = by_singer.copy(), by_singer_phrases.copy()
        others[:, singer_of[unit]] -= own
        phrases[singer_of[unit]] -= exposure[unit]
        rows = _counted(names, np.where(known, own, 0.0), others, min_support)
        if rows.size == 0 or phrases[singer_of[unit]] == 0:
            continue
        score = np.average(log_odds_ratios(others[rows], phrases), axis=0, weights=own[rows])
        tested += 1
        right += int(score.argmax() == singer_of[unit])
    return right, tested
