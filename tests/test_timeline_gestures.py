"""Every gesture on the timeline, in a real Chromium on the harness page."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import component_harness as harness
import pytest
from instrument_pages import (  # noqa: F401
    NEEDS_CHROMIUM,
    Instrument,
    chromium,
    harness_server,
    instrument_page,
    wait_for,
)

from flamsid_core.translation import translate

SECONDS = 60.0

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def timeline(show: Callable[..., Instrument]) -> Instrument:
    return show(f"view=timeline&seconds={SECONDS:g}&motifs=80")


def place_of(it: Instrument, i: int) -> tuple[float, float]:
    """Where occurrence i is drawn in the lanes: the middle of its bar."""
    time_s, lane = it.js(
        f"[(({occurrence(i, 'start')}) + ({occurrence(i, 'end')})) / 2, {occurrence(i, 'lanes')}]"
    )
    (start, end), place = it.js("[it.view.window, it.view.layout]")
    plot, lanes = place["plot"], place["lanes"]
    x = plot["left"] + (time_s - start) / (end - start) * (plot["right"] - plot["left"])
    return x, lanes["first"] + (lane + 0.4) * lanes["lane"]


def occurrence(i: int, name: str) -> str:
    return f"it.view.model.instances.{name}[{i}]"


def test_wheel_zooms_about_the_pointer_and_python_learns_the_window(timeline):
    plot = timeline.js("it.view.layout.plot")
    x = plot["left"] + 0.25 * (plot["right"] - plot["left"])
    for _ in range(5):
        timeline.wheel(x, 100, -1)
    timeline.waits("it.view.window[1] - it.view.window[0] < 25")
    start, end = timeline.js("it.view.window")
    assert start + 0.25 * (end - start) == pytest.approx(0.25 * SECONDS, abs=0.05)
    answer = timeline.answers(lambda a: a["window"] is not None)
    assert answer["window"] == pytest.approx([start, end], abs=1e-3)
    assert not timeline.errors


def test_clicking_seeks_and_space_plays_in_step(timeline):
    plot = timeline.js("it.view.layout.plot")
    timeline.click(plot["left"] + 0.5 * (plot["right"] - plot["left"]), plot["top"] + 2)
    assert timeline.js("it.player.position") == pytest.approx(SECONDS / 2, abs=0.1)
    timeline.key(" ")
    timeline.waits("it.player.playing && it.player.position > 30.3")
    first, frames, at = timeline.js("[it.player.position, it.frames.overlay, performance.now()]")
    time.sleep(1.0)
    second, more, later = timeline.js("[it.player.position, it.frames.overlay, performance.now()]")
    assert second - first == pytest.approx((later - at) / 1000, abs=0.12)
    assert more - frames >= 20, "the cursor hardly moves"
    timeline.key(" ")
    assert not timeline.js("it.player.playing")
    assert not timeline.errors


@pytest.mark.parametrize("source", ["", "&span=1"], ids=["cut in the browser", "span from the server"])
def test_a_clicked_motif_sounds_for_exactly_its_span(show, source):
    it = show(f"view=timeline&seconds={SECONDS:g}&motifs=80{source}")
    table = harness.instances(SECONDS, 80)
    i = 7
    it.click(*place_of(it, i))
    it.waits("it.player.playing && window.started.length === 1")
    chosen = it.js("it.view.chosen")
    start, end, row = it.js(f"[{', '.join(occurrence(chosen, name) for name in ('start', 'end', 'row'))}]")
    sounded = it.page.evaluate("window.started[0]")
    assert sounded["seconds"] == pytest.approx(end - start, abs=1.5 / harness.SAMPLE_RATE_HZ)
    assert not sounded["loop"] and sounded["offset"] == 0
    it.waits("!it.player.playing", seconds=end - start + 4)
    assert it.answers(lambda a: a["instance"] is not None)["instance"] == row
    assert table["start_s"].iloc[row] == pytest.approx(start)
    assert not it.errors


def test_dragging_selects_and_space_loops_it(timeline):
    plot = timeline.js("it.view.layout.plot")
    y = plot["top"] + 40
    timeline.drag((plot["left"] + 200, y), (plot["left"] + 230, y), (plot["left"] + 215, y + 5))
    selection = timeline.js("it.view.selection")
    per_pixel = SECONDS / (plot["right"] - plot["left"])
    assert selection == pytest.approx([200 * per_pixel, 215 * per_pixel], abs=2 * per_pixel)
    answer = timeline.answers(lambda a: a["selection"] is not None)
    assert answer["selection"] == pytest.approx(selection, abs=1e-3)
    timeline.key(" ")
    timeline.waits("it.player.playing && window.started.length")
    assert timeline.page.evaluate("window.started.at(-1).loop")
    for _ in range(12):
        assert selection[0] - 0.01 <= timeline.js("it.player.position") <= selection[1] + 0.01
        time.sleep(0.1)
    timeline.key("l")
    timeline.waits(f"it.player.position > {selection[1] + 0.05}")
    timeline.key("Escape")
    timeline.answers(lambda a: a["selection"] is None)
    assert not timeline.errors


def test_hovering_lights_all_siblings(timeline):
    i = 5
    ink = """(() => {
      const { width, height } = it.surface;
      const { data } = it.surface.getContext('2d').getImageData(0, 0, width, height);
      return data.reduce((count, value, k) => count + (k % 4 === 3 && value > 0 ? 1 : 0), 0);
    })()"""
    before = timeline.js(ink)
    timeline.move(*place_of(timeline, i))
    timeline.waits("it.view.hover >= 0")
    time.sleep(0.2)
    siblings = timeline.js("it.view.model.siblings[it.view.model.instances.motif[it.view.hover]].length")
    assert siblings > 1
    assert timeline.js(ink) > before + 200 * siblings
    assert timeline.js("it.surface.style.cursor") == "pointer"


def test_slower_keeps_time_and_pitch(timeline):
    timeline.key("[", "[", "[", "[", "[")
    assert timeline.js("it.player.rate") == 0.5
    timeline.key(" ")
    timeline.waits("it.player.position > 0.2")
    first, at = timeline.js("[it.player.position, performance.now()]")
    time.sleep(1.0)
    second, later = timeline.js("[it.player.position, performance.now()]")
    assert second - first == pytest.approx(0.5 * (later - at) / 1000, abs=0.1)


def test_the_reduction_is_heard_at_one_key_and_in_the_other_ear(timeline):
    timeline.key("b")
    assert timeline.js("it.player.listen") == "steps"
    timeline.key(" ")
    timeline.waits("window.started.length >= 2 && it.player.position > 0.5")
    timeline.key("b")
    timeline.waits("it.player.listen === 'voice' && it.player.playing && it.player.position > 0.6")
    timeline.key("m")
    timeline.waits("it.player.bothEars && it.player.playing && it.player.position > 0.8")
    assert not timeline.errors


def test_keys_zoom_move_and_list_themselves(timeline):
    timeline.key("+", "+", "ArrowRight", "ArrowRight", "ArrowUp")
    start, end = timeline.js("it.view.window")
    assert end - start == pytest.approx(SECONDS / 1.4**2, rel=1e-6) and start > 5
    timeline.key("f")
    assert timeline.js("it.view.window") == [0, SECONDS]
    timeline.key("?")
    assert timeline.page.locator("dialog.help").is_visible()
    assert timeline.page.locator("dialog.help kbd").count() > 20
    timeline.page.keyboard.press("Escape")
    timeline.key("End")
    assert timeline.js("it.player.position") == SECONDS


def test_figures_are_saved(timeline):
    for name, ending in (("PNG", ".png"), ("SVG", ".svg")):
        timeline.page.locator(".bar summary").last.click()
        with timeline.page.expect_download() as caught:
            timeline.page.get_by_role("button", name=name).click()
        path = Path(caught.value.path())
        assert caught.value.suggested_filename.endswith(ending)
        content = path.read_bytes()
        if name == "PNG":
            assert content.startswith(b"\x89PNG")
        else:
            import xml.etree.ElementTree as ElementTree

            root = ElementTree.fromstring(content)
            shapes = [*root.iterfind(".//{*}path"), *root.iterfind(".//{*}rect")]
            assert len(shapes) > 200 and len(root.findall(".//{*}text")) > 10


def test_layers_are_chosen_in_their_menu_and_the_spectrogram_comes_when_it_is_ready(timeline):
    for _ in range(8):
        timeline.wheel(500, 100, -1.5)
    time.sleep(0.3)
    ink = """(() => {
      const { left, top, right, bottom } = it.view.layout.plot;
      const { data } = it.still.getContext('2d').getImageData(left, top, right - left, bottom - top);
      return data.reduce((sum, value) => sum + value, 0);
    })()"""
    before = timeline.js(ink)
    timeline.page.locator(".bar summary").first.click()
    timeline.page.get_by_label("Spectrogram").check()
    timeline.waits("it.view.layers.spectrogram")
    wait_for(lambda: abs(timeline.js(ink) - before) > 2e5, 10, "spectrogram tiles")
    timeline.page.get_by_label("Motifs").uncheck()
    plain = timeline.js(ink)
    timeline.page.get_by_label("Levels").uncheck()
    wait_for(lambda: timeline.js(ink) != plain, 3, "a picture without levels")
    assert not timeline.errors


def test_the_picture_follows_the_theme_and_the_language(show):
    it = show(f"view=timeline&seconds={SECONDS:g}&language=es", color_scheme="light")
    corner = (
        "[...it.still.getContext('2d').getImageData(2, 2, 1, 1).data].slice(0, 3).reduce((a, b) => a + b)"
    )
    it.waits("!it.view.theme.dark")
    assert it.js(corner) > 600
    it.page.emulate_media(color_scheme="dark")
    it.waits("it.view.theme.dark")
    wait_for(lambda: it.js(corner) < 150, 3, "a dark picture")
    assert it.page.get_by_role("button", name=translate("Play", "es")).is_visible()


def test_another_motif_from_python_is_lit_and_the_view_stays(timeline):
    timeline.wheel(500, 100, -3)
    window = timeline.js("it.view.window")
    timeline.page.locator("[data-testid=stSelectbox]").click()
    timeline.page.get_by_role("option", name="m07").click()
    timeline.waits("it.view.motif >= 0 && it.view.model.motifs[it.view.motif].id === 'm07'")
    assert timeline.js("it.view.window") == pytest.approx(window)


def test_one_sound_at_a_time(timeline):
    timeline.key(" ")
    timeline.waits("it.player.playing && it.player.position > 0.1")
    timeline.page.evaluate("window.__flamsidStage.take('another', () => (window.stopped = true))")
    assert not timeline.js("it.player.playing")
    timeline.key(" ")
    timeline.waits("it.player.playing")
    assert timeline.page.evaluate("window.stopped")


def test_missing_sound_is_said_and_does_not_stay(timeline):
    timeline.page.route("**/harness/recording/**", lambda route: route.abort())
    timeline.key(" ")
    timeline.waits("it.player.failed && !it.player.playing")
    assert "could not be loaded" in timeline.page.locator(".status").inner_text()
    timeline.page.unroute("**/harness/recording/**")
    timeline.click(*place_of(timeline, 3))
    timeline.waits("!it.player.failed && window.started.length === 1")
    assert "Motif" in timeline.page.locator(".status").inner_text()


def test_a_window_that_python_sends_back_does_not_undo_the_hand(timeline):
    timeline.wheel(500, 100, -3)
    timeline.waits("it.reported.length === 1")
    start, end = timeline.js("it.reported[0]")
    timeline.wheel(500, 100, -3)
    window = timeline.js("it.view.window")
    timeline.js(f"it.follows([{start:.2f}, {end:.2f}])")
    assert timeline.js("it.view.window") == window
    timeline.js("it.follows([5, 9])")
    assert timeline.js("it.view.window") == [5, 9]


def test_players_of_the_page_and_the_timeline_give_way_to_one_another(timeline):
    timeline.key(" ")
    timeline.waits("it.player.playing && it.player.position > 0.1")
    timeline.page.evaluate(
        "document.body.append((window.other = Object.assign(new Audio('/harness/clip/1'), {loop: true}))); other.play()"
    )
    timeline.waits("!it.player.playing")
    timeline.key(" ")
    timeline.waits("it.player.playing && window.other.paused")


def test_pictures_are_as_sharp_as_the_screen_and_follow_its_size(show):
    it = show(f"view=timeline&seconds={SECONDS:g}", device_scale_factor=2)
    assert it.js("it.still.width") == pytest.approx(2 * it.js("it.view.layout.width"), abs=2)
    it.page.set_viewport_size({"width": 700, "height": 900})
    it.waits("it.view.layout.width < 700")
    wait_for(
        lambda: it.js("Math.abs(it.still.width - 2 * it.view.layout.width) <= 2"), 3, "a smaller picture"
    )


def test_the_tonic_is_the_axis_zero_and_set_by_a_click(timeline):
    tonic = timeline.js("it.view.model.head.tonic_cents")
    assert timeline.js("it.view.reference") == ("notes" if tonic is None else "tonic")
    plot = timeline.js("it.view.layout.plot")
    y = plot["top"] + 0.5 * (plot["bottom"] - plot["top"])
    low, high = timeline.js("it.view.pitch")
    timeline.click(plot["left"] - 20, y)
    timeline.waits("it.view.reference === 'tonic'")
    now = timeline.js("it.view.model.head.tonic_cents")
    assert now == pytest.approx((low + high) / 2, abs=40)
    assert now in timeline.js("[...it.view.model.levels]") or now == pytest.approx((low + high) / 2, abs=5)
    assert not timeline.errors


def test_keys_work_at_once(timeline):
    assert timeline.js("it.root.getRootNode().activeElement === it.surface")
    timeline.page.keyboard.press(" ")
    timeline.waits("it.player.playing")
