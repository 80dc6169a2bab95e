"""An experiment as if it had run, and a model with real weights: for tests of pages and of the registry.

`python tests/make_runs.py FOLDER` makes a tiny home with one to look at: FLAMSID_HOME=FOLDER streamlit run app.py
"""

import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
from make_workspace import SINGERS, audit_of, make_home, predictions, write_json

from flamsid_core.singers import FeatureParams


def make_experiment(workspace, name="tiny-grid", *, cells=(("residual-blstm", "mel"), ("crnn", "mel"))):
    """Write an experiment as if it had run: cells under two protocols done, one waiting, one failed."""
    rng = np.random.default_rng(11)
    instances = pd.read_parquet(workspace / "motifs" / "instances.parquet")
    folder, names = workspace / "experiments" / name, []
    for n, (network, features) in enumerate(cells):
        for protocol in ("paper", "source-disjoint"):
            names.append(f"{network}_{features}_motifs_{protocol}_0")
            _cell(folder / "cells" / names[-1], instances, network, features, protocol, 0.1 + 0.2 * n, rng)
    for network, state, error in (("resnet50", "waiting", None), ("resnet50", "failed", "No <b>memory</b>.")):
        protocol = "paper" if state == "failed" else "source-disjoint"
        names.append(f"{network}_{features}_motifs_{protocol}_0")
        write_json(
            folder / "cells" / names[-1] / "cell.json", _about_cell(network, features, protocol, state, error)
        )
    grid = {
        "name": name,
        "networks": ["residual-blstm", "crnn", "resnet50"],
        "presets": ["lean"],
        "features": ["mel"],
        "clip_sets": ["motifs"],
        "protocols": ["paper", "source-disjoint"],
        "seeds": [0],
        "epochs": 3,
        "max_clips_per_epoch": None,
        "feature_params": {"hop_s": 0.01},
    }
    about = {"format": 1, "name": name, "created": "2026-01-02T03:04:05+00:00", "grid": grid}
    write_json(folder / "experiment.json", about | {"cells": names, "corpus": {"fingerprint": "0" * 40}})
    instances.to_parquet(folder / "instances.parquet", index=False)
    near = {"pairs": 4, "across_singers": 1, "across_source_groups": 2}
    near["share_of_test_near_train"] = {"paper": 0.125, "source-disjoint": 0.0}
    write_json(folder / "audit.json", audit_of(instances) | {"near_duplicates": near})
    trivial = {"accuracy": 0.5, "low": 0.3, "high": 0.7, "mean_over_singers": 0.4}
    trivial |= {"recordings_right": 4, "recordings": 9}
    write_json(folder / "trivial.json", {"motifs": dict.fromkeys(("paper", "source-disjoint"), trivial)})
    return folder


def make_model(folder):
    """Write a model of three singers with real weights, nothing learned: one that can be opened."""
    from dataclasses import asdict

    from flamsid_core.singers.features.frames import FeatureParams
    from flamsid_core.singers.model_store import save_model
    from flamsid_core.singers.networks import build_network
    from flamsid_core.singers.networks.inference import SingerNetwork

    features = FeatureParams(kind="mfcc")
    network = SingerNetwork(build_network("residual-blstm", features.bins, 3), features.bins)
    figures = {"accuracy": 0.5, "mean_over_singers": 0.4, "recordings_right": 1, "recordings": 2}
    about = {
        "network": "residual-blstm",
        "features": asdict(features),
        "classes": ["A|b", "C", "D"],
        "params": {"clip_set": "motifs"},
        "protocols": {"paper": figures},
    }
    return save_model(folder, network, about)


def _about_cell(network, features, protocol, state, error=None):
    return {
        "network": network,
        "preset": "lean",
        "features": features,
        "clip_set": "motifs",
        "protocol": protocol,
        "seed": 0,
        "state": state,
        "error": error,
        "seconds": 1.5 if state == "done" else None,
        "key": "0" * 40,
    }


def _cell(folder, instances, network, features, protocol, wrong, rng):
    said = predictions(instances, protocol, wrong, rng)
    right = float((said["predicted"] == said["singer"]).mean())
    classes = sorted(SINGERS)
    counts = pd.crosstab(said["singer"], said["predicted"]).reindex(
        index=classes, columns=classes, fill_value=0
    )
    figures = {
        "accuracy": right,
        "balanced_accuracy": right,
        "mean_over_singers": right,
        "macro_auc": 0.9,
        "recordings_right": 8,
        "recordings": 9,
        "confusion": {"labels": classes, "counts": counts.to_numpy().tolist()},
        "n_train": 300,
        "n_test": len(said),
    }
    about = {
        "format": 1,
        "network": network,
        "features": asdict(FeatureParams(kind=features)),
        "classes": classes,
        "params": {
            "network": network,
            "preset": "lean",
            "clip_set": "motifs",
            "protocol": protocol,
            "seed": 0,
        },
        "protocols": {protocol: figures},
        "training": {"recording_ids": sorted(set(instances["recording_id"]))},
        "parameters": 1234,
        "calibration": {"protocol": protocol, "temperature": 1.5},
        "corpus": {"sha256": "ab" * 32, "instances": len(instances), "source_groups": 9},
        "weights_sha256": hashlib.sha256(b"\0" * 16).hexdigest(),
    }
    write_json(folder / "model.json", about)
    (folder / "model.safetensors").write_bytes(b"\0" * 16)
    epochs = [{"protocol": protocol, "fold": 0, "epoch": e, "loss": 1.0} for e in (0, 1)]
    epochs = [e | {"validation_loss": 1.0, "validation_accuracy": 0.5, "seconds": 1.0} for e in epochs]
    for file in ("history.jsonl", "metrics.jsonl"):
        (folder / file).write_text("".join(json.dumps(e) + "\n" for e in epochs))
    said.to_parquet(folder / "predictions.parquet", index=False)
    write_json(folder / "cell.json", _about_cell(network, features, protocol, "done"))


if __name__ == "__main__":
    print(make_experiment(make_home(Path(sys.argv[1]))))
