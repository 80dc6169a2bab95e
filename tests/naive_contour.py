"""Slow, obvious twins of flamsid_core.melody.segments."""

from itertools import product

import numpy as np


def best_path_cost(cents, pitch, penalty):
    """Cost of the cheapest of all level sequences over one phrase."""
    return min(
        path_cost(cents, path, pitch, penalty) for path in product(range(len(pitch)), repeat=len(cents))
    )


def path_cost(cents, path, pitch, penalty):
    error = sum((c - pitch[level]) ** 2 for c, level in zip(cents, path, strict=True))
    return error + penalty * sum(a != b for a, b in zip(path[1:], path[:-1], strict=True))


def melt(phrase, min_frames):
    """Melt the short runs of one phrase.

    `phrase`: list of runs, each a dict: level pitch `pitch`, list of frame values `cents`, `touches` (the run
    before).
    """
    runs = [dict(run, cents=list(run["cents"])) for run in phrase]
    while True:
        short = [i for i, run in enumerate(runs) if len(run["cents"]) < min_frames]
        if not short:
            return runs
        i = min(short, key=lambda i: len(runs[i]["cents"]))
        if len(runs) == 1:
            return []
        run, own = runs[i], np.mean(runs[i]["cents"])
        sides = [j for j in (i - 1, i + 1) if 0 <= j < len(runs)]
        apart = {j: not (run["touches"] if j < i else runs[j]["touches"]) for j in sides}
        host = min(sides, key=lambda j: (apart[j], abs(runs[j]["pitch"] - own), -len(runs[j]["cents"]), j))
        runs = join(runs, min(i, host), runs[host])
        # what the short one kept apart may now be one level
        for j in range(len(runs) - 1):
            if runs[j]["pitch"] == runs[j + 1]["pitch"]:
                runs = join(runs, j, runs[j])
                break


def join(runs, left, host):
    one = {
        "pitch": host["pitch"],
        "cents": runs[left]["cents"] + runs[left + 1]["cents"],
        "touches": runs[left]["touches"],
    }
    return runs[:left] + [one] + runs[left + 2 :]
