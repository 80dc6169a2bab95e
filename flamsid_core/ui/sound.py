"""From an id to sound: whole recordings as FLAC, instances cut to the sample. No streamlit in here."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.read_once import read_once
from flamsid_core.ui.projects import corpus_of, projects
from flamsid_core.user_data import data_home
from flamsid_core.workspace import Workspace, atomic_path

FLAC_BLOCK_FRAMES = 1 << 18
UPLOAD_ID = re.compile(r"[0-9a-f]{16}")


def recording_flac(project: str, recording_id: str) -> Path:
    """Return a FLAC file of a recording, itself or a copy in the workspace: browsers seek in it exactly.

    Raises
    ------
    KeyError
        There is no such project or recording.
    FlamsidError
        The file is gone or unreadable.
    """
    source, speed = recording_file(project, recording_id), recording_speed(project, recording_id)
    if source.suffix.lower() == ".flac" and not speed:
        return source
    workspace = projects()[project]
    row: Any = _rows(workspace, "corpus/recordings", "recording_id").loc[recording_id]
    at = f"-{speed:g}" if speed else ""
    copy = workspace / "cache" / "audio" / f"{recording_id}-{row['sha256'][:16]}{at}.flac"
    if not copy.is_file():
        _write_flac(source, copy, speed)
    return copy


def recording_speed(project: str, recording_id: str) -> float:
    """Return the percent that a recording's carrier ran too fast; KeyError as `recording_flac`."""
    row: Any = _rows(projects()[project], "corpus/recordings", "recording_id").loc[recording_id]
    return float(row.get("speed", 0.0))


def recording_file(project: str, recording_id: str) -> Path:
    """Return the file of a recording; see `recording_flac` for the errors."""
    workspace = projects()[project]
    row: Any = _rows(workspace, "corpus/recordings", "recording_id").loc[recording_id]
    if not row["file"]:
        raise KeyError(recording_id)
    return _inside(corpus_of(workspace), row["file"])


def recording_span_wav(project: str, recording_id: str, start_s: float, end_s: float) -> bytes:
    """Return a span of a recording as a WAV file's bytes; see `recording_flac` for the errors."""
    speed = recording_speed(project, recording_id)
    return span_wav(recording_file(project, recording_id), start_s, end_s, speed=speed)


@read_once(lambda path, slices=0: path, size=32)
def peaks(path: Path, slices: int = 1500) -> np.ndarray | None:
    """Return the peak amplitude (0 to 1) in equal slices of a sound, read in blocks; None if it cannot be decoded."""
    from flamsid_core.corpus.audio import open_sound

    try:
        with open_sound(path) as sound:
            block = max(sound.frames // slices, 1)
            parts = (sound.read(block) for _ in range(0, sound.frames, block))
            found = [float(np.abs(part).max(initial=0)) for part in parts]
    except FlamsidError:
        return None
    return np.minimum(np.asarray(found), 1.0)


def instance_wav(project: str, instance_id: str) -> bytes:
    """Return an instance as a WAV file's bytes, cut from its recording to the sample.

    Raises
    ------
    KeyError
        There is no such project or instance.
    FlamsidError
        The file is gone or unreadable.
    """
    workspace = projects()[project]
    row: Any = _rows(workspace, "motifs/instances", "instance_id").loc[instance_id]
    path = _inside(corpus_of(workspace), row["file"])
    return span_wav(path, float(row["start_s"]), float(row["end_s"]), speed=float(row.get("speed", 0.0)))


def uploads_folder() -> Path:
    """Return where sounds that were given for identification are kept."""
    return data_home() / "identify" / "uploads"


def upload_span_wav(upload_id: str, start_s: float, end_s: float, speed: float = 0.0) -> bytes:
    """Return a span of an uploaded sound as a WAV file's bytes; KeyError when there is no such upload."""
    folder = uploads_folder()
    found = (
        {file.stem: file for file in folder.iterdir() if UPLOAD_ID.fullmatch(file.stem)}
        if folder.is_dir()
        else {}
    )
    return span_wav(found[upload_id], start_s, end_s, speed=speed)


def span_wav(path: Path, start_s: float, end_s: float, *, speed: float = 0.0) -> bytes:
    """Return a span of an audio file (seconds, at its carrier's speed) as the bytes of a 16-bit mono WAV file."""
    import soundfile

    from flamsid_core.corpus import read_audio

    signal, sample_rate_hz = read_audio(path, start_s=start_s, end_s=end_s, speed=speed)
    out = io.BytesIO()
    soundfile.write(out, signal, sample_rate_hz, format="WAV", subtype="PCM_16")
    return out.getvalue()


def _rows(workspace: Path, table: str, index: str) -> pd.DataFrame:
    path = workspace / f"{table}.parquet"
    if not path.is_file():
        raise KeyError(table)
    return _indexed(workspace, table, index)


@read_once(lambda workspace, table, index: workspace / f"{table}.parquet", size=8)
def _indexed(workspace: Path, table: str, index: str) -> pd.DataFrame:
    rows = Workspace(workspace).table(table)
    wanted = [c for c in ("file", "sha256", "start_s", "end_s", "speed") if c in rows.columns]
    return rows.set_index(index)[wanted]


def _inside(corpus: Path, file: str) -> Path:
    """Return the path of a corpus' file; a table that names a file outside its corpus is not followed."""
    root = corpus.resolve()
    path = (root / file).resolve()
    if not path.is_relative_to(root):
        raise FlamsidError(
            "{file} lies outside the corpus {root}: copy it into the corpus folder.", file=file, root=root
        )
    if not path.is_file():
        raise FlamsidError("{path} is gone: put it back, or run the corpus again.", path=path)
    return path


def _write_flac(source: Path, target: Path, speed: float) -> None:
    """Copy a sound to FLAC at its carrier's speed, all channels; what the decoder says is told by `open_sound`."""
    import soundfile

    from flamsid_core.corpus.audio import open_sound
    from flamsid_core.corpus.carrier import time_factor

    try:
        with open_sound(source) as sound, atomic_path(target) as part:
            rate_hz = round(sound.samplerate / time_factor(speed))
            subtype = (
                "PCM_16" if sound.subtype in ("PCM_16", "PCM_U8", "PCM_S8", "ULAW", "ALAW") else "PCM_24"
            )
            with soundfile.SoundFile(
                part, "w", rate_hz, sound.channels, format="FLAC", subtype=subtype
            ) as copy:
                for start in range(0, sound.frames, FLAC_BLOCK_FRAMES):
                    copy.write(sound.read(min(FLAC_BLOCK_FRAMES, sound.frames - start)))
    except soundfile.LibsndfileError as error:
        raise FlamsidError(
            "{source} cannot be decoded ({reason}): convert it to WAV or FLAC.", source=source, reason=error
        ) from error
