"""Planted copies are found through gain, bounds, codec and rate; different renditions are not taken for one sound."""

import io

import numpy as np
import pandas as pd
import pytest
import soundfile
import soxr

from flamsid_core.corpus import load_corpus, read_audio
from flamsid_core.corpus.near_duplicates import COLUMNS, near_duplicates
from flamsid_core.corpus.same_sound import (
    LEAST_SHARED_S,
    RATE_HZ,
    aligned,
    flattened,
    refined,
    required_similarity,
    stands_out,
)

GUISES = {
    "wav": {},
    "mp3": {"format": "MP3", "compression_level": 0.6},
    "ogg": {"format": "OGG", "subtype": "VORBIS", "compression_level": 0.95},
    "opus": {"format": "OGG", "subtype": "OPUS", "compression_level": 0.7},
}


def disguised(signal, rate_hz, guise, cut_s=0.08, gain_db=-12.0):
    """Cut at both sides, made softer, sent through a codec (Opus knows 24 kHz) or another rate."""
    cut = round(cut_s * rate_hz)
    signal = signal[cut:-cut] * 10 ** (gain_db / 20)
    if guise in ("opus", "resampled"):
        target_hz = {"opus": 24000, "resampled": 16000}[guise]
        signal, rate_hz = soxr.resample(signal, rate_hz, target_hz), target_hz
    options = GUISES.get(guise, {})
    if not options:
        return signal, rate_hz
    file = io.BytesIO()
    soundfile.write(file, signal, rate_hz, **options)
    file.seek(0)
    return soundfile.read(file, dtype="float32")


def table_of(rows):
    frame = pd.DataFrame(rows, columns=["file", "start_s", "end_s"])
    frame["instance_id"] = [f"i{k}" for k in range(len(frame))]
    return frame.assign(sound_id=frame["instance_id"], overlap_group=frame["instance_id"])


@pytest.fixture(scope="module")
def clips(small_corpus, tmp_path_factory):
    """Stretches of 0.5 s without overlap from two virtual singers' recordings, and copies of ten in five guises."""
    folder = tmp_path_factory.mktemp("clips")
    corpus, signals = load_corpus(small_corpus), []
    for file in corpus.recordings["file"]:
        signal, rate_hz = read_audio(corpus.locate(file))
        length = round(0.5 * rate_hz)
        pieces = [signal[k : k + length] for k in range(0, len(signal) - length, length)]
        signals += [piece for piece in pieces if np.sqrt(np.mean(piece**2)) > 0.02][:30]
    rows, planted = [], {}
    for number, piece in enumerate(signals):
        soundfile.write(folder / f"{number}.wav", piece, rate_hz)
        rows.append((f"{number}.wav", 0.0, len(piece) / rate_hz))
    for k, number in enumerate(np.random.default_rng(0).choice(len(signals), 20, replace=False)):
        guise = [*GUISES, "resampled"][k % 5]
        copy, copy_hz = disguised(signals[number], rate_hz, guise)
        soundfile.write(folder / f"copy{k}.wav", copy, copy_hz)
        planted[f"i{number}", f"i{len(rows)}"] = guise
        rows.append((f"copy{k}.wav", 0.0, len(copy) / copy_hz))
    return folder, table_of(rows), planted


def test_planted_copies_are_found_and_nothing_else(clips):
    folder, table, planted = clips
    found = near_duplicates(table, folder.joinpath)
    assert list(found.columns) == COLUMNS
    pairs = set(zip(found["first"], found["second"], strict=True))
    assert {planted[pair] for pair in set(planted) - pairs} == set(), "missed"
    assert pairs - set(planted) == set(), "not the same sound"
    assert found["similarity"].between(0, 1).all()
    exact = found[
        [planted[pair] in ("wav", "resampled") for pair in zip(found["first"], found["second"], strict=True)]
    ]
    assert np.allclose(exact["offset_s"], 0.08, atol=0.001)
    assert np.allclose(exact["shared_s"], 0.34, atol=0.01)
    assert (exact["similarity"] > 0.98).all()


def test_the_same_call_gives_the_same_pairs_and_reports(clips):
    folder, table, _ = clips
    told = []
    one = near_duplicates(table, folder.joinpath, on_progress=lambda fraction, text: told.append(fraction))
    assert told == sorted(told) and told[-1] == 1.0
    pd.testing.assert_frame_equal(one, near_duplicates(table, folder.joinpath))


def test_what_is_known_to_share_samples_is_left_out(clips):
    folder, table, planted = clips
    (first, second), *_ = planted
    known = table.assign(overlap_group=table["overlap_group"].replace(second, first))
    found = near_duplicates(known, folder.joinpath)
    assert len(found) == len(planted) - 1
    assert not ((found["first"] == first) & (found["second"] == second)).any()


def test_motifs_in_a_copied_recording_are_paired_where_they_overlap(small_corpus, tmp_path):
    """A recording softer, later and through a codec: instances meet where they lie in the sound, not by file."""
    corpus = load_corpus(small_corpus)
    signal, rate_hz = read_audio(corpus.locate(corpus.recordings["file"].iloc[0]))
    soundfile.write(tmp_path / "a.wav", signal, rate_hz)
    copy, copy_hz = disguised(np.pad(signal, (round(0.3 * rate_hz), 0)), rate_hz, "ogg", cut_s=0.05)
    soundfile.write(tmp_path / "b.flac", copy, copy_hz)
    table = table_of(
        [
            ("a.wav", 1.0, 1.6),
            ("a.wav", 1.4, 2.1),
            ("a.wav", 4.0, 4.5),
            ("b.flac", 1.45, 2.05),
            ("b.flac", 6.0, 6.6),
        ]
    )
    table["overlap_group"] = ["a", "a", "a2", "b", "b2"]
    found = near_duplicates(table, tmp_path.joinpath).set_index(["first", "second"])
    assert set(found.index) == {("i0", "i3"), ("i1", "i3")}
    assert found.loc[("i0", "i3"), "offset_s"] == pytest.approx(0.2, abs=0.003)  # b's 1.45 s is a's 1.2 s
    assert found.loc[("i1", "i3"), "offset_s"] == pytest.approx(-0.2, abs=0.003)
    assert found.loc[("i0", "i3"), "shared_s"] == pytest.approx(0.4, abs=0.003)


def test_steady_notes_of_one_pitch_are_not_one_sound(tmp_path):
    """Two voices on one note agree in the fundamental; so do two notes of one voice."""
    rng, t, rows = np.random.default_rng(0), np.arange(8000) / 16000, []
    for number in range(12):
        gains = rng.uniform(0.05, 1, 10) / np.arange(1, 11)
        vibrato = 0.15 * np.sin(2 * np.pi * rng.uniform(5, 6) * t + rng.uniform(0, 6))
        signal = sum(g * np.sin((h + 1) * (2 * np.pi * 220 * t + vibrato)) for h, g in enumerate(gains))
        soundfile.write(tmp_path / f"{number}.wav", 0.1 * signal, 16000)
        rows.append((f"{number}.wav", 0.0, 0.5))
    assert near_duplicates(table_of(rows), tmp_path.joinpath).empty


def test_alignment_finds_a_known_lag():
    rng = np.random.default_rng(1)
    one = rng.standard_normal(4000).astype(np.float16)
    similarity, lag, shared_s = aligned(one, -0.1 * one[1003:3003], one, one[1003:3003], 960)
    assert (lag, shared_s) == (1003, pytest.approx(2000 / RATE_HZ))
    assert similarity == pytest.approx(1.0, abs=0.01), "gain and polarity do not matter"
    other = rng.standard_normal(4000).astype(np.float16)
    assert aligned(one, other, one, other, 0)[0] < required_similarity(0.5)
    assert aligned(one, other, one, other, 3500)[2] == 0.0, "they share less than can be judged"


def test_a_shift_by_a_part_of_a_sample_is_no_difference():
    rng = np.random.default_rng(2)
    fine = soxr.resample(
        rng.standard_normal(9000), 4000, 16000
    )  # what both are samples of, half a sample apart
    one, other = fine[0::2].astype(np.float16), fine[1::2].astype(np.float16)
    assert refined(one, other, 0) > 0.98
    assert aligned(one, other, one, other, 0)[0] < refined(one, other, 0)
    assert refined(one, other[::-1], 0) < 0.3


def test_hum_agrees_with_itself_at_every_period_and_a_gliding_voice_at_one_lag():
    rng, t = np.random.default_rng(3), np.arange(4000) / RATE_HZ
    hum = sum(np.sin(2 * np.pi * 150 * h * t) / h for h in range(1, 9))
    glide = sum(np.sin(2 * np.pi * h * (150 * t + 120 * t**2)) / h for h in range(1, 9))
    for sound, expected in ((hum, False), (glide, True)):
        one, other = ((sound + 0.3 * rng.standard_normal(4000)).astype(np.float16) for _ in range(2))
        flat = flattened(one), flattened(other)
        assert stands_out(one, other, *flat, 0, 0.9) == expected
        assert stands_out(one, other, *flat, 0, 0.99), "so much alike that it does not matter"


def test_nothing_to_compare(tmp_path):
    soundfile.write(tmp_path / "silence.wav", np.zeros(8000), 16000)
    soundfile.write(tmp_path / "short.wav", np.ones(300) * 0.1, 16000)
    assert near_duplicates(table_of([("silence.wav", 0.0, 0.5)]), tmp_path.joinpath).empty
    both = table_of([("silence.wav", 0.0, 0.5), ("short.wav", 0.0, 300 / 16000)])
    assert near_duplicates(both, tmp_path.joinpath).empty
    again = table_of([("silence.wav", 0.0, 0.2), ("silence.wav", 0.3, 0.5)])
    assert near_duplicates(again, tmp_path.joinpath).empty
    assert required_similarity(LEAST_SHARED_S) > required_similarity(0.3) > required_similarity(2.0)


@pytest.mark.real
@pytest.mark.slow
def test_the_published_clips_hold_more_than_equal_samples_show(flamenco_motifs):
    """AM's M1036_intervals is EC's recording: found by sound alone, and no source group is joined to another."""
    instances = load_corpus(flamenco_motifs).instances
    disputed = instances["source_group"].isin(instances.loc[instances["conflict"], "source_group"])
    instances = instances[disputed | (instances["singer"] == "JT")]
    found = near_duplicates(instances, flamenco_motifs.joinpath)
    of = instances.set_index("instance_id")
    first, second = of.loc[found["first"]], of.loc[found["second"]]
    assert len(found) > 300
    assert (found["similarity"] > 0.98).mean() > 0.99
    assert (first["source_group"].to_numpy() == second["source_group"].to_numpy()).all()
    crossing = first["singer"].to_numpy() != second["singer"].to_numpy()
    assert crossing.sum() > 100
    assert set(first[crossing]["singer"]) | set(second[crossing]["singer"]) == {"AM", "EC"}
    assert set(first[crossing]["recording"]) == {"M1036_intervals"}
