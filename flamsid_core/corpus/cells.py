"""The cells of tables: tidied when they are read, and written so that a spreadsheet shows them as text."""

import re
import unicodedata

import pandas as pd

# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\u200b-\u200f\u2060\ufeff]")


def tidy(text: str | None) -> str:
    """Return a cell without what nobody sees: blanks around it, doubled blanks, two forms of one accent.

    An apostrophe that was put before a formula sign (`spreadsheet_cell`) goes too.

    Examples
    --------
    >>> tidy("  Tomás  Pavón "), tidy("'+1 -2")
    ('Tomás Pavón', '+1 -2')
    """
    plain = " ".join(_UNSEEN.sub("", unicodedata.normalize("NFC", text or "")).split())
    return plain_cell(plain)


def plain_cell(text: str) -> str:
    """Return a cell without the apostrophe that `spreadsheet_cell` put before it."""
    return text[1:] if text.startswith("'") and text[1:2] in FORMULA_SIGNS else text


def spreadsheet_csv(table: pd.DataFrame) -> bytes:
    r"""Return a table as CSV for spreadsheets: UTF-8 with its mark, and no text that they would take for a formula.

    Examples
    --------
    >>> spreadsheet_csv(pd.DataFrame({"pattern": ["+1 -1"], "step": [-1]})).decode("utf-8-sig")
    "pattern,step\n'+1 -1,-1\n"
    """
    safe = table.rename(columns=lambda name: spreadsheet_cell(str(name)))
    for name in safe.select_dtypes(exclude=["number", "bool", "datetime"]).columns:
        safe[name] = [spreadsheet_cell(cell) if isinstance(cell, str) else cell for cell in safe[name]]
    return safe.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def spreadsheet_cell(text: str) -> str:
    """Return a cell that a spreadsheet shows as text: what looks like a formula gets an apostrophe before it.

    Examples
    --------
    >>> spreadsheet_cell("+1 -1"), spreadsheet_cell("debla")
    ("'+1 -1", 'debla')
    """
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
