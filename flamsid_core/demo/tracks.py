"""From a score to control tracks: what the voice does every 64 samples.

The pitch track is the ground truth of the corpus. Everything else (loudness, glottal shape, formants, noise)
follows the text and the phrase.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flamsid_core.demo.score import Note, Phrase, Score
from flamsid_core.demo.singers import VOWELS, Singer

SAMPLE_RATE_HZ = 44_100
CONTROL_HOP = 64
CONTROL_RATE_HZ = SAMPLE_RATE_HZ / CONTROL_HOP

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Consonant:
    """Duration, level drop and articulation of one onset; unvoiced ones bring their own noise."""

    duration_s: float
    drop_db: float
    formants_hz: tuple[float, float, float]
    voiced: bool = True
    nasal: float = 0.0
    friction: float = 0.0
    friction_hz: float = 3000.0
    burst: float = 0.0


CONSONANTS: dict[str, Consonant] = {
    "m": Consonant(0.075, 7.0, (280.0, 1000.0, 2200.0), nasal=1.0),
    "n": Consonant(0.065, 7.0, (290.0, 1500.0, 2500.0), nasal=1.0),
    "l": Consonant(0.060, 4.5, (360.0, 1350.0, 2700.0)),
    "d": Consonant(0.050, 9.0, (300.0, 1600.0, 2600.0)),
    "r": Consonant(0.032, 11.0, (420.0, 1400.0, 2000.0)),
    "k": Consonant(0.075, 60.0, (350.0, 1900.0, 2300.0), voiced=False, burst=0.22, friction_hz=1900.0),
    "t": Consonant(0.070, 60.0, (350.0, 1700.0, 2700.0), voiced=False, burst=0.18, friction_hz=4200.0),
    "s": Consonant(0.110, 60.0, (350.0, 1600.0, 2600.0), voiced=False, friction=0.11, friction_hz=6000.0),
    "x": Consonant(0.095, 60.0, (450.0, 1300.0, 2400.0), voiced=False, friction=0.10, friction_hz=1500.0),
}


@dataclass(frozen=True)
class Tracks:
    """Control tracks, one value per 64 samples (`CONTROL_RATE_HZ`): (n,) each, `formants_hz` (n, 3)."""

    cents: Floats  # re 55 Hz, defined everywhere
    voiced: npt.NDArray[np.bool_]  # the ground truth of voicing
    amplitude: Floats  # of the glottal pulses, linear
    rd: Floats
    formants_hz: Floats
    nasal: Floats
    breath: Floats  # unvoiced noise through the vocal tract, linear
    friction: Floats  # noise past the tract, linear
    friction_hz: Floats
    fry: Floats  # 0..1

    @property
    def f0_hz(self) -> Floats:
        """Fundamental frequency in Hz, defined everywhere."""
        return 55.0 * np.exp2(self.cents / 1200.0)


def perform(score: Score, singer: Singer, rng: np.random.Generator) -> Tracks:
    """Turn a score into control tracks.

    Parameters
    ----------
    score : Score
        From `score.compose`.
    singer : Singer
        Gives vibrato, glides, dynamics and voice quality.
    rng : numpy.random.Generator
        Source of all irregularity; the same state gives the same tracks.

    Returns
    -------
    Tracks
        Covering `score.duration_s`.
    """
    n = int(np.ceil(score.duration_s * CONTROL_RATE_HZ)) + 1
    time_s = np.arange(n) / CONTROL_RATE_HZ
    cents = np.full(n, score.levels_cents[1])
    gate = np.zeros(n)
    level_db = np.zeros(n)
    vowels = np.tile(np.array(VOWELS["a"]), (n, 1))
    blend = np.zeros(n)
    articulation = np.tile(np.array(VOWELS["a"]), (n, 1))
    nasal, friction, friction_hz = np.zeros(n), np.zeros(n), np.full(n, 3000.0)
    breath, fry = np.zeros(n), np.zeros(n)
    swing = np.zeros(n)

    for phrase in score.phrases:
        onset_s = phrase.start_s
        previous: Note | None = None
        _take_breath(breath, time_s, phrase, rng)
        for note in phrase.notes:
            end_s = onset_s + note.duration_s
            at = _slice(onset_s, end_s, n)
            _set_pitch(cents, time_s, score, singer, previous, note, onset_s)
            swing[at] += _vibrato(time_s[at] - onset_s, note, singer, rng)
            level_db[at] = note.loudness_db
            half = (at.start + int(0.62 * (at.stop - at.start)), at.stop)
            vowels[at] = VOWELS[note.vowel[0]]
            vowels[half[0] : half[1]] = VOWELS[note.vowel[-1]]
            previous, onset_s = note, end_s
        whole = _slice(phrase.start_s, phrase.end_s, n)
        gate[whole] = 1.0
        arch = np.linspace(0.0, 1.0, whole.stop - whole.start)
        level_db[whole] += singer.dynamics_db * (np.sin(np.pi * arch**0.8) - 0.75)
        _end_phrase(gate, fry, time_s, phrase, singer)
        onset_s = phrase.start_s
        for note in phrase.notes:
            if note.onset:
                _articulate(note.onset, onset_s, gate, level_db, blend, articulation, nasal, n)
                _make_noise(note.onset, onset_s, friction, friction_hz, n)
            onset_s += note.duration_s

    drift = singer.drift_cents * _slow_noise(rng, n, 1.4) + 2.0 * _slow_noise(rng, n, 9.0)
    cents = cents + swing + drift - 300.0 * fry**2
    gate = _smooth(gate, 0.016)
    level_db = _smooth(level_db, 0.050) + 0.9 * _slow_noise(rng, n, 3.0)
    # The swell that goes with a singer's vibrato lags it by about a quarter of a cycle.
    level_db += 0.035 * np.roll(swing, int(0.04 * CONTROL_RATE_HZ))
    amplitude = gate * 10.0 ** (level_db / 20.0)
    mix = _smooth(blend, 0.030)[:, None]
    formants = (1.0 - mix) * _smooth(vowels, 0.14) + mix * articulation
    wander = np.stack([_slow_noise(rng, n, 1.8) for _ in range(3)], axis=1)
    formants *= 1.0 + np.array([0.030, 0.022, 0.015]) * wander
    effort = np.clip((level_db + 0.6 * singer.dynamics_db) / (1.4 * singer.dynamics_db), 0.0, 1.0)
    rd = singer.rd[1] + (singer.rd[0] - singer.rd[1]) * effort
    rd = np.clip(rd + 0.06 * _slow_noise(rng, n, 2.0) + 0.6 * fry + 0.5 * (1.0 - gate), 0.5, 2.69)
    return Tracks(
        cents=cents,
        voiced=(gate > 0.06) & (fry < 0.02),
        amplitude=amplitude,
        rd=rd,
        formants_hz=formants,
        nasal=_smooth(nasal, 0.025),
        breath=_smooth(breath, 0.040),
        friction=_smooth(friction, 0.010),
        friction_hz=friction_hz,
        fry=fry,
    )


def _slice(start_s: float, end_s: float, n: int) -> slice:
    first, last = round(start_s * CONTROL_RATE_HZ), round(end_s * CONTROL_RATE_HZ)
    return slice(max(first, 0), min(last, n))


def _set_pitch(
    cents: Floats,
    time_s: Floats,
    score: Score,
    singer: Singer,
    previous: Note | None,
    note: Note,
    onset_s: float,
) -> None:
    """Write a note's pitch from the middle of the glide into it onwards, with glide and scoop."""
    n = len(cents)
    target = score.levels_cents[note.level] + note.detune_cents
    at = _slice(onset_s, onset_s + note.duration_s + 0.3, n)
    cents[at] = target
    if previous is not None:
        origin = score.levels_cents[previous.level] + previous.detune_cents
        glide = _slice(onset_s - 0.5 * note.glide_s, onset_s + 0.5 * note.glide_s, n)
        x = np.clip((time_s[glide] - onset_s) / note.glide_s + 0.5, 0.0, 1.0) ** singer.glide_shape
        cents[glide] = origin + (target - origin) * (0.5 - 0.5 * np.cos(np.pi * x))
        return_s = 0.05
        # A small overshoot that dies away: the larynx is a mass on a spring.
        after = _slice(onset_s + 0.5 * note.glide_s, onset_s + 0.5 * note.glide_s + 0.2, n)
        since = time_s[after] - onset_s - 0.5 * note.glide_s
        size = 0.10 * np.clip(target - origin, -250.0, 250.0)
        cents[after] += size * np.sin(np.pi * np.clip(since / return_s, 0.0, 2.0)) * np.exp(-since / return_s)
    if note.scoop_cents:
        lead = _slice(onset_s, onset_s + 0.5, n)
        since = time_s[lead] - onset_s
        cents[lead] -= note.scoop_cents * np.exp(-((since / 0.055) ** 2))


def _vibrato(since_s: Floats, note: Note, singer: Singer, rng: np.random.Generator) -> Floats:
    """Draw the vibrato of one note in cents: it sets in after a delay and is never quite regular."""
    if note.vibrato == 0.0 or note.duration_s < singer.vibrato_delay_s + 0.08:
        return np.zeros(len(since_s))
    m = len(since_s)
    rate_hz = (
        singer.vibrato_hz * (1.0 + 0.05 * rng.standard_normal()) * (1.0 + 0.05 * _slow_noise(rng, m, 1.0))
    )
    phase = 2 * np.pi * np.cumsum(rate_hz) / CONTROL_RATE_HZ + rng.uniform(0, 2 * np.pi)
    rise = np.clip((since_s - singer.vibrato_delay_s) / 0.25, 0.0, 1.0)
    fall = np.clip((note.duration_s - since_s) / 0.06, 0.0, 1.0)
    extent = singer.vibrato_cents * note.vibrato * (1.0 + 0.15 * _slow_noise(rng, m, 1.5))
    return extent * rise * fall * np.sin(phase)


def _take_breath(breath: Floats, time_s: Floats, phrase: Phrase, rng: np.random.Generator) -> None:
    """Put an audible breath before the phrase, louder towards its end as an inhalation is."""
    length_s = rng.uniform(0.28, 0.45)
    start_s = phrase.start_s - length_s - 0.08
    at = _slice(start_s, start_s + length_s, len(breath))
    x = np.clip((time_s[at] - start_s) / length_s, 0.0, 1.0)
    breath[at] = rng.uniform(0.020, 0.045) * np.sin(np.pi * x**1.6)


def _end_phrase(gate: Floats, fry: Floats, time_s: Floats, phrase: Phrase, singer: Singer) -> None:
    """Attack and release of a phrase; with fry, the last pulses come slowly and unevenly."""
    n = len(gate)
    attack_s, release_s = 0.045, 0.11
    head = _slice(phrase.start_s, phrase.start_s + attack_s, n)
    gate[head] *= np.clip((time_s[head] - phrase.start_s) / attack_s, 0.0, 1.0)
    tail = _slice(phrase.end_s - release_s, phrase.end_s, n)
    gate[tail] *= np.clip((phrase.end_s - time_s[tail]) / release_s, 0.0, 1.0)
    if phrase.fry:
        length_s = 0.20
        start_s = phrase.end_s - length_s
        at = _slice(start_s, phrase.end_s + 0.05, n)
        fry[at] = np.clip((time_s[at] - start_s) / (0.6 * length_s), 0.0, 1.0)
        gate[at] *= 0.45 + 0.55 * (1.0 - fry[at])


def _articulate(
    onset: str,
    onset_s: float,
    gate: Floats,
    level_db: Floats,
    blend: Floats,
    articulation: Floats,
    nasal: Floats,
    n: int,
) -> None:
    """Close the mouth for a consonant, centred on the note's onset."""
    sound = CONSONANTS[onset]
    half_s = 0.5 * sound.duration_s
    closure = _slice(onset_s - half_s, onset_s + half_s, n)
    around = _slice(onset_s - half_s - 0.06, onset_s + half_s + 0.06, n)
    blend[closure] = 1.0
    articulation[around] = sound.formants_hz
    nasal[closure] = sound.nasal
    if sound.voiced:
        level_db[closure] -= sound.drop_db
    else:
        gate[closure] = 0.0


def _make_noise(onset: str, onset_s: float, friction: Floats, friction_hz: Floats, n: int) -> None:
    """Friction of s and x over the closure, or the burst of k and t at its release."""
    sound = CONSONANTS[onset]
    half_s = 0.5 * sound.duration_s
    around = _slice(onset_s - half_s - 0.02, onset_s + half_s + 0.03, n)
    if sound.friction:
        friction[_slice(onset_s - half_s + 0.005, onset_s + half_s - 0.005, n)] = sound.friction
        friction_hz[around] = sound.friction_hz
    if sound.burst:
        friction[_slice(onset_s + half_s - 0.018, onset_s + half_s - 0.004, n)] = sound.burst
        friction_hz[around] = sound.friction_hz


def _slow_noise(rng: np.random.Generator, n: int, rate_hz: float) -> Floats:
    """Unit-variance noise that changes about `rate_hz` times a second (cubic through random knots)."""
    knots = int(np.ceil(n / CONTROL_RATE_HZ * rate_hz)) + 4
    values = rng.standard_normal(knots)
    position = np.arange(n) / CONTROL_RATE_HZ * rate_hz + 1.0
    index = position.astype(np.int64)
    x = position - index
    before, here, after, beyond = values[index - 1], values[index], values[index + 1], values[index + 2]
    return here + 0.5 * x * (
        after
        - before
        + x * (2 * before - 5 * here + 4 * after - beyond + x * (3 * (here - after) + beyond - before))
    )


def _smooth(track: Floats, width_s: float) -> Floats:
    """Smooth with a Hann window of the given whole width; edges are held."""
    half = max(int(0.5 * width_s * CONTROL_RATE_HZ), 1)
    window = np.hanning(2 * half + 3)[1:-1]
    window /= window.sum()
    padded = np.pad(track, [(half, half)] + [(0, 0)] * (track.ndim - 1), mode="edge")
    if track.ndim == 1:
        return np.convolve(padded, window, mode="valid")
    return np.stack([np.convolve(column, window, mode="valid") for column in padded.T], axis=1)
