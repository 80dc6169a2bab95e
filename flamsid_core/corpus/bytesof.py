"""A file that is looked at like bytes, without holding it in memory."""

from typing import BinaryIO, Protocol

BLOCK_BYTES = 1 << 20


class Bytes(Protocol):
    """Bytes, or a file that is looked at like them."""

    def __getitem__(self, index: slice, /) -> bytes:
        """Return a slice."""
        ...

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def find(self, wanted: bytes, start: int = 0, end: int | None = None, /) -> int:
        """Return where `wanted` is first found in [start, end), -1 where it is not."""
        ...


class FileBytes:
    """A file looked at like bytes, a block at a time.

    It is read, not mapped: a mapped file that a network drive takes away would end the process.
    """

    def __init__(self, stream: BinaryIO, size_bytes: int):
        self._stream, self._size = stream, size_bytes
        self._block, self._at = b"", 0

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: slice) -> bytes:
        start, stop, _ = index.indices(self._size)
        if stop <= start:
            return b""
        if start < self._at or stop > self._at + len(self._block):
            self._stream.seek(start)
            self._block, self._at = self._stream.read(max(stop - start, BLOCK_BYTES)), start
        return self._block[start - self._at : stop - self._at]

    def find(self, wanted: bytes, start: int = 0, end: int | None = None) -> int:
        """Return where `wanted` is first found in [start, end), -1 where it is not."""
        end = self._size if end is None else min(end, self._size)
        at = max(start, 0)
        while at + len(wanted) <= end:
            # What is in the block already is searched first, so that many finds in a row cost one reading.
            inside = self._at <= at and at + len(wanted) <= self._at + len(self._block)
            stop = min(end, self._at + len(self._block) if inside else at + BLOCK_BYTES)
            found = self[at:stop].find(wanted)
            if found >= 0:
                return at + found
            at = stop - len(wanted) + 1
        return -1
