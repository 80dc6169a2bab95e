"""Changing cells of the table of recordings, and nothing else in it: every other byte stays as the person wrote it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from flamsid_core.corpus.tables import Table, read_table, spreadsheet_cell
from flamsid_core.errors import FlamsidError
from flamsid_core.workspace import atomic_path


def change_cells(path: Path, changes: Mapping[str, Mapping[str, str]]) -> int:
    """Change cells of a table; columns that it does not have are added at the right.

    Parameters
    ----------
    path
        The table; see `flamsid_core.corpus.tables.read_table`.
    changes
        By the row's file, as the table names it: new cells by column.

    Returns
    -------
    int
        How many rows were changed.

    Raises
    ------
    FlamsidError
        When the table cannot be read, has a quotation mark that is never closed, or its encoding lacks a letter;
        nothing has been written then.
    """
    table = read_table(path, changes)
    if any(row.get("trouble") for row in table.rows) or table.open_quote_row:
        trouble = next(
            (row for row in table.rows if row.get("trouble")), {"row": table.open_quote_row, "trouble": ""}
        )
        raise FlamsidError(
            "{path}: row {row} cannot be read, so the table cannot be changed safely; mend that row first. {trouble}",
            path=path,
            row=trouble["row"],
            trouble=trouble["trouble"],
        )
    text, changed = _changed(table, changes)
    try:
        raw = text.encode(table.encoding)
    except UnicodeEncodeError as error:
        raise FlamsidError(
            "{path}: is saved in an encoding ({encoding}) that lacks the letter '{letter}'; save it as CSV UTF-8.",
            path=path,
            encoding=table.encoding,
            letter=text[error.start],
        ) from error
    if changed:
        with atomic_path(path, durable=True) as temporary:
            temporary.write_bytes(raw)
            temporary.chmod(path.stat().st_mode & 0o777)
    return changed


def _changed(table: Table, changes: Mapping[str, Mapping[str, str]]) -> tuple[str, int]:
    lines = list(io.StringIO(table.raw.decode(table.encoding), newline=""))
    new = [
        name
        for name in dict.fromkeys(name for cells in changes.values() for name in cells)
        if name not in table.columns
    ]
    columns = [*table.columns, *new]
    rows = iter(table.rows)
    out, changed, header_seen = [], 0, False
    start = next((i + 1 for i, line in enumerate(lines) if line.lower().startswith(("sep=", '"sep='))), 0)
    out += lines[:start]
    reader = csv.reader(lines[start:], delimiter=table.delimiter, skipinitialspace=True)
    before = 0
    for cells in reader:
        raw = "".join(lines[start + before : start + reader.line_num])
        before = reader.line_num
        if not any(cell.strip() for cell in cells):
            out.append(raw)
        elif not header_seen:
            header_seen = True
            out.append(_row_text(table, [*cells, *new], raw) if new else raw)
        else:
            wanted = changes.get(next(rows)["file"])
            if not wanted:
                out.append(raw)
                continue
            cells += [""] * (len(columns) - len(cells))
            for name, value in wanted.items():
                cells[columns.index(name)] = spreadsheet_cell(value)
            out.append(_row_text(table, cells, raw))
            changed += 1
    return "".join(out), changed


def _row_text(table: Table, cells: list[str], raw: str) -> str:
    ending = raw[len(raw.rstrip("\r\n")) :]
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=table.delimiter, lineterminator=ending).writerow(cells)
    return stream.getvalue()
