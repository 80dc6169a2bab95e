"""Families: what singers come back to, beyond what their small moves alone would give.

`find_families` goes four steps, each in a file of its own: recordings become lines of strokes (`strokes`); pairs of
like spans are found by seeds and alignment (`recurrence`, `alignment`); the same is done on shuffles of the strokes,
which say how high chance scores (`shuffling`, `chance`); the pairs above that are compressed to families
(`compression`), and families of the shuffles say how many of these chance gives, selection included.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.melody import NoteParams, curve_of_table
from flamsid_core.messages import Message
from flamsid_core.motifs.alignment import Agreement
from flamsid_core.motifs.chance import LOWEST_SCORE_S, Tails, family_chances, fit_tails, least_that_counts
from flamsid_core.motifs.compression import Family, families_of
from flamsid_core.motifs.family_tables import Chosen, Group, family_tables
from flamsid_core.motifs.recurrence import Hits, find_hits, trace
from flamsid_core.motifs.shuffling import shuffled_line
from flamsid_core.motifs.strokes import Floats, Line, joined_lines, line_of

THRESHOLD_TYPES = {"pairs": "str", "least_score_s": "float64", "found": "int64", "expected": "float64"}


@dataclass(frozen=True)
class FamilyParams:
    """What counts as one motif in several variants, and as more than chance.

    Attributes
    ----------
    scope : {"singer", "corpus"}
        Whose recordings are compared: each singer's own, or all.
    shuffles : int
        How often strokes are shuffled to see what chance gives.
    false_discovery : float
        Most share of chance among the pairs of spans, and among the families, that count.
    tolerance_cents : float
        Frames farther apart disagree.
    worst : float
        What a frame of disagreement costs at most, in frames of agreement.
    drop_s : float
        Disagreement after which an alignment ends, in informative seconds.
    held_s, held_weight : float
        A stroke held longer tells only so much from then on.
    wave_cents : float
        Half of peak to peak: in comparing, wider swings are melody, not vibrato.
    least_cover : float
        Share of a family's prototype that an occurrence covers.
    least_strokes : int
        Of an occurrence.
    hop_s : float
        Step of the comparison.
    seed : int
        Of the shuffles.
    """

    scope: Literal["singer", "corpus"] = "singer"
    shuffles: int = 20
    false_discovery: float = 0.05
    tolerance_cents: float = 70.0
    worst: float = -3.0
    drop_s: float = 0.3
    held_s: float = 0.3
    held_weight: float = 0.15
    wave_cents: float = 150.0
    least_cover: float = 0.66
    least_strokes: int = 4
    hop_s: float = 0.03
    seed: int = 0

    def __post_init__(self) -> None:
        if self.scope not in ("singer", "corpus"):
            raise FlamsidError(
                "The scope of families cannot be {scope!r}; take 'singer' or 'corpus'.", scope=self.scope
            )
        good = {
            "shuffles": self.shuffles >= 2,
            "false_discovery": 0.0 < self.false_discovery < 1.0,
            "tolerance_cents": self.tolerance_cents > 0,
            "worst": self.worst < 0,
            "drop_s": self.drop_s > 0,
            "held_s": self.held_s >= 0,
            "held_weight": 0.0 <= self.held_weight <= 1.0,
            "wave_cents": self.wave_cents > 0,
            "least_cover": 0.0 < self.least_cover <= 1.0,
            "least_strokes": self.least_strokes >= 2,
            "hop_s": 0.0 < self.hop_s <= 0.1,
        }
        for name, fine in good.items():
            if not fine:
                raise FlamsidError(
                    "{name} cannot be {value!r}; take a number such as the default.",
                    name=name,
                    value=getattr(self, name),
                )


class Families(NamedTuple):
    """What `find_families` returns.

    Attributes
    ----------
    families : DataFrame
        family_id, singer (several with commas between, where the scope is the corpus), pattern (the prototype's level
        steps, "+1 -2 +1"), pattern_semitones (its steps in semitones), n_occurrences, recordings, median_duration_s,
        coverage_s (sung time under its occurrences), q_chance (share of chance among the families at least as
        strong), above_order2 (so also against shuffles that keep triplets of steps). What explains most comes first.
    occurrences : DataFrame
        occurrence_id, family_id, recording_id, singer, start_s, end_s, score (informative seconds shared with the
        prototype; the prototype's is all its own), transposition_cents (above the prototype), pattern (its own level
        steps). The prototype is the first of its family.
    thresholds : DataFrame
        pairs ("within" or "across" recordings), least_score_s (informative seconds that count in the median recording;
        infinite where nothing is above chance), found (pairs of spans), expected (pairs in a shuffle).
    expected_by_chance : float
        Families that a shuffle gives under the same rules.
    """

    families: pd.DataFrame
    occurrences: pd.DataFrame
    thresholds: pd.DataFrame
    expected_by_chance: float


class _Threshold(NamedTuple):
    """What pairs of spans must reach, within recordings or across them."""

    pairs: str
    tails: Tails
    strength: float
    least_score_s: float
    found: int
    expected: float


def find_families(
    melodies: Mapping[str, pd.DataFrame],
    recordings: pd.DataFrame,
    params: FamilyParams = FamilyParams(),
    *,
    notes: NoteParams = NoteParams(),
    on_progress: Callable[[float, str], None] | None = None,
    workers: int = 2,
) -> Families:
    """Find the recurring motifs of singers that their small moves do not explain.

    Parameters
    ----------
    melodies : mapping of recording_id to DataFrame
        time_s and f0_hz (0 = unvoiced), as `flamsid_core.melody.track_file` returns them.
    recordings : DataFrame
        recording_id, singer; with sha256 beside them, copies of a sound are looked at once.
    params : FamilyParams
    notes : NoteParams
        How melodies become notes.
    on_progress : callable, optional
        Called with a fraction and a text; may raise to cancel.
    workers : int
        Threads.

    Returns
    -------
    Families

    Raises
    ------
    FlamsidError
        When the table has no singer for a melody, or a melody table is malformed.

    Notes
    -----
    Time grows with the square of a singer's strokes (45 songs of nine singers with 20 shuffles: seconds), memory with
    the strokes and what is found.
    """
    report = on_progress or (lambda fraction, text: None)
    report(0.0, "strokes")
    groups = _groups(melodies, recordings, params, notes)
    agreement = Agreement(params.tolerance_cents, params.worst, params.drop_s)
    repeats = {0: 1, 1: params.shuffles, 2: params.shuffles}
    tasks = [(g, order, k) for g in range(len(groups)) for order in repeats for k in range(repeats[order])]

    def search(task: tuple[int, int, int]) -> tuple[Line, Hits]:
        number, order, k = task
        line = joined_lines([_shuffled(line, params.seed, order, k) for line in groups[number].lines])
        return line, find_hits(line, LOWEST_SCORE_S, agreement)

    found: dict[tuple[int, int, int], tuple[Line, Hits]] = {}
    with ThreadPoolExecutor(max(workers, 1)) as pool:
        for done, (task, result) in enumerate(zip(tasks, pool.map(search, tasks), strict=True), start=1):
            found[task] = result
            report(0.1 + 0.7 * done / len(tasks), f"recurrence and chance: {done} of {len(tasks)}")
    report(0.8, "families")
    thresholds = _thresholds(groups, {task: hits for task, (_, hits) in found.items()}, params)

    def compress(task: tuple[int, int, int]) -> list[Family]:
        return _compressed(task[0], *found[task], thresholds, agreement, params)

    with ThreadPoolExecutor(max(workers, 1)) as pool:
        compressed = dict(zip(tasks, pool.map(compress, tasks), strict=True))
    strength = {
        order: [
            np.array([f.best for g in range(len(groups)) for f in compressed[g, order, k]])
            for k in range(number)
        ]
        for order, number in repeats.items()
    }
    q_chance, kept, expected = family_chances(strength[0][0], strength[1], params.false_discovery)
    q_order2, _, _ = family_chances(strength[0][0], strength[2], params.false_discovery)
    report(0.95, "tables")
    rows = [(g, family) for g in range(len(groups)) for family in compressed[g, 0, 0]]
    by_saved = np.argsort([-family.saved for _, family in rows], kind="stable").tolist()
    chosen = [
        Chosen(
            groups[rows[k][0]],
            found[rows[k][0], 0, 0][0],
            rows[k][1],
            float(q_chance[k]),
            bool(q_order2[k] <= params.false_discovery),
        )
        for k in by_saved
        if kept[k]
    ]
    families, occurrences = family_tables(chosen, melodies, recordings, notes)
    report(1.0, Message("{n} families", n=len(families)))
    table = [{name: getattr(threshold, name) for name in THRESHOLD_TYPES} for threshold in thresholds]
    return Families(families, occurrences, pd.DataFrame(table).astype(THRESHOLD_TYPES), expected)


def _groups(
    melodies: Mapping[str, pd.DataFrame], recordings: pd.DataFrame, params: FamilyParams, notes: NoteParams
) -> list[Group]:
    for column in ("recording_id", "singer"):
        if column not in recordings:
            raise FlamsidError(
                "The table of recordings has no column {column}: families need recording_id and singer.",
                column=column,
            )
    singers = recordings.drop_duplicates("recording_id").set_index("recording_id")["singer"].astype(str)
    sounds = recordings.drop_duplicates("recording_id").set_index("recording_id")
    members: dict[str, list[str]] = {}
    heard: set[Any] = set()
    for rid in melodies:
        if rid not in singers.index:
            raise FlamsidError(
                "The table of recordings does not hold {recording_id}: name its singer.", recording_id=rid
            )
        if "sha256" in sounds:
            sound = sounds.loc[rid, "sha256"]
            if sound in heard:
                continue
            heard.add(sound)
        members.setdefault("" if params.scope == "corpus" else singers[rid], []).append(rid)
    wave = with_wave(notes, params.wave_cents)
    groups = []
    for singer in sorted(members):
        lines = [
            line_of(
                curve_of_table(melodies[rid], wave, rid),
                wave,
                params.hop_s,
                params.held_s,
                params.held_weight,
            )
            for rid in members[singer]
        ]
        groups.append(Group(members[singer], [line for line, _ in lines], [time_s for _, time_s in lines]))
    return groups


def with_wave(notes: NoteParams, wave_cents: float) -> NoteParams:
    """Return the parameters of notes with vibrato no wider than `wave_cents`."""
    values = {name: getattr(notes, name) for name in NoteParams.__dataclass_fields__}
    return NoteParams(**values | {"vibrato_most_cents": min(wave_cents, notes.vibrato_most_cents)})


def _shuffled(line: Line, seed: int, order: int, k: int) -> Line:
    return shuffled_line(line, seed_of(line, seed, order, k), order) if order else line


def seed_of(line: Line, seed: int, order: int, k: int) -> int:
    """Return the seed of a recording's shuffle `k`; it knows the recording, so that their order does not matter."""
    own = int.from_bytes(sha256(line.pitch_cents.tobytes()).digest()[:4], "big")
    return int(np.random.SeedSequence([seed, order, k, own]).generate_state(1)[0])


def _thresholds(
    groups: list[Group], hits: dict[tuple[int, int, int], Hits], params: FamilyParams
) -> list[_Threshold]:
    strokes = [np.array([line.step.size for line in group.lines]) for group in groups]
    numbers = range(len(groups))
    shuffled = [[hits[g, 1, k] for g in numbers] for k in range(params.shuffles)]
    thresholds = []
    for pairs in ("within", "across"):
        tails = fit_tails(shuffled, strokes, within=pairs == "within")

        def strengths(found: list[Hits], tails: Tails = tails, within: bool = pairs == "within") -> Floats:
            if not found:
                return np.zeros(0)
            own = [h.chosen(np.flatnonzero((h.p_recording == h.q_recording) == within)) for h in found]
            return np.concatenate([tails.strengths(h, g) for g, h in enumerate(own)])

        real = strengths([hits[g, 0, 0] for g in numbers])
        chance = [strengths(found) for found in shuffled]
        least = least_that_counts(real, chance, params.false_discovery)
        known = np.log(tails.expected) / tails.rate if tails.unit.size else np.array([np.inf])
        rate = tails.rate if tails.unit.size else np.array([1.0])
        thresholds.append(
            _Threshold(
                pairs,
                tails,
                least,
                float(np.median(LOWEST_SCORE_S + least / rate + known)),
                int(np.count_nonzero(real >= least)),
                float(np.mean([np.count_nonzero(c >= least) for c in chance])),
            )
        )
    return thresholds


def _compressed(
    group: int,
    line: Line,
    hits: Hits,
    thresholds: list[_Threshold],
    agreement: Agreement,
    params: FamilyParams,
) -> list[Family]:
    """Compress a group's hits that are above their thresholds; `best` of a family becomes a strength."""
    within = hits.p_recording == hits.q_recording
    strength, needed = np.empty(hits.score.size), np.empty(hits.score.size)
    above = np.zeros(hits.score.size, np.bool_)
    for threshold in thresholds:
        own = np.flatnonzero(within == (threshold.pairs == "within"))
        part = hits.chosen(own)
        strength[own] = threshold.tails.strengths(part, group)
        needed[own] = threshold.tails.scores(threshold.strength, part, group)
        above[own] = strength[own] >= threshold.strength
    if not above.any():
        return []
    hits = hits.chosen(np.flatnonzero(above))
    return families_of(
        line,
        hits,
        trace(line, hits, agreement),
        params.least_cover * needed[above],
        strength[above],
        least_cover=params.least_cover,
        least_strokes=params.least_strokes,
    )
