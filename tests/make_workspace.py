"""A tiny corpus with everything made of it, straight from the tables' contract: fast, without training.

`python tests/make_workspace.py FOLDER` makes one to look at: FLAMSID_HOME=FOLDER streamlit run app.py
"""

import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from flamsid_core.models.chain import chain_of_workspace, write_chain
from flamsid_core.pipeline import MotifChain
from flamsid_core.singers import FeatureParams
from flamsid_core.workspace import Workspace

SINGERS = ("Amapola", "Brezo", "Candela <b>*x*</b>")
SAMPLE_RATE_HZ = 16_000
HOP_S = 256 / 44_100
LEVELS_CENTS = 1500.0 + 100.0 * np.array([0, 1, 3, 5, 7, 8, 10])
MODEL = "residual-blstm-mel-motifs"
PURITY = {
    "singer_purity": 0.9,
    "chance": 0.33,
    "singer_purity_other_sources": 0.71,
    "chance_other_sources": 0.34,
}
TRUST = {"trustworthiness": 0.97, "trustworthiness_other_sources": 0.93}
QUALITY = {
    "instances": 490,
    "measured": 490,
    "neighbours": 10,
    "embedding": PURITY,
    "umap": PURITY | TRUST,
    "pca": PURITY | TRUST,
}
CHAMPION = (1, 1, -1, 2, -1)  # every singer's phrases hold it, so that it is shared


def make_home(home: Path, *, kind: str = "recordings", name: str = "tiny") -> Path:
    """Write corpus and workspace into `home`, as the app finds them; return the workspace."""
    rng = np.random.default_rng(7)
    corpus = home / "corpora" / name
    digest = hashlib.sha256(str(corpus.resolve()).encode()).hexdigest()[:8]
    workspace = home / "workspaces" / f"{name}-{digest}"
    recordings, melodies, segments = _recordings(corpus, rng)
    instances = _instances(segments, recordings)
    if kind == "clips":
        instances = _cut_clips(corpus, instances)
        recordings = recordings.assign(file="", recording_id=recordings["source_group"])
    motifs = _motifs(instances)
    tables = {"corpus/recordings": recordings, "motifs/motifs": motifs, "motifs/instances": instances}
    if kind == "clips":
        tables["corpus/instances"] = instances
    else:
        levels = pd.DataFrame(
            {
                "scope": "corpus",
                "level": np.arange(len(LEVELS_CENTS)),
                "pitch_cents": LEVELS_CENTS,
                "low_cents": LEVELS_CENTS - 50,
                "high_cents": LEVELS_CENTS + 50,
                "frames": 100,
            }
        )
        residual = pd.DataFrame({"recording_id": recordings["recording_id"], "residual_cents": 21.5})
        tables |= {"contour/segments": segments, "contour/levels": levels, "contour/residual": residual}
        tables |= {f"melody/{rid}": melody for rid, melody in melodies.items()}
        tables |= _families(instances)
    for table, rows in tables.items():
        path = workspace / f"{table}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows.to_parquet(path, index=False)
        _stamp(path)
    write_json(workspace / "workspace.json", {"format": 1, "corpus": str(corpus.resolve())})
    skipped = [{"file": "broken_<i>.wav", "reason": "It ends after 0 of 44100 frames: copy it again."}]
    write_json(workspace / "corpus" / "skipped.json", skipped)
    write_json(workspace / "audit" / "audit.json", audit_of(instances))
    _model(workspace, instances, rng)
    _atlas(workspace, instances, rng)
    return workspace


def _recordings(corpus, rng):
    rows, melodies, segments = [], {}, []
    for s, singer in enumerate(SINGERS):
        for r in range(3):
            rid = hashlib.sha256(f"{singer}{r}".encode()).hexdigest()[:12]
            file = f"{s}/take_{r}.wav"
            melody, parts = _sing(rid, rng)
            phase = (
                2
                * np.pi
                * np.cumsum(np.repeat(melody["f0_hz"], round(HOP_S * SAMPLE_RATE_HZ)))
                / SAMPLE_RATE_HZ
            )
            path = corpus / file
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, 0.3 * np.sin(phase) * (phase.diff() > 0), SAMPLE_RATE_HZ)
            rows.append(
                {
                    "recording_id": rid,
                    "file": file,
                    "sha256": hashlib.sha256(rid.encode()).hexdigest(),
                    "singer": singer,
                    "style": ("martinete", "toná", "debla")[r],
                    "title": f"Take {r + 1}",
                    "year": "1960",
                    "source": "synthetic",
                    "licence": "CC0",
                    "duration_s": len(phase) / SAMPLE_RATE_HZ,
                    "sample_rate_hz": SAMPLE_RATE_HZ,
                    "channels": 1,
                    "size_bytes": path.stat().st_size,
                    "mtime_ns": path.stat().st_mtime_ns,
                    "source_group": f"g{s}{r}",
                }
            )
            melodies[rid] = melody
            segments.append(parts)
    return pd.DataFrame(rows), melodies, pd.concat(segments, ignore_index=True)


def _families(instances):
    """The shared motif of each singer as a family, and a second one that is rarer."""
    families, occurrences = [], []
    for singer, mine in instances.groupby("singer", sort=True):
        for rank, (pattern, found) in enumerate(
            sorted(mine.groupby("pattern"), key=lambda group: -len(group[1]))[:2]
        ):
            family_id = f"family-{len(families)}"
            found = found.drop_duplicates(["recording_id", "start_s"])
            families.append(
                {
                    "family_id": family_id,
                    "singer": singer,
                    "pattern": pattern,
                    "pattern_semitones": pattern,
                    "n_occurrences": len(found),
                    "recordings": found["recording_id"].nunique(),
                    "median_duration_s": (found["end_s"] - found["start_s"]).median(),
                    "coverage_s": (found["end_s"] - found["start_s"]).sum(),
                    "q_chance": (0.001, 0.04)[rank],
                    "above_order2": rank == 0,
                }
            )
            occurrences += [
                {
                    "occurrence_id": f"{family_id}-{number}",
                    "family_id": family_id,
                    "score": 1.0,
                    "transposition_cents": 0.0,
                    **{name: row[name] for name in ("recording_id", "singer", "start_s", "end_s", "pattern")},
                }
                for number, row in enumerate(found.to_dict("records"))
            ]
    return {"motifs/families": pd.DataFrame(families), "motifs/occurrences": pd.DataFrame(occurrences)}


def _sing(rid, rng):
    """Four phrases; each holds the shared motif at a random place among random steps."""
    f0, rows, now = [], [], 0
    for phrase in range(4):
        level = int(rng.integers(0, 3))
        steps = [*rng.choice([-1, 1, 2], 3), *CHAMPION, *rng.choice([-1, 1], 3)]
        for j, step in enumerate([0, *steps]):
            level = int(np.clip(level + step, 0, len(LEVELS_CENTS) - 1))
            frames = int(rng.integers(15, 30))
            cents = LEVELS_CENTS[level] + 30 * np.sin(2 * np.pi * 5.5 * HOP_S * np.arange(frames))
            f0.append(55 * 2 ** (cents / 1200))
            rows.append(
                (
                    rid,
                    phrase,
                    now * HOP_S,
                    (now + frames) * HOP_S,
                    level,
                    LEVELS_CENTS[level],
                    int(step) * (j > 0),
                )
            )
            now += frames
        f0.append(np.zeros(60))
        now += 60
    f0_hz = np.concatenate(f0)
    melody = pd.DataFrame({"time_s": np.arange(now) * HOP_S, "f0_hz": f0_hz, "confidence": (f0_hz > 0) * 0.9})
    names = ["recording_id", "phrase", "start_s", "end_s", "level", "pitch_cents", "step"]
    return melody, pd.DataFrame(rows, columns=names)


def _instances(segments, recordings):
    about = recordings.set_index("recording_id")
    rows = []
    for (rid, _), phrase in segments.groupby(["recording_id", "phrase"], sort=False):
        steps = phrase["step"].to_numpy()[1:]
        for n in (3, 5):
            for j in range(len(steps) - n + 1):
                pattern = " ".join(f"{s:+d}" for s in steps[j : j + n])
                rows.append((rid, phrase["start_s"].iloc[j], phrase["end_s"].iloc[j + n], pattern))
    table = pd.DataFrame(rows, columns=["recording_id", "start_s", "end_s", "pattern"])
    table["singer"] = table["recording_id"].map(about["singer"])
    table["file"] = table["recording_id"].map(about["file"])
    table["source_group"] = table["recording_id"].map(about["source_group"])
    support = table.groupby(["singer", "pattern"])["recording_id"].transform("size")
    table = table[support >= 3].reset_index(drop=True)
    codes = table["singer"].astype("category").cat.codes.astype(str)
    table["motif_id"] = (
        "m" + codes + "-" + table["pattern"].map(lambda p: hashlib.sha256(p.encode()).hexdigest()[:6])
    )
    table["instance_id"] = [f"i{n:05d}" for n in range(len(table))]
    table["sound_id"] = table["instance_id"]
    table["overlap_group"] = table["recording_id"]
    table["conflict"] = False
    about = "instance_id motif_id recording_id file singer source_group sound_id overlap_group conflict"
    return table[[*about.split(), "start_s", "end_s", "pattern"]]


def _cut_clips(corpus, instances):
    rows = []
    for row in instances.to_dict("records"):
        signal, rate = soundfile.read(corpus / row["file"])
        clip = signal[round(row["start_s"] * rate) : round(row["end_s"] * rate)]
        file = f"clips/{row['instance_id']}.flac"
        (corpus / "clips").mkdir(exist_ok=True)
        soundfile.write(corpus / file, clip, rate)
        rows.append(
            row
            | {"file": file, "start_s": 0.0, "end_s": len(clip) / rate, "recording_id": row["source_group"]}
        )
    return pd.DataFrame(rows)


def _motifs(instances):
    def about(rows):
        return pd.Series(
            {
                "length": len(rows["pattern"].iloc[0].split()),
                "support": rows.groupby("recording_id").size().clip(upper=4).sum(),
                "recordings": rows["recording_id"].nunique(),
                "n_instances": len(rows),
                "median_duration_s": float((rows["end_s"] - rows["start_s"]).median()),
                "distinctiveness": float(np.sin(len(rows))),
                "p_value": 0.01 if len(rows) % 2 else np.nan,
                "q_value": 0.04 if len(rows) % 2 else np.nan,
                "enough_recordings": bool(len(rows) % 2),
            }
        )

    grouped = instances.groupby(["motif_id", "singer", "pattern"], sort=False)[list(instances.columns)]
    table = grouped.apply(about).reset_index()
    return table.astype({"length": int, "support": int, "recordings": int, "n_instances": int})


def audit_of(instances):
    return {
        "files": len(instances),
        "distinct": len(instances),
        "conflicting": 0,
        "source_groups": int(instances["source_group"].nunique()),
        "share_of_test_in_train": 0.0,
    }


def _model(workspace, instances, rng):
    folder = workspace / "models" / MODEL
    folder.mkdir(parents=True)
    classes = sorted(SINGERS)
    confusion = (np.eye(3) * 20 + 2).astype(int).tolist()
    figures = {
        "accuracy": 0.91,
        "balanced_accuracy": 0.9,
        "mean_over_singers": 0.9,
        "macro_auc": 0.97,
        "recordings_right": 8,
        "recordings": 9,
        "confusion": {"labels": classes, "counts": confusion},
        "per_singer": dict.fromkeys(classes, 0.9),
        "doubtful_in_test": 0,
        "accuracy_without_doubtful": 0.91,
        "folds": 1,
        "n_train": 300,
        "n_test": 72,
        "epochs": [3],
        "seconds": 4.0,
    }
    protocols = {
        "paper": figures,
        "deduplicated": figures | {"accuracy": 0.88},
        "source-disjoint": figures | {"accuracy": 0.52, "recordings_right": 5},
    }
    params = {"network": "residual-blstm", "clip_set": "motifs", "protocol": "all", "epochs": 3, "seed": 0}
    about = {
        "format": 1,
        "weights_sha256": hashlib.sha256(b"\0" * 16).hexdigest(),
        "network": "residual-blstm",
        "features": asdict(FeatureParams()),
        "classes": classes,
        "params": params,
        "protocols": protocols,
        "training": {
            "recording_ids": sorted(set(instances["recording_id"])),
            "source_groups": sorted(set(instances["source_group"])),
        },
        "parameters": 123_456,
        "measured": "deduplicated",
        "notes": [],
        "versions": {"flamsid": "0.1.0"},
    }
    write_json(folder / "model.json", about)
    (folder / "model.safetensors").write_bytes(b"\0" * 16)
    history = [
        {
            "protocol": p,
            "fold": 0,
            "epoch": e,
            "loss": 1.2 / (e + 1),
            "validation_loss": 1.3 / (e + 1),
            "validation_accuracy": 1 - 0.5 / (e + 1),
            "seconds": 1.0,
        }
        for p in protocols
        for e in (0, 1, 2)
    ]
    (folder / "history.jsonl").write_text("".join(json.dumps(row) + "\n" for row in history))
    predictions(instances, "source-disjoint", 0.2, rng).to_parquet(
        folder / "predictions.parquet", index=False
    )
    write_chain(folder, chain_of_workspace(Workspace(workspace), asdict(MotifChain())))


def predictions(instances, protocol, wrong, rng):
    """Say the wrong singer of that share of the instances, and be the surer the less chance had it."""
    missed = rng.random(len(instances)) < wrong
    predicted = np.where(missed, np.roll(instances["singer"], 40), instances["singer"])
    said = pd.DataFrame({"instance_id": instances["instance_id"], "protocol": protocol})
    said["fold"] = np.arange(len(instances)) % 3 if protocol == "source-disjoint" else 0
    said["singer"], said["predicted"] = instances["singer"], predicted
    sure = rng.uniform(0.5, 1.0, len(instances))
    for singer in sorted(SINGERS):
        said[f"p_{singer}"] = np.where(predicted == singer, sure, (1 - sure) / (len(SINGERS) - 1))
    return said


def _atlas(workspace, instances, rng):
    folder = workspace / "atlas" / MODEL
    folder.mkdir(parents=True)
    centre = instances["singer"].astype("category").cat.codes.to_numpy()[:, None] * [3.0, -2.0]
    xy = rng.normal(size=(len(instances), 2)) + centre
    table = pd.DataFrame({"instance_id": instances["instance_id"], "x": xy[:, 0], "y": xy[:, 1]})
    table["pca_x"], table["pca_y"] = xy[:, 1], xy[:, 0]
    table.to_parquet(folder / "map.parquet", index=False)
    _stamp(folder / "map.parquet")
    nearest = np.argsort(((xy[:, None] - xy[None]) ** 2).sum(-1), axis=1)[:, 1:11]
    for name, array in (
        ("neighbours", nearest.astype(np.int32)),
        ("distances", np.ones(nearest.shape, np.float32)),
        ("embeddings", np.hstack([xy, rng.normal(scale=0.1, size=(len(xy), 4))]).astype(np.float32)),
    ):
        np.save(folder / f"{name}.npy", array)
        _stamp(folder / f"{name}.npy")
    write_json(folder / "quality.json", QUALITY)


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    _stamp(path)


def _stamp(path):
    """Mark as up to date, as `Workspace.stamp` does."""
    path.with_name(path.name + ".key").write_text(f"{'0' * 40} {path.stat().st_size}\n")


if __name__ == "__main__":
    print(make_home(Path(sys.argv[1])))
    print(make_home(Path(sys.argv[1]), kind="clips", name="tiny-clips"))
