"""How much noise moves what is measured of a voice: the table that the model of recordings believes by.

    python benchmarks/noise_reliability.py [--data DIR]

White and pink noise are added to clean singing, f0 is tracked again, and for every band the value measured in noise is
compared with that of the clean recording. By the band's signal-to-noise ratio (as it would be measured in a file from
elsewhere) that gives a bias and a deviation for each kind of value. Written to
flamsid_core/singers/networks/reliability.json, with what it was made from. Only bands that stand well above the clean
recording's own floor are asked.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from flamsid_core.corpus import read_audio
from flamsid_core.melody import track_f0
from flamsid_core.singers.features.harmonic import BANDS, SAMPLE_RATE_HZ
from flamsid_core.singers.features.pieces import phrase_pieces
from flamsid_core.singers.features.voice import LAYOUT, voice_rows
from flamsid_core.singers.networks.reliability import BLOCK_NAMES, TABLE_FILE

SNR_DB = np.arange(-10.0, 51.0, 5.0)
NOISES = [("white", 40), ("white", 30), ("white", 22), ("white", 15), ("pink", 20), ("pink", 10)]
CLEAN_DB = 25.0  # a band of the clean recording must stand so far above its floor
WIDTH_DB = 2.5  # of the kernel around a point of the table
EVERY = 3  # songs: all of them say the same, only longer


def noise(kind: str, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n samples of white or pink noise with a mean power of 1."""
    white = rng.normal(size=n)
    if kind == "white":
        return white
    spectrum = np.fft.rfft(white) / np.sqrt(np.maximum(np.arange(n // 2 + 1), 1))
    pink = np.fft.irfft(spectrum, n)
    return pink / pink.std()


def rows_of(signal: np.ndarray) -> np.ndarray:
    """Return the rows of the pieces of one signal that hold voice."""
    melody = track_f0(signal.astype(np.float32), SAMPLE_RATE_HZ)
    spans = phrase_pieces(melody["time_s"].to_numpy(), melody["f0_hz"].to_numpy())
    rows = voice_rows(signal, SAMPLE_RATE_HZ, melody, spans[:, 0], spans[:, 1])
    return rows[rows[:, LAYOUT.voiced_s] > 0].astype(np.float64)


def differences(files: list[Path]) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield block, signal-to-noise ratios and differences of all asked bands, a recording and a noise at a time."""
    for number, file in enumerate(files):
        signal, _ = read_audio(file, sample_rate_hz=SAMPLE_RATE_HZ)
        clean = rows_of(signal)
        asked = (clean[0, LAYOUT.snr] > CLEAN_DB) & (clean[0, LAYOUT.missing] == 0)
        for kind, snr_db in NOISES:
            rng = np.random.default_rng(number)
            power = np.mean(signal**2) / 10 ** (snr_db / 10)
            heard = rows_of(signal + np.sqrt(power) * noise(kind, len(signal), rng))
            if len(heard) == 0:
                continue
            moved = heard[:, LAYOUT.voice].mean(axis=0) - clean[:, LAYOUT.voice].mean(axis=0)
            for block in range(len(BLOCK_NAMES)):
                snr = heard[0, LAYOUT.valley_snr if BLOCK_NAMES[block] == "over_valleys" else LAYOUT.snr]
                yield block, snr[asked], moved[block * BANDS : (block + 1) * BANDS][asked]


def smoothed(snr: np.ndarray, moved: np.ndarray) -> tuple[list[float], list[float]]:
    """Return bias and deviation at the points of the table; where nothing was measured, those of the nearest point."""
    bias, deviation = np.full(len(SNR_DB), np.nan), np.full(len(SNR_DB), np.nan)
    for point, centre in enumerate(SNR_DB):
        weight = np.exp(-0.5 * ((snr - centre) / WIDTH_DB) ** 2)
        weight[np.abs(snr - centre) > 2.5 * WIDTH_DB] = 0.0
        if weight.sum() > 20:
            bias[point] = np.average(moved, weights=weight)
            deviation[point] = np.sqrt(np.average((moved - bias[point]) ** 2, weights=weight))
    there = np.isfinite(bias)
    return tuple(
        np.round(np.interp(SNR_DB, SNR_DB[there], values[there]), 3).tolist() for values in (bias, deviation)
    )  # type: ignore[return-value]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    data = parser.parse_args().data
    songs = pd.read_csv(data / "mir1k" / "recordings.csv")["file"].to_list()[::EVERY]
    found = list(differences([data / "mir1k" / song for song in songs]))
    blocks = {}
    for block, name in enumerate(BLOCK_NAMES):
        snr = np.concatenate([ratio for number, ratio, _ in found if number == block])
        moved = np.concatenate([values for number, _, values in found if number == block])
        bias, deviation = smoothed(snr, moved)
        blocks[name] = {"bias": bias, "deviation": deviation}
        print(f"{name}: {len(snr)} bands, bias {bias}, deviation {deviation}", flush=True)
    about = {
        "made_by": "python benchmarks/noise_reliability.py",
        "from": f"{len(songs)} songs of MIR-1K, voice channel, "
        + ", ".join(f"{kind} noise at {snr_db} dB" for kind, snr_db in NOISES),
        "snr_db": SNR_DB.tolist(),
        "blocks": blocks,
    }
    TABLE_FILE.write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
