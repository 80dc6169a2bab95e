"""Things that are known by name: one registration, and every command, form and test finds them.

Trackers, features, clip sets, protocols, networks and export formats are each a `Registry`. What needs a heavy import
can be registered as the place where it stands, and is imported when it is asked for.

A package that registers things when it is imported names itself in the entry points of the group `flamsid`; the command
line and the app import it when they start::

    [project.entry-points.flamsid]
    mine = "my_package.for_flamsid"
"""

import functools
import importlib
import importlib.metadata
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from flamsid_core.errors import FlamsidError

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Named things of one kind, in the order in which they were registered.

    Parameters
    ----------
    unknown : str
        The sentence for a name that nobody registered, with the placeholders name and choices.

    Examples
    --------
    >>> shapes = Registry("{name!r} is not a shape; choose one of {choices}.")
    >>> @shapes.register("line")
    ... def line(x):
    ...     return x
    >>> list(shapes), shapes["line"](2)
    (['line'], 2)
    >>> shapes["circle"]
    Traceback (most recent call last):
    flamsid_core.errors.FlamsidError: 'circle' is not a shape; choose one of line.
    """

    def __init__(self, unknown: str) -> None:
        self.unknown = unknown
        self._found: dict[str, T] = {}
        self._places: dict[str, str] = {}
        self._names: dict[str, bool] = {}  # name → whether it is built in

    def register(self, name: str, *, built_in: bool = False) -> Callable[[T], T]:
        """Return a decorator that makes a thing known by name; a built-in one cannot be replaced.

        Raises
        ------
        FlamsidError
            If the name belongs to a built-in one.
        """
        self._check_free(name)

        def register(thing: T) -> T:
            self._names[name] = built_in
            self._found[name] = thing
            return thing

        return register

    def register_place(self, name: str, place: str) -> None:
        """Make known a built-in thing that stands at "module:attribute"; it is imported when it is asked for."""
        self._check_free(name)
        self._names[name] = True
        self._places[name] = place

    def remove(self, name: str) -> None:
        """Forget a thing that is not built in; nothing happens where the name is not known."""
        if not self._names.get(name, True):
            del self._names[name], self._found[name]

    def is_built_in(self, name: str) -> bool:
        """Whether the thing comes with flamsid, so that another process finds it as well."""
        return self._names.get(name, False)

    def check(self, name: str) -> str:
        """Return the name; raise `FlamsidError` with all the names there are if it is not known."""
        if name not in self._names:
            raise FlamsidError(self.unknown, name=name, choices=", ".join(self._names))
        return name

    def __getitem__(self, name: str) -> T:
        self.check(name)
        if name not in self._found:
            module, attribute = self._places[name].split(":")
            self._found[name] = getattr(importlib.import_module(module), attribute)
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def _check_free(self, name: str) -> None:
        if self._names.get(name, False):
            raise FlamsidError("The name {name!r} belongs to a built-in one: choose another.", name=name)


@functools.cache
def load_plugins() -> None:
    """Import what other installed packages register, once."""
    for point in importlib.metadata.entry_points(group="flamsid"):
        point.load()
