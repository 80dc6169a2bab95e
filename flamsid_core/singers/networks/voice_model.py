"""Who sings, from how a voice was heard: experts of Gaussians, joined, with a temperature that knows the unusual.

Three experts, each a model of `gaussians`:

- *harmonic*: envelope on the harmonics, its movement, valleys, f0, with what noise and missing bands allow to believe.
- *timbre*: means and deviations of MFCC and peak envelope. Sharper where the sound is usual, lost where it is not, so
  its say in the verdict on a single clip falls with how unusual the recording is to it.
- *short*: level-free timbre and envelope minus valleys, for corpora of short clips whose pauses were cut off.

A recording is judged by the density of its clips' mean. Values of neighbouring bands are not as independent as any
covariance of a few recordings says, so log densities are divided by a temperature: higher the farther the recording
lies from all singers. Which of harmonic and short is asked is decided by the log loss of training recordings left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.features.frames import ENVELOPE_POINTS, FeatureParams
from flamsid_core.singers.features.harmonic import BANDS
from flamsid_core.singers.features.voice import LAYOUT, MFCC, NOISE_COSINES, PEAKS, VOICE
from flamsid_core.singers.networks.gaussians import (
    CHANNEL_WEIGHT,
    Array,
    Gaussians,
    Heard,
    Scores,
    fit_gaussians,
    score,
)
from flamsid_core.singers.networks.reliability import heard_voice
from flamsid_core.singers.networks.verdict import (
    SURE,
    KnownScore,
    fit_known_score,
    known_features,
    moved_copies,
)

CHANNEL_SD_DB = (8.0, 5.0, 3.0, 2.0)  # of slow cosines over the bands: what rooms, horns and microphones do
GAIN_SD_DB = 6.0
TEMPERATURE = 4.0  # before anything was measured
TEMPERATURE_SD = 0.5  # in log: how far recordings left out may move it
TYPICAL = 0.58  # least distance of a recording left out, before anything was measured
TIMBRE_SHARE = 0.5
FOLDS = 5
SHORT_MFCC = 16
MEL_BANDS = FeatureParams().mel_bands  # that the MFCC are of
CHOICES = ("harmonic", "short")
Verdict = Literal["known", "undecided", "unknown"]
CLEARLY_BETTER = 0.5  # nats a recording


def heard_timbre(rows: NDArray[np.floating]) -> Heard:
    """Return MFCC and peak envelope of a recording's clips; nothing is known of how noise moves them."""
    values = np.asarray(rows, dtype=np.float64)[:, LAYOUT.timbre]
    return Heard(values, np.zeros(values.shape[1]))


def heard_short(rows: NDArray[np.floating]) -> Heard:
    """Return level-free timbre of a recording's clips, and envelope minus valleys in slow cosines."""
    rows = np.asarray(rows, dtype=np.float64)
    timbre = rows[:, LAYOUT.timbre]
    values = np.concatenate(
        [
            timbre[:, 1:SHORT_MFCC],
            timbre[:, MFCC + 1 : MFCC + PEAKS],
            timbre[:, MFCC + PEAKS : MFCC + PEAKS + SHORT_MFCC],
            rows[:, LAYOUT.noise],
        ],
        axis=1,
    )
    return Heard(values, np.zeros(values.shape[1]))


HEARD = {"harmonic": heard_voice, "timbre": heard_timbre, "short": heard_short}
SIZES = {
    "harmonic": VOICE,
    "timbre": 3 * MFCC + PEAKS,
    "short": 2 * (SHORT_MFCC - 1) + SHORT_MFCC + NOISE_COSINES,
}
# pseudo-recordings: published clips come from so few transfers that most of what these do must be known beforehand
WEIGHT_OF_CHANNEL = {"harmonic": CHANNEL_WEIGHT, "timbre": 0.0, "short": 30.0}


def channel_covariance(expert: str = "harmonic") -> Array | None:
    """Return what channels do to the values of an expert, (values, values) in dB²; None where nothing is known of it.

    A smooth response is a gain and a few slow cosines over the mel-spaced bands. It moves the mean envelope alone, or
    the first cepstral coefficients, whose basis these cosines are (orthonormal, hence the root): deviations, steps and
    the distance to the valleys stay.
    """
    if expert not in CHOICES:
        return None
    shapes = np.zeros((1 + len(CHANNEL_SD_DB), SIZES[expert]))
    at = (np.arange(BANDS) + 0.5) / BANDS
    for k, sd_db in enumerate(CHANNEL_SD_DB, start=1):
        if expert == "harmonic":
            shapes[0, :BANDS] = GAIN_SD_DB
            shapes[k, :BANDS] = sd_db * np.cos(np.pi * k * at)
        else:
            shapes[k, k - 1] = sd_db * np.sqrt(MEL_BANDS / 2)
            shapes[k, SHORT_MFCC + k - 2] = sd_db * np.sqrt(ENVELOPE_POINTS / 2)
    return np.asarray(shapes.T @ shapes)


@dataclass(frozen=True)
class VoiceModel:
    """Fitted experts and what was found about them.

    Attributes
    ----------
    choice : {"harmonic", "short"}
    experts : dict of str to Gaussians
        The chosen one, and `timbre` beside `harmonic`.
    temperature : float
    typical : float
        Median least distance of training recordings left out.
    log_loss : dict of str to float
        Of each choice, on training recordings left out; empty where none could be.
    known : KnownScore or None
        Tells known singers from strangers; None where no recording could be left out, or with fewer than three singers.
    """

    choice: str
    experts: dict[str, Gaussians]
    temperature: float = TEMPERATURE
    typical: float = TYPICAL
    log_loss: dict[str, float] = field(default_factory=dict)
    known: KnownScore | None = None


@dataclass(frozen=True)
class Judged:
    """What a model says of one recording.

    Attributes
    ----------
    log_posterior : (singers,) array
        Natural logarithms; they sum to one as probabilities.
    scores : Scores
        Of the chosen expert.
    temperature : float
        By which its log densities were divided.
    known_score : float or None
        How surely it is one of the model's singers, 0 to 1; None where the model cannot tell.
    verdict : {"known", "undecided", "unknown"}
    """

    log_posterior: Array
    scores: Scores
    temperature: float

    known_score: float | None = None
    verdict: Verdict = "undecided"

    @property
    def distance(self) -> float:
        """Least Mahalanobis² per value: how unlike all singers the recording is."""
        return float(self.scores.distance.min())


def fit_voice_model(
    rows: NDArray[np.floating], singer: NDArray[np.int64], group: NDArray[np.int64], n_singers: int
) -> VoiceModel:
    """Fit all experts, and choose.

    Parameters
    ----------
    rows : (clips, COLUMNS) array
        From `voice_rows`; clips without voice are left out.
    singer, group : (clips,) int arrays
        Who sings, and in which recording.
    n_singers : int
        A singer who does not occur is never named.

    Raises
    ------
    FlamsidError
        When no clip holds voice, or no recording two clips.
    """
    recordings, singers = by_recording(rows, singer, group)
    fitted = {choice: list(left_out_models(choice, recordings, singers, n_singers)) for choice in CHOICES}
    found = {choice: left_out(choice, recordings, singers, models) for choice, models in fitted.items()}
    losses = {choice: judged for choice, judged in found.items() if judged}
    chosen = _likely(recordings)
    model = VoiceModel(chosen, {})
    if losses:
        tempered = {choice: _tempered(judged) for choice, judged in losses.items()}
        chosen = _better(chosen, tempered)
        _, temperature, typical = tempered[chosen]
        model = VoiceModel(
            chosen,
            {},
            temperature,
            typical,
            {name: float(each.mean()) for name, (each, _, _) in tempered.items()},
        )
    return replace(
        model,
        experts=fit_experts(chosen, recordings, singers, n_singers),
        known=_known_score(model, recordings, singers, fitted[chosen]),
    )


def by_recording(
    rows: NDArray[np.floating], singer: NDArray[np.int64], group: NDArray[np.int64]
) -> tuple[list[Array], NDArray[np.int64]]:
    """Return the voiced rows of each pair of recording and singer, and the singers."""
    rows, voiced = np.asarray(rows, dtype=np.float64), np.asarray(rows)[:, LAYOUT.voiced_s] > 0
    if not voiced.any():
        raise FlamsidError("No clip holds enough voice to learn from: check that the recordings are sung.")
    pairs = np.unique(np.column_stack([singer, group])[voiced], axis=0)
    return [rows[voiced & (singer == k) & (group == g)] for k, g in pairs], pairs[:, 0]


def fit_experts(
    choice: str, recordings: list[Array], singers: NDArray[np.int64], n_singers: int
) -> dict[str, Gaussians]:
    """Fit the chosen expert, and the one of timbre beside the harmonic one."""
    return {
        name: fit_gaussians(
            [HEARD[name](rows) for rows in recordings],
            singers,
            n_singers,
            channel_covariance(name),
            WEIGHT_OF_CHANNEL[name],
        )
        for name in (("harmonic", "timbre") if choice == "harmonic" else ("short",))
    }


def judge(model: VoiceModel, rows: NDArray[np.floating], *, without: int | None = None) -> Judged:
    """Judge one recording by the mean of its clips."""
    scores = score(model.experts[model.choice], HEARD[model.choice](rows), without=without)
    temperature = model.temperature * max(1.0, float(scores.distance.min()) / model.typical)
    log_posterior = np.asarray(log_softmax(scores.log_density[0] / temperature))
    judged = Judged(log_posterior, scores, temperature)
    if model.known is None:
        return judged
    known = model.known(known_features(scores, temperature, model.typical))
    verdict: Verdict = "undecided"
    if known < model.known.unknown_below:
        verdict = "unknown"
    elif known >= model.known.known_from and np.exp(log_posterior.max()) >= SURE:
        verdict = "known"
    return replace(judged, known_score=known, verdict=verdict)


def judge_clips(model: VoiceModel, rows: NDArray[np.floating]) -> Array:
    """Return the (clips, singers) log posterior of each clip of one recording by itself.

    Beside the harmonic expert that of timbre is heard, the less the farther the recording lies from all that it knows.
    """
    heard = HEARD[model.choice](rows)
    clips = score(model.experts[model.choice], heard, single=True)
    found = log_softmax(clips.log_density / judge(model, rows).temperature, axis=1)
    if "timbre" in model.experts:
        heard = heard_timbre(rows)
        unusual = max(1.0, float(score(model.experts["timbre"], heard, drop=False).distance.min()))
        other = score(model.experts["timbre"], heard, single=True, drop=False).log_density
        found = found + TIMBRE_SHARE * unusual**-2 * log_softmax(other, axis=1)
    return np.asarray(log_softmax(found, axis=1))


def _known_score(
    model: VoiceModel,
    recordings: list[Array],
    singers: NDArray[np.int64],
    fitted: list[tuple[Gaussians, int]],
) -> KnownScore | None:
    """Fit the score on recordings left out, with and without their singer, and on moved copies of them."""
    if len(np.unique(singers)) < 3:
        return None
    rng = np.random.default_rng(0)
    known: list[Array] = []
    strangers: list[Array] = []
    plain: list[bool] = []
    for without_it, i in fitted:
        copies = [recordings[i]]
        if model.choice == "harmonic":
            copies += list(moved_copies(recordings[i], rng))
        for number, rows in enumerate(copies):
            heard, singer = HEARD[model.choice](rows), int(singers[i])
            for without, trials in ((None, known), (singer, strangers)):
                scores = score(without_it, heard, without=without)
                if without is None and scores.log_density[0].argmax() != singer:
                    continue  # named wrongly: neither a stranger nor well known
                temperature = model.temperature * max(1.0, float(scores.distance.min()) / model.typical)
                trials.append(known_features(scores, temperature, model.typical))
                if without is None:
                    plain.append(number == 0)
    return fit_known_score(known, strangers, plain)


def left_out(
    choice: str, recordings: list[Array], singers: NDArray[np.int64], fitted: list[tuple[Gaussians, int]]
) -> list[tuple[int, Scores]]:
    """Score training recordings by models that did not hear them: singer and scores of each."""
    return [(int(singers[i]), score(model, HEARD[choice](recordings[i]))) for model, i in fitted]


def left_out_models(
    choice: str, recordings: list[Array], singers: NDArray[np.int64], n_singers: int
) -> Iterator[tuple[Gaussians, int]]:
    """Yield every recording that can be left out, by position, with a model that did not hear it.

    Recordings of each singer are dealt to `FOLDS` folds; a singer's only one is never left out.
    """
    heard = [HEARD[choice](rows) for rows in recordings]
    channel = channel_covariance(choice)
    counts = np.bincount(singers, minlength=n_singers)
    place = np.zeros(len(singers), dtype=np.int64)
    for k in np.unique(singers):
        place[singers == k] = np.arange(counts[k]) % FOLDS
    for fold in range(FOLDS):
        out = (place == fold) & (counts[singers] > 1)
        if not out.any():
            continue
        kept = np.flatnonzero(~out)
        model = fit_gaussians(
            [heard[i] for i in kept], singers[kept], n_singers, channel, WEIGHT_OF_CHANNEL[choice]
        )
        yield from ((model, int(i)) for i in np.flatnonzero(out))


def _likely(recordings: list[Array]) -> Literal["harmonic", "short"]:
    """Choose before anything is measured: harmonic where most clips come from recordings with pauses.

    What is heard between notes says how far to believe a band; without it the harmonic values err unnoticed.
    """
    return "harmonic" if np.mean(np.concatenate(recordings)[:, LAYOUT.pauses]) > 0.5 else "short"


def _better(
    likely: Literal["harmonic", "short"], tempered: dict[str, tuple[Array, float, float]]
) -> Literal["harmonic", "short"]:
    """Return the values to listen to: the likely ones, unless the others are clearly better, and more than chance."""
    other: Literal["harmonic", "short"] = "short" if likely == "harmonic" else "harmonic"
    gained = tempered[likely][0] - tempered[other][0]
    error = gained.std(ddof=1) / np.sqrt(len(gained)) if len(gained) > 1 else np.inf
    return other if gained.mean() - error > CLEARLY_BETTER else likely


def _tempered(judged: list[tuple[int, Scores]]) -> tuple[Array, float, float]:
    """Return the log loss of each recording left out, temperature and typical distance of recordings left out.

    Where all are right, ever lower temperatures fit ever better: so the temperature is held near what it is elsewhere,
    as if by a handful of recordings.
    """
    truth = np.array([singer for singer, _ in judged])
    density = np.stack([scores.log_density[0] for _, scores in judged])
    distance = np.array([float(scores.distance.min()) for _, scores in judged])
    typical = float(np.median(distance))
    unusual = np.maximum(1.0, distance / typical)[:, None]

    def loss(log_temperature: float) -> Array:
        said = log_softmax(density / (np.exp(log_temperature) * unusual), axis=1)
        return -np.asarray(said[np.arange(len(truth)), truth])

    def held(log_temperature: float) -> float:
        off = (log_temperature - np.log(TEMPERATURE)) / TEMPERATURE_SD
        return float(loss(log_temperature).sum() + 0.5 * off**2)

    best = float(minimize_scalar(held, bounds=np.log((1.0, 50.0)), method="bounded").x)
    return loss(best), float(np.exp(best)), typical
