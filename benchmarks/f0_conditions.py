"""Clean singing made to sound like recordings one is given: 31 conditions, each with its seed.

Everything is made at 44.1 kHz, where clicks are short. Levels are those of the whole song's mean power. The 21
usual conditions are what a careful recording or transfer has; the ten hard ones are what makes a tracker fail.
"""

import io
import zlib
from collections.abc import Callable

import numpy as np
import soundfile
from scipy import signal as dsp

RATE_HZ = 44100

Sound = np.ndarray
Rng = np.random.Generator


def at_snr(signal: Sound, noise: Sound, snr_db: float) -> Sound:
    return signal + noise * np.sqrt(np.mean(signal**2) / np.mean(noise**2)) * 10.0 ** (-snr_db / 20.0)


def white(signal: Sound, rng: Rng, snr_db: float) -> Sound:
    return at_snr(signal, rng.standard_normal(len(signal)), snr_db)


def pink(signal: Sound, rng: Rng, snr_db: float) -> Sound:
    """Noise whose power falls as 1 / f from 20 Hz."""
    n = len(signal)
    spectrum = rng.standard_normal(n // 2 + 1) + 1j * rng.standard_normal(n // 2 + 1)
    hz = np.fft.rfftfreq(n, 1.0 / RATE_HZ)
    return at_snr(signal, np.fft.irfft(spectrum / np.sqrt(np.maximum(hz, 20.0)), n), snr_db)


def hum(signal: Sound, rng: Rng, snr_db: float, mains_hz: float = 50.0) -> Sound:
    """The mains and its harmonics, the odd ones stronger, each with a phase of its own."""
    phase = 2.0 * np.pi * mains_hz * np.arange(len(signal)) / RATE_HZ
    out = np.zeros(len(signal))
    for h in range(1, 21):
        strength = rng.uniform(0.5, 1.0) * (1.0 if h % 2 else 0.5) / h
        out += strength * np.sin(h * phase + rng.uniform(0.0, 2.0 * np.pi))
    return at_snr(signal, out, snr_db)


def rectifier(signal: Sound, rng: Rng, snr_db: float) -> Sound:
    """The hum of a power supply: 100 Hz and all its harmonics, as rich as a voice."""
    phase = 2.0 * np.pi * 100.0 * np.arange(len(signal)) / RATE_HZ
    out = np.zeros(len(signal))
    for h in range(1, 31):
        out += rng.uniform(0.5, 1.0) * h**-0.7 * np.sin(h * phase + rng.uniform(0.0, 2.0 * np.pi))
    return at_snr(signal, out, snr_db)


def rumble(signal: Sound, rng: Rng, snr_db: float) -> Sound:
    """A turntable's bearings: noise below 50 Hz."""
    band = dsp.butter(2, [8.0, 50.0], "band", fs=RATE_HZ, output="sos")
    return at_snr(signal, dsp.sosfilt(band, rng.standard_normal(len(signal))), snr_db)


def crackle(signal: Sound, rng: Rng, per_s: float, loudest: float) -> Sound:
    """Clicks of 0.05–2 ms at random times, up to `loudest` times the song's peak, the least 14 dB softer."""
    out = signal.copy()
    peak = np.abs(signal).max() * loudest
    for at in rng.integers(0, len(out), rng.poisson(per_s * len(out) / RATE_HZ)):
        n = min(len(out) - at, int(RATE_HZ * np.exp(rng.uniform(np.log(5e-5), np.log(2e-3)))) + 1)
        shape = np.exp(-3.0 * np.arange(n) / n) * (rng.standard_normal(n) if n > 4 else 1.0)
        out[at : at + n] += rng.choice([-1.0, 1.0]) * peak * np.exp(rng.uniform(np.log(0.2), 0.0)) * shape
    return out


def room(signal: Sound, rng: Rng, decay_s: float, direct_db: float) -> Sound:
    """An exponential tail of coloured noise that falls by 60 dB in `decay_s`, `direct_db` below the voice."""
    n = int(decay_s * RATE_HZ)
    tail = rng.standard_normal(n) * 10.0 ** (-3.0 * np.arange(n) / n)
    tail[: int(0.008 * RATE_HZ)] = 0.0
    tail = dsp.lfilter(*dsp.butter(1, 5000.0, fs=RATE_HZ), tail)
    tail *= 10.0 ** (-direct_db / 20.0) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    return dsp.fftconvolve(signal, tail)[: len(signal)]


def band(signal: Sound, low_hz: float, high_hz: float) -> Sound:
    return dsp.sosfilt(dsp.butter(3, [low_hz, high_hz], "band", fs=RATE_HZ, output="sos"), signal)


def copy_at(signal: Sound, rate_hz: int) -> Sound:
    n = len(signal)
    low = dsp.resample_poly(signal, rate_hz // 100, RATE_HZ // 100)
    return dsp.resample_poly(low, RATE_HZ // 100, rate_hz // 100)[:n]


def mp3(signal: Sound) -> Sound:
    """Coded as MP3 of low quality and back, with the coder's delay taken out."""
    memory = io.BytesIO()
    soundfile.write(memory, signal, RATE_HZ, format="MP3", bitrate_mode="VARIABLE", compression_level=0.9)
    memory.seek(0)
    out = np.pad(soundfile.read(memory)[0], (0, len(signal)))
    n = min(len(signal), 1 << 18)
    late = int(np.argmax(dsp.fftconvolve(out[: n + 4096], signal[:n][::-1])[n - 1 : n + 4096]))
    return out[late : late + len(signal)]


def cylinder(signal: Sound, rng: Rng) -> Sound:
    """A wax cylinder: a room, a horn's band, pink noise, clicks and hum."""
    out = band(room(signal, rng, 0.6, 3.0), 250.0, 3500.0)
    return crackle(hum(pink(out, rng, 12.0), rng, 15.0), rng, 15.0, 0.7)


CONDITIONS: dict[str, tuple[str, Callable[[Sound, Rng], Sound]]] = {
    "clean": ("usual", lambda x, rng: x),
    "white 30 dB": ("usual", lambda x, rng: white(x, rng, 30.0)),
    "white 20 dB": ("usual", lambda x, rng: white(x, rng, 20.0)),
    "white 15 dB": ("usual", lambda x, rng: white(x, rng, 15.0)),
    "white 10 dB": ("usual", lambda x, rng: white(x, rng, 10.0)),
    "pink 30 dB": ("usual", lambda x, rng: pink(x, rng, 30.0)),
    "pink 20 dB": ("usual", lambda x, rng: pink(x, rng, 20.0)),
    "pink 10 dB": ("usual", lambda x, rng: pink(x, rng, 10.0)),
    "crackle 5/s": ("usual", lambda x, rng: crackle(x, rng, 5.0, 0.3)),
    "hum -20 dB": ("usual", lambda x, rng: hum(x, rng, 20.0)),
    "60 Hz hum -20 dB": ("usual", lambda x, rng: hum(x, rng, 20.0, 60.0)),
    "room 0.4 s": ("usual", lambda x, rng: room(x, rng, 0.4, 4.0)),
    "room 0.8 s": ("usual", lambda x, rng: room(x, rng, 0.8, 3.0)),
    "room 1.2 s": ("usual", lambda x, rng: room(x, rng, 1.2, 2.0)),
    "band 200-4000 Hz": ("usual", lambda x, rng: band(x, 200.0, 4000.0)),
    "8 kHz copy": ("usual", lambda x, rng: copy_at(x, 8000)),
    "clipped": ("usual", lambda x, rng: np.clip(x, *(np.array([-0.25, 0.25]) * np.abs(x).max()))),
    "MP3": ("usual", lambda x, rng: mp3(x)),
    "-40 dB": ("usual", lambda x, rng: np.round(x * 327.68) / 32768.0),
    "DC 0.05": ("usual", lambda x, rng: x + 0.05),
    "cylinder": ("usual", cylinder),
    "hum -10 dB": ("hard", lambda x, rng: hum(x, rng, 10.0)),
    "hum 0 dB": ("hard", lambda x, rng: hum(x, rng, 0.0)),
    "100 Hz hum": ("hard", lambda x, rng: rectifier(x, rng, 0.0)),
    "rumble +10 dB": ("hard", lambda x, rng: rumble(x, rng, -10.0)),
    "crackle 30/s": ("hard", lambda x, rng: crackle(x, rng, 30.0, 6.0)),
    "crackle 100/s": ("hard", lambda x, rng: crackle(x, rng, 100.0, 6.0)),
    "room 2 s": ("hard", lambda x, rng: room(x, rng, 2.0, 0.0)),
    "pink 0 dB": ("hard", lambda x, rng: pink(x, rng, 0.0)),
    "band + pink 5 dB": ("hard", lambda x, rng: pink(band(x, 200.0, 4000.0), rng, 5.0)),
    "DC 0.5": ("hard", lambda x, rng: 0.1 * x + 0.5),
}


def make(name: str, signal: Sound, seed: int) -> Sound:
    """Return the song under the condition `name`, the same for the same seed."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    return CONDITIONS[name][1](signal.astype(np.float64), rng).astype(np.float32)
