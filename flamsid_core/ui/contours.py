"""The contour of one recording under parameters that are being tried out, quick enough to follow a slider."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from flamsid_core.melody import curve_of_table, hz_to_cents
from flamsid_core.melody.contour import Contour, ContourParams, reduce_contour
from flamsid_core.melody.kmeans import LevelFits, fit_levels, levels_of
from flamsid_core.read_once import read_once
from flamsid_core.ui.state import table
from flamsid_core.workspace import Workspace

LEAST_CLOSING_S = 0.1


def reduce_one(
    workspace: Workspace, recording_id: str, melody: pd.DataFrame, params: ContourParams
) -> Contour:
    """Reduce one recording's melody, its levels fitted over the whole scope.

    Parameters
    ----------
    workspace : Workspace
    recording_id : str
    melody : DataFrame
        time_s, f0_hz of that recording.
    params : ContourParams

    Returns
    -------
    Contour
        As `flamsid_core.melody.contour.reduce_contour` returns it, for this recording alone.
    """
    if params.method == "band":
        return reduce_contour({recording_id: melody}, params)
    members = _members(workspace, recording_id, params.scope)
    if params.method == "notes":
        shared = replace(params, scope="corpus")
        levels = _levels_of_notes(workspace, members, shared)
    else:
        levels = _levels(workspace, members, params.k)
    return reduce_contour({recording_id: melody}, params, levels=levels)


def _members(workspace: Workspace, recording_id: str, scope: str) -> tuple[str, ...]:
    if scope == "recording":
        return (recording_id,)
    recordings = table(workspace, "corpus/recordings")
    if scope == "singer":
        singer = recordings.loc[recordings["recording_id"] == recording_id, "singer"].iloc[0]
        recordings = recordings[recordings["singer"] == singer]
    return tuple(rid for rid in recordings["recording_id"] if workspace.has(f"melody/{rid}"))


def _melody_folder(workspace: Workspace, *_args: object) -> Path:
    """Return the folder that changes with every melody."""
    return workspace.path("melody")


@read_once(_melody_folder)
def _levels_of_notes(workspace: Workspace, members: tuple[str, ...], params: ContourParams) -> pd.DataFrame:
    melodies = {rid: workspace.table(f"melody/{rid}", columns=["time_s", "f0_hz"]) for rid in members}
    return reduce_contour(melodies, params).levels


@read_once(_melody_folder)
def _levels(workspace: Workspace, members: tuple[str, ...], k: int | str) -> pd.DataFrame:
    """Return the levels of a scope: they depend on its voiced pitches alone."""
    f0_hz, hop_s = _voiced(workspace, members)
    if k == "auto" or f0_hz.size == 0:
        # One long melody stands for all.
        melody = pd.DataFrame({"time_s": np.arange(f0_hz.size) * hop_s, "f0_hz": f0_hz})
        return reduce_contour(melody, ContourParams(method="kmeans", min_segment_s=0.0)).levels
    found = levels_of(_fits(workspace, members), int(k))
    return pd.DataFrame(
        {
            "scope": "recording",
            "level": np.arange(found.pitch_cents.size),
            "pitch_cents": found.pitch_cents,
            "low_cents": found.edges_cents[:-1],
            "high_cents": found.edges_cents[1:],
            "frames": found.frames,
        }
    )


@read_once(_melody_folder, size=8)
def _fits(workspace: Workspace, members: tuple[str, ...]) -> LevelFits:
    """Fit every number of levels at once: a slider over them then only looks them up."""
    return fit_levels(hz_to_cents(_voiced(workspace, members)[0]))


@read_once(_melody_folder, size=8)
def _voiced(workspace: Workspace, members: tuple[str, ...]) -> tuple[np.ndarray, float]:
    tables = [workspace.table(f"melody/{rid}", columns=["time_s", "f0_hz"]) for rid in members]
    hops = [float(np.median(np.diff(table["time_s"]))) for table in tables if len(table) > 1]
    f0_hz = np.concatenate([table["f0_hz"].to_numpy(dtype=np.float64) for table in tables])
    return f0_hz[f0_hz > 0], hops[0] if hops else 0.01


def voiced_cents(melody: pd.DataFrame) -> np.ndarray:
    """Return the pitch of the voiced frames in cents above 55 Hz."""
    f0_hz = melody["f0_hz"].to_numpy(dtype=np.float64)
    return hz_to_cents(f0_hz[f0_hz > 0])


def tonic_cents(segments: pd.DataFrame) -> float | None:
    """Estimate the tonic: the pitch on which most closing time of the phrases rests, in cents above 55 Hz.

    Flamenco phrases fall to the tonic; the last segment of at least 0.1 s of each phrase is taken as its
    close.
    """
    lasting = segments[segments["end_s"] - segments["start_s"] >= LEAST_CLOSING_S]
    if lasting.empty:
        return None
    closes = lasting.groupby("phrase", sort=False).tail(1)
    weights = (closes["end_s"] - closes["start_s"]).groupby(closes["pitch_cents"].round()).sum()
    return float(weights.index[int(weights.to_numpy().argmax())])


def melody_between(
    workspace: Workspace, recording_id: str, start_s: float, end_s: float, *, from_start: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Return a span: time from `start_s` (s), and cents from where it starts, or from A1 (NaN = unvoiced)."""
    melody = _melody(workspace, recording_id)
    time_s = melody["time_s"].to_numpy()
    first, last = np.searchsorted(time_s, [start_s, end_s])
    f0_hz = melody["f0_hz"].to_numpy(dtype=np.float64)[first:last]
    cents = np.full(f0_hz.size, np.nan)
    voiced = f0_hz > 0
    cents[voiced] = hz_to_cents(f0_hz[voiced])
    if from_start and voiced.any():
        # The very first frame is often a consonant's: the start is what is sung in the first tenth.
        cents -= np.median(cents[voiced][: max(int(voiced.sum()) // 10, 5)])
    return time_s[first:last] - start_s, cents


@read_once(lambda workspace, recording_id: workspace.path(f"melody/{recording_id}.parquet"))
def _melody(workspace: Workspace, recording_id: str) -> pd.DataFrame:
    return workspace.table(f"melody/{recording_id}", columns=["time_s", "f0_hz"])


def with_centre(melody: pd.DataFrame, params: ContourParams) -> pd.DataFrame:
    """Return the melody with `centre_cents`, its pitch without vibrato; NaN where nothing is sung."""
    curve = curve_of_table(melody, params)
    sung = melody["f0_hz"].to_numpy() > 0
    centre = np.full(len(melody), np.nan)
    if curve.time_s.size:
        centre[sung] = np.interp(melody["time_s"].to_numpy()[sung], curve.time_s, curve.centre_cents)
    return melody.assign(centre_cents=centre)
