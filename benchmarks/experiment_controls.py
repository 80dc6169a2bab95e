"""What stands beside a network's figures: plain classifiers, contour without timbre, timbre without its microphone."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile

from flamsid_core.singers import FeatureParams, TrainParams, extract_features
from flamsid_core.singers.evaluation.figures import evaluate
from flamsid_core.singers.evaluation.protocols import Split
from flamsid_core.singers.evaluation.trivial import clip_statistics, trivial_baseline
from flamsid_core.singers.evaluation.uncertainty import recording_interval

CONTOUR_POINTS = 24
CHANNEL_DB, CHANNEL_POINTS = 8.0, 9

Splits = Mapping[str, Iterable[Split]]


def peers(
    instances: pd.DataFrame, locate: Callable[[str], Path], splits: Splits, cache: Path
) -> list[dict[str, Any]]:
    """Measure a support vector machine and a linear discriminant analysis on MFCC statistics under given splits."""
    features = extract_features(instances, locate, FeatureParams(kind="mfcc"), cache_dir=cache)
    statistics = clip_statistics(features)
    trivial = trivial_baseline(instances, locate, splits, cache_dir=cache)
    rows = []
    for protocol, parts in splits.items():
        machine = {"name": "SVM on MFCC means and deviations", "protocol": protocol}
        rows.append(machine | support_vectors(statistics, instances, parts))
        rows.append({"name": "LDA on MFCC means and deviations", "protocol": protocol} | trivial[protocol])
    return rows


def support_vectors(x: np.ndarray, instances: pd.DataFrame, parts: Iterable[Split]) -> dict[str, Any]:
    """Fit a support vector machine on every training part, validation part and all; score the test parts."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    classes, labels = np.unique(instances["singer"].to_numpy(dtype=str), return_inverse=True)
    test, scores = [], []
    for part in parts:
        rows = np.r_[part.train, part.validation]
        machine = make_pipeline(StandardScaler(), SVC(C=10.0)).fit(x[rows], labels[rows])
        votes = np.full((len(part.test), len(classes)), -1e3)
        said = machine.decision_function(x[part.test])
        votes[:, machine.classes_] = said if said.ndim == 2 else np.column_stack([-said, said])
        test.append(part.test)
        scores.append(votes)
    rows, found = np.concatenate(test), np.concatenate(scores)
    groups = instances["source_group"].to_numpy()[rows]
    figures = evaluate(labels[rows], found, groups, classes.tolist())
    low, high = recording_interval(found.argmax(axis=1) == labels[rows], groups)
    kept = ("accuracy", "mean_over_singers", "recordings_right", "recordings")
    return {name: figures[name] for name in kept} | {"low": low, "high": high, "n_test": len(rows)}


def contour_only(instances: pd.DataFrame, melody: Callable[[str], Path], splits: Splits) -> dict[str, Any]:
    """Measure a support vector machine that gets the pitch of an instance around its mean, and nothing else.

    Pitch in cents at `CONTOUR_POINTS` points, mean taken off, so that register says nothing; its steps from frame to
    frame by size; the duration.
    """
    rows = []
    for recording, spans in instances.groupby("recording_id", sort=False):
        track = pd.read_parquet(melody(str(recording)))
        voiced = track[track["f0_hz"] > 0]
        cents = 1200 * np.log2(voiced["f0_hz"].to_numpy() / 55)
        time_s = voiced["time_s"].to_numpy()
        for row in spans.itertuples():
            inside = (time_s >= row.start_s) & (time_s <= row.end_s)
            at = np.linspace(row.start_s, row.end_s, CONTOUR_POINTS)
            curve = np.interp(at, time_s[inside], cents[inside]) if inside.any() else np.zeros(CONTOUR_POINTS)
            steps = np.abs(np.diff(cents[inside])) if inside.sum() > 1 else np.zeros(1)
            shape = np.r_[curve - curve.mean(), np.quantile(steps, [0.25, 0.5, 0.75, 0.95])]
            rows.append((row.Index, np.r_[shape, row.end_s - row.start_s]))
    x = np.stack([values for _, values in sorted(rows, key=lambda row: row[0])])
    protocol, parts = next(iter(splits.items()))
    about = {"name": "SVM on the contour (pitch around its mean)", "protocol": protocol}
    return about | support_vectors(x, instances, parts)


def through_channels(files: Iterable[str], root: Path, dest: Path) -> Path:
    """Write each recording through a channel of its own: a smooth random response, limits of band, a gain.

    Singers who each have one microphone then have as many as songs.
    """
    for number, file in enumerate(sorted(files)):
        target = dest / file
        if target.exists():
            continue
        rng = np.random.default_rng(number)
        signal, rate_hz = soundfile.read(root / file, dtype="float32", always_2d=True)
        spectrum = np.fft.rfft(signal.mean(axis=1))
        hz = np.fft.rfftfreq(len(signal), 1 / rate_hz)
        knots_hz = np.geomspace(60, rate_hz / 2, CHANNEL_POINTS)
        response_db = np.interp(
            np.log(np.maximum(hz, 1)), np.log(knots_hz), rng.normal(0, CHANNEL_DB, CHANNEL_POINTS)
        )
        low_hz, high_hz = rng.uniform(60, 250), rng.uniform(3000, 7000)
        response_db -= 10 * np.log10(1 + (low_hz / np.maximum(hz, 1)) ** 4)
        response_db -= 10 * np.log10(1 + (hz / high_hz) ** 8)
        heard = np.fft.irfft(spectrum * 10 ** (response_db / 20), len(signal))
        heard *= rng.uniform(0.1, 0.9) / np.abs(heard).max()
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}")
        soundfile.write(part, heard, rate_hz, format="FLAC", subtype="PCM_24")
        part.replace(target)
    return dest


def training_time(instances: pd.DataFrame, locate: Callable[[str], Path], place: Path) -> dict[str, Any]:
    """Time `train` with its defaults, from sound to model, in wall time and in processor time of all processes."""
    from flamsid_core.singers import train

    def processor_s() -> float:
        used = os.times()
        return used.user + used.system + used.children_user + used.children_system

    wall_s, cpu_s = time.perf_counter(), processor_s()
    model = train(instances, locate, TrainParams(), work_dir=place / "model", cache_dir=place / "cache")
    figures = model.about["protocols"]["paper"]
    return {
        "training_wall_s": round(time.perf_counter() - wall_s, 1),
        "training_cpu_s": round(processor_s() - cpu_s, 1),
        "epochs_s": figures["seconds"],
        "epochs": figures["epochs"][0],
        "accuracy": figures["accuracy"],
    }


def clips_per_second(instances: pd.DataFrame, locate: Callable[[str], Path], cache: Path) -> dict[str, Any]:
    """Time forward and backward passes of one core: the lean network on bucketed clips, the paper's on padded ones."""
    import torch
    import torch.nn.functional as F

    from flamsid_core.singers import build_network
    from flamsid_core.singers.networks.batching import cropped, padded, training_batches

    features = extract_features(instances, locate, cache_dir=cache)
    rng = np.random.default_rng(0)
    batches = training_batches(features.length, 64, rng)[:12]
    torch.set_num_threads(1)

    def measure(preset: str, batches: list[np.ndarray], batch: Callable[..., Any]) -> float:
        network = build_network("residual-blstm", features.params.bins, 5, preset=preset)
        network = network.to(memory_format=torch.channels_last)
        done, start = 0, time.process_time()
        for number, index in enumerate(batches):
            if number == 1:  # the first one warms up
                done, start = 0, time.process_time()
            clips, lengths = batch(index)
            lengths = None if lengths is None else torch.from_numpy(lengths)
            logits = network(torch.from_numpy(clips), lengths)[1]
            F.cross_entropy(logits, torch.zeros(len(index), dtype=torch.long)).backward()
            network.zero_grad()
            done += len(index)
        return done / (time.process_time() - start)

    lean = measure("lean", batches, lambda index: cropped(features, index, rng))
    paper = measure(
        "paper", [b[:2] for b in batches[:3]], lambda index: (padded(features, index, 426)[0], None)
    )
    return {
        "lean_clips_per_s": round(lean, 1),
        "paper_clips_per_s": round(paper, 3),
        "ratio": round(lean / paper),
    }
