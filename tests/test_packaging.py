"""flamsid is installed like anything else: what the wheel and the sdist hold, and what an import costs."""

import ast
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import time
import tomllib
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

import flamsid_core
from flamsid_core.cli.app import app_file, free_port
from flamsid_core.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# What the melody part needs; docs/how-to/install.md names the same.
MELODY_NEEDS = {"filelock", "numba", "numpy", "pandas", "scipy", "soundfile", "soxr"}


def test_version_is_said_once_and_by_the_command(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"flamsid {flamsid_core.__version__}\n"
    assert PROJECT["version"] == flamsid_core.__version__


def test_python_m_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "flamsid_core", "--version"], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (0, f"flamsid {flamsid_core.__version__}\n")


def test_dependencies_have_lower_bounds_and_no_exact_pin():
    for requirement in PROJECT["dependencies"]:
        assert re.match(r"[\w\-]+>=[\d.]+(,<\d+)?$", requirement), requirement


def test_a_taken_port_is_said(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["app", "--port", str(taken.getsockname()[1]), "--no-browser"]) == 2
        assert "is taken" in capsys.readouterr().err
        assert free_port(taken.getsockname()[1]) != taken.getsockname()[1]
    assert app_file() == ROOT / "app.py"


def test_f0_is_tracked_without_torch_streamlit_and_all_that_is_not_needed():
    """Everything that is not in the standard library, nor on the short list, is out of reach."""
    program = f"""
import sys
needs = {sorted(MELODY_NEEDS)!r}
theirs = {{"llvmlite", "cffi", "_cffi_backend", "dateutil", "six", "pytz", "tzdata", "_soundfile", "typing_extensions"}}
inner = {{"flamsid_core", *theirs}}
class Blocked:
    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        if top not in sys.stdlib_module_names and top not in inner | set(needs) and not top.startswith("_"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocked())
import numpy as np
from flamsid_core.melody import track_f0
rate = 16000
melody = track_f0(0.3 * np.sin(2 * np.pi * 220 * np.arange(rate) / rate).astype(np.float32), rate)
voiced = melody["f0_hz"][melody["f0_hz"] > 0]
assert abs(float(voiced.median()) - 220) < 2, voiced.describe()
for heavy in ("torch", "streamlit", "plotly", "umap", "sklearn", "librosa", "pyarrow"):
    assert heavy not in sys.modules, heavy
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_nothing_needs_unix_to_be_imported():
    """Windows has none of these modules; they may be imported inside a function that asks first."""
    unix = {"fcntl", "grp", "pwd", "resource", "termios", "tty"}
    for path in (ROOT / "flamsid_core").rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            names |= {node.module} if isinstance(node, ast.ImportFrom) else set()
            assert not names & unix, f"{path.name}: {names & unix}"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The sdist, and the wheel made from it."""
    pytest.importorskip("build")
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, sdist


@pytest.mark.slow
def test_the_wheel_holds_the_app_and_the_sdist_its_tests(built, tmp_path):
    wheel, sdist = built
    names = set(zipfile.ZipFile(wheel).namelist())
    site = "flamsid_core/ui/site/"
    assert {
        site + "app.py",
        site + ".streamlit/config.toml",
        site + "assets/app.css",
        "flamsid_core/py.typed",
    } <= names
    for page in (ROOT / "pages").glob("*.py"):
        assert f"{site}pages/{page.name}" in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "app.py", "pages/"))]
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    for part in (
        "tests/conftest.py",
        "app.py",
        "assets/app.css",
        "Makefile",
        "constraints.txt",
        "benchmarks/f0.py",
    ):
        assert (folder / part).is_file(), part
    done = subprocess.run(
        # The whole suite would run within itself: here the parts that read files of the project beside the package.
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            "tests/test_kmeans.py",
            "tests/test_palette.py",
        ],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.slow
@pytest.mark.browser
def test_an_installed_app_opens_every_page(built, tmp_path):
    wheel, _ = built
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("no Chromium was found")
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    binaries = home / ("Scripts" if os.name == "nt" else "bin")
    (packages,) = home.glob("**/site-packages")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    pip = [sys.executable, "-m", "pip", "--python", str(binaries / "python"), "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True, env=environment
    )
    # What flamsid needs is lent by the environment of the tests, all but flamsid itself.
    lent = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "lent.pth").write_text("\n".join(lent) + "\n")
    port = free_port(8700)
    from make_workspace import make_home

    make_home(tmp_path / "home")
    environment |= {"FLAMSID_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"}
    log = tmp_path / "log.txt"
    with log.open("w") as stream:
        server = subprocess.Popen(
            [str(binaries / "flamsid"), "app", "--port", str(port), "--no-browser"],
            stdout=stream,
            stderr=stream,
            cwd=tmp_path,
            env=environment,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", log)
            _open_every_page(port, chromium)
            _listens_here_only(port)
        finally:
            for process in _family(server.pid):
                process.kill()
            server.wait()
    assert str(ROOT) not in log.read_text().replace(str(tmp_path), "")


def _wait_for(address, log):
    for _ in range(240):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"the app did not start: {log.read_text()[-2000:]}")


def _open_every_page(port, chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        for file in sorted((ROOT / "pages").glob("*.py")):
            page.goto(f"http://127.0.0.1:{port}/{file.stem}")
            page.locator("h1").first.wait_for(timeout=120_000)
            assert page.locator('[data-testid="stException"]').count() == 0, file.stem
        # The theme came along: without it the ground is white.
        ground = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
        assert ground == "rgb(251, 249, 245)"
        browser.close()


def _listens_here_only(port):
    import psutil

    addresses = {
        c.laddr.ip for c in psutil.net_connections("inet") if c.laddr.port == port and c.status == "LISTEN"
    }
    assert addresses == {"127.0.0.1"}


def _family(pid):
    import psutil

    process = psutil.Process(pid)
    return [*process.children(recursive=True), process]
