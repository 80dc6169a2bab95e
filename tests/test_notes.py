"""Notes against truth: vibrato is one note, glides have no stairs, neighbour notes are found."""

import naive_notes
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core.demo import corpus as demo_corpus
from flamsid_core.demo.score import compose
from flamsid_core.demo.singers import SINGERS
from flamsid_core.demo.tracks import perform
from flamsid_core.errors import FlamsidError
from flamsid_core.melody import ContourParams, NoteParams, chatter_share, curve_of_table, reduce_contour
from flamsid_core.melody.centre import turning_points
from flamsid_core.melody.cents import cents_to_hz
from flamsid_core.melody.kmeans import _fitted as fitted
from flamsid_core.melody.kmeans import levels_of, note_levels, weigh_cents
from flamsid_core.melody.notes import fit_notes, strokes_of, weighted_medians

HOPS_S = (256 / 44100, 0.01, 0.02)


def table(cents, hop_s=0.01):
    return pd.DataFrame({"time_s": np.arange(len(cents)) * hop_s, "f0_hz": cents_to_hz(cents)})


def unsteady(cents, seed=0):
    return cents + np.random.default_rng(seed).normal(0, 4, len(cents))


@pytest.mark.parametrize("hop_s", HOPS_S)
@pytest.mark.parametrize("rate_hz", [4, 5.5, 8])
@pytest.mark.parametrize("extent_cents", [30, 90, 200])
def test_vibrato_is_one_note_with_its_rate_and_extent(hop_s, rate_hz, extent_cents):
    time_s = np.arange(0, 1.5, hop_s)
    for phase in (0.0, 1.5, 3.0):
        swing = extent_cents * np.sin(2 * np.pi * rate_hz * time_s + phase)
        notes = reduce_contour(table(unsteady(2400 + swing), hop_s)).segments
        assert len(notes) == 1
        assert notes["sung_cents"].item() == pytest.approx(2400, abs=12)
        assert notes["vibrato_hz"].item() == pytest.approx(rate_hz, rel=0.08)
        assert notes["vibrato_cents"].item() == pytest.approx(extent_cents, rel=0.25)


@pytest.mark.parametrize("hop_s", HOPS_S)
@pytest.mark.parametrize("glide_s", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("rise_cents", [700, -700])
def test_a_glide_has_no_stairs_and_its_length(hop_s, glide_s, rise_cents):
    held = np.full(int(0.5 / hop_s), 2400.0)
    glide = np.linspace(2400, 2400 + rise_cents, int(glide_s / hop_s))
    notes = reduce_contour(table(unsteady(np.concatenate([held, glide, held + rise_cents])), hop_s)).segments
    assert len(notes) == 2
    assert np.sign(notes["step"].iloc[1]) == np.sign(rise_cents)
    assert notes["glide_s"].tolist() == pytest.approx([0.0, glide_s], abs=0.08)
    # the same glide read stroke by stroke has its turns, and no more
    assert (
        len(strokes_of(curve_of_table(table(np.concatenate([held, glide, held + rise_cents]), hop_s)))[0])
        >= 2
    )


@pytest.mark.parametrize("hop_s", HOPS_S)
@pytest.mark.parametrize("glide_s", [0.0, 0.04])
def test_a_neighbour_note_is_found(hop_s, glide_s):
    ramp = np.linspace(0, 200, int(glide_s / hop_s))
    away = np.concatenate([ramp, np.full(int((0.12 - glide_s) / hop_s), 200.0), ramp[::-1]])
    held = np.zeros(int(1 / hop_s))
    notes = reduce_contour(table(2400 + np.concatenate([held, away, held]), hop_s)).segments
    assert notes["step"].tolist() == [0, 1, -1]
    assert notes["sung_cents"].tolist() == pytest.approx([2400, 2600, 2400], abs=10)


def test_vibrato_that_moves_to_another_note_stays_two_notes():
    time_s = np.arange(0, 1.0, 0.01)
    swing = 80 * np.sin(2 * np.pi * 6 * time_s)
    notes = reduce_contour(table(np.concatenate([2400 + swing, 2700 + swing]))).segments
    assert len(notes) == 2
    assert notes["sung_cents"].tolist() == pytest.approx([2400, 2700], abs=15)


def test_pauses_and_their_walls():
    held = np.full(50, 2400.0)
    for pause, phrases in ((20, 1), (21, 2)):
        notes = reduce_contour(table(np.concatenate([held, np.full(pause, np.nan), held + 200]))).segments
        assert notes["phrase"].nunique() == phrases
    curve = curve_of_table(table(np.concatenate([held, np.full(15, np.nan), held + 200])))
    assert curve.opens.sum() == 1 and not curve.voiced[52:63].any()
    assert np.all(np.diff(curve.sung_cents[49:66]) >= 0)


def test_levels_of_a_new_recording_are_those_given():
    known = reduce_contour(table(np.repeat([2400.0, 2600, 2900], 60))).levels
    again = reduce_contour({"new": table(np.repeat([2880.0, 2610], 60))}, levels=known)
    assert again.segments["level"].tolist() == [2, 1]
    assert again.residual_cents["residual_cents"].item() == pytest.approx(np.sqrt((20**2 + 10**2) / 2), abs=1)


def test_each_recording_has_its_own_tuning_by_default():
    notes = {"a": table(np.repeat([2400.0, 2600], 60)), "b": table(np.repeat([2440.0, 2640], 60))}
    contour = reduce_contour(notes)
    assert contour.levels["scope"].tolist() == ["a", "a", "b", "b"]
    assert contour.residual_cents["residual_cents"].max() < 1


@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=8),
    st.lists(st.floats(0, 2), min_size=8, max_size=8),
    st.floats(0.5, 400),
)
@settings(deadline=None, max_examples=60)
def test_the_fit_is_the_cheapest_of_all_readings(cents, weight, price):
    cents, weight = np.array(cents, dtype=float), np.array(weight[: len(cents)])
    opens = np.zeros(cents.size, np.bool_)
    opens[0] = True
    begins = fit_notes(cents, weight, opens, price, 150.0, 25.0)
    cost = naive_notes.reading_cost(cents, weight, np.flatnonzero(begins).tolist(), price, 150.0, 25.0)
    assert cost == pytest.approx(naive_notes.least_cost(cents, weight, price, 150.0, 25.0))


def test_each_phrase_is_read_by_itself():
    cents = np.array([0.0, 0, 300, 300, 0, 0])
    opens = np.array([True, False, True, False, True, False])
    assert fit_notes(cents, np.ones(6), opens, 1e9, 200.0, 10.0).tolist() == opens.tolist()


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(1, 9)), min_size=3, max_size=8, unique_by=lambda x: x[0]
    ),
    st.integers(1, 3),
)
@settings(deadline=None, max_examples=60)
def test_levels_of_notes_are_the_exact_optimum(notes, k):
    cents, weight = (np.array(column, dtype=float) for column in zip(*notes, strict=True))
    fits = fitted(weigh_cents(cents, weight), 3)
    assert fits.sse[k] == pytest.approx(naive_notes.least_squares(cents, weight, k), abs=1e-6)
    assert levels_of(fits, k).frames.sum() == weight.sum()


@given(st.lists(st.floats(1000, 3000), min_size=1, max_size=30))
@settings(deadline=None, max_examples=50)
def test_levels_keep_their_distance(cents):
    levels = note_levels(np.array(cents), np.full(len(cents), 20.0))
    assert levels.pitch_cents.size == 1 or np.diff(levels.pitch_cents).min() >= 70


@given(st.lists(st.integers(-30, 30), min_size=1, max_size=40), st.integers(1, 40))
@settings(deadline=None, max_examples=100)
def test_turning_points_alternate_and_swing_enough(moves, turn_cents):
    cents = np.cumsum(np.array(moves, dtype=float))
    turns = turning_points(cents, float(turn_cents))
    swings = np.diff(cents[turns])
    assert np.all(np.abs(swings) > turn_cents) and np.all(swings[1:] * swings[:-1] < 0)


def test_weighted_medians():
    values, weight = np.array([1.0, 5, 9, 3]), np.array([1.0, 1, 5, 0])
    medians = weighted_medians(values, weight, np.array([0, 3]), np.array([3, 4]))
    assert medians.tolist() == [9, 3]


@pytest.mark.parametrize(
    "wrong", [{"note_price_cents_s": 0}, {"grid_s": -1}, {"turn_cents": float("nan")},
              {"vibrato_slowest_hz": 9.0}, {"max_gap_s": -0.1}]
)  # fmt: skip
def test_impossible_parameters_are_refused(wrong):
    with pytest.raises(FlamsidError):
        NoteParams(**wrong)


def planted(singer, take):
    """Return the true f0 of a demo recording, its note onsets (s) and pitches (cents)."""
    score = compose(singer, take, 0)
    voice = demo_corpus._on_the_day(SINGERS[singer], np.random.default_rng([0, singer, take, 6]))
    tracks = perform(score, voice, np.random.default_rng([0, singer, take, 3]))
    f0_hz = np.where(tracks.voiced, tracks.f0_hz, 0.0)[:-1:4]
    onsets, pitches = [], []
    for phrase in score.phrases:
        clock_s, level = phrase.start_s, None
        for note in phrase.notes:
            if note.level != level:  # a syllable on the same pitch is not a note of its own
                onsets.append(clock_s)
                pitches.append(score.levels_cents[note.level])
            clock_s, level = clock_s + note.duration_s, note.level
    return table_of(f0_hz), np.array(onsets), np.array(pitches)


def table_of(f0_hz):
    return pd.DataFrame({"time_s": np.arange(f0_hz.size) * 256 / 44100, "f0_hz": f0_hz})


def test_planted_notes_of_the_demo_are_recovered():
    transcription = pytest.importorskip("mir_eval.transcription")
    scores = []
    for singer in range(len(SINGERS)):
        melody, onsets, pitches = planted(singer, 0)
        found = reduce_contour(melody).segments
        scores.append(
            transcription.precision_recall_f1_overlap(
                np.column_stack([onsets, onsets + 0.1]),
                cents_to_hz(pitches),
                found[["start_s", "end_s"]].to_numpy(),
                cents_to_hz(found["sung_cents"]),
                onset_tolerance=0.05,
                offset_ratio=None,
            )[2]
        )
    assert np.mean(scores) >= 0.9


@pytest.mark.real
def test_real_singing_does_not_chatter(mir1k):
    melodies = {}
    for path in sorted(mir1k.glob("*/*_1.f0.csv")):
        time_s, f0_hz = np.loadtxt(path, delimiter=",").T
        melodies[path.stem] = pd.DataFrame({"time_s": time_s, "f0_hz": f0_hz})
    notes = reduce_contour(melodies)
    assert chatter_share(notes.segments) <= 0.03
    assert chatter_share(reduce_contour(melodies, ContourParams(method="kmeans")).segments) > 0.15
    assert notes.residual_cents["residual_cents"].median() < 60
