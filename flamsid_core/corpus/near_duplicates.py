"""The same sound in another guise: cut elsewhere, louder or softer, through a codec or another sample rate.

Background
----------
`overlap_labels` finds clips that share samples, bit by bit. What was encoded, resampled or turned up in between shares
none, and is still the same performance on both sides of a split. Two steps find it:

1. Every 8 ms the spectrum of 64 ms (94 Hz to 2 kHz) and that of 32 ms later are reduced to their principal components
   and those to the signs of random projections: a few hashes a frame (locality-sensitive hashing, Charikar 2002). Equal
   hashes are brought together by sorting; pairs of sounds whose equal frames agree in their offset are candidates. The
   work grows with the frames and their chance meetings, not with the pairs of clips.
2. A candidate is aligned by cross-correlation of its waveforms with flattened spectra. The similarity is the geometric
   mean of that correlation and the plain one over all they share, to an eighth of a sample, so that one steady note is
   not taken for another: those agree in their first harmonics, not in all.

Two renditions of a motif differ in both. A copy that runs at another speed, or with drift, is not found. An hour of
sound takes about 80 MB and, on one core, a minute.

References
----------
Charikar, M. S.: Similarity estimation techniques from rounding algorithms. STOC 2002, 380–388.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.fft
import scipy.signal

from flamsid_core.corpus.audio import read_audio
from flamsid_core.corpus.same_sound import (
    LEAST_SHARED_S,
    RATE_HZ,
    SLACK,
    WORTH_REFINING,
    aligned,
    flattened,
    refined,
    required_similarity,
    stands_out,
)
from flamsid_core.corpus.unread import RecordingsUnread, why_unread
from flamsid_core.messages import Message
from flamsid_core.progress import Progress, silent

BAND_HZ = (120.0, 2000.0)  # what codecs leave nearly as it was, and most of a voice's energy
_WINDOW, _HOP, _LATER = 512, 64, 4
_BINS = slice(6, 128)
_SPECTRUM_RANGE_DB, _LEVEL_RANGE_DB = 35.0, 30.0
_COMPONENTS, _TABLES, _DEPTH = 48, 6, 200
_SAMPLED_FRAMES = 20_000
_LEAST_VOTES = 2
_LEAST_VOTES_PER_FRAME = 0.3
COLUMNS = ["first", "second", "offset_s", "similarity", "shared_s"]


@dataclass(frozen=True)
class _Basis:
    """What turns descriptors into hashes; learned from the corpus, random signs from a seed."""

    mean: np.ndarray
    projection: np.ndarray
    bits: int


def near_duplicates(
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    *,
    on_progress: Progress | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Find pairs of instances that hold the same sound without sharing samples.

    Parameters
    ----------
    instances : DataFrame
        Columns instance_id, file, sound_id, overlap_group, start_s, end_s.
    locate : callable
        Maps `file` to a path.
    on_progress : callable, optional
        Called with a fraction and a text; what it raises ends the work.
    seed : int
        Of the random projections.

    Returns
    -------
    DataFrame
        A row per pair: first, second (instance_id; of instances with one sound_id the first stands for all), offset_s
        (where the second begins in the first's time), similarity (0 to 1), shared_s. Pairs of one overlap group, which
        are known to share samples, are left out, and so is what shares less than `LEAST_SHARED_S`.

    Raises
    ------
    RecordingsUnread
        When recordings could not be read, after all were tried.
    """
    report = on_progress or silent
    instances = instances.reset_index(drop=True)
    units, unit_of = _units(instances)
    if len(units) < 2:
        return pd.DataFrame(columns=COLUMNS)
    sounds = [np.empty(0, dtype=np.float16)] * len(units)
    unread: dict[str, str] = {}
    spans = zip(units["file"], units["start_s"], units["end_s"], strict=True)
    for number, (file, start_s, end_s) in enumerate(spans):
        try:
            sounds[number] = _sound(locate(file), start_s, end_s)
        except Exception as error:  # one recording must not end the run of a thousand
            unread.setdefault(file, why_unread(file, error))
        if number % 50 == 0:
            report(
                0.4 * number / len(units),
                Message("listened to {number:,} of {total:,} sounds", number=number, total=len(units)),
            )
    if unread:
        raise RecordingsUnread(unread)
    candidates = _candidates(sounds, units["group"].to_numpy(), seed, report)
    pairs = _verified(sounds, candidates, report)
    report(1.0, Message("{n:,} pairs of sounds are the same", n=len(pairs)))
    return _of_instances(pairs, instances, units, unit_of)


# -- sounds -------------------------------------------------------------------------------------------------------


def _units(instances: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the sounds to listen to (file, start_s, end_s, group), and which one each instance lies in.

    Of clips, one of each sound; of recordings, the stretches that chains of overlapping instances cover.
    """
    if instances["file"].is_unique:
        first = instances.drop_duplicates("sound_id")
        unit = first[["file", "start_s", "end_s"]].reset_index(drop=True)
        unit["group"] = pd.factorize(first["overlap_group"])[0]
        return unit, pd.Index(first["sound_id"]).get_indexer(pd.Index(instances["sound_id"]))
    order = instances.sort_values(["file", "start_s", "end_s"], kind="stable")
    reach = order.groupby("file")["end_s"].cummax().groupby(order["file"]).shift()
    number = (~(order["start_s"] < reach)).cumsum() - 1
    unit = order.groupby(number.to_numpy()).agg(
        file=("file", "first"),
        start_s=("start_s", "min"),
        end_s=("end_s", "max"),
        group=("overlap_group", "first"),
    )
    unit["group"] = pd.factorize(unit["group"])[0]
    return unit.reset_index(drop=True), number.reindex(instances.index).to_numpy()


def _sound(path: Path, start_s: float, end_s: float) -> np.ndarray:
    """Read a stretch at 8 kHz within the band, its loudest sample 1; half precision is precise enough."""
    signal, _ = read_audio(path, sample_rate_hz=RATE_HZ, start_s=start_s, end_s=end_s)
    signal = scipy.signal.sosfilt(_band_filter(), signal)
    return (signal / max(float(np.abs(signal).max()), 1e-9)).astype(np.float16)


def _band_filter() -> np.ndarray:
    return scipy.signal.butter(2, BAND_HZ, "bandpass", fs=RATE_HZ, output="sos")


# -- candidates ---------------------------------------------------------------------------------------------------


def descriptors(sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the frames of a sound that are loud enough, and for each its two level spectra of mean 0 dB."""
    n_frames = (len(sound) - _WINDOW) // _HOP + 1
    if n_frames <= _LATER:
        return np.empty(0, dtype=np.int64), np.empty((0, 2 * (_BINS.stop - _BINS.start)), dtype=np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float32), _WINDOW)[::_HOP]
    window = scipy.signal.windows.hann(_WINDOW, sym=False).astype(np.float32)
    spectrum = np.abs(scipy.fft.rfft(frames * window, axis=1)[:, _BINS])
    level_db = 20 * np.log10(spectrum + 1e-7)
    loudest = level_db.max(axis=1, keepdims=True)
    level_db = np.maximum(level_db, loudest - _SPECTRUM_RANGE_DB)
    level_db -= level_db.mean(axis=1, keepdims=True)
    heard = loudest[:, 0] > max(loudest.max() - _LEVEL_RANGE_DB, -100.0)
    kept = np.flatnonzero(heard[:-_LATER] & heard[_LATER:])
    return kept, np.concatenate([level_db[kept], level_db[kept + _LATER]], axis=1)


def _basis(sounds: list[np.ndarray], rng: np.random.Generator) -> _Basis | None:
    sample, count = [], 0
    for number in rng.permutation(len(sounds)):
        found = descriptors(sounds[number])[1]
        sample.append(found)
        count += len(found)
        if count > _SAMPLED_FRAMES:
            break
    if count < 2:
        return None
    frames = np.concatenate(sample)
    variance, axes = np.linalg.eigh(np.cov(frames.T))
    variance, axes = variance[::-1][:_COMPONENTS], axes[:, ::-1][:, :_COMPONENTS]
    white = axes / np.sqrt(np.maximum(variance, 1e-3 * variance[0] + 1e-9))
    total = sum(max(0, (len(sound) - _WINDOW) // _HOP + 1) for sound in sounds)
    bits = int(np.clip(np.log2(max(total, 2)) + 6, 18, 30))
    directions = rng.standard_normal((white.shape[1], bits * _TABLES))
    return _Basis(frames.mean(axis=0), (white @ directions).astype(np.float32), bits)


def _hashes(sounds: list[np.ndarray], basis: _Basis) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sound, frame and the hashes (frames, tables) of every frame."""
    powers = 1 << np.arange(basis.bits, dtype=np.int64)
    of_sound, of_frame, hashes = [], [], []
    for number, sound in enumerate(sounds):
        kept, found = descriptors(sound)
        signs = ((found - basis.mean) @ basis.projection > 0).reshape(len(kept), _TABLES, basis.bits)
        of_sound.append(np.full(len(kept), number))
        of_frame.append(kept)
        hashes.append((signs @ powers).astype(np.uint32))
    return np.concatenate(of_sound), np.concatenate(of_frame), np.concatenate(hashes)


def _candidates(sounds: list[np.ndarray], groups: np.ndarray, seed: int, report: Progress) -> pd.DataFrame:
    """Return pairs of sounds of different groups whose frames met often enough: a, b, offset in samples."""
    rng = np.random.default_rng(seed)
    basis = _basis(sounds, rng)
    if basis is None:
        return pd.DataFrame({"a": [], "b": [], "offset": []}, dtype=np.int64)
    sound, frame, hashes = _hashes(sounds, basis)
    # In a shuffled bucket larger than the depth, a frame meets others at random, not only its neighbours.
    shuffled = rng.permutation(len(sound))
    sound, frame, hashes = sound[shuffled], frame[shuffled], hashes[shuffled]
    met = []
    for table in range(_TABLES):
        report(0.4 + 0.05 * table, Message("comparing"))
        order = np.argsort(hashes[:, table], kind="stable")
        met.append(_meetings(hashes[order, table], sound[order], frame[order], groups))
    lengths = np.array([len(each) for each in sounds])
    return _voted(np.concatenate(met), lengths)


def _meetings(hashes: np.ndarray, sound: np.ndarray, frame: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return (m, 3) rows a < b, frames from a's to b's beginning, for frames of equal hash in different groups."""
    group, found = groups[sound], []
    for apart in range(1, _DEPTH + 1):
        same = hashes[apart:] == hashes[:-apart]
        if not same.any():
            break
        place = np.flatnonzero(same & (group[apart:] != group[:-apart]))
        one, other = sound[place], sound[place + apart]
        offset = frame[place] - frame[place + apart]
        swap = one > other
        found.append(
            np.column_stack(
                [np.where(swap, other, one), np.where(swap, one, other), np.where(swap, -offset, offset)]
            ).astype(np.int32)
        )
    return np.concatenate(found) if found else np.empty((0, 3), dtype=np.int32)


def _voted(met: np.ndarray, lengths: np.ndarray) -> pd.DataFrame:
    """Keep each pair's offset that most meetings agree on, to two frames, if enough do for what the pair shares."""
    found = []
    for phase in (0, 1):  # bins of two frames, once from the even and once from the odd ones
        table = pd.DataFrame({"a": met[:, 0], "b": met[:, 1], "bin": (met[:, 2] + phase) >> 1})
        votes = table.groupby(["a", "b", "bin"]).size().rename("votes").reset_index()
        votes["offset"] = (2 * votes["bin"] - phase) * _HOP
        found.append(votes[votes["votes"] >= _LEAST_VOTES])
    pairs = pd.concat(found, ignore_index=True).sort_values(
        ["votes", "a", "b", "offset"], ascending=[False, *[True] * 3]
    )
    pairs = pairs.drop_duplicates(["a", "b"])
    shared = np.minimum(lengths[pairs["a"]], pairs["offset"] + lengths[pairs["b"]]) - np.maximum(
        pairs["offset"], 0
    )
    frames = np.maximum((shared - _WINDOW) / _HOP - _LATER, 1)
    enough = (pairs["votes"] >= _LEAST_VOTES_PER_FRAME * frames) & (
        shared >= LEAST_SHARED_S * RATE_HZ - SLACK
    )
    return pairs.loc[enough, ["a", "b", "offset"]].sort_values(["a", "b"], ignore_index=True)


# -- verification -------------------------------------------------------------------------------------------------


def _verified(sounds: list[np.ndarray], candidates: pd.DataFrame, report: Progress) -> pd.DataFrame:
    """Align each candidate and keep those that are one sound: a, b, lag in samples, similarity, shared_s."""
    flat: dict[int, np.ndarray] = {}
    kept, last = [], -1
    for number, (a, b, offset) in enumerate(candidates.to_numpy(dtype=np.int64).tolist()):
        if a != last:  # sorted by a: what was flattened for earlier ones is no longer wanted in full
            flat, last = {a: flattened(sounds[a])}, a
        flat.setdefault(b, flattened(sounds[b]))
        similarity, lag, shared = aligned(sounds[a], sounds[b], flat[a], flat[b], offset)
        if shared >= LEAST_SHARED_S and similarity >= WORTH_REFINING:
            similarity = refined(sounds[a], sounds[b], lag)
            if similarity >= required_similarity(shared) and stands_out(
                sounds[a], sounds[b], flat[a], flat[b], lag, similarity
            ):
                kept.append((a, b, lag, similarity, shared))
        if number % 200 == 0:
            report(
                0.7 + 0.3 * number / len(candidates),
                Message("aligned {number:,} of {total:,} candidates", number=number, total=len(candidates)),
            )
    return pd.DataFrame(kept, columns=["a", "b", "lag", "similarity", "shared_s"])


# -- instances ----------------------------------------------------------------------------------------------------


def _of_instances(
    pairs: pd.DataFrame, instances: pd.DataFrame, units: pd.DataFrame, unit_of: np.ndarray
) -> pd.DataFrame:
    """Turn pairs of sounds into pairs of the instances that lie in what they share."""
    table = instances[["instance_id", "sound_id", "start_s", "end_s"]].assign(unit=unit_of)
    table = table.drop_duplicates("sound_id")
    table["start_s"] -= units["start_s"].to_numpy()[table["unit"]]
    table["end_s"] -= units["start_s"].to_numpy()[table["unit"]]
    table = table.drop(columns="sound_id")
    joined = pairs.merge(table, left_on="a", right_on="unit").merge(
        table, left_on="b", right_on="unit", suffixes=("_a", "_b")
    )
    lag_s = joined["lag"] / RATE_HZ
    offset_s = joined["start_s_b"] + lag_s - joined["start_s_a"]
    shared_s = np.minimum(joined["end_s_a"], joined["end_s_b"] + lag_s) - np.maximum(
        joined["start_s_a"], joined["start_s_b"] + lag_s
    )
    found = pd.DataFrame(
        {
            "first": joined["instance_id_a"],
            "second": joined["instance_id_b"],
            "offset_s": offset_s.astype(float).round(4),
            "similarity": joined["similarity"].astype(float).round(4),
            "shared_s": shared_s.astype(float).round(4),
        }
    )
    return found[found["shared_s"] >= LEAST_SHARED_S - 1e-3].reset_index(drop=True)
