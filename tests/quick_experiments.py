"""What tests of experiments share: quick networks, small corpora of noise, what must be equal after a kill."""

import json

import numpy as np
import pandas as pd
import soundfile
from torch import nn

from flamsid_core.experiments import make_grid

RATE_HZ = 16000
FEATURES = {"mel_bands": 16, "coefficients": 8}
QUICK = {"epochs": 3, "batch_size": 8, "folds": 2, "feature_params": FEATURES}
TWO = {"networks": ["residual-blstm"], "protocols": ["paper", "deduplicated"]}


class MeanNetwork(nn.Module):
    """A network of one's own, as quick as can be."""

    def __init__(self, bins, classes):
        super().__init__()
        self.classes = nn.Linear(bins, classes)

    def forward(self, clips, lengths=None):
        embedding = clips.mean(1) if lengths is None else clips.sum(1) / lengths[:, None]
        return embedding, self.classes(embedding)


class Unfit(MeanNetwork):
    """A network that does not fit its input."""

    def __init__(self, bins, classes):
        super().__init__(bins + 1, classes)


def coloured(rng, seconds, tilt):
    """Noise whose spectrum rises or falls."""
    spectrum = np.fft.rfft(rng.standard_normal(round(seconds * RATE_HZ)))
    shape = np.linspace(1, 0.1, len(spectrum)) if tilt > 0 else np.linspace(0.1, 1, len(spectrum))
    return 0.2 * np.fft.irfft(spectrum * shape)


def make_corpus(folder, *, singers=("ana", "curro"), sources=3, clips=8, told_apart=True, seed=0):
    """Write recordings of coloured noise; return the instances, of 0.12 s, one after the other."""
    rng = np.random.default_rng(seed)
    rows = []
    for number, singer in enumerate(singers):
        for take in range(sources):
            name = f"{singer}-{take}"
            tilt = 1 - 2 * (number % 2) if told_apart else 1
            soundfile.write(folder / f"{name}.wav", coloured(rng, 0.2 * clips + 0.2, tilt), RATE_HZ)
            for k in range(clips):
                rows.append(
                    {
                        "instance_id": f"{name}-{k}",
                        "motif_id": "m",
                        "recording_id": name,
                        "file": f"{name}.wav",
                        "singer": singer,
                        "source_group": name,
                        "sound_id": f"{name}-{k}",
                        "overlap_group": f"{name}-{k}",
                        "conflict": False,
                        "start_s": 0.2 * k,
                        "end_s": 0.2 * k + 0.12 + 0.002 * k,
                        "pattern": "+1",
                    }
                )
    return pd.DataFrame(rows)


def grid(**changes):
    return make_grid({"name": "test", "networks": ["mean"], **QUICK, **changes})


def files_of(folder):
    """Return what must be equal, bit for bit, whatever happened on the way; times are not."""
    found = {}
    for place in sorted((folder / "cells").iterdir()):
        for name in ("model.safetensors", "predictions.parquet"):
            found[place.name, name] = (place / name).read_bytes()
        for name in ("metrics.jsonl", "history.jsonl"):
            lines = map(json.loads, (place / name).read_text().splitlines())
            found[place.name, name] = [line | {"seconds": 0} for line in lines]
        about = json.loads((place / "model.json").read_text())
        found[place.name, "figures"] = [
            figures | {"seconds": 0} for figures in about["protocols"].values()
        ] + [about["calibration"]]
    return found
