"""The colours hold: on both grounds, and for people who lack one kind of cone. `pytest -s` prints the figures."""

import tomllib
from itertools import combinations
from pathlib import Path

import colour_vision as vision
import pytest

from flamsid_core import plots
from flamsid_core.ui.atlas.view import RIGHT, WRONG

THEME = tomllib.loads((Path(__file__).parents[1] / ".streamlit" / "config.toml").read_text())["theme"]
GROUNDS = {name: THEME[name]["backgroundColor"] for name in ("light", "dark")}
LEAST_CONTRAST = 3.0  # WCAG 2.2, 1.4.11: graphical objects
LEAST_DIFFERENCE = {"normal": 18.0, "protanopia": 13.0, "deuteranopia": 13.0, "tritanopia": 13.0}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [  # pairs 1, 7, 17 and 25 of the test data of Sharma, Wu & Dalal 2005
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ],
)
def test_the_difference_is_that_of_its_authors(one, other, expected):
    assert vision.difference(one, other) == pytest.approx(expected, abs=1e-4)


def test_every_hue_is_seen_on_both_grounds():
    for colour in (*plots.PALETTE, plots.NEUTRAL, RIGHT, WRONG, *plots.PROTOCOL_COLOURS.values()):
        ratios = {name: vision.contrast(colour, ground) for name, ground in GROUNDS.items()}
        print(colour, *(f"{name} {ratio:.2f}" for name, ratio in ratios.items()))
        assert min(ratios.values()) >= LEAST_CONTRAST, colour


def test_hues_that_come_again_are_seen_on_both_grounds():
    colours = plots.singer_colours(f"singer {i:02d}" for i in range(3 * len(plots.PALETTE)))
    assert len(set(colours.values())) == len(colours)
    for colour in colours.values():
        assert min(vision.contrast(colour, ground) for ground in GROUNDS.values()) >= LEAST_CONTRAST, colour


@pytest.mark.parametrize("eyes", vision.VISIONS)
def test_any_two_hues_are_told_apart(eyes):
    seen = vision.seen(plots.PALETTE, eyes)
    least = min(vision.difference(a, b) for a, b in combinations(seen, 2))
    first = min(vision.difference(a, b) for a, b in combinations(seen[:4], 2))
    print(f"{eyes}: least CIEDE2000 difference {least:.1f}, among the first four {first:.1f}")
    assert least >= LEAST_DIFFERENCE[eyes]


@pytest.mark.parametrize("eyes", vision.VISIONS)
def test_right_and_wrong_and_the_protocols_are_told_apart(eyes):
    for colours in ((RIGHT, WRONG, plots.NEUTRAL), tuple(plots.PROTOCOL_COLOURS.values())):
        seen = vision.seen(colours, eyes)
        least = min(vision.difference(a, b) for a, b in combinations(seen, 2))
        print(f"{eyes}: {' '.join(colours)} {least:.1f}")
        assert least >= 10


def test_a_singer_has_one_colour_whatever_the_order():
    names = ["Tomás", "Pastora", "Manuel"]
    assert plots.singer_colours(names) == plots.singer_colours(reversed(names))
