"""The sizes in the headers of files made of chunks: WAV, RF64, W64, AIFF, CAF, and AU."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from flamsid_core.corpus.bytesof import Bytes

# Encoders that write to a pipe cannot come back to fill in the size: they leave one of these in the header.
SIZE_UNKNOWN = (0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
W64_RIFF = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
MOST_CHUNKS = 100_000
# What may follow the sound: where the last of them is cut off, no sound is missing.
KNOWN_CHUNKS = {
    b"LIST", b"bext", b"iXML", b"id3 ", b"ID3 ", b"JUNK", b"junk", b"PAD ", b"FLLR", b"_PMX", b"cue ", b"smpl", b"fact",
    b"PEAK", b"afsp", b"DISP", b"axml", b"cart", b"levl", b"minf", b"elm1", b"regn", b"umid", b"inst", b"plst", b"MARK",
    b"INST", b"COMT", b"APPL", b"NAME", b"AUTH", b"(c) ", b"ANNO", b"CHAN",
}  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """What a header says of the sound.

    Attributes
    ----------
    sound_at
        Where the sound begins, in bytes from the beginning of the file; 0 when the header names none.
    promised
        How many bytes of it there should be; None where the header leaves that open.
    written
        The size as it is written.
    rest_at
        Where the chunks that follow the sound stop making sense, or end.
    ends_well
        Whether all that follows the sound is chunks, to the end of the file.
    form
        "RIFF" for a plain WAV file, whose header can be mended; "" for others.
    start
        Where the file begins inside the file.
    """

    sound_at: int
    promised: int | None
    written: int
    rest_at: int
    ends_well: bool
    form: str
    start: int

    def patched(self, sound_bytes: int, all_bytes: int) -> dict[int, bytes]:
        """Return the patches (offset → bytes) that make a WAV header promise so much sound; none for other files."""
        if self.form != "RIFF":
            return {}
        size_at = self.sound_at - 4 - self.start
        return {
            4: struct.pack("<I", min(all_bytes - 8, 0xFFFFFFFF)),
            size_at: struct.pack("<I", min(sound_bytes, 0xFFFFFFFF)),
        }


def chunked_sizes(data: Bytes, start: int) -> Sizes | None:
    """Read the sizes of a file of chunks that begins at `start`; None when there is none.

    Examples
    --------
    >>> wav = b"RIFF" + bytes([40, 0, 0, 0]) + b"WAVEdata" + bytes([4, 0, 0, 0]) + b"....LIST" + bytes(4)
    >>> chunked_sizes(wav, 0).promised, chunked_sizes(wav, 0).ends_well
    (4, True)
    """
    head = data[start : start + 40]
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return _riff(data, start, head)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _aiff(data, start)
    if head[:16] == W64_RIFF:
        return _w64(data, start)
    if head[:4] == b"caff" and head[4:6] == b"\0\1":
        return _caf(data, start)
    if head[:4] in (b".snd", b"dns.") and len(head) >= 24:
        return _au(data, start, "<" if head[:1] == b"d" else ">")
    return None


def _chunks(data: Bytes, at: int, order: str) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, where its content begins, length) of chunks with sizes of four bytes."""
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(data):
            return
        name, length = struct.unpack(order + "4sI", data[at : at + 8])
        yield name, at + 8, length
        at += 8 + length + length % 2


def _is_name(name: bytes) -> bool:
    return len(name) == 4 and all(32 <= letter < 127 for letter in name)


def _rest(data: Bytes, at: int, order: str) -> tuple[int, bool]:
    """Follow the chunks behind the sound; return where they stop, and whether that is the end of the file."""
    for _ in range(MOST_CHUNKS):
        if at >= len(data) - 1:
            return min(at, len(data)), True
        if at + 8 > len(data):
            break
        name, length = struct.unpack(order + "4sI", data[at : at + 8])
        after = at + 8 + length
        if name in KNOWN_CHUNKS and after > len(data):
            return len(data), True
        # The last chunk may lack its padding; a file that begins inside this one is not a chunk of it.
        if not _is_name(name) or after > len(data) or name in (b"RIFF", b"RIFX", b"FORM", b"data", b"SSND"):
            break
        at = after + length % 2
    return at, False


def _riff(data: Bytes, start: int, head: bytes) -> Sizes:
    order = ">" if head[:4] == b"RIFX" else "<"
    form = "RIFF" if head[:4] == b"RIFF" else ""
    wide = None
    for name, at, length in _chunks(data, start + 12, order):
        if name == b"ds64" and len(data) >= at + 16:
            wide = struct.unpack("<Q", data[at + 8 : at + 16])[0]
        if name == b"data":
            if wide is not None and length == 0xFFFFFFFF:
                rest_at, well = _rest(data, at + wide + wide % 2, order)
                return Sizes(at, wide or None, wide, rest_at, well, form, start)
            after = _rest(data, at + length + length % 2, order)
            if length in SIZE_UNKNOWN:
                # An empty sound with chunks behind it is just that.
                if length == 0 and after[1]:
                    return Sizes(at, 0, 0, *after, form, start)
                return Sizes(at, None, length, len(data), True, form, start)
            return Sizes(at, length, length, *after, form, start)
    return Sizes(0, None, 0, len(data), True, form, start)


def _aiff(data: Bytes, start: int) -> Sizes:
    sound, frames, frame_bytes = None, 0, 0
    for name, at, length in _chunks(data, start + 12, ">"):
        if name == b"COMM" and len(data) >= at + 8:
            channels, frames, bits = struct.unpack(">HIH", data[at : at + 8])
            plain = length < 22 or data[at + 18 : at + 22] in (
                b"NONE",
                b"sowt",
                b"twos",
                b"fl32",
                b"FL32",
                b"fl64",
            )
            frame_bytes = channels * ((bits + 7) // 8) if plain else 0
        if name == b"SSND":
            sound = (at + 8, max(length - 8, 0), at + length + length % 2)
    if sound is None:
        return Sizes(0, None, 0, len(data), True, "", start)
    at, length, after = sound
    rest_at, well = _rest(data, after, ">")
    return Sizes(at, max(length, frames * frame_bytes), length, rest_at, well, "", start)


def _w64(data: Bytes, start: int) -> Sizes:
    at = start + 40
    for _ in range(MOST_CHUNKS):
        if at + 24 > len(data):
            break
        name, length = data[at : at + 4], struct.unpack("<Q", data[at + 16 : at + 24])[0]
        if name == b"data":
            return Sizes(at + 24, max(length - 24, 0) or None, length, len(data), True, "", start)
        at += max(length + -length % 8, 24)
    return Sizes(0, None, 0, len(data), True, "", start)


def _caf(data: Bytes, start: int) -> Sizes:
    at = start + 8
    for _ in range(MOST_CHUNKS):
        if at + 12 > len(data):
            break
        name, length = struct.unpack(">4sq", data[at : at + 12])
        if name == b"data":
            promised = length - 4 if length > 4 else None
            return Sizes(at + 16, promised, length, len(data), True, "", start)
        at += 12 + max(length, 0)
    return Sizes(0, None, 0, len(data), True, "", start)


def _au(data: Bytes, start: int, order: str) -> Sizes:
    offset, length = struct.unpack(order + "II", data[start + 4 : start + 12])
    promised = None if length in SIZE_UNKNOWN else length
    rest_at = min(start + offset + (promised or 0), len(data))
    return Sizes(
        start + offset, promised, length, rest_at, promised is None or rest_at >= len(data), "", start
    )
