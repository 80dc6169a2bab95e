"""The one exception a user of flamsid meets."""


class FlamsidError(ValueError):
    """Something the user can mend.

    The message is one sentence or two: what is wrong, where (file, row, time), and what to do about it.
    """
