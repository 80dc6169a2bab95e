"""Dictionaries: the motifs of each singer and where each of them sounds (paper, section 2.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from flamsid_core.corpus.groups import foreign_rows
from flamsid_core.errors import FlamsidError
from flamsid_core.melody import step_sequences
from flamsid_core.messages import Message
from flamsid_core.motifs.arrays import Ints
from flamsid_core.motifs.chains import against_chain
from flamsid_core.motifs.counting import count_phrases, phrase_arrays
from flamsid_core.motifs.distinct import distinctiveness
from flamsid_core.motifs.mining import mine_closed
from flamsid_core.motifs.patterns import Patterns
from flamsid_core.progress import Progress, silent

MOTIF_TYPES = {
    "motif_id": "str", "singer": "str", "pattern": "str", "length": "int64", "support": "int64",
    "recordings": "int64", "n_instances": "int64", "median_duration_s": "float64", "expected": "float64",
    "q_chance": "float64", "expected_order2": "float64", "q_chance_order2": "float64", "phrases": "int64",
    "support_elsewhere": "int64", "phrases_elsewhere": "int64", "distinctiveness": "float64",
    "p_value": "float64", "q_value": "float64", "enough_recordings": "bool",
}  # fmt: skip
INSTANCE_TYPES = {
    "instance_id": "str", "motif_id": "str", "recording_id": "str", "file": "str", "singer": "str",
    "source_group": "str", "sound_id": "str", "overlap_group": "str", "conflict": "bool",
    "start_s": "float64", "end_s": "float64", "pattern": "str", "speed": "float64",
}  # fmt: skip

SHUFFLES = 10  # of each singer's steps, to see how many patterns chance gives


@dataclass(frozen=True)
class MotifParams:
    """What counts as a motif.

    Attributes
    ----------
    min_support : int
        Fewest phrases of one singer that contain it (the authors': 3).
    max_gap : int or None
        Most steps left out between two steps of it (the authors': 0); None for any number.
    min_length : int
        Fewest steps (the authors': 5).
    max_length : int or None
        Most steps.
    min_duration_s : float
        Shorter instances are dropped (the paper's: 0.15 s).
    max_patterns : int
        More closed patterns of one singer are an error (a safeguard for wide gaps).
    """

    min_support: int = 3
    max_gap: int | None = 0
    min_length: int = 5
    max_length: int | None = None
    min_duration_s: float = 0.15
    max_patterns: int = 1_000_000


class Motifs(NamedTuple):
    """A corpus's motifs and their instances.

    Attributes
    ----------
    motifs : DataFrame
        One row per pattern of one singer: motif_id, singer, pattern ("+1 -2 +1"; + ascends), length (steps),
        support (phrases of the singer that contain it), recordings, n_instances, median_duration_s; expected (how
        often the singer's pairs of steps alone would give it) and q_chance (share of chance among the singer's
        patterns at least as surprising, selection included), expected_order2 and q_chance_order2 (the same by
        triplets; all four from `flamsid_core.motifs.chains`, empty where steps may be left out); then from
        `flamsid_core.motifs.distinctiveness`: phrases (all the singer's), support_elsewhere and
        phrases_elsewhere (how many of how many phrases of the others contain it), distinctiveness, p_value,
        q_value, enough_recordings. Ordered by singer, then the best supported and longest first.
    instances : DataFrame
        One row per occurrence: instance_id, motif_id, recording_id, file, singer, source_group, sound_id
        (equal if and only if the audio samples are the same), overlap_group (equal if and only if linked by
        shared samples: a chain of overlapping spans), conflict (the sound stands under two singers),
        start_s, end_s, pattern. Ordered by motif, recording and time.
    """

    motifs: pd.DataFrame
    instances: pd.DataFrame


def build_motifs(
    segments: pd.DataFrame,
    recordings: pd.DataFrame,
    params: MotifParams = MotifParams(),
    *,
    on_progress: Progress | None = None,
) -> Motifs:
    """Mine each singer's motifs and list all their instances.

    An instance of steps j … j + n − 1 of a phrase sounds from the start of segment j to the end of segment
    j + n. With gaps, an instance is a span that holds the motif and no shorter one of the same motif.

    Instances shorter than `params.min_duration_s` are dropped, and then motifs whose instances left lie in
    fewer than `params.min_support` phrases: every number in the motif table can be counted again in the
    instance table. `support` and `recordings` count copies of a recording (same decoded sound) once,
    n_instances all rows.

    Parameters
    ----------
    segments : DataFrame
        `Contour.segments`: recording_id, phrase, start_s, end_s, step.
    recordings : DataFrame
        recording_id, file, singer, sha256, source_group.
    params : MotifParams
    on_progress : callable, optional
        Called with a fraction and a text; may raise to cancel.

    Returns
    -------
    Motifs
        Without rows where there is no motif.

    Raises
    ------
    FlamsidError
        Segments of a recording that the table does not hold, parameters out of range, or too many patterns.
    """
    report = on_progress or silent
    segments = segments.reset_index(drop=True)
    phrases = phrases_with_owners(segments, recordings)
    singers = sorted(set(phrases["singer"]))
    dictionaries, tables = [], []
    for i, singer in enumerate(singers):
        report(0.7 * i / len(singers), Message("motifs of {singer}", singer=singer))
        own = phrases[phrases["singer"] == singer]
        dictionary, table = mine_singer(singer, own, segments, params)
        if len(dictionary):
            dictionary = pd.concat([dictionary, _chances(dictionary, own, params)], axis=1)
            dictionaries.append(dictionary)
            tables.append(table)
    if not dictionaries:
        return Motifs(typed({}, MOTIF_TYPES), typed({}, INSTANCE_TYPES))
    motifs = pd.concat(dictionaries, ignore_index=True)
    instances = pd.concat(tables, ignore_index=True)
    report(0.7, Message("distinctiveness"))
    motifs = pd.concat([motifs, _distinctiveness(motifs, phrases, segments, params)], axis=1)
    report(0.9, Message("instances"))
    instances = _with_identity(instances, recordings)
    report(1.0, Message("{n} motifs", n=len(motifs)))
    return Motifs(typed(motifs, MOTIF_TYPES), typed(instances, INSTANCE_TYPES))


def motif_id(singer: str, pattern: str) -> str:
    """Return the id of a singer's motif: the same wherever and however it is mined."""
    return sha256(f"{singer}/{pattern}".encode()).hexdigest()[:12]


def typed(columns: Any, types: dict[str, str]) -> pd.DataFrame:
    """Return a table with exactly these columns and types."""
    return pd.DataFrame(columns, columns=list(types)).astype(types)


def phrases_with_owners(segments: pd.DataFrame, recordings: pd.DataFrame) -> pd.DataFrame:
    """Return the step sequences and whose they are; `content` is equal for phrases of copies of one sound."""
    phrases = step_sequences(segments)
    about = recordings.set_index("recording_id")[["singer", "sha256", "source_group"]]
    unknown = set(phrases["recording_id"]) - set(about.index)
    if unknown:
        raise FlamsidError(
            "The contour has segments of recording {recording_id}, which is not in the corpus: reduce the "
            "contours of this corpus again.",
            recording_id=min(unknown),
        )
    phrases = phrases.join(about, on="recording_id")
    phrases["content"] = phrases.groupby(["sha256", "phrase"], sort=False).ngroup()
    apart = foreign_rows(recordings.rename(columns={"sha256": "sound_id"}))
    phrases["foreign"] = phrases["recording_id"].isin(recordings["recording_id"][apart])
    return phrases


def mine_singer(
    singer: str, phrases: pd.DataFrame, segments: pd.DataFrame, params: MotifParams
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mine one singer's phrases (of `phrases_with_owners`): the motifs, and their instances by motif and time."""
    mined = mine_closed(
        phrases["steps"],
        min_support=params.min_support,
        max_gap=params.max_gap,
        min_length=params.min_length,
        max_length=params.max_length,
        max_patterns=params.max_patterns,
    )
    pattern, phrase, first, last = mined.spans()
    first_row = phrases["first_row"].to_numpy()[phrase]
    first, last = first_row + first, first_row + last + 1
    start_s, end_s = segments["start_s"].to_numpy()[first], segments["end_s"].to_numpy()[last]
    # Times are sums of hops: an instance that lasts the minimum may come out a rounding error short.
    long_enough = end_s - start_s >= params.min_duration_s - 1e-9
    pattern, phrase = pattern[long_enough], phrase[long_enough]
    n = len(mined)
    recording = pd.factorize(phrases["sha256"])[0]
    motifs = pd.DataFrame(
        {
            "singer": singer,
            "length": mined.lengths,
            "support": _count_distinct(pattern, phrases["content"].to_numpy()[phrase], n),
            "recordings": _count_distinct(pattern, recording[phrase], n),
            "n_instances": np.bincount(pattern, minlength=n),
        }
    )
    motifs = motifs[motifs["support"] >= params.min_support]
    motifs["pattern"] = _names(mined, motifs.index.to_numpy())
    motifs = motifs.sort_values(["support", "length", "pattern"], ascending=[False, False, True])
    place = np.full(n, -1)
    place[motifs.index] = np.arange(len(motifs))
    motifs = motifs.reset_index(drop=True)
    motifs["motif_id"] = [motif_id(singer, name) for name in motifs["pattern"]]
    kept = place[pattern] >= 0
    instances = pd.DataFrame(
        {
            "motif": place[pattern[kept]],
            "recording_id": phrases["recording_id"].to_numpy()[phrase[kept]],
            "singer": singer,
            "start_s": start_s[long_enough][kept],
            "end_s": end_s[long_enough][kept],
        }
    )
    instances = instances.sort_values(["motif", "recording_id", "start_s"], kind="stable", ignore_index=True)
    duration_s = (instances["end_s"] - instances["start_s"]).groupby(instances["motif"]).median()
    motifs["median_duration_s"] = duration_s.to_numpy()
    for column in ("motif_id", "pattern"):
        instances[column] = motifs[column].to_numpy()[instances["motif"]]
    return motifs, instances


def _chances(motifs: pd.DataFrame, phrases: pd.DataFrame, params: MotifParams) -> pd.DataFrame:
    """Compare one singer's motifs with what the singer's own small moves would give; copies count once."""
    columns = ["expected", "q_chance", "expected_order2", "q_chance_order2"]
    if params.max_gap != 0:
        return pd.DataFrame(np.nan, index=motifs.index, columns=columns)
    heard = [np.asarray(steps, np.int64) for steps in phrases.drop_duplicates("content")["steps"]]

    def mine(sung: Sequence[Ints]) -> tuple[list[tuple[int, ...]], Ints]:
        mined = mine_closed(
            [phrase.tolist() for phrase in sung],
            min_support=params.min_support,
            max_gap=0,
            min_length=params.min_length,
            max_length=params.max_length,
            max_patterns=params.max_patterns,
        )
        return [
            tuple(int(str(step)) for step in mined.items(k)) for k in range(len(mined))
        ], mined.span_ends - mined.span_starts

    patterns = [tuple(map(int, pattern.split())) for pattern in motifs["pattern"]]
    sung = dict(zip(*mine(heard), strict=True))
    times = np.array([sung.get(pattern, 0) for pattern in patterns])
    both = [against_chain(patterns, times, heard, mine, order=order, shuffles=SHUFFLES) for order in (1, 2)]
    return pd.DataFrame(np.column_stack([*both[0], *both[1]]), columns=columns, index=motifs.index)


def _count_distinct(row: Ints, value: Ints, n_rows: int) -> Ints:
    """Count the different values (0, 1, …) that go with each row."""
    width = int(value.max(initial=0)) + 1
    return np.bincount(np.unique(row * width + value) // width, minlength=n_rows)


def _names(mined: Patterns, chosen: Ints) -> list[str]:
    """Write patterns as in "+1 -2 +1"."""
    steps = [f"{step:+d}" for step in mined.encoded.alphabet]
    pool = [steps[code] for code in mined.item_pool.tolist()]
    begin = mined.item_starts[chosen]
    end = begin + mined.lengths[chosen]
    return [" ".join(pool[a:b]) for a, b in zip(begin.tolist(), end.tolist(), strict=True)]


def _distinctiveness(
    motifs: pd.DataFrame, phrases: pd.DataFrame, segments: pd.DataFrame, params: MotifParams
) -> pd.DataFrame:
    """Compare each motif's use with that of others, whose motif it need not be, in all their phrases."""
    phrases = phrases[~phrases["foreign"]].drop_duplicates("content")
    unit, names = pd.factorize(phrases["source_group"], sort=True)
    singer_of = phrases.drop_duplicates("source_group").set_index("source_group")["singer"]
    arrays = phrase_arrays(phrases, segments)
    row, patterns = pd.factorize(motifs["pattern"])
    uses = count_phrases(
        [tuple(map(int, pattern.split())) for pattern in patterns],
        arrays,
        unit,
        len(names),
        max_gap=params.max_gap,
        min_duration_s=params.min_duration_s,
    )
    per_unit = np.bincount(unit, minlength=len(names))
    return distinctiveness(
        uses,
        per_unit,
        singer_of.reindex(names).tolist(),
        row,
        motifs["singer"].tolist(),
        min_support=params.min_support,
    )


def _with_identity(instances: pd.DataFrame, recordings: pd.DataFrame) -> pd.DataFrame:
    """Say which sound each instance is, and what it overlaps."""
    about = recordings.set_index("recording_id")[["file", "source_group", "sha256"]]
    about = about.assign(speed=recordings["speed"].to_numpy() if "speed" in recordings else 0.0)
    claims = recordings.groupby("sha256")["singer"].nunique()
    instances = instances.join(about, on="recording_id")
    instances["conflict"] = (instances["sha256"].map(claims) > 1).to_numpy()
    sound, names = pd.factorize(instances["sha256"])
    start_ns = np.rint(instances["start_s"].to_numpy() * 1e9).astype(np.int64)
    end_ns = np.rint(instances["end_s"].to_numpy() * 1e9).astype(np.int64)
    begins_ns = _chain_starts(sound, start_ns, end_ns)
    label = np.array([name[:16] for name in names], dtype=object)[sound]
    spans = [f"{a}-{b}" for a, b in zip(start_ns.tolist(), end_ns.tolist(), strict=True)]
    instances["sound_id"] = [f"{x}:{span}" for x, span in zip(label, spans, strict=True)]
    instances["overlap_group"] = [f"{x}#{a}" for x, a in zip(label, begins_ns.tolist(), strict=True)]
    instances["instance_id"] = [
        sha256(f"{recording}/{span}/{pattern}".encode()).hexdigest()[:16]
        for recording, span, pattern in zip(
            instances["recording_id"].tolist(), spans, instances["pattern"].tolist(), strict=True
        )
    ]
    return instances


def _chain_starts(sound: Ints, start: Ints, end: Ints) -> Ints:
    """Return where the chain of overlapping spans begins that each span belongs to.

    Spans that only touch share no sample.
    """
    order = np.lexsort((start, sound))
    # One sound after the other on one axis, so that a single running maximum does for all.
    offset = sound[order] * (end.max() + 1)
    reached = np.maximum.accumulate(offset + end[order])
    opens = np.ones(order.size, np.bool_)
    opens[1:] = (offset + start[order])[1:] >= reached[:-1]
    begins = np.empty_like(start)
    begins[order] = start[order][np.flatnonzero(opens)[np.cumsum(opens) - 1]]
    return begins
