"""Every gesture on the motif space, in a real Chromium on the harness page."""

from __future__ import annotations

import time
from collections.abc import Callable

import component_harness as harness
import numpy as np
import pytest
from instrument_pages import (  # noqa: F401
    NEEDS_CHROMIUM,
    Instrument,
    chromium,
    harness_server,
    instrument_page,
    wait_for,
)

POINTS = 11_158

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def space(show: Callable[..., Instrument]) -> Instrument:
    return show(f"view=space&points={POINTS}")


def on_screen(it: Instrument) -> np.ndarray:
    """Every point's place on the canvas."""
    width, height, centre, magnification = it.js(
        "[it.view.width, it.view.height, it.view.centre, it.view.magnification]"
    )
    xy = np.float32(harness.points(POINTS)[0])
    return np.column_stack(
        [
            width / 2 + (xy[:, 0] - centre[0]) * magnification,
            height / 2 - (xy[:, 1] - centre[1]) * magnification,
        ]
    )


def lonely(places: np.ndarray, it: Instrument) -> int:
    """A point with no other near it, away from the legend."""
    inside = (places > 40).all(1) & (places[:, 0] < it.js("it.view.width") - 260) & (places[:, 1] < 500)
    for i in np.flatnonzero(inside):
        if (np.hypot(*(places - places[i]).T) < 26).sum() == 1:
            return int(i)
    raise AssertionError("no point stands alone")


def test_hovering_plays_after_a_rest_and_clicking_chooses(space):
    places = on_screen(space)
    i = lonely(places, space)
    space.move(*places[i])
    space.waits(f"it.view.hover === {i}")
    space.waits("window.started.length === 1")
    assert space.page.evaluate("window.started[0].seconds") == pytest.approx(0.5, abs=1e-3)
    assert space.answer()["clicked"] is None
    space.click(*places[i])
    space.waits("window.started.length === 2")
    assert space.answers(lambda a: a["clicked"] is not None)["clicked"] == i
    assert not space.errors


def test_a_short_visit_makes_no_sound(space):
    places = on_screen(space)
    i = lonely(places, space)
    space.move(*places[i])
    space.move(places[i][0] + 200, 580)
    time.sleep(0.6)
    space.key("h")
    space.move(*places[i])
    time.sleep(0.6)
    assert space.page.evaluate("window.started.length") == 0


def test_box_and_lasso_give_python_the_rows_they_hold(space):
    places = on_screen(space)
    space.key("b")
    space.drag((300, 150), (500, 300), (620, 420))
    inside = (places[:, 0] > 300) & (places[:, 0] < 620) & (places[:, 1] > 150) & (places[:, 1] < 420)
    answer = space.answers(lambda a: a["selected"] > 0)
    assert answer["selected"] == pytest.approx(inside.sum(), abs=5) and inside.sum() > 500
    assert answer["selected"] == space.js("it.view.selectedCount")
    space.key("Escape")
    space.answers(lambda a: a["selected"] == 0)
    space.key("l")
    angle = np.linspace(0, 2 * np.pi, 40)
    space.drag(*[(560 + 130 * np.cos(a), 280 + 130 * np.sin(a)) for a in angle])
    radius = np.hypot(places[:, 0] - 560, places[:, 1] - 280)
    answer = space.answers(lambda a: a["selected"] > 0)
    assert (radius < 124).sum() <= answer["selected"] <= (radius < 134).sum()
    before = answer["selected"]
    space.page.keyboard.down("Shift")
    space.drag(*[(420 + 60 * np.cos(a), 330 + 60 * np.sin(a)) for a in angle])
    space.page.keyboard.up("Shift")
    space.answers(lambda a: a["selected"] > before)
    assert not space.errors


def test_wheel_zooms_about_the_pointer_until_glyphs_appear(space):
    places = on_screen(space)
    i = lonely(places, space)
    x, y = np.round(places[i] + [space.left, space.top]) - [space.left, space.top]
    for _ in range(6):
        space.wheel(x, y, -2)
    space.waits("it.view.magnification > 8 * it.view.fitted")
    larger = space.js("it.view.magnification / it.view.fitted")
    np.testing.assert_allclose(on_screen(space)[i] - [x, y], (places[i] - [x, y]) * larger, atol=0.2)
    space.key("f")
    assert space.js("it.view.magnification === it.view.fitted")
    space.drag((600, 400), (700, 450))
    np.testing.assert_allclose(on_screen(space)[i] - places[i], [100, 50], atol=1)


def test_the_legend_hides_and_hidden_points_cannot_be_chosen(space):
    table = harness.points(POINTS)[1]
    space.page.locator(".legend button", has_text="Camarón").click()
    shown = int((table["singer"] != "Camarón").sum())
    space.waits(f"it.view.model.shown === {shown}")
    space.key("b")
    space.drag((5, 5), (400, 300), (space.js("it.view.width") - 230, 570))
    answer = space.answers(lambda a: a["selected"] > 0)
    rows = space.js("[...it.view.selection.keys()].filter((i) => it.view.selection[i])")
    assert answer["sum"] == sum(rows) and not (table["singer"].iloc[rows] == "Camarón").any()


def test_a_selection_survives_other_colours_and_plays_in_turn(space):
    space.key("b")
    space.drag((500, 200), (540, 240), (560, 260))
    chosen = space.answers(lambda a: a["selected"] > 0)["selected"]
    space.page.locator("[data-testid=stSelectbox]").click()
    space.page.get_by_role("option", name="recording").click()
    space.waits("it.view.model.head.categories.length > 10")
    assert space.js("it.view.selectedCount") == chosen
    assert space.answer()["selected"] == chosen
    space.key("n")
    space.waits("window.started.length >= 3", seconds=6)
    assert space.js("it.clips.inTurn")
    space.key("n")
    space.waits("!it.clips.inTurn && it.view.sounding === -1")
    assert not space.errors


def test_the_map_follows_the_theme(show):
    it = show("view=space&points=500&language=es", color_scheme="dark")
    corner = (
        "[...it.still.getContext('2d').getImageData(2, 2, 1, 1).data].slice(0, 3).reduce((a, b) => a + b)"
    )
    it.waits("it.view.theme.dark")
    wait_for(lambda: it.js(corner) < 150, 3, "a dark picture")
    it.page.emulate_media(color_scheme="light")
    wait_for(lambda: it.js(corner) > 600, 5, "a light picture")
    assert "motivos" in it.page.locator(".status").inner_text()


def test_the_map_is_saved_as_picture_and_figure(space):
    import xml.etree.ElementTree as ElementTree
    from pathlib import Path

    for name, ending in (("PNG", ".png"), ("SVG", ".svg")):
        space.page.locator(".bar summary").last.click()
        with space.page.expect_download() as caught:
            space.page.get_by_role("button", name=name).click()
        assert caught.value.suggested_filename.endswith(ending)
        content = Path(caught.value.path()).read_bytes()
        if name == "PNG":
            assert content.startswith(b"\x89PNG")
        else:
            root = ElementTree.fromstring(content)
            circles = sum(path.get("d").count("a") // 2 for path in root.iterfind(".//{*}path"))
            words = {text.text for text in root.iterfind(".//{*}text")}
            assert circles >= POINTS and set(harness.points(POINTS)[1]["singer"]) <= words
    assert not space.errors
