"""Who is singing, whatever the record did: one table over kinds of sound, with simpler methods as baselines.

    python benchmarks/identify.py [--data DIR] [--cache DIR] [--sounds as channel ...] [--corpora mir1k ...]

MIR-1K, songs held out in five folds, the same for all rows. `a → b` learned in sound a and is asked in sound b. Beside
the model of voices stand linear discriminant analysis on means and deviations of MFCC, and the two-covariance model of
mean timbre. Figures are means over singers of single clips; clips named wrongly with p > .9; right recordings, their
log loss, and how often those named with about the same confidence were right. Then strangers: every singer left out in
turn. Clips are pieces of phrases, f0 is tracked in the sound that is asked. Then flamenco-motifs: `identify_clips.py`.
What was measured of a sound is kept in the cache, so a run that broke off goes on where it was.
"""

import argparse
from pathlib import Path

import identify_clips
import numpy as np
import pandas as pd
import torch
from identify_models import MODELS, row
from identify_sounds import sound_of

from flamsid_core.corpus import read_audio
from flamsid_core.melody import track_f0
from flamsid_core.singers.features.harmonic import SAMPLE_RATE_HZ
from flamsid_core.singers.features.pieces import phrase_pieces
from flamsid_core.singers.features.voice import LAYOUT, voice_rows
from flamsid_core.singers.networks.voice_model import fit_voice_model, judge

FOLDS = 5
CORPORA = ("mir1k", "flamenco-motifs")
VERDICTS = ("known", "undecided", "unknown")
SOUNDS = ("as", "channel", "channel+noise", "8 kHz", "MP3", "clipped")
MORE_SOUNDS = ("reverberation", "telephone", "pink noise", "faster 6 %", "slower 6 %")
BOTH_SIDES = ("as", "channel", "channel+noise")


def rows_of(kind: str, file: Path, number: int, cache: Path) -> np.ndarray:
    """Return the rows of a song's pieces that hold voice, from the cache where they are there."""
    stored = cache / f"{kind.replace(' ', '_')}-{number}.npy"
    if not stored.exists():
        signal = sound_of(kind, read_audio(file, sample_rate_hz=SAMPLE_RATE_HZ)[0].astype(np.float64), number)
        melody = track_f0(signal, SAMPLE_RATE_HZ)
        spans = phrase_pieces(melody["time_s"], melody["f0_hz"])
        np.save(stored, voice_rows(signal, SAMPLE_RATE_HZ, melody, spans[:, 0], spans[:, 1]))
        print(f"  (song {number} measured: {kind})", flush=True)
    rows = np.load(stored).astype(np.float64)
    return rows[rows[:, LAYOUT.voiced_s] > 0]


class Songs:
    """Rows of all songs in every kind of sound, and who sings."""

    def __init__(self, data: Path, cache: Path, sounds: list[str]) -> None:
        table = pd.read_csv(data / "mir1k" / "recordings.csv")
        self.names, self.singer = np.unique(table["singer"], return_inverse=True)
        self.fold = table.groupby("singer").cumcount().to_numpy() % FOLDS
        self.rows = {
            kind: [rows_of(kind, data / "mir1k" / file, i, cache) for i, file in enumerate(table["file"])]
            for kind in sounds
        }

    def stacked(self, kind: str, songs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return rows, singers and song numbers of some songs, one under the other."""
        parts = [self.rows[kind][i] for i in songs]
        counts = [len(part) for part in parts]
        return np.concatenate(parts), np.repeat(self.singer[songs], counts), np.repeat(songs, counts)


def table(songs: Songs, learned: str, asked: list[str]) -> None:
    """Print a row for every model and every sound it is asked in."""
    n = len(songs.names)
    found: dict[tuple[str, str], list[tuple[int, np.ndarray, np.ndarray]]] = {}
    for fold in range(FOLDS):
        for kind in MODELS:
            model = kind(*songs.stacked(learned, np.flatnonzero(songs.fold != fold)), n)
            for sound in asked:
                for i in np.flatnonzero(songs.fold == fold):
                    rows = songs.rows[sound][i]
                    said = (int(songs.singer[i]), model.clips(rows), model.recording(rows))
                    found.setdefault((sound, model.name), []).append(said)
    for (sound, name), said in found.items():
        print(row(sound if learned == sound else f"{learned} → {sound}", name, said, n), flush=True)


def strangers(songs: Songs, sounds: list[str]) -> None:
    """Leave every singer out in turn, and print what is said of their songs and of held-out songs of the others."""
    n = len(songs.names)
    said = {sound: {"stranger": [0] * 3, "known song": [0] * 3, "wrong": [0]} for sound in sounds}
    for stranger in range(n):
        fold = stranger % FOLDS
        heard = np.flatnonzero((songs.fold != fold) & (songs.singer != stranger))
        model = fit_voice_model(*songs.stacked("as", heard), n)
        for sound in sounds:
            for i in np.flatnonzero((songs.singer == stranger) | (songs.fold == fold)):
                judged = judge(model, songs.rows[sound][i])
                who = "stranger" if songs.singer[i] == stranger else "known song"
                said[sound][who][VERDICTS.index(judged.verdict)] += 1
                named = judged.verdict == "known" and who == "known song"
                said[sound]["wrong"][0] += int(named and judged.log_posterior.argmax() != songs.singer[i])
    for sound, counts in said.items():
        told = "; ".join(
            f"{who}: "
            + ", ".join(f"{name} {count}" for name, count in zip(VERDICTS, counts[who], strict=True))
            for who in ("stranger", "known song")
        )
        print(f"{sound:16s} {told}; named wrongly {counts['wrong'][0]}", flush=True)


def whole_songs(data: Path, cache: Path, sounds: list[str]) -> None:
    """Print the tables of MIR-1K."""
    songs = Songs(data, cache, list(dict.fromkeys(["as", *sounds])))
    print(f"Songs held out; chance {100 / len(songs.names):.1f} %")
    table(songs, "as", sounds)
    for sound in BOTH_SIDES[1:]:
        if sound in sounds:
            table(songs, sound, [sound])
    print("Every singer left out in turn, learned as recorded")
    strangers(songs, sounds)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "flamsid-identify")
    parser.add_argument("--sounds", nargs="+", default=[*SOUNDS, *MORE_SOUNDS])
    parser.add_argument("--corpora", nargs="+", choices=CORPORA, default=CORPORA)
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if "mir1k" in arguments.corpora:
        whole_songs(arguments.data, arguments.cache, arguments.sounds)
    if "flamenco-motifs" in arguments.corpora:
        identify_clips.main(
            arguments.data,
            arguments.cache,
            [s for s in identify_clips.SOUNDS if s in ("gain", *arguments.sounds)],
        )


if __name__ == "__main__":
    main()
