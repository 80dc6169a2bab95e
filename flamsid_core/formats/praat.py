"""f0 of Praat: Pitch and PitchTier objects saved as text (long, short, or a PitchTier's headerless spreadsheet)."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flamsid_core.errors import FlamsidError
from flamsid_core.formats.text import decode_text

_HOP_S = 0.01
# Points of a tier further apart than this many usual distances are not joined: nobody sings between them.
_FAR = 4.0
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])")


def read_praat_f0(content: bytes, name: str) -> pd.DataFrame:
    """Read f0 from a Pitch or a PitchTier of Praat.

    Of a Pitch the first candidate of each frame counts, as in Praat: 0 Hz, or a pitch from the ceiling upwards, is
    unvoiced. A PitchTier is a line through its points; it is read every 10 ms, and points that lie more than four
    usual distances apart are not joined.

    Returns
    -------
    DataFrame
        time_s, f0_hz (0 = unvoiced).

    Raises
    ------
    FlamsidError
        When the file is neither, binary, or cut short.
    """
    text = decode_text(content)
    kind = re.search(r'"(Pitch 1|PitchTier)"', text)
    if kind is None:
        raise FlamsidError(
            "{name}: is not a Pitch or PitchTier of Praat; save it with Save > Save as text file.", name=name
        )
    # Names of fields ("frames [1]:") hold numbers of their own; quoted text is a class or the word of a version.
    body = re.sub(r"\[[^\]]*\]|\"[^\"]*\"|<exists>", " ", text[kind.end() :])
    numbers = np.array(_NUMBER.findall(body), dtype=np.float64)
    try:
        table = _pitch(numbers) if kind[1] == "Pitch 1" else _tier(numbers)
    except (IndexError, ValueError) as error:
        raise FlamsidError(
            "{name}: ends too early or is damaged; save it again from Praat.", name=name
        ) from error
    return table


def _pitch(numbers: NDArray[np.float64]) -> pd.DataFrame:
    _, _, n_frames, hop_s, first_s, ceiling_hz, _ = numbers[:7]
    place, pitches = 7, []
    for _ in range(int(n_frames)):
        candidates = int(numbers[place + 1])  # after the frame's intensity
        pitches.append(numbers[place + 2] if candidates else 0.0)
        place += 2 + 2 * candidates
    if place > numbers.size:
        raise IndexError("fewer numbers than frames")
    f0_hz = np.array(pitches, dtype=np.float64)
    f0_hz[(f0_hz <= 0) | (f0_hz >= ceiling_hz)] = 0.0
    return pd.DataFrame({"time_s": first_s + hop_s * np.arange(len(f0_hz)), "f0_hz": f0_hz})


def _tier(numbers: NDArray[np.float64]) -> pd.DataFrame:
    n_points = int(numbers[2])
    points = numbers[3 : 3 + 2 * n_points].reshape(n_points, 2)
    if n_points == 0:
        return pd.DataFrame({"time_s": [], "f0_hz": []}, dtype=float)
    times, octaves = points[:, 0], np.log2(points[:, 1])
    if not (np.diff(times) > 0).all() or not np.isfinite(octaves).all():
        raise ValueError("points out of order")
    grid = np.arange(np.floor(times[0] / _HOP_S), np.ceil(times[-1] / _HOP_S) + 1) * _HOP_S
    f0_hz = np.exp2(np.interp(grid, times, octaves))
    if n_points > 1:
        usual_s = max(_HOP_S, float(np.median(np.diff(times))))
        after = np.clip(np.searchsorted(times, grid), 1, n_points - 1)
        joined = times[after] - times[after - 1] <= _FAR * usual_s
        near = np.minimum(np.abs(times[after] - grid), np.abs(grid - times[after - 1])) <= _HOP_S / 2
        f0_hz[~(joined | near)] = 0.0
    return pd.DataFrame({"time_s": grid, "f0_hz": f0_hz})
