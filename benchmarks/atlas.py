"""The atlas: UMAP in a fresh process with and without our neighbours; neighbours of 100,000 instances.

python benchmarks/atlas.py [--instances N] [--large]
"""

import argparse
import subprocess
import sys
import time

import numpy as np


def instances(n: int, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings in sixty clouds, as of recordings, and the cloud of each."""
    rng = np.random.default_rng(0)
    cloud = rng.integers(0, 60, n)
    centres = rng.normal(size=(60, dimensions)).astype(np.float32)
    return centres[cloud] + 0.8 * rng.standard_normal((n, dimensions), dtype=np.float32), cloud


def one_map(way: str, n: int) -> None:
    """In a process of its own: import, make one map, say what it took and how far it can be trusted."""
    points, _ = instances(n, 512)
    wall, cpu = time.perf_counter(), time.process_time()
    if way == "plain":
        import umap

        reducer = umap.UMAP(metric="cosine", n_epochs=200, random_state=0, n_jobs=1)
        positions = reducer.fit_transform(points)
    else:
        from flamsid_core.atlas import project

        positions = project(points)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    from flamsid_core.atlas import trustworthiness

    rows = np.arange(0, n, max(n // 2000, 1))
    trust = trustworthiness(points, positions, rows=rows)
    print(f"{wall:6.1f} s ({cpu:.1f} s processor), trustworthiness {trust:.4f}")


def large() -> None:
    """In a process of its own: neighbours and quality of 100,000 instances, with the memory they took."""
    import resource

    from flamsid_core.atlas import neighbourhood_purity, neighbours, project, trustworthiness

    points, cloud = instances(100_000, 512)
    neighbours(points[:100], 5)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    neighbours(points, 10, exclude=cloud)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e6
    took = time.perf_counter() - start
    print(f"  10 exact neighbours outside the own recording: {took:.1f} s, {grown:.2f} GB more")
    start = time.perf_counter()
    flat = project(points, "pca")
    print(f"  principal components: {time.perf_counter() - start:.2f} s")
    start, rows = time.perf_counter(), np.arange(0, 100_000, 20)
    trustworthiness(points, flat, rows=rows)
    neighbourhood_purity(flat, cloud % 9, recording=cloud, rows=rows)
    print(f"  trustworthiness and purity at 5,000 centres: {time.perf_counter() - start:.1f} s")


def main() -> None:
    """Print the figures, each from its own process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=11_000)
    parser.add_argument("--large", action="store_true", help="also 100,000 instances (minutes)")
    parser.add_argument("--way", choices=["plain", "ours", "large"], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way == "large":
        large()
    elif args.way:
        one_map(args.way, args.instances)
    else:
        print(f"a map of {args.instances:,} x 512 in a fresh process")
        for name, way in (
            ("umap alone", "plain"),
            ("umap alone again", "plain"),
            ("flamsid", "ours"),
            ("flamsid again", "ours"),
        ):
            print(f"  {name:17s}", end="", flush=True)
            command = [
                sys.executable,
                "-W",
                "ignore",
                __file__,
                "--way",
                way,
                "--instances",
                str(args.instances),
            ]
            subprocess.run(command, check=True)
        if args.large:
            print("100,000 x 512")
            subprocess.run([sys.executable, "-W", "ignore", __file__, "--way", "large"], check=True)


if __name__ == "__main__":
    main()
