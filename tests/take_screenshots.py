"""Take pictures of every page of a running app, to be looked at: both sizes, light and dark.

`streamlit run app.py` in one terminal, `python tests/take_screenshots.py FOLDER [ADDRESS]` in another.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PAGES = ("corpus", "recording", "motifs", "models", "space", "identify")
SIZES = ((1280, 800), (1920, 1080))
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
REST_MS = 2500
IDLE = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"


def main(folder: Path, address: str = "http://127.0.0.1:8501") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(QUIET))
        for ground in ("light", "dark"):
            for width, height in SIZES:
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=ground, locale="en-GB"
                )
                page = context.new_page()
                for name in PAGES:
                    page.goto(f"{address}/{'' if name == 'corpus' else name}")
                    page.wait_for_selector("h1")
                    page.wait_for_function(IDLE)
                    page.wait_for_timeout(REST_MS)
                    page.screenshot(path=folder / f"{name}-{ground}-{width}.png")
                context.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
