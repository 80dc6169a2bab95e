"""The annotation file: one SQLite file beside the recordings, written so that nothing confirmed is lost.

Every call opens the file, does one transaction and closes it, so pages, commands and threads need not know of each
other. The rollback journal (not WAL, whose shared memory fails on network drives) and `synchronous = EXTRA` mean
that a call that has returned is on the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from flamsid_core.annotations import reading
from flamsid_core.annotations.entries import Entry
from flamsid_core.annotations.schema import migrate
from flamsid_core.errors import FlamsidError
from flamsid_core.user_data import data_home
from flamsid_core.workspace import atomic_path

FILE_NAME = "annotations.sqlite"
WAIT_S = 20.0
_ENTRY_COLUMNS = "recording_id, subject, kind, start_s, end_s, detail, entry_id, author, made_at, state, seq"
MARK_COLUMNS = (
    "mark_id",
    "recording_id",
    "layer",
    "start_s",
    "end_s",
    "text",
    "tags",
    "colour",
    "author",
    "changed_at",
)
LAYER_COLUMNS = ("layer", "kind", "colour", "position")
MOTIF_COLUMNS = ("motif_key", "name", "note", "tags", "rejected", "instances", "author", "changed_at")


class Annotations:
    """A person's work on one corpus.

    Parameters
    ----------
    path
        The SQLite file; it and its folder are made with the first entry.
    seed
        A file that `path` starts as a copy of, where only reading is possible beside the recordings.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> notes = Annotations(Path(folder.name) / "annotations.sqlite")
    >>> entry = Entry("a1b2", "f0", "octave", 1.0, 3.0, {"octaves": -1})
    >>> [written.kind for written in notes.add([entry])]
    ['octave']
    >>> notes.undo("a1b2").kind, len(notes.entries("a1b2"))
    ('octave', 0)
    >>> notes.redo("a1b2").kind, len(notes.entries("a1b2"))
    ('octave', 1)
    """

    def __init__(self, path: str | os.PathLike[str], seed: Path | None = None):
        self.path = Path(path)
        self.seed = seed

    # -- writing --------------------------------------------------------------------------------------------------

    def add(self, entries: Iterable[Entry]) -> list[Entry]:
        """Write entries at the end of the list, all or none; one that is there already is not written again.

        What was undone on the same recordings can no longer be redone.

        Returns
        -------
        list of Entry
            The entries as they stand in the list, in the order given.
        """
        entries = list(entries)
        if not entries:
            return []
        with self._writing() as connection:
            ids = [entry.entry_id for entry in entries]
            known = {row[0] for row in _rows_of_ids(connection, "entry_id", ids)}
            fresh = [entry for entry in entries if entry.entry_id not in known]
            for recording_id in {entry.recording_id for entry in fresh}:
                connection.execute(
                    "UPDATE entries SET state = 'dropped' WHERE recording_id = ? AND state = 'undone'",
                    (recording_id,),
                )
            _insert(connection, fresh)
            _refresh(connection, {(entry.recording_id, entry.subject) for entry in fresh})
            written = {row[6]: _entry(row) for row in _rows_of_ids(connection, _ENTRY_COLUMNS, ids)}
        return [written[entry_id] for entry_id in ids]

    def undo(self, recording_id: str, entry_id: str | None = None) -> Entry | None:
        """Take the last entry of a recording back, or the one named; None where there is nothing to undo."""
        return self._turn(recording_id, entry_id, "done", "undone", "seq DESC")

    def redo(self, recording_id: str, entry_id: str | None = None) -> Entry | None:
        """Do again what was undone last (the earliest undone entry), or the one named; None where there is none."""
        return self._turn(recording_id, entry_id, "undone", "done", "seq ASC")

    def _turn(
        self, recording_id: str, entry_id: str | None, before: str, after: str, order: str
    ) -> Entry | None:
        if not self.path.exists() and self.seed is None:
            return None
        with self._writing() as connection:
            named = "" if entry_id is None else " AND entry_id = ?"
            row = connection.execute(
                f"SELECT {_ENTRY_COLUMNS} FROM entries WHERE recording_id = ? AND state = ?{named} "
                f"ORDER BY {order} LIMIT 1",
                (recording_id, before, *([] if entry_id is None else [entry_id])),
            ).fetchone()
            if row is None:
                return None
            connection.execute("UPDATE entries SET state = ? WHERE seq = ?", (after, row[-1]))
            entry = _entry((*row[:-2], after, row[-1]))
            _refresh(connection, {(entry.recording_id, entry.subject)})
        return entry

    def merge(self, entries: Iterable[Entry]) -> int:
        """Take entries of another file over, with their states; return how many were new.

        The list stays in the order in which things were done (`made_at`), whatever the order in which they came.
        """
        entries = list(entries)
        with self._writing() as connection:
            known = {row[0] for row in connection.execute("SELECT entry_id FROM entries")}
            fresh = [entry for entry in entries if entry.entry_id not in known]
            if fresh:
                rows = connection.execute(f"SELECT {_ENTRY_COLUMNS} FROM entries ORDER BY seq").fetchall()
                # Equal times keep their order: entries written in one call share one.
                everything = sorted([*map(_entry, rows), *fresh], key=lambda entry: entry.made_at)
                connection.execute("DELETE FROM entries")
                _insert(connection, everything)
                _refresh(connection, {(entry.recording_id, entry.subject) for entry in fresh})
        return len(fresh)

    # -- reading --------------------------------------------------------------------------------------------------

    def entries(
        self, recording_id: str | None = None, subject: str | None = None, *, state: str | None = "done"
    ) -> list[Entry]:
        """Return the entries in order: of one recording or all, about one subject or all, in one state or any."""
        wanted = {"recording_id": recording_id, "subject": subject, "state": state}
        clauses = [f"{name} = ?" for name, value in wanted.items() if value is not None]
        where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
        values = [value for value in wanted.values() if value is not None]
        rows = self._read(f"SELECT {_ENTRY_COLUMNS} FROM entries{where} ORDER BY seq", values)
        return [_entry(row) for row in rows]

    def marks(
        self, recording_id: str | None = None, *, layer: str | None = None, text: str = ""
    ) -> pd.DataFrame:
        """Return spans and points, of one recording or of the corpus, with every word of `text` in them.

        Case and accents do not count; text, layer name and tags are searched.

        Returns
        -------
        DataFrame
            The columns `MARK_COLUMNS`, by recording and start; end_s is NaN for a point, tags are tuples.
        """
        clauses, values = _search(text)
        for name, value in (("recording_id", recording_id), ("layer", layer)):
            if value is not None:
                clauses.append(f"{name} = ?")
                values.append(value)
        rows = self._read(_select("marks", MARK_COLUMNS, clauses, "recording_id, start_s, mark_id"), values)
        table = pd.DataFrame(rows, columns=list(MARK_COLUMNS))
        table["tags"] = [tuple(json.loads(tags)) for tags in table["tags"]]
        return table.astype({"start_s": "float64", "end_s": "float64"})

    def layers(self) -> pd.DataFrame:
        """Return the layers (`LAYER_COLUMNS`) in the order in which they are drawn."""
        rows = self._read(_select("layers", LAYER_COLUMNS, [], "position, layer"), [])
        return pd.DataFrame(rows, columns=list(LAYER_COLUMNS))

    def motifs(self, *, text: str = "") -> pd.DataFrame:
        """Return what was said of motifs (`MOTIF_COLUMNS`), with every word of `text` in name, note or tags."""
        clauses, values = _search(text)
        rows = self._read(_select("motifs", MOTIF_COLUMNS, clauses, "motif_key"), values)
        table = pd.DataFrame(rows, columns=list(MOTIF_COLUMNS))
        for name in ("tags", "instances"):
            table[name] = [tuple(json.loads(value)) for value in table[name]]
        return table.astype({"rejected": bool})

    def digest(self, recording_id: str, *subjects: str) -> str:
        """Return what stands for the corrections of one recording: "" where there are none.

        Undone and redone, it is the same again: nothing that was made before has to be made again.

        Parameters
        ----------
        recording_id
        *subjects
            "f0", "note"; both where none is given.
        """
        subjects = subjects or ("f0", "note")
        rows = self._read(
            "SELECT subject, kind, start_s, end_s, detail FROM entries WHERE recording_id = ? AND state = 'done' "
            f"AND subject IN ({', '.join('?' * len(subjects))}) ORDER BY seq",
            [recording_id, *subjects],
        )
        return hashlib.sha256(repr(rows).encode()).hexdigest()[:40] if rows else ""

    def corrected_recordings(self) -> list[str]:
        """Return the recording_id of every recording whose f0 or notes were corrected."""
        rows = self._read(
            "SELECT DISTINCT recording_id FROM entries WHERE state = 'done' AND subject IN ('f0', 'note') "
            "ORDER BY recording_id",
            [],
        )
        return [row[0] for row in rows]

    # -- the file -------------------------------------------------------------------------------------------------

    def _read(self, query: str, values: list[Any]) -> list[tuple[Any, ...]]:
        if not self.path.exists() and self.seed is None:
            return []
        with self._open() as connection:
            return connection.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.seed is not None and not self.path.exists():
                _copy(self.seed, self.path)
            connection = sqlite3.connect(self.path, timeout=WAIT_S, isolation_level=None)
            connection.execute("PRAGMA synchronous = EXTRA")
            if migrate(connection, str(self.path)):
                _refresh_all(connection)
            yield connection
        except (sqlite3.DatabaseError, OSError) as error:
            raise FlamsidError(
                "The annotations in {file} could not be read or written ({reason}). What was saved before is kept: "
                "check the disk and that no other program holds the file, then try again.",
                file=str(self.path),
                reason=str(error),
            ) from error
        finally:
            if connection is not None:
                connection.close()


def open_annotations(corpus: str | os.PathLike[str]) -> Annotations:
    """Return the annotations of a corpus folder.

    They lie beside the recordings as `annotations.sqlite`. Where that folder cannot be written, they lie in the
    app's data folder, and start as a copy of what lies beside the recordings, if anything does.

    Parameters
    ----------
    corpus
        The folder of the recordings.
    """
    folder = Path(corpus).resolve()
    beside = folder / FILE_NAME
    if _writable(folder, beside):
        return Annotations(beside)
    name = f"{folder.name}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"
    return Annotations(
        data_home() / "annotations" / f"{name}.sqlite", seed=beside if beside.exists() else None
    )


def _writable(folder: Path, file: Path) -> bool:
    # A journal is written beside the file, so the folder counts too.
    return os.access(folder, os.W_OK | os.X_OK) and (not file.exists() or os.access(file, os.W_OK))


def _copy(source: Path, target: Path) -> None:
    # Made under another name, so that a half-made copy never counts.
    with atomic_path(target) as temporary:
        temporary.write_bytes(source.read_bytes())


def _select(table: str, columns: tuple[str, ...], clauses: list[str], order: str) -> str:
    where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
    return f"SELECT {', '.join(columns)} FROM {table}{where} ORDER BY {order}"


def _search(text: str) -> tuple[list[str], list[Any]]:
    words = reading.folded(text).split()
    return ["instr(words, ?) > 0"] * len(words), list(words)


def _entry(row: tuple[Any, ...]) -> Entry:
    recording_id, subject, kind, start_s, end_s, detail, *rest = row
    return Entry(recording_id, subject, kind, start_s, end_s, json.loads(detail), *rest)


def _insert(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    connection.executemany(
        "INSERT INTO entries (entry_id, recording_id, subject, kind, start_s, end_s, detail, author, made_at, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                entry.entry_id,
                entry.recording_id,
                entry.subject,
                entry.kind,
                entry.start_s,
                entry.end_s,
                json.dumps(dict(entry.detail), ensure_ascii=False, sort_keys=True, default=list),
                entry.author,
                entry.made_at,
                entry.state,
            )
            for entry in entries
        ],
    )


def _rows_of_ids(connection: sqlite3.Connection, columns: str, ids: list[str]) -> list[tuple[Any, ...]]:
    query = f"SELECT {columns} FROM entries WHERE entry_id IN (SELECT value FROM json_each(?))"
    return connection.execute(query, (json.dumps(ids),)).fetchall()


def _refresh(connection: sqlite3.Connection, changed: set[tuple[str, str]]) -> None:
    """Make the tables for reading again, as far as (recording_id, subject) changed."""
    for recording_id in sorted({recording for recording, subject in changed if subject == "mark"}):
        connection.execute("DELETE FROM marks WHERE recording_id = ?", (recording_id,))
        _fill(connection, "marks", reading.marks_of, "subject = 'mark' AND recording_id = ?", (recording_id,))
    subjects = {subject for _, subject in changed}
    for subject, fold in (("layer", reading.layers_of), ("motif", reading.motifs_of)):
        if subject in subjects:
            connection.execute(f"DELETE FROM {subject}s")
            _fill(connection, f"{subject}s", fold, "subject = ?", (subject,))


def _refresh_all(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    recordings = connection.execute(
        "SELECT DISTINCT recording_id FROM entries WHERE subject = 'mark'"
    ).fetchall()
    _refresh(connection, {(row[0], "mark") for row in recordings} | {("", "layer"), ("", "motif")})
    connection.execute("COMMIT")


def _fill(
    connection: sqlite3.Connection,
    table: str,
    fold: Callable[[Iterable[Entry]], list[reading.Row]],
    where: str,
    values: tuple[str, ...],
) -> None:
    found = connection.execute(
        f"SELECT {_ENTRY_COLUMNS} FROM entries WHERE {where} AND state = 'done' ORDER BY seq", values
    ).fetchall()
    for row in fold(map(_entry, found)):
        marks = ", ".join("?" * len(row))
        connection.execute(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})",
            [reading.packed(v) for v in row.values()],
        )
