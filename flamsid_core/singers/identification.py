"""Rank the singers a model knows by how likely each sings in a recording, from the recording's motifs."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import soxr
from scipy.special import softmax

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message
from flamsid_core.singers.evaluation.uncertainty import count_interval
from flamsid_core.singers.evaluation.verdicts import recording_verdicts
from flamsid_core.singers.features.cache import ClipFeatures, features_of_signal
from flamsid_core.singers.features.harmonic import BANDS, band_hz
from flamsid_core.singers.features.heard import sentences, what_was_heard
from flamsid_core.singers.features.voice import BLOCKS, LAYOUT
from flamsid_core.singers.identity import Identity, Verdict
from flamsid_core.singers.model_store import Model

if TYPE_CHECKING:
    from flamsid_core.singers.networks.voice_model import Judged
    from flamsid_core.singers.networks.voices import Voices

_DRAWS = 100


def identify(
    instances: pd.DataFrame,
    signal: np.ndarray,
    sample_rate_hz: int,
    model: Model,
    *,
    recording_id: str | None = None,
) -> Identity:
    """Identify the singer of one recording.

    The recording's posterior is that of `recording_verdicts`, over the model's temperature of recordings.

    Parameters
    ----------
    instances : DataFrame
        The recording's motifs: start_s, end_s, and columns to keep in the evidence.
    signal : (n,) array
        Mono samples.
    sample_rate_hz : int
        Of the signal; it is resampled to the model's rate.
    model : Model
    recording_id : str, optional
        To say whether the model learned from this very recording.

    Raises
    ------
    FlamsidError
        When there is no motif, or the signal is empty.
    """
    if len(instances) == 0:
        raise FlamsidError(
            "No motif was found in the recording, so there is nothing to identify the singer by: it may be "
            "too short, not a solo voice, or sung unlike anything in the training corpus."
        )
    rate = model.features.sample_rate_hz
    if sample_rate_hz != rate:
        signal = soxr.resample(np.asarray(signal, dtype=np.float32), sample_rate_hz, rate)
    features = features_of_signal(
        signal, instances["start_s"].to_numpy(), instances["end_s"].to_numpy(), model.features
    )
    log_probability = model.infer(features)[1].astype(np.float64)
    voices = _voices(model)
    judged = None if voices is None else _judged(voices, features)
    calibration = model.about.get("calibration") or {}
    temperature = calibration.get("pooled_temperature", 1.0)
    recording = recording_verdicts(log_probability, np.zeros(len(instances), dtype=int))
    pooled = recording.posterior(temperature)[0]
    if judged is not None:
        pooled = np.exp(judged.log_posterior)
    order = np.argsort(-pooled, kind="stable")

    def of_clips(drawn: np.ndarray) -> np.ndarray:
        if voices is not None:
            return np.exp(_judged(voices, features, drawn).log_posterior)
        return recording_verdicts(log_probability[drawn], np.zeros(len(drawn), dtype=int)).posterior(
            temperature
        )[0]

    heard_at = np.arange(len(instances)) if voices is None else _voiced(features)
    low, high = _interval(of_clips, heard_at)
    remembered = recording_id is not None and recording_id in model.about.get("training", {}).get(
        "recording_ids", []
    )
    score = float(pooled[order[0]])
    measured = _measured_threshold(model)
    threshold = None if measured is None else float(measured["threshold"])
    verdict: Verdict | None = None
    if threshold is not None:
        verdict = "known" if score >= threshold else "unknown"
    note = _verdict_note(score, measured)
    heard: dict[str, Any] = {}
    bands: list[dict[str, Any]] = []
    if judged is not None:
        heard = what_was_heard(features.frames, signal)
        heard["sentences"] = sentences(heard)
        bands = _bands(voices, features, judged, order) if voices is not None else []
        note = _told(judged, order, model.classes)
        if judged.known_score is not None:
            score = judged.known_score
            verdict, measured = judged.verdict, None
            threshold = (
                None if voices is None or voices.model.known is None else voices.model.known.known_from
            )
    return Identity(
        [
            {
                "singer": model.classes[k],
                "probability": float(pooled[k]),
                "low": float(low[k]),
                "high": float(high[k]),
            }
            for k in order
        ],
        _evidence(instances, log_probability / model.temperature, int(order[0]), model.classes),
        len(instances),
        remembered,
        [*heard.get("sentences", []), *_notes(model, calibration, remembered), note],
        score,
        threshold,
        None if measured is None else float(measured["eer"]),
        verdict,
        heard,
        bands,
    )


def _interval(
    of_clips: Callable[[np.ndarray], np.ndarray], clips: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what 95 % of draws of the clips, with replacement, lie between, for every singer."""
    rng = np.random.default_rng(0)
    drawn = np.stack([of_clips(rng.choice(clips, len(clips))) for _ in range(_DRAWS)])
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return low, high


def _voiced(features: ClipFeatures) -> np.ndarray:
    """Return the positions of the clips that hold voice."""
    return np.flatnonzero(features.frames[:, LAYOUT.voiced_s] > 0)


def _rows(features: ClipFeatures, clips: np.ndarray | None = None) -> np.ndarray:
    """Return the rows of some clips, or of all that hold voice."""
    return np.asarray(features.frames[_voiced(features) if clips is None else clips], dtype=np.float64)


def _voices(model: Model) -> "Voices | None":
    """Return the weights of the model of recordings, where it is one."""
    return model.network.voices


def _judged(voices: "Voices", features: ClipFeatures, clips: np.ndarray | None = None) -> "Judged":
    """Judge the recording by the mean of its clips, or of some of them."""
    rows = _rows(features, clips)
    if len(rows) == 0:
        raise FlamsidError(
            "No clip of the recording holds enough voice to be judged: give a longer recording of one voice alone."
        )
    judged = voices.judge(rows)
    assert judged is not None
    return judged


def _bands(
    weights: "Voices", features: ClipFeatures, judged: "Judged", order: np.ndarray
) -> list[dict[str, Any]]:
    """Return what each band adds to the first singer's log density over the second's."""
    from flamsid_core.singers.networks.gaussians import contributions
    from flamsid_core.singers.networks.voice_model import HEARD

    voices = weights.model
    if voices.choice != "harmonic":
        return []
    rows = _rows(features)
    parts = contributions(
        voices.experts["harmonic"], HEARD["harmonic"](rows), judged.scores.kept, int(order[0]), int(order[1])
    )
    of_band = parts[: BLOCKS * BANDS].reshape(BLOCKS, BANDS).sum(axis=0) / judged.temperature
    missing = rows[:, LAYOUT.missing].mean(axis=0) > 0.5
    return [
        {"hz": round(float(hz)), "contribution": float(part), "missing": bool(gone)}
        for hz, part, gone in zip(band_hz(), of_band, missing, strict=True)
    ]


def _told(judged: "Judged", order: np.ndarray, classes: Sequence[str]) -> str:
    """Say the verdict in a sentence."""
    first, second = classes[order[0]], classes[order[1]]
    posterior = np.exp(judged.log_posterior)
    if judged.known_score is None:
        return Message(
            "Whether this is one of the model's singers at all cannot be told: it takes three singers, and two "
            "recordings of some of them, to measure that."
        )
    if judged.verdict == "known":
        return Message("Verdict: {singer}, one of the singers the model knows.", singer=first)
    if judged.verdict == "unknown":
        return Message(
            "Verdict: unknown. Of the singers the model knows {singer} is nearest, which says nothing here.",
            singer=first,
        )
    return Message(
        "Verdict: undecided. {first} ({first_percent} %) and {second} ({second_percent} %) are nearest; whether it is "
        "one of the model's singers at all is open.",
        first=first,
        first_percent=round(100 * float(posterior[order[0]])),
        second=second,
        second_percent=round(100 * float(posterior[order[1]])),
    )


def _measured_threshold(model: Model) -> dict[str, Any] | None:
    """Return the open-set figures of a model, or those of verification on recordings it had not met, or None."""
    if open_set := model.about.get("open_set"):
        return dict(open_set)
    verification = model.about.get("verification") or {}
    return dict(verification) if verification.get("protocol") == "source-disjoint" else None


def _verdict_note(score: float, measured: dict[str, Any] | None) -> str:
    if measured is None:
        return Message(
            "Whether this is one of the model's singers at all cannot be told: no threshold was measured on recordings "
            "it had not met."
        )
    verdict = (
        Message("one of the model's singers") if score >= measured["threshold"] else Message("unknown singer")
    )
    said = Message(
        "Verdict: {verdict}, by a score of {score:.2f} against a threshold of {threshold:.2f}.",
        verdict=verdict,
        score=score,
        threshold=measured["threshold"],
    )
    if "unknown" in measured:
        return Message(
            "{said} There {false_rejections} of {known} recordings of known singers were "
            "rejected and {false_acceptances} of {unknown} of singers left out of training "
            "accepted (equal error rate {eer:.0f} %).",
            said=said,
            false_rejections=measured["false_rejections"],
            known=measured["known"],
            false_acceptances=measured["false_acceptances"],
            unknown=measured["unknown"],
            eer=100 * measured["eer"],
        )
    return Message(
        "{said} The threshold is that of verifying a claimed singer (equal error rate {eer:.0f} %): "
        "how the model does on singers it has never met was not measured.",
        said=said,
        eer=100 * measured["eer"],
    )


def _evidence(
    instances: pd.DataFrame, scaled: np.ndarray, first: int, classes: Sequence[str]
) -> pd.DataFrame:
    probability = softmax(scaled, axis=1)
    log_probability = np.log(np.maximum(probability, 1e-12))
    others = np.delete(log_probability, first, axis=1).mean(axis=1)
    table = instances.reset_index(drop=True).assign(
        predicted=np.asarray(classes)[probability.argmax(axis=1)],
        probability=probability.max(axis=1),
        leaning=log_probability[:, first] - others,
        **{f"p_{name}": probability[:, k] for k, name in enumerate(classes)},
    )
    return table.sort_values("leaning", ascending=False, kind="stable", ignore_index=True)


def _notes(model: Model, calibration: dict[str, Any], known: bool) -> list[str]:
    notes: list[str] = []
    if known:
        notes.append(
            Message(
                "The model was trained on this very recording: it remembers it, so this is not an identification."
            )
        )
    figures = model.about["protocols"].get("source-disjoint")
    if figures is None:
        notes.append(
            Message(
                "The model was never measured on recordings it had not met (source-disjoint protocol): "
                "its probabilities say nothing about a recording from elsewhere."
            )
        )
    else:
        low, high = count_interval(figures["recordings_right"], figures["recordings"])
        notes.append(
            Message(
                "On recordings from sources it had never heard, the model's kind named {right} of {total} right: a "
                "share from {low:.0f} to {high:.0f} % is not ruled out.",
                right=figures["recordings_right"],
                total=figures["recordings"],
                low=100 * low,
                high=100 * high,
            )
        )
    if calibration.get("protocol") not in (None, "source-disjoint"):
        notes.append(
            Message(
                "Probabilities were calibrated under the {protocol} protocol and are too sure.",
                protocol=Message(calibration["protocol"]),
            )
        )
    notes.append(Message("Only the {n} singers the model knows can be named.", n=len(model.classes)))
    return notes
