"""Rank the singers a model knows by how likely each sings in a recording, from the recording's motifs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import soxr
from scipy.special import softmax

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message
from flamsid_core.singers.evaluation.verdicts import recording_verdicts
from flamsid_core.singers.features.cache import features_of_signal
from flamsid_core.singers.model_store import Model


@dataclass(frozen=True)
class Identity:
    """Who sings in a recording, and what says so.

    Attributes
    ----------
    ranking : list of {singer, probability}
        The most likely first; probabilities sum to 1.
    evidence : DataFrame
        A row per motif: the columns given, `predicted`, `probability` of that singer, `leaning` (natural log
        of how much more likely the motif makes the ranking's first singer than the mean of the others:
        positive speaks for,
        negative against), and a calibrated p_<singer> for each singer. What speaks most for the first singer
        comes first.
    motifs : int
        Number of motifs heard.
    known_recording : bool
        Whether the recording was in the training set: then the answer is remembered, not inferred.
    notes : list of str
        What to bear in mind, in sentences.
    score : float
        Calibrated posterior of the ranking's first singer, pooled over the motifs.
    threshold : float or None
        From this score on the singer counts as known; None where the model was never measured on recordings it had
        not met.
    error_rate : float or None
        Equal error rate at about this threshold: the share of known singers' recordings rejected, and of the others
        accepted.
    verdict : {"known", "unknown"} or None
        Whether one of the model's singers seems to sing; None without a threshold.
    """

    ranking: list[dict[str, Any]]
    evidence: pd.DataFrame
    motifs: int
    known_recording: bool
    notes: list[str]
    score: float = 1.0
    threshold: float | None = None
    error_rate: float | None = None
    verdict: Literal["known", "unknown"] | None = None

    @property
    def known(self) -> bool | None:
        """Whether one of the model's singers seems to sing; None where that cannot be told."""
        return None if self.verdict is None else self.verdict == "known"


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
    calibration = model.about.get("calibration") or {}
    recording = recording_verdicts(log_probability, np.zeros(len(instances), dtype=int))
    pooled = recording.posterior(calibration.get("pooled_temperature", 1.0))[0]
    order = np.argsort(-pooled, kind="stable")
    remembered = recording_id is not None and recording_id in model.about.get("training", {}).get(
        "recording_ids", []
    )
    score = float(pooled[order[0]])
    measured = _measured_threshold(model)
    threshold = None if measured is None else float(measured["threshold"])
    verdict: Literal["known", "unknown"] | None = None
    if threshold is not None:
        verdict = "known" if score >= threshold else "unknown"
    return Identity(
        [{"singer": model.classes[k], "probability": float(pooled[k])} for k in order],
        _evidence(instances, log_probability / model.temperature, int(order[0]), model.classes),
        len(instances),
        remembered,
        [*_notes(model, calibration, remembered), _verdict_note(score, measured)],
        score,
        threshold,
        None if measured is None else float(measured["eer"]),
        verdict,
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
        notes.append(
            Message(
                "On recordings it had never met, the model's kind named {right} of {total} right.",
                right=figures["recordings_right"],
                total=figures["recordings"],
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
