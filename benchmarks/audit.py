"""How many copies the audit finds by ear, at what cost; and what a trivial classifier makes of each protocol.

`python benchmarks/audit.py [--data DIR]` takes the published clips in DIR/flamenco-motifs, plants copies of some (80 ms
cut at both sides, −12 dB, codecs) among them, and audits all with one thread.
"""

import argparse
import io
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import soundfile
import soxr

from flamsid_core.corpus import load_corpus, read_audio
from flamsid_core.corpus.near_duplicates import near_duplicates
from flamsid_core.singers.evaluation.audit import near_duplicate_figures
from flamsid_core.singers.evaluation.splitting import protocol_splits
from flamsid_core.singers.evaluation.trivial import trivial_by_clip_set

CUT_S, GAIN = 0.08, 10 ** (-12 / 20)
GUISES = {
    "cut and softer": {},
    "at 16 kHz": {"rate_hz": 16000},
    "MP3": {"format": "MP3", "compression_level": 0.6},
    "MP3 at its lowest rate": {"format": "MP3", "compression_level": 0.9, "bitrate_mode": "CONSTANT"},
    "Vorbis at its lowest rate": {"format": "OGG", "subtype": "VORBIS", "compression_level": 0.95},
    "Opus at its lowest rate": {
        "rate_hz": 24000,
        "format": "OGG",
        "subtype": "OPUS",
        "compression_level": 0.9,
    },
}


def disguised(signal, rate_hz, guise):
    cut, options = round(CUT_S * rate_hz), dict(GUISES[guise])
    signal, target_hz = GAIN * signal[cut:-cut], options.pop("rate_hz", rate_hz)
    if target_hz != rate_hz:
        signal = soxr.resample(signal, rate_hz, target_hz)
    if not options:
        return signal, target_hz
    file = io.BytesIO()
    soundfile.write(file, signal, target_hz, **options)
    file.seek(0)
    return soundfile.read(file, dtype="float32")


def planted(instances, root, folder, each):
    """Return instances with copies added, and {(instance, copy): guise}."""
    distinct = instances.drop_duplicates("sound_id")
    long_enough = distinct[(distinct["end_s"] - distinct["start_s"]) > 2 * CUT_S + 0.13]
    chosen = long_enough.sample(each * len(GUISES), random_state=0)
    rows, truth = [], {}
    for number, row in enumerate(chosen.to_dict("records")):
        guise = list(GUISES)[number % len(GUISES)]
        signal, rate_hz = disguised(*read_audio(root / row["file"]), guise)
        file = folder / f"{number}.flac"
        soundfile.write(file, signal, rate_hz)
        name = f"planted{number}"
        truth[row["instance_id"], name] = guise
        rows.append(
            row
            | {"instance_id": name, "sound_id": name, "overlap_group": name, "file": str(file)}
            | {"start_s": 0.0, "end_s": len(signal) / rate_hz}
        )
    return pd.concat([instances, pd.DataFrame(rows)], ignore_index=True), truth


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--each", type=int, default=25, help="copies of each kind")
    options = parser.parse_args()
    root = options.data / "flamenco-motifs"
    instances = load_corpus(root).instances
    with tempfile.TemporaryDirectory() as folder:
        table, truth = planted(instances, root, Path(folder), options.each)
        start, cpu = time.perf_counter(), time.process_time()
        pairs = near_duplicates(table, root.joinpath)
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(f"{len(table):,} clips: {cpu:.1f} s of processor time, {wall:.1f} s in all")
    found = set(zip(pairs["first"], pairs["second"], strict=True))
    for guise in GUISES:
        kind = [pair for pair, name in truth.items() if name == guise]
        print(f"  {guise}: {sum(pair in found for pair in kind)} of {len(kind)} planted copies found")
    is_planted = pairs["second"].str.startswith("planted")
    group = table.set_index("instance_id")["source_group"]
    one, other = (group.loc[pairs[side]].to_numpy() for side in ("first", "second"))
    print(f"  pairs between source groups, planted ones among them: {(one != other).sum()}")
    pairs = pairs[~is_planted].reset_index(drop=True)
    splits, _ = protocol_splits(instances)
    figures = near_duplicate_figures(instances, pairs, splits)
    print(
        f"published clips: {figures['pairs']:,} pairs beyond equal samples, of {figures['sounds']:,} sounds;"
    )
    print(f"  {(pairs['similarity'] >= 0.98).mean():.1%} of the pairs with a similarity of 0.98 or more")
    of = instances.set_index("instance_id")
    names = [
        of.loc[pairs[side], ["singer", "recording"]].agg(" ".join, axis=1) for side in ("first", "second")
    ]
    crossing = np.array([a[:2] != b[:2] for a, b in zip(*names, strict=True)])
    print(f"  {figures['across_singers']} under two singers:")
    joined = [" = ".join(sorted(pair)) for pair in zip(*(name[crossing] for name in names), strict=True)]
    for pair, count in pd.Series(joined).value_counts().items():
        print(f"    {pair}: {count}")
    print(f"  {figures['across_source_groups']} between source groups")
    for protocol, share in figures["share_of_test_near_train"].items():
        print(f"  {protocol}: {share:.1%} of the test clips have a near-duplicate in training")
    print("linear discriminant of MFCC statistics:")
    for protocol, said in trivial_by_clip_set(instances, root.joinpath, clip_sets=["motifs"])[
        "motifs"
    ].items():
        print(
            f"  {protocol}: accuracy {said['accuracy']:.1%} [{said['low']:.1%}, {said['high']:.1%}], mean over singers "
            f"{said['mean_over_singers']:.1%}, {said['recordings_right']} of {said['recordings']} recordings"
        )


if __name__ == "__main__":
    main()
