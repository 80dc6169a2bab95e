"""The pages of the app in a real browser: its sliders, a map of 100,000 motifs, memory over switches between pages."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ui_browser import ROOT, Page, median, memory_of, server

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


def five_minutes(home: Path) -> tuple[str, str]:
    """Make a corpus whose first recording is of five minutes; return the project's name and its id."""
    sys.path.insert(0, str(ROOT / "tests"))
    import component_harness as harness
    import pandas as pd
    import soundfile
    from make_workspace import make_home

    workspace = make_home(home)
    table = workspace / "corpus" / "recordings.parquet"
    recordings = pd.read_parquet(table)
    row = recordings.iloc[0]
    melody = harness.melody(300)
    melody.to_parquet(workspace / "melody" / f"{row['recording_id']}.parquet", index=False)
    signal = harness.np.random.default_rng(0).normal(0, 0.05, 300 * row["sample_rate_hz"])
    soundfile.write(home / "corpora" / "tiny" / row["file"], signal, row["sample_rate_hz"])
    recordings.loc[0, "duration_s"] = 300.0
    recordings.to_parquet(table, index=False)
    for path in (table, workspace / "melody" / f"{row['recording_id']}.parquet"):
        path.with_name(path.name + ".key").write_text(f"{'0' * 40} {path.stat().st_size}\n")
    return workspace.name, str(row["recording_id"])


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
    workspace = make_home(home)
    instances = pd.read_parquet(workspace / "motifs" / "instances.parquet")
    times = -(-count // len(instances))
    many = pd.concat([instances] * times, ignore_index=True).head(count)
    many["instance_id"] = [f"i{n:06d}" for n in range(count)]
    xy = np.float32(harness.points(count)[0])
    drawn = pd.DataFrame({"instance_id": many["instance_id"], "x": xy[:, 0], "y": xy[:, 1]})
    drawn["pca_x"], drawn["pca_y"] = xy[:, 1], xy[:, 0]
    folder = workspace / "atlas" / MODEL
    for path, table in ((workspace / "motifs" / "instances.parquet", many), (folder / "map.parquet", drawn)):
        table.to_parquet(path, index=False)
    rng = np.random.default_rng(0)
    nearest = rng.integers(0, count, (count, 10), dtype=np.int32)
    arrays = {"neighbours": nearest, "distances": np.sort(rng.random((count, 10), np.float32), axis=1)}
    arrays["embeddings"] = np.hstack([xy, rng.normal(0, 0.1, (count, 14)).astype(np.float32)])
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    for key in workspace.rglob("*.key"):
        key.write_text(f"{'0' * 40} {key.with_suffix('').stat().st_size}\n")
    return workspace.name


def whole_app(browser: Any, switches: int) -> None:
    """The Motif space page of the app itself with 100,000 motifs, and its memory over switches between its pages."""
    with tempfile.TemporaryDirectory() as folder:
        project = many_motifs(Path(folder), 100_000)
        with server(ROOT / "app.py", FLAMSID_HOME=folder) as address:

            def measured() -> tuple[float, float, float, float]:
                page = Page(browser, f"{address}/atlas", f"project={project}", ".space[data-ready]")
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
