"""What the benchmarks of the app share: a server, a page in a real browser that times itself, its memory."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
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
