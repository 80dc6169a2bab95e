"""Changing what the table of recordings says, so that the workspace knows it at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flamsid_core.corpus.recordings import METADATA_COLUMNS, TABLE_NAME
from flamsid_core.corpus.table_edits import change_cells
from flamsid_core.corpus.tables import add_rows, find_table, read_table
from flamsid_core.errors import FlamsidError
from flamsid_core.pipeline.project import open_project
from flamsid_core.workspace import Workspace


def change_recordings(workspace: Workspace, changes: Mapping[str, Mapping[str, str]]) -> tuple[Path, int]:
    """Change cells of the corpus' table of recordings, which is made where there is none, and read it again.

    Parameters
    ----------
    workspace
        Of a corpus of recordings.
    changes
        By file: new cells by column; a file that the table lacks gets a row.

    Returns
    -------
    path : Path
        The table.
    changed : int
        How many rows were changed.

    Raises
    ------
    FlamsidError
        When the corpus is gone or its table cannot be changed; see `flamsid_core.corpus.table_edits.change_cells`.
    """
    root = workspace.corpus
    if root is None:
        raise FlamsidError("{root} belongs to no corpus: run the corpus again.", root=workspace.root)
    recordings = workspace.table("corpus/recordings").set_index("file")
    path = find_table(root, TABLE_NAME)
    if path is None:
        path, columns, missing = root / TABLE_NAME, ["file", *METADATA_COLUMNS], list(recordings.index)
    else:
        found = read_table(path, changes)
        columns, known = list(found.columns), {row["file"] for row in found.rows}
        missing = [file for file in changes if file not in known and file in recordings.index]
    if missing:
        cells = recordings.loc[missing, list(METADATA_COLUMNS)].fillna("").astype(str).reset_index()
        rows = [{str(name): str(cell) for name, cell in row.items()} for row in cells.to_dict("records")]
        add_rows(path, rows, columns)
    changed = change_cells(path, changes)
    with workspace.lock():
        open_project(root, workspace.root)
    return path, changed
