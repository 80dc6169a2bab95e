"""One case of each fuzzer: a file is made, damaged, and read. It is read, or refused in one sentence; nothing else.

`tests/reliability` runs a few hundred cases of each, `make reliability` ten thousand; `benchmarks/reliability.py`
counts them.
"""

import io
import json
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
from damage import damaged

from flamsid_core import FlamsidError
from flamsid_core.corpus import load_corpus, read_audio
from flamsid_core.corpus.audio import scan_audio
from flamsid_core.corpus.tables import add_rows, read_table
from flamsid_core.experiments.grid import read_grid
from flamsid_core.jobs import list_jobs
from flamsid_core.models.registry import history_of
from flamsid_core.reading import read_json, read_parquet, tensor_shapes
from flamsid_core.workspace import Workspace

RATE_HZ = 16000
MOST_LETTERS = 3000
SOUNDS = (
    ("a.wav", {"subtype": "PCM_16"}), ("a.wav", {"subtype": "FLOAT"}), ("a.flac", {}), ("a.mp3", {}), ("a.ogg", {}),
    ("a.opus", {"format": "OGG", "subtype": "OPUS"}), ("a.aiff", {}), ("a.caf", {}), ("a.w64", {}), ("a.au", {}),
    ("a.rf64", {"format": "RF64"}),
)  # fmt: skip
GRID = 'networks = ["crnn"]\nfeatures = ["mel", "mfcc"]\nrepeats = 3\nepochs = 20\n[feature_params]\nhop_s = 0.010\n'


@cache
def sound_bytes(index: int, channels: int) -> bytes:
    name, how = SOUNDS[index]
    rng = np.random.default_rng(index)
    time_s = np.arange(RATE_HZ // 4) / RATE_HZ
    signal = 0.3 * np.sin(2 * np.pi * 220 * time_s)[:, None] + 0.01 * rng.normal(size=(len(time_s), channels))
    out = io.BytesIO()
    kinds = {".opus": "OGG", ".aiff": "AIFF", ".rf64": "RF64"}
    kind = how.get("format") or kinds.get(Path(name).suffix, Path(name).suffix[1:].upper())
    soundfile.write(out, signal, RATE_HZ, format=kind, subtype=how.get("subtype"))
    return out.getvalue()


def audio(rng: np.random.Generator, folder: Path) -> None:
    """A sound of any format, damaged; what is read is finite, as long as it says, and the same twice."""
    index = int(rng.integers(len(SOUNDS)))
    path = folder / SOUNDS[index][0]
    path.write_bytes(damaged(sound_bytes(index, int(rng.integers(1, 3))), rng))
    scan = scan_audio(path)
    signal, rate_hz = read_audio(path)
    assert signal.ndim == 1 and np.isfinite(signal).all() and len(signal) < 50_000_000
    assert abs(len(signal) / rate_hz - scan.duration_s) < 0.2


def table(rng: np.random.Generator, folder: Path) -> None:
    """A table in any dialect, damaged: what can be read is added to, and all that was there is there still."""
    delimiter, newline = str(rng.choice([",", ";", "\t"])), str(rng.choice(["\n", "\r\n", "\r"]))
    encoding = str(rng.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman", "cp850"]))
    rows = [
        ["File", "Singer", "Notas"],
        ["A/uno.wav", "Tomás Pavón", '"x, y; z"'],
        ["A/dos.wav", "La Niña", "+1 -1"],
    ]
    text = newline.join(delimiter.join(row) for row in rows) + newline
    path = folder / "recordings.csv"
    path.write_bytes(damaged(text.encode(encoding), rng))
    before = path.read_bytes()
    try:
        read = read_table(path)
        add_rows(path, [{"file": "A/new.wav", "singer": "A"}], ())
    except FlamsidError:
        assert path.read_bytes() == before
        raise
    after = read_table(path)
    assert path.read_bytes().startswith(before)
    assert after.rows[: len(read.rows)] == read.rows and after.rows[-1]["file"] == "A/new.wav"


def corpus(rng: np.random.Generator, folder: Path) -> None:
    """A folder with a damaged sound and a damaged table: each file is a recording, or named with a reason."""
    shutil.rmtree(folder / "corpus", ignore_errors=True)
    (folder / "corpus" / "A").mkdir(parents=True)
    (folder / "corpus" / "A" / "good.wav").write_bytes(sound_bytes(0, 1))
    (folder / "corpus" / "A" / "bad.flac").write_bytes(damaged(sound_bytes(2, 1), rng))
    if rng.random() < 0.5:
        text = b"file,singer\nA/good.wav,Ana\nA/bad.flac,Ana\n"
        (folder / "corpus" / "recordings.csv").write_bytes(damaged(text, rng))
    found = load_corpus(folder / "corpus")
    told = set(found.recordings["file"]) | {item.file for item in found.skipped}
    assert {"A/good.wav", "A/bad.flac"} <= told
    assert all(item.reason and str(folder) not in item.reason for item in found.skipped)


def json_file(rng: np.random.Generator, folder: Path) -> None:
    """A JSON file, damaged or nested."""
    value = {
        "classes": ["A", "B"],
        "protocols": {"paper": {"accuracy": 0.5}},
        "nested": [[[1, 2], {"x": None}]],
    }
    raw = damaged(json.dumps(value, indent=1).encode(), rng)
    if rng.random() < 0.1:
        raw = bytes(rng.choice([b"[", b'{"a":'])) * int(rng.integers(1, 20_000))
    (folder / "x.json").write_bytes(raw)
    read_json(folder / "x.json", kind=dict)


def toml_file(rng: np.random.Generator, folder: Path) -> None:
    """A grid of experiments, damaged."""
    raw = damaged(GRID.encode(), rng)
    (folder / "grid.toml").write_bytes(
        raw if rng.random() > 0.1 else b"x = " + b"[" * int(rng.integers(1, 20_000))
    )
    assert len(read_grid(folder / "grid.toml").cells()) < 100_001


@cache
def parquet_bytes() -> bytes:
    rows = pd.DataFrame({"time_s": np.arange(200) / 100, "f0_hz": 220.0, "file": "a/b.wav"})
    return rows.to_parquet(index=False)


def parquet_file(rng: np.random.Generator, folder: Path) -> None:
    """A table of results, damaged."""
    (folder / "x.parquet").write_bytes(damaged(parquet_bytes(), rng))
    assert len(read_parquet(folder / "x.parquet")) < 10_000_000


def damaged_workspace(rng: np.random.Generator, folder: Path) -> None:
    """A workspace with one damaged file: it is made again, or one sentence names it; the other artefacts stay."""
    shutil.rmtree(folder / "space", ignore_errors=True)
    workspace = Workspace(folder / "space")
    workspace.remember_corpus(folder)
    workspace.write_table("melody/a", pd.DataFrame({"f0_hz": [0.0, 220.0]}), "k1")
    workspace.write_json("audit/audit.json", {"files": 3}, "k2")
    workspace.write_array("atlas/e.npy", np.arange(12.0).reshape(3, 4), "k3")
    files = sorted(path for path in workspace.root.rglob("*") if path.is_file())
    path = files[int(rng.integers(len(files)))]
    path.write_bytes(damaged(path.read_bytes(), rng))
    workspace = Workspace(folder / "space")
    assert workspace.corpus is None or isinstance(workspace.corpus, Path)
    readers = {
        "melody/a.parquet": lambda: workspace.table("melody/a"),
        "audit/audit.json": lambda: workspace.json("audit/audit.json"),
        "atlas/e.npy": lambda: np.asarray(workspace.array("atlas/e.npy")).sum(),
    }
    for name, reader in readers.items():
        key = workspace.key(name)
        assert key is None or isinstance(key, str)
        if path.name.startswith(Path(name).name):
            reader()
        else:
            assert key and reader() is not None


def model(rng: np.random.Generator, folder: Path) -> None:
    """A history, a header of weights and a job's state, damaged."""
    header = json.dumps({"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}).encode()
    (folder / "m.safetensors").write_bytes(
        damaged(len(header).to_bytes(8, "little") + header + bytes(24), rng)
    )
    row = {"protocol": "paper", "fold": 0, "epoch": 1, "loss": 1.0, "validation_loss": 1.0}
    (folder / "history.jsonl").write_bytes(damaged((json.dumps(row) + "\n").encode() * 3, rng))
    job = folder / "jobs" / "20260101-000000-000000"
    job.mkdir(parents=True, exist_ok=True)
    state = {"status": "running", "fraction": 0.5, "text": "", "command": ["run"], "subject": "", "pid": 1,
             "process_started": 0.0, "boot_id": "", "exit_status": None, "message": "", "started_at": 0.0,
             "ended_at": None}  # fmt: skip
    (job / "state.json").write_bytes(damaged(json.dumps(state).encode(), rng))
    assert len(history_of(folder)) < 100 and len(list_jobs(folder)) < 2
    tensor_shapes(folder / "m.safetensors")


FUZZERS = {
    "audio": audio, "table": table, "corpus": corpus, "json": json_file, "toml": toml_file, "parquet": parquet_file,
    "workspace": damaged_workspace, "model": model,
}  # fmt: skip


def run_case(name: str, seed: int, folder: Path) -> str:
    """Run one case; return "read" or "refused". Whatever else comes out of it is a fault."""
    try:
        FUZZERS[name](np.random.default_rng([seed, len(name)]), folder)
    except FlamsidError as error:
        said = str(error)
        assert said.strip() and len(said) < MOST_LETTERS and "Traceback" not in said
        return "refused"
    return "read"
