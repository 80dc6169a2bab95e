import naive_contour
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core.errors import FlamsidError
from flamsid_core.melody import segments as seg
from flamsid_core.melody.cents import cents_to_hz
from flamsid_core.melody.contour import ContourParams, reduce_contour, step_sequences

HOP_S = 256 / 44100
# The paper's reduction; notes have tests of their own.
PAPER = {"method": "kmeans", "scope": "corpus"}
PLAIN = ContourParams(k=3, **PAPER)


def melody(*parts, hop_s=HOP_S):
    """Notes as (cents, frames); None as cents is silence."""
    cents = np.concatenate([np.full(n, np.nan if c is None else c) for c, n in parts])
    return pd.DataFrame({"time_s": np.arange(cents.size) * hop_s, "f0_hz": cents_to_hz(cents)})


def sung(seed, seconds=20, deviation=25.0, hop_s=HOP_S):
    """A melody with notes, glides, vibrato and pauses."""
    rng = np.random.default_rng(seed)
    parts = []
    while sum(p.size for p in parts) * hop_s < seconds:
        n = int(rng.uniform(0.05, 0.6) / hop_s)
        t = np.arange(n) * hop_s
        parts.append(rng.choice([1800, 1950, 2100, 2280, 2400]) + deviation * np.sin(2 * np.pi * 6 * t))
        if rng.random() < 0.3:
            parts.append(np.full(int(rng.uniform(0.01, 0.6) / hop_s), np.nan))
    cents = np.concatenate(parts)
    return pd.DataFrame({"time_s": np.arange(cents.size) * hop_s, "f0_hz": cents_to_hz(cents)})


# -- the contract -------------------------------------------------------------------------------------------


def test_notes_become_segments_and_signed_steps():
    table = melody((1800, 40), (2000, 30), (1900, 40), (None, 100), (1900, 20), (1800, 50))
    segments, levels, residual = reduce_contour(table, PLAIN)
    assert segments["level"].tolist() == [0, 2, 1, 1, 0]
    assert segments["step"].tolist() == [0, 2, -1, 0, -1]
    assert segments["phrase"].tolist() == [0, 0, 0, 1, 1]
    np.testing.assert_allclose(segments["start_s"], np.array([0, 40, 70, 210, 230]) * HOP_S)
    np.testing.assert_allclose(segments["end_s"], np.array([40, 70, 110, 230, 280]) * HOP_S)
    np.testing.assert_allclose(segments["pitch_cents"], [1800, 2000, 1900, 1900, 1800], atol=1e-6)
    assert levels["frames"].tolist() == [90, 60, 30]
    assert residual["residual_cents"].item() == pytest.approx(0, abs=1e-6)
    sequences = step_sequences(segments)
    assert sequences["steps"].tolist() == [(2, -1), (-1,)]
    assert sequences["first_row"].tolist() == [0, 3]


@pytest.mark.parametrize("pause_frames, phrases", [(34, 1), (35, 2)])
def test_a_pause_longer_than_the_bound_breaks_the_phrase(pause_frames, phrases):
    table = melody((1800, 40), (None, pause_frames), (1800, 40), (1900, 30), (2000, 30))
    segments = reduce_contour(table, PLAIN).segments
    assert len(set(segments["phrase"])) == phrases
    if phrases == 1:  # one level on both sides of a bridged pause is one segment
        assert segments["level"].tolist() == [0, 1, 2]
        assert segments["end_s"].iloc[0] == pytest.approx((80 + pause_frames) * HOP_S)


def test_a_pause_of_exactly_the_bound_is_bridged():
    table = melody((1800, 20), (None, 20), (1900, 20), (2000, 20), hop_s=0.01)
    assert set(reduce_contour(table, PLAIN).segments["phrase"]) == {0}


def test_rows_left_out_are_pauses_too():
    table = melody((1800, 40), (None, 100), (1900, 40), (2000, 40))
    full, sparse = (reduce_contour(t, PLAIN).segments for t in (table, table[table["f0_hz"] > 0]))
    pd.testing.assert_frame_equal(full, sparse)


@given(st.integers(0, 10**6), st.sampled_from(["kmeans", "band"]), st.sampled_from([0.0, 0.05]))
@settings(deadline=None, max_examples=30)
def test_what_holds_for_every_contour(seed, method, smooth_s):
    params = ContourParams(method=method, scope="corpus", smooth_s=smooth_s)
    table = sung(seed, seconds=8)
    segments, levels, residual = reduce_contour(table, params)
    opens = ~segments.duplicated("phrase")
    assert (segments["step"] == 0).tolist() == opens.tolist()
    assert (segments["end_s"] - segments["start_s"]).min() > params.min_segment_s - 1e-6
    gaps = (segments["start_s"] - segments["end_s"].shift()).iloc[1:]
    assert gaps.min() >= 0
    assert np.all(gaps[~opens.iloc[1:]] <= params.max_gap_s + HOP_S)
    assert set(np.round(segments["start_s"] / HOP_S, 6) % 1) == {0.0}
    assert segments["start_s"].isin(table["time_s"]).all()
    assert segments["phrase"].tolist() == sorted(segments["phrase"])
    # every voiced frame lies in at most one segment, and only short phrases are left out
    voiced = table.loc[table["f0_hz"] > 0, "time_s"].to_numpy()
    owner = np.searchsorted(segments["start_s"], voiced + 1e-9) - 1
    assert np.mean((owner >= 0) & (voiced < segments["end_s"].to_numpy()[owner])) > 0.98
    if method == "kmeans":
        rises = segments["level"].diff()[~opens]
        assert rises.tolist() == segments["step"][~opens].tolist()
        pitch = dict(zip(levels["level"], levels["pitch_cents"], strict=True))
        assert segments["pitch_cents"].tolist() == [pitch[level] for level in segments["level"]]
        np.testing.assert_array_equal(levels["low_cents"].iloc[1:], levels["high_cents"].iloc[:-1])
        assert levels["frames"].sum() == voiced.size
    else:
        assert levels.empty and (segments["level"] == -1).all()
        assert np.all(np.sign(segments["pitch_cents"].diff()[~opens]) == np.sign(segments["step"][~opens]))
    assert residual["residual_cents"].item() < 60
    again = reduce_contour(table, params)
    pd.testing.assert_frame_equal(segments, again.segments)


def test_a_reduced_contour_reduces_to_itself():
    params = ContourParams(k=5, **PAPER)
    first = reduce_contour(sung(7, seconds=30), params)
    table = sung(7, seconds=30)
    owner = np.searchsorted(first.segments["start_s"], table["time_s"] + 1e-9) - 1
    inside = (owner >= 0) & (table["time_s"] < first.segments["end_s"].to_numpy()[owner] - 1e-9)
    stepped = cents_to_hz(first.segments["pitch_cents"].to_numpy()[owner])
    table["f0_hz"] = np.where(inside & (table["f0_hz"] > 0), stepped, 0.0)
    second = reduce_contour(table, params)
    columns = ["phrase", "start_s", "end_s", "level", "step"]
    pd.testing.assert_frame_equal(first.segments[columns], second.segments[columns])
    assert second.residual_cents["residual_cents"].item() < 1e-6


# -- melting and smoothing against slow twins ---------------------------------------------------------------

run = st.tuples(st.integers(0, 4), st.integers(1, 6), st.booleans())


@given(
    st.lists(st.lists(run, min_size=1, max_size=12), min_size=1, max_size=3),
    st.integers(1, 7),
    st.integers(0, 9),
)
@settings(deadline=None, max_examples=300)
def test_melting_equals_the_slow_twin(phrases, min_frames, seed):
    rng = np.random.default_rng(seed)
    pitch = np.array([0.0, 100.0, 210.0, 290.0, 400.0])
    level, cents, touches, opens, expected = [], [], [], [], []
    for number, phrase in enumerate(phrases):
        slow = []
        for place, (at, n, touch) in enumerate(phrase):
            values = (pitch[at] + rng.integers(-40, 40, n)).tolist()
            joins = place > 0 and touch
            if slow and slow[-1]["pitch"] == pitch[at]:
                slow[-1]["cents"] += values
            else:
                slow.append({"pitch": pitch[at], "cents": values, "touches": joins})
            level += [at] * n
            cents += values
            touches += [joins] + [True] * (n - 1)
            opens += [place == 0] + [False] * (n - 1)
        melted = naive_contour.melt(slow, min_frames)
        expected += [(number, r["pitch"], sorted(r["cents"])) for r in melted]
    n = len(cents)
    frames = seg.VoicedFrames(
        np.arange(n) * 0.01,
        np.arange(1, n + 1) * 0.01,
        np.array(cents),
        np.array(touches),
        np.array(opens),
        0.01,
    )
    runs = seg.runs_of_levels(np.array(level), frames.opens, pitch)
    fast = seg.melt_short(runs, frames, min_frames * 0.01)
    numbers = np.unique([number for number, *_ in expected])
    assert fast.phrase.tolist() == [int(np.searchsorted(numbers, number)) for number, *_ in expected]
    assert fast.pitch_cents.tolist() == [p for _, p, _ in expected]
    assert [sorted(cents[a : b + 1]) for a, b in zip(fast.first, fast.last, strict=True)] == [
        c for *_, c in expected
    ]
    assert np.array_equal(fast.pitch_cents, pitch[fast.level])
    again = seg.melt_short(fast, frames, min_frames * 0.01)
    assert again.first.tolist() == fast.first.tolist() and again.last.tolist() == fast.last.tolist()


@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=7),
    st.lists(st.integers(0, 400), min_size=1, max_size=3, unique=True),
    st.integers(0, 30_000),
)
@settings(deadline=None, max_examples=80)
def test_smoothing_finds_the_cheapest_of_all_paths(cents, pitch, penalty):
    pitch = np.sort(np.array(pitch, dtype=float))
    opens = np.zeros(len(cents), dtype=bool)
    opens[0] = True
    path = seg.smooth_levels(np.array(cents, dtype=float), opens, pitch, float(penalty))
    cost = naive_contour.path_cost(cents, path, pitch, penalty)
    assert cost == pytest.approx(naive_contour.best_path_cost(cents, pitch, penalty))


def test_smoothing_starts_anew_with_every_phrase():
    cents, pitch = np.array([0.0, 0, 0, 90, 90, 90, 0]), np.array([0.0, 100.0])
    opens = np.array([True, False, False, True, False, False, True])
    assert seg.smooth_levels(cents, opens, pitch, 1e9).tolist() == [0, 0, 0, 1, 1, 1, 0]


def vibrato(extent_cents):
    """Long notes on five levels, then one that swings around the bound between two of them."""
    t = np.arange(int(1.5 / HOP_S)) * HOP_S
    swing = 1950 + extent_cents * np.sin(2 * np.pi * 5.5 * t)
    notes = melody((1700, 200), (1800, 200), (1900, 200), (2000, 200), (2100, 200), (None, 100))
    cents = np.concatenate([1200 * np.log2(np.maximum(notes["f0_hz"], 1e-9) / 55), swing])
    f0_hz = np.append(notes["f0_hz"], cents_to_hz(swing))
    return pd.DataFrame({"time_s": np.arange(cents.size) * HOP_S, "f0_hz": f0_hz})


def test_vibrato_across_a_bound_makes_no_chatter_when_smoothed():
    table = vibrato(50)
    counts = {}
    for smooth_s in (0.0, 0.05):
        segments = reduce_contour(table, ContourParams(k=5, smooth_s=smooth_s, **PAPER)).segments
        counts[smooth_s] = (segments["phrase"] == 1).sum()
    assert counts[0.0] >= 15
    assert counts[0.05] <= 2


def test_a_clear_ornament_survives_smoothing():
    ornament = [(1800, 60), (1900, 14), (1800, 60), (1900, 80), (2000, 80)]  # 81 ms one level up
    segments = reduce_contour(melody(*ornament), ContourParams(k=3, **PAPER)).segments
    assert segments["step"].tolist() == [0, 1, -1, 1, 1]


# -- scopes and the band method -----------------------------------------------------------------------------


def test_levels_belong_to_their_scope():
    melodies = {
        "a": melody((1800, 50), (1900, 50)),
        "b": melody((1850, 50), (2400, 50)),
        "c": melody((3000, 50), (3100, 40)),
    }
    singers = {"a": "low", "b": "low", "c": "high"}
    by_corpus, by_singer, by_recording = (
        reduce_contour(melodies, ContourParams(k=2, scope=scope, method="kmeans"), singers=singers)
        for scope in ("corpus", "singer", "recording")
    )
    assert by_corpus.levels["scope"].tolist() == ["corpus"] * 2
    assert by_singer.levels.groupby("scope")["frames"].sum().to_dict() == {"low": 200, "high": 90}
    assert by_recording.levels["scope"].tolist() == ["a", "a", "b", "b", "c", "c"]
    assert by_recording.residual_cents["residual_cents"].max() < 1e-6
    assert by_corpus.segments["recording_id"].drop_duplicates().tolist() == ["a", "b", "c"]
    for contour, rids in ((by_singer, "ab"), (by_recording, "a")):
        alone = reduce_contour({r: melodies[r] for r in rids}, ContourParams(k=2, **PAPER)).segments
        rest = contour.segments[contour.segments["recording_id"].isin(list(rids))].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, rest)


def test_a_new_melody_goes_on_levels_found_before():
    known = reduce_contour(melody((1800, 50), (1900, 50), (2000, 50)), PLAIN).levels
    contour = reduce_contour({"new": melody((2010, 50), (1810, 50), (2300, 50))}, PLAIN, levels=known)
    assert contour.segments["level"].tolist() == [2, 0, 2]
    pd.testing.assert_frame_equal(contour.levels, known)
    two_scopes = pd.concat([known, known.assign(scope="other")])
    with pytest.raises(FlamsidError, match="one scope"):
        reduce_contour(melody((1800, 50)), PLAIN, levels=two_scopes)


def test_band_classes_steps_by_size_and_rises_are_positive():
    table = melody((1800, 50), (1865, 50), (1955, 50), (2200, 50), (2100, 50))
    segments = reduce_contour(table, ContourParams(method="band", band_cents=30)).segments
    assert segments["step"].tolist() == [0, 1, 2, 3, -2]
    np.testing.assert_allclose(segments["pitch_cents"], [1800, 1865, 1955, 2200, 2100], atol=1e-6)


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=20)
def test_band_segments_stay_in_their_band(seed):
    table = sung(seed, seconds=8, deviation=45.0)
    segments = reduce_contour(table, ContourParams(method="band", min_segment_s=0)).segments
    cents = 1200 * np.log2(table["f0_hz"].replace(0, np.nan) / 55)
    for row in segments.itertuples():
        inside = cents[(table["time_s"] >= row.start_s) & (table["time_s"] < row.end_s - 1e-9)]
        assert inside.max() - inside.min() <= 120 + 1e-6


# -- what can go wrong --------------------------------------------------------------------------------------


def test_a_silent_recording_stays_empty_beside_others():
    contour = reduce_contour(
        {"a": melody((None, 50)), "b": melody((1800, 30), (1900, 30))}, ContourParams(k=2, **PAPER)
    )
    assert contour.segments["recording_id"].unique().tolist() == ["b"]
    assert np.isnan(contour.residual_cents["residual_cents"].iloc[0])
    per_recording = reduce_contour(
        {"a": melody((None, 50)), "b": melody((1800, 30), (1900, 30))},
        ContourParams(k=2, scope="recording", method="kmeans"),
    )
    assert per_recording.levels["scope"].unique().tolist() == ["b"]


def test_silence_alone_is_said():
    with pytest.raises(FlamsidError, match="voiced"):
        reduce_contour(melody((None, 50)))


def test_one_frame_or_none_is_no_accident():
    empty = pd.DataFrame({"time_s": [], "f0_hz": []})
    contour = reduce_contour({"a": empty, "b": melody((1800, 1))})
    assert contour.segments.empty or len(contour.segments) == 1
    assert step_sequences(contour.segments).empty


def test_fewer_pitches_than_levels_give_fewer_levels():
    assert len(reduce_contour(melody((1800, 50), (1900, 50)), ContourParams(k=7, **PAPER)).levels) == 2


def test_time_that_runs_backwards_is_refused():
    table = melody((1800, 30))
    with pytest.raises(FlamsidError, match="row 5"):
        reduce_contour(table.iloc[[0, 1, 2, 3, 4, 3, 5]])


def test_a_table_without_f0_is_refused():
    with pytest.raises(FlamsidError, match="f0_hz"):
        reduce_contour(pd.DataFrame({"time_s": [0.0, 0.1]}))


def test_levels_per_singer_need_singers():
    with pytest.raises(FlamsidError, match="singer"):
        reduce_contour({"a": melody((1800, 30))}, ContourParams(scope="singer"), singers={"b": "x"})


@pytest.mark.parametrize(
    "wrong", [{"k": 1}, {"k": 61}, {"k": "many"}, {"k": True}, {"method": "lloyd"}, {"scope": "town"},
              {"smooth_s": -1}, {"max_gap_s": float("nan")}, {"band_cents": 0}]
)  # fmt: skip
def test_impossible_parameters_are_refused(wrong):
    with pytest.raises(FlamsidError):
        ContourParams(**wrong)


@pytest.mark.real
def test_real_songs_give_phrases_of_steps(mir1k):
    melodies = {}
    for path in sorted(mir1k.glob("*/*_1.f0.csv")):
        time_s, f0_hz = np.loadtxt(path, delimiter=",").T
        melodies[path.stem] = pd.DataFrame({"time_s": time_s, "f0_hz": f0_hz})
    contour = reduce_contour(melodies, ContourParams(**PAPER))
    sequences = step_sequences(contour.segments)
    assert 10 <= len(contour.levels) <= 40
    assert contour.residual_cents["residual_cents"].median() < 70
    assert 3 <= sequences["steps"].str.len().median() <= 20
    notes_a_second = len(contour.segments) / (contour.segments["end_s"] - contour.segments["start_s"]).sum()
    assert 1 < notes_a_second < 6
