"""The one exception a user of flamsid meets."""

from __future__ import annotations

from typing import Any


class FlamsidError(ValueError):
    """Something the user can mend.

    The message is one sentence or two: what is wrong, where (file, row, time), and what to do about it. It keeps the
    template and the values it was made from, so that it can be stored, sent and told in another language.

    Parameters
    ----------
    template
        The sentence in English, with the placeholders of `str.format`.
    **values
        What fills them. With no values the template is the message, braces and all.

    Examples
    --------
    >>> error = FlamsidError("{name!r} is not a valid name; use letters.", name="a/b")
    >>> str(error)
    "'a/b' is not a valid name; use letters."
    >>> error.template
    '{name!r} is not a valid name; use letters.'
    """

    def __init__(self, template: str, **values: Any) -> None:
        super().__init__(template.format(**values) if values else template)
        self.template = template
        self.values = values

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process borders: without this only the finished sentence would.
        return _again, (type(self), self.template, self.values)


def _again(kind: type[FlamsidError], template: str, values: dict[str, Any]) -> FlamsidError:
    return kind(template, **values)
