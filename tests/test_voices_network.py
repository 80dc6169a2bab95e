"""The model of recordings as a network: stored and read back, trained from sound, asked from sound."""

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
from test_voice import SINGERS, SONGS, rows_of
from voices import RATE_HZ, recording

from flamsid_core.errors import FlamsidError
from flamsid_core.singers import TrainParams, identify, load_model, train
from flamsid_core.singers.features.clip_sets import clip_set_of
from flamsid_core.singers.features.heard import sentences, what_was_heard
from flamsid_core.singers.networks.two_covariance import TwoCovariance


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    root, rows = tmp_path_factory.mktemp("voices"), []
    for singer in range(SINGERS):
        for song in range(SONGS):
            signal, _ = recording(singer, song)
            name = f"s{singer}_{song}.wav"
            soundfile.write(root / name, signal / 4, RATE_HZ, subtype="FLOAT")
            rows.append(
                {"file": name, "singer": f"s{singer}", "source_group": name, "recording_id": name[:-4]}
            )
    table = pd.DataFrame(rows).assign(
        instance_id=lambda t: t["file"],
        motif_id="",
        pattern="",
        start_s=0.0,
        end_s=0.5,
        sound_id=lambda t: t["file"],
    )
    return root, table.assign(overlap_group=table["file"], conflict=False)


def test_by_default_it_listens_to_voices_in_pieces():
    params = TrainParams(network="two-covariance")
    assert (params.features.kind, params.clip_set) == ("voice", "pieces")
    assert (TrainParams().features.kind, TrainParams().clip_set) == ("mel", "pieces")


def test_pieces_hold_all_phrases_of_every_recording(corpus):
    root, table = corpus
    pieces = clip_set_of(table, root.joinpath, "pieces")
    assert set(pieces["file"]) == set(table["file"])
    assert pieces["instance_id"].is_unique and (pieces["pattern"] == "").all()
    assert ((pieces["end_s"] - pieces["start_s"]) <= 2.0).all()
    with pytest.raises(FlamsidError, match="choose one of"):
        clip_set_of(table, root.joinpath, "piece")


def test_trained_from_sound_it_names_a_new_song_and_survives_its_folder(corpus, tmp_path):
    root, table = corpus
    model = train(
        table,
        root.joinpath,
        TrainParams(network="two-covariance", protocol="source-disjoint", folds=3, processes=1),
        work_dir=tmp_path / "model",
    )
    assert model.about["protocols"]["source-disjoint"]["accuracy"] > 0.8
    signal, _ = recording(1, SONGS)
    pieces = pd.DataFrame({"start_s": [0.0, 2.0, 4.0], "end_s": [1.5, 3.5, 5.5]})
    found = identify(pieces, signal, RATE_HZ, model)
    assert found.ranking[0]["singer"] == "s1"
    assert found.verdict in ("known", "undecided")
    assert len(found.bands) in (0, 40) and found.heard["clips"] == 3
    again = identify(pieces, signal, RATE_HZ, load_model(tmp_path / "model"))
    assert again.ranking == found.ranking


def test_stored_weights_are_the_model(tmp_path):
    rows = [rows_of(*recording(k, song)) for k in range(2) for song in range(2)]
    network = TwoCovariance(429, 2)
    clips = np.concatenate(rows)
    labels, groups = np.repeat([0, 1], [len(rows[0]) + len(rows[1]), len(rows[2]) + len(rows[3])]), None
    groups = np.concatenate([np.full(len(part), g) for g, part in enumerate(rows)])
    network.fit_in_closed_form(clips, labels, groups)
    other = TwoCovariance(429, 2)
    other.load_state_dict(network.state_dict())
    asked = torch.from_numpy(rows[0][:, None])
    np.testing.assert_allclose(network(asked)[1], other(asked)[1], atol=1e-5)


def test_what_was_heard_is_said_when_it_matters():
    signal, melody = recording(0, 0)
    rows = rows_of(signal, melody)
    assert sentences(what_was_heard(rows, signal)) == []
    clipped = np.clip(signal, -0.3 * np.abs(signal).max(), 0.3 * np.abs(signal).max())
    assert any("clipped" in text for text in sentences(what_was_heard(rows, clipped)))
    rows[:, 243:283] = np.r_[np.zeros(30), np.ones(10)]
    assert any("30 of 40 bands" in text for text in sentences(what_was_heard(rows, signal)))
