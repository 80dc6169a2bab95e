"""Damaged files of every kind: read, or refused in one sentence; never a traceback, a hang, or memory without end.

FLAMSID_CASES says how many of each; `make reliability` tries ten thousand.
"""

import os
import resource
import time

import pytest
from fuzzers import FUZZERS, run_case

CASES = int(os.environ.get("FLAMSID_CASES", "200"))
MOST_SECONDS_A_CASE = 20
MOST_GROWTH_KB = 1_500_000


@pytest.mark.parametrize("name", FUZZERS)
def test_damaged_files_are_read_or_refused(name, tmp_path):
    run_case(name, -1 % 2**32, tmp_path)  # what is imported at the first use is not a growth
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in range(CASES):
        start = time.monotonic()
        try:
            run_case(name, seed, tmp_path)
        except Exception as error:
            raise AssertionError(f"fuzzer {name!r}, seed {seed}: {type(error).__name__}: {error}") from error
        assert time.monotonic() - start < MOST_SECONDS_A_CASE, f"fuzzer {name!r}, seed {seed} took too long"
    growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert growth < MOST_GROWTH_KB, f"fuzzer {name!r} took {growth} kB"
