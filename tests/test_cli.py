"""The command line on small synthesised corpora, whole and broken, as a person or a script would call it."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile

from flamsid_core import pipeline
from flamsid_core.atlas import AtlasParams
from flamsid_core.cli.main import main
from flamsid_core.motifs import MotifParams
from flamsid_core.singers import TrainParams
from flamsid_core.workspace import Workspace

QUICK = ["--epochs", "1", "--processes", "1", "--motifs.min-length", "3"]
PROTOCOL_KEYS = {
    "accuracy",
    "balanced_accuracy",
    "mean_over_singers",
    "macro_auc",
    "recordings_right",
    "recordings",
}


def call(capsys, *arguments):
    """Run the command; return exit status, the JSON object on stdout, stderr."""
    status = main([*map(str, arguments), "--json"])
    out, err = capsys.readouterr()
    assert len(out.strip().splitlines()) == 1, out
    return status, json.loads(out), err


@pytest.fixture(scope="module")
def done(small_corpus, tmp_path_factory):
    """A workspace with everything made of the small corpus, and what the run said."""
    workspace = tmp_path_factory.mktemp("done") / "ws"
    command = [
        sys.executable,
        "-m",
        "flamsid_core.cli.main",
        "run",
        small_corpus,
        "-w",
        workspace,
        *QUICK,
        "--json",
    ]
    ran = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    return workspace, json.loads(ran.stdout)


def tone(path: Path, seconds=3.0, hz=220.0, rate=16000, amplitude=0.3):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, amplitude * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate), rate)


def test_run_goes_from_a_folder_to_a_map(done):
    workspace, summary = done
    assert summary["recordings"] == 6
    assert summary["skipped"] == []
    assert summary["motifs"] > 0
    assert summary["instances"] >= 3 * summary["motifs"]
    assert set(summary["protocols"]) == {"paper", "deduplicated", "source-disjoint"}
    for row in summary["protocols"].values():
        assert row.keys() >= PROTOCOL_KEYS
    workspace = Workspace(workspace)
    instances = workspace.table("motifs/instances")
    name = Path(summary["model"]).name
    assert list(workspace.table(f"atlas/{name}/map")["instance_id"]) == list(instances["instance_id"])
    assert len(workspace.array(f"atlas/{name}/embeddings.npy")) == len(instances)


def test_the_first_model_has_a_map_of_its_own(done, small_corpus, capsys):
    name = Path(done[1]["beside"]["model"]).name
    assert len(Workspace(done[0]).table(f"atlas/{name}/map")) == done[1]["instances"]
    status, quality, _ = call(capsys, "atlas", small_corpus, "-w", done[0], "--model", name)
    assert (status, quality["model"], quality["instances"]) == (0, name, done[1]["instances"])


def test_the_first_map_comes_before_families_audit_and_network(done, small_corpus, tmp_path, monkeypatch):
    workspace, seen, made = tmp_path / "ws", [], []
    shutil.copytree(done[0], workspace)

    def trained(project, chain, params, *, report, **_):
        made.append(params.network)
        for fraction in (0.0, 0.5, 1.0):
            report("train", fraction, params.network)
        return {"protocols": {}}

    def drawn(project, name, params, report):
        made.append(name)
        report("atlas", 1.0, name)
        return {}

    monkeypatch.setattr(pipeline.stages, "run_train", trained)
    monkeypatch.setattr(pipeline.stages, "run_atlas", drawn)
    monkeypatch.setattr(pipeline.stages, "run_audit", lambda *_: made.append("audit"))
    chain = pipeline.MotifChain(motifs=MotifParams(min_length=3))
    arguments = (small_corpus, workspace, chain, TrainParams(), AtlasParams())
    pipeline.run_all(*arguments, report=lambda stage, fraction, text: seen.append((stage, fraction)))
    assert [part.split("-")[0] for part in made] == ["two", "two", "audit", "residual", "residual"]
    first = [fraction for stage, fraction in seen if stage == "first map"]
    assert first == sorted(first) and first[-1] == 1.0
    assert [fraction for stage, fraction in seen if stage == "train"] == [0.0, 0.5, 1.0]
    stages = list(dict.fromkeys(stage for stage, _ in seen))
    assert stages.index("first map") < stages.index("families") < stages.index("train")


def test_instances_lie_on_the_frames_of_their_melody(done):
    workspace = Workspace(done[0])
    for recording, rows in workspace.table("motifs/instances").groupby("recording_id"):
        times = workspace.table(f"melody/{recording}")["time_s"].to_numpy()
        for column in ("start_s", "end_s"):
            nearest = times[np.abs(times[:, None] - rows[column].to_numpy()).argmin(axis=0)]
            assert np.abs(nearest - rows[column]).max() < 256 / 44100 + 1e-9


def test_a_second_run_does_nothing(done, small_corpus, capsys):
    workspace, before = done
    times = {path: path.stat().st_mtime_ns for path in workspace.rglob("*") if path.is_file()}
    start = time.monotonic()
    status, summary, _ = call(capsys, "run", small_corpus, "-w", workspace, *QUICK)
    assert status == 0
    assert time.monotonic() - start < 5
    assert summary["protocols"] == before["protocols"]
    changed = [p for p, t in times.items() if p.name != ".lock" and p.stat().st_mtime_ns != t]
    assert changed == []


def test_a_changed_parameter_redoes_only_what_depends_on_it(done, small_corpus, tmp_path, capsys):
    workspace = tmp_path / "ws"
    shutil.copytree(done[0], workspace)
    melody = sorted(workspace.glob("melody/*.parquet"))[0]
    tables = Workspace(workspace)
    before = melody.stat().st_mtime_ns, tables.key("contour/segments.parquet")
    status, _, _ = call(
        capsys, "motifs", small_corpus, "-w", workspace, "--contour.k", "9", "--motifs.min-length", "3"
    )
    assert status == 0
    assert melody.stat().st_mtime_ns == before[0]
    assert tables.key("contour/segments.parquet") != before[1]
    assert set(tables.table("contour/levels").groupby("scope").size()) == {9}


def test_stages_one_by_one_give_what_the_run_gives(done, small_corpus, tmp_path, capsys):
    workspace = tmp_path / "ws"
    status, melody, _ = call(capsys, "melody", small_corpus, "-w", workspace)
    assert (status, melody["recordings"]) == (0, 6)
    status, motifs, _ = call(capsys, "motifs", small_corpus, "-w", workspace, "--motifs.min-length", "3")
    assert (status, motifs["motifs"], motifs["instances"]) == (0, done[1]["motifs"], done[1]["instances"])
    status, audit, _ = call(capsys, "audit", small_corpus, "-w", workspace, "--motifs.min-length", "3")
    assert status == 0
    assert audit.keys() >= {"files", "distinct", "conflicting", "source_groups", "share_of_test_in_train"}
    assert audit["source_groups"] == 6


def test_identify_ranks_all_singers_and_says_what_it_knew(done, small_corpus, capsys):
    recording = sorted(small_corpus.rglob("*.flac"))[0]
    status, result, _ = call(capsys, "identify", recording, "--model", done[1]["model"])
    assert status == 0
    assert result["motifs"] > 0
    assert len(result["ranking"]) == 2
    assert sum(row["probability"] for row in result["ranking"]) == pytest.approx(1, abs=1e-6)
    assert any("trained on this very recording" in note for note in result["notes"])


def test_one_bad_file_is_reported_and_the_rest_goes_on(small_corpus, tmp_path, capsys):
    corpus = tmp_path / "corpus"
    shutil.copytree(small_corpus, corpus)
    (corpus / "recordings.csv").unlink()
    singer = sorted(path for path in corpus.iterdir() if path.is_dir())[0]
    good = sorted(singer.glob("*.flac"))[0]
    (singer / "broken.flac").write_bytes(b"this is no audio")
    (singer / "cut.flac").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    (singer / "empty.wav").write_bytes(b"")
    rate = 16000
    soundfile.write(singer / "hiss.wav", 1e-3 * np.random.default_rng(0).standard_normal(3 * rate), rate)
    status, summary, err = call(capsys, "motifs", corpus, "-w", tmp_path / "ws", "--motifs.min-length", "3")
    assert status == 1
    assert summary["recordings"] == 6
    reasons = {Path(skip["file"]).name: skip["reason"] for skip in summary["skipped"]}
    assert set(reasons) == {"broken.flac", "cut.flac", "empty.wav", "hiss.wav"}
    assert all(reasons.values())
    assert "voiced" in reasons["hiss.wav"]
    assert "Traceback" not in err


@pytest.mark.parametrize("case", ["missing", "empty", "no audio", "all broken", "silence"])
def test_nothing_to_do_is_one_line_and_status_2(case, tmp_path, capsys):
    corpus = tmp_path / "corpus"
    if case != "missing":
        (corpus / "a").mkdir(parents=True)
    if case == "no audio":
        (corpus / "a" / "notes.txt").write_text("nothing to hear")
    if case == "all broken":
        (corpus / "a" / "x.wav").write_bytes(b"RIFF....")
    if case == "silence":
        tone(corpus / "a" / "x.wav", amplitude=0.0)
    status, result, err = call(capsys, "run", corpus, "-w", tmp_path / "ws")
    assert status == 2
    assert str(corpus) in result["error"] or "x.wav" in result["error"]
    assert err.strip().splitlines()[-1] == f"flamsid: {result['error']}"
    assert "Traceback" not in err


def test_one_singer_gets_motifs_but_no_network(small_corpus, tmp_path, capsys):
    corpus = tmp_path / "corpus"
    singer = sorted(path for path in small_corpus.iterdir() if path.is_dir())[0]
    shutil.copytree(singer, corpus / singer.name)
    status, summary, _ = call(capsys, "run", corpus, "-w", tmp_path / "ws", *QUICK)
    assert status == 1
    assert summary["motifs"] > 0
    assert summary["model"] is None
    assert "one singer" in summary["notes"][0]
    status, result, _ = call(capsys, "train", corpus, "-w", tmp_path / "ws", *QUICK)
    assert status == 2
    assert "one more singer" in result["error"]


def test_a_singer_with_one_recording_is_said_not_to_be_scored(small_corpus, tmp_path, capsys):
    corpus = tmp_path / "corpus"
    shutil.copytree(small_corpus, corpus, ignore=shutil.ignore_patterns("recordings.csv", "demo.json"))
    singer = sorted(path for path in corpus.iterdir() if path.is_dir())[0]
    for path in sorted(singer.glob("*.flac"))[1:]:
        path.unlink()
    arguments = [*QUICK[:-1], "2", "--motifs.min-support", "2", "--protocol", "all"]
    status, result, _ = call(capsys, "train", corpus, "-w", tmp_path / "ws", *arguments)
    assert status == 0
    assert any(singer.name in note for note in result["notes"])


def test_no_motif_says_what_to_loosen(tmp_path, capsys):
    tone(tmp_path / "corpus" / "a" / "x.wav")
    tone(tmp_path / "corpus" / "b" / "y.wav", hz=300)
    status, result, _ = call(capsys, "run", tmp_path / "corpus", "-w", tmp_path / "ws")
    assert status == 2
    assert "--motifs.min-support" in result["error"]


def test_a_damaged_table_is_one_line_and_mended_by_the_next_run(done, small_corpus, tmp_path, capsys):
    workspace = tmp_path / "ws"
    shutil.copytree(done[0], workspace)
    table = workspace / "motifs" / "instances.parquet"
    table.write_bytes(b"\0" * table.stat().st_size)
    status, result, _ = call(capsys, "run", small_corpus, "-w", workspace, *QUICK)
    assert status == 2
    assert "instances.parquet is damaged" in result["error"]
    status, summary, _ = call(capsys, "motifs", small_corpus, "-w", workspace, "--motifs.min-length", "3")
    assert (status, summary["instances"]) == (0, done[1]["instances"])


@pytest.mark.parametrize("file", ["model.safetensors", "model.json", "chain.json"])
def test_a_damaged_model_is_one_line(done, small_corpus, tmp_path, capsys, file):
    model = tmp_path / "model"
    shutil.copytree(done[1]["model"], model)
    content = bytearray((model / file).read_bytes())
    content[: len(content) // 2] = b"\x80" * (len(content) // 2)
    (model / file).write_bytes(content)
    recording = sorted(small_corpus.rglob("*.flac"))[0]
    status, result, err = call(capsys, "identify", recording, "--model", model)
    assert status == 2
    assert file in result["error"]
    assert "Traceback" not in err


@pytest.mark.parametrize("name", ["../out", "a/b", "", ".hidden", "x" * 200])
def test_a_models_name_never_becomes_a_path(done, small_corpus, capsys, name):
    status, result, _ = call(capsys, "train", small_corpus, "-w", done[0], *QUICK, "--name", name)
    assert status == 2
    assert "name" in result["error"]


def test_a_killed_run_goes_on_where_it_was(small_corpus, tmp_path, capsys):
    workspace = tmp_path / "ws"
    command = [sys.executable, "-m", "flamsid_core.cli.main", "melody", small_corpus, "-w", workspace]
    process = subprocess.Popen([*map(str, command)], stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 120
    while not list(workspace.glob("melody/*.parquet.key")) and time.monotonic() < deadline:
        time.sleep(0.01)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]
    finished = {path: path.stat().st_mtime_ns for path in workspace.glob("melody/*.key")}
    assert finished
    status, result, _ = call(capsys, "melody", small_corpus, "-w", workspace)
    assert (status, result["recordings"]) == (0, 6)
    assert {path: path.stat().st_mtime_ns for path in finished} == finished


def test_a_clips_corpus_has_no_melody_to_track(tmp_path, capsys):
    clip = "R1_1-1_0b3c8c3e-0000-4000-8000-00000000000{}.wav"
    for i, singer in enumerate("ab"):
        for j in range(2):
            tone(tmp_path / "clips" / singer / clip.format(2 * i + j), seconds=0.5, hz=200 + 50 * i + 9 * j)
    status, result, _ = call(capsys, "melody", tmp_path / "clips", "-w", tmp_path / "ws")
    assert status == 2
    assert "clips" in result["error"]


def test_a_dask_cluster_gives_the_same_melodies(done, small_corpus, tmp_path, capsys):
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        arguments = ["-w", tmp_path / "ws", "--scheduler", cluster.scheduler_address]
        status, result, _ = call(capsys, "melody", small_corpus, *arguments)
    assert (status, result["recordings"]) == (0, 6)
    for table in done[0].glob("melody/*.parquet"):
        assert (tmp_path / "ws" / "melody" / table.name).read_bytes() == table.read_bytes()


def test_no_scheduler_is_one_line(small_corpus, tmp_path, capsys):
    arguments = ["-w", tmp_path / "ws", "--scheduler", "tcp://127.0.0.1:1"]
    status, result, _ = call(capsys, "melody", small_corpus, *arguments)
    assert status == 2
    assert "No Dask scheduler answers" in result["error"]


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["demo", "--help"]])
def test_help_is_there(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0
    assert "usage: flamsid" in capsys.readouterr().out


@pytest.mark.real
def test_the_audit_of_the_published_clips(flamenco_motifs, tmp_path, capsys):
    status, audit, _ = call(
        capsys, "audit", flamenco_motifs, "-w", tmp_path / "ws", "--no-near-duplicates", "--no-trivial"
    )
    assert status == 0
    assert (audit["files"], audit["distinct"], audit["conflicting"], audit["source_groups"]) == (
        11158,
        5405,
        99,
        15,
    )
    assert 0.69 < audit["share_of_test_in_train"] < 0.73


@pytest.mark.parametrize(
    ("given", "expected"),
    [([], "pieces"), (["--preset", "paper"], "motifs"), (["--network", "two-covariance"], "pieces")],
)
def test_clips_to_learn_from_are_pieces_unless_the_paper_is_asked_for(monkeypatch, tmp_path, given, expected):
    seen = []

    def summary(corpus, workspace, chain, training, **rest):
        seen.append(training.clip_set)
        return {"model": "x", "seconds": 0.0, "parameters": 1000, "multiply_adds_per_s": None} | {
            "protocols": {}, "skipped": [], "notes": []
        }  # fmt: skip

    monkeypatch.setattr("flamsid_core.pipeline.train_summary", summary)
    assert main(["train", str(tmp_path), *given]) == 0
    assert seen == [expected]
