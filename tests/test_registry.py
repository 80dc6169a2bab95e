"""Runs of a workspace: listed, renamed, deleted, handed on as folder and zip; what comes in stays in its place."""

import hashlib
import io
import json
import shutil
import stat
import zipfile

import numpy as np
import pandas as pd
import pytest
from make_runs import make_experiment, make_model
from make_workspace import MODEL, SINGERS, make_home

from flamsid_core import FlamsidError
from flamsid_core.models import exchange as model_exchange
from flamsid_core.models import registry
from flamsid_core.models.card import model_card, plain
from flamsid_core.models.chain import chain_of_workspace
from flamsid_core.models.run_tables import (
    by_recording,
    by_singer,
    hardest,
    posterior,
    predictions_under,
    shares_in_training,
    summary,
    with_sources,
)
from flamsid_core.singers.about import read_about
from flamsid_core.workspace import Workspace

CHAIN = {"melody": {"method": "salience"}, "contour": {"method": "kmeans"}, "motifs": {"min_support": 3}}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    workspace = make_home(home)
    make_experiment(workspace)
    return workspace


@pytest.fixture
def workspace(template, tmp_path):
    shutil.copytree(template, tmp_path / "ws")
    return Workspace(tmp_path / "ws")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A model with real weights, of three singers."""
    folder = tmp_path_factory.mktemp("model") / "theirs"
    make_model(folder)
    (folder / "chain.json").write_text(json.dumps(CHAIN | {"patterns": {}, "levels": []}))
    return folder


def zipped(members, *, name="model"):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    content.seek(0)
    return content


def files_of(folder, prefix="model/"):
    return {f"{prefix}{file.name}": file.read_bytes() for file in folder.iterdir()}


def test_the_registry_lists_models_and_finished_cells_with_their_protocols(workspace):
    rows = registry.registry(workspace)
    assert rows["run"].iloc[0] == f"models/{MODEL}"
    assert len(rows) == 5 and set(rows["experiment"]) == {"", "tiny-grid"}
    cell = rows[rows["name"] == "crnn_mel_motifs_paper_0"].iloc[0]
    said = registry.predictions_of(registry.run_folder(workspace, cell["run"]))
    assert cell["accuracy_paper"] == pytest.approx((said["singer"] == said["predicted"]).mean())
    assert np.isnan(cell["accuracy_source-disjoint"]) and np.isnan(cell["accuracy_deduplicated"])
    assert (cell["network"], cell["features"], cell["seed"], cell["parameters"]) == ("crnn", "mel", 0, 1234)


def test_an_empty_workspace_has_an_empty_registry(tmp_path):
    assert registry.registry(Workspace(tmp_path)).empty


def test_a_damaged_run_hides_no_other(workspace):
    (workspace.path(f"models/{MODEL}") / "model.json").write_text("{")
    assert len(registry.registry(workspace)) == 4
    with pytest.raises(FlamsidError, match="damaged"):
        read_about(workspace.path(f"models/{MODEL}"))


@pytest.mark.parametrize(
    "run",
    ["", "models", "models/..", "models/../../x", "models/.hidden", "/etc", "experiments/x/../y", "models/a/b",
     "experiments/tiny-grid/cells/..", "models/no", "models/\0"],
)  # fmt: skip
def test_what_is_no_run_has_no_folder(workspace, run):
    with pytest.raises(FlamsidError, match="no run"):
        registry.run_folder(workspace, run)


def test_a_renamed_model_keeps_its_map(workspace):
    old = f"models/{MODEL}"
    run = registry.rename_model(workspace, old, " mine-2 ")
    assert run == "models/mine-2" and old not in registry.run_names(workspace)
    assert workspace.has("atlas/mine-2/map") and not workspace.path(f"atlas/{MODEL}").exists()
    assert workspace.key("models/mine-2/model.json") is not None
    for name in ("../x", "", "a/b", ".x", "x" * 81, "ñ"):
        with pytest.raises(FlamsidError, match="not a valid name"):
            registry.rename_model(workspace, run, name)
    with pytest.raises(FlamsidError, match="already"):
        registry.rename_model(workspace, run, "mine-2")
    with pytest.raises(FlamsidError, match="place in the experiment"):
        registry.rename_model(workspace, "experiments/tiny-grid/cells/crnn_mel_motifs_paper_0", "x")


def test_nothing_is_changed_while_a_run_is_at_work(workspace):
    with workspace.lock():
        for change in (registry.delete_run, lambda s, r: registry.rename_model(s, r, "other")):
            with pytest.raises(FlamsidError, match="Another run"):
                change(Workspace(workspace.root), f"models/{MODEL}")
    assert f"models/{MODEL}" in registry.run_names(workspace)


def test_a_deleted_model_is_gone_and_a_deleted_cell_waits(workspace):
    registry.delete_run(workspace, f"models/{MODEL}")
    assert not workspace.path(f"models/{MODEL}").exists() and not workspace.path(f"atlas/{MODEL}").exists()
    cell = "experiments/tiny-grid/cells/crnn_mel_motifs_paper_0"
    registry.delete_run(workspace, cell)
    assert cell not in registry.run_names(workspace)
    left = workspace.path(cell)
    assert [file.name for file in left.iterdir()] == ["cell.json"]
    assert registry.cell_of(left)["state"] == "waiting"
    from flamsid_core.experiments import cell_table

    table = cell_table(workspace.path("experiments/tiny-grid")).set_index("cell")
    assert table.loc[left.name, "state"] == "waiting" and len(table) == 6
    registry.delete_experiment(workspace, "tiny-grid")
    assert not list(workspace.path("experiments").iterdir()) and registry.run_names(workspace) == []
    for name in ("..", "", "tiny-grid", "."):
        with pytest.raises(FlamsidError, match="no experiment"):
            registry.delete_experiment(workspace, name)


def test_a_cell_is_kept_as_a_model_that_knows_its_chain(workspace):
    cell = "experiments/tiny-grid/cells/crnn_mel_motifs_paper_0"
    run = registry.keep_as_model(workspace, cell, "kept", CHAIN)
    assert run in registry.run_names(workspace) and cell in registry.run_names(workspace)
    chain = json.loads((workspace.path(run) / "chain.json").read_text())
    assert chain["kind"] == "recordings" and set(chain["patterns"]) == set(SINGERS) and chain["levels"]
    assert workspace.key(f"{run}/chain.json") is not None
    with pytest.raises(FlamsidError, match="already"):
        registry.keep_as_model(workspace, cell, "kept", CHAIN)


def test_an_exported_folder_opens_in_another_workspace(workspace, whole, tmp_path):
    card = model_card(json.loads((whole / "model.json").read_text()), name="theirs")
    out = model_exchange.export_folder(whole, tmp_path / "out" / "theirs", card=card)
    assert {file.name for file in out.iterdir()} == {
        "model.safetensors",
        "model.json",
        "chain.json",
        "README.md",
    }
    with pytest.raises(FlamsidError, match="there already"):
        model_exchange.export_folder(whole, out, card=card)
    assert model_exchange.import_folder(workspace, out, "theirs") == "models/theirs"
    from flamsid_core.singers.model_store import load_model

    assert load_model(workspace.path("models/theirs")).classes == ["A|b", "C", "D"]
    assert not (workspace.path("models/theirs") / "README.md").exists()
    with pytest.raises(FlamsidError, match="already"):
        model_exchange.import_folder(workspace, out, "theirs")


def test_a_zip_goes_out_and_comes_in(workspace, whole):
    data = model_exchange.export_zip(
        whole, "theirs", card="# card\n", chain=chain_of_workspace(workspace, CHAIN)
    )
    assert {name.split("/")[0] for name in zipfile.ZipFile(io.BytesIO(data)).namelist()} == {"theirs"}
    run = model_exchange.import_zip(workspace, io.BytesIO(data), "came")
    assert run in registry.run_names(workspace)
    same = hashlib.sha256((workspace.path(run) / "model.safetensors").read_bytes()).hexdigest()
    assert same == json.loads((whole / "model.json").read_text())["weights_sha256"]


@pytest.mark.parametrize(
    "name",
    [
        "../model.json",
        "/etc/model.json",
        "a/../../model.json",
        "..\\model.json",
        "C:model.json",
        "x/..",
        "../x",
    ],
)
def test_a_zip_that_leads_out_of_its_place_is_refused(workspace, whole, tmp_path, name):
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FlamsidError, match="leads out"):
        model_exchange.import_zip(workspace, zipped(files_of(whole) | {name: b"{}"}), "evil")
    assert sorted(tmp_path.rglob("*")) == before and not workspace.path("models/evil").exists()


def test_a_link_in_a_zip_is_refused(workspace, whole, tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files_of(whole).items():
            archive.writestr(name, data)
        link = zipfile.ZipInfo("model/history.jsonl")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    content.seek(0)
    with pytest.raises(FlamsidError, match="leads out"):
        model_exchange.import_zip(workspace, content, "evil")


def test_a_link_in_a_folder_is_refused(workspace, whole, tmp_path):
    shutil.copytree(whole, tmp_path / "linked")
    (tmp_path / "secret").write_text("s")
    (tmp_path / "linked" / "history.jsonl").symlink_to(tmp_path / "secret")
    with pytest.raises(FlamsidError, match="is a link"):
        model_exchange.import_folder(workspace, tmp_path / "linked", "evil")


def test_an_archive_is_bounded_whatever_it_says_of_itself(workspace, whole, monkeypatch):
    monkeypatch.setattr(model_exchange, "LARGEST_JSON_BYTES", 10_000)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files_of(whole).items():
            archive.writestr(name, data)
        archive.writestr("model/history.jsonl", b" " * 1_000_000)
    bomb.seek(0)
    with pytest.raises(FlamsidError, match="not a model of flamsid"):
        model_exchange.import_zip(workspace, bomb, "bomb")
    monkeypatch.setattr(model_exchange, "LARGEST_BYTES", 1_000)
    with pytest.raises(FlamsidError, match="not a model of flamsid"):
        model_exchange.import_zip(workspace, zipped(files_of(whole)), "large")
    assert (
        not list(workspace.path("models").glob(".load-*"))
        and registry.run_names(workspace)[0] == f"models/{MODEL}"
    )


def test_a_model_that_is_not_whole_does_not_come_in(workspace, whole, tmp_path):
    files = files_of(whole)
    about = json.loads(files["model/model.json"])

    def refused(match, **changed):
        members = files | {f"model/{name.replace('__', '.')}": data for name, data in changed.items()}
        with pytest.raises(FlamsidError, match=match):
            model_exchange.import_zip(
                workspace, zipped({k: v for k, v in members.items() if v is not None}), "bad"
            )
        assert not workspace.path("models/bad").exists()

    refused("holds no model", model__safetensors=None)
    refused("damaged", model__json=b"{")
    refused("'classes' is missing", model__json=json.dumps({**about, "classes": 0} | {"x": 1}).replace(
        '"classes": 0, ', ""))  # fmt: skip
    refused("hash", model__safetensors=files["model/model.safetensors"] + b"x")
    refused("shape", model__json=json.dumps(about | {"classes": ["A", "B", "C", "D"]}))
    refused("different names", model__json=json.dumps(about | {"classes": ["A", "A", "B"]}))
    refused("chain.json", chain__json=b"[]")
    refused("damaged", predictions__parquet=b"no table")
    with pytest.raises(FlamsidError, match="not a complete zip"):
        model_exchange.import_zip(workspace, io.BytesIO(b"PK no zip"), "bad")
    with pytest.raises(FlamsidError, match="more than one model"):
        model_exchange.import_zip(workspace, zipped(files | {"other/history.jsonl": b""}), "bad")
    assert not list(workspace.path("models").glob(".load-*"))


def test_weights_are_never_unpickled(workspace, whole, tmp_path):
    import pickle

    mark = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return (mark.write_text, ("x",))

    bad = pickle.dumps(Evil())
    files = files_of(whole)
    about = json.loads(files["model/model.json"]) | {"weights_sha256": hashlib.sha256(bad).hexdigest()}
    members = files | {"model/model.safetensors": bad, "model/model.json": json.dumps(about)}
    with pytest.raises(FlamsidError):
        model_exchange.import_zip(workspace, zipped(members), "evil")
    assert not mark.exists()


# -- tables of one run


def cell_predictions(workspace, name="crnn_mel_motifs_source-disjoint_0"):
    run = f"experiments/tiny-grid/cells/{name}"
    said = predictions_under(registry.predictions_of(workspace.path(run)), "source-disjoint")
    return with_sources(said, workspace.table("motifs/instances"))


def test_tables_of_a_run_count_what_its_predictions_say(workspace):
    said = cell_predictions(workspace)
    singers, recordings = by_singer(said), by_recording(said)
    assert singers["clips"].sum() == recordings["clips"].sum() == len(said)
    right = (said["singer"] == said["predicted"]).sum()
    assert singers["right"].sum() == recordings["right"].sum() == right
    assert ((singers["low"] <= singers["accuracy"]) & (singers["accuracy"] <= singers["high"])).all()
    assert (recordings["accuracy"].diff().dropna() >= 0).all()
    assert (recordings["vote_right"] == (recordings["voted"] == recordings["singer"])).all()
    figures = summary(said)
    assert figures["accuracy"] == pytest.approx(right / len(said))
    assert figures["low"] <= figures["accuracy"] <= figures["high"] and figures["recordings"] == 9
    with pytest.raises(FlamsidError, match="deduplicated"):
        predictions_under(said, "deduplicated")


def test_the_hardest_clip_is_the_one_with_the_lowest_probability_of_its_singer(workspace):
    said = cell_predictions(workspace)
    worst = hardest(said, 7)
    own = [row[f"p_{row['singer']}"] for row in said.to_dict("records")]
    assert np.allclose(worst["p_true"], np.sort(own)[:7]) and (worst["p_predicted"] >= worst["p_true"]).all()
    probability, truth, classes = posterior(said)
    assert [classes[k] for k in truth] == list(said["singer"]) and np.allclose(probability.sum(axis=1), 1)
    with pytest.raises(FlamsidError, match="probabilities"):
        posterior(said.drop(columns=[c for c in said if c.startswith("p_")]))


def test_shares_in_training_see_what_a_split_lets_through():
    names = ["sound_id", "overlap_group", "source_group"]
    rows = [
        ("a", "p", "g"),
        ("a", "p", "g"),
        ("b", "p", "g"),
        ("c", "q", "g"),
        ("d", "r", "h"),
        ("e", "s", "h"),
    ]
    clips = pd.DataFrame(rows, columns=names).assign(
        instance_id=list("012345"), singer="S", conflict=False, recording_id="r", file="f"
    )
    tested = pd.DataFrame({"instance_id": ["0", "3", "4"], "fold": 0})
    found = shares_in_training(tested, clips, "paper")
    assert found == pytest.approx({"sound": 1 / 3, "overlap": 1 / 3, "source": 1.0})
    # The strict protocols learn from one copy of each sound: the other copy of "a" is not there to be met again.
    assert shares_in_training(tested, clips, "deduplicated")["sound"] == 0.0
    folds = pd.DataFrame({"instance_id": ["0", "2", "3", "4", "5"], "fold": [0, 0, 0, 1, 1]})
    assert shares_in_training(folds, clips, "source-disjoint") == {"sound": 0, "overlap": 0, "source": 0}


# -- the model card


def test_a_card_says_protocol_interval_data_limits_and_licence(workspace):
    run = workspace.path("experiments/tiny-grid/cells/crnn_mel_motifs_source-disjoint_0")
    about = read_about(run)
    card = model_card(
        about,
        name="mine",
        predictions=registry.predictions_of(run),
        instances=workspace.table("motifs/instances"),
        audit={
            "share_of_test_in_train": 0.7,
            "conflicting": 2,
            "singers_with_one_source_group": ["X|y"],
            "near_duplicates": {"share_of_test_near_train": {"source-disjoint": 0.125, "paper": 0.0}},
        },
        trivial={"source-disjoint": {"accuracy": 0.5}},
        licences={"CC0": 9},
        licence="CC BY 4.0",
    )
    row = next(line for line in card.splitlines() if line.startswith("| source-disjoint"))
    accuracy = about["protocols"]["source-disjoint"]["accuracy"]
    assert f"{100 * accuracy:.2f} %" in row and " to " in row and "50.00 %" in row
    assert "| paper | not measured |" in card
    for said in (
        "ab" * 32,
        about["weights_sha256"],
        "70.00 %",
        "2 sounds",
        "X\\|y",
        "CC0 (9)",
        "CC BY 4.0",
        "12.50 %",
    ):
        assert said in card
    assert "Candela \\<b\\>" in card and "<b>" not in card.replace("\\<b\\>", "").replace("\\</b\\>", "")


def test_a_card_of_a_bare_model_says_what_was_not_measured(whole):
    card = model_card(json.loads((whole / "model.json").read_text()), name="# theirs\n- x")
    assert card.startswith("# \\# theirs - x\n") and "**not** measured on held-out sources" in card
    assert "No licence was named" in card and "A\\|b" in card


def test_plain_text_stays_one_line():
    assert plain("a\n| b `c`") == "a \\| b \\`c\\`"
