"""f0 in noise, hum, clicks and rooms: what is cleaned is gone, what is sung stays."""

import naive_clicks
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core.melody import MelodyParams, track_f0
from flamsid_core.melody.analysis import RATE_HZ, analyse_blocks
from flamsid_core.melody.clicks import find_clicks, roughness, without_clicks, without_constant
from flamsid_core.melody.hum import Hum, without_hum
from flamsid_core.melody.noise import FirstLook
from flamsid_core.melody.voicing import falling_maximum

seeds = st.integers(0, 2**32 - 1)


def song(rate_hz=44100, seconds=12.0, seed=0):
    """Return notes of a voice with vibrato and pauses between them, and its f0 per sample (0 in pauses)."""
    rng = np.random.default_rng(seed)
    n = int(seconds * rate_hz)
    time_s = np.arange(n) / rate_hz
    note = (time_s / 0.8).astype(int)
    hz = rng.choice([196.0, 220.0, 247.0, 262.0, 294.0], note.max() + 1)[note]
    f0_hz = hz * 2 ** (0.03 * np.sin(2 * np.pi * 5.5 * time_s))
    sung = (time_s % 0.8) < 0.55
    phase = 2 * np.pi * np.cumsum(f0_hz) / rate_hz
    sound = sum(np.sin(h * phase) / h for h in range(1, 13) if h * 300 < rate_hz / 2)
    fade = np.convolve(sung.astype(float), np.hanning(int(0.03 * rate_hz)), "same")
    return 0.2 * sound * fade / fade.max(), np.where(sung, f0_hz, 0.0)


def overall(melody, f0_hz, rate_hz=44100):
    """Share of frames with the right pitch or rightly unvoiced."""
    truth = f0_hz[np.minimum((melody.time_s * rate_hz).round().astype(int), len(f0_hz) - 1)]
    found = melody.f0_hz.to_numpy()
    near = np.abs(1200 * np.log2(np.maximum(found, 1) / np.maximum(truth, 1))) < 50
    return np.mean(np.where(truth > 0, near & (found > 0), found == 0))


def mains(n, mains_hz=50.0, orders=range(1, 16), rate_hz=44100):
    time_s = np.arange(n) / rate_hz
    return sum(np.sin(2 * np.pi * h * mains_hz * time_s + h) / h for h in orders)


def with_noise(name, voice, rng):
    n = len(voice)
    white = rng.standard_normal(n)
    pink = np.fft.irfft(np.fft.rfft(white) / np.sqrt(np.maximum(np.fft.rfftfreq(n, 1 / 44100), 20.0)), n)
    power = np.sqrt(np.mean(voice**2))
    if name == "hum":
        return voice + power * mains(n) / np.std(mains(n))
    if name == "hum of a carrier 4 % fast":
        return voice + power * mains(n, 52.0) / np.std(mains(n, 52.0))
    if name == "100 Hz hum":
        return voice + power * mains(n, orders=range(2, 31, 2)) / np.std(mains(n, orders=range(2, 31, 2)))
    if name == "clicks":
        out = voice.copy()
        at = rng.integers(0, n, n // 1000)
        out[at] += rng.choice([-1.0, 1.0], len(at)) * rng.uniform(0.2, 2.0, len(at))
        return out
    if name == "white 10 dB":
        return voice + power * 10**-0.5 * white
    if name == "pink 3 dB":
        return voice + power * 10**-0.15 * pink / pink.std()
    assert name == "constant"
    return 0.1 * voice + 0.5


@pytest.mark.parametrize(
    "name",
    ["hum", "hum of a carrier 4 % fast", "100 Hz hum", "clicks", "white 10 dB", "pink 3 dB", "constant"],
)
def test_a_song_is_heard_through_noise(name):
    voice, f0_hz = song()
    melody = track_f0(with_noise(name, voice, np.random.default_rng(1)), 44100)
    assert overall(melody, f0_hz) > 0.9


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
@pytest.mark.parametrize("seconds", [1.0, 8.0])
def test_hum_alone_is_unvoiced(mains_hz, seconds):
    hum = 0.2 * mains(int(seconds * 44100), mains_hz)
    assert (track_f0(hum, 44100).f0_hz > 0).mean() < 0.02


@pytest.mark.parametrize("kind", ["white", "pink", "rumble"])
def test_noise_alone_is_unvoiced(kind):
    rng = np.random.default_rng(2)
    spectrum = np.fft.rfft(rng.standard_normal(10 * 44100))
    hz = np.fft.rfftfreq(10 * 44100, 1 / 44100)
    shape = {"white": 1.0, "pink": 1 / np.sqrt(np.maximum(hz, 20)), "rumble": 1 / (1 + (hz / 40) ** 4)}[kind]
    noise = np.fft.irfft(spectrum * shape)
    assert (track_f0(0.1 * noise / noise.std(), 44100).f0_hz > 0).mean() < 0.02


@pytest.mark.parametrize("seconds", [0.5, 12.0])
@pytest.mark.parametrize("level", [1.0, 1e-2, 1e-4])
@pytest.mark.parametrize("hz", [100.0, 150.0, 233.08, 440.0])
def test_a_steady_tone_reads_within_a_cent_at_any_level(hz, level, seconds):
    time_s = np.arange(int(seconds * 44100)) / 44100
    tone = level * sum(np.sin(2 * np.pi * h * hz * time_s) / h for h in range(1, 9))
    melody = track_f0(tone, 44100)
    inside = melody.f0_hz[melody.time_s.between(0.06, seconds - 0.06)]
    assert (inside > 0).all()
    assert np.abs(1200 * np.log2(inside / hz)).max() < 1.0


@pytest.mark.parametrize("hz", [1400.0, 2000.0, 2800.0])
def test_a_tone_above_the_range_is_unvoiced(hz):
    tone = 0.3 * np.sin(2 * np.pi * hz * np.arange(44100) / 44100)
    assert (track_f0(tone, 44100).f0_hz == 0).all()


def test_a_tone_below_the_range_is_unvoiced():
    phase = 2 * np.pi * 100.0 * np.arange(44100) / 44100
    tone = 0.3 * sum(np.sin(h * phase) / h for h in range(1, 9))
    assert (track_f0(tone, 44100, params=MelodyParams(fmin_hz=150.0)).f0_hz == 0).mean() > 0.98


@pytest.mark.parametrize("period", [441, 551, 700])
def test_the_pulses_of_a_low_voice_are_not_clicks(period):
    pulses = np.zeros(2 * 44100, dtype=np.float32)
    pulses[::period] = 0.5
    out = np.concatenate([signal for signal, _ in without_clicks([pulses], 44100)])
    middle = slice(5000, -5000)
    np.testing.assert_array_equal(out[middle], pulses[middle])


@pytest.mark.parametrize("per_s", [1, 10, 40])
def test_clicks_are_counted_and_bridged(per_s):
    voice, _ = song()
    at = np.arange(3000, len(voice) - 3000, 44100 // per_s) + np.random.default_rng(0).integers(0, 400)
    clicked = voice.astype(np.float32)
    clicked[at] += 0.7
    parts = list(without_clicks([clicked], 44100))
    out = np.concatenate([signal for signal, _ in parts])
    assert len(out) == len(voice)
    assert sum(n for _, n in parts) == pytest.approx(len(at), abs=0.1 * len(at) + 1)
    assert np.abs(out[at] - voice[at]).mean() < 0.05


@settings(deadline=None, max_examples=30)
@given(seed=seeds, size=st.integers(2, 9), share=st.floats(0.0, 0.3))
def test_clicks_equal_the_slow_ones(seed, size, share):
    rng = np.random.default_rng(seed)
    signal = (rng.standard_normal(600) * np.where(rng.random(600) < share, 20.0, 1.0)).astype(np.float32)
    rough = roughness(signal, size)
    slow = naive_clicks.roughness(signal.astype(float).tolist(), size)
    np.testing.assert_allclose(rough, slow, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(find_clicks(rough), naive_clicks.clicks(rough.astype(float).tolist()))


@settings(deadline=None, max_examples=10)
@given(cuts=st.lists(st.integers(0, 200000), max_size=5), seed=seeds)
def test_cleaning_does_not_depend_on_the_blocks(cuts, seed):
    rng = np.random.default_rng(seed)
    signal = (0.1 * rng.standard_normal(200000) + 0.3).astype(np.float32)
    signal[rng.integers(0, 200000, 50)] += 3.0
    blocks = np.split(signal, sorted(cuts))

    def cleaned(parts):
        steps = without_clicks(without_constant(parts, 44100), 44100)
        return np.concatenate([out for out, _ in steps])

    np.testing.assert_array_equal(cleaned(blocks), cleaned([signal]))
    hum = np.concatenate(list(without_hum(blocks, RATE_HZ, Hum())))
    np.testing.assert_array_equal(hum, np.concatenate(list(without_hum([signal], RATE_HZ, Hum()))))


def test_hum_is_measured_and_taken_out():
    voice, _ = song(RATE_HZ, 20.0)
    hum = 0.1 * mains(len(voice), 50.3, rate_hz=RATE_HZ)
    found = Hum()
    out = np.concatenate(list(without_hum([(voice + hum).astype(np.float32)], RATE_HZ, found)))
    assert np.allclose(found.mains_hz, 50.3, atol=0.01)
    assert np.mean((out - voice) ** 2) < 0.01 * np.mean(hum**2)
    nothing = Hum()
    kept = np.concatenate(list(without_hum([voice.astype(np.float32)], RATE_HZ, nothing)))
    assert not any(nothing.mains_hz)
    np.testing.assert_array_equal(kept, voice.astype(np.float32))


@settings(deadline=None, max_examples=10)
@given(seed=seeds)
def test_the_noise_is_the_quantile_of_the_frames(seed):
    rng = np.random.default_rng(seed)
    power = rng.exponential(1e-5, (3456, 20)).astype(np.float32)
    power[rng.random(3456) < 0.5] *= 100.0
    look = FirstLook(20)
    for chunk in np.split(power, 4):
        look.add(chunk)
    seen = power.reshape(432, 8, 20)[:, 4]
    slow = [naive_clicks.quantile(seen[:, k], 0.15) for k in range(20)]
    np.testing.assert_allclose(look.profile().always, slow, rtol=0.1)


def test_a_long_recording_gives_what_its_parts_give():
    """Half a minute on either side is looked at: the rest of a recording does not matter."""
    rng = np.random.default_rng(3)
    voice, _ = song(RATE_HZ, 100.0)
    signal = (voice + 0.01 * rng.standard_normal(len(voice))).astype(np.float32)
    votes = MelodyParams().votes
    whole = analyse_blocks([signal], RATE_HZ, votes)
    part = analyse_blocks([signal[: 80 * RATE_HZ]], RATE_HZ, votes)
    first = slice(0, 7700)  # 45 s
    np.testing.assert_allclose(part.candidates[first, 0, 0], whole.candidates[first, 0, 0], rtol=6e-4)


@given(st.lists(st.floats(-60, 0), min_size=1, max_size=30), st.floats(0, 3))
@settings(deadline=None, max_examples=30)
def test_what_is_left_of_all_that_was_heard(levels, step):
    slow = [max(levels[s] - step * (t - s) for s in range(t + 1)) for t in range(len(levels))]
    np.testing.assert_allclose(falling_maximum(np.array(levels), step), slow, atol=1e-9)
