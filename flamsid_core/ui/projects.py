"""Which corpora the app knows, where they may come from, and how uploads become one. No streamlit in here.

User data lies in the folder `data_home()`: ``corpora/`` (the demo and what was uploaded),
``workspaces/<name>-<hash>/`` (what was made of each corpus), ``settings.json`` (language, workspaces opened
from elsewhere).
"""

from __future__ import annotations

import csv
import json
import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from flamsid_core.errors import FlamsidError
from flamsid_core.workspace import Workspace, data_home, default_workspace, demo_folder, write_json

RECORDING_COLUMNS = ("file", "singer", "style", "title", "year", "source", "licence")
UPLOAD_BLOCK_BYTES = 1 << 20


def roots() -> list[Path]:
    """Return the folders under which a corpus may be opened.

    ``FLAMSID_ROOTS`` names them, separated as in ``PATH``; without it they are the home folder and
    flamsid's own corpora.
    """
    named = os.environ.get("FLAMSID_ROOTS")
    found = [Path(p).expanduser() for p in named.split(os.pathsep) if p] if named else [Path.home()]
    return [root.resolve() for root in [*found, data_home() / "corpora"]]


def projects() -> dict[str, Path]:
    """Return the known workspaces by name, the demo first, then by name."""
    folder = data_home() / "workspaces"
    found = [w for w in folder.iterdir() if _corpus_of(w) is not None] if folder.is_dir() else []
    named = {w.name: w for w in found}
    for path in map(Path, settings().get("opened", [])):
        if _corpus_of(path) is not None and path not in named.values():
            name = path.name
            while name in named:
                name += "-2"
            named[name] = path
    return dict(sorted(named.items(), key=lambda item: (not is_demo(item[1]), item[0].lower())))


def corpus_of(workspace: Path) -> Path:
    """Return the corpus folder a workspace was made from."""
    corpus = _corpus_of(workspace)
    if corpus is None:
        raise FlamsidError(
            "{workspace} is no workspace: open the folder of a corpus, or of a workspace.",
            workspace=workspace,
        )
    return corpus


def _corpus_of(workspace: Path) -> Path | None:
    try:
        about = json.loads((workspace / "workspace.json").read_text(encoding="utf-8"))
        return Path(about["corpus"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_demo(workspace: Path) -> bool:
    """Tell whether a workspace is that of the demo corpus."""
    corpus = _corpus_of(workspace)
    return corpus is not None and corpus.resolve() == demo_folder().resolve()


def safe_folder(text: str) -> Path:
    """Return the folder a user named, when it lies under one of the `roots`.

    Raises
    ------
    FlamsidError
        It is no folder, or lies elsewhere.
    """
    try:
        folder = Path(text.strip()).expanduser().resolve()
        is_folder = folder.is_dir()
    except (OSError, ValueError, RuntimeError):
        is_folder = False
    if not text.strip() or not is_folder:
        raise FlamsidError(
            "There is no folder {text!r}: check the path (it must be on the server's disk).",
            text=text.strip(),
        )
    allowed = roots()
    if not any(folder.is_relative_to(root) for root in allowed):
        names = ", ".join(str(root) for root in allowed)
        raise FlamsidError(
            "{folder} lies outside the folders that may be opened ({names}): move the corpus there, "
            "or name its place in FLAMSID_ROOTS before starting the app.",
            folder=folder,
            names=names,
        )
    return folder


def open_folder(text: str) -> Path:
    """Return the workspace of the corpus in the folder a user named (or that folder), and remember it."""
    folder = safe_folder(text)
    if _corpus_of(folder) is not None:
        if folder.parent != (data_home() / "workspaces").resolve():
            opened = [*settings().get("opened", []), str(folder)]
            change_settings(opened=sorted(set(opened)))
        return folder
    return remember(folder)


def remember(corpus: Path) -> Path:
    """Make the workspace of a corpus known, and return its folder."""
    workspace = default_workspace(corpus)
    Workspace(workspace).remember_corpus(corpus)
    return workspace


def subfolders(folder: Path, limit: int = 200) -> list[str]:
    """List the names of the visible folders in `folder`, sorted."""
    try:
        names = [f.name for f in folder.iterdir() if f.is_dir() and not f.name.startswith(".")]
    except OSError:
        return []
    return sorted(names, key=str.lower)[:limit]


def safe_name(text: str, default: str) -> str:
    """Return `text` as a name for a file or folder: its last part, letters, digits and ``-_. ()'`` only."""
    last = unicodedata.normalize("NFC", text).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    kept = re.sub(r"[^\w\-. ()']", "_", last).strip(" .")
    return kept[:120] or default


def save_uploads(corpus_name: str, singer: str, files: Iterable[tuple[str, IO[bytes]]]) -> Path:
    """Store uploaded recordings of one singer in an own corpus and return its folder.

    Files land in ``corpora/<corpus>/<singer>/``; a name that is taken gets a number. ``recordings.csv``
    gains a row a file.

    Raises
    ------
    FlamsidError
        No singer, no corpus name, no file, or the demo corpus named.
    """
    files = list(files)
    if not singer.strip() or not corpus_name.strip():
        raise FlamsidError("An upload needs a corpus name and a singer's name: fill in both fields.")
    if not files:
        raise FlamsidError("No file was chosen: pick one or more recordings first.")
    corpus = data_home() / "corpora" / safe_name(corpus_name, "uploads")
    if corpus == demo_folder():
        raise FlamsidError("The demo corpus takes no uploads: choose another corpus name.")
    folder = corpus / safe_name(singer, "singer")
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, content in files:
        target = _free(folder / safe_name(name, "recording.wav"))
        part = target.with_name(f".{target.name}.part")
        try:
            with part.open("wb") as out:
                while block := content.read(UPLOAD_BLOCK_BYTES):
                    out.write(block)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        rows.append(
            {"file": target.relative_to(corpus).as_posix(), "singer": singer.strip(), "title": target.stem}
        )
    _add_rows(corpus / "recordings.csv", rows)
    return corpus


def _free(path: Path) -> Path:
    number, free = 2, path
    while free.exists():
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return free


def _add_rows(table: Path, rows: list[dict[str, str]]) -> None:
    existing: list[dict[str, str]] = []
    if table.is_file():
        with table.open(newline="", encoding="utf-8") as file:
            existing = list(csv.DictReader(file))
    part = table.with_name(".recordings.csv.part")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, RECORDING_COLUMNS, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(existing + rows)
    part.replace(table)


def settings() -> dict[str, Any]:
    """Read what the app remembers from one session to the next."""
    try:
        found = json.loads((data_home() / "settings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def change_settings(**changes: Any) -> None:
    """Change what the app remembers."""
    data_home().mkdir(parents=True, exist_ok=True)
    write_json(data_home() / "settings.json", settings() | changes)
