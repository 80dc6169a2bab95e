"""The files of a job: its state, whole or not at all, and the end of its log."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flamsid_core.messages import packed, unpacked
from flamsid_core.reading import read_json

JOB_VARIABLE = "FLAMSID_JOB"

# What a state holds; anything else is not a job.
_STATE_KINDS: dict[str, type | tuple[type, ...]] = {
    "status": str,
    "fraction": (int, float),
    "text": str,
    "command": list,
    "subject": str,
    "pid": int,
    "process_started": (int, float),
    "boot_id": str,
    "exit_status": (int, type(None)),
    "message": str,
    "started_at": (int, float),
    "ended_at": (int, float, type(None)),
    "part": dict,
}

MAX_LOG_BYTES = 1 << 20


def read_state(folder: Path) -> dict[str, Any] | None:
    """Return the state of the job in `folder`; None where it is missing, damaged, or of another version."""
    try:
        found: dict[str, Any] = unpacked(read_json(folder / "state.json", kind=dict))
    except (OSError, ValueError):
        return None
    whole = found.keys() == _STATE_KINDS.keys() and all(
        isinstance(found[name], kind) for name, kind in _STATE_KINDS.items()
    )
    return found if whole else None


def write_state(folder: Path, state: Mapping[str, Any]) -> None:
    """Replace the state of the job in `folder` as a whole."""
    part = folder / f"state.json.{os.getpid()}.part"
    part.write_text(json.dumps(packed(state), indent=1), encoding="utf-8")
    part.replace(folder / "state.json")


def last_line(path: Path) -> str:
    """Return the last line of a log that says anything."""
    lines = [line.rsplit("\r", 1)[-1].strip() for line in end_of_log(path).split("\n")]
    return next((line for line in reversed(lines) if line), "")


def end_of_log(path: Path) -> str:
    """Return the end of a log; empty where there is none."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(path.stat().st_size - MAX_LOG_BYTES, 0))
            return stream.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
