"""Where the data of the person at this machine lies: the demo corpus, and the workspaces the app makes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def data_home() -> Path:
    """Return the folder of the user's data: `FLAMSID_HOME`, or the system's place for it."""
    named = os.environ.get("FLAMSID_HOME")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_dir

    return Path(user_data_dir("flamsid", appauthor=False))


def demo_folder() -> Path:
    """Return where the app keeps the demo corpus."""
    return data_home() / "corpora" / "demo"


def default_workspace(corpus: str | Path) -> Path:
    """Return the app's workspace of a corpus folder: its name and a hash of its path."""
    folder = Path(corpus).resolve()
    return (
        data_home() / "workspaces" / f"{folder.name}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"
    )
