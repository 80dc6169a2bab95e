from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core.atlas import (
    AtlasParams,
    embed,
    make_atlas,
    neighbourhood_purity,
    neighbours,
    project,
    trustworthiness,
)
from flamsid_core.atlas.making import map_quality
from flamsid_core.errors import FlamsidError

# the function of the same name hides the module from an import statement
_module = import_module("flamsid_core.atlas.neighbours")


def clouds(seed=0, centres=6, each=40, dimensions=16, width=0.3):
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(centres), each)
    points = rng.normal(size=(centres, dimensions))[label] + width * rng.normal(
        size=(centres * each, dimensions)
    )
    return points.astype(np.float32), label


def all_distances(x, metric):
    x = np.asarray(x, dtype=np.float64)
    if metric == "cosine":
        unit = x / np.linalg.norm(x, axis=1, keepdims=True)
        return 1 - unit @ unit.T
    return np.linalg.norm(x[:, None] - x[None], axis=2)


# -- neighbours ---------------------------------------------------------------------------------------------


@given(
    st.integers(0, 10**6),
    st.integers(2, 60),
    st.integers(1, 12),
    st.sampled_from(["cosine", "euclidean"]),
    st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_neighbours_equal_sorting_all_distances(seed, n, k, metric, grouped):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 5)).astype(np.float32)
    groups = rng.integers(0, 4, n) if grouped else np.arange(n)
    distances = all_distances(x, metric)
    distances[groups[:, None] == groups[None, :]] = np.inf
    found = neighbours(x, k, exclude=groups if grouped else None, metric=metric)
    assert found.indices.shape == found.distances.shape == (n, k)
    for i in range(n):
        eligible = int(np.isfinite(distances[i]).sum())
        expected = np.sort(distances[i])[: min(k, eligible)]
        mine = found.indices[i, : expected.size]
        np.testing.assert_allclose(found.distances[i, : expected.size], expected, atol=1e-5)
        np.testing.assert_allclose(distances[i, mine], expected, atol=1e-5)
        assert len(set(mine)) == mine.size
        assert np.all(found.indices[i, expected.size :] == -1)
        assert np.all(np.isinf(found.distances[i, expected.size :]))


def test_blocks_change_nothing(monkeypatch):
    x, label = clouds()
    whole = neighbours(x, 7, exclude=label)
    monkeypatch.setattr(_module, "_BLOCK_ELEMENTS", 1000)
    pieces = neighbours(x, 7, exclude=label)
    np.testing.assert_array_equal(whole.indices, pieces.indices)
    some = neighbours(x, 7, exclude=label, rows=[5, 200, 3])
    np.testing.assert_array_equal(whole.indices[[5, 200, 3]], some.indices)


def test_equal_sounds_are_at_no_distance():
    x, _ = clouds()
    twice = np.vstack([x, x])
    found = neighbours(twice, 1)
    assert np.all(found.distances == 0)
    np.testing.assert_array_equal(found.indices[:, 0], np.roll(np.arange(len(twice)), -len(x)))


def test_far_from_the_origin_is_as_near_as_before():
    x, _ = clouds()
    moved = neighbours(x.astype(np.float64) + 1000.0, 5, metric="euclidean")
    truth = np.sort(all_distances(x, "euclidean"), axis=1)[:, 1:6]
    np.testing.assert_allclose(moved.distances, truth, rtol=0.01)


@pytest.mark.parametrize(
    "points, message", [([[1.0, np.nan]], "Row 0"), ([1.0, 2.0], "shape"), ([[np.inf, 0.0]], "finite")]
)
def test_what_is_no_point_is_refused(points, message):
    with pytest.raises(FlamsidError, match=message):
        neighbours(np.array(points))


def test_labels_must_match_points():
    with pytest.raises(FlamsidError, match="labels"):
        neighbours(np.eye(3), 1, exclude=["a", "b"])
    with pytest.raises(FlamsidError, match="unknown"):
        neighbours(np.eye(3), 1, metric="manhattan")


# -- projection ---------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_map_and_keeps_clouds_together():
    x, label = clouds()
    first, again, other = project(x, seed=1), project(x, seed=1), project(x, seed=2)
    assert first.shape == (len(x), 2) and first.dtype == np.float32
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert neighbourhood_purity(first, label).purity > 0.98
    assert trustworthiness(x, first) > 0.8


def test_principal_components_equal_a_full_decomposition():
    x, _ = clouds(dimensions=7)
    centred = x.astype(np.float64) - x.mean(axis=0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    mine = project(x, "pca", metric="euclidean")
    np.testing.assert_allclose(np.abs(mine), np.abs(u[:, :2] * s[:2]), atol=1e-3)


@pytest.mark.parametrize("n", [1, 2, 3, 9, 10, 16])
def test_the_smallest_maps_are_maps(n):
    x, _ = clouds(each=10)
    for method in ("umap", "pca"):
        positions = project(x[:n], method)
        assert positions.shape == (n, 2)
        assert np.all(np.isfinite(positions))


def test_copies_and_one_dimension_do_no_harm():
    x, _ = clouds(centres=2, each=3)
    assert np.all(np.isfinite(project(np.repeat(x, 20, axis=0))))
    assert np.all(np.isfinite(project(np.ones((30, 4)))))
    assert np.all(np.isfinite(project(np.eye(30)[:, :1], metric="euclidean")))
    assert project(np.arange(5.0)[:, None], "pca", metric="euclidean").shape == (5, 2)


def test_an_unknown_projection_is_refused():
    with pytest.raises(FlamsidError, match="umap"):
        project(np.eye(3), "tsne")


# -- quality ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_trustworthiness_equals_scikit_learn(metric):
    from sklearn.manifold import trustworthiness as reference

    x, _ = clouds(each=15)
    for positions in (project(x, "pca"), np.random.default_rng(0).normal(size=(len(x), 2))):
        for k in (3, 10):
            expected = reference(x, positions, n_neighbors=k, metric=metric)
            assert trustworthiness(x, positions, k=k, metric=metric) == pytest.approx(expected, abs=1e-6)


def test_trustworthiness_without_groups_is_that_of_a_world_without_them():
    x, label = clouds(centres=3, each=20)
    positions = np.random.default_rng(1).normal(size=(60, 2))
    expected = []
    for i in range(60):
        others = np.append(i, np.flatnonzero(label != label[i]))
        expected.append(trustworthiness(x[others], positions[others], k=4, rows=[0]))
    assert trustworthiness(x, positions, k=4, exclude=label) == pytest.approx(np.mean(expected))


def test_trustworthiness_of_too_few_points_is_not_a_number():
    assert np.isnan(trustworthiness(np.eye(5), np.eye(5)[:, :2], k=3))
    with pytest.raises(FlamsidError, match="positions"):
        trustworthiness(np.eye(5), np.eye(4)[:, :2])


def test_a_map_of_recordings_is_no_map_of_singers():
    """Every recording a cloud of its own, two by each singer: pure at sight, worthless in truth."""
    x, recording = clouds(centres=6, dimensions=50)
    singer = np.array(list("abcabc"))[recording]
    naive = neighbourhood_purity(x, singer)
    honest = neighbourhood_purity(x, singer, recording=recording)
    assert naive.purity > 0.98
    assert naive.chance == pytest.approx(79 / 239)
    assert honest.purity < 0.45
    assert honest.chance == pytest.approx(40 / 200)
    assert honest.rows == 240


def test_a_map_of_singers_stays_pure_without_its_recordings():
    x, singer = clouds(centres=4, each=60)
    recording = np.tile(np.arange(3), 80) + 10 * singer
    honest = neighbourhood_purity(x, singer, recording=recording)
    assert honest.purity > 0.98
    assert honest.chance == pytest.approx(40 / 220)


def test_purity_of_a_selection_and_of_a_singer_with_one_recording():
    x, singer = clouds(centres=3, each=20)
    recording = np.array([0] * 20 + [1] * 10 + [2] * 10 + [3] * 10 + [4] * 10)
    everyone = neighbourhood_purity(x, singer, recording=recording)
    assert everyone.rows == 40  # the first singer has one recording: nothing could be right
    none = neighbourhood_purity(x, singer, recording=recording, rows=np.arange(20))
    assert none.rows == 0 and np.isnan(none.purity)
    some = neighbourhood_purity(x, singer, recording=recording, rows=np.arange(15, 35))
    assert some.rows == 15 and some.purity > 0.9


# -- the whole ----------------------------------------------------------------------------------------------


@pytest.fixture
def instances():
    n = 90
    return pd.DataFrame(
        {
            "instance_id": [f"i{i}" for i in range(n)],
            "singer": np.array(["x", "y", "z"])[np.arange(n) % 3],
            "source_group": [f"g{i % 9}" for i in range(n)],
            "file": "a.wav",
            "start_s": 0.0,
            "end_s": 1.0,
        }
    )


def test_the_atlas_holds_what_is_drawn(instances, monkeypatch):
    import flamsid_core.singers as singers

    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(3, 12))[np.arange(90) % 3] + 0.2 * rng.normal(size=(90, 12))
    model = SimpleNamespace(features="mel", embeddings=lambda features: vectors[features])
    monkeypatch.setattr(singers, "load_model", lambda folder: model, raising=False)
    monkeypatch.setattr(
        singers,
        "extract_features",
        lambda table, locate, params, *, cache_dir, on_progress: (
            on_progress(1.0, params) or np.arange(len(table))
        ),
        raising=False,
    )
    said = []
    atlas = make_atlas(
        "model", instances, str, AtlasParams(seed=3), on_progress=lambda f, text: said.append(f)
    )
    assert said == sorted(said) and said[-1] == 1.0
    assert atlas.embeddings.dtype == np.float32
    np.testing.assert_allclose(atlas.embeddings, vectors, rtol=1e-5)
    assert atlas.positions.columns.tolist() == ["instance_id", "x", "y", "pca_x", "pca_y"]
    assert atlas.positions["instance_id"].tolist() == instances["instance_id"].tolist()
    groups = instances["source_group"].to_numpy()
    assert np.all(groups[atlas.neighbours] != groups[:, None])
    np.testing.assert_array_equal(atlas.neighbours, neighbours(vectors, 10, exclude=groups).indices)
    assert atlas.quality["instances"] == 90
    assert atlas.quality["umap"]["singer_purity_other_sources"] > 0.95
    assert atlas.quality["embedding"]["chance_other_sources"] == pytest.approx(20 / 80)
    assert 0.5 < atlas.quality["pca"]["trustworthiness"] <= 1
    again = make_atlas("model", instances, str, AtlasParams(seed=3))
    pd.testing.assert_frame_equal(atlas.positions, again.positions)
    with pytest.raises(FlamsidError, match="no motif instances"):
        make_atlas("model", instances.head(0), str)


def test_quality_of_hardly_anything_is_none(instances):
    positions = pd.DataFrame(np.eye(4), columns=["x", "y", "pca_x", "pca_y"])
    one = np.array(["x"] * 4)
    quality = map_quality(np.eye(4, dtype=np.float32), positions, one, one, AtlasParams())
    assert quality["umap"]["trustworthiness"] is None
    assert quality["umap"]["singer_purity_other_sources"] is None
    assert quality["umap"]["singer_purity"] == 1.0


@pytest.mark.real
def test_real_clips_are_embedded_as_the_model_listens(flamenco_motifs, tmp_path):
    from flamsid_core.singers import FeatureParams

    files = [str(p.relative_to(flamenco_motifs)) for p in sorted(flamenco_motifs.glob("EM/*.flac"))[:12]]
    table = pd.DataFrame({"file": files, "start_s": 0.0, "end_s": 0.5})
    listened = []
    model = SimpleNamespace(
        features=FeatureParams(),
        embeddings=lambda features: listened.append(features) or np.zeros((len(features), 3)),
    )
    assert embed(model, table, flamenco_motifs.joinpath, cache_dir=tmp_path).shape == (12, 3)
    assert len(listened[0]) == 12


def test_neighbours_in_cells_are_nearly_all_found(monkeypatch):

    monkeypatch.setattr(_module, "_PROBED_POINTS", 400)
    rng = np.random.default_rng(0)
    points = rng.normal(size=(60, 8))[rng.integers(0, 60, 3000)] + 0.4 * rng.normal(size=(3000, 8))
    groups = rng.integers(0, 20, 3000)
    for exclude in (None, groups):
        exact = _module.neighbours(points, 5, exclude=exclude)
        found = _module.neighbours_in_cells(points, 5, exclude=exclude)
        assert _module.recall(found, exact) > 0.9
        same = found.indices == exact.indices
        assert np.allclose(found.distances[same], exact.distances[same], atol=1e-6)
        assert not (found.indices == np.arange(3000)[:, None]).any()
        if exclude is not None:
            assert (groups[found.indices] != groups[:, None]).all()
    rows = np.array([7, 3, 2000])
    some = _module.neighbours_in_cells(points, 5, rows=rows)
    assert np.array_equal(some.indices, _module.neighbours_in_cells(points, 5).indices[rows])


def test_recall_counts_true_neighbours_only():
    Neighbours, recall = _module.Neighbours, _module.recall

    exact = Neighbours(np.array([[1, 2], [0, -1]]), np.array([[0.1, 0.2], [0.1, np.inf]]))
    found = Neighbours(np.array([[2, 3], [0, -1]]), np.array([[0.2, 0.3], [0.1, np.inf]]))
    assert recall(found, exact) == pytest.approx(2 / 3)
