"""How fast, how complete and how faithful explanations of single motifs are, beside explanations at random.

    python benchmarks/explanation.py MODEL RECORDING [RECORDING …] [--motifs N]

MODEL is the folder of a model in a workspace. For the motifs that the model hears in the recordings: seconds of one
thread for an explanation, by how much the contributions miss the difference they should add up to, and the mean
probability of the likeliest singer while what is marked is taken away first (deletion, the smaller the better) or put
in first (insertion, the larger the better), beside tiles in random order.
"""

import argparse
import os
import time

os.environ.update(OMP_NUM_THREADS="1", NUMBA_NUM_THREADS="1")

from pathlib import Path

import numpy as np
import torch

from flamsid_core.pipeline import identify_recording
from flamsid_core.pipeline.explanation import explain_motif


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("recordings", type=Path, nargs="+")
    parser.add_argument("--motifs", type=int, default=40)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    spans = []
    for path in asked.recordings:
        found = identify_recording(path, asked.model)
        spans += [(path, row.start_s, row.end_s) for row in found.evidence.itertuples()]
        if found.motif_use is not None:
            print(f"{path.name}: motif use names {found.motif_use.singers['singer'].iloc[0]}", end=" ")
            print(f"(left out in turn: {found.motif_use.right} of {found.motif_use.tested} right)")
    rng = np.random.default_rng(0)
    chosen = sorted(rng.permutation(len(spans))[: asked.motifs])
    explain_motif(*spans[chosen[0]], asked.model)  # warm
    rows = []
    for number in chosen:
        start = time.process_time()
        why = explain_motif(*spans[number], asked.model)
        seconds = time.process_time() - start
        curves, difference = why.curves, why.attribution.score - why.attribution.baseline_score
        missed = abs(why.attribution.error) / max(abs(difference), 0.1)
        areas = (curves.deletion_area, curves.insertion_area, curves.random_area)
        rows.append((seconds, missed, *areas, curves.better_than_random, spans[number][2] - spans[number][1]))
    figures = np.array(rows, dtype=float)
    seconds, missed, deletion, insertion, random, better, length_s = figures.T
    print(f"{len(rows)} motifs of {length_s.mean():.2f} s on average")
    print(f"CPU seconds an explanation: median {np.median(seconds):.2f}, most {seconds.max():.2f}")
    print(f"completeness missed by: median {100 * np.median(missed):.2f} %, most {100 * missed.max():.2f} %")
    areas_said = (
        f"deletion {deletion.mean():.3f}  random {random.mean():.3f}  insertion {insertion.mean():.3f}"
    )
    print(f"mean probability  {areas_said}")
    print(f"better than every random order, and by 0.1: {int(better.sum())} of {len(rows)}")


if __name__ == "__main__":
    main()
