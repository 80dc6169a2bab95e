"""What a network may offer beyond its ``forward``, as Protocols: a network of one's own needs no base class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from flamsid_core.singers.networks.voices import Voices


@runtime_checkable
class HasFixedLength(Protocol):
    """It takes clips of one length alone: longer ones are cut, shorter ones padded; None takes any length."""

    fixed_frames: int | None


@runtime_checkable
class FitsInClosedForm(Protocol):
    """It learns from the clips' mean features before the first epoch."""

    def fit_in_closed_form(self, means: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> None:
        """Set the weights from a row of means, a label and a source group for each clip."""


@runtime_checkable
class SaysHowItLearns(Protocol):
    """It says whether gradients change it: where they do not, the closed form is all of its training."""

    learns_by_gradient: bool


@runtime_checkable
class HasVoices(Protocol):
    """It judges whole recordings by a model of voices."""

    voices: Voices
