"""What the browser tests of the two instruments share: a harness server, a Chromium, a page with its instrument."""

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
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
ARGS += ["--autoplay-policy=no-user-gesture-required"]

NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found (Debian: apt-get install chromium)"),
]

# Written into every page before its scripts: notes each buffer that starts, and how long it is.
SPY = """
window.started = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (when, offset) {
  window.started.push({ seconds: this.buffer.duration, loop: this.loop, offset: offset ?? 0 });
  return start.apply(this, arguments);
};
"""


@pytest.fixture(name="server", scope="module")
def harness_server() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(HERE / "component_harness.py")]
    command += ["--server.port", str(port), "--server.headless", "true", "--server.address", "127.0.0.1"]
    process = subprocess.Popen(
        command,
        cwd=HERE.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(f"{address}/_stcore/health"), 40)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def answers(address: str) -> bool:
    try:
        return urllib.request.urlopen(address, timeout=2).status == 200
    except OSError:
        return False


@pytest.fixture(name="browser", scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield launched
        launched.close()


@pytest.fixture(name="show")
def instrument_page(server: str, browser: Any) -> Iterator[Callable[..., Instrument]]:
    contexts = []

    def open_page(query: str, **context: Any) -> Instrument:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, **context))
        page = contexts[-1].new_page()
        page.add_init_script(SPY)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{server}/?{query}")
        page.wait_for_selector("[data-ready]", timeout=30_000)
        return Instrument(page, errors)

    yield open_page
    for context in contexts:
        context.close()


class Instrument:
    """An open harness page: its canvas, the state inside the browser and the answer Python wrote down."""

    def __init__(self, page: Any, errors: list[str]) -> None:
        self.page, self.errors = page, errors
        self.root = page.locator("[data-ready]")
        box = page.locator("canvas.overlay").bounding_box()
        self.left, self.top = box["x"], box["y"]

    def js(self, expression: str) -> Any:
        """Evaluate an expression of `it`, the instrument's object."""
        return self.root.evaluate(f"e => {{ const it = e.flamsid; return {expression}; }}")

    def answer(self) -> Any:
        return json.loads(self.page.locator("[data-testid=stCode] code").last.inner_text())

    def waits(self, expression: str, seconds: float = 8) -> None:
        wait_for(lambda: self.js(expression), seconds, expression)

    def answers(self, test: Callable[[Any], bool], seconds: float = 10) -> Any:
        wait_for(lambda: test(self.answer()), seconds, "an answer from Python")
        return self.answer()

    def move(self, x: float, y: float) -> None:
        self.page.mouse.move(float(self.left + x), float(self.top + y))

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(float(self.left + x), float(self.top + y))

    def drag(self, *places: tuple[float, float]) -> None:
        self.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(float(self.left + place[0]), float(self.top + place[1]), steps=4)
        self.page.mouse.up()

    def wheel(self, x: float, y: float, notches: float) -> None:
        self.move(x, y)
        self.page.mouse.wheel(0, 100 * notches)

    def key(self, *keys: str) -> None:
        self.page.locator("canvas.overlay").focus()
        for key in keys:
            self.page.keyboard.press(key)


def wait_for(test: Callable[[], Any], seconds: float, what: str = "it") -> None:
    end = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.05)
