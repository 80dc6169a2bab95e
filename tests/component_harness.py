"""A page with nothing but one instrument on synthetic data: `streamlit run tests/component_harness.py`.

`?view=timeline&seconds=300`, `?view=space&points=11158`; `language=es`, `span=1` (spans from the server).
"""

from functools import lru_cache
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import pandas as pd
import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

SAMPLE_RATE_HZ = 16_000
HOP_S = 256 / 44_100
LEVELS_CENTS = np.array([1210, 1395, 1520, 1705, 1890, 1990, 2110, 2290, 2400], float)


@lru_cache(maxsize=4)
def melody(seconds: float) -> pd.DataFrame:
    """A sung line: phrases of notes with glides, vibrato and breaths."""
    rng = np.random.default_rng(1)
    time_s = np.arange(int(seconds / HOP_S)) * HOP_S
    cents = np.full(time_s.size, np.nan)
    at, level = 0.4, 4
    while at < seconds - 3:
        breath = at + rng.uniform(3, 7)
        while at < min(breath, seconds - 1):
            length = rng.choice([0.09, 0.14, 0.2, 0.35, 0.8], p=[0.25, 0.25, 0.2, 0.2, 0.1])
            i, j = int(at / HOP_S), int((at + length) / HOP_S)
            cents[i:j] = LEVELS_CENTS[level] + (
                35 * np.sin(2 * np.pi * 5.6 * time_s[i:j]) * min(1, length / 0.4) if length > 0.1 else 0
            )
            level = int(np.clip(level + rng.choice([-2, -1, -1, 1, 1, 2]), 0, len(LEVELS_CENTS) - 1))
            at += length
        at += rng.uniform(0.4, 1.4)
    voiced = ~np.isnan(cents)
    smooth = np.convolve(np.where(voiced, cents, 0), np.hanning(9), "same") / np.maximum(
        np.convolve(voiced, np.hanning(9), "same"), 1e-9
    )
    cents = np.where(voiced, smooth + rng.normal(0, 6, cents.size), np.nan)
    f0_hz = np.where(voiced, 55 * 2 ** (np.nan_to_num(cents) / 1200), 0.0)
    confidence = np.where(voiced, rng.beta(8, 2, cents.size), rng.beta(1, 6, cents.size))
    return pd.DataFrame({"time_s": time_s, "f0_hz": f0_hz, "confidence": confidence})


@lru_cache(maxsize=4)
def segments(seconds: float) -> pd.DataFrame:
    table = melody(seconds)
    with np.errstate(divide="ignore"):
        cents = 1200 * np.log2(table["f0_hz"].to_numpy() / 55)
    level = np.where(np.isfinite(cents), np.abs(cents[:, None] - LEVELS_CENTS).argmin(1), -1)
    edges = np.flatnonzero(np.diff(level)) + 1
    start, end = np.r_[0, edges], np.r_[edges, level.size]
    keep = (level[start] >= 0) & (end - start >= 5)
    start, end = start[keep], end[keep]
    gap = np.r_[True, (start[1:] - end[:-1]) * HOP_S > 0.2]
    values = level[start]
    return pd.DataFrame(
        {
            "phrase": np.cumsum(gap) - 1,
            "start_s": start * HOP_S,
            "end_s": end * HOP_S,
            "level": values,
            "pitch_cents": LEVELS_CENTS[values],
            "step": np.where(gap, 0, np.diff(values, prepend=values[:1])),
        }
    )


@lru_cache(maxsize=4)
def instances(seconds: float, count: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    table = segments(seconds)
    first = np.sort(rng.integers(0, len(table) - 12, count))
    length = rng.integers(4, 9, count)
    same = table["phrase"].to_numpy()[first] == table["phrase"].to_numpy()[first + length]
    first, length = first[same], length[same]
    step = table["step"].to_numpy()
    patterns = [
        " ".join(f"{s:+d}" for s in step[f + 1 : f + n + 1]) for f, n in zip(first, length, strict=True)
    ]
    motif = rng.integers(0, 24, first.size)
    return pd.DataFrame(
        {
            "motif_id": [f"m{m:02d}" for m in motif],
            "singer": [f"singer {m % 5}" for m in motif],
            "start_s": table["start_s"].to_numpy()[first],
            "end_s": table["end_s"].to_numpy()[first + length],
            "pattern": patterns,
        }
    )


@lru_cache(maxsize=4)
def points(count: int) -> tuple[np.ndarray, pd.DataFrame]:
    rng = np.random.default_rng(3)
    blobs = rng.normal(0, 5, (40, 2))
    blob = rng.integers(0, 40, count)
    xy = blobs[blob] + rng.normal(0, 1, (count, 2)) * rng.gamma(2, 0.35, (40, 1))[blob]
    singers = np.array(["Agujetas", "El Chocolate", "Camarón", "Fosforito", "La Niña"])
    table = pd.DataFrame(
        {
            "singer": singers[(blob + rng.integers(0, 2, count) * (rng.random(count) < 0.2)) % 5],
            "recording": [f"recording {b:02d}" for b in blob],
            "time": [f"{t:.2f} s" for t in rng.uniform(0, 300, count).round(1)],
            "pattern": [
                " ".join(f"{s:+d}" for s in row) for row in rng.choice([-2, -1, 1, 2], (200, 6))[blob * 5 + 1]
            ],
        }
    )
    return xy, table


def sound(seconds: float) -> np.ndarray:
    table = melody(seconds)
    times = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    f0 = np.interp(times, table["time_s"], table["f0_hz"])
    gain = np.interp(times, table["time_s"], np.convolve(table["f0_hz"] > 0, np.hanning(15) / 7, "same"))
    phase = 2 * np.pi * np.cumsum(f0) / SAMPLE_RATE_HZ
    return (gain * sum(np.sin(h * phase) / h**1.4 for h in range(1, 7)) * 0.2).astype(np.float32)


def recording(seconds: float) -> Path:
    import soundfile

    path = Path(gettempdir()) / f"flamsid-harness-{seconds:g}.flac"
    if not path.exists():
        part = path.with_name(f"part-{path.name}")
        soundfile.write(part, sound(seconds), SAMPLE_RATE_HZ)
        part.replace(path)
    return path


async def serve_recording(request: Request) -> Response:
    return FileResponse(recording(float(request.path_params["seconds"])), media_type="audio/flac")


async def serve_span(request: Request) -> Response:
    import io

    import soundfile

    start, end = (float(request.query_params[name]) for name in ("start", "end"))
    path = recording(float(request.path_params["seconds"]))
    signal, rate = soundfile.read(path, start=round(start * SAMPLE_RATE_HZ), stop=round(end * SAMPLE_RATE_HZ))
    out = io.BytesIO()
    soundfile.write(out, signal, rate, format="WAV")
    return Response(out.getvalue(), media_type="audio/wav")


async def serve_clip(request: Request) -> Response:
    """Half a second of a tone whose pitch says which point it is."""
    import io

    import soundfile

    number = int(request.path_params["number"])
    times = np.arange(8000) / SAMPLE_RATE_HZ
    out = io.BytesIO()
    soundfile.write(out, 0.2 * np.sin(2 * np.pi * (220 + number % 400) * times), SAMPLE_RATE_HZ, format="WAV")
    return Response(out.getvalue(), media_type="audio/wav")


app = st.App(
    Path(__file__).with_name("component_page.py"),
    routes=[
        Route("/harness/recording/{seconds}", serve_recording),
        Route("/harness/span/{seconds}", serve_span),
        Route("/harness/clip/{number}", serve_clip),
    ],
)
