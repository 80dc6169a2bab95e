"""Known patterns are found in a contour wherever they stand, and nowhere else."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core.motifs.matching import all_windows, find_patterns

PHRASES = st.lists(st.lists(st.sampled_from([-2, -1, 1, 2]), max_size=9), min_size=1, max_size=4)
PATTERNS = st.lists(st.lists(st.sampled_from([-2, -1, 1, 2]), min_size=1, max_size=3), max_size=4)


def segments_of(phrases):
    rows = []
    for phrase, steps in enumerate(phrases):
        for i, step in enumerate([0, *steps]):
            start_s = 10.0 * phrase + 0.1 * i
            rows.append(("r", phrase, start_s, start_s + 0.1, step))
    return pd.DataFrame(rows, columns=["recording_id", "phrase", "start_s", "end_s", "step"])


def name(steps):
    return " ".join(f"{step:+d}" for step in steps)


@settings(deadline=None, max_examples=150)
@given(PHRASES, PATTERNS)
def test_every_occurrence_is_found(phrases, patterns):
    expected = sorted(
        (round(10.0 * p + 0.1 * j, 6), round(10.0 * p + 0.1 * (j + len(pattern)) + 0.1, 6), name(pattern))
        for p, steps in enumerate(phrases)
        for pattern in {tuple(pattern) for pattern in patterns}
        for j in range(len(steps) - len(pattern) + 1)
        if tuple(steps[j : j + len(pattern)]) == pattern
    )
    found = find_patterns(segments_of(phrases), map(name, patterns))
    rows = zip(found["start_s"].round(6), found["end_s"].round(6), found["pattern"], strict=True)
    assert sorted(rows) == expected
    assert found["start_s"].is_monotonic_increasing


@settings(deadline=None, max_examples=50)
@given(PHRASES, st.integers(1, 4))
def test_windows_are_all_runs_of_a_length(phrases, length):
    found = all_windows(segments_of(phrases), length)
    assert len(found) == sum(max(0, len(steps) - length + 1) for steps in phrases)
    assert all(len(pattern.split()) == length for pattern in found["pattern"])


def test_short_occurrences_are_left_out():
    segments = segments_of([[1, -1]])
    assert len(find_patterns(segments, ["+1"], min_duration_s=0.2)) == 1
    assert len(find_patterns(segments, ["+1"], min_duration_s=0.21)) == 0
