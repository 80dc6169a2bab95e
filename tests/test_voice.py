"""What is measured on and between harmonics, and who is named by it, whatever the record did."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
import soxr
from voices import PAUSE_S, PHRASE_S, RATE_HZ, recording

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.features.harmonic import band_hz, harmonic_frames
from flamsid_core.singers.features.pieces import phrase_pieces
from flamsid_core.singers.features.voice import COLUMNS, LAYOUT, voice_rows
from flamsid_core.singers.networks.reliability import heard_voice, reliability_table
from flamsid_core.singers.networks.voice_model import (
    channel_covariance,
    fit_voice_model,
    heard_short,
    judge,
    judge_clips,
)

SINGERS, SONGS = 3, 3


def rows_of(signal, melody):
    spans = phrase_pieces(melody["time_s"], melody["f0_hz"])
    return voice_rows(signal, RATE_HZ, melody, spans[:, 0], spans[:, 1])


@cache
def corpus():
    rows = [[rows_of(*recording(k, song)) for song in range(SONGS + 1)] for k in range(SINGERS)]
    parts = [(rows[k][song], k, k * SONGS + song) for k in range(SINGERS) for song in range(SONGS)]
    clips = np.concatenate([part for part, _, _ in parts])
    singer = np.concatenate([np.full(len(part), k) for part, k, _ in parts])
    group = np.concatenate([np.full(len(part), g) for part, _, g in parts])
    return fit_voice_model(clips, singer, group, SINGERS), [theirs[SONGS] for theirs in rows]


def test_the_envelope_of_a_tone_is_read_at_its_harmonics_and_its_floor_in_the_pauses():
    t = np.arange(2 * RATE_HZ) / RATE_HZ
    rng = np.random.default_rng(0)
    signal = sum(0.1 * np.cos(2 * np.pi * 200 * h * t + h * h) for h in range(1, 39)) * (t < 1)
    signal = signal + 0.03 * rng.normal(size=len(t))
    melody = pd.DataFrame(
        {"time_s": np.arange(200) * 0.01, "f0_hz": np.where(np.arange(200) < 98, 200.0, 0.0)}
    )
    found = harmonic_frames(signal, RATE_HZ, melody)
    level_db = found.envelope_db[10:90] + found.level_db
    np.testing.assert_allclose(level_db, 20 * np.log10(0.1), atol=1.5)
    # between harmonics of a held tone there is the noise alone, as in the pauses
    np.testing.assert_allclose(found.valley_db[10:90].mean(axis=0), found.floor_db, atol=4.0)
    assert found.has_pauses and np.isnan(found.envelope_db[150]).all()


def test_frames_without_f0_are_refused():
    silent = pd.DataFrame({"time_s": np.arange(100) * 0.01, "f0_hz": np.zeros(100)})
    with pytest.raises(FlamsidError, match="voiced"):
        harmonic_frames(np.zeros(RATE_HZ), RATE_HZ, silent)
    assert voice_rows(np.zeros(RATE_HZ), RATE_HZ, silent, np.array([0.0]), np.array([1.0])).shape == (
        1,
        COLUMNS,
    )


def test_pieces_are_the_phrases_in_equal_parts():
    _, melody = recording(0, 0, phrases=2)
    spans = phrase_pieces(melody["time_s"], melody["f0_hz"], most_s=1.0)
    period = PHRASE_S + PAUSE_S
    expected = [[0, 0.75], [0.75, 1.5], [period, period + 0.75], [period + 0.75, period + 1.5]]
    np.testing.assert_allclose(spans, expected, atol=0.011)
    assert len(phrase_pieces(melody["time_s"], melody["f0_hz"] * 0)) == 0
    bridged = phrase_pieces(melody["time_s"], melody["f0_hz"], bridged_s=1.0, most_s=10.0)
    assert len(bridged) == 1


def test_a_gain_changes_nothing():
    signal, melody = recording(1, 9)
    one, other = rows_of(signal, melody), rows_of(0.05 * signal, melody)
    np.testing.assert_allclose(one[:, LAYOUT.voice], other[:, LAYOUT.voice], atol=2e-3)
    model, _ = corpus()
    np.testing.assert_allclose(judge(model, one).log_posterior, judge(model, other).log_posterior, atol=0.02)


def test_every_singer_is_named_in_a_song_not_heard_before():
    model, asked = corpus()
    assert model.choice == "harmonic"
    for k, rows in enumerate(asked):
        assert judge(model, rows).log_posterior.argmax() == k
        assert (judge_clips(model, rows).argmax(axis=1) == k).mean() > 0.8


@pytest.mark.parametrize("band_limit_hz", [3000, 5000])
def test_a_band_limited_copy_never_raises_the_confidence(band_limit_hz):
    model, asked = corpus()
    for k in range(SINGERS):
        signal, melody = recording(k, SONGS)
        narrow = soxr.resample(soxr.resample(signal, RATE_HZ, 2 * band_limit_hz), 2 * band_limit_hz, RATE_HZ)
        rows = rows_of(narrow[: len(signal)], melody)
        whole, copy = judge(model, asked[k]).log_posterior, judge(model, rows).log_posterior
        assert rows[0, LAYOUT.missing].sum() >= (band_hz() > 1.1 * band_limit_hz).sum()
        assert copy.max() <= whole.max() + 1e-6


def test_what_noise_hides_is_believed_less():
    _, asked = corpus()
    noisy = asked[0].copy()
    noisy[:, LAYOUT.snr] = noisy[:, LAYOUT.valley_snr] = 0.0
    clean = asked[0].copy()
    clean[:, LAYOUT.snr] = clean[:, LAYOUT.valley_snr] = 50.0
    assert (heard_voice(noisy).variance >= heard_voice(clean).variance).all()
    table = reliability_table()
    assert (np.diff(table.snr_db) > 0).all() and (table.deviation > 0).all()


def clips_of(singer, song, gain=1.0):
    """Return the rows of every phrase as a file of its own, cut where its voice begins and ends."""
    signal, melody = recording(singer, song)
    parts = []
    for phrase in range(4):
        start_s, end_s = phrase * (PHRASE_S + PAUSE_S) + 0.05, phrase * (PHRASE_S + PAUSE_S) + PHRASE_S - 0.05
        sung = melody[melody["time_s"].between(start_s, end_s)]
        at = sung.assign(time_s=sung["time_s"] - sung["time_s"].iloc[0])
        cut = gain * signal[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
        length_s = end_s - start_s
        edges = np.linspace(0, length_s, 4)
        parts += [
            voice_rows(cut, RATE_HZ, at, edges[:-1], edges[1:]),
        ]
    return np.concatenate(parts)


def test_clips_without_pauses_are_heard_by_values_that_need_none_and_no_gain_moves():
    rows = [[clips_of(k, song) for song in range(SONGS)] for k in range(SINGERS)]
    clips = np.concatenate([part for theirs in rows for part in theirs])
    of_song = np.repeat(np.arange(SINGERS * SONGS), [len(part) for theirs in rows for part in theirs])
    model = fit_voice_model(clips, of_song // SONGS, of_song, SINGERS)
    assert (model.choice, set(model.experts)) == ("short", {"short"})
    asked, louder = clips_of(1, SONGS), clips_of(1, SONGS, gain=4.0)
    np.testing.assert_allclose(heard_short(asked).clips, heard_short(louder).clips, atol=0.02)
    assert judge(model, asked).log_posterior.argmax() == 1
    np.testing.assert_allclose(judge_clips(model, asked), judge_clips(model, louder), atol=0.05)


def test_a_channel_moves_what_the_covariance_says():
    assert channel_covariance("timbre") is None
    for expert in ("harmonic", "short"):
        covariance = channel_covariance(expert)
        assert np.linalg.matrix_rank(covariance) == (5 if expert == "harmonic" else 4)
    # the second slow cosine over 128 bands is the second cepstral coefficient, 5 dB of it √64 times as much
    assert channel_covariance("short")[1, 1] == pytest.approx(25 * 64)
