"""Sound in a notebook: players that hold what they play, so that a saved notebook still sounds."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from flamsid_core.corpus import read_audio

_RATE_HZ = 22_050  # enough for a voice, and a third of the size
_MOST_S = 600.0


def player(
    path: Path, *, start_s: float = 0.0, end_s: float | None = None, label: str = "", speed: float = 0.0
) -> str:
    """Return an HTML player of a span of a sound file, at most ten minutes.

    Parameters
    ----------
    path
        The file.
    start_s, end_s
        The span; to the end where `end_s` is None.
    label
        Text beside the player.
    speed
        Percent that the carrier ran too fast: it sounds as it was sung.
    """
    import soundfile

    last = start_s + _MOST_S if end_s is None else min(end_s, start_s + _MOST_S)
    signal, rate = read_audio(path, sample_rate_hz=_RATE_HZ, start_s=start_s, end_s=last, speed=speed)
    peak = float(np.abs(signal).max(initial=1e-9))
    content = io.BytesIO()
    soundfile.write(content, np.clip(signal, -1, 1) if peak <= 1 else signal / peak, rate, format="MP3")
    data = base64.b64encode(content.getvalue()).decode()
    return (
        '<span style="display:inline-flex;align-items:center;gap:.5em;margin:.15em .8em .15em 0">'
        f'<audio controls preload="none" src="data:audio/mpeg;base64,{data}" style="height:2em"></audio>'
        f"<small>{html.escape(label)}</small></span>"
    )


def players(spans: Sequence[tuple[Path, float, float, str, float]]) -> str:
    """Return players of several (file, start_s, end_s, label, speed)."""
    return "".join(
        player(path, start_s=start, end_s=end, label=label, speed=speed)
        for path, start, end, label, speed in spans
    )
