"""Take pictures of every page of a running app, to be looked at: both sizes, light and dark.

`streamlit run app.py` in one terminal, `python tests/take_screenshots.py FOLDER [ADDRESS]` in another. FOLDER gets
every page at 1280 × 800 and 1920 × 1080, as it opens and scrolled down (-2, -3, …); the map also with a selection.
`--readme` writes the README's pictures instead, light and dark, with few colours so that the files stay small;
`--readme=WORKSPACE` takes the experiments from that workspace of the app, by its name in the address.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PAGES = ("corpus", "recording", "motifs", "models", "experiments", "atlas", "identify")
IN_README = ("recording", "motifs", "models", "experiments", "atlas", "identify")
INSTRUMENTS = {"recording": ".timeline[data-ready]", "atlas": ".space[data-ready]"}
SIZES = ((1280, 800), (1920, 1080))
README_SIZE = (1280, 800)
MOST_KB = 250
MOST_SCREENS = 4
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
REST_MS = 2500
IDLE = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
DOWN = """(step) => {
  const main = document.querySelector("[data-testid=stMain]");
  const before = main.scrollTop;
  main.scrollTo(0, before + step);
  return main.scrollTop > before;
}"""


def show(page, address, name):
    page.goto(f"{address}/{'' if name == 'corpus' else name}")
    page.wait_for_selector("h1")
    rest(page)
    if name in INSTRUMENTS:
        page.wait_for_selector(INSTRUMENTS[name], timeout=60_000)
        rest(page)


def rest(page):
    page.wait_for_timeout(300)
    page.wait_for_function(IDLE, timeout=60_000)
    page.wait_for_timeout(REST_MS)


def select(page):
    """Draw a box over most of the map."""
    canvas = page.locator("canvas.overlay").first
    canvas.focus()
    page.keyboard.press("b")
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.1 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.9 * box["height"], steps=4)
    page.mouse.up()
    rest(page)


def every_page(page, address, folder, ending):
    for name in PAGES:
        show(page, address, name)
        for again in ("", "-selected") if name == "atlas" else ("",):
            if again:
                page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
                select(page)
            for screen in range(1, MOST_SCREENS + 1):
                place = "" if screen == 1 else f"-{screen}"
                page.screenshot(path=folder / f"{name}{again}-{ending}{place}.png")
                if not page.evaluate(DOWN, 0.85 * page.viewport_size["height"]):
                    break
                page.wait_for_timeout(400)


def identify(page):
    """Let the first recording of the corpus be named, and wait for the answer."""
    page.get_by_text("From this corpus").click()
    rest(page)
    button = page.get_by_role("button", name="Who is singing?")
    button.click()
    # an earlier result stands there until the page has seen the click: first it listens, then it answers
    page.wait_for_function(
        "() => document.querySelector('.st-key-identify_start button').disabled", timeout=60_000
    )
    page.wait_for_selector(".st-key-identify_start button:not([disabled])", timeout=600_000)
    page.wait_for_selector("h3:has-text('Result')", timeout=120_000)
    page.locator("h3:has-text('Result')").scroll_into_view_if_needed()
    rest(page)


def for_readme(page, address, folder, ground, workspace):
    for name in IN_README:
        show(page, address, f"{name}?project={workspace}" if workspace and name == "experiments" else name)
        if name == "identify":
            identify(page)
        path = folder / f"{name}-{ground}.png"
        page.screenshot(path=path)
        fewer_colours(path)
        size_kb = path.stat().st_size / 1000
        print(f"{path}: {size_kb:.0f} kB{'' if size_kb <= MOST_KB else f', more than {MOST_KB}'}")


def fewer_colours(path):
    """Write a PNG again with a palette of 256 colours."""
    from PIL import Image  # comes with streamlit

    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def main(folder: Path, address: str = "http://127.0.0.1:8501", *, readme: str | None = None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(QUIET))
        for ground in ("light", "dark"):
            for width, height in SIZES if readme is None else (README_SIZE,):
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=ground, locale="en-GB"
                )
                page = context.new_page()
                if readme is not None:
                    for_readme(page, address, folder, ground, readme)
                else:
                    every_page(page, address, folder, f"{ground}-{width}")
                context.close()
        browser.close()


if __name__ == "__main__":
    given = [word for word in sys.argv[1:] if not word.startswith("--readme")]
    asked = [word.partition("=")[2] for word in sys.argv[1:] if word.startswith("--readme")]
    main(Path(given[0]), *given[1:2], readme=asked[0] if asked else None)
