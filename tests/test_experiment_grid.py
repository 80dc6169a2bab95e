"""Grids: what a file says becomes cells, or one clear sentence; the paper's figures."""

from pathlib import Path

import pytest

from flamsid_core.errors import FlamsidError
from flamsid_core.experiments import PAPER_TABLE, make_grid, read_grid
from flamsid_core.singers import TrainParams
from flamsid_core.singers.features.frames import FeatureParams

PAPER_GRID = Path(__file__).resolve().parents[1] / "benchmarks" / "grids" / "paper.toml"


def test_the_paper_grid_has_the_papers_cells():
    found = read_grid(PAPER_GRID).cells()
    keys = {(cell.params.network, cell.params.features.kind, cell.params.clip_set) for cell in found}
    assert keys == set(PAPER_TABLE)
    assert len(found) == len({cell.name for cell in found}) == 27
    assert {cell.params.protocol for cell in found} == {"paper"}
    assert found[0].params.epochs == 20


def test_a_grid_crosses_lists_and_fixes_the_rest():
    made = make_grid(
        {
            "name": "g",
            "networks": ["crnn", "residual-blstm"],
            "presets": ["lean", "paper"],
            "features": "mfcc",
            "protocols": "all",
            "repeats": 2,
            "epochs": 7,
            "folds": "leave-one-out",
            "max_clips_per_epoch": "none",
            "feature_params": {"coefficients": 20},
        }
    )
    cells = {cell.name: cell.params for cell in made.cells()}
    assert len(cells) == 2 * 2 * 3 * 2
    params = cells["crnn-paper_mfcc_motifs_source-disjoint_1"]
    assert (params.network, params.preset, params.seed, params.epochs) == ("crnn", "paper", 1, 7)
    assert (params.folds, params.max_clips_per_epoch) == ("leave-one-out", None)
    assert params.features == FeatureParams(kind="mfcc", coefficients=20)
    assert params.processes == 1
    plain = made.plain()
    assert plain["patience"] == TrainParams().patience
    again = make_grid({**plain, "max_clips_per_epoch": "none"})
    assert again == made


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("networks = [", ["TOML"]),
        ('netwroks = ["crnn"]', ["netwroks", "did you mean networks"]),
        ("processes = 2", ["processes", "--processes"]),
        ('networks = ["cnn"]', ["cnn", "choose from", "residual-blstm"]),
        ("networks = []", ["networks", "at least one of "]),
        ("networks = [3]", ["networks has 3", "crnn"]),
        ('features = ["wavelet"]', ["wavelet", "mel, mfcc, spectrogram"]),
        ('clip_sets = ["all"]', ["clip_sets", "motifs+segment"]),
        ('protocols = "kind"', ["kind", "deduplicated"]),
        ('presets = "fat"', ["fat", "lean, paper"]),
        ("seeds = [-1]", ["seeds", "from 0"]),
        ("seeds = []", ["seeds", "[0, 1, 2]"]),
        ('seeds = ["a"]', ["seeds", "whole numbers"]),
        ("repeats = 0", ["repeats = 0", "at least 1"]),
        ("repeats = 2\nseeds = [0]", ["repeats and seeds"]),
        ('networks = ["crnn"]\nnetwork = "crnn"', ["say the same twice"]),
        ("epochs = [10, 20]", ["epochs = [10, 20]", "a whole number, like 20"]),
        ("epochs = true", ["epochs = True", "a whole number"]),
        ("epochs = 0", ["epochs is 0", "at least 1"]),
        ("folds = 1", ["folds = 1", "leave-one-out"]),
        ('folds = "all"', ["folds", "'leave-one-out'"]),
        ('learning_rate = "fast"', ["learning_rate", "a number, like 0.001"]),
        ('name = "../up"', ["name", "letters"]),
        ("corpus = 3", ["corpus = 3", "a folder"]),
        ("feature_params = 3", ["feature_params = 3", "[feature_params]"]),
        ("[feature_params]\nbands = 3", ["bands", "[feature_params]", "mel_bands"]),
        ("[feature_params]\nmel_bands = 0", ["0 bands", "like 128"]),
    ],
)
def test_a_wrong_grid_is_one_sentence(tmp_path, text, words):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(FlamsidError) as caught:
        read_grid(path)
    for word in ["wrong.toml", *words]:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_grid_that_is_no_text(tmp_path):
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "bytes.toml", tmp_path / "none.toml", tmp_path):
        with pytest.raises(FlamsidError, match="The grid"):
            read_grid(path)


def test_the_papers_table_agrees_with_the_papers_text():
    """Section 5 gives the mean relative gain of the two sets with motifs over random spans for the best network."""
    for features, gain in {"mfcc": 0.135, "spectrogram": 0.11, "mel": 0.115}.items():
        motifs, segment, elsewhere = (
            PAPER_TABLE["residual-blstm", features, clip_set].accuracy
            for clip_set in ("motifs", "motifs+segment", "random")
        )
        found = ((motifs / elsewhere - 1) + (segment / elsewhere - 1)) / 2
        assert found == pytest.approx(gain, abs=0.002)
    assert PAPER_TABLE["residual-blstm", "mel", "motifs"] == (0.9629, 0.9442)
    networks = ("crnn", "resnet50", "residual-blstm")
    printed = {
        "mel": [0.9105, 0.9319, 0.9629],
        "mfcc": [0.8859, 0.8731, 0.9478],
        "spectrogram": [0.8713, 0.8347, 0.9162],
    }
    for features, row in printed.items():
        assert [PAPER_TABLE[network, features, "motifs"].accuracy for network in networks] == row
    assert len(PAPER_TABLE) == 27
    assert all(0.76 < figure < 0.97 for figures in PAPER_TABLE.values() for figure in figures)
