"""The Motif space page: two maps, filters, what is selected and how far it can be trusted, what one takes along."""

import io
import json
import re
import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest
import soundfile
from make_workspace import MODEL, SAMPLE_RATE_HZ, write_json
from test_app import check, home, opened, tiny, words  # noqa: F401

from flamsid_core import jobs
from flamsid_core.translation import translate
from flamsid_core.ui.atlas import quality as space_quality
from flamsid_core.ui.atlas import selection as space_selection
from flamsid_core.ui.components.motif_space import encode_selection
from flamsid_core.workspace import Workspace


def instances(home):  # noqa: F811
    return pd.read_parquet(home[1] / "motifs" / "instances.parquet")


def shown(app):
    found = re.search(r"([\d,]+) of ([\d,]+) motifs pass", words(app))
    return None if found is None else int(found[1].replace(",", ""))


def test_two_maps_side_by_side(home):  # noqa: F811
    app = check(opened("atlas", project=home[1]))
    app.selectbox(key="space_second").select(f"pca:{MODEL}").run()
    check(app)
    for colour in ("recording", "source_group", "style", "pattern", "prediction"):
        app.selectbox(key="space_colour").select(colour).run()
        check(app)


def test_right_and_wrong_say_under_which_protocol(home):  # noqa: F811
    app = check(opened("atlas", project=home[1]))
    assert translate("right or wrong", "en") not in words(app)
    app.selectbox(key="space_colour").select("prediction").run()
    said = translate(
        "Right and wrong: what the network said of motifs it had not been trained on, under "
        "the protocol “{protocol}”.",
        "en",
        protocol=translate("Source-disjoint", "en"),
    )
    assert said in words(check(app))


def test_filters_leave_what_they_say(home):  # noqa: F811
    rows = instances(home)
    recordings = pd.read_parquet(home[1] / "corpus" / "recordings.parquet").set_index("recording_id")
    app = check(opened("atlas", project=home[1]))
    assert shown(app) is None
    app.multiselect(key="space_styles").select("debla").run()
    debla = rows["recording_id"].map(recordings["style"]) == "debla"
    assert shown(check(app)) == debla.sum() > 0
    app.multiselect(key="space_singers").select("Brezo").run()
    assert shown(check(app)) == (debla & (rows["singer"] == "Brezo")).sum() > 0
    app.multiselect(key="space_singers").set_value([])
    app.multiselect(key="space_styles").set_value([])
    rid = rows["recording_id"].iloc[0]
    app.multiselect(key="space_recordings").select(rid).run()
    assert shown(check(app)) == (rows["recording_id"] == rid).sum()
    app.multiselect(key="space_recordings").set_value([])
    app.text_input(key="space_steps").set_value("+2 -1").run()
    held = (" " + rows["pattern"] + " ").str.contains(" +2 -1 ", regex=False)
    assert shown(check(app)) == held.sum() > 0
    app.text_input(key="space_steps").set_value("+9 +9").run()
    assert translate("No point is left: loosen the filters.", "en") in words(check(app))


def test_filters_by_length_and_by_what_the_network_said(home):  # noqa: F811
    rows = instances(home)
    app = check(opened("atlas", project=home[1]))
    (length,) = (slider for slider in app.slider if slider.key.startswith("space_length"))
    length.set_value((5, 5)).run()
    assert shown(check(app)) == (rows["pattern"].str.count(" ") == 4).sum()
    length = next(slider for slider in app.slider if slider.key.startswith("space_length"))
    length.set_value((3, 5))
    app.multiselect(key="space_outcomes").select("wrong").run()
    said = pd.read_parquet(home[1] / "models" / MODEL / "predictions.parquet")
    assert shown(check(app)) == (said["singer"] != said["predicted"]).sum() > 0


def test_a_chosen_point_shows_its_nearest_and_a_selection_its_trust(home):  # noqa: F811
    app = check(opened("atlas", project=home[1]))
    before = [m.label for m in app.metric]
    app.session_state[f"space-{home[1].name}-{MODEL}-umap"] = {
        "clicked": {"row": 7},
        "selection": encode_selection([1, 2, 5], len(instances(home))),
    }
    said = words(check(app.run()))
    assert translate("Selection: {n}", "en", n="3") in said
    assert (
        translate("Nearest from other recordings", "en") in said and translate("Chosen motif", "en") in said
    )
    assert translate("… and its selection ({n})", "en", n="3") in said
    assert [m.label for m in app.metric] == before * 2
    assert {b.label for b in app.get("download_button")} >= {"CSV", "Parquet", "Sounds (ZIP)"}


def test_the_trust_of_a_selection_leaves_out_its_own_source(home):  # noqa: F811
    workspace, rows = Workspace(home[1]), instances(home)
    drawn = pd.read_parquet(home[1] / "atlas" / MODEL / "map.parquet")
    xy = drawn[["x", "y"]].to_numpy()
    singer, source = rows["singer"].to_numpy(), rows["source_group"].to_numpy()
    chosen = (3, 40, 200)
    expected = []
    for i in chosen:
        distance = np.where(source == source[i], np.inf, np.hypot(*(xy - xy[i]).T))
        expected.append(np.mean(singer[np.argsort(distance)[:10]] == singer[i]))
    trust, purity, chance = space_quality.of_selection(workspace, MODEL, "umap", chosen, 10)
    assert purity == pytest.approx(np.mean(expected))
    # The embeddings are the map with a little noise, so that most of its neighbours are true ones.
    assert 0.8 < trust <= 1
    assert 0 < chance < 1


def test_the_zip_holds_every_selected_sound_cut_to_the_sample(home):  # noqa: F811
    rows = instances(home).iloc[[0, 9, 30]]
    with zipfile.ZipFile(io.BytesIO(space_selection.sounds_zip(home[1].name, rows))) as archive:
        listed = pd.read_csv(archive.open("motifs.csv"))
        assert list(listed["instance_id"]) == list(rows["instance_id"])
        for row in rows.to_dict("records"):
            clip, rate = soundfile.read(io.BytesIO(archive.read(f"{row['instance_id']}.wav")))
            whole, _ = soundfile.read(home[0] / "corpora" / "tiny" / row["file"])
            start, end = (round(row[edge] * SAMPLE_RATE_HZ) for edge in ("start_s", "end_s"))
            assert rate == SAMPLE_RATE_HZ
            np.testing.assert_allclose(clip, whole[start:end], atol=1e-4)


def test_the_zip_takes_all_that_is_not_too_much(home):  # noqa: F811
    rows = instances(home)
    assert space_selection.sounds_taken(rows) == len(rows)
    many = pd.DataFrame({"start_s": 1.0, "end_s": np.full(6000, 1.1)})
    assert space_selection.sounds_taken(many) == space_selection.MOST_SOUNDS
    assert space_selection.sounds_taken(many.assign(end_s=2.0)) == space_selection.MOST_SOUND_S
    assert space_selection.sounds_taken(many.head(0)) == 0


def test_what_the_zip_leaves_out_is_said(home, monkeypatch):  # noqa: F811
    app = check(opened("atlas", project=home[1]))
    chosen = encode_selection([1, 2, 5], len(instances(home)))
    app.session_state[f"space-{home[1].name}-{MODEL}-umap"] = {"clicked": None, "selection": chosen}
    monkeypatch.setattr(space_selection, "MOST_SOUNDS", 2)
    said = translate(
        "The ZIP file holds the first {n} of {all} sounds: it takes at most {sounds}, or "
        "{minutes} minutes of sound. The tables hold all.",
        "en",
        n="2",
        all="3",
        sounds="2",
        minutes="20",
    )
    assert said in words(check(app.run()))


@pytest.fixture
def mapless(home):  # noqa: F811
    """Another model beside the one with a map, in closed form as `flamsid run` trains it: fitted, but not drawn."""
    folder = home[1] / "models" / "two-covariance-timbre-motifs"
    shutil.copytree(home[1] / "models" / MODEL, folder)
    about = json.loads((folder / "model.json").read_text())
    about |= {"network": "two-covariance", "features": {**about["features"], "kind": "timbre"}}
    write_json(folder / "model.json", about)
    fits = [{"protocol": protocol, "fold": 0, "epoch": 0, "loss": 1.1} for protocol in about["protocols"]]
    (folder / "history.jsonl").write_text("".join(json.dumps(fit) + "\n" for fit in fits))
    yield folder.name
    shutil.rmtree(folder)


def test_a_model_without_a_map_beside_one_with_it(home, mapless):  # noqa: F811
    app = check(opened("atlas", project=home[1]))
    offered = translate(
        "“{model}” has no map yet. Drawing it takes about a minute, in the background.", "en", model=mapless
    )
    assert offered in words(app).replace("\\", "")
    assert [m for m in app.selectbox if mapless in m.options] == []
    app.button(key="make_map").click().run()
    job = jobs.latest(home[1], "atlas")
    assert job.command[-3:] == ["--model", mapless, "--json"]
    jobs.cancel(job)
    app = check(opened("models", project=home[1], model=mapless))
    assert translate(
        "There is no curve: this model is fitted in one step, or nothing was kept aside to stop by.", "en"
    ) in words(app)
