"""Opening a sound file: one recording or several joined ones, through libsndfile or PyAV."""

from pathlib import Path
from types import TracebackType

import numpy as np
import soundfile

from flamsid_core.corpus.containers import Layout, Part, PartFile, layout
from flamsid_core.corpus.foreign import FOREIGN_SUFFIXES, decoded, has_pyav
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message

AUDIO_SUFFIXES = (
    ".wav", ".flac", ".mp3", ".ogg", ".opus", ".aif", ".aiff", ".aifc", ".au", ".bwf", ".caf", ".mp1", ".mp2", ".mpga",
    ".oga", ".rf64", ".snd", ".w64", ".wave",
)  # fmt: skip

DECODER_ERRORS = (soundfile.SoundFileError,)
# An MP3's length is told in frames of 1152 samples, and encoders disagree on the padding at both ends.
MP3_SLACK_FRAMES = 2 * 1152
# What libsndfile says for a FLAC file whose header leaves the length open is far above this.
MOST_FRAMES = 1 << 48
# Nobody sings into less; a header that says so lies, and resampling from it would fill the memory.
LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 2_000, 768_000


class Sound:
    """The recordings of a file as one: what `soundfile.SoundFile` offers of one that is read.

    Attributes
    ----------
    frames, samplerate, channels, format, subtype
        As of `soundfile.SoundFile`; frames of all parts together.
    remarks
        What is to be said of the file.
    """

    def __init__(self, parts: list[soundfile.SoundFile], remarks: tuple[Message, ...] = ()):
        self._parts, self._part = parts, 0
        self.remarks = remarks
        self.samplerate: int = parts[0].samplerate
        self.channels: int = parts[0].channels
        self.format: str = parts[0].format
        self.subtype: str = parts[0].subtype
        self.frames: int = sum(part.frames for part in parts)

    def seek(self, frame: int) -> int:
        """Go to a frame, counted from the beginning of the first part."""
        left = frame
        self._part = 0
        while left >= self._parts[self._part].frames and self._part < len(self._parts) - 1:
            left -= self._parts[self._part].frames
            self._part += 1
        self._parts[self._part].seek(left)
        for part in self._parts[self._part + 1 :]:
            part.seek(0)
        return frame

    def read(self, frames: int, dtype: str = "float32", always_2d: bool = True) -> np.ndarray:
        """Read the next frames, (frames, channels); fewer at the end of a part, none at the end."""
        while True:
            block: np.ndarray = self._parts[self._part].read(frames, dtype=dtype, always_2d=always_2d)
            if len(block) or self._part == len(self._parts) - 1:
                return block
            self._part += 1

    def close(self) -> None:
        """Close all parts."""
        for part in self._parts:
            part.close()

    def __enter__(self) -> "Sound":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_sound(path: Path) -> Sound:
    """Open a sound file for reading in blocks.

    Raises
    ------
    FlamsidError
        When it is missing, empty, cut off, no sound, or does not say how long it is.
    """
    try:
        size_bytes = path.stat().st_size
    except OSError as error:
        raise FlamsidError(
            "{path}: cannot be opened ({reason}); check the name.", path=path, reason=error.strerror
        ) from error
    if not path.is_file():
        what = (
            "is a folder, not a sound file."
            if path.is_dir()
            else "is not a file; copy the sound itself there."
        )
        raise FlamsidError("{path}: {what}", path=path, what=what)
    if size_bytes == 0:
        raise FlamsidError("{path}: is empty (0 bytes); copy the file again.", path=path)
    try:
        found = layout(path, size_bytes)
    except OSError as error:
        raise FlamsidError(
            "{path}: cannot be opened ({reason}); check the name.", path=path, reason=error.strerror
        ) from error
    parts: list[soundfile.SoundFile] = []
    try:
        for part in found.parts:
            parts.append(_open_part(path, part, size_bytes))
        sound = Sound(parts, found.remarks)
        _check(path, sound, found, parts)
    except BaseException:
        for opened in parts:
            opened.close()
        raise
    return sound


def _open_part(path: Path, part: Part, size_bytes: int) -> soundfile.SoundFile:
    plain = part.start == 0 and part.end == size_bytes and not part.patches
    try:
        if path.suffix.lower() in FOREIGN_SUFFIXES and has_pyav():
            return decoded(path)
        return soundfile.SoundFile(path if plain else PartFile(path, part))
    except (OSError, soundfile.SoundFileError) as error:
        if has_pyav():
            # A wrong ending, or a format that libsndfile does not know.
            return decoded(path)
        raise FlamsidError(
            "{path}: is not sound that can be read ({reason}); readable are {suffixes}.",
            path=path,
            reason=decoder_said(error),
            suffixes=", ".join(suffix[1:] for suffix in AUDIO_SUFFIXES),
        ) from error


def _check(path: Path, sound: Sound, found: Layout, parts: list[soundfile.SoundFile]) -> None:
    trouble: str = ""
    if any((part.samplerate, part.channels) != (sound.samplerate, sound.channels) for part in parts):
        trouble = Message(
            "holds joined recordings of different rates or channels; split it into one file each."
        )
    elif sound.frames <= 0:
        trouble = Message("holds no samples; copy or record it again.")
    elif sound.frames > MOST_FRAMES or _guessed_wrong(sound, found):
        trouble = Message(
            "does not say how long it is, and the length cannot be guessed; convert it to flac."
        )
    elif not LOWEST_RATE_HZ <= sound.samplerate <= HIGHEST_RATE_HZ:
        trouble = Message(
            "claims {rate_hz} samples a second, which no recording has; convert it again.",
            rate_hz=sound.samplerate,
        )
    if trouble:
        raise FlamsidError("{path}: {reason}", path=path, reason=trouble)


def _guessed_wrong(sound: Sound, found: Layout) -> bool:
    """Whether libsndfile takes an MP3 of variable for one of constant bit rate, and would stop too early."""
    if sound.format != "MP3" or found.counted is None:
        return False
    return abs(found.counted - sound.frames) > MP3_SLACK_FRAMES


def decoder_said(error: Exception) -> str:
    """Return libsndfile's own words without the object's repr that soundfile puts before them."""
    return str(getattr(error, "error_string", error)).strip().rstrip(".")
