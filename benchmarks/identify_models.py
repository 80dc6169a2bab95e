"""The models that `identify.py` sets side by side, and a row of its tables."""

import numpy as np
import torch
from scipy.special import log_softmax

from flamsid_core.singers.features.voice import LAYOUT, MFCC, PEAKS
from flamsid_core.singers.networks.two_covariance import BINS, TwoCovariance
from flamsid_core.singers.networks.voice_model import VoiceModel, fit_voice_model, judge, judge_clips

SURE = 0.9
CONFIDENCE_EDGES = (0.0, 0.5, 0.8, 0.95, 1.0)


def timbre_means(rows: np.ndarray) -> np.ndarray:
    """Return the mean timbre of clips as the feature `timbre` has it."""
    timbre = rows[:, LAYOUT.timbre]
    return np.hstack([timbre[:, : BINS // 2], timbre[:, MFCC : MFCC + PEAKS]])


def mfcc_statistics(rows: np.ndarray) -> np.ndarray:
    timbre = rows[:, LAYOUT.timbre]
    return np.hstack([timbre[:, :MFCC], np.exp(timbre[:, MFCC + PEAKS : 2 * MFCC + PEAKS])])


class Voices:
    name = "voices (ours)"

    def __init__(self, rows: np.ndarray, singer: np.ndarray, song: np.ndarray, n: int) -> None:
        self.model: VoiceModel = fit_voice_model(rows, singer, song, n)

    def clips(self, rows: np.ndarray) -> np.ndarray:
        return judge_clips(self.model, rows)

    def recording(self, rows: np.ndarray) -> np.ndarray:
        return judge(self.model, rows).log_posterior


class Timbre:
    name = "two covariances, mean timbre"

    def __init__(self, rows: np.ndarray, singer: np.ndarray, song: np.ndarray, n: int) -> None:
        self.network = TwoCovariance(BINS, n).eval()
        self.network.fit_in_closed_form(timbre_means(rows), singer, song)

    def clips(self, rows: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            means = torch.from_numpy(timbre_means(rows)[:, None].astype(np.float32))
            return log_softmax(self.network(means)[1].numpy().astype(np.float64), axis=1)

    def recording(self, rows: np.ndarray) -> np.ndarray:
        return log_softmax(self.clips(rows).mean(axis=0))


class Discriminant:
    name = "LDA, MFCC means and deviations"

    def __init__(self, rows: np.ndarray, singer: np.ndarray, song: np.ndarray, n: int) -> None:
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

        self.lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(
            mfcc_statistics(rows), singer
        )

    def clips(self, rows: np.ndarray) -> np.ndarray:
        return np.maximum(self.lda.predict_log_proba(mfcc_statistics(rows)), -700)

    def recording(self, rows: np.ndarray) -> np.ndarray:
        return log_softmax(self.clips(rows).mean(axis=0))


MODELS = (Voices, Timbre, Discriminant)


def row(sound: str, name: str, said: list[tuple[int, np.ndarray, np.ndarray]], n: int) -> str:
    """Return a row of a table.

    Parameters
    ----------
    sound, name : str
    said : list of (int, (clips, n) array, (n,) array)
        Of every recording: who sings, log posteriors of its clips, and its own.
    n : int
        Singers.
    """
    truth = np.concatenate([np.full(len(clips), k) for k, clips, _ in said])
    clips = np.concatenate([clips for _, clips, _ in said])
    right = clips.argmax(axis=1) == truth
    singers = np.array([k for k, _, _ in said])
    recordings = np.stack([posterior for _, _, posterior in said])
    correct = recordings.argmax(axis=1) == singers
    return (
        f"{sound:26s} {name:28s} "
        f"clips {100 * np.mean([right[truth == k].mean() for k in range(n)]):5.1f} %  "
        f"wrong at p > {SURE} {100 * np.mean(~right & (np.exp(clips.max(axis=1)) > SURE)):5.2f} %  "
        f"recordings {int(correct.sum())} of {len(singers)}  "
        f"log loss {-recordings[np.arange(len(singers)), singers].mean():6.3f}  "
        f"{reliability(np.exp(recordings.max(axis=1)), correct)}"
    )


def reliability(confidence: np.ndarray, correct: np.ndarray) -> str:
    """Say how often recordings were right of those named with about the same confidence: said/right (number)."""
    bin_of = np.clip(np.digitize(confidence, CONFIDENCE_EDGES[1:-1]), 0, len(CONFIDENCE_EDGES) - 2)
    bins = [np.flatnonzero(bin_of == b) for b in range(len(CONFIDENCE_EDGES) - 1)]
    told = " ".join(f"{confidence[b].mean():.2f}/{correct[b].mean():.2f} ({len(b)})" for b in bins if len(b))
    error = sum(len(b) * abs(confidence[b].mean() - correct[b].mean()) for b in bins if len(b)) / len(correct)
    return f"said/right (recordings) {told}, off by {error:.2f}"
