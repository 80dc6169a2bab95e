"""How long training takes and how well it does, beside the layout of the paper and beside a support vector machine.

    python benchmarks/training.py [--data DIR] [--corpus flamenco-motifs|mir1k] [--protocol paper|...|all] [--folds N]

Speed: clips a second through forward and backward pass of one core, the lean network on length-bucketed batches of
the corpus's own clips, and the paper's layout on clips padded to 426 frames. Quality: `train` with its defaults, and a
support vector machine on means and deviations of MFCC under the very same splits.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from flamsid_core.corpus import load_corpus
from flamsid_core.melody import reduce_contour, track_file
from flamsid_core.motifs import build_motifs
from flamsid_core.singers import FeatureParams, TrainParams, build_network, extract_features, train
from flamsid_core.singers.batching import cropped, padded, training_batches
from flamsid_core.singers.params import PROTOCOLS
from flamsid_core.singers.splits import deduplicated_split, paper_split, source_disjoint_folds


def instances_of(folder: Path) -> pd.DataFrame:
    corpus = load_corpus(folder)
    if corpus.instances is not None:
        return corpus.instances
    melodies = {row.recording_id: track_file(folder / row.file) for row in corpus.recordings.itertuples()}
    return build_motifs(reduce_contour(melodies).segments, corpus.recordings).instances


def speed(features, classes: int) -> None:
    rng = np.random.default_rng(0)
    batches = training_batches(features.length, 64, rng)[:12]
    torch.set_num_threads(1)

    def clips_per_second(preset: str, batches: list[np.ndarray], batch) -> float:
        network = build_network("residual-blstm", 128, classes, preset=preset).to(
            memory_format=torch.channels_last
        )
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

    lean = clips_per_second("lean", batches, lambda index: cropped(features, index, rng))
    paper = clips_per_second(
        "paper", [b[:2] for b in batches[:3]], lambda index: (padded(features, index, 426)[0], None)
    )
    print(
        f"training, one core: lean {lean:.0f} clips/s, paper's layout {paper:.2f} clips/s, ratio {lean / paper:.0f}"
    )


def support_vectors(
    instances: pd.DataFrame, root: Path, cache: Path, splits: dict
) -> dict[str, tuple[float, float]]:
    features = extract_features(instances, root.joinpath, FeatureParams(kind="mfcc"), cache_dir=cache)
    clips = (features.clip(k).astype(np.float32) for k in range(len(features)))
    x = np.array([np.r_[clip.mean(0), clip.std(0)] for clip in clips])
    y = instances["singer"].to_numpy()
    found = {}
    for protocol, parts in splits.items():
        truth, said = [], []
        for part in parts:
            rows = np.r_[part.train, part.validation]
            machine = make_pipeline(StandardScaler(), SVC(C=10.0)).fit(x[rows], y[rows])
            truth.append(y[part.test])
            said.append(machine.predict(x[part.test]))
        right = pd.Series(np.concatenate(truth) == np.concatenate(said))
        found[protocol] = right.mean(), right.groupby(np.concatenate(truth)).mean().mean()
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--corpus", default="flamenco-motifs")
    parser.add_argument("--protocol", default="paper", choices=(*PROTOCOLS, "all"))
    parser.add_argument("--folds", default="5")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    root = arguments.data / arguments.corpus
    if not root.exists():
        raise SystemExit(f"No recordings in {root}: name the folder of data with --data.")
    folds = int(arguments.folds) if arguments.folds.isdigit() else arguments.folds
    table = instances_of(root)
    with tempfile.TemporaryDirectory() as place:
        cache = Path(place) / "features"
        wall_s = time.perf_counter()
        model = train(
            table,
            root.joinpath,
            TrainParams(protocol=arguments.protocol, folds=folds, seed=arguments.seed),
            work_dir=Path(place) / "model",
            cache_dir=cache,
        )
        wall_s = time.perf_counter() - wall_s
        print(
            f"train --protocol {arguments.protocol}: {wall_s:.1f} s wall, features and all fits ({len(table)} clips)"
        )
        seed, share = arguments.seed, 0.1
        makers = {
            "paper": lambda: (paper_split(table, seed=seed, validation_share=share),),
            "deduplicated": lambda: (deduplicated_split(table, seed=seed, validation_share=share),),
            "source-disjoint": lambda: source_disjoint_folds(table, folds, seed=seed, validation_share=share),
        }
        peer = support_vectors(
            table, root, cache, {name: makers[name]() for name in model.about["protocols"]}
        )
        head = "accuracy  singers  recordings     AUC  without doubtful labels     SVM  singers"
        print(f"{'protocol':16} {head}")
        for name, figures in model.about["protocols"].items():
            print(
                f"{name:16} {figures['accuracy']:8.4f} {figures['mean_over_singers']:8.4f} "
                f"{figures['recordings_right']:5d} of {figures['recordings']:2d} {figures['macro_auc']:8.5f} "
                f"{figures['accuracy_without_doubtful']:12.4f} ({figures['doubtful_in_test']:3d} left out) "
                f"{peer[name][0]:7.4f} {peer[name][1]:8.4f}"
            )
        speed(extract_features(table, root.joinpath, cache_dir=cache), len(model.classes))
