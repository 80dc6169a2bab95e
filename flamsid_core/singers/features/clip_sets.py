"""Which spans of sound a network learns from: the paper's three clip sets (section 4) and others.

`CLIP_SETS` holds them by name. One registration adds another: a function that gives every instance its bounds::

    @CLIP_SETS.register("second-half")
    def second_half(instances, duration_s, rng):
        return (instances["start_s"] + instances["end_s"]).to_numpy() / 2, instances["end_s"].to_numpy()
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from flamsid_core.corpus import audio_info
from flamsid_core.corpus.carrier import time_factor
from flamsid_core.corpus.unread import of_each_file
from flamsid_core.errors import FlamsidError
from flamsid_core.registration import Registry
from flamsid_core.singers.features.pieces import LEAST_S, phrase_pieces

Bounds = tuple[np.ndarray, np.ndarray]
MakeBounds = Callable[[pd.DataFrame, np.ndarray, np.random.Generator], Bounds]
MOTIFS, PIECES = "motifs", "pieces"
CLIP_SETS: Registry[MakeBounds] = Registry("Unknown clip set {name!r}: choose one of {choices}.")
SEGMENT_S = 3.0
_DRAWS = 64  # tries to find a span that touches no motif


def clip_set_of(
    instances: pd.DataFrame, locate: Callable[[str], Path], clip_set: str, *, seed: int = 0
) -> pd.DataFrame:
    """Make a clip set of a corpus, reading how long its recordings are where that matters; see `make_clip_set`.

    Parameters
    ----------
    instances : DataFrame
        The motif instances.
    locate : callable
        Maps `file` to a path.
    clip_set, seed
        As for `make_clip_set`.

    Returns
    -------
    DataFrame
        The clips, with their rows numbered from 0.
    """
    CLIP_SETS.check(clip_set)
    duration_s = None
    if clip_set != MOTIFS:
        speeds = instances["speed"] if "speed" in instances else pd.Series(0.0, instances.index)
        factors = speeds.map(time_factor).groupby(instances["file"]).first()
        duration_s = of_each_file(
            factors.index, lambda file: audio_info(locate(file)).duration_s * factors[file]
        )
    if clip_set == PIECES:
        whole_s = instances["file"].map(duration_s or {}).to_numpy(dtype=np.float64)
        if _has_clips_only(instances, whole_s):
            return instances.reset_index(drop=True)  # nothing but clips is at hand: they are the pieces
        return _pieces(instances, locate)
    return make_clip_set(instances, clip_set, duration_s=duration_s, seed=seed).reset_index(drop=True)


def make_clip_set(
    instances: pd.DataFrame, clip_set: str, *, duration_s: Mapping[str, float] | None = None, seed: int = 0
) -> pd.DataFrame:
    """Return the instances with the bounds that a clip set gives them.

    Parameters
    ----------
    instances : DataFrame
        The motif instances.
    clip_set : str
        A name in `CLIP_SETS`. ``motifs`` leaves the bounds as they are; ``motifs+segment`` takes 3 s with the instance
        in the middle, moved or cut at the ends of the recording; ``random`` draws, for every instance, a span of the
        same length from the same recording, away from all motifs where there is such a place; ``windows`` draws it
        from within the recording's phrases; ``pieces`` (phrases in equal parts) is made by `clip_set_of`.
    duration_s : mapping of file to seconds, optional
        Durations of the recordings; needed by all but ``motifs``.
    seed : int
        Of the draw.

    Returns
    -------
    DataFrame
        Same rows and columns. `sound_id` and `overlap_group` of changed bounds are not those of the
        motif any more: the first becomes recording and bounds, the second the source group of chained spans.

    Raises
    ------
    FlamsidError
        When the set is unknown, or the corpus has clips only and thus nothing around a motif.
    """
    bounds = CLIP_SETS[clip_set]
    if clip_set == MOTIFS:
        return instances
    whole_s = instances["file"].map(duration_s or {}).to_numpy(dtype=np.float64)
    if duration_s is None or _has_clips_only(instances, whole_s):
        raise FlamsidError(
            "The clip set {clip_set!r} needs whole recordings, but this corpus holds only the clips of the "
            "motifs: choose 'motifs'.",
            clip_set=clip_set,
        )
    start_s, end_s = bounds(instances, whole_s, np.random.default_rng(seed))
    changed = instances.assign(start_s=start_s, end_s=end_s)
    spans = changed["start_s"].map("{:.4f}".format) + "-" + changed["end_s"].map("{:.4f}".format)
    return changed.assign(
        sound_id=changed["source_group"].astype(str) + ":" + spans, overlap_group=_chains(changed)
    )


def _pieces(instances: pd.DataFrame, locate: Callable[[str], Path]) -> pd.DataFrame:
    """Return the phrases of all recordings in equal parts, as an instances table: no row has a pattern."""
    from flamsid_core.melody import track_file

    def tracked(file: str) -> pd.DataFrame:
        rows = by_file.get_group(file)
        return track_file(locate(file), speed=float(rows["speed"].iloc[0]) if "speed" in rows else 0.0)

    by_file, tables = instances.groupby("file", sort=True), []
    melodies = of_each_file(sorted(instances["file"].unique()), tracked)
    for file, rows in by_file:
        melody = melodies[str(file)]
        spans = phrase_pieces(melody["time_s"], melody["f0_hz"])
        first = rows.iloc[[0] * len(spans)].assign(start_s=spans[:, 0], end_s=spans[:, 1])
        first["instance_id"] = [
            hashlib.sha256(f"{file}/{start:.3f}-{end:.3f}".encode()).hexdigest()[:16] for start, end in spans
        ]
        tables.append(first.assign(motif_id="", pattern="") if "motif_id" in first else first)
    pieces = pd.concat(tables, ignore_index=True)
    if pieces.empty:
        raise FlamsidError("No phrase of at least {least_s} s is sung in this corpus.", least_s=LEAST_S)
    names = pieces["start_s"].map("{:.4f}".format) + "-" + pieces["end_s"].map("{:.4f}".format)
    return pieces.assign(
        sound_id=pieces["source_group"].astype(str) + ":" + names, overlap_group=_chains(pieces)
    )


def _has_clips_only(instances: pd.DataFrame, duration_s: np.ndarray) -> bool:
    if not instances["file"].is_unique:
        return False
    return bool(np.all(instances["end_s"] - instances["start_s"] >= duration_s - 0.01))


@CLIP_SETS.register(MOTIFS, built_in=True)
def _as_mined(instances: pd.DataFrame, duration_s: np.ndarray, rng: np.random.Generator) -> Bounds:
    return instances["start_s"].to_numpy(), instances["end_s"].to_numpy()


@CLIP_SETS.register("motifs+segment", built_in=True)
def _around(instances: pd.DataFrame, duration_s: np.ndarray, rng: np.random.Generator) -> Bounds:
    """Lay a window of 3 s around each instance (longer where that is), inside the recording if it fits."""
    start, end = instances["start_s"].to_numpy(), instances["end_s"].to_numpy()
    window = np.minimum(np.maximum(SEGMENT_S, end - start), duration_s)
    first = np.clip((start + end - window) / 2, 0.0, duration_s - window)
    return first, first + window


@CLIP_SETS.register("random", built_in=True)
def _elsewhere(instances: pd.DataFrame, duration_s: np.ndarray, rng: np.random.Generator) -> Bounds:
    start = np.empty(len(instances))
    length = np.minimum((instances["end_s"] - instances["start_s"]).to_numpy(), duration_s)
    for rows in instances.groupby("file", sort=True).indices.values():
        busy = _union(instances["start_s"].to_numpy()[rows], instances["end_s"].to_numpy()[rows])
        room = duration_s[rows] - length[rows]
        drawn = rng.random((_DRAWS, len(rows))) * room
        shared_s = _shared_seconds(busy, drawn, drawn + length[rows])
        start[rows] = drawn[np.argmin(shared_s, axis=0), np.arange(len(rows))]
    return start, start + length


@CLIP_SETS.register(PIECES, built_in=True)
def _pieces_need_sound(instances: pd.DataFrame, duration_s: np.ndarray, rng: np.random.Generator) -> Bounds:
    raise FlamsidError("Pieces are cut from the sound itself: make them with clip_set_of.")


@CLIP_SETS.register("windows", built_in=True)
def _inside_phrases(instances: pd.DataFrame, duration_s: np.ndarray, rng: np.random.Generator) -> Bounds:
    """Draw, for every instance, a span of its length from where its recording's instances are: inside phrases.

    The fair control of motifs: the same lengths and numbers, and as much voice, for a motif never crosses a pause.
    """
    start = np.empty(len(instances))
    length = (instances["end_s"] - instances["start_s"]).to_numpy()
    for rows in instances.groupby("file", sort=True).indices.values():
        sung = _union(instances["start_s"].to_numpy()[rows], instances["end_s"].to_numpy()[rows])
        for row in rows:
            room = np.maximum(sung[:, 1] - sung[:, 0] - length[row], 0.0)
            fits = sung[:, 1] - sung[:, 0] >= length[row] - 1e-9
            weight = np.where(fits, room + 1e-3, 0.0)
            phrase = rng.choice(len(sung), p=weight / weight.sum())
            start[row] = sung[phrase, 0] + rng.uniform(0.0, 1.0) * room[phrase]
    return start, start + length


def _union(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(m, 2) disjoint spans, sorted, that cover the given ones."""
    order = np.argsort(start, kind="stable")
    start, reach = start[order], np.maximum.accumulate(end[order])
    opens = np.r_[True, start[1:] > reach[:-1]]
    return np.column_stack([start[opens], reach[np.r_[opens[1:], True]]])


def _shared_seconds(busy: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Seconds that spans share with disjoint sorted ones, through the running total of busy time."""
    edges = busy.ravel()
    total = np.cumsum(np.column_stack([np.zeros(len(busy)), busy[:, 1] - busy[:, 0]]).ravel())
    return np.interp(end, edges, total) - np.interp(start, edges, total)


def _chains(instances: pd.DataFrame) -> pd.Series:
    """Name the chain of overlapping spans each instance belongs to, as `overlap_group` does for motifs."""
    order = instances.sort_values(["source_group", "start_s", "end_s"], kind="stable")
    reach = order.groupby("source_group")["end_s"].cummax().groupby(order["source_group"]).shift()
    opens = ~(order["start_s"] < reach)
    number = opens.groupby(order["source_group"]).cumsum().astype(int).astype(str)
    return (order["source_group"].astype(str) + "#" + number).reindex(instances.index)
