import numpy as np
import pandas as pd
import pytest
import torch

from flamsid_core.errors import FlamsidError
from flamsid_core.singers import FeatureParams, identify
from flamsid_core.singers.model_store import Model
from flamsid_core.singers.networks.inference import SingerNetwork

RATE_HZ = 16000


class LowOrHigh(torch.nn.Module):
    """Says "low" or "high" by where the energy is; the embedding is the mean frame."""

    def forward(self, clips, lengths=None):
        mean = clips.mean(1) if lengths is None else clips.sum(1) / lengths[:, None]
        low, high = mean[:, :64].mean(1), mean[:, 64:].mean(1)
        return mean, 0.1 * torch.stack([low, high], 1)


def model(**about):
    return Model(
        SingerNetwork(LowOrHigh(), 128).eval(),
        {
            "classes": ["low", "high"],
            "features": FeatureParams().__dict__,
            "protocols": {},
            "training": {"recording_ids": ["seen"]},
            **about,
        },
    )


def recording(rate_hz=RATE_HZ):
    """Two seconds of low sound, then one of high."""
    t = np.arange(3 * rate_hz) / rate_hz
    return np.where(t < 2, np.sin(2 * np.pi * 300 * t), np.sin(2 * np.pi * 5000 * t)).astype(np.float32)


INSTANCES = pd.DataFrame(
    {"pattern": ["+1", "-1", "+2"], "start_s": [0.1, 1.0, 2.3], "end_s": [0.6, 1.7, 2.8]}, index=[5, 3, 9]
)


def test_ranks_singers_and_says_why():
    found = identify(INSTANCES, recording(), RATE_HZ, model())
    assert [row["singer"] for row in found.ranking] == ["low", "high"]
    assert sum(row["probability"] for row in found.ranking) == pytest.approx(1)
    assert found.motifs == 3
    assert list(found.evidence["predicted"]) == ["low", "low", "high"], (
        "what speaks for the first comes first"
    )
    assert found.evidence["leaning"].is_monotonic_decreasing
    assert found.evidence["leaning"].iloc[0] > 0 > found.evidence["leaning"].iloc[-1]
    assert set(found.evidence["pattern"]) == set(INSTANCES["pattern"])
    assert np.allclose(found.evidence[["p_low", "p_high"]].sum(axis=1), 1)


def test_the_rate_does_not_matter():
    one = identify(INSTANCES, recording(), RATE_HZ, model())
    other = identify(INSTANCES, recording(44100), 44100, model())
    assert [row["singer"] for row in one.ranking] == [row["singer"] for row in other.ranking]
    assert other.ranking[0]["probability"] == pytest.approx(one.ranking[0]["probability"], abs=0.1)


def test_temperature_makes_it_less_sure():
    sure = identify(INSTANCES, recording(), RATE_HZ, model())
    calibration = {"protocol": "source-disjoint", "temperature": 4.0, "pooled_temperature": 4.0}
    unsure = identify(INSTANCES, recording(), RATE_HZ, model(calibration=calibration))
    assert 0.5 < unsure.ranking[0]["probability"] < sure.ranking[0]["probability"]


def test_says_what_to_bear_in_mind():
    assert any("never measured" in note for note in identify(INSTANCES, recording(), RATE_HZ, model()).notes)
    measured = model(protocols={"source-disjoint": {"recordings_right": 11, "recordings": 15}})
    found = identify(INSTANCES, recording(), RATE_HZ, measured, recording_id="seen")
    assert found.known_recording
    assert any("11 of 15" in note for note in found.notes)
    assert any("remembers" in note for note in found.notes)
    assert not identify(INSTANCES, recording(), RATE_HZ, measured, recording_id="new").known_recording


VERIFICATION = {"protocol": "source-disjoint", "eer": 0.2, "threshold": 0.6, "genuine": 10, "impostor": 10}
OPEN_SET = {
    "how": "…",
    "eer": 0.25,
    "threshold": 0.999999,
    "known": 8,
    "unknown": 4,
    "false_rejections": 2,
    "false_acceptances": 1,
}


def verdict(**about):
    return identify(INSTANCES, recording(), RATE_HZ, model(**about))


def test_a_model_without_a_threshold_gives_no_verdict():
    for about in (
        {},
        {"verification": None, "open_set": None},
        {"verification": VERIFICATION | {"protocol": "paper"}},
    ):
        found = verdict(**about)
        assert (found.known, found.verdict, found.threshold, found.error_rate) == (None, None, None, None)
        assert "cannot be told" in found.notes[-1]
    assert found.score == found.ranking[0]["probability"]


def test_the_threshold_of_verification_is_named_as_that():
    found = verdict(verification=VERIFICATION)
    assert (found.known, found.verdict, found.threshold, found.error_rate) == (True, "known", 0.6, 0.2)
    assert "one of the model's singers" in found.notes[-1]
    assert "never met was not measured" in found.notes[-1]
    calibration = {"protocol": "source-disjoint", "temperature": 50.0, "pooled_temperature": 50.0}
    unsure = verdict(verification=VERIFICATION, calibration=calibration)
    assert unsure.score < 0.6
    assert (unsure.known, unsure.verdict) == (False, "unknown")
    assert "unknown singer" in unsure.notes[-1]


def test_where_strangers_were_measured_their_threshold_counts():
    found = verdict(verification=VERIFICATION, open_set=OPEN_SET)
    assert (found.threshold, found.error_rate) == (OPEN_SET["threshold"], 0.25)
    assert found.verdict == ("known" if found.score >= OPEN_SET["threshold"] else "unknown")
    assert "2 of 8" in found.notes[-1] and "1 of 4" in found.notes[-1] and "25 %" in found.notes[-1]


def test_no_motif_no_answer():
    with pytest.raises(FlamsidError, match="No motif was found"):
        identify(INSTANCES.iloc[:0], recording(), RATE_HZ, model())
    with pytest.raises(FlamsidError, match="mono signal"):
        identify(INSTANCES, np.zeros(0, np.float32), RATE_HZ, model())
