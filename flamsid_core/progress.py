"""How long work says where it is: callbacks, and how one of a whole becomes one of a part.

A callback that raises cancels the work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flamsid_core.messages import Message

Progress = Callable[[float, str], None]
"""Called with the fraction that is done, 0 to 1, and a text: what it is at."""
Report = Callable[[str, float, str], None]
"""Called with a stage, its fraction and a text."""
Metrics = Callable[[Mapping[str, Any]], None]
"""Called with one row of measurements."""


def silent(fraction: float, text: str) -> None:
    """Say nothing."""


def silent_report(stage: str, fraction: float, text: str) -> None:
    """Say nothing of any stage."""


def stage_of(report: Report, stage: str) -> Progress:
    """Return the progress of one stage of a report.

    Examples
    --------
    >>> stage_of(print, "melody")(0.5, "a.wav")
    melody 0.5 a.wav
    """
    return lambda fraction, text: report(stage, fraction, text)


def part_of(
    progress: Progress | None, start: float, end: float, said: str = "{text}", **values: str
) -> Progress:
    """Return the progress of a part of the work, which takes it from the fraction `start` to `end`.

    Parameters
    ----------
    progress : callable or None
        That of the whole; None says nothing.
    start, end : float
        Fractions of the whole.
    said : str
        Template of what to say, with the part's own text in it.
    **values
        What else fills the template.

    Examples
    --------
    >>> part_of(print, 0.5, 1.0, "map: {text}")(0.5, "projecting")
    0.75 map: projecting
    """
    if progress is None:
        return silent
    return lambda fraction, text: progress(
        start + (end - start) * fraction, Message(said, text=text, **values)
    )


def report_as(report: Report, stage: str, start: float, end: float) -> Report:
    """Return the report of stages that together are a part of another one, from the fraction `start` to `end` of it.

    Examples
    --------
    >>> report_as(print, "first map", 0.5, 1.0)("atlas", 0.5, "projecting")
    first map 0.75 projecting
    """
    return lambda _, fraction, text: report(stage, start + (end - start) * fraction, text)
