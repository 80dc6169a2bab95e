"""The model of recordings as a module: its numbers as weights, so that it is trained, stored and loaded as all others.

All numbers are double precision, and of fixed shapes whichever experts were chosen, so that a stored model can be
checked before it is believed.
"""

from typing import Any

import numpy as np
import torch
from scipy.linalg import cho_factor, solve_triangular
from torch import Tensor, nn

from flamsid_core.singers.features.voice import LAYOUT
from flamsid_core.singers.networks.gaussians import Gaussians
from flamsid_core.singers.networks.verdict import FEATURES, KnownScore
from flamsid_core.singers.networks.voice_model import (
    CHOICES,
    HEARD,
    SIZES,
    Judged,
    VoiceModel,
    fit_voice_model,
    judge,
    judge_clips,
)

_PARTS = ("scale", "within", "between", "centre", "mean", "covariance")
_SETTINGS = ("choice", "temperature", "typical", "harmonic_loss", "short_loss", "known_from", "unknown_below")


class Voices(nn.Module):
    """Weights of a `VoiceModel` for a number of singers."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self._fitted: VoiceModel | None = None
        for name, size in SIZES.items():
            shapes = {
                "scale": (size,),
                "within": (size, size),
                "between": (size, size),
                "centre": (size,),
                "mean": (classes, size),
                "covariance": (classes, size, size),
                "tau": (),
                "heard": (classes,),
            }
            for part, shape in shapes.items():
                self.register_parameter(f"{name}_{part}", _weight(torch.zeros(shape)))
        self.settings = _weight(torch.zeros(len(_SETTINGS)))
        self.known_weights = _weight(torch.zeros(len(FEATURES) + 1))
        self.known_trials = _weight(torch.zeros(2))

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Map rows (clips, columns) to whitened values (clips, d) and log posteriors (clips, singers).

        Clips with the same ratios to the floor are of one recording and are heard together.
        """
        values = rows.detach().cpu().numpy().astype(np.float64)
        model = self.model
        logits = np.full((len(values), self.classes), -np.log(self.classes))
        of_recording = values[:, LAYOUT.snr.start : LAYOUT.missing.stop]
        place = np.unique(of_recording, axis=0, return_inverse=True)[1].reshape(-1)
        for recording in range(place.max() + 1 if len(place) else 0):
            theirs = np.flatnonzero((place == recording) & (values[:, LAYOUT.voiced_s] > 0))
            if len(theirs):
                logits[theirs] = np.maximum(judge_clips(model, values[theirs]), -700.0)
        return torch.from_numpy(self._whitened(values).astype(np.float32)), torch.from_numpy(
            logits.astype(np.float32)
        )

    def fit(self, rows: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> None:
        """Fit all there is and set the weights; arguments as of `fit_voice_model`."""
        self._store(fit_voice_model(rows, labels, groups, self.classes))

    def judge(self, rows: np.ndarray) -> Judged | None:
        """Judge one recording by all its clips; None where no clip holds voice."""
        heard = rows[rows[:, LAYOUT.voiced_s] > 0]
        return judge(self.model, heard) if len(heard) else None

    @property
    def model(self) -> VoiceModel:
        """The model that the weights are of."""
        if self._fitted is None:
            self._fitted = self._restored()
        return self._fitted

    def _load_from_state_dict(self, *args: Any, **options: Any) -> None:
        self._fitted = None  # what was made of earlier weights
        super()._load_from_state_dict(*args, **options)

    def _whitened(self, values: np.ndarray) -> np.ndarray:
        """Return the chosen expert's values in units of what clips do within and between recordings."""
        model = self.model.experts[self.model.choice]
        heard = np.concatenate([HEARD[self.model.choice](row[None]).clips for row in values])
        off = heard / model.scale - model.centre
        off[values[:, LAYOUT.voiced_s] <= 0] = 0.0
        if self.model.choice == "harmonic":
            off[:, : 4 * 40].reshape(len(off), 4, 40)[
                np.repeat(values[:, None, LAYOUT.missing] > 0.5, 4, axis=1)
            ] = 0.0
        factor = cho_factor(model.within + model.between, lower=True)[0]
        return np.asarray(solve_triangular(factor, off.T, lower=True).T)

    def _store(self, model: VoiceModel) -> None:
        for name, expert in model.experts.items():
            heard = np.zeros(self.classes)
            heard[expert.known] = 1.0
            for part in _PARTS:
                self._set(f"{name}_{part}", np.nan_to_num(getattr(expert, part)))
            self._set(f"{name}_tau", np.array(expert.tau))
            self._set(f"{name}_heard", heard)
        known = model.known
        settings = [CHOICES.index(model.choice), model.temperature, model.typical]
        settings += [model.log_loss.get(choice, -1.0) for choice in CHOICES]
        settings += [known.known_from, known.unknown_below] if known else [-1.0, -1.0]
        self._set("settings", np.array(settings))
        if known:
            self._set("known_weights", known.weights)
            self._set("known_trials", np.array([known.strangers, known.known]))
        self._fitted = model

    def _restored(self) -> VoiceModel:
        settings = dict(zip(_SETTINGS, self.settings.detach().cpu().numpy().tolist(), strict=True))
        choice = CHOICES[int(settings["choice"])]
        experts = {}
        for name in ("harmonic", "timbre") if choice == "harmonic" else ("short",):
            parts = {part: self._get(f"{name}_{part}") for part in _PARTS}
            parts["mean"][self._get(f"{name}_heard") == 0] = np.nan
            experts[name] = Gaussians(**parts, tau=float(self._get(f"{name}_tau")))
        known = None
        if settings["known_from"] >= 0:
            strangers, singers = self._get("known_trials").astype(int).tolist()
            known = KnownScore(
                self._get("known_weights"),
                settings["known_from"],
                settings["unknown_below"],
                strangers,
                singers,
            )
        losses = {name: settings[f"{name}_loss"] for name in CHOICES if settings[f"{name}_loss"] >= 0}
        return VoiceModel(choice, experts, settings["temperature"], settings["typical"], losses, known)

    def _set(self, name: str, value: np.ndarray) -> None:
        getattr(self, name).data.copy_(torch.from_numpy(np.asarray(value, dtype=np.float64)))

    def _get(self, name: str) -> np.ndarray:
        return np.array(getattr(self, name).detach().cpu().numpy())


def _weight(values: Tensor) -> nn.Parameter:
    return nn.Parameter(values.to(torch.float64))
