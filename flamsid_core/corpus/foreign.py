"""Sound that libsndfile does not read (m4a, wma, video): decoded by PyAV, where it is installed."""

import importlib.util
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message
from flamsid_core.workspace import disk_is_full

FOREIGN_SUFFIXES = (
    ".3gp", ".aac", ".ac3", ".amr", ".ape", ".avi", ".m4a", ".m4b", ".m4v", ".mka", ".mkv", ".mov", ".mp4", ".mpc",
    ".mpeg", ".mpg", ".tta", ".weba", ".webm", ".wma", ".wmv", ".wv",
)  # fmt: skip
# Streams end some frames before the length that the container gives.
SLACK_S = 0.5


@cache
def has_pyav() -> bool:
    """Whether PyAV is installed."""
    return importlib.util.find_spec("av") is not None


def decoded(path: Path) -> soundfile.SoundFile:
    """Decode the first sound of a file with PyAV into a temporary file, and open that.

    Raises
    ------
    FlamsidError
        When there is no sound in it, it is cut off or damaged, or the temporary file does not fit on the disk.
    """
    import av

    raw = tempfile.TemporaryFile(prefix="flamsid-")  # noqa: SIM115 - it lives as long as the sound
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise FlamsidError("{path}: holds no sound; give a file with a sound track.", path=path)
            stream = container.streams.audio[0]
            rate_hz, channels, frames = 0, 0, 0
            for frame in container.decode(stream):
                block = _interleaved(frame)
                if not rate_hz:
                    rate_hz, channels = frame.sample_rate, block.shape[1]
                if (frame.sample_rate, block.shape[1]) != (rate_hz, channels):
                    raise FlamsidError(
                        "{path}: {reason}",
                        path=path,
                        reason=Message(
                            "holds joined recordings of different rates or channels; split it into one file each."
                        ),
                    )
                raw.write(block.astype("<f4").tobytes())
                frames += len(block)
            promised = float(stream.duration * stream.time_base) if stream.duration else 0.0
    except (av.error.FFmpegError, UnicodeError) as error:
        raise FlamsidError(
            "{path}: is not sound that can be read ({reason}); convert it to flac or wav.",
            path=path,
            reason=str(error).partition("]")[2].partition(":")[0].strip() or type(error).__name__,
        ) from error
    except OSError as error:
        if not disk_is_full(error):
            raise
        raise FlamsidError(
            "The disk is full: {path} could not be decoded. Free some space in {folder} and run again.",
            path=path,
            folder=tempfile.gettempdir(),
        ) from error
    if not frames:
        raise FlamsidError(
            "{path}: {reason}", path=path, reason=Message("holds no samples; copy or record it again.")
        )
    if frames / rate_hz < promised - SLACK_S:
        raise FlamsidError(
            "{path}: is truncated: its header promises {duration_s:.3f} s, "
            "but decoding ended at {stopped_s:.3f} s; copy the file again.",
            path=path,
            duration_s=promised,
            stopped_s=frames / rate_hz,
        )
    raw.seek(0)
    return soundfile.SoundFile(
        raw, samplerate=rate_hz, channels=channels, format="RAW", subtype="FLOAT", endian="LITTLE"
    )


def _interleaved(frame) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Return a frame of PyAV as float32 (samples, channels) within ±1."""
    samples = frame.to_ndarray()
    channels = len(frame.layout.channels)
    found = samples.T if frame.format.is_planar else samples.reshape(-1, channels)
    if found.dtype.kind == "f":
        return found.astype(np.float32)
    if found.dtype == np.uint8:
        return (found.astype(np.float32) - 128) / 128
    return found.astype(np.float32) / -float(np.iinfo(found.dtype).min)
