"""From segments to motif and instance tables, and what is done with them afterwards."""

import xml.etree.ElementTree as ET

import naive
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core import FlamsidError
from flamsid_core.melody import step_sequences
from flamsid_core.motifs import MotifParams, build_motifs, glyph_svg, motifs_of_clips, search_pattern
from flamsid_core.motifs.counting import Phrases, count_phrases

HOP_S = 256 / 44_100


def segments_of(phrases_of, seed=0, least_hops=6):
    """Lay out {recording: [steps of a phrase, …]} as a segments table with random durations in whole hops."""
    rng = np.random.default_rng(seed)
    rows = []
    for recording, phrases in phrases_of.items():
        hop = 10
        for phrase, steps in enumerate(phrases):
            for step in (0, *steps):
                end = hop + int(rng.integers(least_hops, 40))
                rows.append((recording, phrase, hop * HOP_S, end * HOP_S, step))
                hop = end
            hop += 100
    return pd.DataFrame(rows, columns=["recording_id", "phrase", "start_s", "end_s", "step"])


def recordings_of(singers, sounds=None):
    sounds = sounds or {}
    return pd.DataFrame(
        [
            (r, f"{s}/{r}.wav", s, sounds.get(r, f"sha-{r}-" + "0" * 20), sounds.get(r, r))
            for r, s in singers.items()
        ],
        columns=["recording_id", "file", "singer", "sha256", "source_group"],
    )


@pytest.fixture(scope="module")
def corpus():
    rng = np.random.default_rng(3)
    singers = {f"r{i}": f"singer {i % 3}" for i in range(9)}
    phrases = {
        r: [rng.choice([-2, -1, 1, 2], n, p=[0.1, 0.4, 0.4, 0.1]).tolist() for n in rng.integers(3, 25, 12)]
        for r in singers
    }
    return segments_of(phrases), recordings_of(singers)


@pytest.fixture(scope="module")
def found(corpus):
    return build_motifs(*corpus, MotifParams(min_length=3))


def test_motifs_are_the_closed_patterns_of_each_singer(corpus):
    segments, recordings = corpus
    found = build_motifs(segments, recordings, MotifParams(min_length=3, min_duration_s=0.0))
    phrases = step_sequences(segments).merge(recordings[["recording_id", "singer"]])
    for singer, motifs in found.motifs.groupby("singer"):
        steps = [s[:10] for s in phrases.loc[phrases["singer"] == singer, "steps"]]
        # The slow twin is exponential in the length of a phrase: every shorter one is compared.
        short = segments_of({"a": steps})
        expected = naive.mine_closed(steps, min_support=3, min_length=3)
        got = build_motifs(
            short, recordings_of({"a": singer}), MotifParams(min_length=3, min_duration_s=0.0)
        ).motifs
        assert {tuple(map(int, p.split())) for p in got["pattern"]} == set(expected)
        assert len(motifs) > 5


def test_instances_sound_where_the_segments_say(corpus, found):
    segments, _ = corpus
    row_at = {key: i for i, key in enumerate(zip(segments["recording_id"], segments["start_s"], strict=True))}
    assert len(row_at) == len(segments)
    for row in found.instances.itertuples():
        first = row_at[row.recording_id, row.start_s]
        steps = [int(s) for s in row.pattern.split()]
        spanned = segments.loc[first : first + len(steps)]
        assert spanned["step"].tolist()[1:] == steps
        assert spanned["end_s"].iloc[-1] == row.end_s
        assert len(set(spanned["phrase"])) == 1
        assert row.end_s - row.start_s >= 0.15


def test_every_figure_can_be_counted_in_the_instances(corpus, found):
    segments, _ = corpus
    phrase_at = segments.set_index(["recording_id", "start_s"])["phrase"]
    motifs, instances = found.motifs.set_index("motif_id"), found.instances
    assert motifs.index.is_unique
    assert instances["instance_id"].is_unique
    begins = list(zip(instances["recording_id"], instances["start_s"], strict=True))
    instances = instances.assign(phrase=phrase_at.loc[begins].to_numpy())
    groups = instances.groupby("motif_id")
    assert set(groups.groups) == set(motifs.index)
    phrases = instances.drop_duplicates(["motif_id", "recording_id", "phrase"]).groupby("motif_id").size()
    assert (motifs["support"] == phrases.reindex(motifs.index)).all()
    assert (motifs["support"] >= 3).all()
    assert (motifs["recordings"] == groups["recording_id"].nunique().reindex(motifs.index)).all()
    assert (motifs["n_instances"] == groups.size().reindex(motifs.index)).all()
    duration_s = (instances["end_s"] - instances["start_s"]).groupby(instances["motif_id"]).median()
    assert np.allclose(motifs["median_duration_s"], duration_s.reindex(motifs.index))
    assert (motifs["length"] == motifs["pattern"].str.split().map(len)).all()
    assert (motifs["phrases"] + motifs["phrases_elsewhere"] == len(step_sequences(segments))).all()


def test_short_instances_are_dropped_and_with_them_motifs_without_support():
    steps = [1, 1, -2]
    segments = segments_of({"a": [steps] * 4})
    # The first phrase gets half a hop short of 0.15 s, the second exactly 0.15 s.
    for phrase, whole_s in ((0, 0.149), (1, 0.15)):
        rows = segments.index[segments["phrase"] == phrase]
        edges = segments.loc[rows[0], "start_s"] + np.linspace(0, whole_s, 5)
        segments.loc[rows, "start_s"], segments.loc[rows, "end_s"] = edges[:-1], edges[1:]
    recordings = recordings_of({"a": "x"})
    found = build_motifs(segments, recordings, MotifParams(min_length=3))
    assert found.motifs[["support", "n_instances"]].to_numpy().tolist() == [[3, 3]]
    none = build_motifs(segments, recordings, MotifParams(min_length=3, min_support=4))
    assert none.motifs.empty
    assert none.instances.empty
    assert list(none.motifs.columns) == list(found.motifs.columns)
    assert (none.instances.dtypes == found.instances.dtypes).all()


def test_ids_come_from_content(corpus, found):
    segments, recordings = corpus
    fewer = build_motifs(
        segments[segments["recording_id"] != "r8"], recordings.iloc[::-1], MotifParams(min_length=4)
    )
    both = found.motifs.merge(fewer.motifs, on=["singer", "pattern"])
    assert len(both) > 5
    assert (both["motif_id_x"] == both["motif_id_y"]).all()
    keys = ["recording_id", "start_s", "end_s"]
    both = found.instances.merge(fewer.instances, on=keys)
    assert (both["instance_id_x"] == both["instance_id_y"]).all()
    assert (both["sound_id_x"] == both["sound_id_y"]).all()


def test_overlap_groups_are_chains_of_shared_samples(found):
    for _, here in found.instances.groupby("recording_id"):
        start, end = here["start_s"].to_numpy(), here["end_s"].to_numpy()
        linked = np.maximum(start[:, None], start) < np.minimum(end[:, None], end) - 1e-7
        while not (linked @ linked == linked).all():
            linked = linked @ linked
        group = here["overlap_group"].to_numpy()
        assert (linked == (group[:, None] == group)).all()
    assert (
        len(found.instances[["overlap_group", "recording_id"]].drop_duplicates())
        == found.instances["overlap_group"].nunique()
    )


def test_copies_of_a_recording_count_once_and_are_known_as_the_same_sound():
    steps = [[1, 1, -2, 1, -1]] * 2
    other = [[2, 2, -1, -1]] * 3
    segments = segments_of({"a": steps + other})
    copy = segments.assign(recording_id="a-2")
    segments = pd.concat([segments, copy], ignore_index=True)
    recordings = recordings_of({"a": "x", "a-2": "x"}, {"a": "same", "a-2": "same"})
    found = build_motifs(segments, recordings, MotifParams(min_length=4))
    assert found.motifs["pattern"].tolist() == ["+2 +2 -1 -1"]
    assert found.motifs[["support", "recordings", "n_instances", "phrases"]].to_numpy().tolist() == [
        [3, 1, 6, 5]
    ]
    assert found.instances["sound_id"].value_counts().tolist() == [2, 2, 2]
    assert found.instances["overlap_group"].nunique() == 3
    assert found.instances["instance_id"].is_unique
    assert not found.instances["conflict"].any()


def test_a_sound_under_two_singers_is_a_conflict_and_no_evidence():
    phrases = [[1, 1, -2, 1, -1]] * 3
    segments = segments_of({"a": phrases, "b": phrases, "c": phrases})
    segments.loc[segments["recording_id"] == "b", ["start_s", "end_s"]] = segments.loc[
        segments["recording_id"] == "a", ["start_s", "end_s"]
    ].to_numpy()
    recordings = recordings_of({"a": "x", "b": "y", "c": "y"}, {"a": "same", "b": "same"})
    found = build_motifs(segments, recordings)
    conflict = found.instances.groupby("recording_id")["conflict"].first()
    assert conflict.to_dict() == {"a": True, "b": True, "c": False}
    assert found.motifs.set_index("singer")["phrases"].to_dict() == {"x": 0, "y": 3}
    assert found.motifs["distinctiveness"].isna().all()


@pytest.mark.parametrize("max_gap", [1, None])
def test_with_gaps_an_instance_is_a_shortest_span(max_gap):
    segments = segments_of({"a": [[1, 3, 2, 2], [1, 2], [4, 1, -1, 2]]})
    params = MotifParams(max_gap=max_gap, min_length=2, min_duration_s=0.0)
    found = build_motifs(segments, recordings_of({"a": "x"}), params)
    assert found.motifs["pattern"].tolist() == ["+1 +2"]
    assert found.motifs["support"].tolist() == [3]
    rows = [(0, 3), (5, 7), (9, 12)]
    assert found.instances["start_s"].tolist() == [segments["start_s"][a] for a, _ in rows]
    assert found.instances["end_s"].tolist() == [segments["end_s"][b] for _, b in rows]


def test_progress_is_told_and_can_cancel(corpus):
    told = []
    build_motifs(*corpus, on_progress=lambda fraction, text: told.append(fraction))
    assert told == sorted(told)
    assert told[-1] == 1.0

    def cancel(fraction, text):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_motifs(*corpus, on_progress=cancel)


def test_segments_of_an_unknown_recording_are_refused(corpus):
    segments, recordings = corpus
    with pytest.raises(FlamsidError, match=r"r8.*not in the corpus"):
        build_motifs(segments, recordings[recordings["recording_id"] != "r8"])


def test_no_segments_give_empty_tables(corpus):
    segments, recordings = corpus
    found = build_motifs(segments.iloc[:0], recordings)
    assert found.motifs.empty
    assert found.instances.empty


@settings(max_examples=150, deadline=None)
@given(
    phrases=st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=8), min_size=1, max_size=6),
    max_gap=st.sampled_from([0, 1, 2, None]),
    seconds=st.sampled_from([0.0, 0.3, 0.6]),
    data=st.data(),
)
def test_counted_phrases_equal_the_slow_twin(phrases, max_gap, seconds, data):
    found = naive.occurrences(phrases, max_gap)
    patterns = data.draw(st.lists(st.sampled_from(sorted(found)), unique=True, max_size=6)) + [(9, 1)]
    sizes = [len(p) for p in phrases]
    rng = np.random.default_rng(sum(sizes))
    edges = np.cumsum(rng.integers(1, 4, sum(sizes) + len(sizes) + 1)) / 10
    place = [i + s for s, n in enumerate(sizes) for i in range(sum(sizes[:s]), sum(sizes[: s + 1]))]
    arrays = Phrases(
        np.array([x for p in phrases for x in p], np.int32),
        np.cumsum([0, *sizes]),
        edges[place],
        edges[np.add(place, 1)],
    )
    unit = np.array([0, 0, 1, 1, 2, 2])[: len(phrases)]
    got = count_phrases(patterns, arrays, unit, 3, max_gap=max_gap, min_duration_s=seconds).toarray()
    for row, pattern in zip(got, patterns, strict=True):
        spans = {(s, at[0], at[-1]) for s, at in found.get(pattern, [])}
        expected = np.zeros(3, int)
        for s in range(len(phrases)):
            mine = [(a, b) for t, a, b in spans if t == s]
            shortest = [x for x in mine if not any(y != x and x[0] <= y[0] and y[1] <= x[1] for y in mine)]
            base = arrays.offsets[s]
            lasts = [arrays.end_s[base + b] - arrays.start_s[base + a] >= seconds - 1e-9 for a, b in shortest]
            expected[unit[s]] += any(lasts)
        assert row.tolist() == expected.tolist()


def test_motifs_of_clips_count_distinct_sounds():
    rows = [
        ("i0", "AM", "+1 -1", "s0", "g0", 1.0),
        ("i1", "AM", "+1 -1", "s0", "g0", 1.0),
        ("i2", "AM", "+1 -1", "s1", "g1", 3.0),
        ("i3", "AM", "", "s2", "g1", 1.0),
        ("i4", "EC", "+1 -1", "s3", "g2", 2.0),
        ("i5", "EC", "+2 +1 -3", "s4", "g2", 2.0),
    ]
    clips = pd.DataFrame(
        rows, columns=["instance_id", "singer", "pattern", "sound_id", "source_group", "end_s"]
    )
    clips["start_s"] = 0.0
    clips["motif_id"] = ""
    found = motifs_of_clips(clips)
    columns = [
        "singer",
        "pattern",
        "length",
        "support",
        "recordings",
        "n_instances",
        "median_duration_s",
        "phrases",
    ]
    assert found.motifs[columns].to_numpy().tolist() == [
        ["AM", "+1 -1", 2, 2, 2, 3, 1.0, 3],
        ["EC", "+2 +1 -3", 3, 1, 1, 1, 2.0, 2],
        ["EC", "+1 -1", 2, 1, 1, 1, 2.0, 2],
    ]
    ids = found.motifs.set_index(["singer", "pattern"])["motif_id"]
    assert found.instances["motif_id"].tolist() == [
        ids.get((singer, pattern), "") for _, singer, pattern, *_ in rows
    ]
    assert found.instances.drop(columns="motif_id").equals(clips.drop(columns="motif_id"))
    segments = segments_of({"a": [[1, -1]] * 3})
    params = MotifParams(min_length=2, min_duration_s=0.0)
    mined = build_motifs(segments, recordings_of({"a": "AM"}), params)
    assert mined.motifs["motif_id"].tolist() == [ids["AM", "+1 -1"]]
    assert motifs_of_clips(clips.iloc[:0]).motifs.empty


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [0, 1, 2, 3]),
        ("+1 -2", [0, 3]),
        ("1, −2", [0, 3]),
        ("+1 * -2", [0, 1, 3]),
        ("+1 ? -2", [1]),
        ("? ? ? ?", [1, 3]),
        ("+1 +1", [1]),
        ("-12", [2]),
        ("* -2 *", [0, 1, 3]),
        ("+3", []),
    ],
)
def test_search_by_typed_steps(query, expected):
    motifs = pd.DataFrame({"pattern": ["+2 +1 -2", "+1 +1 -1 -2", "-1 -12 +1", "-1 +1 -2 +11"]})
    assert search_pattern(motifs, query).index.tolist() == expected


@pytest.mark.parametrize("query", ["up", "+1-2", "0", "+", "+1 ** -2", "[+1]"])
def test_search_says_what_is_no_step(query):
    with pytest.raises(FlamsidError, match="is not a step: type steps such as"):
        search_pattern(pd.DataFrame({"pattern": ["+1"]}), query)


@pytest.mark.parametrize("pattern", ["+1 -2 +1", "-3", "+1 +1 +1 +12", ""])
def test_glyph_draws_the_steps_inside_its_box(pattern):
    root = ET.fromstring(glyph_svg(pattern, width_px=60, height_px=20))
    assert root.get("aria-label") == pattern
    line = root.find("{http://www.w3.org/2000/svg}polyline")
    assert line.get("stroke") == "currentColor"
    points = np.array([p.split(",") for p in line.get("points").split()], float)
    steps = [int(s) for s in pattern.split()]
    assert len(points) == 2 * (len(steps) + 1)
    assert (points >= 0).all()
    assert (points <= [60, 20]).all()
    rises = -np.diff(points[::2, 1])
    assert np.array_equal(np.sign(rises), np.sign(steps))
