"""Decoding: the one place where a sound file becomes samples, facts or a hash.

Files are read through libsndfile, and where it does not know the format through PyAV if that is installed, in
blocks, so that an hour of stereo never lies in memory twice. Neither tells when sound is missing, or when there is
more of it than the header says: `flamsid_core.corpus.containers` looks for that first.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soxr

from flamsid_core.corpus.carrier import time_factor
from flamsid_core.corpus.mixing import mixture_of, mono
from flamsid_core.corpus.sounds import (
    AUDIO_SUFFIXES,
    DECODER_ERRORS,
    MP3_SLACK_FRAMES,
    Sound,
    decoder_said,
    open_sound,
)
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import join_messages

__all__ = [
    "AUDIO_SUFFIXES",
    "AudioInfo",
    "AudioScan",
    "open_sound",
    "read_audio",
    "scan_audio",
    "sound_blocks",
]

BLOCK_FRAMES = 1 << 19
# A signal of more samples than this is not given its memory before they are seen: headers lie.
MOST_BELIEVED_SAMPLES = 1 << 28


class AudioInfo(NamedTuple):
    """What a file's header says: length in seconds, rate in Hz, number of channels."""

    duration_s: float
    sample_rate_hz: int
    channels: int


class AudioScan(NamedTuple):
    """What decoding a file to its end shows.

    `sha256` is the hash of the samples as little-endian float32, frame by frame: the same sound in WAV
    and FLAC, or under another name or other tags, has the same hash. `silent` means that no sample
    differs from the first one. `remark` says what a person should know of how it is heard, "" if nothing.
    """

    sha256: str
    duration_s: float
    sample_rate_hz: int
    channels: int
    silent: bool
    remark: str = ""


def read_audio(
    path: str | os.PathLike[str],
    *,
    sample_rate_hz: int | None = None,
    start_s: float = 0.0,
    end_s: float | None = None,
    speed: float = 0.0,
) -> tuple[np.ndarray, int]:
    """Read a sound file, or a span of it, as one channel.

    Parameters
    ----------
    path
        The file; any format of `AUDIO_SUFFIXES`, any rate, any number of channels: their mean is taken, or, where they
        cancel each other, the loudest. A strong constant offset is removed.
    sample_rate_hz
        Resample to this rate (soxr, high quality); None keeps the file's own.
    start_s, end_s
        The span, rounded to the nearest sample of the file; `end_s` None or past the end means to the end.
    speed
        Percent that the carrier ran too fast (`carrier.py`): seconds, rate and sound are those of the singing.

    Returns
    -------
    signal : float32 array, shape (n,)
    sample_rate_hz : int

    Raises
    ------
    FlamsidError
        When the file is missing, unreadable, empty, truncated or holds NaN, or when the span holds no sample.
    """
    path = Path(path)
    with open_sound(path) as sound:
        rate = sound.samplerate / time_factor(speed)
        first = round(start_s * rate)
        last = sound.frames if end_s is None else min(sound.frames, round(end_s * rate))
        if first < 0 or last <= first:
            until = "the end" if end_s is None else f"{end_s:g} s"
            raise FlamsidError(
                "{path}: no sound between {start_s:g} s and {until}; the file lasts {duration_s:.3f} s.",
                path=path,
                start_s=start_s,
                until=until,
                duration_s=sound.frames / rate,
            )
        signal = np.empty(min(last - first, MOST_BELIEVED_SAMPLES), dtype=np.float32)
        filled = 0
        for block in sound_blocks(sound, path, first, last):
            if filled + len(block) > len(signal):
                signal = np.concatenate(
                    [signal[:filled], np.empty(max(filled, len(block)), dtype=np.float32)]
                )
            signal[filled : filled + len(block)] = block[:, 0]
            filled += len(block)
        signal = signal[:filled]
    if sample_rate_hz is not None and sample_rate_hz != rate:
        signal = soxr.resample(signal, rate, sample_rate_hz)
        rate = sample_rate_hz
    return signal, round(rate)


def audio_info(path: str | os.PathLike[str]) -> AudioInfo:
    """Return length, rate and channels from a file's header, without decoding it.

    Raises
    ------
    FlamsidError
        When the file is missing, unreadable, empty or visibly cut off.
    """
    with open_sound(Path(path)) as sound:
        return AudioInfo(sound.frames / sound.samplerate, sound.samplerate, sound.channels)


def audio_sha256(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 (hex) of a file's decoded samples: equal for equal sounds, whatever the container.

    Raises
    ------
    FlamsidError
        As `read_audio`.
    """
    return scan_audio(path).sha256


def scan_audio(path: str | os.PathLike[str]) -> AudioScan:
    """Decode a whole file once and return its hash and facts.

    Raises
    ------
    FlamsidError
        As `read_audio`.
    """
    path = Path(path)
    digest = hashlib.sha256()
    silent = True
    frames = 0
    with open_sound(path) as sound:
        remarks = (*sound.remarks, *mixture_of(sound, path).remarks)
        first: np.ndarray | None = None
        for block in _channel_blocks(sound, path, 0, sound.frames):
            first = block[0].copy() if first is None else first
            silent = silent and not np.any(block != first)
            frames += len(block)
            digest.update(block.astype("<f4", copy=False).tobytes())
        return AudioScan(
            digest.hexdigest(),
            frames / sound.samplerate,
            sound.samplerate,
            sound.channels,
            silent,
            join_messages(remarks) if remarks else "",
        )


def sound_blocks(sound: Sound, path: Path, first: int, last: int) -> Iterator[np.ndarray]:
    """Yield float32 (frames, 1) blocks of the span as one channel, checked for completeness and for NaN."""
    mixture = mixture_of(sound, path)
    for block in _channel_blocks(sound, path, first, last):
        yield mono(block, mixture)


def _channel_blocks(sound: Sound, path: Path, first: int, last: int) -> Iterator[np.ndarray]:
    """Yield float32 (frames, channels) blocks of the span, checked for completeness and for NaN."""
    rate = sound.samplerate
    at = first
    try:
        if first:
            sound.seek(first)
        while at < last:
            block = sound.read(min(BLOCK_FRAMES, last - at), dtype="float32", always_2d=True)
            if not len(block):
                break
            # A sum is finite unless a sample is not (or the sum itself overflows: then look closely).
            with np.errstate(over="ignore", invalid="ignore"):
                total = block.sum()
            if not np.isfinite(total) and not np.isfinite(block).all():
                bad = int(np.flatnonzero(~np.isfinite(block).all(axis=1))[0])
                raise FlamsidError(
                    "{path}: holds a sample that is not a number (NaN or infinite) "
                    "at {at_s:.3f} s; export it again.",
                    path=path,
                    at_s=(at + bad) / rate,
                )
            at += len(block)
            yield block
    except DECODER_ERRORS as error:
        raise FlamsidError(
            "{path}: is truncated or damaged: decoding stopped after {stopped_s:.3f} s of "
            "{duration_s:.3f} s ({reason}); copy the file again.",
            path=path,
            stopped_s=at / rate,
            duration_s=sound.frames / rate,
            reason=decoder_said(error),
        ) from error
    slack = MP3_SLACK_FRAMES if sound.format == "MP3" and at > first else 0
    if at < last - slack:
        raise FlamsidError(
            "{path}: is truncated: its header promises {duration_s:.3f} s, "
            "but decoding ended at {stopped_s:.3f} s; copy the file again.",
            path=path,
            duration_s=sound.frames / rate,
            stopped_s=at / rate,
        )
