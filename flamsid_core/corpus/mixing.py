"""Several channels as one: their mean, unless they cancel each other; without an offset that drowns the voice."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from flamsid_core.corpus.sounds import DECODER_ERRORS, Sound, open_sound
from flamsid_core.messages import Message

# A file is judged by windows spread over it, the same for every span that is read.
WINDOWS, WINDOW_S = 16, 0.5
# Channels without anything in common keep all of their mean power in the mean; a quarter of it is lost to cancelling.
LEAST_KEPT_POWER = 0.25
# An offset as large as the sound's own deviation is none that a sound card makes.
LARGEST_OFFSET = 1.0


@dataclass(frozen=True)
class Mixture:
    """How the channels of a file become one.

    Attributes
    ----------
    channel
        The one channel that is heard; None for the mean of all.
    offset
        What is subtracted from it.
    remarks
        What is to be said about it.
    """

    channel: int | None = None
    offset: float = 0.0
    remarks: tuple[Message, ...] = ()


def mixture_of(sound: Sound, path: Path) -> Mixture:
    """Say how a file's channels become one; `sound` itself is left where it is."""
    status = path.stat()
    return _mixture(path, status.st_size, status.st_mtime_ns, sound.frames)


def mono(block: np.ndarray, mixture: Mixture) -> np.ndarray:
    """Return (frames, 1) of a block (frames, channels).

    Examples
    --------
    >>> mono(np.array([[1.0, -1.0]], np.float32), Mixture(channel=0)).tolist()
    [[1.0]]
    """
    if mixture.channel is not None:
        block = block[:, mixture.channel : mixture.channel + 1]
    elif block.shape[1] > 1:
        block = block.mean(axis=1, keepdims=True)
    return block - np.float32(mixture.offset) if mixture.offset else block


@lru_cache(maxsize=4096)
def _mixture(path: Path, size_bytes: int, mtime_ns: int, frames: int) -> Mixture:
    with open_sound(path) as sound:
        window = round(WINDOW_S * sound.samplerate)
        starts = np.linspace(0, max(frames - window, 0), WINDOWS).astype(int)
        if frames <= WINDOWS * window:
            starts, window = np.zeros(1, dtype=int), frames
        try:
            heard = np.concatenate([_window(sound, int(start), window) for start in starts])
        except DECODER_ERRORS:
            # A damaged file is told of where it is read.
            return Mixture()
    return judge(heard)


def _window(sound: Sound, start: int, frames: int) -> np.ndarray:
    if start:
        sound.seek(start)
    return sound.read(frames, dtype="float32", always_2d=True)


def judge(heard: np.ndarray) -> Mixture:
    """Say how channels become one, from samples (frames, channels) of them.

    Examples
    --------
    >>> tone = np.sin(np.arange(1000.0))
    >>> judge(np.stack([tone, -0.9 * tone], axis=1)).channel
    0
    """
    if not len(heard) or not np.isfinite(heard).all():
        return Mixture()
    heard = heard.astype(np.float64)
    offsets = heard.mean(axis=0)
    powers = ((heard - offsets) ** 2).mean(axis=0)
    channel: int | None = None
    remarks: list[Message] = []
    mean_power = ((heard.mean(axis=1) - offsets.mean()) ** 2).mean()
    if len(powers) > 1 and mean_power < LEAST_KEPT_POWER * powers.sum() / len(powers) ** 2:
        channel = int(np.argmax(powers))
        remarks.append(
            Message(
                "its channels cancel each other: only the louder one (channel {channel}) is heard.",
                channel=channel + 1,
            )
        )
    offset = float(offsets.mean() if channel is None else offsets[channel])
    power = mean_power if channel is None else powers[channel]
    if power == 0 or abs(offset) < LARGEST_OFFSET * np.sqrt(power):
        return Mixture(channel, 0.0, tuple(remarks))
    remarks.append(Message("holds a constant offset of {offset:.3f}, which is removed.", offset=offset))
    return Mixture(channel, offset, tuple(remarks))
