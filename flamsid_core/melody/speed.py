"""The speed of a carrier: what a disc, cylinder or tape that ran too fast or too slow does, and what betrays it.

A `speed` of +4 means that the recording as it is was made by a carrier that ran 4 % too fast: it is 4 % too short
and its pitch 4 % (68 cents) too high. Two things can tell. Hum lies at 50 or 60 Hz, wherever the mains have that
frequency; a turntable that runs 4 % fast shows the hum that is on the disc at 52 Hz (hum of the transfer itself
stays at 50 Hz and tells nothing). And where an instrument gave the pitch, the notes lie on its tuning: then the
speed is known but for whole semitones. Unaccompanied singers choose their own pitch, so the second is a hint.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from flamsid_core.corpus.carrier import time_factor
from flamsid_core.errors import FlamsidError
from flamsid_core.melody.hum import MAINS_HZ

REFERENCE_HZ = 440.0
# Nearer than this, hum is at its own frequency: the mains of a country wander that far.
_MAINS_WANDER_PERCENT = 0.3
_LEAST_AGREEMENT = 0.3


@dataclass(frozen=True)
class SpeedProposal:
    """A speed that something in the recording speaks for.

    Attributes
    ----------
    speed : float
        Percent that the carrier ran too fast; below 0 too slow.
    by : {"hum", "tuning"}
    found : float
        Hz of the hum, or cents of the notes above the reference's semitones.
    agreement : float
        0–1: the share of the recording that has this hum, or how closely the notes lie on semitones.
    """

    speed: float
    by: Literal["hum", "tuning"]
    found: float
    agreement: float


def at_speed(melody: pd.DataFrame, speed: float) -> pd.DataFrame:
    """Return a melody as it was sung: time longer and f0 lower where the carrier ran too fast.

    Parameters
    ----------
    melody : pandas.DataFrame
        time_s, f0_hz (0 = unvoiced) and any other column, of the recording as it is.
    speed : float
        Percent that the carrier ran too fast; the result remembers it, see `as_recorded`.

    Examples
    --------
    >>> at_speed(pd.DataFrame({"time_s": [0.0, 1.0], "f0_hz": [0.0, 208.0]}), 4.0)
       time_s  f0_hz
    0    0.00    0.0
    1    1.04  200.0
    """
    if not speed:
        return melody
    factor = time_factor(speed)
    put_right = melody.assign(time_s=melody["time_s"] * factor, f0_hz=melody["f0_hz"] / factor)
    put_right.attrs["speed"] = speed
    return put_right


def as_recorded(melody: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """Return a melody of the recording as it is, and the speed at which `at_speed` had put it right.

    Examples
    --------
    >>> fast = pd.DataFrame({"time_s": [0.0, 1.0], "f0_hz": [0.0, 208.0]})
    >>> melody, speed = as_recorded(at_speed(fast, 4.0))
    >>> speed, melody["f0_hz"].tolist()
    (4.0, [0.0, 208.0])
    """
    speed = float(melody.attrs.get("speed", 0.0))
    if not speed:
        return melody, 0.0
    factor = time_factor(speed)
    return melody.assign(time_s=melody["time_s"] / factor, f0_hz=melody["f0_hz"] * factor), speed


def speed_cents(speed: float) -> float:
    """Return by how many cents a carrier's speed raises the pitch.

    Examples
    --------
    >>> round(speed_cents(4.0), 1)
    67.9
    """
    return float(1200.0 * np.log2(time_factor(speed)))


def propose_speeds(
    mains_hz: ArrayLike, melody: pd.DataFrame, reference_hz: float = REFERENCE_HZ
) -> list[SpeedProposal]:
    """Say which speeds the hum and the tuning of a recording speak for, the surer first.

    Parameters
    ----------
    mains_hz : array_like, shape (n,)
        Fundamental of the hum in equal parts of the recording as it is, 0 where there is none.
    melody : pandas.DataFrame
        f0_hz, of the recording as it is.
    reference_hz : float
        The a' that the accompaniment, or what gave the pitch, was tuned to.

    Returns
    -------
    list of SpeedProposal
        By hum when at least a third of the parts have it, away from 50 and 60 Hz; by tuning when the notes lie on
        the semitones of one tuning.

    Examples
    --------
    >>> silent = pd.DataFrame({"f0_hz": [0.0]})
    >>> [(p.speed, p.by) for p in propose_speeds([52.0, 52.0, 0.0], silent)]
    [(4.0, 'hum')]
    """
    if not np.isfinite(reference_hz) or not 200.0 <= reference_hz <= 900.0:
        raise FlamsidError("reference is {hz} Hz; give the frequency of a', e.g. 440.", hz=reference_hz)
    proposals = []
    mains = np.asarray(mains_hz, dtype=float)
    heard = mains[mains > 0.0]
    if heard.size and heard.size >= len(mains) / 3:
        hz = float(np.median(heard))
        nominal = min(MAINS_HZ, key=lambda nominal_hz: abs(np.log(hz / nominal_hz)))
        speed = 100.0 * (hz / nominal - 1.0)
        if abs(speed) > _MAINS_WANDER_PERCENT:
            proposals.append(SpeedProposal(round(speed, 2), "hum", hz, heard.size / len(mains)))
    offset_cents, agreement = tuning_offset(melody["f0_hz"].to_numpy(), reference_hz)
    if agreement >= _LEAST_AGREEMENT:
        speed = 100.0 * (2.0 ** (offset_cents / 1200.0) - 1.0)
        proposals.append(SpeedProposal(round(speed, 2), "tuning", offset_cents, agreement))
    return proposals


def tuning_offset(f0_hz: ArrayLike, reference_hz: float = REFERENCE_HZ) -> tuple[float, float]:
    """Return how far, in cents within ±50, the pitches lie above the semitones of a tuning, and how closely.

    The circular mean of all voiced frames that hold their pitch within 20 cents to the next; the second value is the
    length of the mean vector: 1 when all lie on semitones of one tuning, 0 when they lie anywhere.

    Examples
    --------
    >>> tuning_offset([445.0] * 10, 440.0)[0].__round__(1)
    19.6
    """
    f0 = np.asarray(f0_hz, dtype=float)
    if f0.size < 2:
        return 0.0, 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        cents = 1200.0 * np.log2(f0 / reference_hz)
        steady = np.isfinite(cents[1:]) & (np.abs(np.diff(cents)) < 20.0)
    if not steady.any():
        return 0.0, 0.0
    vector = np.mean(np.exp(2j * np.pi * cents[1:][steady] / 100.0))
    return float(np.angle(vector) * 100.0 / (2.0 * np.pi)), float(abs(vector))
