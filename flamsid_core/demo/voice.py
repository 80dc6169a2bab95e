"""Source–filter synthesis of a singing voice.

Source: the Liljencrants–Fant model of glottal flow derivative (Fant, Liljencrants & Lin 1985) with the
one-parameter description of its shape by Rd (Fant 1995), kept as band-limited single cycles so that nothing
aliases; cycle-to-cycle jitter and shimmer, period doubling for roughness, breath noise modulated by the open
glottis. Filter: a cascade of second-order resonators with a nasal pole–zero pair (Klatt 1980), moving with
the text.
"""

from functools import lru_cache

import numba
import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from flamsid_core.demo.singers import Singer
from flamsid_core.demo.tracks import CONTROL_HOP, SAMPLE_RATE_HZ, Floats, Tracks

_TABLE_SIZE = 2048
_RD_GRID = np.linspace(0.5, 2.7, 34)
# Cycles are kept with fewer and fewer harmonics, half an octave of f0 apart.
_BAND_EDGES_HZ = 50.0 * np.exp2(np.arange(1, 13) / 2.0)
_TOP_HZ = 19_000.0

_BANDWIDTHS_HZ = (75.0, 95.0, 130.0, 180.0, 240.0, 350.0, 450.0, 550.0, 700.0, 800.0)
# Above the fifth, formants stand where a tube of about 17 cm has them.
_HIGH_HZ = (5300.0, 6400.0, 7500.0, 8700.0, 9900.0)
_NASAL_POLE_HZ = 270.0


def sing(tracks: Tracks, singer: Singer, rng: np.random.Generator) -> Floats:
    """Synthesise the dry voice.

    Parameters
    ----------
    tracks : Tracks
        From `tracks.perform`.
    singer : Singer
        Gives jitter, shimmer, roughness, breathiness and the vocal tract.
    rng : numpy.random.Generator
        Source of noise and irregularity.

    Returns
    -------
    numpy.ndarray
        (samples,) at 44.1 kHz, at no particular level.
    """
    frames = len(tracks.cents)
    samples = (frames - 1) * CONTROL_HOP
    f0_hz = tracks.f0_hz
    cycles = int(samples / SAMPLE_RATE_HZ * f0_hz.max() * 1.3) + 16
    noise = rng.standard_normal(samples, dtype=np.float32)
    wobble = rng.standard_normal((cycles, 2))
    rd_index = np.rint((tracks.rd - _RD_GRID[0]) / (_RD_GRID[1] - _RD_GRID[0])).astype(np.int64)
    source = _glottal_source(
        f0_hz,
        tracks.amplitude,
        np.clip(rd_index, 0, len(_RD_GRID) - 1),
        tracks.fry,
        tracks.breath,
        _cycle_tables(),
        _BAND_EDGES_HZ,
        noise,
        wobble,
        np.array([singer.jitter, singer.shimmer, singer.rasp, singer.aspiration]),
    )
    formants, bandwidths = _tract(tracks, singer)
    voice = _cascade(source, *_resonators(formants, bandwidths), *_nasal_zero(tracks.nasal))
    return voice + _friction(noise[::-1].astype(np.float64), tracks)


@lru_cache(maxsize=1)
def _cycle_tables() -> Floats:
    """Make band-limited cycles, (Rd, band, `_TABLE_SIZE` + 1); the last sample repeats the first."""
    tables = np.empty((len(_RD_GRID), len(_BAND_EDGES_HZ), _TABLE_SIZE + 1))
    for row, rd in enumerate(_RD_GRID):
        spectrum = np.fft.rfft(_lf_cycle(float(rd), 16 * _TABLE_SIZE)) / 16.0
        for band, edge_hz in enumerate(_BAND_EDGES_HZ):
            harmonics = min(int(_TOP_HZ / edge_hz), _TABLE_SIZE // 2 - 1)
            kept = np.zeros(_TABLE_SIZE // 2 + 1, dtype=np.complex128)
            kept[1 : harmonics + 1] = spectrum[1 : harmonics + 1]
            tables[row, band, :-1] = np.fft.irfft(kept, _TABLE_SIZE)
    tables[:, :, -1] = tables[:, :, 0]
    return tables


def _lf_cycle(rd: float, size: int) -> Floats:
    """One cycle of the Liljencrants–Fant flow derivative, its negative peak −1, from opening to opening.

    Rd to Ra, Rk, Rg after Fant (1995); epsilon and alpha solve the return phase and the area balance of Fant
    et al. (1985).
    """
    ra = (-1.0 + 4.8 * rd) / 100.0
    rk = (22.4 + 11.8 * rd) / 100.0
    rg = rk * (0.5 + 1.2 * rk) / (4.0 * (0.11 * rd - ra * (0.5 + 1.2 * rk)))
    peak = 1.0 / (2.0 * rg)
    closing = peak * (1.0 + rk)
    rest = 1.0 - closing
    omega = np.pi / peak
    epsilon = brentq(lambda e: e * ra - 1.0 + np.exp(-e * rest), 0.025 / ra, 2.0 / ra)
    return_area = -(1.0 / (epsilon * ra)) * (
        (1.0 - np.exp(-epsilon * rest)) / epsilon - rest * np.exp(-epsilon * rest)
    )

    def imbalance(alpha: float) -> float:
        # The open phase integrates in closed form; its amplitude makes the closing instant −1.
        scale = -1.0 / (np.exp(alpha * closing) * np.sin(omega * closing))
        wave = np.exp(alpha * closing) * (alpha * np.sin(omega * closing) - omega * np.cos(omega * closing))
        return float(scale * (wave + omega) / (alpha**2 + omega**2) + return_area)

    alpha = brentq(imbalance, -40.0, 200.0)
    time = np.arange(size) / size
    scale = -1.0 / (np.exp(alpha * closing) * np.sin(omega * closing))
    opened = scale * np.exp(alpha * np.minimum(time, closing)) * np.sin(omega * time)
    closed = -(np.exp(-epsilon * (time - closing)) - np.exp(-epsilon * rest)) / (epsilon * ra)
    return np.where(time < closing, opened, closed)


@numba.njit(cache=True, nogil=True)
def _glottal_source(
    f0_hz: Floats,
    amplitude: Floats,
    rd_index: npt.NDArray[np.int64],
    fry: Floats,
    breath: Floats,
    tables: Floats,
    band_edges_hz: Floats,
    noise: npt.NDArray[np.float32],
    wobble: Floats,
    manner: Floats,
) -> Floats:
    """Read cycle after cycle with a running phase; shape, size and length change from one to the next."""
    jitter, shimmer, rasp, aspiration = manner
    samples = len(noise)
    size = tables.shape[2] - 1
    out = np.empty(samples)
    phase = 1.0
    cycle = -1
    row, band = 0, 0
    stretch, gain = 1.0, 1.0
    drift = 0.0
    for i in range(samples):
        frame = i // CONTROL_HOP
        part = (i - frame * CONTROL_HOP) / CONTROL_HOP
        pitch = f0_hz[frame] + part * (f0_hz[frame + 1] - f0_hz[frame])
        if phase >= 1.0:
            phase -= 1.0
            cycle += 1
            k = cycle % len(wobble)
            rough = 1.0 + 9.0 * fry[frame]
            # Neighbouring cycles resemble each other, so the deviation has some memory.
            drift = 0.5 * drift + jitter * rough * wobble[k, 0]
            stretch = 1.0 + min(max(drift, -0.3), 0.3)
            odd = 1.0 if cycle % 2 else -1.0
            depth = min(rasp + 0.35 * fry[frame], 0.6)
            gain = max(1.0 + shimmer * (1.0 + 2.0 * fry[frame]) * wobble[k, 1] + depth * odd, 0.1)
            row = rd_index[frame]
            band = 0
            while band < len(band_edges_hz) - 1 and pitch * stretch > band_edges_hz[band]:
                band += 1
        loud = amplitude[frame] + part * (amplitude[frame + 1] - amplitude[frame])
        position = phase * size
        left = int(position)
        weight = position - left
        pulse = (1.0 - weight) * tables[row, band, left] + weight * tables[row, band, left + 1]
        # Air rushes most where the glottis is open, in the first two thirds of the cycle.
        opening = np.sin(np.pi * phase / 0.7) if phase < 0.7 else 0.0
        inhale = breath[frame] + part * (breath[frame + 1] - breath[frame])
        air = noise[i] * (loud * aspiration * (0.25 + 0.75 * opening) + inhale)
        out[i] = loud * gain * pulse + air
        phase += pitch * stretch / SAMPLE_RATE_HZ
    return out


def _tract(tracks: Tracks, singer: Singer) -> tuple[Floats, Floats]:
    """Formants and bandwidths of the singer's own tract, (frames, 10) each, in Hz."""
    frames = len(tracks.cents)
    formants = np.empty((frames, len(_BANDWIDTHS_HZ)))
    own = np.array([*singer.vowel_colour, singer.upper_hz[0] / 2480.0])
    formants[:, :3] = tracks.formants_hz * own * singer.tract
    formants[:, 3:5] = np.array(singer.upper_hz[1:]) * singer.tract
    formants[:, 5:] = np.array(_HIGH_HZ) * singer.tract
    # Singers open the jaw so that the first formant does not fall below the fundamental.
    formants[:, 0] = np.maximum(formants[:, 0], 1.05 * tracks.f0_hz)
    formants[:, 1] = np.maximum(formants[:, 1], formants[:, 0] + 250.0)
    bandwidths = np.array(_BANDWIDTHS_HZ) * singer.damping * (1.0 + 1.2 * tracks.nasal[:, None])
    return formants, np.broadcast_to(bandwidths, formants.shape)


def _resonators(formants_hz: Floats, bandwidths_hz: Floats) -> tuple[Floats, Floats]:
    """Feedback coefficients of unit-gain-at-0-Hz resonators (Klatt 1980, eq. 2), nasal pole first."""
    frames = len(formants_hz)
    nasal_pole = np.full((frames, 1), _NASAL_POLE_HZ)
    centre = np.concatenate([nasal_pole, formants_hz], axis=1)
    width = np.concatenate([np.full((frames, 1), 100.0), bandwidths_hz], axis=1)
    radius = np.exp(-np.pi * width / SAMPLE_RATE_HZ)
    return 2.0 * radius * np.cos(2 * np.pi * centre / SAMPLE_RATE_HZ), -(radius**2)


def _nasal_zero(nasal: Floats) -> tuple[Floats, Floats]:
    """Coefficients of the zero that cancels the nasal pole while the velum is shut and rises as it opens."""
    centre = _NASAL_POLE_HZ + 650.0 * nasal
    radius = np.exp(-np.pi * 100.0 / SAMPLE_RATE_HZ)
    return 2.0 * radius * np.cos(2 * np.pi * centre / SAMPLE_RATE_HZ), np.full(len(nasal), -(radius**2))


@numba.njit(cache=True, nogil=True)
def _cascade(source: Floats, b: Floats, c: Floats, zero_b: Floats, zero_c: Floats) -> Floats:
    """Run the source through zero and resonators; moving linearly, the coefficients stay stable."""
    sections = b.shape[1]
    out = np.empty(len(source))
    first, second = np.zeros(sections), np.zeros(sections)
    past, older = 0.0, 0.0
    for i in range(len(source)):
        frame = i // CONTROL_HOP
        part = (i - frame * CONTROL_HOP) / CONTROL_HOP
        zb = zero_b[frame] + part * (zero_b[frame + 1] - zero_b[frame])
        zc = zero_c[frame] + part * (zero_c[frame + 1] - zero_c[frame])
        value = (source[i] - zb * past - zc * older) / (1.0 - zb - zc)
        older, past = past, source[i]
        for k in range(sections):
            bk = b[frame, k] + part * (b[frame + 1, k] - b[frame, k])
            ck = c[frame, k] + part * (c[frame + 1, k] - c[frame, k])
            value = (1.0 - bk - ck) * value + bk * first[k] + ck * second[k]
            second[k] = first[k]
            first[k] = value
        out[i] = value
    return out


def _friction(noise: Floats, tracks: Tracks) -> Floats:
    """Noise of s, x, k and t: one wide resonance, without the vocal tract behind it."""
    centre = tracks.friction_hz[:, None]
    radius = np.exp(-np.pi * (0.35 * centre) / SAMPLE_RATE_HZ)
    b = 2.0 * radius * np.cos(2 * np.pi * centre / SAMPLE_RATE_HZ)
    level = np.repeat(tracks.friction[:-1], CONTROL_HOP)
    still = np.zeros(len(tracks.friction))
    peak = (1.0 - radius[:, 0]) * np.abs(1.0 - b[:, 0] + radius[:, 0] ** 2) ** -1
    hiss = _cascade(noise * level * np.repeat(peak[:-1], CONTROL_HOP), b, -(radius**2), still, still)
    return np.diff(hiss, prepend=0.0) * 4.0
