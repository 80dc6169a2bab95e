"""All of the sound in a file is heard, whatever its header says, or a sentence says what is missing."""

import struct

import numpy as np
import pytest
import soundfile
from test_corpus_audio import voice

from flamsid_core import FlamsidError
from flamsid_core.corpus import audio_sha256, load_corpus, read_audio
from flamsid_core.corpus.audio import scan_audio
from flamsid_core.corpus.foreign import has_pyav
from flamsid_core.corpus.mixing import judge
from flamsid_core.corpus.mpeg import mp3_frame, mpeg_parts

RATE = 16000
ID3 = b"ID3\x03\x00\x00" + bytes([0, 0, 1, 0]) + bytes(128)


def written(path, signal, **how):
    soundfile.write(path, signal, RATE, **how)
    return path.read_bytes()


def frames_of(mp3):
    """The frames of an MP3 without the one that tells its length."""
    at, frames = 0, []
    while (frame := mp3_frame(mp3[at : at + 4])) is not None:
        frames.append(mp3[at : at + frame[0]])
        at += frame[0]
    return frames[1:]


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.ogg", "a.opus", "a.wav"])
@pytest.mark.parametrize("count", [2, 3])
def test_joined_files_are_heard_to_the_end(tmp_path, name, count):
    how = {"format": "OGG", "subtype": "OPUS"} if name == "a.opus" else {}
    raws, alone = [], []
    for k in range(count):
        raws.append(written(tmp_path / name, voice(1.0 + k / 2, RATE, seed=k), **how))
        alone.append(read_audio(tmp_path / name)[0])
    for between in (b"", ID3) if name == "a.mp3" else (b"",):
        (tmp_path / name).write_bytes(between.join(raws))
        heard, _ = read_audio(tmp_path / name)
        assert np.array_equal(heard, np.concatenate(alone))
        scan = scan_audio(tmp_path / name)
        assert f"{count} recordings joined" in scan.remark and scan.duration_s == len(heard) / RATE
        start, end = 0.8, 1.3
        span, _ = read_audio(tmp_path / name, start_s=start, end_s=end)
        # Opus comes back a little different when decoding begins in its middle.
        assert np.max(np.abs(span - heard[round(start * RATE) : round(end * RATE)])) < (0.02 if how else 1e-3)


def test_an_mp3_whose_second_file_has_no_length_is_heard_whole(tmp_path):
    first = written(tmp_path / "a.mp3", voice(2.0, RATE), bitrate_mode="CONSTANT", compression_level=0.5)
    second = b"".join(frames_of(first))
    (tmp_path / "a.mp3").write_bytes(first + second)
    assert abs(len(read_audio(tmp_path / "a.mp3")[0]) - 4 * RATE) < 4 * 1152
    (tmp_path / "a.mp3").write_bytes(second + second)
    assert abs(len(read_audio(tmp_path / "a.mp3")[0]) - 4 * RATE) < 4 * 1152


def test_a_single_mp3_is_one_part_whatever_tags_it_has(tmp_path):
    raw = written(tmp_path / "a.mp3", voice(2.0, RATE))
    for tagged in (raw, ID3 + raw, raw + b"TAG" + bytes(125), ID3 + ID3 + raw, raw + bytes(5000)):
        starts, _ = mpeg_parts(tagged)
        assert len(starts) == 1
        (tmp_path / "a.mp3").write_bytes(tagged)
        assert len(read_audio(tmp_path / "a.mp3")[0]) == 2 * RATE


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 8000, 20000, 31990])
def test_a_wav_is_read_to_the_end_whatever_size_it_gives(tmp_path, size):
    raw = bytearray(written(tmp_path / "a.wav", voice(1.0, RATE), subtype="PCM_16"))
    whole, _ = read_audio(tmp_path / "a.wav")
    at = raw.index(b"data") + 4
    raw[at : at + 4] = struct.pack("<I", size)
    for riff in (raw[4:8], bytes(4), bytes(raw[4:8])[::-1]):
        raw[4:8] = riff
        (tmp_path / "a.wav").write_bytes(raw)
        heard, _ = read_audio(tmp_path / "a.wav")
        # So few bytes behind the sound may as well be a tag.
        assert np.array_equal(heard, whole if size != 31990 else whole[: 31990 // 2])
        assert bool(scan_audio(tmp_path / "a.wav").remark) == (size in (0, 8000, 20000))


def test_chunks_behind_the_sound_are_no_sound(tmp_path):
    raw = written(tmp_path / "a.wav", voice(1.0, RATE), subtype="PCM_16")
    for extra in (
        b"LIST" + struct.pack("<I", 4000) + bytes(range(256)) * 16,
        b"bext" + struct.pack("<I", 99999) + raw,
    ):
        (tmp_path / "a.wav").write_bytes(raw + extra[:4008])
        assert len(read_audio(tmp_path / "a.wav")[0]) == RATE and not scan_audio(tmp_path / "a.wav").remark


CONTAINERS = [
    ("a.aiff", {}), ("a.aif", {"format": "AIFF", "subtype": "PCM_24"}), ("a.au", {}), ("a.snd", {"format": "AU"}),
    ("a.caf", {}), ("a.w64", {}), ("a.rf64", {"format": "RF64"}), ("a.bwf", {"format": "WAV"}),
    ("a.wave", {"format": "WAV"}), ("a.wav", {"format": "RF64"}), ("a.wav", {"format": "WAVEX"}),
    ("a.wav", {"endian": "BIG"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "how"), CONTAINERS)
def test_other_containers_are_read_and_told_when_they_are_cut_off(tmp_path, name, how):
    how = {"subtype": "PCM_16"} | how
    signal = np.round(voice(1.0, RATE) * 2**14) / 2**15
    raw = written(tmp_path / name, signal, **how)
    soundfile.write(tmp_path / "b.flac", signal, RATE, subtype=how["subtype"])
    assert audio_sha256(tmp_path / name) == audio_sha256(tmp_path / "b.flac")
    assert not scan_audio(tmp_path / name).remark
    for share in (0.2, 0.5, 0.9):
        (tmp_path / name).write_bytes(raw[: int(share * len(raw))])
        with pytest.raises(FlamsidError, match=r"truncated|damaged"):
            read_audio(tmp_path / name)


def test_ogg_pages_that_are_missing_are_told_of(tmp_path):
    raw = written(tmp_path / "a.ogg", voice(4.0, RATE))
    pages = [b"OggS" + page for page in raw.split(b"OggS")[1:]]
    (tmp_path / "a.ogg").write_bytes(b"".join(pages[:-1]))
    assert "may be missing" in scan_audio(tmp_path / "a.ogg").remark
    (tmp_path / "a.ogg").write_bytes(raw[:-10])
    with pytest.raises(FlamsidError, match="truncated"):
        read_audio(tmp_path / "a.ogg")
    (tmp_path / "a.ogg").write_bytes(b"".join([*pages[:3], b"\x01" * 2000, *pages[3:]]))
    with pytest.raises(FlamsidError, match="damaged"):
        read_audio(tmp_path / "a.ogg")


@pytest.mark.parametrize("kept", [1.0, 0.98, 0.3])
def test_channels_that_cancel_are_heard_by_the_louder_one(tmp_path, kept):
    tone = voice(2.0, RATE)[:, 0]
    signal = np.stack([kept * tone, -tone], axis=1)
    soundfile.write(tmp_path / "a.wav", signal, RATE, subtype="FLOAT")
    heard, _ = read_audio(tmp_path / "a.wav")
    loudest = 1 if kept < 1 else 0
    expected = signal[:, loudest] if kept > 0.3 else signal.mean(axis=1)
    assert np.allclose(heard, expected, atol=1e-6)
    assert ("cancel each other" in scan_audio(tmp_path / "a.wav").remark) == (kept > 0.3)
    span, _ = read_audio(tmp_path / "a.wav", start_s=0.5, end_s=0.6)
    assert np.array_equal(span, heard[RATE // 2 : round(0.6 * RATE)])


def test_ordinary_channels_are_averaged_as_ever():
    rng = np.random.default_rng(0)
    pair, six = rng.normal(size=(4000, 2)), rng.normal(size=(4000, 6)) * [1, 0, 0, 0, 0, 0]
    for channels in (pair, pair * [1, 0], pair[:, [0, 0]], six, np.zeros((10, 2)), np.full((9, 2), np.nan)):
        assert judge(channels).remarks == ()


def test_a_strong_offset_is_removed_and_said(tmp_path):
    tone = 0.01 * voice(2.0, RATE)
    soundfile.write(tmp_path / "a.wav", tone + 0.7, RATE, subtype="FLOAT")
    heard, _ = read_audio(tmp_path / "a.wav")
    assert abs(heard.mean()) < 1e-4 and np.allclose(heard, tone[:, 0] - tone.mean(), atol=1e-4)
    assert "offset of 0.700" in scan_audio(tmp_path / "a.wav").remark


@pytest.mark.parametrize("rate", [1, 100, 1_000_000_000])
def test_a_rate_that_no_recording_has_is_refused_at_once(tmp_path, rate):
    raw = bytearray(written(tmp_path / "a.wav", voice(0.1, RATE), subtype="PCM_16"))
    raw[24:28] = struct.pack("<I", rate)
    (tmp_path / "a.wav").write_bytes(raw)
    with pytest.raises(FlamsidError, match=r"claims \d+ samples a second"):
        read_audio(tmp_path / "a.wav", sample_rate_hz=22050)


def test_a_header_that_promises_a_lifetime_takes_no_memory(tmp_path):
    raw = bytearray(written(tmp_path / "a.flac", voice(0.5, RATE)))
    raw[21] |= 0x0F
    raw[22:26] = b"\xff\xff\xff\xff"
    (tmp_path / "a.flac").write_bytes(raw)
    for reader in (read_audio, audio_sha256):
        with pytest.raises(FlamsidError, match=r"truncated|damaged"):
            reader(tmp_path / "a.flac")


@pytest.mark.parametrize(
    "text", ["version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "/annex/objects/X\n"]
)
def test_a_pointer_is_told_from_a_sound(tmp_path, text):
    (tmp_path / "a.wav").write_text(text)
    with pytest.raises(FlamsidError, match="pointer to a sound"):
        read_audio(tmp_path / "a.wav")


def test_every_file_is_a_recording_or_left_out_with_a_reason(tmp_path):
    (tmp_path / "A").mkdir()
    written(tmp_path / "A" / "x.wav", voice(0.2, RATE))
    for name in ("y.m4a", "z.xyz", "noending", "w.zip", "v.kmz"):
        (tmp_path / "A" / name).write_bytes(b"1234")
    for name in ("notes.txt", "cover.jpg", "README", "x.f0.csv", "x.TextGrid"):
        (tmp_path / "A" / name).write_text("a document")
    said = {item.file: item.reason for item in load_corpus(tmp_path).skipped}
    assert set(said) == {f"A/{name}" for name in ("y.m4a", "z.xyz", "noending", "w.zip", "v.kmz")}
    if not has_pyav():
        assert "pip install 'flamsid[av]'" in said["A/y.m4a"]


def test_what_is_said_of_a_file_is_remembered_though_it_is_not_decoded_again(tmp_path):
    from flamsid_core.pipeline.project import notes_of, open_project

    tone = voice(1.0, RATE)[:, 0]
    (tmp_path / "cante" / "Ana").mkdir(parents=True)
    soundfile.write(tmp_path / "cante" / "Ana" / "a.wav", np.stack([tone, -tone], axis=1), RATE)
    for _ in range(2):
        project = open_project(tmp_path / "cante", tmp_path / "space")
        (note,) = notes_of(project.workspace)
        assert note["file"] == "Ana/a.wav" and "cancel" in note["reason"]
    soundfile.write(tmp_path / "cante" / "Ana" / "a.wav", tone, RATE)
    assert notes_of(open_project(tmp_path / "cante", tmp_path / "space").workspace) == []


@pytest.mark.parametrize(("name", "codec"), [("a.m4a", "aac"), ("a.webm", "libopus"), ("a.mp2", "mp2")])
def test_what_libsndfile_does_not_know_is_read_by_pyav(tmp_path, name, codec):
    av = pytest.importorskip("av", reason="PyAV is not installed (pip install 'flamsid[av]')")
    rate, seconds = 48000, 2.0
    tone = voice(seconds, rate, channels=2)
    with av.open(str(tmp_path / name), "w") as out:
        stream = out.add_stream(codec, rate=rate, layout="stereo")
        kind, size = stream.codec_context.format, stream.codec_context.frame_size or 1024
        resampler = av.AudioResampler(kind, "stereo", rate, size)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(tone.T), "fltp", "stereo")
        frame.sample_rate = rate
        for one in (*resampler.resample(frame), *resampler.resample(None), None):
            out.mux(stream.encode(one))
    heard, heard_rate = read_audio(tmp_path / name)
    assert heard_rate == rate and abs(len(heard) / rate - seconds) < 0.1
    assert abs(heard.std() / tone.mean(axis=1).std() - 1) < 0.05
    (tmp_path / name).write_bytes(b"\x00\x00\x00\x18ftypM4A " + bytes(range(256)) * 8)
    with pytest.raises(FlamsidError, match="not sound that can be read"):
        read_audio(tmp_path / name)
