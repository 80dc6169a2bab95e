"""What is on disk: artefacts keyed by what they were made from, written atomically.

A workspace is a folder. Every artefact in it (a Parquet table, a JSON file, a model folder's files) has a small
`<file>.key` next to it that holds the key of everything that went into it: the stage and its version, its
parameters, and the keys of its inputs. A stage whose artefact carries the right key is up to date and is not run
again, so a run killed at any point goes on where it was, and a changed parameter redoes only what depends on it.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.locks import held
from flamsid_core.messages import packed, unpacked
from flamsid_core.reading import read_array, read_json, read_parquet

FORMAT = 1
MOST_KEY_CHARACTERS = 200
MOST_NAME_LETTERS = 80
_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._+-]{{0,{MOST_NAME_LETTERS - 1}}}")


def artefact_key(stage: str, version: int, params: Any, *inputs: str) -> str:
    """Return the key of what `stage` makes from `params` and `inputs`.

    Parameters
    ----------
    stage, version
        Name of the stage, and a number raised whenever the same input would give another output.
    params
        A frozen parameter dataclass, or anything JSON can hold.
    *inputs
        Keys or content hashes of what the stage reads, in order.

    Returns
    -------
    str
        40 hexadecimal digits.
    """
    plain = dataclasses.asdict(params) if dataclasses.is_dataclass(params) else params  # type: ignore[arg-type]
    text = json.dumps([stage, version, plain, inputs], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


@contextmanager
def atomic_path(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path` that replaces it when the block ends without an error.

    Parameters
    ----------
    path
        The file to make or replace.
    durable
        Wait until the disk holds it: for a person's own work, which a power cut must not take. Results that can be made
        again do not need it.

    Raises
    ------
    FlamsidError
        When the disk is full; what was there before is still there.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The name on the way is cut: with the random part it must not be longer than the file system allows.
        start = os.fsdecode(os.fsencode(path.name)[:100]).encode("utf-8", "ignore").decode()
        handle, name = tempfile.mkstemp(prefix=f".{start}.", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        if durable:
            _sync(temporary)
        temporary.replace(path)
        if durable:
            _sync(path.parent)
    except Exception as error:  # each library has an error of its own for a full disk
        if disk_is_full(error):
            raise FlamsidError(
                "The disk is full: {path} could not be written. Free some space and run again; "
                "what is finished is kept.",
                path=path,
            ) from error
        raise
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def disk_is_full(error: BaseException) -> bool:
    """Whether an error says that there is no space left, or that a quota is used up."""
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return True
    # NumPy says how much it could write, safetensors and SQLite say it in words.
    said = str(error)
    return any(words in said for words in ("No space left", "requested and", "disk is full", "Disk quota"))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, value: Any, *, durable: bool = False) -> None:
    """Write `value` as JSON to `path`, whole or not at all; `durable` as in `atomic_path`."""
    with atomic_path(path, durable=durable) as temporary:
        temporary.write_text(json.dumps(packed(value), indent=1, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} does not go into JSON")


def check_name(name: str) -> str:
    """Return the name of a model, an experiment or a grid, without blanks around it.

    Examples
    --------
    >>> check_name(" joint-mel+timbre-motifs ")
    'joint-mel+timbre-motifs'

    Raises
    ------
    FlamsidError
        It cannot be a folder's name everywhere.
    """
    name = str(name).strip()
    if not _NAME.fullmatch(name):
        raise FlamsidError(
            "{name!r} is not a valid name: use up to {most} letters (without accents), digits, '-', '_', '+' and "
            "'.', a letter or digit first.",
            name=name,
            most=MOST_NAME_LETTERS,
        )
    return name


class Workspace:
    """A folder of artefacts.

    Parameters
    ----------
    root
        The folder; made when it is not there.

    Raises
    ------
    FlamsidError
        If the folder cannot be made or holds a workspace of a newer format.
    """

    def __init__(self, root: str | Path):
        self.root = Path(root)
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FlamsidError(
                "No workspace can be made at {root} ({reason}): choose a folder you may write to.",
                root=self.root,
                reason=error.strerror,
            ) from error
        about = self._about()
        made = about.get("format", FORMAT)
        if isinstance(made, int) and made > FORMAT:
            raise FlamsidError(
                "The workspace {root} was made by a newer flamsid: update flamsid to open it.", root=self.root
            )

    def __eq__(self, other: object) -> bool:
        """Two workspaces of one folder are the same."""
        return isinstance(other, Workspace) and self.root == other.root

    def __hash__(self) -> int:
        return hash(self.root)

    def _about(self) -> dict[str, Any]:
        path = self.root / "workspace.json"
        found = self._load_json(path) if path.exists() else {}
        if not isinstance(found, dict):
            raise FlamsidError("{path} is damaged and cannot be read: delete it and run again.", path=path)
        return found

    @property
    def corpus(self) -> Path | None:
        """The corpus folder this workspace was made from, if it is known."""
        folder = self._about().get("corpus")
        return Path(folder) if folder and isinstance(folder, str) else None

    def belongs_elsewhere(self, folder: Path) -> bool:
        """Whether the workspace was made from another corpus folder, which is still there."""
        owner = self.corpus
        try:
            return owner is not None and owner.is_dir() and not (folder.is_dir() and owner.samefile(folder))
        except OSError:
            # It cannot be looked into at the moment, which does not make it ours.
            return owner != folder.resolve()

    @property
    def of_clips(self) -> bool:
        """Whether the corpus holds published clips of motifs, not whole recordings."""
        return self.has("corpus/instances")

    def remember_corpus(self, folder: Path) -> None:
        """Note which corpus folder the artefacts come from.

        Raises
        ------
        FlamsidError
            If they come from another one: a workspace belongs to one corpus.
        """
        if self.belongs_elsewhere(folder):
            raise FlamsidError(
                "The workspace {root} belongs to the corpus {corpus}: name another one (--workspace) for {folder}.",
                root=self.root,
                corpus=self.corpus,
                folder=folder,
            )
        if self.corpus != folder.resolve():
            write_json(self.root / "workspace.json", {"format": FORMAT, "corpus": str(folder.resolve())})

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the workspace for writing; a second writer gets a clear error instead of a mixture of two runs."""
        busy = FlamsidError(
            "Another run is working in {root}: wait for it or cancel it, then run again.", root=self.root
        )
        with held(self.root / ".lock", busy):
            yield

    # -- artefacts --------------------------------------------------------------------------------------------

    def path(self, name: str) -> Path:
        """Return the path of the artefact `name` ("motifs/motifs.parquet").

        Raises
        ------
        FlamsidError
            If the name would lead out of the workspace.
        """
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts or not parts.parts or "\\" in name or "\0" in name:
            raise FlamsidError(
                "{name!r} is not the name of an artefact: use names like 'motifs/motifs.parquet'.", name=name
            )
        return self.root / parts

    def key(self, name: str) -> str | None:
        """Return the key the artefact was written with, or None where it is missing or not whole."""
        path = self.path(name)
        note = path.with_name(path.name + ".key")
        if not (path.exists() and note.exists()):
            return None
        try:
            with note.open(encoding="utf-8") as stream:
                key, size = stream.read(MOST_KEY_CHARACTERS).split()
            return key if int(size) == path.stat().st_size else None
        except (OSError, ValueError):  # damaged: as if it were not there
            return None

    def fresh(self, name: str, key: str) -> bool:
        """Whether the artefact is there, whole, and made from what `key` stands for."""
        return self.key(name) == key

    def stamp(self, name: str, key: str) -> None:
        """Mark a file that is already in place as made from what `key` stands for."""
        path = self.path(name)
        with atomic_path(path.with_name(path.name + ".key")) as temporary:
            temporary.write_text(f"{key} {path.stat().st_size}\n")

    def forget(self, name: str) -> None:
        """Take an artefact's key away, so that it counts as not there."""
        path = self.path(name)
        path.with_name(path.name + ".key").unlink(missing_ok=True)

    def has(self, name: str) -> bool:
        """Whether a table ("motifs/motifs"), or a file when the name has an ending, is there."""
        return self.path(_with_ending(name)).exists()

    def table(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        """Read the table `name` ("motifs/motifs").

        Raises
        ------
        FlamsidError
            If it is not there or damaged.
        """
        path = self.path(_with_ending(name))
        if not path.exists():
            raise FlamsidError(
                "{path} is not there yet: run the stage that makes it (flamsid run).", path=path
            )
        try:
            return read_parquet(path, columns)
        except FlamsidError as error:
            self.forget(_with_ending(name))
            raise FlamsidError(
                "{path} is damaged and cannot be read: run again, and it is made again.", path=path
            ) from error

    def write_table(self, name: str, table: pd.DataFrame, key: str) -> None:
        """Write the table `name` whole or not at all, then its key."""
        name = _with_ending(name)
        self.forget(name)
        with atomic_path(self.path(name)) as temporary:
            table.to_parquet(temporary, index=False)
        self.stamp(name, key)

    def json(self, name: str) -> Any:
        """Read the JSON artefact `name` ("audit/audit.json")."""
        path = self.path(name)
        if not path.exists():
            raise FlamsidError(
                "{path} is not there yet: run the stage that makes it (flamsid run).", path=path
            )
        try:
            return self._load_json(path)
        except FlamsidError:
            self.forget(name)
            raise

    def write_json(self, name: str, value: Any, key: str) -> None:
        """Write the JSON artefact `name` whole or not at all, then its key."""
        self.forget(name)
        write_json(self.path(name), value)
        self.stamp(name, key)

    def write_array(self, name: str, array: np.ndarray, key: str) -> None:
        """Write the array artefact `name` ("atlas/x/embeddings.npy"), then its key."""
        self.forget(name)
        with atomic_path(self.path(name)) as temporary, temporary.open("wb") as handle:
            np.save(handle, array, allow_pickle=False)
        self.stamp(name, key)

    def array(self, name: str) -> np.ndarray:
        """Read the array artefact `name` as a memory map."""
        path = self.path(name)
        try:
            return read_array(path)
        except FileNotFoundError as error:
            raise FlamsidError(
                "{path} is not there yet: run the stage that makes it (flamsid run).", path=path
            ) from error
        except FlamsidError as error:
            self.forget(name)
            raise FlamsidError(
                "{path} is damaged and cannot be read: run again, and it is made again.", path=path
            ) from error

    @staticmethod
    def _load_json(path: Path) -> Any:
        try:
            return unpacked(read_json(path))
        except (OSError, ValueError) as error:
            raise FlamsidError(
                "{path} is damaged and cannot be read: delete it and run again.", path=path
            ) from error


def _with_ending(name: str) -> str:
    return name if PurePosixPath(name).suffix else f"{name}.parquet"
