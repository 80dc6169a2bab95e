"""f0 that was made elsewhere, in a file beside the sound: the tracker called `given`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.formats import read_f0
from flamsid_core.melody import MelodyParams, track_file
from flamsid_core.progress import Progress

# What may stand beside "debla.flac", the first that is there counts.
ENDINGS = (".f0.csv", ".svl", ".Pitch", ".PitchTier", ".f0.Corrected")
# Frames further apart than this many hops have unvoiced ones between them that the file leaves out.
_GAP_HOPS = 1.5


def melody_of(sound: Path, params: MelodyParams, on_progress: Progress | None = None) -> pd.DataFrame:
    """Return the melody of a sound file: tracked, or read from a file next to it where the method is `given`.

    Raises
    ------
    FlamsidError
        If the file cannot be read, or no f0 is given.
    """
    return given_f0(sound) if params.method == "given" else track_file(sound, params, on_progress)


def given_file(sound: Path) -> Path:
    """Return the file that gives the f0 of a sound.

    Raises
    ------
    FlamsidError
        If there is none next to it.
    """
    for ending in ENDINGS:
        path = sound.with_name(sound.stem + ending)
        if path.is_file():
            return path
    raise FlamsidError(
        "{file} has no given f0: put {wanted} beside it (or .svl, .Pitch, .PitchTier, .f0.Corrected), or choose "
        "another method.",
        file=sound.name,
        wanted=f"{sound.stem}.f0.csv",
    )


def given_digest(sound: Path) -> str:
    """Return what stands for the given f0 of a sound: name and content of its file, "" where there is none."""
    try:
        path = given_file(sound)
    except FlamsidError:
        return ""
    return path.name + hashlib.sha256(path.read_bytes()).hexdigest()


def given_f0(sound: Path) -> pd.DataFrame:
    """Return the f0 given beside a sound as a melody table.

    Returns
    -------
    DataFrame
        time_s, f0_hz (0 = unvoiced), confidence (1 where voiced). Frames that the file leaves out are there, unvoiced.

    Raises
    ------
    FlamsidError
        If no file gives it, or the file cannot be read.
    """
    return with_gaps(read_f0(given_file(sound)))


def with_gaps(track: pd.DataFrame) -> pd.DataFrame:
    """Return a track with unvoiced frames where frames are missing, as Tony and Sonic Visualiser leave them out.

    Examples
    --------
    >>> track = pd.DataFrame({"time_s": [0.0, 0.1, 0.2, 0.5], "f0_hz": [220.0, 221.0, 222.0, 220.0]})
    >>> with_gaps(track)["f0_hz"].tolist()
    [220.0, 221.0, 222.0, 0.0, 0.0, 220.0]
    """
    time_s = track["time_s"].to_numpy(dtype=np.float64)
    f0_hz = np.maximum(np.nan_to_num(track["f0_hz"].to_numpy(dtype=np.float64)), 0.0)
    if time_s.size > 1:
        steps = np.diff(time_s)
        hop_s = float(np.median(steps))
        missing = np.where(steps > _GAP_HOPS * hop_s, np.round(steps / hop_s).astype(np.int64) - 1, 0)
        places = np.repeat(np.arange(1, time_s.size), missing)
        within = np.arange(places.size) - np.repeat(np.cumsum(missing) - missing, missing) + 1
        added = time_s[places - 1] + within * steps[places - 1] / (missing[places - 1] + 1)
        time_s, f0_hz = np.insert(time_s, places, added), np.insert(f0_hz, places, 0.0)
    return pd.DataFrame({"time_s": time_s, "f0_hz": f0_hz, "confidence": (f0_hz > 0).astype(np.float64)})
