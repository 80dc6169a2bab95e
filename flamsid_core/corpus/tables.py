"""The tables people write: read in whatever dialect a spreadsheet saved them, and added to in that same dialect.

A table is a person's own work. So its bytes are never made again from what was understood of them: a row is added
behind the rows that are there, in the table's own encoding, separator, line ends and columns, and a table that
cannot be read whole is not written at all.
"""

import csv
import io
import itertools
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from flamsid_core.corpus.cells import spreadsheet_cell, tidy
from flamsid_core.corpus.encodings import decode_text
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message
from flamsid_core.workspace import atomic_path

MAX_TABLE_BYTES = 64 << 20
MAX_CELL_CHARACTERS = 10_000
# More quotation marks that are never closed than this, and it is not a table.
MAX_OPEN_QUOTES = 100
DELIMITERS = ",;\t|"
# Columns that are read: two of one name cannot both be right.
READ_COLUMNS = {
    "file",
    "singer",
    "style",
    "title",
    "year",
    "source",
    "licence",
    "recording",
    "pattern",
    "sound_id",
}
OTHER_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".numbers")

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_OPEN_QUOTE = Message('opens a quotation mark (") that is never closed; close it, or delete it.')


@dataclass(frozen=True)
class Table:
    """A table as it was read.

    Attributes
    ----------
    path
        The file.
    raw
        Its bytes.
    encoding, delimiter, newline
        The dialect it is written in.
    columns
        Names of the columns, without case and surrounding blanks.
    rows
        A dict a row: the cells by column, "row" (the number a spreadsheet shows; the header is row 1), and "trouble"
        where the row cannot be used.
    open_quote_row
        The row whose quotation mark is open at the end of the file, 0 if there is none.
    """

    path: Path
    raw: bytes
    encoding: str
    delimiter: str
    newline: str
    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    open_quote_row: int


def find_table(root: Path, name: str) -> Path | None:
    """Return the table `name` of a folder, in whatever case it is spelled; None where there is none.

    Raises
    ------
    FlamsidError
        When it cannot be told which of several is meant, or the name is not a file.
    """
    spelled = [entry for entry in _listed(root) if entry.casefold() == name.casefold()]
    chosen = name if name in spelled else spelled[0] if spelled else None
    if chosen is None:
        return None
    if len(spelled) > 1 and chosen != name:
        raise FlamsidError(
            "{root}: holds several tables ({names}); keep one and call it {name}.",
            root=root, names=", ".join(sorted(spelled)), name=name,
        )  # fmt: skip
    path = root / chosen
    if not path.is_file():
        raise FlamsidError("{path}: is not a file that can be read; put the table itself there.", path=path)
    return path


def near_tables(root: Path, name: str, used: Path | None) -> list[str]:
    """List the files of a folder that look like the table `name` but are not read (.xlsx, a second spelling)."""
    stem = PurePosixPath(name).stem
    return sorted(
        entry
        for entry in _listed(root)
        if entry.casefold().startswith(stem)
        and entry.casefold().endswith(OTHER_ENDINGS)
        and (used is None or entry != used.name)
    )


def _listed(root: Path) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(root) if not entry.name.startswith(".")]
    except OSError as error:
        raise FlamsidError("{root}: cannot be read ({said}).", root=root, said=error.strerror) from error


def read_table(path: Path, names: Iterable[str] = ()) -> Table:
    """Read a table somebody wrote in a spreadsheet.

    Understood are commas, semicolons, tabs and bars, with or without a first line ``sep=;``; UTF-8 and UTF-16, the
    encodings of Windows, old Macs and DOS; any line ends; paths as Windows writes them.

    Parameters
    ----------
    path
        The table.
    names
        Names of the files on disk, by which the encoding is told where it is in doubt.

    Raises
    ------
    FlamsidError
        When the table cannot be read, or has no column "file".
    """
    return _parsed(path, _read_bytes(path), names)


def _parsed(path: Path, raw: bytes, names: Iterable[str]) -> Table:
    text, encoding = decode_text(raw, names)
    lines = list(io.StringIO(text, newline=""))
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    delimiter = ""
    if first is not None and (separator := _SEPARATOR_LINE.fullmatch(lines[first])):
        # Spreadsheets do not count this line.
        delimiter, lines = separator[1], lines[first + 1 :]
        first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise FlamsidError("{path}: is empty; give it a header and a row for each file.", path=path)
    delimiter = delimiter or _delimiter(lines[first])
    columns: tuple[str, ...] = ()
    rows: list[dict[str, str]] = []
    open_quote_row = 0
    for number, cells, trouble, still_open in _records(path, lines, delimiter):
        if not any(cell.strip() for cell in cells):
            continue
        if not columns:
            columns = _checked_header(path, cells)
            continue
        rows.append(_row(columns, number, cells, trouble, delimiter))
        open_quote_row = number if still_open else 0
    ending = re.search(r"\r\n|\n|\r", text)
    newline = ending[0] if ending else "\n"
    return Table(path, raw, encoding, delimiter, newline, columns, rows, open_quote_row)


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_TABLE_BYTES + 1)
    except OSError as error:
        raise FlamsidError("{path}: cannot be read ({said}).", path=path, said=error.strerror) from error
    if len(raw) > MAX_TABLE_BYTES:
        raise FlamsidError(
            "{path}: is larger than {limit} MB, which no table of recordings is; put the table itself there.",
            path=path, limit=MAX_TABLE_BYTES >> 20,
        )  # fmt: skip
    return raw


def _delimiter(header: str) -> str:
    """Return the separator under which a header has a column "file", and most columns."""

    def fit(delimiter: str) -> tuple[bool, int]:
        cells = next(csv.reader([header], delimiter=delimiter, skipinitialspace=True), [])
        return "file" in [tidy(cell).lower() for cell in cells], len(cells)

    return max(DELIMITERS, key=fit)


def _checked_header(path: Path, cells: Sequence[str]) -> tuple[str, ...]:
    columns = tuple(tidy(cell).lower() for cell in cells)
    if "file" not in columns:
        raise FlamsidError(
            "{path}: has no column 'file' (found: {columns}); name the columns in row 1.",
            path=path, columns=", ".join(columns)[:300],
        )  # fmt: skip
    if twice := sorted(name for name in READ_COLUMNS if columns.count(name) > 1):
        raise FlamsidError(
            "{path}: has two columns '{column}'; keep one, or give the other another name.",
            path=path, column=twice[0],
        )  # fmt: skip
    return columns


def _records(path: Path, lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str], str, bool]]:
    """Yield (row number, cells, trouble, whether its quotation mark is open to the end of the file).

    A quotation mark that is never closed swallows rows: then the row that opens it is in trouble, and reading goes on
    in the next line.
    """
    at = number = restarts = 0
    while at < len(lines):
        reader = csv.reader(itertools.islice(lines, at, None), delimiter=delimiter, skipinitialspace=True)
        start = at
        while True:
            before = start + reader.line_num
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                cells = None
            number += 1
            after = start + reader.line_num
            at_end = after >= len(lines)
            is_open = at_end and cells is not None and _is_open(lines[before:after], delimiter)
            if (
                cells is not None
                and not is_open
                and not _swallowed(lines[before + 1 : after], delimiter, cells)
            ):
                yield number, cells, "", False
                continue
            restarts += 1
            if restarts > MAX_OPEN_QUOTES:
                raise FlamsidError(
                    "{path}: row {row} and {count} before it open quotation marks that are never closed; save the "
                    "table again as CSV.",
                    path=path, row=number, count=MAX_OPEN_QUOTES,
                )  # fmt: skip
            at = before + 1
            too_long = cells is None and len(lines[before]) > csv.field_size_limit()
            trouble = Message(
                "has a cell of more than {max_cell_characters} characters; shorten it.",
                max_cell_characters=MAX_CELL_CHARACTERS,
            )
            alone = lines[before][: csv.field_size_limit() // 2].replace('"', "").split(delimiter)
            yield number, alone, trouble if too_long else _OPEN_QUOTE, is_open and at >= len(lines)
            break


def _is_open(lines: list[str], delimiter: str) -> bool:
    try:
        list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False


def _swallowed(lines: list[str], delimiter: str, cells: Sequence[str]) -> bool:
    """Whether one of the lines inside a cell is a row of its own: as many cells, and a file's name among them."""
    for line in lines:
        if len(line) < csv.field_size_limit():
            found = next(csv.reader([line.replace('"', "")], delimiter=delimiter), [])
            if (
                any(re.search(r"\.\w{2,4}$", cell.strip()) for cell in found)
                and 0 <= len(cells) - len(found) < 2
            ):
                return True
    return False


def _row(
    columns: tuple[str, ...], number: int, cells: list[str], trouble: str, delimiter: str
) -> dict[str, str]:
    row = dict.fromkeys(columns, "") | {
        name: tidy(cell[: MAX_CELL_CHARACTERS + 1]) for name, cell in zip(columns, cells, strict=False)
    }
    # Paths as Windows writes them are understood too, and "a//b" and "./a/b" are "a/b".
    file = row["file"].replace("\\", "/")
    row["file"] = str(PurePosixPath(file)) if file else ""
    row["row"] = str(number)
    used = "".join(cells)
    if not trouble and any(cell.strip() for cell in cells[len(columns) :]):
        trouble = Message(
            "has more cells than the header; put quotes around text that holds a '{delimiter}'.",
            delimiter=delimiter,
        )
    if not trouble and any(len(cell) > MAX_CELL_CHARACTERS for cell in cells):
        trouble = Message(
            "has a cell of more than {max_cell_characters} characters; shorten it.",
            max_cell_characters=MAX_CELL_CHARACTERS,
        )
    if not trouble and "\ufffd" in used:
        trouble = Message(
            "holds characters that were lost, or are in another encoding than the rest; type them again."
        )
    if not trouble and (control := _CONTROL.search(used)):
        trouble = Message("holds the control character U+{code:04X}; delete it.", code=ord(control[0]))
    if trouble:
        row["trouble"] = trouble
        row["file"] = row["file"][:200]
    return row


def add_rows(path: Path, rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> None:
    """Add rows to a table behind those that are there; make the table, in UTF-8 with its mark, where there is none.

    What a row has no column for is left out, other columns stay empty.

    Raises
    ------
    FlamsidError
        When the table cannot be read, its last quotation mark is open, or its encoding lacks a letter; nothing has been
        written then.
    """
    if path.exists():
        raw = _grown(read_table(path, (row["file"] for row in rows)), rows)
    else:
        text = _as_text(rows, columns, ",", "\r\n", header=columns)
        raw = text.encode("utf-8-sig")
    with atomic_path(path, durable=True) as temporary:
        temporary.write_bytes(raw)
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)


def _grown(table: Table, rows: Sequence[Mapping[str, str]]) -> bytes:
    if table.open_quote_row:
        raise FlamsidError(
            '{path}: row {row} opens a quotation mark (") that is never closed: no row can be added; close it first.',
            path=table.path, row=table.open_quote_row,
        )  # fmt: skip
    if "singer" not in table.columns and any(
        tidy(row.get("singer")) != PurePosixPath(row["file"]).parts[0] for row in rows
    ):
        raise FlamsidError(
            "{path}: has no column 'singer', so the singer cannot be noted; add the column.", path=table.path
        )
    text = _as_text(rows, table.columns, table.delimiter, table.newline)
    end = table.newline.encode(table.encoding)
    before = table.raw if table.raw.endswith(end) else table.raw + end
    try:
        grown = before + text.encode(table.encoding)
    except UnicodeEncodeError as error:
        raise FlamsidError(
            "{path}: is saved in an encoding ({encoding}) that lacks the letter '{letter}'; save it as CSV UTF-8.",
            path=table.path, encoding=table.encoding, letter=text[error.start],
        ) from error  # fmt: skip
    return _checked(table, grown, rows)


def _checked(table: Table, grown: bytes, rows: Sequence[Mapping[str, str]]) -> bytes:
    """Return the grown table if it reads as the rows that were there and the new ones; damage can defeat the reader."""
    read = _parsed(table.path, grown, [row["file"] for row in rows]).rows
    new = [row["file"] for row in read[len(table.rows) :] if "trouble" not in row]
    if read[: len(table.rows)] != table.rows or new != [tidy(row["file"]) for row in rows]:
        raise FlamsidError(
            "{path}: is damaged, so that no row can be added behind the others; save it again as CSV UTF-8.",
            path=table.path,
        )
    return grown


def _as_text(
    rows: Sequence[Mapping[str, str]],
    columns: Sequence[str],
    delimiter: str,
    newline: str,
    header: Sequence[str] | None = None,
) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=newline)
    if header is not None:
        writer.writerow(header)
    writer.writerows([spreadsheet_cell(row.get(name, "")) for name in columns] for row in rows)
    return stream.getvalue()
