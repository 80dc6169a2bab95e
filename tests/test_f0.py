"""f0 tracking: what goes in as a pitch comes out as that pitch, at that time, whatever rate, level or block."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core.errors import FlamsidError
from flamsid_core.melody import MelodyParams, cents_to_hz, hz_to_cents, note_name, track_f0, track_file
from flamsid_core.melody.analysis import analyse_blocks
from flamsid_core.melody.f0 import decide

HOP_S = 256 / 44100
EDGE_S = 0.06


def voice(f0_hz, rate_hz, *, harmonics=12, tilt=1.0, amplitudes=None):
    """Sum harmonics of an f0 given per sample; harmonic h has amplitude h^-tilt, or as listed."""
    phase = 2 * np.pi * np.cumsum(f0_hz) / rate_hz
    amplitudes = np.arange(1, harmonics + 1) ** -tilt if amplitudes is None else np.asarray(amplitudes)
    out = np.zeros(len(f0_hz))
    for h, amplitude in enumerate(amplitudes, start=1):
        out += np.where(h * f0_hz < 0.45 * rate_hz, amplitude, 0.0) * np.sin(h * phase)
    return 0.3 * out / max(1.0, np.abs(out).max())


def tone(hz, rate_hz=44100, seconds=0.5, **timbre):
    return voice(np.full(int(seconds * rate_hz), float(hz)), rate_hz, **timbre)


def inside(melody, seconds):
    return melody[(melody.time_s > EDGE_S) & (melody.time_s < seconds - EDGE_S)]


def cents_off(melody, truth_hz):
    assert (melody.f0_hz > 0).all(), "a sung frame was called unvoiced"
    return 1200 * np.log2(melody.f0_hz / truth_hz)


@settings(deadline=None, max_examples=60)
@given(
    hz=st.floats(70.0, 1150.0),
    rate_hz=st.sampled_from([8000, 11025, 16000, 22050, 44100, 48000, 96000]),
    tilt=st.floats(0.0, 2.0),
)
def test_a_tone_comes_out_within_a_twentieth_of_a_semitone(hz, rate_hz, tilt):
    melody = inside(track_f0(tone(hz, rate_hz, tilt=tilt), rate_hz), 0.5)
    off = cents_off(melody, hz)
    assert np.abs(off).max() < 5.0, off.describe()


@pytest.mark.parametrize("hz", [80.0, 110.0, 233.08, 440.0, 932.0])
@pytest.mark.parametrize(
    "amplitudes",
    [
        (0.0, 1, 1, 1, 1, 1, 1),  # missing fundamental
        (0.0, 1, 0.7, 0.6, 0.5, 0.4),
        (0.2, 1, 0.2, 0.3, 0.1, 0.1),  # strong second harmonic
        (0.3, 1, 0.4, 0.8, 0.3, 0.3, 0.2),
        (0.3, 0.3, 1, 0.2, 0.1),  # strong third
        (1, 0, 0.5, 0, 0.3, 0, 0.2),  # odd harmonics alone
        (1, 0.02, 0.01),  # almost a sine
    ],
)
def test_octave_traps(hz, amplitudes):
    melody = inside(track_f0(tone(hz, amplitudes=amplitudes), 44100), 0.5)
    assert np.abs(cents_off(melody, hz)).max() < 20.0


@settings(deadline=None, max_examples=20)
@given(
    centre_hz=st.floats(100.0, 600.0),
    vibrato_hz=st.floats(4.0, 7.0),
    depth_cents=st.floats(20.0, 120.0),
    glide_cents_per_s=st.floats(-1000.0, 1000.0),
)
def test_vibrato_and_glides_are_followed(centre_hz, vibrato_hz, depth_cents, glide_cents_per_s):
    time_s = np.arange(44100) / 44100
    cents = depth_cents * np.sin(2 * np.pi * vibrato_hz * time_s) + glide_cents_per_s * (time_s - 0.5)
    f0_hz = centre_hz * 2 ** (cents / 1200)
    melody = inside(track_f0(voice(f0_hz, 44100), 44100), 1.0)
    off = cents_off(melody, np.interp(melody.time_s, time_s, f0_hz))
    assert np.median(np.abs(off)) < 10.0
    assert np.abs(off).max() < 50.0


def test_f0_is_not_quantised():
    hz = 200.0 * 2 ** (np.arange(0.0, 40.0, 2.5) / 1200)
    found = [inside(track_f0(tone(h), 44100), 0.5).f0_hz.median() for h in hz]
    np.testing.assert_allclose(1200 * np.log2(np.array(found) / hz), 0.0, atol=1.0)


@pytest.mark.parametrize("rate_hz", [16000, 22050, 44100, 48000])
@pytest.mark.parametrize("start_s", [0.3, 0.41234, 0.7])
def test_onset_and_end_fall_on_their_frame(rate_hz, start_s):
    """The times are those of frame centres: no drift by half a window or half a hop."""
    signal = np.zeros(int(1.5 * rate_hz))
    first, length = round(start_s * rate_hz), round(0.6 * rate_hz)
    signal[first : first + length] = tone(220.0, rate_hz, 0.6)[:length]
    melody = track_f0(signal, rate_hz)
    sung = melody.time_s[melody.f0_hz > 0]
    assert sung.iloc[0] == pytest.approx(start_s, abs=0.030)
    assert sung.iloc[-1] == pytest.approx(start_s + 0.6, abs=0.030)
    assert len(sung) == round((sung.iloc[-1] - sung.iloc[0]) / HOP_S) + 1, "a hole in the tone"


def test_a_glide_is_not_late():
    """A bias in time would show as opposite errors on the way up and on the way down."""
    time_s = np.arange(2 * 44100) / 44100
    cents = 600.0 * np.where(time_s < 1.0, time_s, 2.0 - time_s)
    f0_hz = 200.0 * 2 ** (cents / 1200)
    melody = inside(track_f0(voice(f0_hz, 44100), 44100), 2.0)
    off = cents_off(melody, np.interp(melody.time_s, time_s, f0_hz))
    up, down = off[melody.time_s < 0.9].mean(), off[melody.time_s > 1.1].mean()
    assert abs(up - down) / 2 / 600.0 < 0.001  # seconds


@pytest.mark.parametrize("rate_hz", [8000, 22050, 44100])
def test_one_row_per_hop(rate_hz):
    for n in (rate_hz // 100 + 1, 2047, 2048, rate_hz, rate_hz + 1):
        melody = track_f0(np.zeros(n), rate_hz)
        assert list(melody.columns) == ["time_s", "f0_hz", "confidence"]
        assert len(melody) == pytest.approx(1 + n / rate_hz / HOP_S, abs=1.01)
        np.testing.assert_allclose(melody.time_s, np.arange(len(melody)) * HOP_S)


@pytest.mark.parametrize("level", [1.0, 0.01, 1e-4])
def test_noise_and_silence_are_unvoiced(level):
    rng = np.random.default_rng(3)
    white = level * rng.standard_normal(3 * 44100)
    brown = np.cumsum(white)
    brown *= level / np.abs(brown).max()
    for noise in (white, white[:4000], brown):
        assert (track_f0(noise, 44100).f0_hz > 0).mean() < 0.02
    silence = track_f0(np.zeros(44100), 44100)
    assert (silence.f0_hz == 0).all()
    assert (silence.confidence < 0.01).all()


@pytest.mark.parametrize("value", [1.0, 1e-3, 3e-8])
@pytest.mark.parametrize("every", [3000, 5000, 22050])
def test_single_samples_in_digital_silence_are_unvoiced(value, every):
    """The spectrum of one sample is flat: its peaks, if any, have no curvature."""
    signal = np.zeros(44100)
    signal[every - 1 :: every] = value
    melody = track_f0(signal, 44100)
    assert np.isfinite(melody.to_numpy()).all()
    assert (melody.f0_hz == 0).all()


@pytest.mark.parametrize("rate_hz", [4000, 7000, 11025])
def test_a_song_resampled_from_a_lower_rate_stays_itself(rate_hz):
    """Above the old Nyquist frequency nothing but rounding errors is left, and between notes nothing at all."""
    signal = np.concatenate([tone(220.0, rate_hz), np.zeros(rate_hz // 2), tone(330.0, rate_hz)])
    for sound in (signal, np.round(signal * 200) / 2**15):
        melody = track_f0(soxr.resample(sound, rate_hz, 44100), 44100)
        assert np.isfinite(melody.to_numpy()).all()
        for start_s, hz in ((0.0, 220.0), (1.0, 330.0)):
            sung = melody[melody.time_s.between(start_s + EDGE_S, start_s + 0.5 - EDGE_S)]
            assert np.abs(cents_off(sung, hz)).max() < 5.0
        assert (melody.f0_hz[melody.time_s.between(0.56, 0.94)] == 0).all()


def test_a_voice_in_hiss_is_found_and_the_hiss_is_not():
    rng = np.random.default_rng(4)
    signal = 0.01 * rng.standard_normal(4 * 44100)
    signal[44100 : 3 * 44100] += tone(300.0, seconds=2.0)
    melody = track_f0(signal, 44100)
    sung = melody.time_s.between(1.05, 2.95)
    still = ~melody.time_s.between(0.95, 3.05)
    assert (np.abs(1200 * np.log2(np.maximum(melody.f0_hz[sung], 1) / 300.0)) < 20).mean() > 0.99
    assert (melody.f0_hz[still] > 0).mean() < 0.03
    assert melody.confidence[sung].mean() > 0.9 > 0.2 > melody.confidence[still].mean()


def test_gain_changes_nothing():
    signal = np.concatenate(
        [np.zeros(9000), tone(180.0), 1e-3 * np.random.default_rng(0).standard_normal(9000)]
    )
    whole = track_f0(signal, 44100)
    for gain in (2.0**-10, 2.0**-4, 4.0):  # powers of two leave the mantissa alone
        other = track_f0(gain * signal, 44100)
        np.testing.assert_allclose(other.f0_hz, whole.f0_hz, rtol=1e-4)


def test_the_same_sound_gives_the_same_table():
    signal = tone(251.0) + 0.01 * np.random.default_rng(1).standard_normal(22050)
    pd.testing.assert_frame_equal(track_f0(signal, 44100), track_f0(signal.copy(), 44100), check_exact=True)


@settings(deadline=None, max_examples=15)
@given(rate_hz=st.sampled_from([16000, 44100]), cuts=st.lists(st.integers(0, 30000), max_size=6))
def test_blocks_leave_no_seam(rate_hz, cuts):
    rng = np.random.default_rng(5)
    time_s = np.arange(30000) / rate_hz
    signal = voice(220 * 2 ** (np.sin(6 * time_s) / 3), rate_hz) * (np.sin(2 * time_s) > -0.5)
    signal = (signal + 0.003 * rng.standard_normal(30000)).astype(np.float32)
    blocks = np.split(signal, sorted(cuts))
    params = MelodyParams()
    whole = track_f0(signal, rate_hz)
    parts = decide(analyse_blocks(blocks, rate_hz, params.votes), params)
    pd.testing.assert_frame_equal(parts, whole, rtol=1e-4)


def test_a_file_in_blocks_equals_the_whole_signal(tmp_path):
    rng = np.random.default_rng(6)
    time_s = np.arange(40 * 44100) / 44100
    signal = voice(200 * 2 ** (np.sin(3 * time_s) / 2), 44100) * (np.sin(time_s) > -0.5)
    left = (signal + 0.01 * rng.standard_normal(len(signal))).astype(np.float32)
    path = tmp_path / "stereo.wav"
    soundfile.write(path, np.stack([left, left], axis=1), 44100, subtype="FLOAT")
    calls = []
    melody = track_file(path, on_progress=lambda fraction, text: calls.append((fraction, text)))
    pd.testing.assert_frame_equal(melody, track_f0(left, 44100), check_exact=True)
    fractions = [fraction for fraction, _ in calls]
    assert len(calls) > 2
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert "stereo.wav" in calls[0][1]


def test_progress_can_cancel(tmp_path):
    path = tmp_path / "tone.wav"
    soundfile.write(path, tone(220.0), 44100)

    def cancel(fraction, text):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        track_file(path, on_progress=cancel)


@pytest.mark.parametrize(
    ("signal", "rate_hz", "word"),
    [
        ([], 44100, "0 samples"),
        (np.zeros(100), 44100, "10 ms"),
        (np.zeros((2, 44100)), 44100, "one channel"),
        (0.5, 44100, "one channel"),
        (np.zeros(44100), 0, "sample rate"),
        (np.zeros(44100), -16000, "sample rate"),
        (np.zeros(44100), float("nan"), "sample rate"),
        (np.r_[np.zeros(22050), np.nan, np.zeros(22050)], 44100, "0.500 s"),
        (np.r_[np.zeros(22050), np.inf, np.zeros(22050)], 44100, "not finite"),
        (1e12 * np.ones(44100), 44100, "full scale"),
    ],
)
def test_what_cannot_be_tracked_is_said(signal, rate_hz, word):
    with pytest.raises(FlamsidError, match=word):
        track_f0(signal, rate_hz)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"method": "yin"}, "'yin'"),
        ({"fmin_hz": 20.0}, "20–1200 Hz"),
        ({"fmin_hz": 500.0, "fmax_hz": 400.0}, "500–400 Hz"),
        ({"fmax_hz": 5000.0}, "65–5000 Hz"),
        ({"harmonics": 0}, "harmonics is 0"),
        ({"magnitude_exponent": 0.0}, "magnitude_exponent is 0"),
        ({"threshold": float("nan")}, "threshold is nan"),
    ],
)
def test_impossible_parameters_are_refused(wrong, word):
    with pytest.raises(FlamsidError, match=word):
        MelodyParams(**wrong)


def test_an_unreadable_file_is_named(tmp_path):
    (tmp_path / "broken.wav").write_bytes(b"RIFF....")
    for name in ("broken.wav", "missing.wav"):
        with pytest.raises(FlamsidError, match=name):
            track_file(tmp_path / name)


def test_threshold_trades_missed_for_false_frames():
    rng = np.random.default_rng(7)
    signal = 0.05 * rng.standard_normal(44100)
    signal[15000:30000] += tone(250.0, seconds=15000 / 44100)
    voiced = [
        (track_f0(signal, 44100, params=MelodyParams(threshold=x)).f0_hz > 0).sum() for x in (-8.0, 0.0, 8.0)
    ]
    assert voiced == sorted(voiced, reverse=True)
    assert voiced[0] > voiced[2]


def test_the_range_of_the_voice_is_kept():
    melody = track_f0(tone(150.0), 44100, params=MelodyParams(fmin_hz=200.0, fmax_hz=400.0))
    sung = melody.f0_hz[melody.f0_hz > 0]
    assert sung.between(190.0, 420.0).all()


@pytest.mark.parametrize(("method", "hop_s"), [("pyin", 256 / 22050), ("swift", 0.016)])
def test_peers_fill_the_same_table(method, hop_s):
    if method == "swift":
        pytest.importorskip("swift_f0")
    melody = track_f0(tone(220.0, 16000, 1.0), 16000, method=method)
    assert list(melody.columns) == ["time_s", "f0_hz", "confidence"]
    np.testing.assert_allclose(np.diff(melody.time_s), hop_s)
    assert np.abs(cents_off(inside(melody, 1.0), 220.0)).median() < 10.0
    by_params = track_f0(tone(220.0, 16000, 1.0), 16000, params=MelodyParams(method=method))
    pd.testing.assert_frame_equal(melody, by_params)


def test_missing_swift_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "swift_f0", None)
    with pytest.raises(FlamsidError, match=r"pip install flamsid\[swift\]"):
        track_f0(tone(220.0), 44100, method="swift")


def test_importing_the_melody_package_is_light():
    code = (
        "import sys, flamsid_core.melody; "
        "print([m for m in ('librosa', 'torch', 'sklearn', 'streamlit', 'swift_f0') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@given(st.floats(20.0, 5000.0))
def test_cents_and_hertz_are_inverse(hz):
    assert cents_to_hz(hz_to_cents(hz)) == pytest.approx(hz)


def test_cents_count_from_55_hz_and_unvoiced_stays_unvoiced():
    np.testing.assert_allclose(hz_to_cents([55.0, 110.0, 440.0]), [0.0, 1200.0, 3600.0])
    assert np.isnan(hz_to_cents([0.0, -1.0, np.nan])).all()
    np.testing.assert_array_equal(cents_to_hz([np.nan]), [0.0])


@pytest.mark.parametrize(
    ("cents", "name"),
    [
        (0, "A1"),
        (3600, "A4"),
        (3640, "A4 +40"),
        (3570, "A4 -30"),
        (3603, "A4"),
        (300, "C2"),
        (200, "B1"),
        (np.nan, ""),
    ],
)
def test_notes_have_names(cents, name):
    assert note_name(cents) == name
