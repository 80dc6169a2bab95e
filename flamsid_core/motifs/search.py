"""Motifs by typed steps."""

import re

import pandas as pd

from flamsid_core.errors import FlamsidError

_ANY_STEP = r" [+-]\d+"
_STEP = re.compile(r"[+\-−–]?0*([1-9]\d*)")


def search_pattern(motifs: pd.DataFrame, query: str) -> pd.DataFrame:
    """Return the motifs that contain the steps typed.

    Parameters
    ----------
    motifs : DataFrame
        With a column `pattern` ("+1 -2 +1").
    query : str
        Steps with spaces or commas between: "+2" or "2" two levels up, "-1" one down, "?" any one step, "*"
        any number of steps, also none. They may stand anywhere within a motif. Empty: all motifs.

    Returns
    -------
    DataFrame
        The rows that fit, in their order.

    Raises
    ------
    FlamsidError
        Something in the query is not a step.

    Examples
    --------
    >>> table = pd.DataFrame({"pattern": ["+1 +1 -2", "+1 -1 +1", "-2 +11"]})
    >>> search_pattern(table, "+1 * -2")["pattern"].tolist()
    ['+1 +1 -2']
    """
    wanted = re.compile("".join(_expression(token) for token in query.replace(",", " ").split()) + r"(?= |$)")
    return motifs[[wanted.search(" " + pattern) is not None for pattern in motifs["pattern"]]]


def _expression(token: str) -> str:
    if token == "?":
        return _ANY_STEP
    if token == "*":
        return f"(?:{_ANY_STEP})*?"
    step = _STEP.fullmatch(token)
    if step is None:
        raise FlamsidError(
            "{token!r} is not a step: type steps such as +1 or -2 with spaces between, ? for any one step, "
            '* for any number of steps, as in "+1 * -2".',
            token=token,
        )
    return rf" {'-' if token[0] in '-−–' else '[+]'}{step[1]}(?= |$)"
