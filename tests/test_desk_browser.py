"""What a scholar does: correct an octave, undo, redo, reload, mark three tercios while it plays, name one motif and
reject another, compare two songs, and find all of it in exported files read by other programs."""

import json
import time

import pytest
from make_workspace import make_home
from test_browser import CHROMIUM, Server, chromium, page, visit  # noqa: F401

from flamsid_core.annotations import export_annotations, open_annotations
from flamsid_core.formats import find_format
from flamsid_core.pipeline.exporting import tables_of
from flamsid_core.workspace import Workspace

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no Chromium found: apt-get install chromium")
    home = tmp_path_factory.mktemp("home")
    server = Server(home)
    server.workspace = make_home(home)
    yield server
    server.stop()


def timeline(page):  # noqa: F811
    page.wait_for_selector(".timeline[data-ready]")
    page.locator("canvas.overlay").first.focus()


def told(page, expression):  # noqa: F811
    """Evaluate an expression about the timeline, called `it`."""
    return page.locator(".timeline").first.evaluate(f"({{ flamsid: it }}) => {expression}")


def confirmed(page, count):  # noqa: F811
    """Wait until Python has confirmed every edit, and `count` of them are done."""
    until = time.monotonic() + 30
    while told(page, "[it.desk.list.done.length, it.desk.list.waiting.length]") != [count, 0]:
        assert time.monotonic() < until, told(page, "it.desk.list.waiting")
        page.wait_for_timeout(100)


def test_the_scholars_walk(app, page, tmp_path):  # noqa: F811
    visit(page, app, "recording")
    timeline(page)
    told(page, "it.select([0.5, 2.5], true)")
    page.keyboard.press("e")
    before = told(page, "[...it.view.model.cents]")
    # The edit is in the model before the key is let go: nothing waits for Python.
    page.keyboard.press("d")
    after = told(page, "[...it.view.model.cents]")
    moved = {round(b - a) for a, b in zip(before, after, strict=True) if a == a and b == b}
    assert moved == {0, -1200}
    confirmed(page, 1)
    page.keyboard.press("z")
    confirmed(page, 0)
    page.keyboard.press("y")
    confirmed(page, 1)
    page.reload()
    timeline(page)
    confirmed(page, 1)
    assert told(page, "it.desk.list.done.map(({ kind }) => kind)") == ["octave"]

    page.keyboard.press("e")
    page.keyboard.press("Space")
    for number, text in enumerate(("uno", "dos", "tres")):
        page.locator(".desk input:not(.layer)").fill(text)
        page.locator("canvas.overlay").first.focus()
        told(page, f"it.select([{number + 0.2}, {number + 0.9}], true)")
        page.keyboard.press("t")
    confirmed(page, 4)
    page.keyboard.press("Space")
    expect(page.get_by_text("Corrected by hand")).to_be_visible()

    visit(page, app, "motifs")
    page.get_by_role("tab", name="Dictionary").click()
    page.get_by_label("Name", exact=True).fill("la caída")
    page.get_by_role("button", name="Save").click()
    page.wait_for_timeout(2000)
    corpus = Workspace(app.workspace).corpus
    notes = open_annotations(corpus)
    assert notes.motifs()["name"].tolist() == ["la caída"]
    page.get_by_role("button", name="Not a motif").click()
    dictionary = page.get_by_role("tabpanel", name="Dictionary")
    expect(dictionary.get_by_text("Rejected motifs (")).to_be_visible()
    assert notes.motifs()["rejected"].tolist() == [True]

    visit(page, app, "compare")
    expect(page.get_by_text("They agree in")).to_be_visible()

    workspace = Workspace(app.workspace)
    recordings = workspace.table("corpus/recordings")
    assert notes.marks()["text"].tolist() == ["uno", "dos", "tres"]
    rid = notes.marks()["recording_id"].iloc[0]
    melody = workspace.table(f"melody/{rid}")
    assert melody["corrected"].any()
    written = export_annotations(notes, tmp_path, recordings, {rid: melody})
    assert json.loads((tmp_path / f"{rid}.jams").read_text())["file_metadata"]["title"]
    jams = pytest.importorskip("jams")
    layer = jams.load(str(next(path for path in written if path.suffix == ".jams"))).search(
        namespace="segment_open"
    )[0]
    assert [observation.value for observation in layer.data] == ["uno", "dos", "tres"]
    row = recordings[recordings["recording_id"] == rid].iloc[0].to_dict()
    praatio = pytest.importorskip("praatio.textgrid")
    (content,) = find_format("textgrid").write(tables_of(workspace, row)).values()
    (tmp_path / "a.TextGrid").write_bytes(content)
    tier = praatio.openTextgrid(str(tmp_path / "a.TextGrid"), includeEmptyIntervals=False).getTier("tercio")
    assert [entry.label for entry in tier.entries] == ["uno", "dos", "tres"]
    import mir_eval

    csv = find_format("csv").write(tables_of(workspace, row))[".f0.csv"]
    (tmp_path / "a.f0.csv").write_bytes(csv)
    times, f0_hz = mir_eval.io.load_time_series(str(tmp_path / "a.f0.csv"), delimiter=",")
    assert len(times) == len(melody) and abs(f0_hz - melody["f0_hz"].to_numpy()).max() < 1e-3
