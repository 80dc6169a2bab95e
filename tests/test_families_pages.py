"""Recurring motifs on the pages: cards with their curves, boxes on the timeline, words about chance."""

import base64
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from make_workspace import SINGERS
from test_app import check, home, opened, tiny, words  # noqa: F401

from flamsid_core import plots
from flamsid_core.errors import FlamsidError
from flamsid_core.motifs.overlay import laid_over
from flamsid_core.ui.families import in_words
from flamsid_core.ui.recording import elsewhere
from flamsid_core.ui.recording.view import residual_in_words
from flamsid_core.workspace import Workspace


def family_like(**changes):
    plain = {"n_occurrences": 3, "recordings": 2, "coverage_s": 12.4, "q_chance": 0.04, "above_order2": False}
    return plain | changes


def test_chance_is_said_as_it_is():
    assert in_words(family_like()) == "3 times in 2 recordings, 12 s of singing. Chance: about 1 in 25."
    assert "below 1 in 200" in in_words(family_like(q_chance=0.001))
    assert "every three notes" in in_words(family_like(above_order2=True))
    assert in_words(family_like(n_occurrences=2, recordings=1)).startswith("2 times in 1 recording,")


def test_cards_come_first_those_that_explain_most(home):  # noqa: F811
    app = check(opened("motifs", project=home[1]))
    assert next(tab.label for tab in app.tabs) == "Recurring"
    families = Workspace(home[1]).table("motifs/families").sort_values("coverage_s", ascending=False)
    shown = [block.value for block in app.tabs[0].markdown if "`" in block.value]
    assert len(shown) == len(families)
    assert families["pattern"].iloc[0] in shown[0]


def test_only_what_returns_in_several_recordings(home):  # noqa: F811
    app = check(opened("motifs", project=home[1]))
    app = check(app.toggle(key="family_across").set_value(True).run())
    families = Workspace(home[1]).table("motifs/families")
    shown = [block.value for block in app.tabs[0].markdown if "`" in block.value]
    assert len(shown) == (families["recordings"] > 1).sum()
    app = check(app.multiselect(key="family_singers").set_value([SINGERS[0]]).run())
    assert len([block for block in app.tabs[0].markdown if "`" in block.value]) == 2


def test_the_recording_lists_a_family_that_was_chosen(home):  # noqa: F811
    found = Workspace(home[1]).table("motifs/occurrences").iloc[0]
    app = check(
        opened("recording", project=home[1], recording=found["recording_id"], motif=found["family_id"])
    )
    assert app.session_state["boxes"] == "recurring"
    assert "Chance:" in words(app)
    instance = Workspace(home[1]).table("motifs/instances").iloc[0]
    app = check(
        opened("recording", project=home[1], recording=instance["recording_id"], motif=instance["motif_id"])
    )
    assert app.session_state["boxes"] == "dictionary"


def test_a_corpus_of_clips_has_no_such_tab(home):  # noqa: F811
    app = check(opened("motifs", project=home[2]))
    assert next(tab.label for tab in app.tabs) == "Dictionary"


@given(st.lists(st.lists(st.one_of(st.just(np.nan), st.floats(-1e4, 1e4)), max_size=30), max_size=5))
def test_curves_of_any_kind_give_a_picture_inside_its_frame(values):
    curves = [(np.arange(len(cents)) * 0.01, np.array(cents, dtype=float)) for cents in values]
    address = plots.overlaid_curves(curves, width_px=100, height_px=50)
    picture = ElementTree.fromstring(base64.b64decode(address.split(",")[1]))
    numbers = [
        float(part) for path in picture for part in path.get("d").replace("M", " ").replace("L", " ").split()
    ]
    assert all(0 <= number <= 100 for number in numbers[::2])
    assert all(0 <= number <= 50 for number in numbers[1::2])


def test_colours_of_families_do_not_depend_on_their_order():
    ids = pd.Series([f"f{n}" for n in range(20)])
    assert plots.family_colours(ids) == plots.family_colours(ids[::-1])
    assert plots.family_colours(ids)["f0"] == plots.PALETTE[0]


def test_what_is_like_a_span_is_listed_with_what_chance_gives(home):  # noqa: F811
    found = Workspace(home[1]).table("motifs/occurrences").iloc[0]
    app = opened("recording", project=home[1], recording=found["recording_id"])
    assert "Select a span" in words(check(app))
    melodies = Workspace(home[1]).table("corpus/recordings")
    row = melodies[melodies["recording_id"] == found["recording_id"]].iloc[0]
    like = elsewhere._found(Workspace(home[1]), row, found["start_s"], found["end_s"], "singer")
    assert not isinstance(like, FlamsidError)
    assert set(like["recording_id"]) <= set(melodies.loc[melodies["singer"] == row["singer"], "recording_id"])
    everywhere = elsewhere._found(Workspace(home[1]), row, found["start_s"], found["end_s"], "corpus")
    assert len(everywhere) >= len(like)


def test_a_slower_variant_is_laid_over_the_prototype():
    """Three held notes, the middle one held three times as long: after laying over, turns fall together."""
    cents = np.repeat([0.0, 200.0, 500.0], [30, 30, 40])
    slower = np.repeat([0.0, 200.0, 500.0], [30, 90, 40])
    first = (np.arange(100) * 0.01, cents)
    time_s, warped = laid_over(first, (np.arange(160) * 0.01, slower))
    assert (np.diff(time_s) >= 0).all()
    assert np.abs(warped - np.interp(time_s, *first)).mean() < 15
    assert laid_over(first, (np.arange(3.0), np.full(3, np.nan)))[1].size == 3, "nothing sung stays as it is"


def test_the_residual_is_judged_in_words():
    segments = pd.DataFrame({"recording_id": ["r"]})

    def contour(scope):
        return SimpleNamespace(segments=segments, levels=pd.DataFrame({"scope": [scope]}))

    assert residual_in_words(23.4, contour("corpus")) == "Notes lie 23 cents from what is sung: fine."
    assert residual_in_words(70, contour("corpus")).endswith("Take levels of this recording.")
    assert residual_in_words(70, contour("r")).endswith("Take more levels.")
