"""What a table says of the carrier of a recording: its speed, and the tonic a person names.

A `speed` of +4 means that the carrier, a disc, cylinder or tape, ran 4 % too fast when it was played or cut: the
file is 4 % too short and 4 % (68 cents) too high. Everything that is read from the file is put right: its samples
are taken to be as many fewer a second.
"""

import math
from collections.abc import Mapping

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message

FARTHEST_PERCENT = 50.0
TONIC_RANGE_HZ = (20.0, 2000.0)


def check_speed(speed: float) -> float:
    """Return a speed in percent; refuse what no carrier does.

    Raises
    ------
    FlamsidError
        When it is not a number within ±50.

    Examples
    --------
    >>> check_speed(4)
    4.0
    """
    if not math.isfinite(speed) or abs(speed) > FARTHEST_PERCENT:
        raise FlamsidError(
            "speed is {speed}; give the percent that the carrier ran too fast, from −50 to 50, e.g. 4.",
            speed=speed,
        )
    return float(speed)


def time_factor(speed: float) -> float:
    """Return how many seconds of singing one second of the file holds.

    Examples
    --------
    >>> time_factor(4.0)
    1.04
    """
    return 1.0 + check_speed(speed) / 100.0


def speed_words(speed: float) -> str:
    """Return how a speed is stated in the name of what was put right by it; nothing for 0.

    Examples
    --------
    >>> speed_words(4.25), speed_words(0.0)
    ('speed +4.25%', '')
    """
    return f"speed {speed:+g}%" if speed else ""


def carrier_of(cells: Mapping[str, str]) -> tuple[float, float, Message | None]:
    """Read the cells `speed` and `tonic_hz` of a row.

    Returns
    -------
    speed : float
        Percent; 0 where the cell is empty or says nothing that can be.
    tonic_hz : float
        NaN where none is named.
    trouble : Message or None
        What is wrong with them.

    Examples
    --------
    >>> carrier_of({"speed": "+4,5 %", "tonic_hz": "220"})
    (4.5, 220.0, None)
    """
    trouble = None
    speed, tonic_hz = _number(cells.get("speed", "")), _number(cells.get("tonic_hz", ""))
    if speed is None or abs(speed) > FARTHEST_PERCENT:
        trouble = Message(
            "speed {cell} is not used; write the percent that the carrier ran too fast, from −50 to 50, e.g. 4.",
            cell=cells.get("speed", ""),
        )
        speed = 0.0
    low, high = TONIC_RANGE_HZ
    if tonic_hz is None or (tonic_hz != 0.0 and not low <= tonic_hz <= high):
        trouble = Message(
            "tonic_hz {cell} is not used; write a frequency in Hz, e.g. 220.", cell=cells.get("tonic_hz", "")
        )
        tonic_hz = 0.0
    return speed, tonic_hz or math.nan, trouble


def _number(cell: str) -> float | None:
    """Return the number a cell holds, with a comma or a point, 0 for an empty one, None for anything else."""
    text = cell.strip().removesuffix("%").strip().replace("−", "-").replace(",", ".")
    if not text:
        return 0.0
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
