"""The first stage: the f0 of every recording, tracked once and corrected by hand."""

from __future__ import annotations

import contextlib
import logging
import os
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from flamsid_core.annotations import open_annotations
from flamsid_core.corpus import Skipped
from flamsid_core.errors import FlamsidError
from flamsid_core.melody import MelodyParams
from flamsid_core.melody.speed import at_speed
from flamsid_core.messages import Message
from flamsid_core.pipeline.corrections import corrected_key, digests, write_corrected
from flamsid_core.pipeline.given import given_digest, melody_of
from flamsid_core.pipeline.project import Project
from flamsid_core.processes import end_with
from flamsid_core.progress import Report, silent_report
from flamsid_core.workspace import Workspace, artefact_key, write_json

log = logging.getLogger(__name__)

MELODY_VERSION = 3


def _melody_key(sound: Path, sha256: str, params: MelodyParams, speed: float) -> str:
    """Return the key of a melody as tracked, before any correction."""
    given = [given_digest(sound)] if params.method == "given" else []
    at = [f"speed {speed}"] if speed else []
    return artefact_key("melody", MELODY_VERSION, params, sha256, *given, *at)


def recordings_of(project: Project) -> Iterator[tuple[str, str, str, float]]:
    """Yield file, recording_id, hash and speed of every recording."""
    columns = project.corpus.recordings[["file", "recording_id", "sha256", "speed"]]
    return zip(*(columns[name].tolist() for name in columns), strict=True)


@dataclass(frozen=True)
class _LeftOut:
    """Why a recording has no melody; `verdict` tells what is so of the sound from what went wrong this time."""

    reason: str
    verdict: bool = False
    cause: str = ""


def _track_one(path: Path, params: MelodyParams, starter: int, speed: float) -> pd.DataFrame | _LeftOut:
    """Track one recording in a worker of the process `starter`; whatever goes wrong leaves out this one alone."""
    end_with(starter)
    try:
        melody = at_speed(melody_of(path, params), speed)
    except FlamsidError as error:
        return _LeftOut(error.message)
    except Exception as error:  # the run of a thousand recordings must not end at one
        reason = Message(
            "{name} could not be tracked ({reason}): the log has the cause; report it.",
            name=path.name,
            reason=type(error).__name__,
        )
        return _LeftOut(reason, cause=traceback.format_exc())
    if not (melody["f0_hz"] > 0).any():
        reason = Message(
            "No voiced frame was found in {name}: it seems to hold silence or noise.", name=path.name
        )
        return _LeftOut(reason, verdict=True)
    return melody


def run_melody(project: Project, params: MelodyParams, report: Report = silent_report) -> list[Skipped]:
    """Track the f0 of every recording that has no up-to-date melody yet, over all cores.

    Runs on joblib: inside `joblib.parallel_config("dask")` it runs on a Dask cluster. That a recording has no voice is
    kept as a result; that it could not be read is not, and is tried again by the next run.

    Returns
    -------
    list of Skipped
        The recordings without a melody, and why.
    """
    from joblib import Parallel, delayed

    workspace, skipped, waiting = project.workspace, [], []
    notes = open_annotations(project.corpus.root)
    corrected = digests(notes, "f0")
    for file, recording_id, sha256, speed in recordings_of(project):
        name, key = f"melody/{recording_id}", _melody_key(project.corpus.root / file, sha256, params, speed)
        workspace.path(f"{name}.failed.json").unlink(missing_ok=True)
        verdict = _stored_verdict(workspace, f"{name}.unvoiced.json", key)
        if verdict:
            skipped.append(Skipped(file, verdict))
        elif not write_corrected(workspace, recording_id, key, notes, corrected.get(recording_id, "")):
            waiting.append((file, recording_id, key, speed))
    if waiting:
        # Reading what is given is quicker than starting processes.
        alone = len(waiting) == 1 or params.method == "given"
        tracks = Parallel(n_jobs=1 if alone else -1, return_as="generator")(
            delayed(_track_one)(project.corpus.root / file, params, os.getpid(), speed)
            for file, _, _, speed in waiting
        )
        report("melody", 0.0, Message("0 of {total} recordings", total=len(waiting)))
        for done, ((file, recording_id, key, _), result) in enumerate(
            zip(waiting, tracks, strict=True), start=1
        ):
            name = f"melody/{recording_id}"
            if isinstance(result, _LeftOut):
                skipped.append(Skipped(file, result.reason))
                if result.cause:
                    log.error("%s: %s", file, result.cause)
                if result.verdict:
                    workspace.write_json(
                        f"{name}.unvoiced.json", {"reason": result.reason, "verdict": True}, key
                    )
                else:
                    write_json(workspace.path(f"{name}.failed.json"), {"reason": result.reason})
            else:
                digest = corrected.get(recording_id, "")
                write_corrected(workspace, recording_id, key, notes, digest, result)
            report(
                "melody",
                done / len(waiting),
                Message("{done} of {total} recordings", done=done, total=len(waiting)),
            )
    if len(skipped) == len(project.corpus.recordings):
        raise FlamsidError(
            "No recording in {corpus} has a voiced frame (first: {reason}): "
            "check that the files hold singing.",
            corpus=project.corpus.root,
            reason=skipped[0].reason,
        )
    report("melody", 1.0, Message("up to date"))
    return skipped


def _stored_verdict(workspace: Workspace, name: str, key: str) -> str:
    """Return why a recording was found to have no voice, "" where that is not known."""
    with contextlib.suppress(FlamsidError):  # a damaged note says nothing: the recording is tried again
        found = workspace.json(name) if workspace.fresh(name, key) else {}
        if isinstance(found, dict) and found.get("verdict") is True:
            return str(found.get("reason"))
    return ""


def with_melody(project: Project, params: MelodyParams) -> list[str]:
    """Return the ids of the recordings whose melody is up to date."""
    corrected = digests(open_annotations(project.corpus.root), "f0")
    found = []
    for file, recording_id, sha256, speed in recordings_of(project):
        key = _melody_key(project.corpus.root / file, sha256, params, speed)
        if project.workspace.fresh(
            f"melody/{recording_id}.parquet", corrected_key(key, corrected.get(recording_id, ""))
        ):
            found.append(recording_id)
    return found


def melodies(project: Project, params: MelodyParams) -> dict[str, pd.DataFrame]:
    """Return the up-to-date melody table of every recording that has one, by recording_id."""
    there = with_melody(project, params)
    return {recording_id: project.workspace.table(f"melody/{recording_id}") for recording_id in there}
