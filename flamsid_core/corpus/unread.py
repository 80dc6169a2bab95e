"""Recordings that cannot be worked through: collected over all files, so that the rest can go on without them."""

import logging
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath
from typing import TypeVar

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class RecordingsUnread(FlamsidError):
    """Some files could not be worked through; `files` maps each (as the table names it) to its reason.

    It is raised after all files were tried, so whoever catches it can go on with the others at once.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        super().__init__("{reason}", reason=next(iter(files.values())))
        self.files = dict(files)


def why_unread(file: str, error: Exception) -> str:
    """Return the reason to show for an error met in one file; the log gets its cause in full.

    Examples
    --------
    >>> str(why_unread("Ana/debla.wav", FlamsidError("debla.wav: is empty; copy the file again.")))
    'debla.wav: is empty; copy the file again.'
    """
    log.error("%s: %s", file, "".join(traceback.format_exception(error)))
    if isinstance(error, FlamsidError):
        return error.message
    return Message(
        "{name} could not be worked through ({reason}): the log has the cause; report it.",
        name=PurePath(file).name,
        reason=type(error).__name__,
    )


def of_each_file(files: Iterable[str], work: Callable[[str], Result]) -> dict[str, Result]:
    """Return what `work` makes of each file, by file.

    Raises
    ------
    RecordingsUnread
        When some could not be worked through, after all were tried.

    Examples
    --------
    >>> of_each_file(["a.wav", "b.flac"], len)
    {'a.wav': 5, 'b.flac': 6}
    """
    made: dict[str, Result] = {}
    unread: dict[str, str] = {}
    for file in files:
        try:
            made[file] = work(file)
        except Exception as error:  # one recording must not end the run of a thousand
            unread[file] = why_unread(file, error)
    if unread:
        raise RecordingsUnread(unread)
    return made
