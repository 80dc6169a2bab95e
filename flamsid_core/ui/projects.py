"""Which corpora the app knows, where they may come from, and how uploads become one. No streamlit in here.

User data lies in the folder `data_home()`: ``corpora/`` (the demo and what was uploaded),
``workspaces/<name>-<hash>/`` (what was made of each corpus), ``settings.json`` (language, workspaces opened
from elsewhere).
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from flamsid_core.corpus.audio import scan_audio
from flamsid_core.corpus.cells import tidy
from flamsid_core.corpus.files import list_audio, without_path
from flamsid_core.corpus.recordings import METADATA_COLUMNS, TABLE_NAME, singer_folder
from flamsid_core.corpus.tables import add_rows, find_table
from flamsid_core.errors import FlamsidError
from flamsid_core.locks import waited_for
from flamsid_core.messages import Message, renamed
from flamsid_core.reading import read_json
from flamsid_core.user_data import data_home, default_workspace, demo_folder
from flamsid_core.workspace import (
    Workspace,
    atomic_path,
    write_json,
)

# File systems allow 255 bytes; what is left is for a number, and for the name that a file has on its way.
MAX_NAME_BYTES = 120
MAX_SUFFIX_BYTES = 16
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
    found = [w for w in folder.iterdir() if _may_open(w)] if folder.is_dir() else []
    named = {w.name: w for w in found}
    opened = settings().get("opened", [])
    for path in (Path(one) for one in opened if isinstance(one, str)) if isinstance(opened, list) else ():
        if _may_open(path) and path not in named.values():
            name = path.name
            while name in named:
                name += "-2"
            named[name] = path
    return dict(sorted(named.items(), key=lambda item: (not is_demo(item[1]), item[0].lower())))


def _may_open(workspace: Path) -> bool:
    """Whether there is a workspace, of a corpus under the `roots`."""
    corpus = _corpus_of(workspace)
    return corpus is not None and any(corpus.resolve().is_relative_to(root) for root in roots())


def corpus_of(workspace: Path) -> Path:
    """Return the corpus folder a workspace was made from."""
    corpus = _corpus_of(workspace)
    if corpus is None:
        raise FlamsidError(
            "{workspace} is not a workspace: open the folder of a corpus, or of a workspace.",
            workspace=workspace,
        )
    _check_allowed(corpus)
    return corpus


def _corpus_of(workspace: Path) -> Path | None:
    try:
        corpus = Path(read_json(workspace / "workspace.json", kind=dict)["corpus"])
        corpus.resolve()
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):
        return None
    return corpus


def is_demo(workspace: Path) -> bool:
    """Tell whether a workspace is that of the demo corpus."""
    corpus = _corpus_of(workspace)
    return corpus is not None and corpus.resolve() == demo_folder().resolve()


def safe_folder(text: str) -> Path:
    """Return the folder a user named, when it lies under one of the `roots`.

    Raises
    ------
    FlamsidError
        It is not a folder, or lies elsewhere.
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
    _check_allowed(folder)
    return folder


def _check_allowed(folder: Path) -> None:
    """Raise when a folder, given or named by a workspace, lies outside the `roots`."""
    allowed, folder = roots(), folder.resolve()
    if not any(folder.is_relative_to(root) for root in allowed):
        names = ", ".join(str(root) for root in allowed)
        raise FlamsidError(
            "{folder} lies outside the folders that may be opened ({names}): move the corpus there, "
            "or name its place in FLAMSID_ROOTS before starting the app.",
            folder=folder,
            names=names,
        )


def open_folder(text: str) -> Path:
    """Return the workspace of the corpus in the folder a user named (or that folder), and remember it."""
    folder = safe_folder(text)
    if (corpus := _corpus_of(folder)) is not None:
        _check_allowed(corpus)
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
    """Return `text` as a name for a file or folder: its last part, letters, digits and ``-_. ()'`` only.

    What is longer than file systems allow (counted in bytes) is cut, and the ending is kept.
    """
    last = unicodedata.normalize("NFC", text).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    kept = re.sub(r"[^\w\-. ()']", "_", last).strip(" .")
    suffix = Path(kept).suffix if len(Path(kept).suffix.encode()) <= MAX_SUFFIX_BYTES else ""
    stem = kept.removesuffix(suffix).encode("utf-8", "replace")[: MAX_NAME_BYTES - len(suffix.encode())]
    return (stem.decode("utf-8", "ignore").strip(" .") + suffix).strip(" .") or default


def save_uploads(corpus_name: str, singer: str, files: Iterable[tuple[str, IO[bytes]]]) -> Path:
    """Store uploaded recordings of one singer in an own corpus and return its folder.

    Files land in ``corpora/<corpus>/<singer>/``; a name that is taken gets a number. ``recordings.csv`` gains a row a
    file. Each file is listened to first: all of them are stored, or none.

    Raises
    ------
    FlamsidError
        No singer, no corpus name, no file, or the demo corpus named; a file that is not sound; a table that cannot be
        added to.
    """
    files, singer = list(files), tidy(singer)
    if not singer or not corpus_name.strip():
        raise FlamsidError("An upload needs a corpus name and a singer's name: fill in both fields.")
    if not files:
        raise FlamsidError("No file was chosen: pick one or more recordings first.")
    corpus = data_home() / "corpora" / safe_name(corpus_name, "uploads")
    if corpus == demo_folder():
        raise FlamsidError("The demo corpus takes no uploads: choose another corpus name.")
    corpus.mkdir(parents=True, exist_ok=True)
    stored: list[Path] = []
    # Two pages may upload at once: names are given and rows added by one at a time.
    with waited_for(corpus / ".uploads.lock"):
        try:
            for name, content in files:
                target = _free(corpus / safe_name(singer, "singer") / safe_name(name, "recording.wav"))
                _store(name, content, target)
                stored.append(target)
            _add_to_table(corpus, singer, stored)
        except BaseException:
            for target in stored:
                target.unlink(missing_ok=True)
            raise
    return corpus


def _store(name: str, content: IO[bytes], target: Path) -> None:
    """Store one uploaded file whole; what is not sound that can be used is refused by the name its owner gave it."""
    with atomic_path(target, durable=True) as part:
        with part.open("wb") as out:
            while block := content.read(UPLOAD_BLOCK_BYTES):
                out.write(block)
        part.chmod(0o644)
        # Decoders go by the ending.
        named = part.with_name(part.name + target.suffix)
        named.hardlink_to(part)
        try:
            scan = scan_audio(named)
        except FlamsidError as error:
            said = renamed(without_path(error), str(named), name)
            raise FlamsidError("{name}: {said} Nothing was uploaded.", name=name, said=said) from error
        finally:
            named.unlink(missing_ok=True)
        if scan.silent:
            raise FlamsidError(
                "{name}: {said} Nothing was uploaded.",
                name=name,
                said=Message("holds only silence: every sample is the same; record or copy it again."),
            )


def _free(path: Path) -> Path:
    number, free = 2, path
    while free.exists():
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return free


def _add_to_table(corpus: Path, singer: str, stored: list[Path]) -> None:
    table = find_table(corpus, TABLE_NAME) or corpus / TABLE_NAME
    files = [path.relative_to(corpus).as_posix() for path in stored]
    rows = [{"file": file, "singer": singer, "title": Path(file).stem} for file in files]
    if not table.exists():
        # With a table only what is listed belongs to the corpus: what is there already must not fall out of it.
        rows = [
            {"file": file, "singer": singer_folder(file), "title": Path(file).stem}
            for file in list_audio(corpus)[0]
            if file not in files and singer_folder(file)
        ] + rows
    add_rows(table, rows, ("file", *METADATA_COLUMNS))


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
