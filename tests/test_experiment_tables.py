"""The tables of the findings come from results files: what is there, what is missing, what was not reached."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from flamsid_core.singers.evaluation.protocols import source_disjoint_folds

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
import experiment_controls as controls
import experiment_tables as tables

ROOT = Path(__file__).resolve().parents[1]

ROW = {
    "network": "residual-blstm",
    "preset": "lean",
    "features": "mel",
    "clip_set": "motifs",
    "state": "done",
    "error": None,
    "accuracy": 0.995,
    "low": 0.99,
    "high": 0.999,
    "mean_over_singers": 0.98,
    "macro_auc": 0.9995,
    "recordings_right": 15,
    "recordings": 15,
    "seconds": 61.0,
    "paper_accuracy": 0.9629,
    "paper_auc": 0.9442,
}


@pytest.fixture
def findings(tmp_path):
    marks = "\n\n".join(f"## {name}\n\n<!-- table: {name} -->\n<!-- end -->" for name in tables.TABLES)
    path = tmp_path / "findings.md"
    path.write_text(f"# Findings\n\nProse | with a bar.\n\n{marks}\n\nThe end.\n")
    (tmp_path / "results").mkdir()
    return path


def write(findings, name, value):
    (findings.parent / "results" / f"{name}.json").write_text(json.dumps(value))


def test_without_results_every_table_says_how_to_get_them(findings):
    made = tables.write_tables(findings, findings.parent / "results")
    text = findings.read_text()
    assert made.keys() == tables.TABLES.keys()
    assert "--only mir1k" in made["mir1k"] and "--only speed" in made["speed"]
    assert text.count("<!-- end -->") == len(tables.TABLES)
    assert text.startswith("# Findings\n\nProse | with a bar.\n") and text.endswith("\n\nThe end.\n")


def test_figures_stand_beside_the_papers_and_the_baseline(findings):
    results = findings.parent / "results"
    write(findings, "paper", {"rows": [ROW, ROW | {"features": "mfcc", "accuracy": 0.9}], "peers": []})
    failed = {"state": "failed", "error": "No second source.", "network": "crnn"}
    blank = dict.fromkeys(["accuracy", "low", "high", "mean_over_singers", "macro_auc", "seconds"])
    write(findings, "deduplicated", {"rows": [ROW | failed | blank], "peers": []})
    chosen = dict(zip(("network", "features"), tables.CHOSEN["source-disjoint"], strict=True))
    honest = ROW | chosen | {"mean_over_singers": 0.55, "recordings_right": 12}
    lucky = ROW | {"mean_over_singers": 0.99, "recordings_right": 15}
    write(findings, "source-disjoint", {"rows": [lucky, honest], "peers": []})
    made = tables.write_tables(findings, results)
    lines = made["figures"].splitlines()
    here = {line.split(" | ")[0].strip("| "): line.rstrip(" |").split(" | ")[1:] for line in lines[2:]}
    assert here["`paper`: accuracy (Residual-BLSTM, log-mel)"] == ["96.29 %", "–", "99.50 %"]
    assert here["motif cells of the paper, `paper`: at least the paper's accuracy"][-1] == "1 of 2"
    # not the best of the rows, but what was chosen before
    assert here["`source-disjoint`: mean over singers (two-covariance, timbre)"][-1] == "55.00 %"
    assert here["`source-disjoint`: source groups by vote (two-covariance, timbre)"][-1] == "12 of 15"
    assert "No second source." in made["protocols"]
    first = findings.read_text()
    tables.write_tables(findings, results)
    assert findings.read_text() == first


def test_attempts_are_all_there_the_best_first(findings):
    row = {"corpus": "c", "protocol": "source-disjoint", "accuracy": None, "groups": 15, "note": "a|b"}
    write(
        findings,
        "attempts",
        [
            row | {"name": "worse", "mean_over_singers": 0.4, "groups_right": None, "command": None},
            row | {"name": "better", "mean_over_singers": 0.6, "groups_right": 12, "command": "flamsid x"},
        ],
    )
    lines = tables.write_tables(findings, findings.parent / "results")["attempts"].splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| better", "| worse"]
    assert "12 of 15" in lines[2] and "`flamsid x`" in lines[2] and "a\\|b" in lines[3]


def test_a_mark_for_no_table_is_refused(findings):
    findings.write_text(findings.read_text() + "<!-- table: nine -->\n<!-- end -->\n")
    with pytest.raises(SystemExit, match="nine"):
        tables.write_tables(findings, findings.parent / "results")


def test_the_findings_are_what_the_results_say(tmp_path):
    """Nobody wrote a figure of docs/findings.md by hand."""
    committed = ROOT / "docs" / "findings.md"
    copy = tmp_path / "findings.md"
    copy.write_text(committed.read_text(encoding="utf-8"), encoding="utf-8")
    tables.write_tables(copy, ROOT / "benchmarks" / "results")
    assert copy.read_text(encoding="utf-8") == committed.read_text(encoding="utf-8")


# -- what stands beside the figures -----------------------------------------------------------------------------------


def instances_with(patterns, tmp_path):
    """Two singers, four recordings each, told apart by nothing but the shape of their pitch."""
    rng = np.random.default_rng(0)
    rows = []
    for singer, shape in patterns.items():
        for take in range(4):
            recording = f"{singer}{take}"
            time_s = np.arange(0, 6, 0.01)
            cents = rng.uniform(1500, 2500) + shape(time_s) + rng.normal(0, 5, len(time_s))
            f0_hz = 55 * 2 ** (cents / 1200)
            pd.DataFrame({"time_s": time_s, "f0_hz": f0_hz}).to_parquet(tmp_path / f"{recording}.parquet")
            for k in range(10):
                rows.append(
                    {
                        "instance_id": f"{recording}-{k}",
                        "recording_id": recording,
                        "singer": singer,
                        "source_group": recording,
                        "sound_id": f"{recording}-{k}",
                        "overlap_group": f"{recording}-{k}",
                        "conflict": False,
                        "start_s": 0.5 * k,
                        "end_s": 0.5 * k + 0.5,
                    }
                )
    return pd.DataFrame(rows)


def test_the_contour_alone_tells_shapes_apart_and_not_registers(tmp_path):
    vibrato = {
        "ana": lambda t: 60 * np.sin(2 * np.pi * 6 * t),
        "curro": lambda t: 10 * np.sin(2 * np.pi * 6 * t),
    }
    register = {"ana": lambda t: 0 * t, "curro": lambda t: 0 * t + 800}
    for number, (shapes, low, high) in enumerate([(vibrato, 0.9, 1.0), (register, 0.25, 0.75)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        table = instances_with(shapes, folder)
        splits = {"source-disjoint": source_disjoint_folds(table, 4)}
        found = controls.contour_only(table, lambda name, at=folder: at / f"{name}.parquet", splits)
        assert low <= found["accuracy"] <= high
        assert found["recordings"] == 8


def test_channels_differ_by_recording_and_stay(tmp_path):
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(16000).astype(np.float32) * 0.1
    for name in ("a.wav", "b.wav"):
        soundfile.write(tmp_path / name, noise, 16000)
    dest = controls.through_channels(["a.wav", "b.wav"], tmp_path, tmp_path / "out")
    heard = [soundfile.read(dest / name)[0] for name in ("a.wav", "b.wav")]
    levels_db = [
        20 * np.log10(np.abs(np.fft.rfft(signal))[1000:3000].reshape(20, 100).mean(1)) for signal in heard
    ]
    shapes = [level - level.mean() for level in levels_db]
    assert len(heard[0]) == 16000
    assert np.abs(shapes[0] - shapes[1]).max() > 3
    before = (dest / "a.wav").stat().st_mtime_ns
    controls.through_channels(["a.wav", "b.wav"], tmp_path, tmp_path / "out")
    assert (dest / "a.wav").stat().st_mtime_ns == before
