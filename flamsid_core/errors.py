"""The one exception a user of flamsid meets."""

from __future__ import annotations

from typing import Any

from flamsid_core.messages import Message


class FlamsidError(ValueError):
    """Something the user can mend.

    The message is one sentence or two: what is wrong, where (file, row, time), and what to do about it. It keeps the
    template and the values it was made from, so that it can be stored, sent and translated.

    Parameters
    ----------
    template
        The sentence in English, with the placeholders of `str.format`; or a `Message`.
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
        self.message = Message(template, **values)
        super().__init__(str(self.message))

    @property
    def template(self) -> str:
        """The sentence before it was filled."""
        return self.message.template

    @property
    def values(self) -> dict[str, Any]:
        """What filled it."""
        return self.message.values

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process borders: without this only the finished sentence would.
        return type(self), (self.message,)
