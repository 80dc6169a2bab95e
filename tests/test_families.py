"""Recurrence beyond chance: alignment and shuffle against slow twins, planted motifs, nothing found in nothing."""

from collections import Counter

import naive_recurrence
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core.errors import FlamsidError
from flamsid_core.melody import NoteParams, curve_of_table
from flamsid_core.melody.cents import cents_to_hz
from flamsid_core.motifs import FamilyParams, find_families, find_similar
from flamsid_core.motifs.alignment import Agreement, extend, way_of
from flamsid_core.motifs.chance import chance_shares
from flamsid_core.motifs.family_tables import FAMILY_TYPES, OCCURRENCE_TYPES
from flamsid_core.motifs.recurrence import find_hits, trace
from flamsid_core.motifs.shuffling import shuffled_line, shuffled_order
from flamsid_core.motifs.strokes import WALL, joined_lines, line_of

HOP_S = 0.01
DEFAULT = FamilyParams()
MOTIF = ((0, 0.22), (400, 0.2), (300, 0.15), (700, 0.3), (500, 0.18), (-200, 0.25), (100, 0.2), (0, 0.4))


def sing(rng, notes, transposed=0.0, pace=1.0):
    """Cents of notes (cents, seconds) with glides of 40 ms, a little unsteady."""
    parts, before = [], None
    for cents, seconds in notes:
        n = int(seconds * pace / HOP_S)
        at = np.full(n, 2400.0 + cents + transposed)
        if before is not None:
            at[:4] = np.linspace(before, at[-1], 6)[1:5]
        before = at[-1]
        parts.append(at)
    line = np.concatenate(parts)
    return line + rng.normal(0, 5, line.size)


def anything(rng, notes):
    steps = rng.choice([-400, -300, -200, -100, 100, 200, 300, 500], notes)
    cents = np.clip(np.cumsum(steps), -700, 900)
    return [(float(c), float(s)) for c, s in zip(cents, rng.uniform(0.12, 0.4, notes), strict=True)]


def recording(seed, planted=0):
    """Phrases of anything, `planted` of which hold the motif at another pitch and pace; return melody and spans."""
    rng = np.random.default_rng(seed)
    cents, spans = [], []
    for phrase in range(10):
        before, after = sing(rng, anything(rng, 5)), sing(rng, anything(rng, 5))
        middle = np.zeros(0)
        if phrase < planted:
            middle = sing(rng, MOTIF, rng.choice([-200.0, 0.0, 100.0]), rng.uniform(0.85, 1.15))
            start = sum(part.size for part in cents) + before.size
            spans.append((start * HOP_S, (start + middle.size) * HOP_S))
        cents += [before, middle, after, np.full(60, np.nan)]
    cents = np.concatenate(cents)
    return pd.DataFrame({"time_s": np.arange(cents.size) * HOP_S, "f0_hz": cents_to_hz(cents)}), spans


def line(seed, planted=0):
    return line_of(curve_of_table(recording(seed, planted)[0]), NoteParams(), 0.03, 0.3, 0.15)[0]


def table(singers):
    return pd.DataFrame({"recording_id": list(singers), "singer": list(singers.values())})


# -- against slow twins ---------------------------------------------------------------------------------------

frames = st.lists(st.integers(0, 300), min_size=1, max_size=7)


@given(frames, frames, st.integers(0, 100))
@settings(deadline=None, max_examples=60)
def test_an_extension_that_never_gives_up_is_the_best_of_all(p, q, seed):
    rng = np.random.default_rng(seed)
    weight = rng.uniform(0.1, 1.0, len(p) + len(q))
    cents = np.array([*p, *q], dtype=float)
    rows, moves = np.empty((3, len(q) + 2)), np.empty((len(p) + 2, len(q) + 2), np.uint8)
    score, i, j = extend(
        cents, weight, 0, len(p), 1, len(p), len(q), 0.0, 70.0, -2.0, 1e6, rows, np.empty((0, 0), np.uint8)
    )
    slow = naive_recurrence.best_extension(
        tuple(p), tuple(q), weight[: len(p)].tolist(), weight[len(p) :].tolist(), 70.0, -2.0
    )
    assert score == pytest.approx(max(slow, 0.0))
    # backwards is forwards in a mirror
    back = extend(
        cents[::-1].copy(), weight[::-1].copy(), cents.size - 1, len(q) - 1, -1, len(p), len(q), 0.0, 70.0, -2.0,
        1e6, rows, moves,
    )  # fmt: skip
    assert back[0] == pytest.approx(score) and back[1:] == (i, j)
    ps, qs = way_of(moves, i, j)
    assert np.all(np.diff(ps) >= 1) and np.all(np.diff(ps) <= 2) and np.all(np.diff(qs) <= 2)
    assert i == 0 or (ps[-1], qs[-1]) == (i - 1, j - 1)


steps = st.lists(st.lists(st.integers(-2, 2), max_size=4), min_size=1, max_size=3)


@given(steps, st.integers(0, 2**31), st.sampled_from([1, 2]))
@settings(deadline=None, max_examples=100)
def test_a_shuffle_keeps_pairs_or_triplets_and_each_stroke_once(phrases, seed, order):
    step = np.array([s for phrase in phrases for s in (WALL, *phrase)])
    again = shuffled_order(step, seed, order)
    assert sorted(again.tolist()) == list(range(step.size))

    def runs(s, n):
        s = [*s.tolist(), WALL]
        return Counter(tuple(s[k : k + n]) for k in range(len(s) - n + 1) if WALL not in s[k + 1 : k + n - 1])

    assert runs(step[again], order + 1) == runs(step, order + 1)


def test_all_shuffles_are_equally_likely():
    step = np.array([WALL, 1, -1, 1, 2, -1, 1])
    possible = naive_recurrence.shuffles_of(step.tolist(), WALL)
    drawn = Counter(tuple(shuffled_order(step, seed).tolist()) for seed in range(200 * len(possible)))
    assert set(drawn) == set(possible)
    assert min(drawn.values()) > 130 and max(drawn.values()) < 280


def test_strokes_move_with_their_curves():
    before = line(3)
    after = shuffled_line(before, 5)
    assert after.cents.size == before.cents.size and after.weight.sum() == pytest.approx(before.weight.sum())
    joined = np.flatnonzero(after.step != WALL)
    rises = after.pitch_cents[joined] - after.pitch_cents[joined - 1]
    assert np.all(np.rint(rises / 100) == after.step[joined])
    own = [
        np.median(after.cents[a:b]) for a, b in zip(after.first[:-1], after.first[1:], strict=True) if b > a
    ]
    assert np.median(np.abs(np.array(own) - after.pitch_cents[np.diff(after.first) > 0])) < 30


def test_ways_add_up_to_scores():
    whole = joined_lines([line(1, planted=4), line(2, planted=4)])
    hits = find_hits(whole, 0.7, Agreement())
    ways = trace(whole, hits, Agreement())
    assert hits.score.size >= 10 and np.all(np.diff(hits.score) <= 0)
    assert ways.gained[ways.offset[1:] - 1] == pytest.approx(hits.score)
    assert ways.p[ways.offset[:-1]].tolist() == hits.p_start.tolist()
    assert (ways.q[ways.offset[1:] - 1] + 1).tolist() == hits.q_end.tolist()
    assert np.all(hits.p_end <= hits.q_start)


# -- what is found --------------------------------------------------------------------------------------------


def test_a_planted_motif_is_one_family_wherever_it_stands():
    truth = {name: recording(seed, planted=5) for seed, name in enumerate(("a", "b"))}
    melodies = {name: melody for name, (melody, _) in truth.items()}
    found = find_families(melodies, table({"a": "x", "b": "x"}), DEFAULT)
    assert list(found.families.columns) == list(FAMILY_TYPES)
    assert list(found.occurrences.columns) == list(OCCURRENCE_TYPES)
    best = found.families.iloc[0]
    own = found.occurrences[found.occurrences["family_id"] == best["family_id"]]
    assert best["n_occurrences"] == len(own) and best["recordings"] == 2 and best["singer"] == "x"
    assert best["q_chance"] <= 0.05 and best["above_order2"]
    hit = 0
    for name, (_, spans) in truth.items():
        for start, end in spans:
            rows = own[own["recording_id"] == name]
            shared = np.minimum(rows["end_s"], end) - np.maximum(rows["start_s"], start)
            hit += bool((shared >= 0.6 * (end - start)).any())
    assert hit >= 9
    assert own["transposition_cents"].iloc[0] == 0 and own["transposition_cents"].abs().max() > 90
    assert own["pattern"].str.len().min() > 0
    again = find_families(melodies, table({"a": "x", "b": "x"}), DEFAULT, workers=1)
    pd.testing.assert_frame_equal(again.occurrences, found.occurrences)


def test_scopes_tell_who_is_compared():
    melodies = {name: recording(seed, planted=1)[0] for seed, name in enumerate("abcdef")}
    singers = {name: name for name in melodies}
    assert find_families(melodies, table(singers), DEFAULT).families.empty
    shared = find_families(melodies, table(singers), FamilyParams(scope="corpus"))
    assert shared.families["recordings"].max() >= 4
    assert "a, b" in shared.families["singer"].iloc[0]


def test_copies_of_a_sound_are_no_recurrence():
    melody = recording(8)[0]
    copies = table({"a": "x", "b": "x"}).assign(sha256="same")
    assert find_families({"a": melody, "b": melody}, copies, DEFAULT).families.empty


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_singing_without_motifs_gives_none(seed):
    melodies = {name: recording(100 * seed + k)[0] for k, name in enumerate("abc")}
    found = find_families(melodies, table(dict.fromkeys(melodies, "x")), DEFAULT)
    assert len(found.families) <= 1
    assert found.thresholds["pairs"].tolist() == ["within", "across"]


def test_silence_and_nothing_at_all():
    silent = pd.DataFrame({"time_s": np.arange(50) * 0.01, "f0_hz": 0.0})
    assert find_families({}, table({}), DEFAULT).families.empty
    assert find_families({"a": silent}, table({"a": "x"}), DEFAULT).occurrences.empty


def test_shares_of_chance():
    assert chance_shares(np.zeros(0), [np.ones(3)]).size == 0
    shares = chance_shares(np.array([5.0, 1.0, 5.0]), [np.array([6.0]), np.zeros(0), np.zeros(0)])
    assert shares.tolist() == pytest.approx([1 / 6, 1 / 6, 1 / 6])


@pytest.mark.parametrize("wrong", [{"scope": "town"}, {"shuffles": 1}, {"worst": 1.0}, {"least_cover": 0.0}])
def test_impossible_parameters_are_refused(wrong):
    with pytest.raises(FlamsidError):
        FamilyParams(**wrong)


def test_a_melody_without_singer_is_refused():
    with pytest.raises(FlamsidError, match="name its singer"):
        find_families({"a": recording(0)[0]}, table({"b": "x"}), DEFAULT)


# -- this, elsewhere ------------------------------------------------------------------------------------------


def test_a_span_is_found_elsewhere():
    truth = {name: recording(seed, planted=3) for seed, name in enumerate(("a", "b"))}
    melodies = {name: melody for name, (melody, _) in truth.items()}
    (start, end), *others = truth["a"][1]
    found = find_similar(melodies, "a", start, end)
    places = [("a", *span) for span in others] + [("b", *span) for span in truth["b"][1]]
    best = found.iloc[: len(places)]
    for name, a, b in places:
        rows = best[best["recording_id"] == name]
        shared = np.minimum(rows["end_s"], b) - np.maximum(rows["start_s"], a)
        assert (shared >= 0.6 * (b - a)).any()
    assert best["p_chance"].max() < 0.1 and best["expected_by_chance"].max() < 0.1
    assert found["score"].is_monotonic_decreasing
    own = found[found["recording_id"] == "a"]
    assert not ((own["start_s"] < end) & (own["end_s"] > start)).any()


def test_a_span_without_steps_is_refused():
    melody, _ = recording(0)
    with pytest.raises(FlamsidError, match="two notes"):
        find_similar({"a": melody}, "a", 0.0, 0.02)
    with pytest.raises(FlamsidError, match="no melody of b"):
        find_similar({"a": melody}, "b", 0.0, 1.0)
