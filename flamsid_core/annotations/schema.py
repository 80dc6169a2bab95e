"""The tables of the annotation file, version by version.

One list of entries holds everything a person did; the other tables are made from it and only serve reading and
search. A new version adds one item to `MIGRATIONS`; what stands there is never changed, because files of every
version are in people's hands.
"""

from __future__ import annotations

import sqlite3

from flamsid_core.errors import FlamsidError

# "FLAM" in ASCII: tells a file of ours from any other SQLite file.
APPLICATION_ID = 0x464C414D

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE entries (
          seq INTEGER PRIMARY KEY AUTOINCREMENT,
          entry_id TEXT NOT NULL UNIQUE,
          recording_id TEXT NOT NULL,
          subject TEXT NOT NULL CHECK (subject IN ('f0', 'note', 'mark', 'layer', 'motif')),
          kind TEXT NOT NULL,
          start_s REAL,
          end_s REAL,
          detail TEXT NOT NULL,
          author TEXT NOT NULL,
          made_at TEXT NOT NULL,
          state TEXT NOT NULL DEFAULT 'done' CHECK (state IN ('done', 'undone', 'dropped'))
        ) STRICT
        """,
        "CREATE INDEX entries_of_recording ON entries (recording_id, subject, state)",
    ),
    (
        """
        CREATE TABLE marks (
          mark_id TEXT PRIMARY KEY,
          recording_id TEXT NOT NULL,
          layer TEXT NOT NULL,
          start_s REAL NOT NULL,
          end_s REAL,
          text TEXT NOT NULL,
          tags TEXT NOT NULL,
          colour TEXT NOT NULL,
          author TEXT NOT NULL,
          changed_at TEXT NOT NULL,
          words TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX marks_of_recording ON marks (recording_id, start_s)",
        """
        CREATE TABLE layers (
          layer TEXT PRIMARY KEY,
          kind TEXT NOT NULL CHECK (kind IN ('span', 'point')),
          colour TEXT NOT NULL,
          position INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE motifs (
          motif_key TEXT PRIMARY KEY,
          name TEXT NOT NULL,
          note TEXT NOT NULL,
          tags TEXT NOT NULL,
          rejected INTEGER NOT NULL,
          instances TEXT NOT NULL,
          author TEXT NOT NULL,
          changed_at TEXT NOT NULL,
          words TEXT NOT NULL
        ) STRICT
        """,
    ),
)
VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection, where: str) -> bool:
    """Bring an annotation file to the newest version, one transaction a version.

    Parameters
    ----------
    connection
        In autocommit mode (`isolation_level=None`).
    where
        The file's name, for messages.

    Returns
    -------
    bool
        Whether anything was changed, so that the tables for reading must be made again from the entries.

    Raises
    ------
    FlamsidError
        If the file belongs to another program or to a newer flamsid.
    """
    if _version(connection, where) == VERSION:
        return False
    # Another process may be at the same: whoever gets the lock second sees the work done.
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection, where)
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return version < VERSION


def _version(connection: sqlite3.Connection, where: str) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if application != APPLICATION_ID and (version or tables):
        raise FlamsidError(
            "{file} is an SQLite file of another program: move it away, and flamsid makes its own.",
            file=where,
        )
    if version > VERSION:
        raise FlamsidError(
            "{file} was written by a newer flamsid (version {found} of its tables, this one knows {known}): "
            "update flamsid to open it.",
            file=where,
            found=version,
            known=VERSION,
        )
    return version
