"""One registration is enough: what is named once is found by the command line and by the pages."""

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from flamsid_core.cli.main import main
from flamsid_core.errors import FlamsidError
from flamsid_core.formats import FORMATS, Format, register_format
from flamsid_core.melody import MelodyParams, track_f0
from flamsid_core.melody.f0 import TRACKERS
from flamsid_core.registration import Registry
from flamsid_core.singers import FeatureParams, TrainParams, frame_features, make_clip_set
from flamsid_core.singers.evaluation.splitting import PROTOCOLS, protocol_splits
from flamsid_core.singers.features.clip_sets import CLIP_SETS
from flamsid_core.singers.features.frames import FEATURES, Feature
from flamsid_core.singers.networks import NETWORKS
from flamsid_core.ui.navigation import NAVIGATION, Page

REGISTRIES = {
    "tracker": TRACKERS,
    "feature": FEATURES,
    "clip set": CLIP_SETS,
    "protocol": PROTOCOLS,
    "network": NETWORKS,
    "format": FORMATS,
    "page": NAVIGATION,
}


def page_of_mine():
    import streamlit as st

    st.markdown("This page is mine.")


@pytest.fixture
def mine():
    """Register one of each under the name "mine"."""
    TRACKERS.register("mine")(
        lambda mono, rate, params: pd.DataFrame({"time_s": [0.0], "f0_hz": [200.0], "confidence": [1.0]})
    )
    FEATURES.register("mine")(
        Feature(lambda params: 1, lambda spectra: spectra.bands_db.max(axis=1, keepdims=True))
    )
    CLIP_SETS.register("mine")(
        lambda clips, duration_s, rng: (clips["start_s"].to_numpy(), clips["start_s"].to_numpy() + 0.1)
    )
    PROTOCOLS.register("mine")(
        lambda clips, *, folds, seed, validation_share: PROTOCOLS["paper"](
            clips, folds=folds, seed=seed + 1, validation_share=validation_share
        )
    )
    NETWORKS.register("mine")(lambda bins, classes: None)
    register_format(Format("mine", "a program of mine", write=lambda tables: {".mine": b""}))
    NAVIGATION.register("mine")(Page("A page of mine", "star", page_of_mine))
    yield
    for registry in REGISTRIES.values():
        registry.remove("mine")


def test_parameters_take_what_is_registered(mine):
    assert track_f0(np.zeros(4410), 44_100, params=MelodyParams(method="mine"))["f0_hz"].tolist() == [200.0]
    params = FeatureParams(kind="mine")
    assert params.bins == 1 and frame_features(np.ones(1600, np.float32), params).shape == (11, 1)
    clips = pd.DataFrame({"file": ["a"] * 4, "source_group": ["a"] * 4, "singer": ["A", "B"] * 2})
    clips = clips.assign(start_s=[0.0, 1, 2, 3], end_s=[1.0, 2, 3, 4])
    assert make_clip_set(clips, "mine", duration_s={"a": 9.0})["end_s"].tolist() == [0.1, 1.1, 2.1, 3.1]
    assert list(protocol_splits(clips, protocols=["mine"])[0]) == ["mine"]
    assert TrainParams(network="mine", clip_set="mine", protocol="mine", features=params)


@pytest.mark.parametrize("kind", REGISTRIES)
def test_an_unknown_name_is_refused_with_the_names_there_are(mine, kind):
    with pytest.raises(FlamsidError, match=r"'yours'.*mine"):
        REGISTRIES[kind].check("yours")


def test_the_command_line_lists_what_is_registered(mine, capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert said.count("mine") >= 6


def refused(arguments, capsys):
    """Return what the command line says of arguments that it refuses, by itself or by its parser."""
    try:
        status = main(arguments)
    except SystemExit as end:
        status = end.code
    assert status == 2
    said = capsys.readouterr()
    return said.out + said.err


@pytest.mark.parametrize("option", ["network", "clip-set", "protocol", "features.kind", "melody.method"])
def test_the_command_line_takes_what_is_registered(mine, tmp_path, capsys, option):
    away = ["--workspace", str(tmp_path / "results")]
    # The folder is empty: of a good name the complaint is about that, of another one about the name.
    assert "no sound files" in refused(["train", str(tmp_path), f"--{option}", "mine", *away], capsys)
    assert "yours" in refused(["train", str(tmp_path), f"--{option}", "yours", *away], capsys)


def test_a_built_in_one_cannot_be_replaced():
    with pytest.raises(FlamsidError, match="built-in"):
        NETWORKS.register("crnn")
    shapes: Registry[int] = Registry("{name!r}: {choices}")
    shapes.register("one")(1)
    shapes.register("one")(2)
    assert shapes["one"] == 2


@pytest.fixture
def home(tmp_path, monkeypatch):
    from make_workspace import make_home

    monkeypatch.setenv("FLAMSID_HOME", str(tmp_path))
    return make_home(tmp_path)


def test_a_grid_offers_what_is_registered(mine, home):
    def page(root: str) -> None:
        from flamsid_core.ui.experiments.start import start_form
        from flamsid_core.workspace import Workspace

        start_form(Workspace(root))

    app = AppTest.from_function(page, args=(str(home),), default_timeout=60).run()
    assert not app.exception
    offered = {pills.key: pills.options for pills in app.button_group}
    for axis in ("networks", "features", "clip_sets", "protocols"):
        assert "mine" in offered[f"grid_{axis}"]


def test_the_recording_page_offers_the_format(mine, home):
    from test_app import opened

    assert any(
        "mine" in option
        for option in opened("recording", project=home).selectbox(key="export_format").options
    )


def test_the_corpus_page_offers_the_tracker(mine, home):
    from test_app import opened

    assert "mine" in opened("corpus", project=home).selectbox(key=f"run_tracker-{home.name}").options


def test_the_navigation_offers_the_page(mine, home, monkeypatch):
    import streamlit

    from flamsid_core.ui import shell

    offered = []
    navigation = streamlit.navigation
    monkeypatch.setattr(
        streamlit, "navigation", lambda pages, **more: offered.extend(pages) or navigation(pages, **more)
    )
    app = AppTest.from_file(shell.__file__, default_timeout=60).run()
    assert not app.exception
    assert "A page of mine" in [page.title for page in offered]
