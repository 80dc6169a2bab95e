"""How much sound a file holds, whatever its header says: parts, sizes, and what is missing.

libsndfile believes headers. It takes a file that was cut off for a shorter one, stops at the end of the first of
several recordings that were joined into one file, and finds nothing in a file whose recorder lost power before it wrote
the sizes. So a file is walked through before it is decoded: `layout` says which bytes hold the recordings, with which
mended headers, or raises when some of the sound that was promised is not there.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from flamsid_core.corpus.bytesof import FileBytes
from flamsid_core.corpus.chunks import Sizes, chunked_sizes
from flamsid_core.corpus.mpeg import mpeg_parts
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message

# Some writers count their own header (44 bytes) into the length of the sound.
SLACK_BYTES = 64
# What follows the sound and is shorter than this is a tag, padding or an end that was cut; longer, it is sound.
LEAST_SOUND_BYTES = 1024
TAGS = (b"TAG", b"ID3", b"APETAGEX", b"LYRICS")
MOST_PARTS = 1000
MPEG_SUFFIXES = (".mp1", ".mp2", ".mp3", ".mpga")
# What a file in a version control system holds instead of the sound.
POINTERS = (b"version https://git-lfs", b"/annex/objects/", b"../.git/annex/")


@dataclass(frozen=True)
class Part:
    """One recording inside a file: bytes [start, end), with `patches` (offset from start → bytes) over them."""

    start: int
    end: int
    patches: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """The recordings of a file, one after the other, and what is to be said about them."""

    parts: tuple[Part, ...]
    remarks: tuple[Message, ...] = ()
    # Samples a channel, where the file is an MP3 whose first frame does not tell: None elsewhere.
    counted: int | None = None


def layout(path: Path, size_bytes: int) -> Layout:
    """Find the recordings in a sound file.

    Parameters
    ----------
    path
        The file.
    size_bytes
        Its size, above 0.

    Raises
    ------
    FlamsidError
        When sound that was promised is missing, or when there is sound that cannot be reached.
    OSError
        When the file cannot be read.
    """
    with path.open("rb") as stream:
        head = stream.read(64)
        if head.startswith(POINTERS):
            raise FlamsidError(
                "{path}: is a pointer to a sound, not the sound; fetch it (git lfs pull, git annex get).",
                path=path,
            )
        if head[:4] == b"OggS":
            return _ogg_layout(path, stream, size_bytes)
        data = FileBytes(stream, size_bytes)
        if head[:4] == b"fLaC":
            return _joined(path, _flac_starts(data), size_bytes)
        if chunked_sizes(data, 0) is not None:
            return _chunked_layout(path, data, size_bytes)
        if path.suffix.lower() in MPEG_SUFFIXES or head[:3] == b"ID3":
            starts, counted = mpeg_parts(data)
            # What comes before the first frame is left to the decoder, which knows more kinds of tags.
            found = _joined(path, [0, *starts[1:]], size_bytes)
            return Layout(found.parts, found.remarks, counted if len(starts) == 1 else None)
    return Layout((Part(0, size_bytes),))


def _joined(path: Path, starts: list[int], size_bytes: int) -> Layout:
    if len(starts) > MOST_PARTS:
        raise FlamsidError(
            "{path}: is joined of more than {most} files; join them again.", path=path, most=MOST_PARTS
        )
    ends = [*starts[1:], size_bytes]
    parts = tuple(Part(start, end) for start, end in zip(starts, ends, strict=True))
    return Layout(parts, _said_joined(len(parts)))


def _said_joined(parts: int) -> tuple[Message, ...]:
    return (
        (Message("holds {n} recordings joined into one file; they are heard one after the other.", n=parts),)
        if parts > 1
        else ()
    )


def _flac_starts(data: FileBytes) -> list[int]:
    """Return where a FLAC stream begins: its mark, and the first block, which is always of the same kind and length."""
    starts: list[int] = []
    at = data.find(b"fLaC\0\0\0\x22")
    while at >= 0 and len(starts) <= MOST_PARTS:
        starts.append(at)
        at = data.find(b"fLaC\0\0\0\x22", at + 8)
    return starts or [0]


def _chunked_layout(path: Path, data: FileBytes, size_bytes: int) -> Layout:
    """Walk WAV, RF64, W64, AIFF, CAF and AU files, and those that follow in the same file."""
    parts: list[Part] = []
    remarks: list[Message] = []
    start = 0
    while (sizes := chunked_sizes(data, start)) is not None and len(parts) <= MOST_PARTS:
        end, patches = size_bytes, {}
        promised, there = sizes.promised, size_bytes - sizes.sound_at
        if sizes.sound_at > 0 and promised is None:
            if there > 0 and sizes.written == 0:
                remarks.append(Message("its header does not say how long it is; it is read to the end."))
            patches = sizes.patched(there, size_bytes - start)
        elif promised is not None and there < promised - SLACK_BYTES:
            raise FlamsidError(
                "{path}: is truncated: its header promises {promised} bytes of sound, only {there} are there; "
                "copy the file again.",
                path=path, promised=promised, there=there,
            )  # fmt: skip
        elif promised is not None and not sizes.ends_well:
            end, patches = _beyond(path, data, sizes, start, size_bytes)
            if patches:
                remarks.append(
                    Message("its header promises less sound than there is; it is read to the end.")
                )
        parts.append(Part(start, end, patches))
        start = end
        if end >= size_bytes:
            break
    return Layout(tuple(parts), (*_said_joined(len(parts)), *remarks))


def _beyond(
    path: Path, data: FileBytes, sizes: Sizes, start: int, size_bytes: int
) -> tuple[int, dict[int, bytes]]:
    """Return where a part ends, and the patches of its header, when something follows its sound that is not a chunk."""
    after = sizes.rest_at
    rest = data[after : after + 16]
    if chunked_sizes(data, after) is not None:
        return after, {}
    if (
        size_bytes - after < LEAST_SOUND_BYTES
        or rest.startswith(TAGS)
        or not any(data[after : after + 65536])
    ):
        return size_bytes, {}
    patches = sizes.patched(size_bytes - sizes.sound_at, size_bytes - start)
    if not patches:
        raise FlamsidError(
            "{path}: holds {more} bytes behind the sound that its header tells of, which are lost; convert it to wav.",
            path=path, more=size_bytes - after,
        )  # fmt: skip
    return size_bytes, patches


def _ogg_layout(path: Path, stream: BinaryIO, size_bytes: int) -> Layout:
    """Walk the pages of an Ogg file: a page that begins a stream after others have gone on begins a new recording."""
    starts, at, begun, ended = [0], 0, False, False
    while at < size_bytes:
        stream.seek(at)
        page = stream.read(27 + 255)
        if page[:4] != b"OggS":
            # Tags and padding may follow; pages may not.
            if not page.startswith(TAGS) and any(page) and size_bytes - at >= LEAST_SOUND_BYTES:
                raise FlamsidError(
                    "{path}: is damaged: at byte {at} there is no Ogg page; copy the file again.",
                    path=path,
                    at=at,
                )
            break
        length = 27 + page[26] + sum(page[27 : 27 + page[26]]) if len(page) > 27 else 27
        missing = at + length - size_bytes
        if missing > 0 or len(page) < 28:
            raise FlamsidError(
                "{path}: is truncated: its last Ogg page lacks {missing} bytes; copy the file again.",
                path=path, missing=max(missing, 1),
            )  # fmt: skip
        begins = bool(page[5] & 2)
        if begins and begun:
            starts.append(at)
        begun, ended = not begins, bool(page[5] & 4)
        at += length
    found = _joined(path, starts, size_bytes)
    cut = (
        () if ended else (Message("its last page does not say that it is the last; the end may be missing."),)
    )
    return Layout(found.parts, (*found.remarks, *cut))


class PartFile(io.RawIOBase):
    """The bytes of a part as a file of its own, for libsndfile."""

    def __init__(self, path: Path, part: Part):
        super().__init__()
        self._stream = path.open("rb")
        self._part = part
        self._at = 0

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def seekable(self) -> bool:
        """Whether it can be sought in: yes."""
        return True

    def tell(self) -> int:
        """Return where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another place."""
        base = (0, self._at, self._part.end - self._part.start)[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        """Fill a buffer with what comes next, and return how much that was."""
        want = min(len(buffer), self._part.end - self._part.start - self._at)
        if want <= 0:
            return 0
        self._stream.seek(self._part.start + self._at)
        read = bytearray(self._stream.read(want))
        for offset, patch in self._part.patches.items():
            low, high = max(offset, self._at), min(offset + len(patch), self._at + len(read))
            if low < high:
                read[low - self._at : high - self._at] = patch[low - offset : high - offset]
        buffer[: len(read)] = bytes(read)
        self._at += len(read)
        return len(read)

    def close(self) -> None:
        """Close the file behind it."""
        self._stream.close()
        super().close()
