"""What a stage does with a recording that it cannot work through: it is left out by name, and the rest goes on."""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from flamsid_core.corpus import Skipped
from flamsid_core.errors import FlamsidError
from flamsid_core.melody import Contour, ContourParams, reduce_contour
from flamsid_core.messages import Message
from flamsid_core.workspace import Workspace, write_json

LEFT_OUT = "contour/left_out.json"

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
    files = dict(zip(recordings["recording_id"], recordings["file"], strict=True))
    left_out: list[Skipped] = []
    try:
        contour = reduce_contour(melodies, params, singers=singers)
    except FlamsidError:
        raise
    except Exception as failed:  # one odd melody must not end the run of a thousand
        whole = {}
        for recording_id, melody in melodies.items():
            try:
                reduce_contour({recording_id: melody}, params, singers=singers)
            except FlamsidError:
                whole[recording_id] = melody  # together with others it may do
            except Exception as error:
                file = files[recording_id]
                log.error("%s: %s", file, traceback.format_exc())
                reason = Message(
                    "{name} could not be reduced to notes ({reason}): the log has the cause; report it.",
                    name=Path(file).name,
                    reason=type(error).__name__,
                )
                left_out.append(Skipped(file, reason))
            else:
                whole[recording_id] = melody
        if not left_out or not whole:
            raise failed
        contour = reduce_contour(whole, params, singers=singers)
    write_json(workspace.path(LEFT_OUT), [asdict(skip) for skip in left_out])
    return contour


def left_out_of_contour(workspace: Workspace) -> list[Skipped]:
    """Return the recordings that the contour was made without, and why."""
    with contextlib.suppress(FlamsidError):
        found = workspace.json(LEFT_OUT) if workspace.has(LEFT_OUT) else []
        return [Skipped(str(one["file"]), one["reason"]) for one in found if {"file", "reason"} <= one.keys()]
    return []
