"""f0 tracking against known f0: held-out singers of MIR-1K, cante, the synthesised demo corpus."""

import mir_eval
import numpy as np
import pandas as pd
import pytest

from flamsid_core.corpus import read_audio
from flamsid_core.melody import MelodyParams, track_f0, track_file

PAPER_WEIGHTS = MelodyParams(harmonic_weight=0.8, magnitude_exponent=1.0, peak_range_db=40.0)


def score(truth, melody):
    return mir_eval.melody.evaluate(
        truth.time_s.to_numpy(), truth.f0_hz.to_numpy(), melody.time_s.to_numpy(), melody.f0_hz.to_numpy()
    )


def mir1k_song(folder, name):
    singer = name.rsplit("_", 1)[0]
    truth = pd.read_csv(folder / singer / f"{name}.f0.csv", names=["time_s", "f0_hz"])
    return folder / singer / f"{name}.flac", truth


@pytest.mark.real
def test_held_out_singers_of_mir1k(mir1k):
    results = []
    for name in ("amy_1", "davidson_2", "heycat_3", "leon_4"):
        path, truth = mir1k_song(mir1k, name)
        results.append(score(truth, track_file(path)))
    assert np.mean([r["Overall Accuracy"] for r in results]) >= 0.94
    assert np.mean([r["Raw Pitch Accuracy"] for r in results]) >= 0.95
    assert np.mean([r["Voicing False Alarm"] for r in results]) <= 0.10


@pytest.mark.real
@pytest.mark.parametrize("name", ["amy_2", "leon_1"])
def test_above_pyin_on_the_same_sound(mir1k, name):
    path, truth = mir1k_song(mir1k, name)
    truth = truth[truth.time_s < 8.0]
    signal, rate_hz = read_audio(path, end_s=8.0)
    ours, pyin = (score(truth, track_f0(signal, rate_hz, method=m)) for m in ("salience", "pyin"))
    assert ours["Overall Accuracy"] > pyin["Overall Accuracy"]


@pytest.mark.real
def test_times_agree_with_the_reference(mir1k):
    """Shifting the melody by a hop or more either way must make it worse, not better."""
    path, truth = mir1k_song(mir1k, "amy_1")
    melody = track_file(path)

    def raw_pitch(shift_s):
        return score(truth, melody.assign(time_s=melody.time_s + shift_s))["Raw Pitch Accuracy"]

    here = raw_pitch(0.0)
    assert here > raw_pitch(0.010)
    assert all(here > raw_pitch(shift) for shift in (-0.02, -0.015, 0.015, 0.02))


def flamenco_errors(flamenco_motifs, f0_consensus, params):
    """Raw pitch and octave errors over every seventh clip of the consensus, all frames together."""
    table = pd.read_csv(f0_consensus)
    table = table[table.f0_hz > 0]
    files = table.file.unique()[::7]
    off = []
    for file, truth in table[table.file.isin(files)].groupby("file"):
        melody = track_file(flamenco_motifs / file, params)
        rows = np.rint(truth.time_s.to_numpy() * 44100 / 256).astype(int)
        found = melody.f0_hz.to_numpy()[np.minimum(rows, len(melody) - 1)]
        off.append(1200 * np.log2(np.maximum(found, 1.0) / truth.f0_hz.to_numpy()))
    off = np.concatenate(off)
    octaves = np.round(off / 1200)
    octave_error = (octaves != 0) & (np.abs(off - 1200 * octaves) < 50)
    return np.mean(np.abs(off) < 50), np.mean(octave_error)


@pytest.mark.real
def test_cante_has_no_octave_errors(flamenco_motifs, f0_consensus):
    raw_pitch, octave_errors = flamenco_errors(flamenco_motifs, f0_consensus, MelodyParams())
    assert raw_pitch >= 0.98
    assert octave_errors < 0.01


@pytest.mark.real
def test_the_weights_of_the_2011_paper_go_an_octave_up(flamenco_motifs, f0_consensus):
    """Why ours differ: this is what they are different for."""
    raw_pitch, octave_errors = flamenco_errors(flamenco_motifs, f0_consensus, PAPER_WEIGHTS)
    assert octave_errors > 0.01
    assert raw_pitch < 0.99


def test_the_demo_corpus_is_heard_as_it_was_sung(small_corpus):
    truths = sorted(small_corpus.glob("*/*.f0.csv"))[:3]
    assert len(truths) == 3
    for path in truths:
        result = score(pd.read_csv(path), track_file(path.with_name(path.name.replace(".f0.csv", ".flac"))))
        assert result["Overall Accuracy"] > 0.92
        assert result["Raw Pitch Accuracy"] > 0.95
