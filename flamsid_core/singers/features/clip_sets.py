"""The paper's three clip sets (section 4): the motif, three seconds around it, spans taken at random."""

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError

ClipSet = Literal["motifs", "motifs+segment", "random"]
CLIP_SETS: tuple[str, ...] = get_args(ClipSet)
SEGMENT_S = 3.0
_DRAWS = 64  # tries to find a span that touches no motif


def make_clip_set(
    instances: pd.DataFrame, clip_set: str, *, duration_s: Mapping[str, float] | None = None, seed: int = 0
) -> pd.DataFrame:
    """Return the instances with the bounds that a clip set gives them.

    Parameters
    ----------
    instances : DataFrame
        The motif instances.
    clip_set : {"motifs", "motifs+segment", "random"}
        ``motifs`` leaves them as they are; ``motifs+segment`` takes 3 s with the instance in the middle,
        moved or cut at the ends of the recording; ``random`` draws, for every instance, a span of the same
        length from the same recording, away from all motifs where there is such a place.
    duration_s : mapping of file to seconds, optional
        Durations of the recordings; needed by all but ``motifs``.
    seed : int
        Of the draw.

    Returns
    -------
    DataFrame
        Same rows and columns. `sound_id` and `overlap_group` of changed bounds are not those of the motif any
        more: the first becomes recording and bounds, the second the source group of chained spans.

    Raises
    ------
    FlamsidError
        When the set is unknown, or the corpus has clips only and thus nothing around a motif.
    """
    if clip_set not in CLIP_SETS:
        raise FlamsidError(
            "Unknown clip set {clip_set!r}: choose one of {choices}.",
            clip_set=clip_set,
            choices=", ".join(CLIP_SETS),
        )
    if clip_set == "motifs":
        return instances
    if duration_s is None or _has_clips_only(instances, duration_s):
        raise FlamsidError(
            "The clip set {clip_set!r} needs whole recordings, but this corpus holds only the clips of the "
            "motifs: choose 'motifs'.",
            clip_set=clip_set,
        )
    duration = instances["file"].map(duration_s).to_numpy(dtype=np.float64)
    if clip_set == "motifs+segment":
        start_s, end_s = _around(instances, duration)
    else:
        start_s, end_s = _elsewhere(instances, duration, np.random.default_rng(seed))
    changed = instances.assign(start_s=start_s, end_s=end_s)
    bounds = changed["start_s"].map("{:.4f}".format) + "-" + changed["end_s"].map("{:.4f}".format)
    return changed.assign(
        sound_id=changed["source_group"].astype(str) + ":" + bounds, overlap_group=_chains(changed)
    )


def _has_clips_only(instances: pd.DataFrame, duration_s: Mapping[str, float]) -> bool:
    if not instances["file"].is_unique:
        return False
    whole = instances["file"].map(duration_s).to_numpy(dtype=np.float64)
    return bool(np.all(instances["end_s"] - instances["start_s"] >= whole - 0.01))


def _around(instances: pd.DataFrame, duration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lay a window of 3 s around each instance (longer where that is), inside the recording if it fits."""
    start, end = instances["start_s"].to_numpy(), instances["end_s"].to_numpy()
    window = np.minimum(np.maximum(SEGMENT_S, end - start), duration)
    first = np.clip((start + end - window) / 2, 0.0, duration - window)
    return first, first + window


def _elsewhere(
    instances: pd.DataFrame, duration: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    start = np.empty(len(instances))
    length = np.minimum((instances["end_s"] - instances["start_s"]).to_numpy(), duration)
    for rows in instances.groupby("file", sort=True).indices.values():
        busy = _union(instances["start_s"].to_numpy()[rows], instances["end_s"].to_numpy()[rows])
        room = duration[rows] - length[rows]
        drawn = rng.random((_DRAWS, len(rows))) * room
        shared_s = _shared_seconds(busy, drawn, drawn + length[rows])
        start[rows] = drawn[np.argmin(shared_s, axis=0), np.arange(len(rows))]
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
