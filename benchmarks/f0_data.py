"""Real recordings with known f0, in two fixed halves: one to tune on, one to report on.

MIR-1K is split by singer and the flamenco clips by recording, in alphabetical turn, so that no voice of one
half is heard in the other (MIR-1K) and no recording (clips, as far as their file names tell).
"""

from pathlib import Path
from typing import NamedTuple

import mir_eval
import numpy as np
import pandas as pd

from flamsid_core.corpus import read_audio

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SCORES = {
    "overall": "Overall Accuracy",
    "raw pitch": "Raw Pitch Accuracy",
    "chroma": "Raw Chroma Accuracy",
    "recall": "Voicing Recall",
    "false alarm": "Voicing False Alarm",
}


class Song(NamedTuple):
    name: str
    half: str  # "tuning" or "held out"
    path: Path
    time_s: np.ndarray
    f0_hz: np.ndarray  # 0 = unvoiced

    def audio(self) -> tuple[np.ndarray, int]:
        return read_audio(self.path)


def halves(groups: list[str]) -> dict[str, str]:
    return {g: "held out" if i % 2 else "tuning" for i, g in enumerate(sorted(set(groups)))}


def mir1k(data: Path = DATA) -> list[Song]:
    truth = sorted((data / "mir1k").glob("*/*.f0.csv"))
    half = halves([path.parent.name for path in truth])
    songs = []
    for path in truth:
        time_s, f0_hz = np.loadtxt(path, delimiter=",").T
        name = path.name.removesuffix(".f0.csv")
        songs.append(Song(name, half[path.parent.name], path.with_name(f"{name}.flac"), time_s, f0_hz))
    return songs


def flamenco(data: Path = DATA) -> list[Song]:
    table = pd.read_csv(data / "f0-consensus.csv")
    table = table[table.f0_hz >= 0.0]  # −1: the six trackers do not agree
    half = halves([file.split("_")[0] for file in table.file.unique()])
    return [
        Song(
            file,
            half[file.split("_")[0]],
            data / "flamenco-motifs" / file,
            *rows[["time_s", "f0_hz"]].to_numpy().T,
        )
        for file, rows in table.groupby("file")
    ]


def scores(song: Song, melody: pd.DataFrame) -> dict[str, float]:
    """Score a melody with mir_eval; its unvoiced frames count as wrong in raw pitch, as it makes no guess."""
    result = mir_eval.melody.evaluate(
        song.time_s, song.f0_hz, melody.time_s.to_numpy(), melody.f0_hz.to_numpy()
    )
    out = {short: float(result[name]) for short, name in SCORES.items()}
    sung = song.f0_hz > 0.0
    nearest = np.clip(
        np.searchsorted(melody.time_s + melody.time_s[1] / 2, song.time_s[sung]), 0, len(melody) - 1
    )
    guess = melody.f0_hz.to_numpy()[nearest]
    with np.errstate(divide="ignore"):
        off = 1200.0 * np.log2(guess / song.f0_hz[sung])
    octaves = np.round(off[guess > 0.0] / 1200.0)
    inside = np.abs(off[guess > 0.0] - 1200.0 * octaves) < 50.0
    out["octave errors"] = float((inside & (octaves != 0)).sum() / max(1, sung.sum()))
    return out
