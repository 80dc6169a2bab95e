"""Features from their definitions: one frame, one bin, one band at a time."""

import math

import numpy as np


def mel_of(f_hz: float) -> float:
    return f_hz * 3 / 200 if f_hz < 1000 else 15 + math.log(f_hz / 1000) * 27 / math.log(6.4)


def hz_of(mel: float) -> float:
    return mel * 200 / 3 if mel < 15 else 1000 * math.exp((mel - 15) * math.log(6.4) / 27)


def power_spectrum(signal, centre, window_samples, points):
    """Power of every bin of one frame whose window is centred at a sample; zero outside the signal."""
    samples = []
    for n in range(window_samples):
        at = centre - points // 2 + (points - window_samples) // 2 + n
        value = signal[at] if 0 <= at < len(signal) else 0.0
        samples.append(value * (0.5 - 0.5 * math.cos(2 * math.pi * n / window_samples)))
    power = []
    for k in range(points // 2 + 1):
        turn = np.exp(-2j * np.pi * k * np.arange(window_samples) / points)
        power.append(abs(np.dot(samples, turn)) ** 2)
    return power


def mel_band_powers(power, sample_rate_hz, points, bands):
    top = mel_of(sample_rate_hz / 2)
    edges = [hz_of(top * i / (bands + 1)) for i in range(bands + 2)]
    out = []
    for low, peak, high in zip(edges, edges[1:], edges[2:], strict=False):
        total = 0.0
        for k, value in enumerate(power):
            f_hz = k * sample_rate_hz / points
            if low < f_hz <= peak:
                total += value * (f_hz - low) / (peak - low)
            elif peak < f_hz < high:
                total += value * (high - f_hz) / (high - peak)
        out.append(total * 2 / (high - low))
    return out


def level_db(power):
    return [10 * math.log10(max(value, 1e-10)) for value in power]


def cosine_transform(values, coefficients):
    n = len(values)
    out = []
    for k in range(coefficients):
        total = sum(v * math.cos(math.pi * k * (2 * i + 1) / (2 * n)) for i, v in enumerate(values))
        out.append(total * math.sqrt((1 if k == 0 else 2) / n))
    return out


def peak_cepstrum(levels_db, sample_rate_hz, points):
    """Sixteen cepstral coefficients of the envelope over the spectrum's maxima, 250 Hz to 6 kHz."""
    reach, last = max(1, round(220 * points / sample_rate_hz)), len(levels_db) - 1

    def around(values, k):
        return [values[min(max(k + step, 0), last)] for step in range(-reach, reach + 1)]

    peaks = [max(around(levels_db, k)) for k in range(last + 1)]
    smooth = [sum(around(peaks, k)) / (2 * reach + 1) for k in range(last + 1)]
    low, high = mel_of(250), mel_of(min(6000, 0.45 * sample_rate_hz))
    read = []
    for point in range(40):
        at = hz_of(low + (high - low) * point / 39) * points / sample_rate_hz
        k = int(at)
        read.append(smooth[k] + (at - k) * (smooth[min(k + 1, last)] - smooth[k]))
    return cosine_transform(read, 16)
