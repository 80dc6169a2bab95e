"""What is made from files, kept until one of the files changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def stamp(*paths: Path) -> tuple[int, ...]:
    """Return when each file or folder last changed, in nanoseconds; 0 where it is not there."""
    return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)


def read_once(
    paths: Callable[..., Path | tuple[Path, ...]], *, size: int = 64
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator: a call with the same arguments gives the same object until one of its files changes.

    The object is shared: nobody may write into it. An error is not kept.

    Parameters
    ----------
    paths : callable
        Maps the arguments of a call, which must be hashable, to the file or files that it reads.
    size : int
        How many results to keep; the one that was used longest ago goes first.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "words.txt"
    >>> @read_once(lambda path: path)
    ... def words(path):
    ...     return path.read_text().split()
    >>> _ = path.write_text("si yo")
    >>> words(path) is words(path)
    True
    """

    def decorate(make: Callable[P, T]) -> Callable[P, T]:
        kept: OrderedDict[Hashable, T] = OrderedDict()
        guard = Lock()  # pages run in threads

        @wraps(make)
        def once(*args: P.args, **kwargs: P.kwargs) -> T:
            found = paths(*args, **kwargs)
            key: Any = (stamp(*((found,) if isinstance(found, Path) else found)), args, tuple(kwargs.items()))
            with guard:
                if key in kept:
                    kept.move_to_end(key)
                    return kept[key]
            value = make(*args, **kwargs)
            with guard:
                kept[key] = value
                while len(kept) > size:
                    kept.popitem(last=False)
            return value

        return once

    return decorate
