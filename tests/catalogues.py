"""Collect the texts of the sources into the catalogues: `make messages`. `--check` says what is missing instead.

What is collected: the text given to `_`, `N_`, `Message`, `FlamsidError` and `Registry`, the two of `ngettext`,
and the second of `pgettext` (the first is its context).
"""

from __future__ import annotations

import ast
import re
import string
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "flamsid_core" / "locale"
MARKS = {"_": 0, "N_": 0, "Message": 0, "FlamsidError": 0, "Registry": 0, "ngettext": 0, "pgettext": 1}
HEADER = """# {language} texts of flamsid.
# The English sentence is the key. `make messages` collects new ones and drops those that are gone."""


def texts(tree: ast.AST) -> Iterator[tuple[int, str, str | None, str | None]]:
    """Yield line, text, its plural and its context for every text that is marked in a module."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", None))
        if name not in MARKS or len(node.args) <= MARKS[name]:
            continue
        plural = (
            str(node.args[1].value) if name == "ngettext" and isinstance(node.args[1], ast.Constant) else None
        )
        context = (
            node.args[0].value if name == "pgettext" and isinstance(node.args[0], ast.Constant) else None
        )
        for text in _constants(node.args[MARKS[name]]):
            if re.search(r"[^\W\d_]", re.sub(r"{[^}]*}", "", text)):  # has words of its own
                yield node.lineno, text, plural, context


def _constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def collected() -> Catalog:
    """Return all texts of the sources."""
    catalogue = Catalog(project="flamsid", charset="utf-8")
    for file in sorted([*(ROOT / "flamsid_core").rglob("*.py"), *(ROOT / "pages").glob("*.py")]):
        for _, text, plural, context in texts(ast.parse(file.read_text(encoding="utf-8"))):
            key = (text, plural) if plural else text
            catalogue.add(key, locations=[(file.relative_to(ROOT).as_posix(), 0)], context=context)
    return catalogue


def placeholders(text: str) -> list[str]:
    """Return the placeholders of a text, with how they are formatted, in alphabetical order."""
    found = string.Formatter().parse(text)
    return sorted(f"{name}!{conversion}:{spec}" for _, name, spec, conversion in found if name is not None)


def files() -> list[Path]:
    """Return the catalogues there are."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/flamsid.po"))


def load(path: Path) -> Catalog:
    """Read a catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name)


def save(catalogue: Catalog, path: Path) -> None:
    """Write a catalogue: no dates and no line numbers in it, so that it changes only where a text does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for message in catalogue:
        message.flags.clear()
    catalogue.fuzzy = False
    catalogue.header_comment = HEADER.format(language=catalogue.locale.english_name)
    with path.open("wb") as file:
        write_po(file, catalogue, width=110, sort_output=True, ignore_obsolete=True, no_location=True)
    kept = [
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if not re.match(
            r'"(POT-Creation-Date|PO-Revision-Date|Generated-By|Report-Msgid|Last-Translator)', line
        )
    ]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")


def update(path: Path) -> None:
    """Bring a catalogue up to date: new texts untranslated, those that are gone dropped."""
    catalogue = load(path) if path.is_file() else Catalog(locale=path.parents[1].name, charset="utf-8")
    catalogue.update(collected(), no_fuzzy_matching=True)
    save(catalogue, path)


def troubles(path: Path) -> list[str]:
    """Return what is wrong with a catalogue, a line each."""
    catalogue, wanted = load(path), collected()
    found = []
    for message in wanted:
        here = catalogue.get(message.id, context=message.context) if message.id else None
        if message.id and (here is None or not here.string or (here.pluralizable and not all(here.string))):
            found.append(f"untranslated: {message.id!r} ({message.locations[0][0]})")
    for message in catalogue:
        if not message.id:
            continue
        if wanted.get(message.id, context=message.context) is None:
            found.append(f"no longer used: {message.id!r}")
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        for translation in message.string if isinstance(message.string, tuple) else (message.string,):
            if translation and placeholders(translation) != placeholders(originals[-1]):
                found.append(f"other placeholders: {originals[-1]!r} → {translation!r}")
    return found


def main() -> int:
    """Update the catalogues named by their language, all of them when none is; or check them."""
    named = [
        LOCALE / code / "LC_MESSAGES" / "flamsid.po" for code in sys.argv[1:] if code != "--check"
    ] or files()
    if "--check" not in sys.argv:
        for path in named:
            update(path)
    bad = 0
    for path in named:
        wrong = troubles(path)
        bad += len(wrong)
        print(
            "\n".join(f"{path.parents[1].name}: {line}" for line in wrong)
            or f"{path.parents[1].name}: complete"
        )
    return 1 if bad and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
