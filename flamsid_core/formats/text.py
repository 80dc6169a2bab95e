"""Text files as other programs leave them: in which encoding, with which separator."""

from __future__ import annotations

import codecs
import csv

from flamsid_core.errors import FlamsidError

_SPANISH = set("áéíóúüñÁÉÍÓÚÜÑ¿¡ºª")
_UTF16_SHARE = 0.2  # of zero bytes: English or Spanish in UTF-16 has nearly a half


def decode_text(content: bytes, name: str = "") -> str:
    """Return the text of a file whatever program wrote it: UTF-8, UTF-16, Windows or old Macintosh.

    Of the two one-byte encodings the one that gives more letters of Spanish is taken. Single zero bytes, which some
    published tables hold, are left out.

    Parameters
    ----------
    content
        The file's bytes.
    name
        What to call the file in an error.

    Raises
    ------
    FlamsidError
        When the file is no text.

    Examples
    --------
    >>> decode_text("Tomás Pavón".encode("utf-16"))
    'Tomás Pavón'
    >>> decode_text("Tomás Pavón".encode("mac_roman"))
    'Tomás Pavón'
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding, name)
    zeros = content.count(b"\0")
    if zeros > _UTF16_SHARE * len(content):
        # ASCII letters have their zero byte second when the low byte comes first.
        return _strictly(content, "utf-16-le" if content[1::2].count(0) * 2 > zeros else "utf-16-be", name)
    content = content.replace(b"\0", b"")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        texts = [content.decode(encoding, errors="replace") for encoding in ("cp1252", "mac_roman")]
        return max(texts, key=lambda text: sum(letter in _SPANISH for letter in text))


def _strictly(content: bytes, encoding: str, name: str) -> str:
    try:
        return content.decode(encoding).replace("\0", "")
    except UnicodeDecodeError as error:
        raise FlamsidError(
            "{name}: cannot be read as text; it seems to be damaged or of another kind.",
            name=name or "the file",
        ) from error


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
