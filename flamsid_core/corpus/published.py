"""The authors' published motif clips: how they are named and signed.

They lie in one folder per singer and are called `<recording>_<steps>_<uuid>.<ending>`. The steps are the
authors': positive falls, classes 1 (below 70 cents) to 3 (above 112 cents). Ours rise where they are
positive, so every sign is turned round. The recording in the name is often wrong; it serves as one more
hint of what belongs together and for nothing else (see `flamsid_core.corpus.groups`).
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from flamsid_core.corpus.cells import tidy
from flamsid_core.corpus.files import Skipped
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message

_NAME = re.compile(r"(.+)_([^_]*)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
_STEPS = re.compile(r"(?:-?[1-3])+")


def looks_published(audio_files: Sequence[str]) -> bool:
    """Whether most of a folder's sound files are named as the authors named their clips."""
    return sum(bool(_NAME.fullmatch(PurePosixPath(file).stem)) for file in audio_files) * 2 > len(audio_files)


def parse_published_name(name: str) -> tuple[str, str]:
    """Return the recording and the pattern (our signs, "+1 -2 +1") that the name of a published clip tells.

    Parameters
    ----------
    name
        File name without its ending: `<recording>_<steps>_<uuid>`. The recording may hold underscores.

    Raises
    ------
    FlamsidError
        When the name or its steps are malformed.

    Examples
    --------
    >>> parse_published_name("M1036_intervals_-12-1_596b1d0b-e2fc-48bc-bba0-3df9e3adfcb4")
    ('M1036_intervals', '+1 -2 +1')
    """
    parts = _NAME.fullmatch(name)
    if parts is None:
        raise FlamsidError("the name is not <recording>_<steps>_<uuid>; rename the file or move it away.")
    recording, steps, _ = parts.groups()
    if not _STEPS.fullmatch(steps):
        raise FlamsidError(
            "the steps '{steps}' in the name are malformed; "
            "they are digits 1 to 3, each with or without '-' before it.",
            steps=steps,
        )
    signed = re.findall(r"-?[1-3]", steps)
    return recording, " ".join(f"+{step[1]}" if step[0] == "-" else f"-{step}" for step in signed)


def published_entries(audio_files: Sequence[str]) -> tuple[list[dict[str, str]], list[Skipped]]:
    """Return file, singer, recording and pattern of each published clip, and the files that are none."""
    entries, skipped = [], []
    for file in audio_files:
        path = PurePosixPath(file)
        try:
            recording, pattern = parse_published_name(path.stem)
        except FlamsidError as error:
            skipped.append(Skipped(file, error.message))
            continue
        if len(path.parts) < 2:
            skipped.append(
                Skipped(file, Message("no singer: put the clip into a folder named after its singer."))
            )
            continue
        entries.append(
            {"file": file, "singer": tidy(path.parent.name), "recording": tidy(recording), "pattern": pattern}
        )
    return entries, skipped
