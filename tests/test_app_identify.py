"""The Identify page and what stands behind it, on a tiny corpus and a network with weights at random."""

import json
from dataclasses import asdict
from pathlib import Path

import catalogues
import numpy as np
import pandas as pd
import pytest
import torch
from make_workspace import SINGERS, make_home
from streamlit.testing.v1 import AppTest

from flamsid_core import jobs, ui
from flamsid_core.melody import ContourParams, MelodyParams
from flamsid_core.messages import packed
from flamsid_core.motifs import MotifParams
from flamsid_core.pipeline import identify_recording
from flamsid_core.pipeline.explanation import (
    corpus_embeddings,
    explain_motif,
    nearest_instances,
    source_groups_of,
)
from flamsid_core.singers import FeatureParams, save_model
from flamsid_core.singers.networks import build_network
from flamsid_core.singers.networks.inference import SingerNetwork
from flamsid_core.translation import languages, translate
from flamsid_core.ui.sound import uploads_folder
from flamsid_core.workspace import Workspace

SHELL = Path(ui.__file__).with_name("shell.py")
PAGES = Path(ui.__file__).parents[2] / "pages"
MODEL = "random-weights"


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    """Return home, workspace, recording and what the random network says of it."""
    torch.set_num_threads(1)
    home = tmp_path_factory.mktemp("home")
    workspace = Workspace(make_home(home))
    recordings = workspace.table("corpus/recordings")
    corpus = home / "corpora" / "tiny"
    from flamsid_core.corpus import audio_sha256

    recordings["sha256"] = [audio_sha256(corpus / file) for file in recordings["file"]]
    recordings["recording_id"] = recordings["recording_id"].astype(str)
    workspace.write_table("corpus/recordings", recordings, "made")
    torch.manual_seed(1)
    network = SingerNetwork(build_network("residual-blstm", 128, len(SINGERS)), 128)
    network.mean.fill_(-40.0)
    network.deviation.fill_(15.0)
    network.network.classes.weight.data *= 20
    figures = workspace.json("models/residual-blstm-mel-motifs/model.json")
    about = {
        "network": "residual-blstm",
        "network_options": {"preset": "lean"},
        "features": asdict(FeatureParams()),
        "classes": sorted(SINGERS),
        "protocols": figures["protocols"],
        "training": figures["training"],
        "open_set": {
            "how": "one singer left out in turn",
            "eer": 0.2,
            "threshold": 0.99,
            "known": 9,
            "unknown": 9,
            "false_rejections": 2,
            "false_acceptances": 2,
        },
    }
    folder = workspace.path(f"models/{MODEL}")
    save_model(folder, network, about)
    motifs = workspace.table("motifs/motifs")
    chain = {
        "kind": "recordings",
        "melody": asdict(MelodyParams()),
        "contour": asdict(ContourParams()),
        "motifs": asdict(MotifParams(min_length=3)),
        "levels": workspace.table("contour/levels").to_dict("records"),
        "patterns": {singer: sorted(rows["pattern"]) for singer, rows in motifs.groupby("singer")},
    }
    workspace.write_json(f"models/{MODEL}/chain.json", chain, "made")
    workspace.stamp(f"models/{MODEL}/model.json", "made")
    path = corpus / recordings["file"].iloc[0]
    return home, workspace, path, identify_recording(path, folder)


def test_the_summary_holds_every_motifs_posterior_and_the_verdict(heard):
    found = heard[3]
    summary = json.loads(json.dumps(found.summary()))
    assert summary["motifs"] == len(summary["evidence"]) > 0
    for row in summary["evidence"]:
        assert set(row["posterior"]) == set(SINGERS)
        assert sum(row["posterior"].values()) == pytest.approx(1, abs=1e-3)
        assert row["posterior"][row["predicted"]] == pytest.approx(row["probability"], abs=1e-3)
    leanings = [row["leaning"] for row in summary["evidence"]]
    assert leanings == sorted(leanings, reverse=True)
    assert summary["score"] == pytest.approx(summary["ranking"][0]["probability"])
    assert (summary["threshold"], summary["error_rate"]) == (0.99, 0.2)
    assert summary["verdict"] == ("known" if summary["score"] >= 0.99 else "unknown")


def test_motif_use_is_counted_in_the_models_workspace(heard, tmp_path):
    import shutil

    _, workspace, path, found = heard
    use = found.motif_use
    assert found.motif_use_missing == ""
    assert set(use.singers["singer"]) == set(SINGERS)
    sources = use.singers.set_index("singer")["sources"]
    assert sources["Amapola"] == 2, "the recording's own source does not count"
    assert sources["Brezo"] == 3
    elsewhere = shutil.copytree(workspace.path(f"models/{MODEL}"), tmp_path / "a" / "b")
    moved = identify_recording(path, elsewhere)
    assert (moved.motif_use, moved.motif_use_missing) == (None, "no_workspace")
    assert moved.summary()["motif_use"] is None


def test_motif_use_of_other_levels_is_not_counted(heard):
    _, workspace, path, _ = heard
    levels = workspace.table("contour/levels")
    workspace.write_table("contour/levels", levels.assign(pitch_cents=levels["pitch_cents"] + 1), "made")
    try:
        assert identify_recording(path, workspace.path(f"models/{MODEL}")).motif_use_missing == "changed"
    finally:
        workspace.write_table("contour/levels", levels, "made")


def test_what_is_explained_is_what_was_identified(heard):
    _, workspace, path, found = heard
    for row in found.evidence.head(2).to_dict("records"):
        why = explain_motif(path, row["start_s"], row["end_s"], workspace.path(f"models/{MODEL}"))
        assert why.singer == row["predicted"]
        assert why.posterior[why.singer] == pytest.approx(row["probability"], abs=0.02)
        first = found.ranking[0]["singer"]
        asked = explain_motif(
            path, row["start_s"], row["end_s"], workspace.path(f"models/{MODEL}"), singer=first
        )
        assert asked.attribution.score == pytest.approx(row["leaning"], abs=0.1), "the same measure"
        assert len(why.speaks_for) == pytest.approx((row["end_s"] - row["start_s"]) * 16_000, abs=1)


def test_neighbours_never_come_from_the_same_source_nor_twice_from_one_place(heard):
    _, workspace, path, found = heard
    row = found.evidence.iloc[0]
    why = explain_motif(path, row["start_s"], row["end_s"], workspace.path(f"models/{MODEL}"))
    embeddings = corpus_embeddings(workspace, MODEL)
    instances = workspace.table("motifs/instances")
    assert embeddings.shape == (len(instances), len(why.embedding))
    own = source_groups_of(workspace, path)
    assert own == {"g00"}
    near = nearest_instances(why.embedding, embeddings, instances, leave_out=own, k=5)
    assert not set(near["source_group"]) & own
    assert near["overlap_group"].is_unique
    assert near["distance"].is_monotonic_increasing
    everyone = nearest_instances(why.embedding, embeddings, instances.assign(overlap_group=instances.index))
    assert everyone["distance"].iloc[0] < 0.01, "without the rule it would find itself"
    assert nearest_instances(why.embedding, embeddings, instances.assign(conflict=True)).empty


def opened(heard, monkeypatch, *, language="en", why=None, **changes):
    home, workspace, path, found = heard
    monkeypatch.setenv("FLAMSID_HOME", str(home))
    monkeypatch.setenv("FLAMSID_ROOTS", str(home))
    monkeypatch.setattr(jobs, "PROGRAM", "naive_job")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    folder = uploads_folder().parent
    job = jobs.start(
        folder, ["identify", str(path), "--model", str(workspace.path(f"models/{MODEL}")), "--json"]
    )
    jobs.cancel(job)
    (job.folder / "result.json").write_text(json.dumps(packed(found.summary() | changes)))
    state = json.loads((job.folder / "state.json").read_text()) | {"status": "done"}
    (job.folder / "state.json").write_text(json.dumps(state))
    app = AppTest.from_file(str(SHELL), default_timeout=120)
    app.session_state["language"] = language
    app.query_params["project"] = workspace.root.name
    app.query_params["listener"] = MODEL
    if why is not None:
        app.session_state["identify_why"] = (job.id, why)
    app.switch_page(str(PAGES / "identify.py"))
    app.run()
    assert not app.exception, app.exception[0].value
    assert not app.error, app.error[0].value
    return app


def said(app):
    kinds = (app.subheader, app.markdown, app.caption, app.info, app.warning, app.success)
    return "\n".join(element.value for kind in kinds for element in kind)


@pytest.mark.parametrize("language", languages())
def test_the_page_shows_two_witnesses_and_a_verdict(heard, monkeypatch, language):
    app = opened(heard, monkeypatch, language=language)
    words = said(app)
    for text in (
        "Which motifs are used: counted",
        "What is heard: the likeliest first",
        "The question mark of a clip shows where in its sound the answer came from, and whether to "
        "believe that.",
    ):
        assert translate(text, language) in words
    begins = "One of the singers it knows: " if heard[3].verdict == "known" else "Unknown singer: "
    verdict = next(str(m.id) for m in catalogues.collected() if m.id and str(m.id).startswith(begins))
    verdict = translate(verdict, language)
    assert verdict.split(":")[0] in words
    assert ("2.8 %" if language == "en" else "2,8 %") in words, "2 of 9 leave open as little as this"
    assert (
        translate(
            "Fewer than three sources of {singers}: too few recordings to tell the singer's "
            "habits from those of a song (hatched).",
            language,
            singers="Amapola",
        )
        in words
    )


def test_the_page_says_what_it_cannot_tell(heard, monkeypatch):
    words = said(opened(heard, monkeypatch, verdict=None, motif_use=None, motif_use_missing="clips"))
    assert (
        translate(
            "Whether it is one of these singers at all cannot be told: no threshold was measured "
            "on recordings the model had not met.",
            "en",
        )
        in words
    )
    assert (
        translate(
            "This corpus holds clips of motifs, not whole recordings: without all phrases, those "
            "without a motif too, nobody can say how often a singer uses one.",
            "en",
        )
        in words
    )
    old = dict.fromkeys(("motif_use", "verdict")) | {"motif_use_missing": None}
    assert translate("This result was made before motif use was counted: identify again.", "en") in said(
        opened(heard, monkeypatch, **old)
    )


@pytest.mark.parametrize("language", languages())
def test_a_motif_is_taken_apart(heard, monkeypatch, language):
    app = opened(heard, monkeypatch, language=language, why=0)
    words = said(app)
    for text in (
        "Integrated gradients: the sound is faded in from the corpus' average spectrum, and every point "
        "is credited with what it moved the network's answer on the way; all points together make up "
        "the answer.",
        "To hear",
        "Is the picture worth anything?",
        "Deletion curve: what the picture marks most is taken out first, bit by bit, and the network is "
        "asked again; if the picture shows what the network used, the curve falls faster than the grey "
        "band. It judges the picture, not whether the network is right.",
        "Nearest motifs in other recordings",
    ):
        assert translate(text, language) in words
    asked = next(box for box in app.selectbox if box.label == translate("Ask about", language))
    other = next(name for name in asked.options if name != asked.value)
    asked.set_value(other).run()
    assert not app.exception and not app.error
    assert "By this motif alone" in said(app) or "Según este motivo" in said(app)


def test_a_recording_that_is_gone_is_told(heard, monkeypatch):
    from flamsid_core.errors import FlamsidError
    from flamsid_core.pipeline import explanation

    def gone(*args, **kwargs):
        raise FlamsidError("the sound is gone: put it back")

    monkeypatch.setattr(explanation, "explain_motif", gone)
    import streamlit as st

    st.cache_data.clear()
    with pytest.raises(AssertionError, match="put it back"):
        opened(heard, monkeypatch, why=1)


def test_the_figures_hold_what_they_are_given():
    from flamsid_core.plots import explanation as pictures

    centre_hz = np.geomspace(50, 7800, 128)
    level, values = np.random.default_rng(0).normal(size=(2, 40, 128))
    keys = ("time", "frequency", "for", "against", "level", "contribution")
    for dark in (False, True):
        drawn = pictures.attribution_map(
            np.arange(40) / 100, centre_hz, level, values, {key: key for key in keys}, dark=dark
        )
        assert np.array_equal(drawn.data[1].z, values.T)
        assert drawn.data[1].zmin == -drawn.data[1].zmax, "nothing said is in the middle"
        assert drawn.data[1].colorscale[2][1].endswith(",0)"), "and cannot be seen"
    singers = [
        {"singer": "<a>", "log_odds": 0.5, "enough": True},
        {"singer": "b", "log_odds": -2, "enough": False},
    ]
    bars = pictures.motif_use_bars(singers, {}, "x").data[0]
    assert list(bars.y) == ["&lt;a&gt;", "b"]
    assert list(bars.marker.pattern.shape) == ["", "/"]
    strip = pictures.posterior_strip(np.eye(2), ["a", "b"], ["m", "n"], {"motifs": "", "probability": ""})
    assert pd.DataFrame(strip.data[0].z).equals(pd.DataFrame(np.eye(2)))
