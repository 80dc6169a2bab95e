"""Closed sequential patterns: one entry to the miners for contiguous, bounded-gap and unbounded patterns."""

from collections.abc import Hashable, Iterable

from flamsid_core.errors import FlamsidError
from flamsid_core.motifs.contiguous import mine_contiguous
from flamsid_core.motifs.gapped import mine_gapped
from flamsid_core.motifs.patterns import Patterns, encode

_UNLIMITED = 2**31 - 1


def mine_closed(
    sequences: Iterable[Iterable[Hashable]],
    *,
    min_support: int,
    max_gap: int | None = 0,
    min_length: int = 1,
    max_length: int | None = None,
    max_patterns: int = 1_000_000,
    max_work: int = 5_000_000_000,
) -> Patterns:
    """Find all closed sequential patterns.

    A pattern occurs in a sequence where its items follow each other in order with at most `max_gap` other
    items between neighbours. Its support is the number of *sequences* in which it occurs.

    Closed means

    - for unbounded gaps (``max_gap=None``; Wang & Han 2004): no super-sequence has the same support;
    - for bounded gaps (Li & Wang 2008): no item added *before or after* the pattern, under the same gaps,
      leaves the support unchanged. (An item added inside could bring neighbours nearer than they were, so
      it is not asked for.) For ``max_gap=0`` these are the contiguous patterns that cannot be prolonged.

    Closedness is judged among patterns of all lengths; `min_length` and `max_length` only choose which of
    the closed patterns are returned. So a pattern of `max_length` items that a longer one makes not closed is
    not returned, though the longer one is not either.

    Parameters
    ----------
    sequences : iterable of iterables of hashables
        Empty ones count as sequences, and contain nothing.
    min_support : int
        Fewest sequences, at least 1.
    max_gap : int or None
        Most items between neighbours; None for any number.
    min_length, max_length : int, int or None
        Fewest and most items of the patterns returned.
    max_patterns : int
        More closed patterns than this are an error instead of a run without end.
    max_work : int
        So is looking at more items than this in the search for patterns with gaps (10⁹ take 5 to 10 s).

    Returns
    -------
    Patterns
        A sequence of `Pattern` (items, support, occurrences), in an order that depends on the input only.

    Raises
    ------
    FlamsidError
        A parameter is out of range, or the search ends at `max_patterns` or `max_work`.

    References
    ----------
    J. Wang and J. Han, "BIDE: efficient mining of frequent closed sequences", ICDE 2004.
    C. Li and J. Wang, "Efficiently mining closed subsequences with gap constraints", SDM 2008.

    Examples
    --------
    >>> found = mine_closed(["abcab", "xabc"], min_support=2)
    >>> [("".join(p.items), p.support, list(p.occurrences)) for p in found]
    [('abc', 2, [(0, (0, 1, 2)), (1, (1, 2, 3))])]
    """
    for name, value, least in (
        ("min_support", min_support, 1),
        ("max_gap", 0 if max_gap is None else max_gap, 0),
        ("min_length", min_length, 1),
        ("max_length", _UNLIMITED if max_length is None else max_length, min_length),
        ("max_patterns", max_patterns, 1),
    ):
        if value < least:
            raise FlamsidError(
                "{name} is {value}; it must be at least {least}.", name=name, value=value, least=least
            )
    encoded = encode(sequences)
    longest = _UNLIMITED if max_length is None else max_length
    if max_gap != 0:
        return mine_gapped(encoded, max_gap, min_support, min_length, longest, max_patterns, max_work)
    found = mine_contiguous(encoded, min_support, min_length, longest)
    if len(found) > max_patterns:
        raise FlamsidError(
            "Mining contiguous patterns with min_support={min_support} and min_length={min_length} found "
            "{n_found} closed patterns, more than max_patterns={max_patterns}: use a higher min_support "
            "or min_length, or raise max_patterns.",
            min_support=min_support,
            min_length=min_length,
            n_found=len(found),
            max_patterns=max_patterns,
        )
    return found
