"""Sentences that keep what they were made from, so that they can be stored, sent and translated.

The core speaks English. A sentence that a person may see in another language is a `Message`: the text in English,
and with it the template and the values that fill it. Translation is then a look-up of the template. On disk a
message is ``{"template": …, "values": {…}}``; values that are messages themselves are stored, and translated, in
the same way.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_SPEC = re.compile(r"[+]?0?[0-9]{0,2},?(\.[0-9]{1,2})?[a-zA-Z%]?")
_PLAIN = (str, bool, int, float, type(None))


class Message(str):
    """A sentence in English that knows its template and its values; everywhere else it is a plain string.

    Parameters
    ----------
    template
        The sentence, with named placeholders of `str.format`. Without values it is the sentence, braces and all.
        A `Message` given here is taken over with its values.
    **values
        What fills the placeholders. Numbers, strings, lists and messages are kept; anything else becomes a string.

    Examples
    --------
    >>> said = Message("read {done} of {total} files", done=2, total=9)
    >>> said
    'read 2 of 9 files'
    >>> said.template, said.values
    ('read {done} of {total} files', {'done': 2, 'total': 9})
    """

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, **values: Any) -> Message:  # noqa: D102 - the class says it
        if isinstance(template, Message) and not values:
            return template
        kept = {name: _kept(value) for name, value in values.items()}
        message = super().__new__(cls, filled(template, kept) if kept else template)
        message.template = str(template)
        message.values = kept
        return message

    def __reduce__(self) -> tuple[Any, ...]:
        return _make, (self.template, self.values)


def _make(template: str, values: dict[str, Any]) -> Message:
    return Message(template, **values)


def N_(text: str) -> str:
    """Mark a text for the catalogues where it stands, to be translated where it is shown."""
    return text


def filled(template: str, values: Mapping[str, Any], number: Callable[[str], str] = str) -> str:
    """Fill a template, and let `number` write every formatted number in the way of a language.

    Only plain names are looked up, never attributes or items: a template may come from a file of someone else.
    """
    out = []
    for text, name, spec, conversion in string.Formatter().parse(template):
        out.append(text)
        if name is None:
            continue
        value = values[name]
        if conversion == "r":
            out.append(repr(str(value) if isinstance(value, str) else value))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            if not _SPEC.fullmatch(spec or ""):
                raise ValueError(f"{spec!r} is not a format of a number")
            out.append(number(format(value, spec or "")))
        else:
            out.append(str(value))
    return "".join(out)


def packed(value: Any) -> Any:
    """Return `value` as it is written to JSON: messages as objects, everything else unchanged.

    >>> packed({"reason": Message("row {row} is empty", row=3)})
    {'reason': {'template': 'row {row} is empty', 'values': {'row': 3}}}
    """
    if isinstance(value, Message):
        return {"template": value.template, "values": packed(value.values)}
    if isinstance(value, Mapping):
        return {key: packed(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [packed(one) for one in value]
    return value


def unpacked(value: Any) -> Any:
    """Return what was read from JSON, its messages made again; the inverse of `packed`.

    >>> unpacked(["plain", {"template": "row {row} is empty", "values": {"row": 3}}])
    ['plain', 'row 3 is empty']
    """
    if isinstance(value, Mapping):
        if value.keys() == {"template", "values"} and isinstance(value["template"], str):
            try:
                return Message(value["template"], **unpacked(value["values"]))
            except (KeyError, ValueError, TypeError):
                return value["template"]  # damaged, or not written by us: shown as it stands
        return {key: unpacked(one) for key, one in value.items()}
    if isinstance(value, list):
        return [unpacked(one) for one in value]
    return value


def join_messages(messages: Sequence[str], separator: str = " ") -> Message:
    """Return several messages as one.

    >>> join_messages([Message("One."), Message("Two.")])
    'One. Two.'
    """
    so_far = Message(messages[0])
    for message in messages[1:]:
        so_far = Message(
            "{first}{separator}{second}", first=so_far, separator=Message(separator), second=message
        )
    return so_far


def renamed(message: str, old: str, new: str) -> Message:
    """Return a message with `old` in its values (a path of a temporary file, say) replaced by `new`."""
    made = Message(message)
    values = {
        name: renamed(value, old, new)
        if isinstance(value, Message)
        else value.replace(old, new)
        if isinstance(value, str)
        else value
        for name, value in made.values.items()
    }
    return Message(made.template, **values)


def _kept(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | tuple):
        return (
            [_kept(one) for one in value] if isinstance(value, list) else tuple(_kept(one) for one in value)
        )
    if isinstance(value, dict):
        return {str(key): _kept(one) for key, one in value.items()}
    if isinstance(getattr(value, "message", None), Message):  # an error of ours inside another sentence
        return value.message
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a number of NumPy
        return value.item()
    return str(value)
