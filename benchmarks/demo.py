"""What the demo corpus costs, what can be found again in it, and how hard its singers are to tell apart.

    python benchmarks/demo.py [--keep DIR]

Synthesis: CPU and wall seconds and size on disk. Truth: the project's own f0 tracker against the f0 that was
sung. Motifs: for each planted motif, how often its occurrences come out of the contour reduction with one and
the same step sequence, from the true f0 and from the tracked one, and how many are met by mined instances.
Voices: a support vector machine on MFCC means and deviations of one-second windows under three splits, the
peer of every singer model on this corpus.
"""

import argparse
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import librosa
import mir_eval
import numpy as np
import pandas as pd
from sklearn.model_selection import LeaveOneGroupOut, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from flamsid_core.corpus import load_corpus, read_audio
from flamsid_core.demo import synthesise_demo
from flamsid_core.melody import ContourParams, reduce_contour, track_file
from flamsid_core.motifs import build_motifs


def synthesise(folder: Path) -> pd.DataFrame:
    synthesise_demo(folder / "first", singers=1, recordings=1)  # compiles what is not in the cache
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    corpus = synthesise_demo(folder / "demo")
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    size = sum(path.stat().st_size for path in corpus.rglob("*") if path.is_file())
    table = pd.read_csv(corpus / "recordings.csv")
    sung_s = sum(len(truth(corpus / file, "f0")) for file in table.file) * 256 / 44100
    print(f"synthesis: {len(table)} recordings, {sung_s:.0f} s of sound, {size / 1e6:.1f} MB")
    print(f"  {cpu_s:.1f} s CPU, {wall_s:.1f} s wall, {sung_s / cpu_s:.0f} times real time")
    return table.set_index(table.file.str.removesuffix(".flac"), drop=False)


def truth(audio: Path, kind: str) -> pd.DataFrame:
    return pd.read_csv(audio.with_suffix(f".{kind}.csv"))


def compare_melody(corpus: Path, table: pd.DataFrame) -> tuple[dict, dict]:
    sung = {key: truth(corpus / row.file, "f0") for key, row in table.iterrows()}
    heard = {key: track_file(corpus / row.file) for key, row in table.iterrows()}
    scores = (
        pd.DataFrame(
            {
                key: mir_eval.melody.evaluate(
                    *(sung[key][column].to_numpy() for column in ("time_s", "f0_hz")),
                    *(heard[key][column].to_numpy() for column in ("time_s", "f0_hz")),
                )
                for key in sung
            }
        )
        .T.groupby(table.source)
        .mean()
    )
    print("tracked f0 against the truth, by label:")
    print(scores.round(3).to_string())
    return sung, heard


def recover_motifs(corpus: Path, table: pd.DataFrame, melodies: dict, what: str) -> None:
    planted = {key: truth(corpus / row.file, "motifs") for key, row in table.iterrows()}
    for scope, k in (("corpus", "auto"), ("singer", "auto"), ("singer", 8), ("recording", "auto")):
        contour = reduce_contour(melodies, ContourParams(scope=scope, k=k), singers=table.singer.to_dict())
        by_recording = dict(list(contour.segments.groupby("recording_id")))
        found, exact = defaultdict(Counter), 0
        for key, motifs in planted.items():
            segments = by_recording[key]
            for motif in motifs.itertuples():
                inside = segments[
                    (segments.end_s > motif.start_s + 0.05) & (segments.start_s < motif.end_s - 0.05)
                ]
                steps = " ".join(f"{step:+d}" for step in inside.step.to_numpy()[1:])
                found[table.singer[key], motif.pattern][steps] += 1
                exact += steps == motif.pattern
        most = [counts.most_common(1)[0][1] for counts in found.values()]
        total = sum(len(motifs) for motifs in planted.values())
        print(
            f"  {what}, levels per {scope}, k {k}: {sum(most)} of {total} as their motif's commonest contour "
            f"({exact} as planted); {sum(n >= 3 for n in most)} of {len(most)} motifs three times or more"
        )


def mine_motifs(corpus: Path, table: pd.DataFrame, heard: dict) -> None:
    recordings = load_corpus(corpus).recordings
    names = dict(zip(table.file, table.index, strict=True))
    melodies = {row.recording_id: heard[names[row.file]] for row in recordings.itertuples()}
    mined = build_motifs(reduce_contour(melodies).segments, recordings)
    met = total = 0
    for row in recordings.itertuples():
        spans = mined.instances[mined.instances.recording_id == row.recording_id]
        for motif in truth(corpus / row.file, "motifs").itertuples():
            shared_s = np.minimum(spans.end_s, motif.end_s) - np.maximum(spans.start_s, motif.start_s)
            whole_s = np.maximum(spans.end_s, motif.end_s) - np.minimum(spans.start_s, motif.start_s)
            met += bool((shared_s / whole_s > 0.8).any())
            total += 1
    print(f"mined with defaults: {len(mined.motifs)} motifs, {len(mined.instances)} instances;")
    print(f"  {met} of {total} planted occurrences are met by an instance of their time (overlap above 0.8)")


def tell_singers_apart(corpus: Path, table: pd.DataFrame, sung: dict) -> None:
    rows, singers, recordings, labels = [], [], [], []
    for key, row in table.iterrows():
        signal, rate_hz = read_audio(corpus / row.file, sample_rate_hz=16_000)
        mfcc = librosa.feature.mfcc(y=signal, sr=rate_hz, n_mfcc=20, n_fft=400, hop_length=160, n_mels=64)
        voiced = np.interp(np.arange(mfcc.shape[1]) * 0.01, sung[key].time_s, sung[key].f0_hz > 0) > 0.5
        for start in range(0, mfcc.shape[1] - 100, 50):
            window = mfcc[:, start : start + 100][:, voiced[start : start + 100]]
            if window.shape[1] >= 60:
                rows.append(np.concatenate([window.mean(axis=1), window.std(axis=1)]))
                singers.append(row.singer)
                recordings.append(key)
                labels.append(row.source)
    machine = make_pipeline(StandardScaler(), SVC(C=10))
    x, singer, label = np.array(rows), np.array(singers), np.array(labels)
    one_out = LeaveOneGroupOut()
    splits = {
        "random windows": (singer, StratifiedKFold(5, shuffle=True, random_state=0), None),
        "recording held out": (singer, one_out, recordings),
        "label held out": (singer, one_out, labels),
        "the label itself, recording held out": (label, one_out, recordings),
    }
    print(f"support vector machine on {len(x)} windows of one second, accuracy:")
    for name, (wanted, split, groups) in splits.items():
        guess = cross_val_predict(machine, x, wanted, cv=split, groups=groups)
        print(f"  {name:<38} {np.mean(guess == wanted):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="a new folder to keep the corpus in")
    keep = parser.parse_args().keep
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or Path(temporary)
        table = synthesise(folder)
        sung, heard = compare_melody(folder / "demo", table)
        print("planted motifs in the contour:")
        recover_motifs(folder / "demo", table, sung, "true f0")
        recover_motifs(folder / "demo", table, heard, "tracked f0")
        mine_motifs(folder / "demo", table, heard)
        tell_singers_apart(folder / "demo", table, sung)


if __name__ == "__main__":
    main()
