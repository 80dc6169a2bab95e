"""Decoding: every format, every rate, and every way a file can be broken."""

import numpy as np
import pytest
import soundfile

from flamsid_core import FlamsidError
from flamsid_core.corpus import audio_info, audio_sha256, read_audio
from flamsid_core.corpus.audio import scan_audio


def voice(duration_s=1.0, rate=44100, channels=1, seed=0):
    """A vibrating tone with noise, different in each channel."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(duration_s * rate)) / rate
    tone = 0.3 * np.sin(2 * np.pi * 220 * time_s + 3 * np.sin(2 * np.pi * 5 * time_s))
    signal = tone[:, None] * np.linspace(1, 0.5, channels) + 0.01 * rng.normal(size=(len(time_s), channels))
    return signal.astype(np.float32)


FORMATS = [
    ("a.wav", {"subtype": "PCM_16"}, 1e-4),
    ("a.wav", {"subtype": "PCM_24"}, 1e-6),
    ("a.wav", {"subtype": "FLOAT"}, 0.0),
    ("a.flac", {"subtype": "PCM_16"}, 1e-4),
    ("a.flac", {"subtype": "PCM_24"}, 1e-6),
    ("a.mp3", {}, 0.1),
    ("a.ogg", {}, 0.1),
    ("a.opus", {"format": "OGG", "subtype": "OPUS"}, 0.1),
]


@pytest.mark.parametrize(("name", "how", "tolerance"), FORMATS)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_comes_back_as_one_channel(tmp_path, name, how, tolerance, channels):
    rate = 48000
    signal = voice(rate=rate, channels=channels)
    soundfile.write(tmp_path / name, signal, rate, **how)
    read, read_rate = read_audio(tmp_path / name)
    assert (read.dtype, read_rate, read.ndim) == (np.float32, rate, 1)
    assert len(read) == len(signal)
    # libsndfile's Opus writer loses the last hundredths of a second; reading is what is judged here.
    whole = slice(None) if not name.endswith("opus") else slice(-rate // 10)
    assert np.max(np.abs(read - signal.mean(axis=1))[whole]) <= tolerance
    info = audio_info(tmp_path / name)
    assert (info.duration_s, info.sample_rate_hz, info.channels) == (1.0, rate, channels)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 96000, 192000])
def test_any_rate_is_resampled_to_the_one_asked_for(tmp_path, rate):
    time_s = np.arange(rate) / rate
    soundfile.write(tmp_path / "a.flac", 0.5 * np.sin(2 * np.pi * 440 * time_s), rate)
    read, read_rate = read_audio(tmp_path / "a.flac", sample_rate_hz=16000)
    assert read_rate == 16000
    assert abs(len(read) - 16000) <= 1
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(read)) / 16000)
    assert np.max(np.abs(read - expected)[1000:-1000]) < 0.005


def test_six_channels_are_averaged(tmp_path):
    signal = voice(channels=6)
    soundfile.write(tmp_path / "a.wav", signal, 44100, subtype="FLOAT")
    assert np.allclose(read_audio(tmp_path / "a.wav")[0], signal.mean(axis=1), atol=1e-7)


@pytest.mark.parametrize(("name", "how", "tolerance"), FORMATS)
def test_a_span_is_the_same_samples_as_the_whole(tmp_path, name, how, tolerance):
    rate = 48000
    soundfile.write(tmp_path / name, voice(2.0, rate), rate, **how)
    whole, _ = read_audio(tmp_path / name)
    span, _ = read_audio(tmp_path / name, start_s=0.512345, end_s=1.7)
    first, last = round(0.512345 * rate), round(1.7 * rate)
    assert len(span) == last - first
    assert np.max(np.abs(span - whole[first:last])) < 1e-4
    past_the_end, _ = read_audio(tmp_path / name, start_s=1.9, end_s=9.0)
    assert len(past_the_end) == len(whole) - round(1.9 * rate)


def test_long_files_are_read_in_blocks_without_a_seam(tmp_path, monkeypatch):
    signal = voice(0.5, channels=2)
    soundfile.write(tmp_path / "a.wav", signal, 44100, subtype="FLOAT")
    whole, digest = read_audio(tmp_path / "a.wav")[0], audio_sha256(tmp_path / "a.wav")
    monkeypatch.setattr("flamsid_core.corpus.audio.BLOCK_FRAMES", 1000)
    assert np.array_equal(read_audio(tmp_path / "a.wav")[0], whole)
    assert audio_sha256(tmp_path / "a.wav") == digest


def test_the_hash_is_of_the_sound_not_of_the_file(tmp_path):
    signal = np.round(voice() * 2**14) / 2**15
    soundfile.write(tmp_path / "a.wav", signal, 44100, subtype="PCM_16")
    soundfile.write(tmp_path / "b.flac", signal, 44100, subtype="PCM_16")
    soundfile.write(tmp_path / "c.wav", signal, 44100, subtype="FLOAT")
    soundfile.write(tmp_path / "d.flac", signal[:-1], 44100, subtype="PCM_16")
    digests = [audio_sha256(tmp_path / name) for name in ("a.wav", "b.flac", "c.wav", "d.flac")]
    assert digests[0] == digests[1] == digests[2] != digests[3]


def test_silence_is_told_from_sound(tmp_path):
    soundfile.write(tmp_path / "zero.wav", np.zeros((800, 2)), 8000)
    soundfile.write(tmp_path / "offset.wav", np.full(800, 0.25), 8000)
    almost = np.zeros(800)
    almost[-1] = 0.5
    soundfile.write(tmp_path / "click.wav", almost, 8000)
    assert scan_audio(tmp_path / "zero.wav").silent
    assert scan_audio(tmp_path / "offset.wav").silent
    assert not scan_audio(tmp_path / "click.wav").silent


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.ogg"])
@pytest.mark.parametrize("share", [0.03, 0.5, 0.97])
def test_a_truncated_file_is_refused(tmp_path, name, share):
    soundfile.write(tmp_path / name, voice(3.0), 44100)
    raw = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(raw[: int(len(raw) * share)])
    for reader in (read_audio, audio_sha256):
        with pytest.raises(FlamsidError, match=r"truncated|damaged|not sound that can be read") as caught:
            reader(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_wav_written_to_a_pipe_is_not_called_truncated(tmp_path):
    soundfile.write(tmp_path / "a.wav", voice(), 44100, subtype="PCM_16")
    raw = bytearray((tmp_path / "a.wav").read_bytes())
    at = raw.index(b"data") + 4
    raw[at : at + 4] = b"\xff\xff\xff\xff"
    (tmp_path / "a.wav").write_bytes(raw)
    assert len(read_audio(tmp_path / "a.wav")[0]) == 44100


def test_bytes_after_the_sound_do_no_harm(tmp_path):
    soundfile.write(tmp_path / "a.ogg", voice(), 44100)
    soundfile.write(tmp_path / "a.wav", voice(), 44100)
    for name in ("a.ogg", "a.wav"):
        with (tmp_path / name).open("ab") as stream:
            stream.write(b"TAG" + bytes(125))
        assert len(read_audio(tmp_path / name)[0]) == 44100


def broken_files(folder):
    """Make one file for each way of being broken; return (name, what the message must say)."""
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.flac").write_text("this is no sound")
    soundfile.write(folder / "nothing.wav", np.zeros(0), 44100)
    holes = voice(0.5)
    holes[11025] = np.nan
    soundfile.write(folder / "nan.wav", holes, 44100, subtype="FLOAT")
    holes[11025] = -np.inf
    soundfile.write(folder / "inf.wav", holes, 44100, subtype="FLOAT")
    (folder / "folder.wav").mkdir()
    return [
        ("empty.wav", "0 bytes"),
        ("text.flac", "not sound that can be read"),
        ("nothing.wav", "no samples"),
        ("nan.wav", "NaN or infinite.*0.250 s"),
        ("inf.wav", "NaN or infinite.*0.250 s"),
        ("missing.wav", "cannot be opened"),
        ("folder.wav", "is a folder"),
    ]


def test_every_broken_file_gets_one_clear_sentence(tmp_path):
    for name, said in broken_files(tmp_path):
        with pytest.raises(FlamsidError, match=said) as caught:
            read_audio(tmp_path / name)
        assert str(caught.value).startswith(str(tmp_path / name))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("start_s", "end_s"), [(1.0, None), (5.0, 6.0), (0.5, 0.5), (0.6, 0.5), (-0.5, 0.5)])
def test_a_span_without_a_sample_is_refused(tmp_path, start_s, end_s):
    soundfile.write(tmp_path / "a.wav", voice(), 44100)
    with pytest.raises(FlamsidError, match=r"no sound between .* lasts 1\.000 s"):
        read_audio(tmp_path / "a.wav", start_s=start_s, end_s=end_s)


def without_length_header(path):
    """Cut the first frame, which holds the Xing header, off an MP3; what is left is whole otherwise."""
    raw = path.read_bytes()
    header = raw[:4]
    assert b"Xing" in raw[:400] or b"Info" in raw[:400]
    kbits = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)[header[2] >> 4]
    path.write_bytes(raw[144000 * kbits // 44100 + (header[2] >> 1 & 1) :])


def test_an_mp3_whose_length_libsndfile_guesses_wrong_is_refused(tmp_path):
    steady = voice(10.0)
    soundfile.write(tmp_path / "steady.mp3", steady, 44100, bitrate_mode="CONSTANT", compression_level=0.5)
    uneven = np.concatenate([voice(5.0), np.zeros((5 * 44100, 1), np.float32)])
    soundfile.write(tmp_path / "uneven.mp3", uneven, 44100, bitrate_mode="VARIABLE", compression_level=0.5)
    for name in ("steady.mp3", "uneven.mp3"):
        assert len(read_audio(tmp_path / name)[0]) == 441000
        without_length_header(tmp_path / name)
    assert abs(len(read_audio(tmp_path / "steady.mp3")[0]) - 441000) < 3 * 1152
    for reader in (read_audio, audio_info, audio_sha256):
        with pytest.raises(FlamsidError, match="does not say how long it is"):
            reader(tmp_path / "uneven.mp3")


def test_an_mp3_with_tags_before_the_sound_is_read(tmp_path):
    soundfile.write(tmp_path / "a.mp3", voice(), 44100)
    tag = b"ID3\x03\x00\x00" + bytes([0, 0, 2, 0]) + bytes(256)
    (tmp_path / "a.mp3").write_bytes(tag + (tmp_path / "a.mp3").read_bytes())
    assert len(read_audio(tmp_path / "a.mp3")[0]) == 44100


def test_a_flac_that_leaves_its_length_open_is_refused(tmp_path):
    soundfile.write(tmp_path / "a.flac", voice(), 44100)
    raw = bytearray((tmp_path / "a.flac").read_bytes())
    raw[21] &= 0xF0
    raw[22:26] = bytes(4)
    (tmp_path / "a.flac").write_bytes(raw)
    with pytest.raises(FlamsidError, match="does not say how long it is"):
        read_audio(tmp_path / "a.flac")
