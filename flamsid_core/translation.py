"""Messages and numbers in the languages there are: gettext catalogues, and Babel for numbers, dates and spans of time.

A language is one file, ``locale/<language>/LC_MESSAGES/flamsid.po``; English needs none. The catalogues are read as
they are: nothing has to be compiled, in a checkout as in an installed package.
"""

from __future__ import annotations

import gettext
import io
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from flamsid_core.messages import Message, filled

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "flamsid"


@cache
def languages() -> dict[str, str]:
    """Return the languages there are: code → its own name for itself.

    >>> languages()["es"]
    'Español'
    """
    codes = ["en", *sorted(path.parents[1].name for path in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))]
    return {code: _locale(code).get_display_name().capitalize() for code in codes}


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the catalogue of a language; that of English, and of an unknown one, gives every text back."""
    path = LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.is_file():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(message: str, language: str, **values: Any) -> str:
    """Return a message in a language, its numbers written as there.

    Parameters
    ----------
    message
        A `Message`, or a template for `values`. A text that the catalogue does not have stays in English.
    language
        Code of the language, such as 'es'.
    **values
        What fills the template, where `message` is not filled yet.

    Examples
    --------
    >>> translate("{done} of {total} recordings", "es", done=3, total=45)
    '3 de 45 grabaciones'
    """
    made = Message(message, **values) if values else message
    if not isinstance(made, Message):
        return catalogue(language).gettext(message) if message else message
    template = catalogue(language).gettext(made.template) if made.template else ""
    return _filled(template, made.values, language)


def translate_in(context: str, template: str, language: str, **values: Any) -> str:
    """Return a text that has another translation in another place; `context` says which is meant."""
    return _filled(catalogue(language).pgettext(context, template), values, language)


def translate_count(one: str, many: str, n: int, language: str, **values: Any) -> str:
    """Return the form of a text for `n` things.

    >>> translate_count("in {n} recording", "in {n} recordings", 1, "es")
    'en 1 grabación'
    """
    return _filled(catalogue(language).ngettext(one, many, n), {"n": n, **values}, language)


def localized(number: str, language: str) -> str:
    """Return a number that Python has written (1,234.5) as a language writes it (1.234,5)."""
    point, group = number_marks(language)
    return number.translate({ord("."): point, ord(","): group})


def percent(share: float, language: str, digits: int = 1) -> str:
    """Return a share (0 to 1) in percent.

    >>> percent(0.98765, "es"), percent(0.98765, "en")
    ('98,8 %', '98.8 %')
    """
    return localized(f"{100 * share:.{digits}f}", language) + " %"


def date(when: datetime, language: str) -> str:
    """Return a date with its time of day, as short as is clear.

    >>> date(datetime(2024, 3, 9, 17, 5), "es")
    '9 mar 2024, 17:05'
    """
    from babel.dates import format_datetime

    return str(format_datetime(when, "d MMM y, HH:mm", locale=_locale(language)))


@cache
def _locale(language: str) -> Any:
    from babel import Locale

    return Locale.parse(language)


@cache
def number_marks(language: str) -> tuple[str, str]:
    """Return a language's decimal point and the mark between its thousands."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return get_decimal_symbol(_locale(language)), get_group_symbol(_locale(language))


def _filled(template: str, values: dict[str, Any], language: str) -> str:
    if not values:
        return template
    texts = {name: _value(value, language) for name, value in values.items()}
    return filled(template, texts, lambda number: localized(number, language))


def _value(value: Any, language: str) -> Any:
    return translate(value, language) if isinstance(value, Message) else value
