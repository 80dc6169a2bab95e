"""Features of many clips: computed once per sound file, kept on disk, read as slices.

Mined instances overlap heavily, so the frames of a whole recording are computed once and a clip is a slice of
them. Published clips are files of their own, many of them the same sound under several names: each distinct
sound is computed once. On disk there is one file per source group, named after what it was made from.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from flamsid_core.corpus import read_audio
from flamsid_core.corpus.unread import RecordingsUnread, why_unread
from flamsid_core.errors import FlamsidError
from flamsid_core.melody import track_f0
from flamsid_core.messages import Message
from flamsid_core.progress import Progress
from flamsid_core.reading import read_arrays
from flamsid_core.singers.features.frames import VOICE_KIND, FeatureParams, clip_frames, frame_features
from flamsid_core.workspace import artefact_key, atomic_path

FEATURES_VERSION = 1
_BLOCK_FRAMES = 1 << 17  # 11 minutes at a hop of 5 ms, 134 MB of sums at 128 bins
_HELD_BYTES = (
    512 << 20
)  # of frames held in memory; what is more lies in a file that the system pages in and out


@dataclass(frozen=True)
class ClipFeatures:
    """Features of clips of any length, as slices of shared frames.

    Attributes
    ----------
    frames : (total frames, bins) float16 array
        Frames of all sounds, one after the other. Half precision holds a level of -100 to 60 dB to 0.03 dB.
    first, length : (n,) int64 arrays
        A clip's first row in `frames` and its number of frames (at least one). Slices may overlap.
    params : FeatureParams
        What was computed.
    """

    frames: np.ndarray
    first: np.ndarray
    length: np.ndarray
    params: FeatureParams

    def __len__(self) -> int:
        return len(self.first)

    def clip(self, index: int) -> np.ndarray:
        """Return the (frames, bins) features of one clip."""
        return self.frames[self.first[index] : self.first[index] + self.length[index]]

    def means(self) -> np.ndarray:
        """Return the (clips, bins) float64 mean of every clip's frames.

        Clips overlap, so sums run over blocks of neighbouring clips: no more than a block of frames is held in double
        precision, however many there are.
        """
        result = np.empty((len(self), self.frames.shape[1]))
        order = np.argsort(self.first, kind="stable")
        starts = self.first[order]
        at = 0
        while at < len(order):
            end = max(int(np.searchsorted(starts, starts[at] + _BLOCK_FRAMES)), at + 1)
            clips = order[at:end]
            first, last = self.first[clips] - starts[at], self.first[clips] + self.length[clips] - starts[at]
            sums = np.zeros((last.max() + 1, self.frames.shape[1]))
            block = self.frames[starts[at] : starts[at] + last.max()]
            np.cumsum(block, axis=0, dtype=np.float64, out=sums[1:])
            result[clips] = (sums[last] - sums[first]) / self.length[clips, None]
            at = end
        return result

    def take(self, index: np.ndarray) -> "ClipFeatures":
        """Return the clips at `index`, sharing the frames."""
        return ClipFeatures(self.frames, self.first[index], self.length[index], self.params)


def features_of_signal(
    signal: np.ndarray, start_s: np.ndarray, end_s: np.ndarray, params: FeatureParams
) -> ClipFeatures:
    """Compute the features of clips of one mono signal at ``params.sample_rate_hz``."""
    if params.kind == VOICE_KIND:
        rows = _voice_rows(signal, params.sample_rate_hz, start_s, end_s)
        return ClipFeatures(rows, *_one_row_each(len(rows)), params)
    frames = frame_features(signal, params).astype(np.float16)
    first, length = _within(*clip_frames(start_s, end_s, params.hop_s), np.full(len(start_s), len(frames)))
    return ClipFeatures(frames, first, length, params)


def extract_features(
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    params: FeatureParams | None = None,
    *,
    cache_dir: Path | None = None,
    on_progress: Progress | None = None,
) -> ClipFeatures:
    """Compute, or read from the cache, the features of every instance.

    Parameters
    ----------
    instances : DataFrame
        Columns file, start_s, end_s, and where they are known sound_id, source_group, and speed (percent that the
        carrier ran too fast).
    locate : callable
        Maps `file` to a path.
    params : FeatureParams, optional
        What to compute.
    cache_dir : Path, optional
        Folder of the cache; without it nothing is kept.
    on_progress : callable, optional
        Called with a fraction and a text after every source group; what it raises ends the work.

    Returns
    -------
    ClipFeatures
        In the order of `instances`.

    Raises
    ------
    RecordingsUnread
        When sound files could not be worked through; those that could are in the cache.
    FlamsidError
        When there are no instances.
    """
    from joblib import Parallel, delayed

    params = params or FeatureParams()
    if len(instances) == 0:
        raise FlamsidError("There are no motif instances to compute features of: mine motifs first.")
    file = _representative_files(instances)
    if params.kind == VOICE_KIND:
        voices = _voice_of_files(instances.assign(file=file), locate, params, cache_dir, on_progress)
        return ClipFeatures(voices, *_one_row_each(len(voices)), params)
    groups = instances["source_group"] if "source_group" in instances else instances["file"]
    members = file.groupby(groups.astype(str), sort=True).unique()
    speeds = dict(zip(file, instances["speed"], strict=True)) if "speed" in instances else {}
    jobs = (delayed(_group_features)(sorted(files), locate, params, cache_dir, speeds) for files in members)
    # Decoding, resampling and the transforms all release the interpreter's lock.
    results = Parallel(n_jobs=-1, prefer="threads", return_as="generator")(jobs)
    first_row, rows, total = {}, {}, 0
    joined = _Frames(cache_dir)
    unread: dict[str, str] = {}
    for done, (files, result) in enumerate(zip(members, results, strict=True), start=1):
        if isinstance(result, dict):
            unread |= result
            continue
        frames, lengths = result
        for name, start, count in zip(sorted(files), np.cumsum(lengths) - lengths, lengths, strict=True):
            first_row[name], rows[name] = total + int(start), int(count)
        joined.add(frames)
        total += len(frames)
        if on_progress:
            on_progress(
                done / len(members),
                Message("features of {done} of {total} sources", done=done, total=len(members)),
            )
    if unread:
        raise RecordingsUnread(unread)
    first, length = clip_frames(instances["start_s"].to_numpy(), instances["end_s"].to_numpy(), params.hop_s)
    first, length = _within(first, length, file.map(rows).to_numpy())
    return ClipFeatures(joined.array(), first + file.map(first_row).to_numpy(), length, params)


def _one_row_each(count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(count), np.ones(count, dtype=np.int64)


def _voice_rows(signal: np.ndarray, rate_hz: int, start_s: np.ndarray, end_s: np.ndarray) -> np.ndarray:
    """Return the rows of the clips of one recording, whose f0 is tracked here."""
    from flamsid_core.singers.features.voice import voice_rows

    melody = track_f0(np.asarray(signal, dtype=np.float32), rate_hz)
    return voice_rows(signal, rate_hz, melody, start_s, end_s).astype(np.float16)


def _voice_of_files(
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    params: FeatureParams,
    cache_dir: Path | None,
    on_progress: Progress | None,
) -> np.ndarray:
    """Return a row for every instance, (n, VOICE_COLUMNS) float16, a file after the other."""
    from joblib import Parallel, delayed

    def of_file(file: str, start_s: np.ndarray, end_s: np.ndarray) -> np.ndarray | dict[str, str]:
        spans = hashlib.sha256(np.column_stack([start_s, end_s]).tobytes()).hexdigest()
        speed = float(speeds.get(file, 0.0))
        try:
            path = Path(locate(file))
            about = _content_key([file], [path], params, [speed])
        except (FlamsidError, OSError) as error:
            return {file: why_unread(file, error)}
        key = artefact_key("voice", FEATURES_VERSION, params, about, spans)
        cached = None if cache_dir is None else Path(cache_dir) / f"{key}.npz"
        if cached is not None and cached.exists():
            try:
                return read_arrays(cached)["rows"]
            except (OSError, ValueError, KeyError):
                cached.unlink(missing_ok=True)  # cut short by a full disk or a crash: computed again
        try:
            signal = read_audio(path, sample_rate_hz=params.sample_rate_hz, speed=speed)[0]
            rows = _voice_rows(signal, params.sample_rate_hz, start_s, end_s)
        except Exception as error:  # one recording must not end the run of a thousand
            return {file: why_unread(file, error)}
        if cached is not None:
            with atomic_path(cached) as temporary, temporary.open("wb") as out:
                np.savez(out, rows=rows)
        return rows

    speeds = dict(zip(instances["file"], instances["speed"], strict=True)) if "speed" in instances else {}
    places = list(instances.groupby("file", sort=True).indices.items())
    start_s, end_s = instances["start_s"].to_numpy(), instances["end_s"].to_numpy()
    jobs = (delayed(of_file)(str(file), start_s[at], end_s[at]) for file, at in places)
    found = np.zeros((len(instances), params.bins), dtype=np.float16)
    results = Parallel(n_jobs=-1, prefer="threads", return_as="generator")(jobs)
    unread: dict[str, str] = {}
    for done, ((_, at), rows) in enumerate(zip(places, results, strict=True), start=1):
        if isinstance(rows, dict):
            unread |= rows
        else:
            found[at] = rows
        if on_progress:
            on_progress(
                done / len(places), Message("voices of {done} of {total} files", done=done, total=len(places))
            )
    if unread:
        raise RecordingsUnread(unread)
    return found


class _Frames:
    """Frames one after the other: in memory while they are few, else in a file without a name, mapped.

    The file goes when the array does.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._parts: list[np.ndarray] = []
        self._held_bytes = 0
        self._file: IO[bytes] | None = None
        self._shape = (0, 0)
        self._dtype = np.dtype(np.float16)

    def add(self, frames: np.ndarray) -> None:
        self._shape = (self._shape[0] + len(frames), frames.shape[1])
        self._dtype = frames.dtype
        self._parts.append(frames)
        self._held_bytes += frames.nbytes
        if self._file is None and self._held_bytes > _HELD_BYTES:
            if self._folder is not None:
                self._folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 (the array keeps it open)
        if self._file is not None:
            for part in self._parts:
                self._file.write(np.ascontiguousarray(part).data)
            self._parts.clear()

    def array(self) -> np.ndarray:
        if self._file is None:
            return np.concatenate(self._parts)
        self._file.flush()
        return np.memmap(self._file, dtype=self._dtype, mode="r", shape=self._shape)


def _representative_files(instances: pd.DataFrame) -> pd.Series:
    """Return the file to read for each instance: of clips that are the same sound, the first by name.

    Only where every file is one instance is `sound_id` the hash of a whole file; elsewhere it is that of a
    span.
    """
    if "sound_id" in instances and instances["file"].is_unique:
        return instances.groupby("sound_id")["file"].transform("min")
    return instances["file"]


def _within(first: np.ndarray, length: np.ndarray, available: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Clip slices to the frames that are there, leaving at least one."""
    first = np.clip(first, 0, available - 1)
    return first, np.clip(length, 1, available - first)


def _group_features(
    files: list[str],
    locate: Callable[[str], Path],
    params: FeatureParams,
    cache_dir: Path | None,
    speeds: Mapping[str, float],
) -> tuple[np.ndarray, np.ndarray] | dict[str, str]:
    """Return the frames (float16) of files one after the other, and the number of frames of each.

    Where some cannot be worked through: those, and why.
    """
    paths, unread = {}, {}
    for file in files:
        try:
            paths[file] = Path(locate(file))
            _about_file(paths[file])
        except (FlamsidError, OSError) as error:
            unread[file] = why_unread(file, error)
    if unread:
        return unread
    at_speed = [speeds.get(file, 0.0) for file in files]
    key = _content_key(files, list(paths.values()), params, at_speed)
    cached = None if cache_dir is None else Path(cache_dir) / f"{key}.npz"
    if cached is not None and cached.exists():
        try:
            stored = read_arrays(cached)
            return stored["frames"], stored["lengths"]
        except (OSError, ValueError, KeyError):
            cached.unlink(missing_ok=True)  # cut short by a full disk or a crash: computed again
    features = []
    for (file, path), speed in zip(paths.items(), at_speed, strict=True):
        try:
            signal, _ = read_audio(path, sample_rate_hz=params.sample_rate_hz, speed=speed)
            features.append(frame_features(signal, params))
        except Exception as error:  # one recording must not end the run of a thousand
            unread[file] = why_unread(file, error)
    if unread:
        return unread
    frames = np.concatenate(features).astype(np.float16)
    lengths = np.array([len(part) for part in features], dtype=np.int64)
    if cached is not None:
        with atomic_path(cached) as temporary, temporary.open("wb") as out:
            np.savez(out, frames=frames, lengths=lengths)
    return frames, lengths


def _content_key(files: list[str], paths: list[Path], params: FeatureParams, speeds: list[float]) -> str:
    """Hash names, sizes and times of change: reading all of a large corpus again would take too long."""
    digest = hashlib.sha256()
    for file, path, speed in zip(files, paths, speeds, strict=True):
        about = _about_file(path)
        digest.update(f"{file}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
        if speed:
            digest.update(f"speed {speed}\n".encode())
    return artefact_key("features", FEATURES_VERSION, params, digest.hexdigest())


def _about_file(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise FlamsidError(
            "Sound file not found: {path}. Open the corpus again if files were moved.", path=path
        ) from error
