"""The order of the house: what holds of every source file."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAX_LINES = 400
SOURCES = {".py", ".js", ".mjs", ".css"}


def test_no_source_file_passes_four_hundred_lines():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    # Without git (an unpacked archive) the folders that hold sources are walked.
    folders = [ROOT / name for name in ("flamsid_core", "pages", "tests", "benchmarks")]
    files = (
        [ROOT / name for name in listed.stdout.splitlines()]
        if listed.returncode == 0
        else [path for folder in folders for path in folder.rglob("*")]
    )
    sources = [path for path in files if path.suffix in SOURCES and path.is_file()]
    assert len(sources) > 200
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in sources
    }
    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}
