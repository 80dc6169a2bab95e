import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.features.clip_sets import make_clip_set
from flamsid_core.singers.training.params import TrainParams


def table(spans, file="r.wav"):
    return pd.DataFrame(
        [
            {
                "file": file,
                "source_group": "g",
                "sound_id": f"s{k}",
                "overlap_group": "o",
                "start_s": a,
                "end_s": b,
            }
            for k, (a, b) in enumerate(spans)
        ]
    )


SPANS = st.lists(
    st.tuples(st.floats(0, 19), st.floats(0.05, 1.0)).map(lambda s: (s[0], s[0] + s[1])),
    min_size=1,
    max_size=12,
)


def test_motifs_are_left_as_they_are():
    instances = table([(1, 2)])
    assert make_clip_set(instances, "motifs") is instances


@settings(deadline=None, max_examples=20)
@given(SPANS)
def test_segment_holds_the_motif_in_three_seconds(spans):
    instances = table(spans)
    found = make_clip_set(instances, "motifs+segment", duration_s={"r.wav": 20.0})
    assert np.allclose(found["end_s"] - found["start_s"], 3.0)
    assert (found["start_s"] >= -1e-9).all()
    assert (found["end_s"] <= 20 + 1e-9).all()
    assert (found["start_s"] <= instances["start_s"] + 1e-9).all()
    assert (found["end_s"] >= instances["end_s"] - 1e-9).all()


def test_segment_is_cut_to_a_short_recording():
    found = make_clip_set(table([(0.5, 1.0)]), "motifs+segment", duration_s={"r.wav": 2.0})
    assert found[["start_s", "end_s"]].to_numpy().tolist() == [[0.0, 2.0]]


@settings(deadline=None, max_examples=20)
@given(SPANS, st.integers(0, 100))
def test_random_keeps_number_and_lengths_and_is_seeded(spans, seed):
    instances = table(spans)
    found = make_clip_set(instances, "random", duration_s={"r.wav": 20.0}, seed=seed)
    again = make_clip_set(instances, "random", duration_s={"r.wav": 20.0}, seed=seed)
    pd.testing.assert_frame_equal(found, again)
    assert np.allclose(found["end_s"] - found["start_s"], instances["end_s"] - instances["start_s"])
    assert (found["start_s"] >= 0).all()
    assert (found["end_s"] <= 20 + 1e-9).all()


def test_random_lies_away_from_motifs_where_there_is_room():
    spans = [(2 * k, 2 * k + 0.5) for k in range(10)] * 5
    found = make_clip_set(table(spans), "random", duration_s={"r.wav": 20.0})
    for start, end in found[["start_s", "end_s"]].to_numpy():
        assert all(end <= a + 1e-9 or start >= b - 1e-9 for a, b in spans)


def test_random_does_its_best_where_motifs_are_everywhere():
    found = make_clip_set(table([(0, 10), (3, 4)]), "random", duration_s={"r.wav": 10.0})
    assert np.allclose(found["end_s"] - found["start_s"], [10, 1])


@settings(deadline=None, max_examples=20)
@given(SPANS)
def test_overlap_groups_are_chains_of_shared_samples(spans):
    found = make_clip_set(table(spans), "random", duration_s={"r.wav": 20.0})
    bounds, groups = found[["start_s", "end_s"]].to_numpy(), found["overlap_group"].to_numpy()
    linked = (bounds[:, None, 0] < bounds[None, :, 1]) & (bounds[None, :, 0] < bounds[:, None, 1])
    for _ in spans:  # transitive closure, the slow way
        linked = linked @ linked
    assert np.array_equal(linked, groups[:, None] == groups[None, :])


def test_clips_have_nothing_around_them():
    clips = pd.concat([table([(0, 0.5)], "a.wav"), table([(0, 0.7)], "b.wav")], ignore_index=True)
    for clip_set in ("motifs+segment", "random"):
        with pytest.raises(FlamsidError, match="only the clips of the motifs: choose 'motifs'"):
            make_clip_set(clips, clip_set, duration_s={"a.wav": 0.5, "b.wav": 0.7})


def test_unknown_set():
    with pytest.raises(FlamsidError, match="motifs\\+segment"):
        make_clip_set(table([(0, 1)]), "everything")


def test_windows_lie_inside_phrases_with_the_lengths_of_the_motifs():
    instances = table([(0.0, 1.0), (0.5, 2.0), (3.0, 3.6), (3.1, 4.0)])
    for seed in range(5):
        drawn = make_clip_set(
            instances, "windows", duration_s=dict.fromkeys(instances["file"], 9.0), seed=seed
        )
        length = (instances["end_s"] - instances["start_s"]).to_numpy()
        assert np.allclose((drawn["end_s"] - drawn["start_s"]).to_numpy(), length)
        inside = [
            (start >= 0.0 and end <= 2.0 + 1e-9) or (start >= 3.0 and end <= 4.0 + 1e-9)
            for start, end in zip(drawn["start_s"], drawn["end_s"], strict=True)
        ]
        assert all(inside)


def test_the_papers_preset_learns_from_the_papers_clips():
    assert TrainParams(network="two-covariance").clip_set == "pieces"
    assert TrainParams(network="two-covariance", preset="paper").clip_set == "motifs"
    assert TrainParams(network="two-covariance", preset="paper", clip_set="pieces").clip_set == "pieces"
