import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from flamsid_core.errors import FlamsidError
from flamsid_core.singers import FeatureParams, features_of_signal, load_model, read_about, save_model
from flamsid_core.singers.networks import build_network
from flamsid_core.singers.networks.inference import SingerNetwork


def about(**changes):
    return {
        "network": "residual-blstm",
        "network_options": {"preset": "lean"},
        "features": FeatureParams().__dict__,
        "classes": ["ana", "curro"],
        "protocols": {},
        **changes,
    }


@pytest.fixture
def stored(tmp_path):
    torch.manual_seed(0)
    network = SingerNetwork(build_network("residual-blstm", 128, 2), 128)
    network.mean += 3.0
    save_model(tmp_path, network, about())
    return tmp_path, network.eval()


def clips(params=None):
    signal = np.random.default_rng(0).standard_normal(16000).astype(np.float32)
    return features_of_signal(signal, np.array([0.0, 0.3]), np.array([0.4, 0.9]), params or FeatureParams())


def edit(folder, **changes):
    path = folder / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_round_trip(stored):
    folder, network = stored
    model = load_model(folder)
    for name, value in network.state_dict().items():
        assert torch.equal(value, model.network.state_dict()[name])
    probabilities = model.probabilities(clips())
    assert probabilities.shape == (2, 2)
    assert np.allclose(probabilities.sum(1), 1, atol=1e-6)
    assert model.embeddings(clips()).shape == (2, 128)
    assert model.classes == ["ana", "curro"]
    assert model.temperature == 1.0
    assert sorted(path.name for path in folder.iterdir()) == ["model.json", "model.safetensors"]


def test_other_features_are_refused(stored):
    with pytest.raises(FlamsidError, match="compute features with its parameters"):
        load_model(stored[0]).probabilities(clips(FeatureParams(kind="mfcc")))


@pytest.mark.parametrize("file", ["model.json", "model.safetensors"])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "flipped"])
def test_damaged_files_are_said_to_be(stored, file, damage):
    folder, _ = stored
    path = folder / file
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        at = len(content) // 2
        changed = bytes([content[at] ^ 0x80])
        path.write_bytes(
            {"empty": b"", "cut": content[:at], "flipped": content[:at] + changed + content[at + 1 :]}[damage]
        )
    with pytest.raises(FlamsidError, match=r"model|Model"):
        load_model(folder)


def test_a_pickle_is_never_opened(stored):
    """Weights that are a pickle, with a matching hash, are refused and do not run."""
    import hashlib
    import pickle

    folder, _ = stored
    trap = folder / "ran"

    class Trap:
        def __reduce__(self):
            return (open, (str(trap), "w"))

    payload = pickle.dumps(Trap())
    (folder / "model.safetensors").write_bytes(payload)
    edit(folder, weights_sha256=hashlib.sha256(payload).hexdigest())
    with pytest.raises(FlamsidError, match="damaged"):
        load_model(folder)
    assert not trap.exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format": 99}, "update flamsid"),
        ({"format": "one"}, "does not describe"),
        ({"classes": ["ana"]}, "classes"),
        ({"classes": ["ana", "ana"]}, "classes"),
        ({"classes": ["ana", 3]}, "classes"),
        ({"classes": ["ana", "curro", "lola"]}, "shape"),
        ({"network": "../../etc/passwd"}, "Unknown network"),
        ({"network": 3}, "network"),
        ({"network_options": {"preset": "huge"}}, "preset"),
        ({"network_options": {"channels": 10**9}}, "network_options"),
        ({"features": {"kind": "mel"}}, "features"),
        ({"features": {**FeatureParams().__dict__, "kind": "chroma"}}, "Unknown feature"),
        ({"features": {**FeatureParams().__dict__, "mel_bands": 64}}, "shape"),
        ({"features": {**FeatureParams().__dict__, "mel_bands": "many"}}, "must be numbers"),
        ({"features": {**FeatureParams().__dict__, "mel_bands": 10**9}}, "features"),
        ({"weights_sha256": "0" * 64}, "hash"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(stored, changes, says):
    folder, _ = stored
    edit(folder, **changes)
    with pytest.raises(FlamsidError, match=says):
        load_model(folder)


def test_weights_that_are_not_numbers_are_refused(stored):
    import hashlib

    folder, _ = stored
    weights = load_file(folder / "model.safetensors")
    weights["mean"][0] = float("nan")
    save_file(weights, folder / "model.safetensors")
    edit(folder, weights_sha256=hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest())
    with pytest.raises(FlamsidError, match="undefined"):
        load_model(folder)


def test_about_can_be_read_alone(stored):
    (stored[0] / "model.safetensors").unlink()
    assert read_about(stored[0])["classes"] == ["ana", "curro"]
