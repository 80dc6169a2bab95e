"""f0 that was made elsewhere, and corrections on their way into the stages."""

import json

import numpy as np
import pandas as pd
import pytest
import soundfile

from flamsid_core.annotations import Annotations, Entry, open_annotations
from flamsid_core.cli.main import main
from flamsid_core.errors import FlamsidError
from flamsid_core.formats import read_f0
from flamsid_core.melody import ContourParams, MelodyParams, track_f0
from flamsid_core.pipeline.corrections import shares_corrected, tracked_melody
from flamsid_core.pipeline.given import given_f0, with_gaps
from flamsid_core.pipeline.project import open_project
from flamsid_core.pipeline.stages import MotifChain, melodies, run_contour, run_melody

GIVEN = MelodyParams(method="given")
PITCH_LONG = """File type = "ooTextFile"
Object class = "Pitch 1"

xmin = 0
xmax = 0.04
nx = 3
dx = 0.01
x1 = 0.015
ceiling = 600
maxnCandidates = 2
frames []:
    frames [1]:
        intensity = 0.1
        nCandidates = 2
        candidates []:
            candidates [1]:
                frequency = 220.5
                strength = 0.9
            candidates [2]:
                frequency = 0
                strength = 0.3
    frames [2]:
        intensity = 0.1
        nCandidates = 1
        candidates []:
            candidates [1]:
                frequency = 0
                strength = 0.9
    frames [3]:
        intensity = 0.1
        nCandidates = 1
        candidates []:
            candidates [1]:
                frequency = 2.3e2
                strength = 0.9
"""
PITCH_SHORT = (
    'File type = "ooTextFile"\nObject class = "Pitch 1"\n\n0\n0.04\n3\n0.01\n0.015\n600\n2\n'
    "0.1\n2\n220.5\n0.9\n0\n0.3\n0.1\n1\n0\n0.9\n0.1\n1\n230\n0.9\n"
)
TIER_LONG = """File type = "ooTextFile"
Object class = "PitchTier"

xmin = 0
xmax = 1
points: size = 3
points [1]:
    number = 0.1
    value = 200
points [2]:
    number = 0.12
    value = 400
points [3]:
    number = 0.5
    value = 300
"""
TIER_SHORT = (
    'File type = "ooTextFile"\nObject class = "PitchTier"\n\n0\n1\n3\n0.1\n200\n0.12\n400\n0.5\n300\n'
)
TIER_SHEET = '"ooTextFile"\n"PitchTier"\n0 1 3\n0.1\t200\n0.12\t400\n0.5\t300\n'


@pytest.mark.parametrize("text", [PITCH_LONG, PITCH_SHORT])
def test_a_pitch_of_praat(tmp_path, text):
    (tmp_path / "a.Pitch").write_text(text)
    table = read_f0(tmp_path / "a.Pitch")
    np.testing.assert_allclose(table["time_s"], [0.015, 0.025, 0.035])
    assert table["f0_hz"].tolist() == [220.5, 0.0, 230.0]


@pytest.mark.parametrize("text", [TIER_LONG, TIER_SHORT, TIER_SHEET])
def test_a_tier_of_praat(tmp_path, text):
    (tmp_path / "a.PitchTier").write_text(text, encoding="utf-16")
    table = read_f0(tmp_path / "a.PitchTier").set_index("time_s")["f0_hz"]
    np.testing.assert_allclose(table.iloc[:3], [200, 200 * 2**0.5, 400])
    assert len(table) == 41 and table.iloc[-1] == pytest.approx(300)
    table = read_f0(tmp_path / "a.PitchTier")
    assert (table["f0_hz"] > 0).sum() == 41  # 0.38 s apart is not far where points are usually 0.2 s apart


@pytest.mark.parametrize(
    "text", [PITCH_SHORT[:-20], TIER_SHORT[:-5], "no object", TIER_SHEET.replace("0.12", "0.05")]
)
def test_what_praat_did_not_write_is_told(tmp_path, text):
    (tmp_path / "a.pitch").write_text(text)
    with pytest.raises(FlamsidError, match=r"^a\.pitch"):
        read_f0(tmp_path / "a.pitch")


def test_praatio_reads_the_same(tmp_path):
    praatio = pytest.importorskip("praatio.data_points")
    (tmp_path / "a.PitchTier").write_text(TIER_LONG)
    points = praatio.open2DPointObject(str(tmp_path / "a.PitchTier")).pointList
    read = read_f0(tmp_path / "a.PitchTier")
    for time_s, f0_hz in points:
        assert read.loc[(read["time_s"] - time_s).abs().idxmin(), "f0_hz"] == pytest.approx(f0_hz)


@pytest.mark.parametrize(
    ("text", "f0_hz"),
    [
        ("0.0 0.02 0.0 0.0\n0.1 0.5 440.0 220.0\n", [0, 220]),  # TONAS: the corrected one
        ("0\t0.02\t0\t0\n0.1\t0.5\t440\t220\n", [0, 220]),
        ("time,confidence,f0\n0.0,0.1,-1\n0.1,0.9,220\n", [0, 220]),
        ("time_s;f0_hz\n0,0;\n0,1;220,0\n", [0, 220]),
        ("0.0,nan\n0.1,220.0,x\n", [0, 220]),
    ],
)
def test_tables_of_f0(tmp_path, text, f0_hz):
    path = tmp_path / "a.f0.csv"
    path.write_text(text)
    table = read_f0(path)
    assert table["f0_hz"].tolist() == f0_hz and table["time_s"].tolist() == [0.0, 0.1]


def test_frames_left_out_are_unvoiced():
    table = with_gaps(
        pd.DataFrame({"time_s": [1.0, 1.01, 1.02, 1.05, 1.06], "f0_hz": [220.0, np.nan, 221, 222, -5]})
    )
    np.testing.assert_allclose(table["time_s"], np.arange(1.0, 1.065, 0.01))
    assert table["f0_hz"].tolist() == [220, 0, 221, 0, 0, 222, 0]
    assert with_gaps(table.iloc[:0]).empty


def sing(notes_hz, seconds=0.3, rate=16000):
    phase = np.concatenate([np.full(int(rate * seconds), hz) for hz in notes_hz]).cumsum() / rate
    return sum(np.sin(2 * np.pi * h * phase) / h for h in range(1, 8)) * 0.2


def f0_csv(path, notes_hz, seconds=0.3, hop_s=0.01):
    f0_hz = np.repeat(notes_hz, round(seconds / hop_s))
    path.write_text("".join(f"{i * hop_s:.3f},{hz}\n" for i, hz in enumerate(f0_hz)))


TUNES = {
    "Ana/one": [220, 247, 262, 247, 220, 247, 262, 247],
    "Ana/two": [262, 247, 220, 247, 262, 247, 220, 196],
}


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "cante"
    for name, notes_hz in TUNES.items():
        path = folder / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, sing(notes_hz), 16000)
        f0_csv(path.with_suffix(".f0.csv"), notes_hz)
    return open_project(folder, tmp_path / "space")


def test_given_f0_is_taken_only_when_asked(project, tmp_path):
    assert run_melody(project, GIVEN) == []
    table = next(iter(melodies(project, GIVEN).values()))
    assert table["f0_hz"].iloc[0] == 220.0 and len(table) == 240
    f0_csv(project.corpus.root / "Ana/one.f0.csv", [100, 200])
    run_melody(project, GIVEN)  # another file, another melody
    assert next(iter(melodies(project, GIVEN).values()))["f0_hz"].iloc[0] == 100.0
    (project.corpus.root / "Ana/one.f0.csv").unlink()
    (left_out,) = run_melody(project, GIVEN)
    assert left_out.file == "Ana/one.wav" and "one.f0.csv" in left_out.reason
    with pytest.raises(FlamsidError, match=r"no given f0: put one\.f0\.csv beside it"):
        given_f0(project.corpus.root / "Ana/one.wav")
    with pytest.raises(FlamsidError, match="belongs to a file"):
        track_f0(np.zeros(1000), 16000, method="given")


def test_a_correction_reaches_every_stage_and_goes_back(project):
    one, two = project.corpus.recordings["recording_id"]
    workspace = project.workspace
    chain = MotifChain(melody=GIVEN, contour=ContourParams(method="kmeans"))
    run_melody(project, GIVEN)
    first_key = run_contour(project, GIVEN, chain.contour)
    before = {rid: workspace.key(f"melody/{rid}.parquet") for rid in (one, two)}
    segments = workspace.table("contour/segments")
    notes = open_annotations(project.corpus.root)
    notes.add([Entry(one, "f0", "octave", 0.3, 0.6, {"octaves": 1})])
    run_melody(project, GIVEN)
    melody = melodies(project, GIVEN)[one]
    assert melody.loc[melody["corrected"], "f0_hz"].unique().tolist() == [494.0]
    assert tracked_melody(workspace, one)["f0_hz"].max() == 262.0
    assert (
        workspace.key(f"melody/{one}.parquet") != before[one]
        and workspace.key(f"melody/{two}.parquet") == before[two]
    )
    assert shares_corrected(workspace, notes) == {one: pytest.approx(30 / 240)}
    assert run_contour(project, GIVEN, chain.contour) != first_key
    assert workspace.table("contour/segments")["pitch_cents"].max() > segments["pitch_cents"].max() + 500
    notes.undo(one)
    run_melody(project, GIVEN)
    assert run_contour(project, GIVEN, chain.contour) == first_key
    pd.testing.assert_frame_equal(workspace.table("contour/segments"), segments)
    assert {rid: workspace.key(f"melody/{rid}.parquet") for rid in (one, two)} == before


def test_a_corrected_note_is_in_the_segments(project):
    one = project.corpus.recordings["recording_id"][0]
    params = ContourParams(method="kmeans")
    run_melody(project, GIVEN)
    run_contour(project, GIVEN, params)
    before = project.workspace.table("contour/segments")
    boundary = before.loc[before["recording_id"] == one, "end_s"].iloc[0]
    notes = open_annotations(project.corpus.root)
    notes.add(
        [
            Entry(one, "note", "move", boundary, detail={"to_s": boundary + 0.1}),
            Entry(one, "note", "split", 99.0),
        ]
    )
    key = project.workspace.key(f"melody/{one}.parquet")
    run_melody(project, GIVEN)
    run_contour(project, GIVEN, params)
    assert project.workspace.key(f"melody/{one}.parquet") == key
    after = project.workspace.table("contour/segments")
    assert after.loc[after["recording_id"] == one, "end_s"].iloc[0] == pytest.approx(boundary + 0.1)
    assert [lost["kind"] for lost in project.workspace.json("contour/corrections.json")["left_over"]] == [
        "split"
    ]


def test_the_command_writes_and_reads(project, tmp_path, capsys):
    one = project.corpus.recordings["recording_id"][0]
    run_melody(project, GIVEN)
    notes = open_annotations(project.corpus.root)
    notes.add([Entry(one, "f0", "unvoiced", 0.0, 0.3)])
    run_melody(project, GIVEN)
    corpus, workspace, out = str(project.corpus.root), str(project.workspace.root), str(tmp_path / "out")
    assert main(["annotations", "export", corpus, out, "-w", workspace, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["share_corrected"] == {one: pytest.approx(30 / 240)}
    assert (tmp_path / "out" / f"{one}.jams").exists()
    notes.path.unlink()
    assert main(["annotations", "import", corpus, out, "-w", workspace, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entries"] == 1
    assert Annotations(notes.path).entries(one)[0].kind == "unvoiced"
