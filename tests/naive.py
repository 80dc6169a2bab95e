"""Obvious, slow twins of the miners: list everything, then compare everything."""

from itertools import combinations, pairwise


def occurrences(sequences, max_gap):
    """Map every pattern to all its occurrences (sequence index, positions)."""
    found = {}
    for s, sequence in enumerate(sequences):
        for n in range(1, len(sequence) + 1):
            for positions in combinations(range(len(sequence)), n):
                gaps = [q - p - 1 for p, q in pairwise(positions)]
                if max_gap is None or all(gap <= max_gap for gap in gaps):
                    pattern = tuple(sequence[p] for p in positions)
                    found.setdefault(pattern, []).append((s, positions))
    return found


def support(occurrences_of_one):
    return len({s for s, _ in occurrences_of_one})


def is_subsequence(short, long):
    rest = iter(long)
    return all(item in rest for item in short)


def mine_closed(sequences, *, min_support, max_gap=0, min_length=1, max_length=None):
    """Return {pattern: occurrences} of the closed patterns, by their definition.

    Unbounded gaps: no super-sequence has the same support. Bounded gaps: no item added before or after has.
    """
    found = occurrences(sequences, max_gap)
    supports = {pattern: support(where) for pattern, where in found.items()}
    by_support = {}
    for pattern in found:
        by_support.setdefault(supports[pattern], []).append(pattern)

    def closed(pattern):
        rivals = by_support[supports[pattern]]
        if max_gap is None:
            return not any(len(r) > len(pattern) and is_subsequence(pattern, r) for r in rivals)
        return not any(len(r) == len(pattern) + 1 and pattern in (r[1:], r[:-1]) for r in rivals)

    return {
        pattern: sorted(found[pattern])
        for pattern in found
        if supports[pattern] >= min_support
        and len(pattern) >= min_length
        and (max_length is None or len(pattern) <= max_length)
        and closed(pattern)
    }
