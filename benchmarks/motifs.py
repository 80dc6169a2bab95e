"""Recurring motifs against an expert's marks, against shuffles, against today's dictionary, and the clock.

    python benchmarks/motifs.py [--data DIR] [--only koti jingju mir1k demo]

One parameter set for everything. `koti`: how well occurrences meet the spans that a Carnatic singer marked (half of a
recording), beside the closed patterns of the paper's reduction and the figures of the published matrix-profile method
that was tuned on her marks. `jingju`: three arias of one singer. `mir1k`: 45 pop songs of nine singers. `demo`: the
synthesised corpus with its planted motifs. Shuffles are fed as data to see what is found in nothing.
"""

import argparse
import importlib.util
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from flamsid_core.demo import synthesise_demo
from flamsid_core.melody import ContourParams, MelodyParams, chatter_share, reduce_contour, track_file
from flamsid_core.melody.centre import NoteParams, curve_of_table
from flamsid_core.melody.cents import cents_to_hz
from flamsid_core.motifs import FamilyParams, MotifParams, build_motifs, find_families
from flamsid_core.motifs.shuffling import shuffled_line
from flamsid_core.motifs.strokes import WALL, line_of

PUBLISHED = {"f1": 0.660, "label_agreement": 0.72}  # the matrix-profile method, tuned on the whole recording
PAPER = ContourParams(method="kmeans", scope="corpus")


def told(name, **figures):
    print(f"  {name}: " + ", ".join(f"{key} {value}" for key, value in figures.items()), flush=True)


def most_at_once(spans):
    """Return the greatest number of spans that sound at one time in one recording."""
    most = 0
    for _, rows in spans.groupby("recording_id"):
        edges = sorted([(t + 1e-6, 1) for t in rows["start_s"]] + [(t, -1) for t in rows["end_s"]])
        most = max(most, int(np.cumsum([edge for _, edge in edges]).max()))
    return most


def table(singers):
    rows = pd.DataFrame({"recording_id": list(singers), "singer": list(singers.values())})
    return rows.assign(
        file=rows["recording_id"], sha256=rows["recording_id"], source_group=rows["recording_id"]
    )


def families(name, melodies, singers, params=FamilyParams()):
    find_families(dict(list(melodies.items())[:1]), table(singers), params)  # compile
    wall, cpu = time.perf_counter(), time.process_time()
    found = find_families(melodies, table(singers), params)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    told(
        name,
        families=len(found.families),
        occurrences=len(found.occurrences),
        expected_by_chance=round(found.expected_by_chance, 2),
        in_two_recordings=int((found.families["recordings"] > 1).sum()),
        above_order2=int(found.families["above_order2"].sum()),
        at_once=most_at_once(found.occurrences),
        wall_s=round(wall, 1),
        processor_s=round(cpu, 1),
    )
    return found


def dictionary(melodies, singers, contour):
    segments = reduce_contour(melodies, contour, singers=singers).segments
    return build_motifs(segments, table(singers), MotifParams()), segments


def contours(melodies, singers):
    for name, params in (("notes", ContourParams()), ("paper: k-means of frames", PAPER)):
        found, segments = dictionary(melodies, singers, params)
        told(
            f"closed patterns, {name}",
            motifs=len(found.motifs),
            beyond_pairs=int((found.motifs["q_chance"] <= 0.05).sum()),
            beyond_triplets=int((found.motifs["q_chance_order2"] <= 0.05).sum()),
            times_expected=round(float((found.motifs["n_instances"] / found.motifs["expected"]).median()), 1),
            at_once=most_at_once(found.instances),
            chatter_share=f"{100 * chatter_share(segments):.1f} %",
        )


def as_melody(line, hop_s):
    """Turn a line back into an f0 table, its phrases half a second apart."""
    opens = line.step == WALL
    number = np.repeat(np.cumsum(opens) - 1, np.diff(line.first))
    time_s = np.arange(line.cents.size) * hop_s + 0.5 * number
    return pd.DataFrame({"time_s": time_s, "f0_hz": cents_to_hz(line.cents)})


def nothing(melodies, singers, trials=3):
    """Feed shuffles as data."""
    notes, found = NoteParams(), []
    for trial in range(trials):
        shuffled = {}
        for k, (rid, melody) in enumerate(melodies.items()):
            line, _ = line_of(curve_of_table(melody, notes), notes, 0.01, 9.0, 1.0)
            shuffled[rid] = as_melody(shuffled_line(line, 1000 * trial + k), 0.01)
        found.append(len(find_families(shuffled, table(singers)).families))
    told("shuffles fed as data", families=found)


def koti(data):
    print("koti-janmani: spans marked by a performer, half of one recording")
    folder = data / "koti-janmani"
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    judge = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(judge)
    marked = pd.read_csv(folder / "annotations.csv")
    melodies, singers = {"koti": pd.read_csv(folder / "f0.csv")}, {"koti": "singer"}

    def judged(name, spans, motif):
        figures = judge.score(spans.rename(columns={motif: "motif"})[["start_s", "end_s", "motif"]], marked)
        told(name, **{key: round(float(value), 3) for key, value in figures.items()})

    judged("families", families("families", melodies, singers).occurrences, "family_id")
    found, _ = dictionary(melodies, singers, PAPER)
    judged("closed patterns, paper: k-means of frames", found.instances, "motif_id")
    told("published method, tuned on these marks", **PUBLISHED)


def jingju(data):
    print("jingju: three arias of one singer")
    cache = Path(tempfile.gettempdir()) / "flamsid-benchmark-jingju"
    cache.mkdir(exist_ok=True)
    melodies = {}
    for path in sorted((data / "jingju").glob("*/*.mp3")):
        kept = cache / f"{path.stem}.parquet"
        if not kept.is_file():
            track_file(path, MelodyParams()).to_parquet(kept)
        melodies[path.stem] = pd.read_parquet(kept)
    singers = dict.fromkeys(melodies, "Song Ruoxuan")
    families("families", melodies, singers)
    nothing(melodies, singers)
    contours(melodies, singers)


def mir1k(data):
    print("mir1k: 45 songs of nine singers")
    melodies, singers = {}, {}
    for path in sorted((data / "mir1k").glob("*/*.f0.csv")):
        time_s, f0_hz = np.loadtxt(path, delimiter=",").T
        name = path.name.removesuffix(".f0.csv")
        melodies[name] = pd.DataFrame({"time_s": time_s, "f0_hz": f0_hz})
        singers[name] = path.parent.name
    families("families, each singer's own", melodies, singers)
    contours(melodies, singers)


def demo(data):
    print("demo corpus: planted motifs, sung with variation (true f0)")
    with tempfile.TemporaryDirectory() as scratch:
        root = synthesise_demo(Path(scratch) / "demo")
        rows = pd.read_csv(root / "recordings.csv")
        melodies, singers, planted = {}, {}, []
        for row in rows.itertuples():
            beside = root / row.file
            melodies[row.file] = pd.read_csv(beside.with_suffix(".f0.csv"))
            singers[row.file] = row.singer
            planted.append(pd.read_csv(beside.with_suffix(".motifs.csv")).assign(recording_id=row.file))
    found = families("families", melodies, singers)
    truth = pd.concat(planted, ignore_index=True)
    hit = np.zeros(len(truth), bool)
    for k, span in enumerate(truth.itertuples()):
        own = found.occurrences[found.occurrences["recording_id"] == span.recording_id]
        shared = np.minimum(own["end_s"], span.end_s) - np.maximum(own["start_s"], span.start_s)
        hit[k] = (shared >= 0.5 * (span.end_s - span.start_s)).any()
    told("planted spans found", recall=round(float(hit.mean()), 3), planted=len(truth))
    by_motif = truth.assign(singer=truth["recording_id"].map(singers), hit=hit).groupby(
        ["singer", "pattern"]
    )["hit"]
    told("planted motifs found at least twice", recall=round(float((by_motif.sum() >= 2).mean()), 3))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--only", nargs="+", choices=("koti", "jingju", "mir1k", "demo"))
    arguments = parser.parse_args()
    for name, work in (("koti", koti), ("jingju", jingju), ("mir1k", mir1k), ("demo", demo)):
        if arguments.only is None or name in arguments.only:
            work(arguments.data)


if __name__ == "__main__":
    main()
