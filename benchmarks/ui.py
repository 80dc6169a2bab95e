"""The two instruments in a real browser: time to the first picture, frames a second, lasso to Python, memory.

python benchmarks/ui.py [--switches N] [--no-peer] [--live | --app]

Runs the harness page of the tests and the app on synthetic data, so it needs neither corpus nor network; the
peer is the same scatter drawn by plotly on the same page in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
ARGS += ["--autoplay-policy=no-user-gesture-required", "--enable-precise-memory-info"]

# The page's own clock: when its first element stood, and when an instrument had drawn.
CLOCK = """
new MutationObserver(() => {
  if (document.querySelector(".page-is-there")) window.pageAt ??= performance.now();
  if (document.querySelector("h1")) window.titleAt ??= performance.now();
  if (document.querySelector(".gl-canvas, .scatterlayer .points path")) window.plotlyAt ??= performance.now();
}).observe(document, { childList: true, subtree: true });
"""

# From the key on a slider to the picture of another reduction, as the person at the page sees it.
REDRAWN = """
(root) => {
  const it = root.flamsid;
  const { model, frames: { still } } = { ...it.view, frames: { ...it.frames } };
  window.redrawn = new Promise((done) => {
    const once = new AbortController();
    const acted = () => {
      once.abort();
      const start = performance.now();
      const look = () => {
        if (it.view.model !== model && it.frames.still > still) done(performance.now() - start);
        else if (performance.now() - start > 3000) done(null); // this step changes nothing in the reduction
        else requestAnimationFrame(look);
      };
      look();
    };
    const how = { capture: true, signal: once.signal };
    for (const event of ["keydown", "pointerup"]) addEventListener(event, acted, how);
  });
}
"""

# Playwright hands over some thirty wheel events a second at most, so the page makes its own.
ZOOM = """
async (root) => {
  const { surface, frames } = root.flamsid;
  const box = surface.getBoundingClientRect();
  const place = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 3, cancelable: true };
  const [first, start] = [frames.still, performance.now()];
  for (let i = 0; performance.now() - start < 4000; i++) {
    surface.dispatchEvent(new WheelEvent("wheel", { ...place, deltaY: i % 120 < 60 ? -30 : 30 }));
    await new Promise(requestAnimationFrame);
  }
  return ((frames.still - first) / (performance.now() - start)) * 1000;
}
"""


@contextmanager
def server(script: Path = ROOT / "tests" / "component_harness.py", **environment: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += ["--server.port", str(port), "--server.headless", "true", "--server.address", "127.0.0.1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1", **environment}, **quiet
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait(lambda: answers(f"{address}/_stcore/health"), 60)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def answers(address: str) -> bool:
    try:
        return urllib.request.urlopen(address, timeout=2).status == 200
    except OSError:
        return False


def wait(test: Callable[[], Any], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not test():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.02)


def median(run: Callable[[], tuple[float, ...]], times: int = 3) -> tuple[float, ...]:
    """Medians of several runs, number by number."""
    columns = zip(*[run() for _ in range(times)], strict=True)
    return tuple(sorted(column)[times // 2] for column in columns)


class Page:
    def __init__(self, browser: Any, address: str, query: str, ready: str) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.page = self.context.new_page()
        self.page.add_init_script(CLOCK)
        self.page.goto(f"{address}/?{query}")
        self.page.wait_for_selector(ready, timeout=90_000)

    def js(self, expression: str) -> Any:
        return self.page.locator("[data-ready]").evaluate(
            f"e => {{ const it = e.flamsid; return {expression}; }}"
        )

    def after_page(self) -> tuple[float, float]:
        """Seconds from the page's first element to the instrument's picture, and from the address."""
        ready = float(self.page.locator("[data-ready]").get_attribute("data-ready")) / 1000
        return ready - self.page.evaluate("window.pageAt") / 1000, ready

    def answer(self) -> dict[str, Any]:
        return json.loads(self.page.locator("[data-testid=stCode] code").last.inner_text())

    def zoom_fps(self) -> float:
        """Pictures a second while a wheel event arrives before every frame, in and out again, for 4 s."""
        return self.page.locator("[data-ready]").evaluate(ZOOM)

    def cursor_fps(self, seconds: float = 4) -> float:
        before, at = self.js("[it.frames.overlay, performance.now()]")
        time.sleep(seconds)
        after, later = self.js("[it.frames.overlay, performance.now()]")
        return (after - before) / (later - at) * 1000

    def lasso(self, box: dict[str, float]) -> float:
        start = self.lasso_path(box)
        wait(lambda: self.answer()["selected"] > 0, 120)
        return time.perf_counter() - start

    def lasso_path(self, box: dict[str, float]) -> float:
        """Draw a lasso; return when the button was let go."""
        import math

        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x + 150, y)
        self.page.mouse.down()
        for k in range(1, 41):
            self.page.mouse.move(x + 150 * math.cos(k / 6.4), y + 150 * math.sin(k / 6.4))
        start = time.perf_counter()
        self.page.mouse.up()
        return start

    def close(self) -> None:
        self.context.close()


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


def five_minutes(home: Path) -> tuple[str, str]:
    """Make a corpus whose first recording is of five minutes; return the project's name and its id."""
    sys.path.insert(0, str(ROOT / "tests"))
    import component_harness as harness
    import pandas as pd
    import soundfile
    from make_workspace import make_home

    space = make_home(home)
    table = space / "corpus" / "recordings.parquet"
    recordings = pd.read_parquet(table)
    row = recordings.iloc[0]
    melody = harness.melody(300)
    melody.to_parquet(space / "melody" / f"{row['recording_id']}.parquet", index=False)
    signal = harness.np.random.default_rng(0).normal(0, 0.05, 300 * row["sample_rate_hz"])
    soundfile.write(home / "corpora" / "tiny" / row["file"], signal, row["sample_rate_hz"])
    recordings.loc[0, "duration_s"] = 300.0
    recordings.to_parquet(table, index=False)
    for path in (table, space / "melody" / f"{row['recording_id']}.parquet"):
        path.with_name(path.name + ".key").write_text(f"{'0' * 40} {path.stat().st_size}\n")
    return space.name, str(row["recording_id"])


def live(browser: Any) -> None:
    """Time a slider of the app's Recording page: key to redrawn reduction, for five minutes of singing."""
    with tempfile.TemporaryDirectory() as folder:
        project, recording = five_minutes(Path(folder))
        with server(ROOT / "app.py", FLAMSID_HOME=folder) as address:
            page = Page(
                browser, f"{address}/recording", f"project={project}&recording={recording}", "[data-ready]"
            )
            for name in ("Levels (0", "Segment", "Pause", "Smooth", "Method"):
                times = []
                for turn in range(9):
                    if name != "Method":
                        page.page.get_by_role("slider", name=name).focus()
                    time.sleep(0.6)  # what the press before set off is over
                    page.page.locator("[data-ready]").evaluate(REDRAWN)
                    if name != "Method":
                        page.page.keyboard.press("ArrowRight")
                    else:
                        page.page.get_by_text("k-means" if turn % 2 else "band", exact=True).click()
                    times.append(page.page.evaluate("window.redrawn"))
                # The first one finds caches cold.
                times = sorted(took for took in times[1:] if took is not None)
                if not times:
                    print(f"  '{name.split(' ')[0]}': no step changed the reduction")
                    continue
                print(
                    f"  '{name.split(' ')[0]}', 5 min: redrawn {times[len(times) // 2]:.0f} ms after the key or click "
                    f"(median of {len(times)}, slowest {times[-1]:.0f} ms; bar 300)"
                )
            page.close()


def many_motifs(home: Path, count: int) -> str:
    """Make a corpus with `count` motif instances on its map; return the project's name."""
    sys.path.insert(0, str(ROOT / "tests"))
    import component_harness as harness
    import pandas as pd
    from make_workspace import MODEL, make_home

    np = harness.np
    space = make_home(home)
    instances = pd.read_parquet(space / "motifs" / "instances.parquet")
    times = -(-count // len(instances))
    many = pd.concat([instances] * times, ignore_index=True).head(count)
    many["instance_id"] = [f"i{n:06d}" for n in range(count)]
    xy = np.float32(harness.points(count)[0])
    drawn = pd.DataFrame({"instance_id": many["instance_id"], "x": xy[:, 0], "y": xy[:, 1]})
    drawn["pca_x"], drawn["pca_y"] = xy[:, 1], xy[:, 0]
    folder = space / "atlas" / MODEL
    for path, table in ((space / "motifs" / "instances.parquet", many), (folder / "map.parquet", drawn)):
        table.to_parquet(path, index=False)
    rng = np.random.default_rng(0)
    nearest = rng.integers(0, count, (count, 10), dtype=np.int32)
    arrays = {"neighbours": nearest, "distances": np.sort(rng.random((count, 10), np.float32), axis=1)}
    arrays["embeddings"] = np.hstack([xy, rng.normal(0, 0.1, (count, 14)).astype(np.float32)])
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    for key in space.rglob("*.key"):
        key.write_text(f"{'0' * 40} {key.with_suffix('').stat().st_size}\n")
    return space.name


def whole_app(browser: Any, switches: int) -> None:
    """The Motif space page of the app itself with 100,000 motifs, and its memory over switches between its pages."""
    with tempfile.TemporaryDirectory() as folder:
        project = many_motifs(Path(folder), 100_000)
        with server(ROOT / "app.py", FLAMSID_HOME=folder) as address:

            def measured() -> tuple[float, float, float, float]:
                page = Page(browser, f"{address}/space", f"project={project}", ".space[data-ready]")
                page.page.wait_for_timeout(1500)
                # The page's first element is its title.
                ready = float(page.page.locator(".space[data-ready]").get_attribute("data-ready")) / 1000
                title = page.page.evaluate("window.titleAt") / 1000
                page.page.locator("canvas.overlay").focus()
                page.page.keyboard.press("l")
                start = page.lasso_path(page.page.locator("canvas.overlay").bounding_box())
                page.page.get_by_text("Selection: ").first.wait_for(timeout=60_000)
                told = time.perf_counter() - start
                page.page.locator(".cliptable[data-ready]").wait_for(timeout=60_000)
                listed = time.perf_counter() - start
                page.close()
                return ready - title, ready, told, listed

            measured()
            after, total, told, listed = median(measured)
            print(
                f"Motif space page of the app, 100,000 motifs: first picture {after:.2f} s after the page (bar 4; "
                f"{total:.2f} s from the address), lasso to Python and back {told:.2f} s (bar 2), its table "
                f"{listed:.2f} s"
            )
    if not switches:
        return
    with tempfile.TemporaryDirectory() as folder:
        project, recording = five_minutes(Path(folder))
        with server(ROOT / "app.py", FLAMSID_HOME=folder) as address:
            query = f"project={project}&recording={recording}"
            page = Page(browser, f"{address}/recording", query, ".timeline[data-ready]")
            stays = [("Motif space", ".space[data-ready]"), ("Motifs", "[data-testid=stDataFrame]")]
            stays += [("Recording", ".timeline[data-ready]")]

            def switch(count: int) -> None:
                for i in range(count):
                    name, there = stays[i % len(stays)]
                    page.page.get_by_role("link", name=name, exact=True).click()
                    page.page.locator(there).first.wait_for(timeout=30_000)

            memory_of(page, switch, switches, "pages of the app")
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


def memory_of(page: Page, switch: Callable[[int], None], switches: int, what: str) -> None:
    """Print the browser's memory before and after so many switches, garbage collected."""
    devtools = page.context.new_cdp_session(page.page)
    devtools.send("Performance.enable")

    def heap() -> tuple[float, int]:
        page.page.wait_for_timeout(1000)
        for _ in range(3):
            devtools.send("HeapProfiler.collectGarbage")
        values = {m["name"]: m["value"] for m in devtools.send("Performance.getMetrics")["metrics"]}
        return values["JSHeapUsedSize"] / 1e6, int(values["Nodes"])

    switch(12)
    before = heap()
    switch(switches)
    after = heap()
    print(
        f"memory over {switches} switches, {what}: {before[0]:.1f} MB and {before[1]} nodes before, "
        f"{after[0]:.1f} MB and {after[1]} nodes after"
    )


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
