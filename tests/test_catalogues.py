"""Every text is there in every language, none is there for nothing, and placeholders agree."""

import ast

import catalogues
import pytest

from flamsid_core import translation


@pytest.mark.parametrize("path", catalogues.files(), ids=lambda path: path.parents[1].name)
def test_the_catalogue_is_complete(path):
    wrong = catalogues.troubles(path)
    assert not wrong, "run 'make messages' and translate:\n" + "\n".join(wrong)


def test_all_kinds_of_marks_are_collected():
    source = (
        '_("one"); f"{_(\'two {n}\', n=1)}"; Message("three" if x else "four"); FlamsidError("fi" "ve", x=1)\n'
        'ngettext("{n} six", "{n} sixes", n); pgettext("where", "seven"); N_("eight"); _(name); _("{a}: {b}", a=1, b=2)'
    )
    found = {(text, plural, context) for _, text, plural, context in catalogues.texts(ast.parse(source))}
    plain = {(text, None, None) for text in ("one", "two {n}", "three", "four", "five", "eight")}
    assert found == plain | {("{n} six", "{n} sixes", None), ("seven", None, "where")}


def test_spanish_is_spanish():
    assert translation.translate("Recording", "es") == "Grabación"
    assert translation.translate("{path}: is empty (0 bytes); copy the file again.", "es", path="a.wav") == (
        "a.wav: está vacío (0 bytes); vuelva a copiar el archivo."
    )
