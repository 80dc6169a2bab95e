"""What mining returns: patterns kept in arrays, each made into an object only when it is looked at."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, overload

import numpy as np

from flamsid_core.motifs.arrays import Ints

Occurrence = tuple[int, tuple[int, ...]]


@dataclass(frozen=True)
class Encoded:
    """Sequences of hashables as one integer array.

    Attributes
    ----------
    codes : int32 array
        All sequences one after the other, each item replaced by its number in order of first appearance.
    offsets : int64 array, shape (sequences + 1,)
        Sequence `s` is ``codes[offsets[s]:offsets[s + 1]]``.
    alphabet : list
        The item behind each number.
    """

    codes: Ints
    offsets: Ints
    alphabet: list[Hashable]

    def sequence_of(self, positions: Ints) -> Ints:
        """Return the index of the sequence that holds each position of `codes`."""
        return np.searchsorted(self.offsets, positions, side="right") - 1


def encode(sequences: Iterable[Iterable[Hashable]]) -> Encoded:
    """Replace items by numbers, given in the order in which the items first appear."""
    listed = [s if isinstance(s, (list, tuple, str)) else list(s) for s in sequences]
    offsets = np.zeros(len(listed) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, listed), np.int64, len(listed)), out=offsets[1:])
    number = {item: code for code, item in enumerate(dict.fromkeys(chain.from_iterable(listed)))}
    flat = map(number.__getitem__, chain.from_iterable(listed))
    codes = np.fromiter(flat, np.int32, int(offsets[-1]))
    return Encoded(codes, offsets, list(number))


@dataclass(frozen=True)
class Pattern:
    """One closed pattern.

    Attributes
    ----------
    items : tuple
        The pattern itself.
    support : int
        Number of sequences that contain it (not of occurrences).
    occurrences : Sequence of (sequence index, positions)
        *All* occurrences, ordered by sequence and then by positions; `positions` has one entry per item.
        Listed lazily: with wide gaps their number grows exponentially with the length of the pattern, so
        ``len(occurrences)`` counts without listing, iteration makes them one by one.
    """

    items: tuple[Hashable, ...]
    support: int
    occurrences: Sequence[Occurrence]


class Occurrences(Sequence[Occurrence]):
    """All occurrences of one pattern, enumerated on demand with no dead ends.

    ``len()`` cannot be more than `sys.maxsize`, and says that where there are more; `total` is exact.

    Parameters
    ----------
    encoded : Encoded
    pattern : int array
        Item numbers.
    sequences : int array
        The sequences that contain the pattern, ascending.
    max_gap : int or None
        Most items allowed between consecutive positions; None for any number.
    """

    def __init__(self, encoded: Encoded, pattern: Ints, sequences: Ints, max_gap: int | None) -> None:
        self._encoded, self._pattern, self._sequences, self._max_gap = encoded, pattern, sequences, max_gap

    def __iter__(self) -> Iterator[Occurrence]:
        for s in self._sequences.tolist():
            levels = self._continuable(s)
            for positions in self._from(levels, 0, -1):
                yield s, positions

    def __len__(self) -> int:
        return min(self.total(), sys.maxsize)

    @overload
    def __getitem__(self, index: int) -> Occurrence: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Occurrence]: ...
    def __getitem__(self, index: int | slice) -> Occurrence | Sequence[Occurrence]:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            return list(islice(self, start, stop, step)) if step > 0 else list(self)[index]
        wanted = index if index >= 0 else index + len(self)
        for occurrence in islice(self, wanted, None) if wanted >= 0 else ():
            return occurrence
        raise IndexError(index)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Sequence)
            and len(self) == len(other)
            and all(a == b for a, b in zip(self, other, strict=True))
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self.total()} occurrences in {self._sequences.size} sequences>"

    def total(self) -> int:
        """Count all occurrences without listing them (dynamic programme, exact for any size)."""
        total = 0
        for s in self._sequences.tolist():
            levels = self._continuable(s)
            ways = dict.fromkeys(levels[-1], 1)
            for level in reversed(levels[:-1]):
                ways = {p: sum(n for q, n in ways.items() if self._may_follow(p, q)) for p in level}
            total += sum(ways.values())
        return total

    def _may_follow(self, p: int, q: int) -> bool:
        return p < q and (self._max_gap is None or q - p - 1 <= self._max_gap)

    def _continuable(self, s: int) -> list[list[int]]:
        """Return, for each item of the pattern, the positions from which the rest of it can be completed."""
        lo, hi = self._encoded.offsets[s], self._encoded.offsets[s + 1]
        codes = self._encoded.codes[lo:hi]
        levels: list[list[int]] = []
        for code in self._pattern[::-1]:
            here = np.flatnonzero(codes == code).tolist()
            if levels:
                here = [p for p in here if any(self._may_follow(p, q) for q in levels[-1])]
            levels.append(here)
        return levels[::-1]

    def _from(self, levels: list[list[int]], depth: int, last: int) -> Iterator[tuple[int, ...]]:
        if depth == len(levels):
            yield ()
            return
        for p in levels[depth]:
            if depth == 0 or self._may_follow(last, p):
                for rest in self._from(levels, depth + 1, p):
                    yield (p, *rest)


@dataclass(frozen=True, eq=False)
class Patterns(Sequence[Pattern]):
    """Mined patterns: a sequence of `Pattern`, held in arrays.

    Attributes
    ----------
    lengths, supports : int array, shape (patterns,)
        Items in each pattern and sequences that contain it.
    item_starts : int array, shape (patterns,)
        Pattern `i` has the item numbers ``item_pool[item_starts[i]:item_starts[i] + lengths[i]]``.
    span_starts, span_ends : int array, shape (patterns,)
        Pattern `i` has the spans ``span_starts[i]`` … ``span_ends[i] − 1`` of `first_pool` and `last_pool`.
    first_pool, last_pool : int array
        First and last position, in the concatenated sequences, of the shortest spans (see `spans`).
        `last_pool` is None for contiguous patterns, where the length says it.
    """

    encoded: Encoded
    max_gap: int | None
    lengths: Ints
    supports: Ints
    item_pool: Ints
    item_starts: Ints
    first_pool: Ints
    last_pool: Ints | None
    span_starts: Ints
    span_ends: Ints

    def __len__(self) -> int:
        return int(self.lengths.size)

    @overload
    def __getitem__(self, index: int) -> Pattern: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Pattern]: ...
    def __getitem__(self, index: int | slice) -> Pattern | Sequence[Pattern]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return Pattern(self.items(index), int(self.supports[index]), self.occurrences(index))

    def codes(self, index: int) -> Ints:
        """Return the item numbers of one pattern."""
        start = self.item_starts[index]
        return self.item_pool[start : start + self.lengths[index]]

    def items(self, index: int) -> tuple[Hashable, ...]:
        """Return the items of one pattern."""
        return tuple([self.encoded.alphabet[c] for c in self.codes(index).tolist()])

    def occurrences(self, index: int) -> Sequence[Occurrence]:
        """Return all occurrences of one pattern, listed lazily."""
        firsts = self.first_pool[self.span_starts[index] : self.span_ends[index]]
        if self.max_gap == 0:
            return _ContiguousOccurrences(self.encoded, firsts, int(self.lengths[index]))
        sequences = np.unique(self.encoded.sequence_of(firsts))
        return Occurrences(self.encoded, self.codes(index), sequences, self.max_gap)

    def spans(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Return where all patterns sound, as arrays.

        A span is the stretch from the first to the last position of an occurrence that contains no other
        occurrence of the same pattern. For contiguous patterns every occurrence is one.

        Returns
        -------
        pattern, sequence, first, last : int arrays, shape (spans,)
            Index of the pattern and of the sequence, and first and last position *in that sequence*, both
            counted in; ordered by pattern, sequence and position.
        """
        counts = self.span_ends - self.span_starts
        pattern = np.repeat(np.arange(len(self)), counts)
        into = np.arange(pattern.size) - np.repeat(np.cumsum(counts) - counts, counts)
        into += np.repeat(self.span_starts, counts)
        first = self.first_pool[into].astype(np.int64)
        last = first + self.lengths[pattern] - 1 if self.last_pool is None else self.last_pool[into]
        order = np.lexsort((first, pattern))
        pattern, first, last = pattern[order], first[order], last[order]
        sequence = self.encoded.sequence_of(first)
        return (
            pattern,
            sequence,
            first - self.encoded.offsets[sequence],
            last - self.encoded.offsets[sequence],
        )


class _ContiguousOccurrences(Sequence[Occurrence]):
    """All occurrences of one contiguous pattern, from where they start."""

    def __init__(self, encoded: Encoded, firsts: Ints, length: int) -> None:
        self._encoded, self._firsts, self._length = encoded, firsts, length

    def __len__(self) -> int:
        return int(self._firsts.size)

    @property
    def _listed(self) -> list[Occurrence]:
        firsts = np.sort(self._firsts).astype(np.int64)
        sequences = self._encoded.sequence_of(firsts)
        inside = firsts - self._encoded.offsets[sequences]
        return [
            (s, tuple(range(p, p + self._length)))
            for s, p in zip(sequences.tolist(), inside.tolist(), strict=True)
        ]

    @overload
    def __getitem__(self, index: int) -> Occurrence: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Occurrence]: ...
    def __getitem__(self, index: Any) -> Any:
        return self._listed[index]

    def __iter__(self) -> Iterator[Occurrence]:
        return iter(self._listed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._listed == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._listed)
