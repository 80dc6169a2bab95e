"""Locks that end with the process that holds them, whatever ends it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flamsid_core.errors import FlamsidError

LOCK = ".lock"


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Hold an experiment's folder; a second run of it gets a clear error."""
    with (folder / LOCK).open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FlamsidError(
                "The experiment in {folder} is running already: wait for it or cancel it, then run again.",
                folder=folder,
            ) from error
        yield


def is_locked(folder: Path) -> bool:
    """Whether an experiment's folder is held by a run."""
    if not (folder / LOCK).exists():
        return False
    with (folder / LOCK).open() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


@contextmanager
def waited_for(path: Path) -> Iterator[None]:
    """Hold a lock file, waiting for whoever has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
