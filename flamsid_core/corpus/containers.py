"""What a sound file promises against what is there, where libsndfile does not look.

libsndfile takes a WAV or Ogg file that was cut off for a shorter one, and guesses the length of an MP3
without a length header from the bit rate of its first frame. Both lose sound without a word; not here.
"""

import struct
from pathlib import Path
from typing import BinaryIO

from flamsid_core.errors import FlamsidError

# Encoders that write to a pipe cannot come back to fill in the size: they leave one of these in the header.
WAV_SIZE_UNKNOWN = (0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
# Some writers count their own header (44 bytes) into the length of the sound.
WAV_SLACK_BYTES = 64
OGG_PAGE_MAX_BYTES = 27 + 255 + 255 * 255
# MPEG layer III: kbit/s by index for version 1 and for versions 2 and 2.5, Hz by version bits and index.
MP3_KBITS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
MP3_RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def refuse_cut_off(path: Path, size_bytes: int) -> None:
    """Raise when a WAV or Ogg file ends before its own book-keeping says it should.

    Raises
    ------
    FlamsidError
        When it does.
    """
    # FLAC and MP3 show it when they are decoded.
    if path.suffix.lower() not in (".wav", ".ogg", ".opus"):
        return
    with path.open("rb") as stream:
        head = stream.read(12)
        if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
            promised, there = _wav_data_bytes(stream, size_bytes)
            if there < promised - WAV_SLACK_BYTES:
                raise FlamsidError(
                    "{path}: is truncated: its header promises {promised} bytes of sound, "
                    "only {there} are there; copy the file again.",
                    path=path,
                    promised=promised,
                    there=there,
                )
        elif head[:4] == b"OggS":
            stream.seek(max(0, size_bytes - OGG_PAGE_MAX_BYTES))
            tail = stream.read()
            missing = _ogg_missing_bytes(tail[tail.rfind(b"OggS") :])
            if missing > 0:
                raise FlamsidError(
                    "{path}: is truncated: its last Ogg page lacks {missing} bytes; copy the file again.",
                    path=path,
                    missing=missing,
                )


def untagged_mp3_samples(path: Path) -> int | None:
    """Count the samples of an MP3 without a length header (Xing, Info, VBRI) by walking its frames.

    Returns
    -------
    int or None
        Samples per channel up to the first byte that is no frame; None where a header tells the length.
    """
    with path.open("rb") as stream:
        start = 0
        while (tag := stream.read(10))[:3] == b"ID3" and len(tag) == 10:
            # The size of the tag is in four bytes of seven bits.
            start += 10 + (tag[6] << 21 | tag[7] << 14 | tag[8] << 7 | tag[9])
            stream.seek(start)
        stream.seek(start)
        data = stream.read(8192)
        at = max(data.find(b"\xff"), 0)
        frame = _mp3_frame(data[at : at + 4])
        if frame and any(tag in data[at : at + frame[0]] for tag in (b"Xing", b"Info", b"VBRI")):
            return None
        data += stream.read()
    samples = 0
    while (frame := _mp3_frame(data[at : at + 4])) is not None:
        at += frame[0]
        samples += frame[1]
    return samples


def _mp3_frame(header: bytes) -> tuple[int, int] | None:
    """Return (bytes, samples) of the frame with this header of four bytes; None: no frame of layer III."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return None
    version, rate_index, bits_index = header[1] >> 3 & 3, header[2] >> 2 & 3, header[2] >> 4
    if version == 1 or rate_index == 3 or bits_index in (0, 15):
        return None
    bits_per_s = 1000 * MP3_KBITS[version == 3][bits_index]
    samples = 1152 if version == 3 else 576
    return samples // 8 * bits_per_s // MP3_RATES_HZ[version][rate_index] + (header[2] >> 1 & 1), samples


def _wav_data_bytes(stream: BinaryIO, size_bytes: int) -> tuple[int, int]:
    """Return how many bytes of samples a WAV header promises, and how many are there."""
    at = 12
    while at + 8 <= size_bytes:
        stream.seek(at)
        name, length = struct.unpack("<4sI", stream.read(8))
        if name == b"data":
            if length in WAV_SIZE_UNKNOWN:
                return 0, 0
            return length, size_bytes - at - 8
        at += 8 + length + length % 2
    return 0, 0


def _ogg_missing_bytes(page: bytes) -> int:
    if len(page) < 27:
        return 27 - len(page)
    segments = page[26]
    if len(page) < 27 + segments:
        return 27 + segments - len(page)
    return 27 + segments + sum(page[27 : 27 + segments]) - len(page)
