"""How long it takes to read a corpus, cold and when its files are known.

    python benchmarks/corpus.py [--data DIR]

Beside the folder of recordings and the published clips stands the plainest thing one could do: decode
each file once with soundfile, in one thread, and hash its samples. Wall and CPU seconds; the folder was
read once before, so the disk is not what is measured.
"""

import argparse
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import soundfile

from flamsid_core.corpus import load_corpus
from flamsid_core.corpus.files import list_audio
from flamsid_core.singers.evaluation.audit import audit


def timed(what: str, work: Callable[[], Any]) -> Any:
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    result = work()
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    print(f"  {what:<44} {wall_s:7.2f} s wall {cpu_s:7.2f} s CPU")
    return result


def plainly_hashed(folder: Path) -> set[str]:
    return {
        hashlib.sha256(soundfile.read(folder / file, dtype="float32")[0].tobytes()).hexdigest()
        for file in list_audio(folder)[0]
    }


def measure(folder: Path) -> None:
    print(f"{folder.name}: {len(list_audio(folder)[0])} files")
    sounds = timed("peer: soundfile and sha256, one thread", lambda: plainly_hashed(folder))
    corpus = timed("load_corpus, cold", lambda: load_corpus(folder))
    table = corpus.recordings if corpus.instances is None else corpus.instances
    timed("load_corpus, all files known", lambda: load_corpus(folder, known=table))
    hashes = set(table["sha256" if corpus.instances is None else "sound_id"])
    print(f"  distinct sounds: {len(hashes)}, as the peer finds: {hashes == sounds}")
    if corpus.instances is not None:
        found = timed("audit", lambda: audit(table))
        keys = ("files", "distinct", "conflicting", "set_aside", "overlap_groups", "source_groups")
        print("  " + ", ".join(f"{key} {found[key]}" for key in keys))
        for key in (key for key in found if "share" in key):
            print(f"  {key} {found[key]:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=default)
    arguments = parser.parse_args()
    for name in ("mir1k", "flamenco-motifs"):
        if (arguments.data / name).is_dir():
            measure(arguments.data / name)
        else:
            print(f"{name}: not found in {arguments.data}, skipped")
