"""Locks between processes; they end with the process that holds them, whatever ends it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from flamsid_core.errors import FlamsidError

# Whoever looks whether a lock is held has it for a moment: the holder to be asks again for so long.
_ASKED_AGAIN_S = 0.2


@contextmanager
def held(path: Path, busy: FlamsidError) -> Iterator[None]:
    """Hold the lock file `path` within the block; raise `busy` where another process has it.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> lock = Path(mkdtemp()) / ".lock"
    >>> with held(lock, FlamsidError("Somebody is at work.")):
    ...     is_held(lock)
    True
    >>> is_held(lock)
    False
    """
    lock = FileLock(path, timeout=_ASKED_AGAIN_S, poll_interval=0.02)
    try:
        lock.acquire()
    except Timeout as error:
        raise busy from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def waited_for(path: Path) -> Iterator[None]:
    """Hold the lock file `path` within the block, waiting for whoever has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path):
        yield


def is_held(path: Path) -> bool:
    """Whether a process holds the lock file `path`."""
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
