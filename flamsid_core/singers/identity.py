"""What an identification finds, without torch."""

from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

Verdict = Literal["known", "undecided", "unknown"]


@dataclass(frozen=True)
class Identity:
    """Who sings in a recording, and what says so.

    Attributes
    ----------
    ranking : list of {singer, probability, low, high}
        The most likely first; probabilities sum to 1. Between low and high lie 95 % of the probabilities that clips
        drawn anew from the recording's give: how much hangs on which of its clips were heard.
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
    verdict : {"known", "undecided", "unknown"} or None
        Whether one of the model's singers seems to sing; None without a threshold. Undecided, where that or which of
        two cannot be told.
    heard : dict
        What there was to hear, of a model of voices: see `flamsid_core.singers.features.heard.what_was_heard`, and in
        `sentences` what of it matters; else empty.
    bands : list of {hz, contribution, missing}
        What each band adds to the log density of the first singer over the second, exactly; empty of other models.
    """

    ranking: list[dict[str, Any]]
    evidence: pd.DataFrame
    motifs: int
    known_recording: bool
    notes: list[str]
    score: float = 1.0
    threshold: float | None = None
    error_rate: float | None = None
    verdict: Verdict | None = None
    heard: dict[str, Any] = field(default_factory=dict)
    bands: list[dict[str, Any]] = field(default_factory=list)

    @property
    def known(self) -> bool | None:
        """Whether one of the model's singers seems to sing; None where that cannot be told."""
        return None if self.verdict is None else self.verdict == "known"
