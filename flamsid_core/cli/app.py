"""`flamsid app`: the app in the browser, served to this machine alone."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import tyro

import flamsid_core
from flamsid_core.errors import FlamsidError

# Only this machine: recordings of an archive are nobody else's business.
ADDRESS = "127.0.0.1"
FIRST_PORT = 8501


def app_file() -> Path:
    """Return the script of the app: in the package where flamsid was installed, at the top of a checkout."""
    package = Path(flamsid_core.__file__).resolve().parent
    installed = package / "ui" / "site" / "app.py"
    return installed if installed.is_file() else package.parent / "app.py"


def app(
    *,
    port: Annotated[int | None, tyro.conf.arg(metavar="N")] = None,
    browser: bool = True,
) -> int:
    """Open the app in the browser, on this machine only.

    Args:
        port: Where it listens. Default: 8501, or the next port that is free.
        browser: Open the browser; with --no-browser the address is printed only.
    """
    script = app_file()
    if not script.is_file():
        raise FlamsidError("{script} is missing: install flamsid again.", script=script)
    if importlib.util.find_spec("streamlit") is None:
        raise FlamsidError(
            "The app needs Streamlit, which is not installed: pip install streamlit plotly torch."
        )
    chosen = free_port() if port is None else port
    if port is not None and not _is_free(port):
        raise FlamsidError("Port {port} is taken: choose another with --port, or leave it out.", port=port)
    print(f"flamsid: http://localhost:{chosen} (Ctrl+C ends it)", flush=True)
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(script)),
        *("--server.address", ADDRESS, "--server.port", str(chosen)),
        *("--server.headless", str(not browser).lower()),
    ]
    try:
        return subprocess.call(command)
    except KeyboardInterrupt:
        return 0


def free_port(first: int = FIRST_PORT, tries: int = 100) -> int:
    """Return the first port from `first` on that nobody listens at.

    Raises
    ------
    FlamsidError
        When all that were tried are taken.
    """
    for port in range(first, first + tries):
        if _is_free(port):
            return port
    raise FlamsidError(
        "The ports {first} to {last} are taken: choose one with --port.", first=first, last=first + tries - 1
    )


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except (OSError, OverflowError):
            return False
    return True
