"""What a stage does with a recording that it cannot work through: it is left out by name, and the rest goes on."""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import pandas as pd

from flamsid_core.corpus import Skipped, read_audio
from flamsid_core.corpus.unread import RecordingsUnread
from flamsid_core.errors import FlamsidError
from flamsid_core.melody import Contour, ContourParams, reduce_contour
from flamsid_core.messages import N_, Message
from flamsid_core.workspace import Workspace, write_json

LEFT_OUT = "contour/left_out.json"
Result = TypeVar("Result")

log = logging.getLogger(__name__)


def reduce_what_can_be(
    melodies: Mapping[str, pd.DataFrame],
    params: ContourParams,
    recordings: pd.DataFrame,
    workspace: Workspace,
) -> Contour:
    """Reduce all melodies; where that fails, those that fail alone are left out, and noted in the workspace.

    Raises
    ------
    FlamsidError
        When no melody can be reduced, or a parameter is wrong.
    """
    singers = dict(zip(recordings["recording_id"], recordings["singer"], strict=True))
    return without_those_that_fail(
        melodies,
        lambda some: reduce_contour({rid: melodies[rid] for rid in some}, params, singers=singers),
        recordings,
        workspace,
        LEFT_OUT,
        N_("{name} could not be reduced to notes ({reason}): the log has the cause; report it."),
    )


def without_those_that_fail(
    recording_ids: Iterable[str],
    work: Callable[[list[str]], Result],
    recordings: pd.DataFrame,
    workspace: Workspace,
    name: str,
    said: str,
) -> Result:
    """Return what `work` makes of all recordings; where it fails, of those that it does not fail at alone.

    Parameters
    ----------
    recording_ids
        The recordings.
    work
        Makes one result of some recordings; a `FlamsidError` of it is the user's to mend, and raised.
    recordings
        recording_id, file.
    workspace, name
        Where those left out are noted.
    said
        The reason, with {name} and {reason}.
    """
    files = dict(zip(recordings["recording_id"], recordings["file"], strict=True))
    everyone, left_out = list(recording_ids), list[Skipped]()
    try:
        result = work(everyone)
    except FlamsidError:
        raise
    except Exception as failed:  # one odd recording must not end the run of a thousand
        whole = []
        for recording_id in everyone:
            try:
                work([recording_id])
            except FlamsidError:
                whole.append(recording_id)  # together with others it may do
            except Exception as error:
                file = files[recording_id]
                log.error("%s: %s", file, traceback.format_exc())
                reason = Message(said, name=Path(file).name, reason=type(error).__name__)
                left_out.append(Skipped(file, reason))
            else:
                whole.append(recording_id)
        if not left_out or not whole:
            raise failed
        result = work(whole)
    write_json(workspace.path(name), [asdict(skip) for skip in left_out])
    return result


def without_unread(
    instances: pd.DataFrame, work: Callable[[pd.DataFrame], Result], workspace: Workspace, name: str
) -> Result:
    """Return what `work` makes of the instances; those of recordings that it cannot read are left out by name.

    Raises
    ------
    RecordingsUnread
        When none can be read.
    """
    left_out: dict[str, str] = {}
    while True:
        try:
            result = work(instances[~instances["file"].isin(left_out)].reset_index(drop=True))
            break
        except RecordingsUnread as unread:
            left_out |= unread.files
            if instances["file"].isin(left_out).all():
                raise
    write_json(workspace.path(name), [asdict(Skipped(*pair)) for pair in sorted(left_out.items())])
    return result


def come_back(
    workspace: Workspace, name: str, instances: pd.DataFrame, locate: Callable[[str], Path]
) -> bool:
    """Whether a recording that was left out can be read again, so that what was made without it is out of date."""
    for skip in left_out_of(workspace, name):
        if (instances["file"] == skip.file).any():
            with contextlib.suppress(Exception):  # whatever it is, it cannot be read yet
                read_audio(locate(skip.file))
                return True
    return False


def left_out_of_contour(workspace: Workspace) -> list[Skipped]:
    """Return the recordings that the contour was made without, and why."""
    return left_out_of(workspace, LEFT_OUT)


def left_out_of(workspace: Workspace, name: str) -> list[Skipped]:
    """Return the recordings that a stage was done without, and why, from its note `name`."""
    with contextlib.suppress(FlamsidError, AttributeError, TypeError):  # a damaged note says nothing
        found = workspace.json(name) if workspace.has(name) else []
        return [Skipped(str(one["file"]), one["reason"]) for one in found if {"file", "reason"} <= one.keys()]
    return []
