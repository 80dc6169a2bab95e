"""Distances between melodies: properties, the twin, and two singers of one song."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_distances import least_total, total_of_path

from flamsid_core.errors import FlamsidError
from flamsid_core.melody import align_melodies, melodic_distances
from flamsid_core.melody.distances import DistanceParams, agreement, warp

MIR1K = Path(__file__).parents[2] / "shared" / "data" / "mir1k"
line = st.lists(st.integers(-600, 600), min_size=1, max_size=5)


def sung(semitones, note_s=0.4, hop_s=0.01, base_hz=220.0):
    """A melody of even notes with a little vibrato."""
    cents = np.repeat(np.asarray(semitones) * 100.0, round(note_s / hop_s))
    time_s = np.arange(cents.size) * hop_s
    cents = cents + 30 * np.sin(2 * np.pi * 5.5 * time_s)
    return pd.DataFrame({"time_s": time_s, "f0_hz": base_hz * 2 ** (cents / 1200)})


A = [0, 2, 4, 5, 7, 5, 4, 2, 0, 0, 7, 7]
B = [7, 5, 3, 0, 3, 5, 8, 10, 8, 7, 3, 5]


@settings(max_examples=150, deadline=None)
@given(line, line, st.sampled_from([0.0, 50.0, 200.0]), st.sampled_from([100.0, 300.0]))
def test_warp_is_the_best_of_all_paths(a, b, lead, cap):
    total, path = warp(np.array(a, float), np.array(b, float), cap, lead)
    assert total == pytest.approx(least_total(a, b, cap, lead))
    assert total == pytest.approx(total_of_path(a, b, path.tolist(), cap, lead))
    assert path[0].tolist() == [0, 0] and path[-1].tolist() == [len(a) - 1, len(b) - 1]


def test_symmetric_without_key_and_without_order():
    rng = np.random.default_rng(0)
    melodies = {str(i): sung(rng.integers(-5, 8, 9), note_s=rng.uniform(0.2, 0.5)) for i in range(6)}
    distances = melodic_distances(melodies)
    assert (distances == distances.T).all() and (np.diag(distances) == 0).all()
    other_keys = {n: m.assign(f0_hz=m["f0_hz"] * 2 ** rng.uniform(-1, 1)) for n, m in melodies.items()}
    np.testing.assert_allclose(melodic_distances(other_keys), distances, atol=1e-6)
    names = list(melodies)[::-1]
    np.testing.assert_allclose(melodic_distances({n: melodies[n] for n in names}), distances[::-1, ::-1])


@pytest.mark.parametrize("hop_s", [0.0058, 0.02, 0.04])
def test_tempo_hop_and_form_hardly_matter(hop_s):
    fine = sung(A)
    other = sung(A, note_s=0.48, hop_s=hop_s)
    near, far = melodic_distances({"a": fine, "b": other.to_numpy(), "c": sung(B)})[0, 1:]
    assert near < 0.45 * far


def test_one_octave_error_is_one_mistake():
    wrong = sung(A)
    span = wrong["time_s"].between(1.0, 1.6)
    wrong.loc[span, "f0_hz"] *= 2
    near, far = melodic_distances({"a": sung(A), "b": wrong, "c": sung(B)})[0, 1:]
    assert near < 0.5 * far


def test_rests_are_held_and_shortened():
    melody = sung(A)
    with_rest = melody.copy()
    with_rest.loc[with_rest["time_s"].between(1.0, 1.2), "f0_hz"] = 0.0
    later = melody.copy()
    later.loc[later["time_s"] > 2.0, "time_s"] += 60.0
    distances = melodic_distances({"a": melody, "rest": with_rest, "long rest": later})[0]
    assert distances[1] < 40 and distances[2] < 60


def test_alignment_finds_transposition_and_agreement():
    a, b = sung(A), sung([*A[:6], 12, 12, 12, *A[9:]], note_s=0.5, base_hz=440.0)
    found = align_melodies(a, b)
    assert found.transposition_cents == pytest.approx(1200, abs=20)
    table = agreement(found, window_s=0.4)
    assert table["agreement"].between(0, 1).all()
    inside = table["time_a_s"].between(2.7, 3.2)
    assert (
        table.loc[inside, "agreement"].max()
        < 0.3
        < 0.8
        < table.loc[~table["time_a_s"].between(2.2, 3.8), "agreement"].mean()
    )
    np.testing.assert_allclose(found.time_b_s, found.time_a_s * 1.25, atol=0.6)
    fixed = align_melodies(a, b, transposition_cents=0.0)
    assert fixed.transposition_cents == 0 and fixed.distance_cents > found.distance_cents


@pytest.mark.parametrize(
    ("melody", "part"),
    [
        (pd.DataFrame({"time_s": [0.0, 0.1], "f0_hz": [0.0, np.nan]}), "no voiced frame"),
        (pd.DataFrame({"time_s": [0.1, 0.0], "f0_hz": [220.0, 220.0]}), "do not ascend"),
        (pd.DataFrame({"f0_hz": [220.0]}), "no column time_s"),
        (np.zeros(5), "shape"),
    ],
)
def test_what_cannot_be_compared_is_told(melody, part):
    with pytest.raises(FlamsidError, match=part):
        melodic_distances({"a": sung(A), "b": melody})


def test_parameters_are_checked():
    with pytest.raises(FlamsidError, match="hop_s"):
        DistanceParams(hop_s=0)


def test_empty_and_single():
    assert melodic_distances({}).shape == (0, 0)
    assert melodic_distances({"a": sung([0])}).tolist() == [[0.0]]


@pytest.mark.real
def test_two_singers_of_one_song():
    """Lines of davidson_3 and of leon_2 (one song, an octave apart) are nearer than lines of other songs."""
    if not MIR1K.exists():
        pytest.skip(f"{MIR1K} is missing")

    def lines(name, spans):
        table = pd.read_csv(
            MIR1K / name.split("_")[0] / f"{name}.f0.csv", header=None, names=["time_s", "f0_hz"]
        )
        return {f"{name} {s}": table[table["time_s"].between(s, e)] for s, e in spans}

    spans = [(s, s + 6.0) for s in np.arange(0.0, 54.0, 6.0)]
    first, second = lines("davidson_3", spans), lines("leon_2", spans)
    others = lines("davidson_1", spans) | lines("leon_1", spans) | lines("khair_1", spans[:6])
    distances = melodic_distances(first | second | others)
    n = len(spans)
    assert (distances[:n, n:].argmin(axis=1) == np.arange(n)).sum() >= n - 1
