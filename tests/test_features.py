from pathlib import Path

import naive_features as naive
import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.features import cache
from flamsid_core.singers.features.cache import extract_features, features_of_signal
from flamsid_core.singers.features.frames import FEATURES, FeatureParams, clip_frames, frame_features

RATE_HZ = 16000


def voice_like(seconds: float, seed: int = 0, f0_hz: float = 220.0) -> np.ndarray:
    """Harmonics with vibrato, a swell and some noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    phase = 2 * np.pi * (f0_hz * t + 2 * np.sin(2 * np.pi * 5.5 * t))
    tone = sum(0.3 / h * np.sin(h * phase) for h in range(1, 15))
    return ((tone * np.hanning(len(t)) + 0.003 * rng.standard_normal(len(t))) * 0.5).astype(np.float32)


SIGNALS = {
    "voice": voice_like(1.2),
    "noise": np.random.default_rng(1).standard_normal(9000).astype(np.float32) * 0.1,
    "quiet": voice_like(0.5) * 1e-4,
    "click": np.eye(1, 5000, 2500, dtype=np.float32)[0],
    "shorter than a window": voice_like(0.01),
}


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("kind", ["mel", "mfcc", "spectrogram"])
def test_equal_to_librosa(kind, name):
    import librosa

    params, signal = FeatureParams(kind=kind), SIGNALS[name]
    stft = librosa.stft(
        signal, n_fft=params.fft_points, win_length=400, hop_length=160, center=True, pad_mode="constant"
    )
    power = np.abs(stft) ** 2
    if kind != "spectrogram":
        power = librosa.feature.melspectrogram(S=power, sr=RATE_HZ, n_mels=128)
    expected = librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=None)
    if kind == "mfcc":
        expected = librosa.feature.mfcc(S=expected, n_mfcc=40)
    found = frame_features(signal, params)
    assert found.dtype == np.float32
    assert found.shape == expected.T.shape == (1 + len(signal) // 160, params.bins)
    difference = np.abs(found - expected.T)
    # single precision, in librosa as here, leaves the bins far below their frame's loudest to chance
    audible = np.maximum(expected.max(axis=0)[:, None] - 70, -90) < expected.T
    assert difference[audible if kind != "mfcc" else slice(None)].max(initial=0) < 0.002
    assert difference.max() < 0.1


@settings(deadline=None, max_examples=15)
@given(
    kind=st.sampled_from(list(FEATURES)),
    seed=st.integers(0, 10**6),
    n=st.integers(1, 700),
    window_s=st.sampled_from([0.008, 0.0125, 0.016]),
    hop_s=st.sampled_from([0.005, 0.01]),
)
def test_equal_to_the_definition(kind, seed, n, window_s, hop_s):
    params = FeatureParams(
        kind=kind, sample_rate_hz=8000, window_s=window_s, hop_s=hop_s, mel_bands=20, coefficients=12
    )
    signal = np.random.default_rng(seed).standard_normal(n).astype(np.float32)
    found = frame_features(signal, params)
    for frame in {0, len(found) // 2, len(found) - 1}:
        power = naive.power_spectrum(
            signal, frame * params.hop_samples, params.window_samples, params.fft_points
        )
        spectrum_db = naive.level_db(power)
        if kind != "spectrogram":
            power = naive.mel_band_powers(power, 8000, params.fft_points, 20)
        expected = naive.level_db(power)
        if "timbre" in kind:
            bands = np.array(expected if kind == "mel+timbre" else [])
            loud = bands > np.max(bands, initial=-100) - 60
            assert np.abs(found[frame, : len(bands)] - bands)[loud].max(initial=0) < 0.01
            expected = naive.cosine_transform(expected, 16)
            expected += naive.peak_cepstrum(spectrum_db, 8000, params.fft_points)
            assert np.allclose(found[frame, -32:], expected, atol=0.05)
        elif kind == "mfcc":
            expected = naive.cosine_transform(expected, 12)
            assert np.allclose(found[frame], expected, atol=0.05)
        else:
            loud = np.array(expected) > np.max(expected) - 60
            assert np.abs(found[frame] - expected)[loud].max(initial=0) < 0.01


def test_gain_moves_levels_by_its_decibels():
    signal = SIGNALS["voice"]
    louder = frame_features(10 * signal) - frame_features(signal)
    assert np.allclose(louder[frame_features(signal) > -60], 20, atol=0.01)


@pytest.mark.parametrize("signal", [np.zeros(0), np.zeros((10, 2))])
def test_refuses_what_is_no_mono_signal(signal):
    with pytest.raises(FlamsidError, match="mono signal"):
        frame_features(signal)


def test_gain_moves_only_the_levels_of_timbre():
    params, signal = FeatureParams(kind="timbre"), voice_like(1.0) + 0.01 * SIGNALS["noise"][0]
    louder = frame_features(4 * signal, params) - frame_features(signal, params)
    inner = louder[5:-5]  # the swell starts and ends below the floor
    moved = 20 * np.log10(4) * np.sqrt([128, 40])
    assert np.allclose(inner[:, [0, 16]], moved, rtol=0.02)
    assert np.abs(np.delete(inner, [0, 16], axis=1)).max() < 0.5


def test_noise_between_harmonics_moves_mfcc_more_than_the_peak_envelope():
    """What the peak envelope is for: the hiss of a transfer stays below the tops of the harmonics."""
    clean = voice_like(1.0, f0_hz=400.0)
    hiss = 0.003 * np.random.default_rng(3).standard_normal(len(clean)).astype(np.float32)
    params = FeatureParams(kind="timbre")
    means = [frame_features(signal, params)[20:-20].mean(axis=0) for signal in (clean, clean + hiss)]
    within = frame_features(clean, params)[20:-20].std(axis=0)
    moved = np.abs(means[1] - means[0]) / within
    assert moved[16:].mean() < moved[:16].mean()


def test_refuses_unknown_kinds_and_impossible_windows():
    with pytest.raises(FlamsidError, match="mel, mfcc, spectrogram, timbre"):
        FeatureParams(kind="chroma")
    with pytest.raises(FlamsidError, match="too short"):
        FeatureParams(window_s=0.0)


def test_a_clip_is_a_slice_of_its_recording():
    signal = voice_like(2.0)
    params = FeatureParams()
    clips = features_of_signal(signal, np.array([0.5, 0.0, 1.999]), np.array([1.1, 2.0, 2.0]), params)
    whole = frame_features(signal, params)
    assert np.allclose(clips.clip(0), whole[50:110], atol=0.1)
    assert len(clips.clip(1)) == 200
    assert len(clips.clip(2)) == 1, "a clip has at least a frame"
    first, length = clip_frames(np.array([0.5]), np.array([1.1]), params.hop_s)
    assert (first[0], length[0]) == (50, 60)


# -- many clips
# -------------------------------------------------------------------------------------------------------


def write(folder: Path, name: str, signal: np.ndarray) -> str:
    soundfile.write(folder / name, signal, RATE_HZ, subtype="FLOAT")
    return name


@pytest.fixture
def recordings(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    files = [
        write(folder, f"{k}.wav", voice_like(1.0 + 0.3 * k, seed=k, f0_hz=200 + 40 * k)) for k in range(3)
    ]
    rng = np.random.default_rng(0)
    rows = []
    for k, file in enumerate(files):
        for start in rng.uniform(0, 0.6, 8):
            rows.append({"file": file, "source_group": f"g{k}", "start_s": start, "end_s": start + 0.3})
    return folder, pd.DataFrame(rows).sample(frac=1, random_state=1, ignore_index=True)


def test_features_follow_the_instances_with_and_without_cache(recordings, tmp_path):
    folder, instances = recordings
    fresh = extract_features(instances, folder.joinpath)
    cold = extract_features(instances, folder.joinpath, cache_dir=tmp_path / "cache")
    warm = extract_features(instances, folder.joinpath, cache_dir=tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 3
    assert len(fresh.frames) == 101 + 131 + 161, "frames are computed once, whatever overlaps"
    for index, row in instances.iterrows():
        signal, _ = soundfile.read(folder / row["file"], dtype="float32")
        expected = features_of_signal(signal, [row["start_s"]], [row["end_s"]], FeatureParams()).clip(0)
        for found in (fresh, cold, warm, fresh.take(np.array([index]))):
            clip = found.clip(0 if len(found) == 1 else index)
            assert np.array_equal(clip, expected)


def test_cache_is_not_believed_when_a_file_changed_or_it_is_damaged(recordings, tmp_path):
    folder, instances = recordings
    cache = tmp_path / "cache"
    before = extract_features(instances, folder.joinpath, cache_dir=cache)
    for path in cache.iterdir():
        path.write_bytes(path.read_bytes()[:200])
    again = extract_features(instances, folder.joinpath, cache_dir=cache)
    assert np.array_equal(before.frames, again.frames)
    write(folder, "1.wav", voice_like(1.4, seed=9))
    changed = extract_features(instances, folder.joinpath, cache_dir=cache)
    assert not np.array_equal(before.frames, changed.frames)


def test_clips_of_one_sound_are_computed_once(tmp_path):
    for name, seed in [("a.wav", 0), ("b.wav", 1), ("copy of a.wav", 0)]:
        write(tmp_path, name, voice_like(0.4, seed=seed))
    clips = pd.DataFrame(
        {
            "file": ["copy of a.wav", "b.wav", "a.wav"],
            "sound_id": ["s0", "s1", "s0"],
            "source_group": "g",
            "start_s": 0.0,
            "end_s": 0.4,
        }
    )
    features = extract_features(clips, tmp_path.joinpath)
    assert len(features.frames) == 2 * 41
    assert np.array_equal(features.clip(0), features.clip(2))
    assert not np.array_equal(features.clip(0), features.clip(1))


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
@settings(deadline=None)
def test_means_do_not_depend_on_the_blocks(seed, block):
    rng = np.random.default_rng(seed)
    frames = rng.normal(size=(60, 3)).astype(np.float16)
    first = rng.integers(0, 60, 25)
    length = np.minimum(rng.integers(1, 30, 25), 60 - first)
    features = cache.ClipFeatures(frames, first, length, FeatureParams())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "_BLOCK_FRAMES", block)
        means = features.means()
    assert np.allclose(means, [features.clip(n).astype(np.float64).mean(axis=0) for n in range(25)])


def test_many_frames_lie_in_a_file_and_are_the_same(recordings, tmp_path, monkeypatch):
    folder, instances = recordings
    held = extract_features(instances, folder.joinpath)
    monkeypatch.setattr(cache, "_HELD_BYTES", held.frames[:2].nbytes)
    mapped = extract_features(instances, folder.joinpath, cache_dir=tmp_path / "features")
    assert isinstance(mapped.frames, np.memmap)
    assert not isinstance(held.frames, np.memmap)
    assert np.array_equal(mapped.frames, held.frames)
    assert np.array_equal(mapped.first, held.first)


def test_progress_and_cancel(recordings):
    folder, instances = recordings
    seen = []
    extract_features(instances, folder.joinpath, on_progress=lambda fraction, text: seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def cancel(fraction, text):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract_features(instances, folder.joinpath, on_progress=cancel)


def test_says_what_is_missing(tmp_path):
    nothing = pd.DataFrame({"file": [], "start_s": [], "end_s": []})
    with pytest.raises(FlamsidError, match="no motif instances"):
        extract_features(nothing, tmp_path.joinpath)
    gone = pd.DataFrame({"file": ["gone.wav"], "start_s": [0.0], "end_s": [1.0]})
    with pytest.raises(FlamsidError, match=r"gone\.wav"):
        extract_features(gone, tmp_path.joinpath)
