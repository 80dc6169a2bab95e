"""What to believe of a voice heard in noise: bias and variance by signal-to-noise ratio.

Where noise comes near a band, the envelope on the harmonics reads too high, a voice's deviations too small and its
valleys too shallow, by amounts that hardly depend on the voice. They were measured once, by adding noise to clean
singing (`benchmarks/noise_reliability.py`), and lie beside this file.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flamsid_core.singers.features.harmonic import BANDS
from flamsid_core.singers.features.voice import LAYOUT, VOICE
from flamsid_core.singers.networks.gaussians import MISSING_SD, Heard

TABLE_FILE = Path(__file__).with_name("reliability.json")
BLOCK_NAMES = ("envelope", "deviation", "steps", "over_valleys")
SHARE = 0.5  # of the measured deviation: clips of a recording err in different ways, their mean errs less


@dataclass(frozen=True)
class Reliability:
    """Tables by signal-to-noise ratio.

    Attributes
    ----------
    snr_db : (points,) array
    bias, deviation : (blocks, points) arrays
    """

    snr_db: NDArray[np.float64]
    bias: NDArray[np.float64]
    deviation: NDArray[np.float64]


@cache
def reliability_table() -> Reliability:
    """Return the table that is stored beside this module."""
    stored = json.loads(TABLE_FILE.read_text(encoding="utf-8"))
    blocks = [stored["blocks"][name] for name in BLOCK_NAMES]
    return Reliability(
        np.array(stored["snr_db"]),
        np.array([block["bias"] for block in blocks]),
        np.array([block["deviation"] for block in blocks]),
    )


def heard_voice(rows: NDArray[np.floating], table: Reliability | None = None) -> Heard:
    """Return what the rows of one recording's clips say of its voice, and how far to believe it.

    Parameters
    ----------
    rows : (clips, COLUMNS) array
        From `voice_rows`. Where they are of several files (published clips), the mean of what each allows is taken.
    table : Reliability, optional
    """
    table = table or reliability_table()
    rows = np.asarray(rows, dtype=np.float64)
    bias, variance = np.zeros((len(rows), VOICE)), np.zeros((len(rows), VOICE))
    missing = rows[:, LAYOUT.missing] > 0.5
    for block, name in enumerate(BLOCK_NAMES):
        snr_db = rows[:, LAYOUT.valley_snr if name == "over_valleys" else LAYOUT.snr]
        columns = slice(block * BANDS, (block + 1) * BANDS)
        bias[:, columns] = np.interp(snr_db, table.snr_db, table.bias[block])
        deviation = np.interp(snr_db, table.snr_db, table.deviation[block])
        variance[:, columns] = np.where(missing, MISSING_SD, SHARE * deviation) ** 2
    return Heard(rows[:, LAYOUT.voice] - bias, variance.mean(axis=0))
