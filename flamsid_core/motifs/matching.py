"""Find patterns that are known already in the contour of a recording that is new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pandas as pd

from flamsid_core.melody import step_sequences


def find_patterns(
    segments: pd.DataFrame, patterns: Iterable[str], *, min_duration_s: float = 0.0
) -> pd.DataFrame:
    """List every contiguous occurrence of some patterns, overlapping ones too.

    Parameters
    ----------
    segments : DataFrame
        The ``segments`` of a contour, in order.
    patterns : iterable of str
        Steps separated by spaces ("+1 -2 +1"), as in a motif table.
    min_duration_s : float
        Occurrences shorter than this are left out (s).

    Returns
    -------
    DataFrame
        recording_id, start_s, end_s, pattern: in order of recording and start. An occurrence of steps j to j + n - 1
        runs from the start of segment j to the end of segment j + n.
    """
    wanted: dict[int, dict[tuple[int, ...], str]] = defaultdict(dict)
    for pattern in patterns:
        steps = tuple(int(step) for step in pattern.split())
        wanted[len(steps)][steps] = pattern
    found = [
        (first + j, first + j + length, names[window])
        for first, steps in _phrases(segments)
        for length, names in wanted.items()
        for j in range(len(steps) - length + 1)
        if (window := steps[j : j + length]) in names
    ]
    return _spans(segments, found, min_duration_s)


def all_windows(segments: pd.DataFrame, length: int, *, min_duration_s: float = 0.0) -> pd.DataFrame:
    """List every run of `length` consecutive steps; the table is that of `find_patterns`."""
    found = [
        (first + j, first + j + length, " ".join(f"{step:+d}" for step in steps[j : j + length]))
        for first, steps in _phrases(segments)
        for j in range(len(steps) - length + 1)
    ]
    return _spans(segments, found, min_duration_s)


def _phrases(segments: pd.DataFrame) -> list[tuple[int, tuple[int, ...]]]:
    """List row of the first segment and steps of every phrase."""
    phrases = step_sequences(segments)
    return list(zip(phrases["first_row"].tolist(), phrases["steps"].tolist(), strict=True))


def _spans(segments: pd.DataFrame, found: list[tuple[int, int, str]], min_duration_s: float) -> pd.DataFrame:
    first = np.array([row[0] for row in found], dtype=np.int64)
    last = np.array([row[1] for row in found], dtype=np.int64)
    spans = pd.DataFrame(
        {
            "recording_id": segments["recording_id"].to_numpy()[first],
            "start_s": segments["start_s"].to_numpy()[first],
            "end_s": segments["end_s"].to_numpy()[last],
            "pattern": pd.Series([row[2] for row in found], dtype="str"),
        }
    )
    long_enough = spans["end_s"] - spans["start_s"] >= min_duration_s - 1e-9  # times are sums of hops
    spans = spans[long_enough]
    return spans.sort_values(["recording_id", "start_s"], kind="stable", ignore_index=True)
