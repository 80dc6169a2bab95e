"""One thing a person did: what the list of entries is made of, and what makes one right."""

from __future__ import annotations

import getpass
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from flamsid_core.errors import FlamsidError

# What can be done to what, and the details that each needs.
KINDS: dict[str, dict[str, tuple[str, ...]]] = {
    "f0": {
        "octave": ("octaves",),
        "unvoiced": (),
        "draw": ("time_s", "f0_hz"),
        "candidate": ("time_s", "f0_hz"),
        "snap": ("time_s", "f0_hz"),
        "tracked": (),
    },
    "note": {
        "move": ("to_s",),
        "split": (),
        "join": (),
        "delete": (),
        "level": ("pitch_cents",),
    },
    "mark": {"add": ("mark_id", "layer"), "change": ("mark_id",), "delete": ("mark_id",)},
    "layer": {"set": ("layer", "kind"), "delete": ("layer",)},
    "motif": {"set": ("motif_key",), "delete": ("motif_key",)},
}
# Without these two an edit of f0 or of notes has no place.
_WITH_SPAN = {("f0", kind) for kind in KINDS["f0"]} | {("note", "delete"), ("note", "level")}
_WITH_POINT = {("note", "move"), ("note", "split"), ("note", "join")}


@dataclass(frozen=True)
class Entry:
    """One entry of the list.

    Parameters
    ----------
    recording_id : str
        The recording it is about; "" for layers and motifs, which belong to the whole corpus.
    subject : {"f0", "note", "mark", "layer", "motif"}
    kind : str
        What was done; see `KINDS`.
    start_s, end_s : float, optional
        Where, in seconds; a point has no end.
    detail : mapping
        What else the kind needs: `octaves` (a whole number), `time_s` and `f0_hz` (the drawn curve, 0 = unvoiced),
        `to_s`, `pitch_cents` (above 55 Hz), `mark_id`, `layer`, `text`, `tags`, `colour`, `motif_key`, `name`, …
    entry_id : str
        A random name, so that the same entry that comes twice is kept once.
    author : str
        The name of the computer's user; there is no login.
    made_at : str
        UTC, ISO 8601.
    state : {"done", "undone", "dropped"}
        Dropped entries were undone before something else was done: they are history, redo does not reach them.
    seq : int
        Place in the list; 0 as long as it is not written.
    """

    recording_id: str
    subject: str
    kind: str
    start_s: float | None = None
    end_s: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    entry_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    author: str = field(default_factory=lambda: this_author())
    made_at: str = field(default_factory=lambda: now())
    state: str = "done"
    seq: int = 0

    def __post_init__(self) -> None:
        kinds = KINDS.get(self.subject)
        if kinds is None:
            raise FlamsidError(
                "An entry cannot be about {subject!r}; take one of {known}.",
                subject=self.subject,
                known=", ".join(KINDS),
            )
        if self.kind not in kinds:
            raise FlamsidError(
                "{kind!r} cannot be done to {subject}; take one of {known}.",
                kind=self.kind,
                subject=self.subject,
                known=", ".join(kinds),
            )
        missing = [name for name in kinds[self.kind] if name not in self.detail]
        if missing:
            raise FlamsidError(
                "An entry {subject} {kind} needs {missing}.",
                subject=self.subject,
                kind=self.kind,
                missing=", ".join(missing),
            )
        self._check_place()
        if "time_s" in self.detail:
            _check_curve(self.detail["time_s"], self.detail["f0_hz"])
        if self.kind == "octave" and self.detail["octaves"] not in (-3, -2, -1, 1, 2, 3):
            raise FlamsidError(
                "A pitch cannot be moved by {octaves!r} octaves; take −3 to 3, not 0.",
                octaves=self.detail["octaves"],
            )

    def _check_place(self) -> None:
        for name, value in (("start_s", self.start_s), ("end_s", self.end_s)):
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise FlamsidError(
                    "{name} cannot be {value!r}; give seconds from the start.", name=name, value=value
                )
        place = (self.subject, self.kind)
        if place in _WITH_SPAN and (self.start_s is None or self.end_s is None):
            raise FlamsidError("An entry {subject} {kind} needs start_s and end_s.", **_named(place))
        if (place in _WITH_POINT or place == ("mark", "add")) and self.start_s is None:
            raise FlamsidError("An entry {subject} {kind} needs start_s.", **_named(place))
        if self.start_s is not None and self.end_s is not None and self.end_s <= self.start_s:
            raise FlamsidError(
                "A span from {start_s:g} s to {end_s:g} s is empty; let it end after its start.",
                start_s=self.start_s,
                end_s=self.end_s,
            )


def _named(place: tuple[str, str]) -> dict[str, str]:
    return {"subject": place[0], "kind": place[1]}


def _check_curve(time_s: Any, f0_hz: Any) -> None:
    try:
        times, pitches = [float(t) for t in time_s], [float(f) for f in f0_hz]
    except (TypeError, ValueError):
        times, pitches = [], []
    ascending = all(b > a for a, b in pairwise(times))
    if (
        not times
        or len(times) != len(pitches)
        or not ascending
        or not all(map(math.isfinite, times + pitches))
    ):
        raise FlamsidError("A drawn curve needs time_s that ascends and as many f0_hz, all of them numbers.")
    if min(pitches) < 0 or max(pitches) > 20000:
        raise FlamsidError(
            "A drawn curve has {f0_hz:g} Hz in it; give 0 (unvoiced) to 20000 Hz.",
            f0_hz=min(pitches) if min(pitches) < 0 else max(pitches),
        )


def now() -> str:
    """Return the time as it is written into entries: UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def this_author() -> str:
    """Return the name of the computer's user, "someone" where the system does not know it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "someone"
