"""Who is singing, whatever the record did: one table over kinds of sound, with simpler methods as baselines.

    python benchmarks/identify.py [--data DIR] [--cache DIR] [--sounds as channel ...]

MIR-1K, songs held out in five folds, the same for all rows. `a → b` learned in sound a and is asked in sound b. Beside
the model of voices stand linear discriminant analysis on means and deviations of MFCC, and the two-covariance model of
mean timbre. Figures are means over singers of single clips; right recordings; clips named wrongly with p > .9; log loss
of recordings. Then strangers: every singer left out in turn. Clips are pieces of phrases, f0 is tracked in the sound
that is asked.
"""

import argparse
import io
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import soxr
import torch
from scipy.signal import butter, fftconvolve, sosfilt
from scipy.special import log_softmax

from flamsid_core.corpus import read_audio
from flamsid_core.melody import track_f0
from flamsid_core.singers.features.harmonic import SAMPLE_RATE_HZ
from flamsid_core.singers.features.pieces import phrase_pieces
from flamsid_core.singers.features.voice import LAYOUT, MFCC, PEAKS, voice_rows
from flamsid_core.singers.networks.two_covariance import BINS, TwoCovariance
from flamsid_core.singers.networks.voice_model import VoiceModel, fit_voice_model, judge, judge_clips

FOLDS = 5
SURE = 0.9
VERDICTS = ("known", "undecided", "unknown")
SOUNDS = ("as", "channel", "channel+noise", "8 kHz", "MP3", "clipped")
MORE_SOUNDS = ("reverberation", "telephone", "pink noise", "faster 6 %", "slower 6 %")
BOTH_SIDES = ("as", "channel", "channel+noise")


def through_channel(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Send a signal through a random smooth response, limits of band and a gain, as `experiment_controls` does."""
    spectrum, hz = np.fft.rfft(x), np.fft.rfftfreq(len(x), 1 / SAMPLE_RATE_HZ)
    knots_hz = np.geomspace(60, SAMPLE_RATE_HZ / 2, 9)
    response_db = np.interp(np.log(np.maximum(hz, 1)), np.log(knots_hz), rng.normal(0, 8.0, 9))
    low_hz, high_hz = rng.uniform(60, 250), rng.uniform(3000, 7000)
    response_db -= 10 * np.log10(1 + (low_hz / np.maximum(hz, 1)) ** 4)
    response_db -= 10 * np.log10(1 + (hz / high_hz) ** 8)
    heard = np.fft.irfft(spectrum * 10 ** (response_db / 20), len(x))
    return heard * rng.uniform(0.1, 0.9) / np.abs(heard).max()


def with_noise(x: np.ndarray, rng: np.random.Generator, *, pink: bool = False) -> np.ndarray:
    """Add white or pink noise 20 to 35 dB below the signal."""
    snr_db = rng.uniform(20, 35)
    noise = rng.normal(size=len(x))
    if pink:
        noise = np.fft.irfft(np.fft.rfft(noise) / np.sqrt(np.maximum(np.arange(len(x) // 2 + 1), 1)), len(x))
        noise /= noise.std()
    return x + noise * np.sqrt(np.mean(x**2) / 10 ** (snr_db / 10))


def as_mp3(x: np.ndarray) -> np.ndarray:
    """Encode at 64 kbit/s and decode."""
    for level in np.linspace(0.2, 0.9, 15):  # libsndfile takes a level, not a rate
        coded = io.BytesIO()
        soundfile.write(
            coded,
            x,
            SAMPLE_RATE_HZ,
            format="MP3",
            subtype="MPEG_LAYER_III",
            bitrate_mode="CONSTANT",
            compression_level=float(level),
        )
        if len(coded.getvalue()) * 8 / (len(x) / SAMPLE_RATE_HZ) < 65_500:
            break
    coded.seek(0)
    return soundfile.read(coded)[0][: len(x)]


def telephone(x: np.ndarray) -> np.ndarray:
    """300 to 3,400 Hz at 8 kHz, eight bits by the µ-law."""
    narrow = sosfilt(
        butter(4, [300, 3400], "bandpass", fs=8000, output="sos"), soxr.resample(x, SAMPLE_RATE_HZ, 8000)
    )
    narrow = 0.9 * narrow / np.abs(narrow).max()
    coded = np.round(127 * np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256)) / 127
    return soxr.resample(np.sign(coded) * (256 ** np.abs(coded) - 1) / 255, 8000, SAMPLE_RATE_HZ)[: len(x)]


def reverberated(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put a voice into a room of one second, 3 dB below the direct sound."""
    tail = rng.normal(size=SAMPLE_RATE_HZ) * 10 ** (-3 * np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ)
    tail[: round(0.002 * SAMPLE_RATE_HZ)] = 0.0
    tail *= 10 ** (-3 / 20) / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    return fftconvolve(x, tail)[: len(x)]


def sound_of(kind: str, x: np.ndarray, number: int) -> np.ndarray:
    """Return a song in one kind of sound; all chance comes from the song's number."""
    rng, noise = np.random.default_rng(number), np.random.default_rng(number + 1000)
    limit = np.abs(x).max() / 10 ** (12 / 20)
    made = {
        "as": lambda: x,
        "channel": lambda: through_channel(x, rng),
        "channel+noise": lambda: with_noise(through_channel(x, rng), noise),
        "8 kHz": lambda: soxr.resample(soxr.resample(x, SAMPLE_RATE_HZ, 8000), 8000, SAMPLE_RATE_HZ)[
            : len(x)
        ],
        "MP3": lambda: as_mp3(x),
        "clipped": lambda: np.clip(x, -limit, limit),
        "reverberation": lambda: reverberated(x, np.random.default_rng(number + 3000)),
        "telephone": lambda: telephone(x),
        "pink noise": lambda: with_noise(x, np.random.default_rng(number + 2000), pink=True),
        "faster 6 %": lambda: soxr.resample(x, SAMPLE_RATE_HZ * 1.06, SAMPLE_RATE_HZ),
        "slower 6 %": lambda: soxr.resample(x, SAMPLE_RATE_HZ * 0.94, SAMPLE_RATE_HZ),
    }
    return made[kind]().astype(np.float32)


def rows_of(kind: str, file: Path, number: int, cache: Path) -> np.ndarray:
    """Return the rows of a song's pieces that hold voice, from the cache where they are there."""
    stored = cache / f"{kind.replace(' ', '_')}-{number}.npy"
    if not stored.exists():
        signal = sound_of(kind, read_audio(file, sample_rate_hz=SAMPLE_RATE_HZ)[0].astype(np.float64), number)
        melody = track_f0(signal, SAMPLE_RATE_HZ)
        spans = phrase_pieces(melody["time_s"], melody["f0_hz"])
        np.save(stored, voice_rows(signal, SAMPLE_RATE_HZ, melody, spans[:, 0], spans[:, 1]))
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


def timbre_means(rows: np.ndarray) -> np.ndarray:
    """Return the mean timbre of clips as the feature `timbre` has it."""
    timbre = rows[:, LAYOUT.timbre]
    return np.hstack([timbre[:, : BINS // 2], timbre[:, MFCC : MFCC + PEAKS]])


def mfcc_statistics(rows: np.ndarray) -> np.ndarray:
    timbre = rows[:, LAYOUT.timbre]
    return np.hstack([timbre[:, :MFCC], np.exp(timbre[:, MFCC + PEAKS : 2 * MFCC + PEAKS])])


class Voices:
    name = "voices (ours)"

    def __init__(self, rows: np.ndarray, singer: np.ndarray, song: np.ndarray, n: int) -> None:
        self.model: VoiceModel = fit_voice_model(rows, singer, song, n)

    def clips(self, rows: np.ndarray) -> np.ndarray:
        return judge_clips(self.model, rows)

    def recording(self, rows: np.ndarray) -> np.ndarray:
        return judge(self.model, rows).log_posterior


class Timbre:
    name = "two covariances, mean timbre"

    def __init__(self, rows: np.ndarray, singer: np.ndarray, song: np.ndarray, n: int) -> None:
        self.network = TwoCovariance(BINS, n).eval()
        self.network.fit_in_closed_form(timbre_means(rows), singer, song)

    def clips(self, rows: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            means = torch.from_numpy(timbre_means(rows)[:, None].astype(np.float32))
            return log_softmax(self.network(means)[1].numpy().astype(np.float64), axis=1)

    def recording(self, rows: np.ndarray) -> np.ndarray:
        return log_softmax(self.clips(rows).mean(axis=0))


class Discriminant:
    name = "LDA, MFCC means and deviations"

    def __init__(self, rows: np.ndarray, singer: np.ndarray, song: np.ndarray, n: int) -> None:
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

        self.lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(
            mfcc_statistics(rows), singer
        )

    def clips(self, rows: np.ndarray) -> np.ndarray:
        return np.maximum(self.lda.predict_log_proba(mfcc_statistics(rows)), -700)

    def recording(self, rows: np.ndarray) -> np.ndarray:
        return log_softmax(self.clips(rows).mean(axis=0))


def table(songs: Songs, learned: str, asked: list[str]) -> None:
    """Print a row for every model and every sound it is asked in."""
    n = len(songs.names)
    found: dict[tuple[str, str], list[tuple[int, np.ndarray, np.ndarray]]] = {}
    for fold in range(FOLDS):
        for kind in (Voices, Timbre, Discriminant):
            model = kind(*songs.stacked(learned, np.flatnonzero(songs.fold != fold)), n)
            for sound in asked:
                for i in np.flatnonzero(songs.fold == fold):
                    rows = songs.rows[sound][i]
                    said = (int(songs.singer[i]), model.clips(rows), model.recording(rows))
                    found.setdefault((sound, model.name), []).append(said)
    for (sound, name), said in found.items():
        truth = np.concatenate([np.full(len(clips), k) for k, clips, _ in said])
        clips = np.concatenate([clips for _, clips, _ in said])
        right = clips.argmax(axis=1) == truth
        singers = np.array([k for k, _, _ in said])
        recordings = np.stack([posterior for _, _, posterior in said])
        correct = recordings.argmax(axis=1) == singers
        confidence = np.exp(recordings.max(axis=1))
        print(
            f"{learned + ' → ' + sound if learned != sound else sound:28s} {name:32s} "
            f"clips {100 * np.mean([right[truth == k].mean() for k in range(n)]):5.1f} %  "
            f"wrong at p > .9 {100 * np.mean(~right & (np.exp(clips.max(axis=1)) > SURE)):5.2f} %  "
            f"recordings {int(correct.sum())} of {len(singers)}  "
            f"log loss {-recordings[np.arange(len(singers)), singers].mean():6.3f}  "
            f"confidence {confidence.mean():.2f}, right {correct.mean():.2f}",
            flush=True,
        )


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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "flamsid-identify")
    parser.add_argument("--sounds", nargs="+", default=[*SOUNDS, *MORE_SOUNDS])
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    songs = Songs(arguments.data, arguments.cache, list(dict.fromkeys(["as", *arguments.sounds])))
    print(f"Songs held out; chance {100 / len(songs.names):.1f} %")
    table(songs, "as", arguments.sounds)
    for sound in BOTH_SIDES[1:]:
        if sound in arguments.sounds:
            table(songs, sound, [sound])
    print("Every singer left out in turn, learned as recorded")
    strangers(songs, arguments.sounds)


if __name__ == "__main__":
    main()
