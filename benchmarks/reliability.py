"""What was broken on purpose, how often, and what failed: damaged files of every kind.

    python benchmarks/reliability.py [--cases N] [--seed N]

Each case makes a file, damages it (cut, bits flipped, sizes that lie, bytes overwritten, joined, …) and reads it. It
may be read, or refused in one sentence; a traceback, a hang of 20 s, or anything lost that was there before is a fault.
The control is the same files without damage: all of them must be read. Kills and full disks: `make reliability`.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "reliability"))

import fuzzers

MOST_SECONDS_A_CASE = 20


def counted(name: str, cases: int, seed: int) -> tuple[Counter[str], list[str], float]:
    """Return how often a fuzzer's files were read or refused, the faults, and the longest case in seconds."""
    found: Counter[str] = Counter()
    faults, longest_s = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        for case in range(seed, seed + cases):
            start = time.monotonic()
            try:
                found[fuzzers.run_case(name, case, Path(folder))] += 1
            except Exception as error:
                found["fault"] += 1
                faults.append(f"{name}, seed {case}: {type(error).__name__}: {str(error)[:200]}")
            seconds = time.monotonic() - start
            longest_s = max(longest_s, seconds)
            if seconds > MOST_SECONDS_A_CASE:
                found["fault"] += 1
                faults.append(f"{name}, seed {case}: took {seconds:.0f} s")
    return found, faults, longest_s


def main() -> None:
    """Print the table, and every fault with its seed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    print(f"| {'damaged':<10} | {'cases':>6} | {'read':>6} | {'refused':>7} | {'faults':>6} | longest case |")
    print("|---|---|---|---|---|---|")
    every_fault: list[str] = []
    for name in fuzzers.FUZZERS:
        found, faults, longest_s = counted(name, args.cases, args.seed)
        every_fault += faults
        row = f"| {name:<10} | {args.cases:>6} | {found['read']:>6} | {found['refused']:>7} | {found['fault']:>6} "
        print(f"{row}| {longest_s:.1f} s |", flush=True)
    undamaged = fuzzers.damaged
    fuzzers.damaged = lambda raw, rng: raw
    control = sum(
        (counted(name, 20, args.seed)[0] for name in ("audio", "table", "parquet", "workspace")), Counter()
    )
    fuzzers.damaged = undamaged
    print(f"control, undamaged: {control['read']} of {sum(control.values())} read")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    print("\n".join(every_fault))


if __name__ == "__main__":
    main()
