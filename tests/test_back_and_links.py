"""Back, and links, in a real browser: one press a page, and the very picture again."""

import re

from test_browser import app, chromium, expect, page, pytestmark, visit  # noqa: F401


def test_one_press_of_back_a_page(app, page):  # noqa: F811
    visit(page, app)
    for name in ("Recording", "Motifs", "Motif space"):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.locator("h1")).to_have_text(name)
        page.wait_for_load_state("networkidle")
        page.wait_for_url(re.compile("project="))
    page.get_by_role("tab").first.wait_for(state="detached")
    for name in ("Motifs", "Recording", "tiny"):
        page.go_back()
        expect(page.locator("h1")).to_have_text(name)
        page.wait_for_url(re.compile("project="))


def test_every_page_opens_under_its_name(app, page):  # noqa: F811
    project = app.workspace.name
    visit(page, app, f"corpus?project={project}")
    expect(page.locator("h1")).to_have_text("tiny")
    expect(page.get_by_text("Page not found")).to_have_count(0)
    visit(page, app, f"motifs?project={project}")
    expect(page.locator("h1")).to_have_text("Motifs")


def test_a_lasso_comes_back_by_its_link(app, page):  # noqa: F811
    visit(page, app, "atlas")
    canvas = page.locator("canvas.overlay")
    expect(page.locator("[data-ready]")).to_be_visible()
    canvas.focus()
    page.keyboard.press("b")
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 450, box["y"] + box["height"] - 10, steps=4)
    page.mouse.up()
    selected = page.get_by_text(re.compile(r"^Selection: \d+$"))
    expect(selected).to_be_visible()
    page.wait_for_url(re.compile("selected="))
    before, link = selected.inner_text(), page.url
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_text(before, exact=True)).to_be_visible()
    page.wait_for_function(
        "() => [...document.querySelectorAll('*')].map((e) => e.shadowRoot?.querySelector('.space') ??"
        " (e.matches('.space') ? e : null)).some((e) => e?.flamsid?.view.selectedCount > 0)"
    )
    # Another selection by hand replaces the one of the link.
    page.keyboard.press("Escape")
    canvas.focus()
    page.keyboard.press("Escape")
    expect(page.get_by_text(re.compile("^Draw a lasso"))).to_be_visible()
    page.wait_for_url(lambda url: "selected=" not in url)
