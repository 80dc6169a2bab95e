"""The two instruments: what is sent to the browser, what comes back, and every gesture in a real Chromium."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import component_harness as harness
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from flamsid_core.errors import FlamsidError
from flamsid_core.ui.components import _wire
from flamsid_core.ui.components.motif_space import encode_selection, motif_space_payload, motif_space_result
from flamsid_core.ui.components.strings import strings
from flamsid_core.ui.components.timeline import TimelineResult, timeline_payload, timeline_result

HERE = Path(__file__).parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGS = "--no-sandbox --disable-gpu --disable-background-networking --autoplay-policy=no-user-gesture-required"


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a block as `shared/wire.js` does."""
    length = int.from_bytes(data[:4], "little")
    head = json.loads(data[4 : 4 + length])
    assert (4 + length) % 8 == 0
    arrays = {}
    for name, (kind, offset, size) in head["arrays"].items():
        assert offset % 8 == 0
        arrays[name] = np.frombuffer(data, np.dtype(kind), count=size, offset=4 + length + offset)
    return head, arrays


# -- what is sent


@settings(deadline=None, max_examples=50)
@given(
    hnp.arrays(np.float32, st.integers(0, 40), elements=st.floats(-100, 100, width=32)),
    hnp.arrays(np.uint16, st.integers(0, 40)),
    st.dictionaries(st.text(max_size=8).filter(lambda t: t not in ("arrays", "hash")), st.integers()),
)
def test_a_block_gives_back_what_was_packed(numbers, codes, head):
    got_head, arrays = unpack(_wire.pack(head, {"numbers": numbers, "codes": codes}))
    assert {k: v for k, v in got_head.items() if k not in ("arrays", "hash")} == head
    np.testing.assert_array_equal(arrays["numbers"], numbers)
    np.testing.assert_array_equal(arrays["codes"], codes)


def test_the_hash_follows_the_content():
    blocks = [
        _wire.pack(h, {"a": np.array(a)}) for h, a in [({}, [1]), ({}, [1]), ({}, [2]), ({"x": 1}, [1])]
    ]
    hashes = [unpack(block)[0]["hash"] for block in blocks]
    assert hashes[0] == hashes[1] and len(set(hashes)) == 3


@settings(deadline=None, max_examples=50)
@given(hnp.arrays(np.float64, 30, elements=st.floats(-8000, 8000)))
def test_pitch_survives_to_an_eighth_of_a_cent(cents):
    cents[::7] = np.nan
    codes = _wire.quantise_cents(cents)
    back = np.where(codes == _wire.UNVOICED, np.nan, codes * _wire.CENTS_QUANTUM)
    np.testing.assert_allclose(back, cents, atol=0.125)


def small_timeline(**changes: Any) -> dict[str, Any]:
    tables = {
        "melody": pd.DataFrame(
            {"time_s": [0.0, 0.01, 0.03], "f0_hz": [110.0, 0, 220.0], "confidence": [1, 0, 0.5]}
        ),
        "segments": pd.DataFrame(
            {"phrase": [0], "start_s": [0.0], "end_s": [0.03], "level": [0], "pitch_cents": [1200.0]}
        ),
        "levels": pd.DataFrame({"level": [0], "pitch_cents": [1200.0]}),
        "instances": pd.DataFrame(
            {
                "motif_id": ["b", "a", "b"],
                "start_s": [0.02, 0.0, 0.01],
                "end_s": [0.03, 0.02, 0.03],
                "pattern": ["+1", "-1", "+1"],
            }
        ),
    }
    return {**tables, "duration_s": 0.04, "audio_url": "", "colours": {"a": "#123456"}, **changes}


def send(parts: dict[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    tables = [parts.pop(name) for name in ("melody", "segments", "levels", "instances")]
    return unpack(timeline_payload(*tables, **parts))


def test_frames_are_laid_on_their_hop_and_missing_ones_are_unvoiced():
    head, arrays = send(small_timeline())
    assert head["hop_s"] == pytest.approx(0.01)
    np.testing.assert_array_equal(arrays["cents"], [4800, -32768, -32768, 9600])
    np.testing.assert_array_equal(arrays["confidence"], [255, 0, 0, 128])


def test_times_do_not_drift_over_an_hour():
    true_hop = 256 / 44100
    time_s = np.round(np.arange(620_000) * true_hop, 6)
    melody = pd.DataFrame({"time_s": time_s, "f0_hz": 220.0})
    head, arrays = send(small_timeline(melody=melody, duration_s=3600.0))
    assert arrays["cents"].size == 620_000
    assert head["hop_s"] * 620_000 == pytest.approx(true_hop * 620_000, abs=1e-3)


def test_occurrences_come_sorted_and_remember_their_row():
    head, arrays = send(small_timeline())
    np.testing.assert_array_equal(arrays["instance_row"], [1, 2, 0])
    ids = [head["motifs"][code]["id"] for code in arrays["instance_motif"]]
    assert ids == ["a", "b", "b"]
    assert [m["colour"] for m in head["motifs"] if m["id"] == "a"] == ["#123456"]


def test_an_hour_is_sent_in_two_megabytes():
    seconds = 3600.0
    data = timeline_payload(
        harness.melody(seconds),
        harness.segments(seconds),
        pd.DataFrame({"level": [0], "pitch_cents": [1200.0]}),
        harness.instances(seconds, 5000),
        duration_s=seconds,
        waveform=np.zeros(4000),
    )
    assert len(data) <= 2_000_000


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"duration_s": 0.0}, "length in seconds"),
        ({"melody": pd.DataFrame({"time_s": [0.0, 0.0], "f0_hz": [1, 1]})}, "Time does not rise in row 1"),
        ({"melody": pd.DataFrame({"time_s": [0.0]})}, "no column 'f0_hz'"),
        ({"levels": pd.DataFrame({"level": [0], "pitch_cents": [np.nan]})}, "pitch_cents of the levels"),
        (
            {"instances": pd.DataFrame({"motif_id": ["a"], "start_s": [2.0], "end_s": [1.0]})},
            "ends at 1.000 s",
        ),
        ({"language": "de"}, "no texts in 'de'"),
    ],
)
def test_wrong_tables_are_named(changes, says):
    with pytest.raises(FlamsidError, match=says):
        send(small_timeline(**changes))


def test_every_text_the_browser_asks_for_is_there():
    import re

    used = set()
    for file in (HERE.parent / "flamsid_core/ui/components").rglob("*.js"):
        used |= set(re.findall(r"\btexts\.(\w+)|strings\.(\w+)", file.read_text()))
    names = {a or b for a, b in used}
    assert names and names <= strings("es").keys()


# -- the map's payload and answer


def workspace(n: int = 5, **changes: Any) -> tuple[bytes, str]:
    parts = {
        "points": np.arange(2 * n, dtype=float).reshape(n, 2),
        "colour": ["a", "b"] * (n // 2) + ["a"] * (n % 2),
        "labels": [f"point {i}" for i in range(n)],
        "audio_url_template": "/clip/{id}",
        **changes,
    }
    return motif_space_payload(parts.pop("points"), **parts)


def test_points_travel_as_float32_with_codes_and_ids():
    data, _ = workspace(ids=["x", "ñandú", "", "y", "z"], colours={"a": "#111111"})
    head, arrays = unpack(data)
    np.testing.assert_array_equal(arrays["y"], np.float32([1, 3, 5, 7, 9]))
    assert head["categories"] == [{"name": "a", "colour": "#111111"}, {"name": "b", "colour": None}]
    blob, offsets = arrays["ids"].tobytes(), arrays["id_offsets"]
    assert [blob[a:b].decode() for a, b in itertools.pairwise(offsets)] == [
        "x",
        "ñandú",
        "",
        "y",
        "z",
    ]
    assert head["labels"][0]["texts"][2] == "point 2"


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_a_selection_comes_back_as_it_was_made(case):
    n, rows = case
    result = motif_space_result({"selection": encode_selection(sorted(rows), n, "d")}, n, "d")
    np.testing.assert_array_equal(result.selection, sorted(rows))


def test_a_selection_of_other_rows_is_left_out():
    state = {"selection": encode_selection([1], 5, "old"), "clicked": {"row": 3, "rows": "old"}}
    result = motif_space_result(state, 5, "new")
    assert result.selection.size == 0 and result.clicked is None
    assert motif_space_result({"clicked": {"row": 7}}, 5, "d").clicked is None
    assert motif_space_result({"selection": {"bits": "!"}}, 5, "d").selection.size == 0


def test_rows_keep_their_name_when_colours_change_but_not_when_points_do():
    assert workspace()[1] == workspace(colour=list("vwxyz"))[1]
    assert workspace()[1] != workspace(points=np.ones((5, 2)))[1]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"points": np.zeros((3, 3))}, r"shape \(3, 3\)"),
        ({"points": np.full((5, 2), np.inf)}, "not a number in row 0"),
        ({"colour": ["a"]}, "colour has 1 values for 5"),
        ({"labels": ["a"]}, "labels '' has 1 values"),
        ({"ids": ["a"]}, "ids has 1 values"),
        ({"patterns": []}, "patterns has 0 values"),
        ({"selected": [5]}, "Row 5 is selected"),
    ],
)
def test_wrong_lengths_are_named(changes, says):
    with pytest.raises(FlamsidError, match=says):
        workspace(**changes)


def test_timeline_answers_are_read_with_care():
    assert timeline_result({}, 3) == TimelineResult()
    assert timeline_result({"instance": 3, "selection": [1], "window": None}, 3) == TimelineResult()
    assert timeline_result({"instance": 2.0, "selection": [1, 2]}, 3) == TimelineResult(2, (1.0, 2.0))


def test_pages_see_choices_in_apptest():
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(HERE / "component_page.py"), default_timeout=60)
    app.query_params["view"] = "space"
    app.query_params["points"] = "50"
    app.run()
    assert not app.exception
    app.session_state["space"] = {"selection": encode_selection([3, 4], 50), "clicked": {"row": 7}}
    app.run()
    assert json.loads(app.code[0].value) == {"clicked": 7, "selected": 2, "first": [3, 4], "sum": 7}


def test_pure_parts_pass_in_node():
    node = shutil.which("node")
    if node is None:
        pytest.skip(
            "node is not installed (Debian: apt-get install nodejs): the JavaScript unit tests need it"
        )
    files = sorted(map(str, (HERE / "js").glob("*.test.mjs")))
    assert files
    run = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
