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
def workspace(show: Callable[..., Instrument]) -> Instrument:
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


def test_hovering_plays_after_a_rest_and_clicking_chooses(workspace):
    places = on_screen(workspace)
    i = lonely(places, workspace)
    workspace.move(*places[i])
    workspace.waits(f"it.view.hover === {i}")
    workspace.waits("window.started.length === 1")
    assert workspace.page.evaluate("window.started[0].seconds") == pytest.approx(0.5, abs=1e-3)
    assert workspace.answer()["clicked"] is None
    workspace.click(*places[i])
    workspace.waits("window.started.length === 2")
    assert workspace.answers(lambda a: a["clicked"] is not None)["clicked"] == i
    assert not workspace.errors


def test_a_short_visit_makes_no_sound(workspace):
    places = on_screen(workspace)
    i = lonely(places, workspace)
    workspace.move(*places[i])
    workspace.move(places[i][0] + 200, 580)
    time.sleep(0.6)
    workspace.key("h")
    workspace.move(*places[i])
    time.sleep(0.6)
    assert workspace.page.evaluate("window.started.length") == 0


def test_box_and_lasso_give_python_the_rows_they_hold(workspace):
    places = on_screen(workspace)
    workspace.key("b")
    workspace.drag((300, 150), (500, 300), (620, 420))
    inside = (places[:, 0] > 300) & (places[:, 0] < 620) & (places[:, 1] > 150) & (places[:, 1] < 420)
    answer = workspace.answers(lambda a: a["selected"] > 0)
    assert answer["selected"] == pytest.approx(inside.sum(), abs=5) and inside.sum() > 500
    assert answer["selected"] == workspace.js("it.view.selectedCount")
    workspace.key("Escape")
    workspace.answers(lambda a: a["selected"] == 0)
    workspace.key("l")
    angle = np.linspace(0, 2 * np.pi, 40)
    workspace.drag(*[(560 + 130 * np.cos(a), 280 + 130 * np.sin(a)) for a in angle])
    radius = np.hypot(places[:, 0] - 560, places[:, 1] - 280)
    answer = workspace.answers(lambda a: a["selected"] > 0)
    assert (radius < 124).sum() <= answer["selected"] <= (radius < 134).sum()
    before = answer["selected"]
    workspace.page.keyboard.down("Shift")
    workspace.drag(*[(420 + 60 * np.cos(a), 330 + 60 * np.sin(a)) for a in angle])
    workspace.page.keyboard.up("Shift")
    workspace.answers(lambda a: a["selected"] > before)
    assert not workspace.errors


def test_wheel_zooms_about_the_pointer_until_glyphs_appear(workspace):
    places = on_screen(workspace)
    i = lonely(places, workspace)
    x, y = np.round(places[i] + [workspace.left, workspace.top]) - [workspace.left, workspace.top]
    for _ in range(6):
        workspace.wheel(x, y, -2)
    workspace.waits("it.view.magnification > 8 * it.view.fitted")
    larger = workspace.js("it.view.magnification / it.view.fitted")
    np.testing.assert_allclose(on_screen(workspace)[i] - [x, y], (places[i] - [x, y]) * larger, atol=0.2)
    workspace.key("f")
    assert workspace.js("it.view.magnification === it.view.fitted")
    workspace.drag((600, 400), (700, 450))
    np.testing.assert_allclose(on_screen(workspace)[i] - places[i], [100, 50], atol=1)


def test_the_legend_hides_and_hidden_points_cannot_be_chosen(workspace):
    table = harness.points(POINTS)[1]
    workspace.page.locator(".legend button", has_text="Camarón").click()
    shown = int((table["singer"] != "Camarón").sum())
    workspace.waits(f"it.view.model.shown === {shown}")
    workspace.key("b")
    workspace.drag((5, 5), (400, 300), (workspace.js("it.view.width") - 230, 570))
    answer = workspace.answers(lambda a: a["selected"] > 0)
    rows = workspace.js("[...it.view.selection.keys()].filter((i) => it.view.selection[i])")
    assert answer["sum"] == sum(rows) and not (table["singer"].iloc[rows] == "Camarón").any()


def test_a_selection_survives_other_colours_and_plays_in_turn(workspace):
    workspace.key("b")
    workspace.drag((500, 200), (540, 240), (560, 260))
    chosen = workspace.answers(lambda a: a["selected"] > 0)["selected"]
    workspace.page.locator("[data-testid=stSelectbox]").click()
    workspace.page.get_by_role("option", name="recording").click()
    workspace.waits("it.view.model.head.categories.length > 10")
    assert workspace.js("it.view.selectedCount") == chosen
    assert workspace.answer()["selected"] == chosen
    workspace.key("n")
    workspace.waits("window.started.length >= 3", seconds=6)
    assert workspace.js("it.clips.inTurn")
    workspace.key("n")
    workspace.waits("!it.clips.inTurn && it.view.sounding === -1")
    assert not workspace.errors


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


def test_the_map_is_saved_as_picture_and_figure(workspace):
    import xml.etree.ElementTree as ElementTree
    from pathlib import Path

    for name, ending in (("PNG", ".png"), ("SVG", ".svg")):
        workspace.page.locator(".bar summary").last.click()
        with workspace.page.expect_download() as caught:
            workspace.page.get_by_role("button", name=name).click()
        assert caught.value.suggested_filename.endswith(ending)
        content = Path(caught.value.path()).read_bytes()
        if name == "PNG":
            assert content.startswith(b"\x89PNG")
        else:
            root = ElementTree.fromstring(content)
            circles = sum(path.get("d").count("a") // 2 for path in root.iterfind(".//{*}path"))
            words = {text.text for text in root.iterfind(".//{*}text")}
            assert circles >= POINTS and set(harness.points(POINTS)[1]["singer"]) <= words
    assert not workspace.errors


def test_the_legend_hides_no_point_and_contours_do_not_cross(workspace):
    stack, legend = workspace.js(
        "[it.stack, it.legend.box].map((e) => { const b = e.getBoundingClientRect();"
        " return [b.left, b.top, b.right, b.bottom] })"
    )
    assert legend[0] >= stack[2] or legend[1] >= stack[3], "the legend lies on the map"
