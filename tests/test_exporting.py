"""A whole corpus leaves as files of other programs, from the command and from Python."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from make_workspace import SINGERS, make_home

from flamsid_core.cli.main import main
from flamsid_core.errors import FlamsidError
from flamsid_core.pipeline.exporting import export_corpus, format_names


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return make_home(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("kind", [name for name in format_names() if name not in ("svg", "png")])
def test_every_format_leaves_as_the_corpus_is_laid_out(workspace, tmp_path, kind):
    written = export_corpus(workspace, kind, tmp_path)
    assert written and all(path.stat().st_size for path in written)
    recordings = pd.read_parquet(workspace / "corpus/recordings.parquet")
    if kind in ("csv", "svl", "jams", "midi", "musicxml"):
        folders = {path.relative_to(tmp_path).parts[0] for path in written}
        assert folders == {file.split("/")[0] for file in recordings["file"]}
    if kind == "csv":
        assert (tmp_path / "0/take_0.f0.csv").is_file() and (tmp_path / "0/take_0.motifs.csv").is_file()
        assert len(written) >= 3 * len(recordings)


def test_tables_hold_the_embeddings_beside_their_instances(workspace, tmp_path):
    export_corpus(workspace, "parquet", tmp_path)
    (path,) = tmp_path.glob("embeddings.*.parquet")
    table = pd.read_parquet(path)
    model = path.name.split(".", 1)[1].removesuffix(".parquet")
    vectors = np.load(workspace / "atlas" / model / "embeddings.npy")
    assert np.allclose(table.filter(regex=r"^e\d+$"), vectors)
    assert table["instance_id"].equals(pd.read_parquet(workspace / "motifs/instances.parquet")["instance_id"])


def test_some_recordings_and_some_layers(workspace, tmp_path, capsys):
    workspace = str(workspace)
    arguments = [
        "export",
        "corpus",
        "--workspace",
        workspace,
        "--format",
        "csv",
        "--output",
        str(tmp_path / "out"),
    ]
    assert main([*arguments, "--recordings", SINGERS[0], "--layers", "notes", "f0", "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert files == [f"0/take_{i}.{layer}.csv" for i in range(3) for layer in ("f0", "notes")]
    assert main([*arguments, "--recordings", "nobody"]) == 2
    assert "'nobody' is not in this corpus" in capsys.readouterr().err


def test_what_a_person_marked_leaves_too(tmp_path):
    from flamsid_core.annotations import Entry, open_annotations
    from flamsid_core.formats import read_layer

    workspace = make_home(tmp_path)
    recordings = pd.read_parquet(workspace / "corpus/recordings.parquet")
    row = recordings.iloc[0]
    detail = {"mark_id": "m1", "layer": "letra", "text": "ay, ay"}
    entry = Entry(row["recording_id"], "mark", "add", start_s=0.5, end_s=1.25, detail=detail)
    open_annotations(json.loads((workspace / "workspace.json").read_text())["corpus"]).add([entry])
    written = export_corpus(
        workspace, "svl", tmp_path / "out", recordings=[row["file"]], layers=["letra", "f0"]
    )
    layer = read_layer(written[0])
    assert layer[["text", "layer"]].to_numpy().tolist() == [["ay, ay", "letra"]]


def test_named_motifs_leave_under_their_names_and_rejected_ones_do_not(tmp_path):
    from flamsid_core.annotations import Entry, open_annotations

    workspace = make_home(tmp_path)
    patterns = pd.read_parquet(workspace / "motifs/instances.parquet")["pattern"].value_counts().index
    notes = open_annotations(json.loads((workspace / "workspace.json").read_text())["corpus"])
    said = [
        {"motif_key": patterns[0], "name": "the cry"},
        {"motif_key": patterns[1], "name": "noise", "rejected": True},
    ]
    notes.add([Entry("", "motif", "set", detail=detail) for detail in said])
    export_corpus(workspace, "parquet", tmp_path / "tables")
    for table in ("motifs", "instances"):
        left = pd.read_parquet(tmp_path / "tables" / f"{table}.parquet")
        assert patterns[1] not in set(left["pattern"])
        assert set(left.loc[left["pattern"] == patterns[0], "name"]) == {"the cry"}
        assert set(left.loc[left["pattern"] != patterns[0], "name"]) == {""}
    written = export_corpus(workspace, "csv", tmp_path / "files", layers=["motifs"])
    text = "".join(path.read_text() for path in written)
    assert "the cry" in text and patterns[2] in text and "noise" not in text
    detail = {"motif_key": patterns[1], "rejected": False}
    notes.add([Entry("", "motif", "set", detail=detail)])
    export_corpus(workspace, "parquet", tmp_path / "back")
    assert "noise" in set(pd.read_parquet(tmp_path / "back/motifs.parquet")["name"])


def test_two_files_of_one_name_do_not_overwrite_each_other(workspace, tmp_path):
    copy = tmp_path / "space"
    shutil.copytree(workspace, copy)
    table = pd.read_parquet(copy / "corpus/recordings.parquet")
    table.loc[1, "file"] = "0/take_0.flac"
    table.to_parquet(copy / "corpus/recordings.parquet", index=False)
    written = export_corpus(copy, "midi", tmp_path / "out")
    assert len(set(written)) == len(table)
    assert (tmp_path / "out/0/take_0.wav.mid").is_file() and (tmp_path / "out/0/take_0.flac.mid").is_file()


def test_nothing_made_yet_is_said(workspace, tmp_path):
    (tmp_path / "corpus").mkdir()
    shutil.copy(workspace / "corpus/recordings.parquet", tmp_path / "corpus/recordings.parquet")
    with pytest.raises(FlamsidError, match="nothing to write as midi"):
        export_corpus(tmp_path, "midi", tmp_path / "out")
    with pytest.raises(FlamsidError, match="not a format"):
        export_corpus(tmp_path, "docx", tmp_path / "out")


@pytest.mark.slow
def test_pictures_of_a_recording(workspace, tmp_path):
    if not any(map(shutil.which, ("chromium", "google-chrome", "chrome"))):
        pytest.skip("a picture is drawn by Chrome or Chromium, and none was found")
    pytest.importorskip("kaleido")
    for kind, head in (("svg", b"<svg"), ("png", b"\x89PNG")):
        (path,) = export_corpus(workspace, kind, tmp_path, recordings=["0/take_0.wav"])
        assert path.suffix == f".{kind}" and path.read_bytes().startswith(head)
