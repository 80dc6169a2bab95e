"""Text files as other programs leave them: in which encoding, with which separator."""

from __future__ import annotations

import csv

from flamsid_core.corpus import encodings


def decode_text(content: bytes) -> str:
    """Return the text of a file whatever program wrote it: UTF-8, UTF-16, Windows or old Macintosh.

    Single zero bytes, which some published tables hold, are left out.

    Examples
    --------
    >>> decode_text("Tomás Pavón".encode("utf-16"))
    'Tomás Pavón'
    >>> decode_text("Tomás Pavón".encode("mac_roman"))
    'Tomás Pavón'
    """
    return encodings.decode_text(content)[0].replace("\0", "")


def rows_of(text: str) -> list[list[str]]:
    """Split a table into cells, whatever separates them: tab, semicolon, comma or blanks.

    Lines that begin with "#" and empty lines are left out. With a semicolon or a tab between the cells a comma may
    be the decimal mark.

    Examples
    --------
    >>> rows_of("0,5;1,0;olé, olé")
    [['0,5', '1,0', 'olé, olé']]
    >>> rows_of("0.5 1.0")
    [['0.5', '1.0']]
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        return []
    separator = next((mark for mark in "\t;," if mark in lines[0]), None)
    if separator is None:
        return [line.split(None, 2) for line in lines]
    return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]


def number(cell: str) -> float | None:
    """Return a cell as a finite number, with a point or a comma as decimal mark; None where it is none.

    Examples
    --------
    >>> number("1,25"), number("x"), number("nan")
    (1.25, None, None)
    """
    try:
        value = float(cell.replace(",", ".") if "." not in cell else cell)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
