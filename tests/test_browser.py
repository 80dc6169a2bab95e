"""The app as a person meets it: a real server, a real Chromium, from the start to a motif that sounds."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pandas as pd
import psutil
import pytest
from make_workspace import make_home

from flamsid_core import jobs

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_MS = 30_000
sync_api.expect.set_options(timeout=PATIENCE_MS)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


class Server:
    """The app on a port of its own; can be stopped and started again."""

    def __init__(self, home):
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.home, self.url = home, f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        environment = os.environ | {"FLAMSID_HOME": str(self.home), "FLAMSID_ROOTS": str(self.home)}
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
        started = time.monotonic()
        self.process = subprocess.Popen(
            [*command, "--server.port", str(self.port)],
            cwd=ROOT,
            env=environment | {"OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while time.monotonic() < started + 60:
            try:
                urllib.request.urlopen(self.url + "/_stcore/health", timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the app did not start within a minute")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no Chromium found: apt-get install chromium")
    home = tmp_path_factory.mktemp("home")
    server = Server(home)
    server.workspace = make_home(home)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def chromium():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*QUIET, "--autoplay-policy=no-user-gesture-required"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    yield page
    context.close()


def visit(page, app, path=""):
    page.goto(f"{app.url}/{path}")
    expect(page.locator("h1")).to_be_visible(timeout=PATIENCE_MS)


def the_sound(page):
    return page.evaluate(
        "() => { const a = document.querySelector('audio[data-flamsid]');"
        " return a && { src: a.currentSrc, length: a.duration } }"
    )


def test_from_the_start_to_a_motif_that_sounds(app, page):
    replies = []
    page.on("response", lambda reply: replies.append(reply) if "/audio/clip/" in reply.url else None)
    visit(page, app)
    expect(page.locator("h1")).to_have_text("tiny")
    page.get_by_role("link", name="Motifs").click()
    expect(page.locator("h1")).to_have_text("Motifs")
    page.get_by_role("tab", name="Dictionary").click()
    plays = page.get_by_role("button", name=re.compile("^Play: ")).filter(visible=True)
    expect(plays.first).to_be_visible()
    plays.first.click()
    page.wait_for_function("() => document.querySelector('audio[data-flamsid]')?.currentTime > 0")
    assert replies and all(reply.status in (200, 206) for reply in replies)
    instance_id = the_sound(page)["src"].rsplit("/", 1)[1]
    instances = pd.read_parquet(app.workspace / "motifs" / "instances.parquet").set_index("instance_id")
    row = instances.loc[instance_id]
    assert the_sound(page)["length"] == pytest.approx(row["end_s"] - row["start_s"], abs=1 / 16_000)


def test_one_sound_at_a_time(app, page):
    visit(page, app, "motifs")
    plays = page.get_by_role("button", name=re.compile("^Play: "))
    expect(plays.nth(1)).to_be_visible()
    plays.first.click()
    expect(page.get_by_role("button", name=re.compile("^Stop: "))).to_have_count(1)
    first = the_sound(page)["src"]
    plays.nth(1).click()  # of those that are not sounding: the second row of the list below
    page.wait_for_function(
        "first => document.querySelector('audio[data-flamsid]').currentSrc !== first", arg=first
    )
    expect(page.get_by_role("button", name=re.compile("^Stop: "))).not_to_have_count(2)
    assert page.evaluate("() => [...document.querySelectorAll('audio')].filter(a => !a.paused).length") <= 1


def test_a_clip_opens_where_it_stands_in_its_recording(app, page):
    visit(page, app, "motifs")
    page.get_by_role("button", name=re.compile("^Open in Recording: ")).nth(2).click()
    expect(page.locator("h1")).to_have_text("Recording")
    page.wait_for_url(re.compile(r"recording=[0-9a-f]+.*"))
    address = page.url
    assert "motif=" in address and "t=" in address and f"project={app.workspace.name}" in address
    expect(page.get_by_role("button", name=re.compile("^Play: ")).first).to_be_visible()


def timeline(page, expression):
    """Evaluate an expression of `it`, the timeline's object."""
    return page.locator(".timeline[data-ready]").evaluate(
        f"e => {{ const it = e.flamsid; return {expression}; }}"
    )


def until(page, expression):
    """Wait for an expression of the timeline to be true; another timeline may come meanwhile, beside the old one."""
    end = time.monotonic() + PATIENCE_MS / 1000
    true = f"e => {{ const it = e.flamsid; return Boolean({expression}); }}"
    alone = f"all => all.length === 1 && ({true})(all[0])"
    while not page.locator(".timeline[data-ready]").evaluate_all(alone):
        assert time.monotonic() < end, f"waited for {expression}"
        page.wait_for_timeout(50)


def lane_place(page, i):
    """Where occurrence i of the timeline is drawn in the lanes, on the page."""
    middle, lane, window, layout = timeline(
        page,
        f"[(it.view.model.instances.start[{i}] + it.view.model.instances.end[{i}]) / 2,"
        f" it.view.model.instances.lanes[{i}], it.view.window, it.view.layout]",
    )
    plot, lanes = layout["plot"], layout["lanes"]
    share = (middle - window[0]) / (window[1] - window[0])
    box = page.locator(".timeline canvas.overlay").bounding_box()
    x = plot["left"] + share * (plot["right"] - plot["left"])
    return box["x"] + x, box["y"] + lanes["first"] + (lane + 0.4) * lanes["lane"]


def test_a_motif_its_siblings_its_occurrences_elsewhere_and_the_way_there(app, page):
    instances = pd.read_parquet(app.workspace / "motifs" / "instances.parquet")
    here = instances["recording_id"].iloc[0]
    mine = instances[instances["recording_id"] == here]
    counts = mine["motif_id"].value_counts()
    spread = instances.groupby("motif_id")["recording_id"].nunique()
    visit(page, app, f"recording?project={app.workspace.name}&recording={here}")
    page.get_by_text("Dictionary", exact=True).first.click()
    expect(page.locator(".timeline[data-ready]")).to_be_visible()
    until(page, f"it.view.model.instances.start.length === {len(mine)}")
    ids = timeline(page, "[...it.view.model.instances.motif].map((m) => it.view.model.motifs[m].id)")
    lanes = timeline(page, "[...it.view.model.instances.lanes]")
    i = next(
        i
        for i, (motif, lane) in enumerate(zip(ids, lanes, strict=True))
        if counts[motif] > 1 and spread[motif] > 1 and lane >= 0
    )
    motif = ids[i]
    # Resting on it lights its siblings here …
    page.mouse.move(*lane_place(page, i))
    until(page, "it.view.hover >= 0")
    lit = "it.view.model.siblings[it.view.model.instances.motif[it.view.hover]]"
    assert [ids[k] for k in timeline(page, lit)] == [motif] * counts[motif]
    # … selecting it lists where else it is sung …
    page.mouse.click(*lane_place(page, i))
    everywhere = instances[instances["motif_id"] == motif]
    elsewhere = everywhere[everywhere["recording_id"] != here].sort_values(["recording_id", "start_s"])
    said = f"{counts[motif]} in this recording, {len(elsewhere)} in others of {everywhere['singer'].iloc[0]}"
    expect(page.get_by_text(said)).to_be_visible()
    plays = page.get_by_role("button", name=re.compile("^Play: "))
    expect(plays).to_have_count(len(everywhere))
    # … each heard there, while the timeline is silent …
    plays.nth(int(counts[motif])).click()
    page.wait_for_function("() => document.querySelector('audio[data-flamsid]')?.currentTime > 0")
    assert the_sound(page)["src"].endswith(elsewhere["instance_id"].iloc[0])
    assert not timeline(page, "it.player.playing")
    page.locator(".timeline canvas.overlay").focus()
    page.keyboard.press(" ")
    until(page, "it.player.playing")
    assert page.evaluate("() => document.querySelector('audio[data-flamsid]').paused")
    page.keyboard.press(" ")
    # … and its link opens the other recording at that span.
    page.get_by_role("button", name=re.compile("^Open in Recording: ")).nth(int(counts[motif])).click()
    there = elsewhere.iloc[0]
    page.wait_for_url(lambda url: f"recording={there['recording_id']}" in url and f"motif={motif}" in url)
    shown = f"it.view.window[0] <= {there['start_s']} && it.view.window[1] >= {there['end_s']}"
    near = "it.view.window[1] - it.view.window[0] < 12"
    chosen = f"it.view.model.motifs[it.view.motif]?.id === '{motif}'"
    until(page, f"{shown} && {near} && {chosen}")


def test_a_slider_redraws_the_reduction_alone(app, page):
    visit(page, app, f"recording?project={app.workspace.name}")
    expect(page.locator(".timeline[data-ready]")).to_be_visible()
    before = timeline(page, "(it.marked = it.view.model) && it.view.model.levels.length")
    page.get_by_role("slider", name="Levels").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    until(page, "it.view.model.levels.length === 3")
    assert before != 3
    expect(page.get_by_test_id("stMetricValue").nth(3)).to_have_text("3")
    page.get_by_role("combobox", name="Reduction").click()
    page.get_by_role("option", name="band").click()
    until(page, "it.view.model.levels.length === 0")


def test_a_box_on_the_map_is_listed_judged_and_opened_in_its_recording(app, page):
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
    expect(page.get_by_text(re.compile(r"^… and its selection \(\d+\)$"))).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Parquet").click()
    listed = pd.read_parquet(taken.value.path())
    assert len(listed) == int(selected.inner_text().split()[-1])
    # The table holds them all, and is sorted by its headings.
    table = page.get_by_role("table", name="Selected motifs")
    expect(table).to_have_attribute("aria-rowcount", str(len(listed) + 1))
    heading = table.get_by_role("button", name="Length")
    heading.click()
    heading.click()
    expect(table.locator("th.length")).to_have_attribute("aria-sort", "descending")
    longest = (listed["end_s"] - listed["start_s"]).max()
    expect(table.locator("td.length").first).to_have_text(f"{longest:.2f} s")
    table.get_by_role("button", name=re.compile("^Play: ")).first.click()
    expect(table.get_by_role("button", name=re.compile("^Stop: "))).to_have_count(1)
    heading.click()
    first = listed.iloc[0]
    table.get_by_role("button", name=re.compile("^Open in Recording: ")).first.click()
    expect(page.locator("h1")).to_have_text("Recording")
    page.wait_for_url(lambda url: f"recording={first['recording_id']}" in url)
    assert f"motif={first['motif_id']}" in page.url


def test_a_link_still_holds_after_the_server_was_restarted(app, page):
    recordings = pd.read_parquet(app.workspace / "corpus" / "recordings.parquet")
    instances = pd.read_parquet(app.workspace / "motifs" / "instances.parquet")
    recording_id = recordings["recording_id"].iloc[-1]
    motif = instances.loc[instances["recording_id"] == recording_id, "motif_id"].iloc[0]
    link = f"recording?project={app.workspace.name}&recording={recording_id}&t=1.00-3.00&motif={motif}"
    for restarted in (False, True):
        if restarted:
            app.stop()
            app.start()
        visit(page, app, link)
        expect(page.get_by_role("combobox", name="Recording")).to_have_value("Candela <b>*x*</b> – Take 3")
        expect(page.locator(".timeline[data-ready]")).to_be_visible()
        window = "it.view.window[0] === 1 && it.view.window[1] === 3"
        until(page, f"{window} && it.view.model.motifs[it.view.motif]?.id === '{motif}'")


def test_the_language_is_kept_for_the_next_session(app, chromium, page):
    visit(page, app)
    page.get_by_role("button", name="Español").or_(page.get_by_role("radio", name="Español")).first.click()
    expect(page.get_by_role("link", name="Grabación")).to_be_visible()
    other = chromium.new_context(locale="en-GB").new_page()
    visit(other, app, "motifs")
    expect(other.locator("h1")).to_have_text("Motivos")
    other.get_by_role("button", name="English").or_(other.get_by_role("radio", name="English")).first.click()
    expect(other.locator("h1")).to_have_text("Motifs")
    other.context.close()


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_both_grounds_and_no_page_wider_than_its_window(app, chromium, ground):
    context = chromium.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme=ground, locale="en-GB"
    )
    page = context.new_page()
    for path in ("", "recording", "motifs", "models", "experiments", "atlas", "identify"):
        visit(page, app, path)
        colour = page.evaluate(
            "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
        )
        brightness = sum(map(int, re.findall(r"\d+", colour)[:3])) / 3
        assert (brightness < 80) == (ground == "dark")
        overflow = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, path
        assert page.locator("[data-testid=stException]").count() == 0
    context.close()


def test_a_job_is_started_watched_and_cancelled_and_outlives_its_page(app, page):
    visit(page, app)
    page.get_by_role("button", name="Run again").click()
    cancel = page.get_by_role("button", name="Cancel")
    expect(cancel).to_be_visible()
    job = jobs.current(app.workspace)
    assert job is not None and job.command[0] == "run"
    page.get_by_role("link", name="Models").click()
    expect(page.locator("h1")).to_have_text("Models")
    expect(cancel).to_be_visible()
    page.reload()
    expect(cancel).to_be_visible()
    assert jobs.read(job.folder).running
    cancel.click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    assert jobs.read(job.folder).status == jobs.CANCELLED
    assert not psutil.pid_exists(job.pid) or psutil.Process(job.pid).status() == psutil.STATUS_ZOMBIE
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)


def test_an_uploaded_recording_makes_a_corpus(app, page, tmp_path):
    source = next((app.home / "corpora" / "tiny").rglob("*.wav"))
    files = [shutil.copy(source, tmp_path / name) for name in ("uno.wav", "dos.wav")]
    visit(page, app)
    page.get_by_role("tab", name="Open or upload").click()
    page.locator("input[type=file]").set_input_files(files)
    page.get_by_label("Singer", exact=True).last.fill("Dolores <i>")
    page.get_by_label("Singer", exact=True).last.press("Enter")
    page.get_by_role("button", name="Add to corpus").click()
    expect(page.locator("h1")).to_have_text("My recordings")
    stored = sorted(f.name for f in (app.home / "corpora" / "My recordings" / "Dolores _i_").iterdir())
    assert stored == ["dos.wav", "uno.wav"]
    rows = pd.read_csv(app.home / "corpora" / "My recordings" / "recordings.csv")
    assert set(rows["singer"]) == {"Dolores <i>"}
