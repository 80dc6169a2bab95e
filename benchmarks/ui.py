"""The two instruments in a real browser: time to the first picture, frames a second, lasso to Python, memory.

python benchmarks/ui.py [--switches N] [--no-peer] [--live | --app]

Runs the harness page of the tests and the app on synthetic data, so it needs neither corpus nor network; the
peer is the same scatter drawn by plotly on the same page in the same run.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from ui_app import live, whole_app
from ui_browser import ARGS, CHROMIUM, ROOT, Page, median, memory_of, server, wait


def timelines(browser: Any, address: str) -> None:
    for seconds, motifs in ((300, 400), (3600, 5000)):
        query = f"view=timeline&seconds={seconds}&motifs={motifs}"
        Page(browser, address, query, "[data-ready]").close()  # the harness synthesises its data once

        def ready(query: str = query) -> tuple[float, float]:
            page = Page(browser, address, query, "[data-ready]")
            times = page.after_page()
            page.close()
            return times

        after, total = median(ready)
        page = Page(browser, address, query, "[data-ready]")
        print(
            f"timeline, {seconds / 60:g} min, {motifs} motifs: ready {after:.2f} s after the page (bar 2; "
            f"{total:.2f} s from the address), {payload_mb(seconds, motifs):.2f} MB sent (bar for an hour 2)"
        )
        print(f"  wheel zoom {page.zoom_fps():.0f} frames/s (bar 25)")
        page.page.locator("[data-testid=stSelectbox]").click()
        start = time.perf_counter()
        page.page.get_by_role("option", name="m07").click()
        wait(lambda page=page: page.js("it.view.motif >= 0"), 20)
        print(
            f"  another state of the page drawn {1000 * (time.perf_counter() - start):.0f} ms after the click"
        )
        if seconds == 300:
            page.page.locator("canvas.overlay").focus()
            page.page.keyboard.press(" ")
            wait(lambda page=page: page.js("it.player.playing && it.player.position > 0.3"), 60)
            print(f"  cursor while playing {page.cursor_fps():.0f} frames/s (bar 50)")
        page.close()


def payload_mb(seconds: float, motifs: int) -> float:
    sys.path.insert(0, str(ROOT / "tests"))
    import component_harness as harness

    from flamsid_core.ui.components.timeline import timeline_payload

    segments = harness.segments(seconds)
    tables = (
        harness.melody(seconds),
        segments,
        segments.drop_duplicates("level"),
        harness.instances(seconds, motifs),
    )
    return len(timeline_payload(*tables, duration_s=seconds)) / 1e6


def spaces(browser: Any, address: str, peer: bool) -> None:
    for points, first_bar, lasso_bar in ((11_158, 2.5, 1.5), (100_000, 4, 2)):
        query = f"view=space&points={points}"
        Page(browser, address, query, "[data-ready]").close()

        def measured(query: str = query) -> tuple[float, float, float]:
            page = Page(browser, address, query, "[data-ready]")
            times = page.after_page()
            page.page.locator("canvas.overlay").focus()
            page.page.keyboard.press("l")
            lasso = page.lasso(page.page.locator("canvas.overlay").bounding_box())
            page.close()
            return (*times, lasso)

        after, total, lasso = median(measured)
        page = Page(browser, address, query, "[data-ready]")
        print(
            f"motif space, {points:,} points: first picture {after:.2f} s after the page (bar {first_bar}; "
            f"{total:.2f} s from the address), lasso to Python {lasso:.2f} s (bar {lasso_bar}), "
            f"zoom {page.zoom_fps():.0f} frames/s"
        )
        page.close()
        if peer and points < 50_000:
            plotly(browser, address, points)


def plotly(browser: Any, address: str, points: int) -> None:
    page = Page(browser, address, f"view=plotly&points={points}", ".js-plotly-plot .plotly")
    wait(lambda: page.page.evaluate("window.plotlyAt"), 60)
    time.sleep(2)
    box = page.page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    there = (page.page.evaluate("window.plotlyAt") - page.page.evaluate("window.pageAt")) / 1000
    lasso = page.lasso(box)
    print(
        f"  peer, plotly scattergl, the same points: there {there:.2f} s after the page, lasso {lasso:.2f} s"
    )
    page.close()


def memory(browser: Any, address: str, switches: int) -> None:
    page = Page(browser, address, "switch=1&seconds=300", "[data-ready]")

    def switch(count: int) -> None:
        for i in range(count):
            name = ("space", "timeline")[i % 2]
            page.page.locator("[data-testid=stRadio] label", has_text=name).first.click()
            page.page.locator(f".{name}[data-ready]").wait_for(timeout=30_000)

    memory_of(page, switch, switches, "instruments alone")
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--switches", type=int, default=100)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--live", action="store_true", help="only the sliders of the Recording page")
    parser.add_argument("--app", action="store_true", help="only the pages of the app")
    options = parser.parse_args()
    if CHROMIUM is None:
        raise SystemExit("No Chromium found (Debian: apt-get install chromium).")
    from playwright.sync_api import sync_playwright

    with server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        if not options.app:
            live(browser)
        if options.live:
            return
        whole_app(browser, options.switches)
        if options.app:
            return
        timelines(browser, address)
        spaces(browser, address, not options.no_peer)
        if options.switches:
            memory(browser, address, options.switches)
        browser.close()


if __name__ == "__main__":
    main()
