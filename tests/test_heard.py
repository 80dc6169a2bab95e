"""What is heard of the record, what was removed from it, and what its speed may be."""

import numpy as np
import pandas as pd
import pytest
import soundfile
from test_f0_noise import mains, song

from flamsid_core.corpus.carrier import check_speed
from flamsid_core.errors import FlamsidError
from flamsid_core.melody import track_f0, track_file
from flamsid_core.melody.heard import hear_record, removed_sound
from flamsid_core.melody.speed import at_speed, propose_speeds, speed_cents, tuning_offset

RATE_HZ = 22050


@pytest.fixture(scope="module")
def voice():
    return song(RATE_HZ, 14.0)[0]


def written(folder, signal):
    path = folder / "record.wav"
    soundfile.write(path, signal, RATE_HZ, subtype="FLOAT")
    return path


def test_a_clean_recording_says_little(tmp_path, voice):
    heard = hear_record(written(tmp_path, voice))
    assert heard.hum_hz == 0.0
    assert heard.clicks_per_s < 0.5
    assert heard.noise_db > 45.0
    assert 2000 < heard.bandwidth_hz < 6000
    assert "no hum" in heard.sentence
    assert "no clicks" in heard.sentence


def test_hum_noise_and_clicks_are_heard_and_removed(tmp_path, voice):
    rng = np.random.default_rng(0)
    hum = 0.03 * mains(len(voice), 52.0, rate_hz=RATE_HZ)
    clicks = np.zeros(len(voice))
    clicks[rng.integers(1000, len(voice) - 1000, 56)] = 0.9
    path = written(tmp_path, voice + hum + clicks + 0.003 * rng.standard_normal(len(voice)))
    heard = hear_record(path)
    assert heard.hum_hz == pytest.approx(52.0, abs=0.05)
    assert heard.clicks_per_s == pytest.approx(4.0, abs=1.0)
    assert 15 < heard.noise_db < 45
    assert "hum at 52.0 Hz" in heard.sentence
    assert propose_speeds(heard.mains_hz, pd.DataFrame({"f0_hz": [0.0]}))[0].speed == pytest.approx(
        4, abs=0.1
    )
    removed, rate_hz = removed_sound(path)
    assert rate_hz == RATE_HZ
    assert len(removed) == len(voice)
    assert np.corrcoef(removed, hum + clicks)[0, 1] > 0.9
    assert abs(np.corrcoef(removed, voice)[0, 1]) < 0.1


@pytest.mark.parametrize("speed", [-6.0, 4.0])
def test_speed_changes_time_and_pitch_alike(voice, speed):
    """A recording said to have run fast gives the melody of the same sound at its true rate."""
    melody = at_speed(track_f0(voice, RATE_HZ), speed)
    slower = track_f0(voice, RATE_HZ / (1 + speed / 100))
    assert melody.time_s.iloc[-1] == pytest.approx(slower.time_s.iloc[-1], abs=0.02)
    there = slower.f0_hz.to_numpy()[np.searchsorted(slower.time_s, melody.time_s).clip(0, len(slower) - 1)]
    both = (there > 0) & (melody.f0_hz > 0)
    assert both.mean() > 0.4
    assert np.median(np.abs(1200 * np.log2(melody.f0_hz[both] / there[both]))) < 5.0


def test_a_file_is_tracked_at_its_speed(tmp_path, voice):
    path = written(tmp_path, voice)
    pd.testing.assert_frame_equal(track_file(path, speed=4.0), at_speed(track_file(path), 4.0))


@pytest.mark.parametrize("speed", [float("nan"), 51.0, -80.0])
def test_impossible_speeds_are_refused(speed):
    with pytest.raises(FlamsidError, match="percent"):
        check_speed(speed)


def test_tuning_is_found_and_free_pitch_is_not():
    rng = np.random.default_rng(1)
    notes = 440.0 * 2 ** ((rng.integers(-12, 12, 200) * 100 + 30) / 1200)
    offset, agreement = tuning_offset(np.repeat(notes, 20))
    assert offset == pytest.approx(30.0, abs=2.0)
    assert agreement > 0.9
    free = 440.0 * 2 ** (rng.uniform(-1, 1, 400))
    assert tuning_offset(np.repeat(free, 20))[1] < 0.2
    proposals = propose_speeds([0.0], pd.DataFrame({"f0_hz": np.repeat(notes, 20)}))
    assert [p.by for p in proposals] == ["tuning"]
    assert speed_cents(proposals[0].speed) == pytest.approx(30.0, abs=2.0)


def test_hum_at_its_own_frequency_proposes_nothing():
    assert propose_speeds([50.0, 50.05], pd.DataFrame({"f0_hz": [0.0]})) == []
    assert propose_speeds([52.0, 0.0, 0.0, 0.0], pd.DataFrame({"f0_hz": [0.0]})) == []
