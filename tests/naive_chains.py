"""The slow twin of expected counts: a chain written out as probabilities, its patterns counted in long runs."""

import numpy as np


def expected_by_simulation(phrases, pattern, order, runs, seed):
    """Draw phrases from the chain, as many as were sung in each run; return the mean count of the pattern."""
    rng = np.random.default_rng(seed)
    followers = {}
    for phrase in phrases:
        padded = [None] * order + list(phrase) + ["end"]
        for k in range(order, len(padded)):
            # The beginning of a phrase is a state of its own, so that phrases begin as they do.
            followers.setdefault(tuple(padded[k - order : k]), []).append(padded[k])
    counts = []
    for _ in range(runs):
        count = 0
        for _phrase in phrases:
            drawn, state = [], (None,) * order
            while True:
                step = followers[state][rng.integers(len(followers[state]))]
                if step == "end":
                    break
                drawn.append(step)
                state = (*state[1:], step)
            n = len(pattern)
            count += sum(tuple(drawn[i : i + n]) == pattern for i in range(len(drawn) - n + 1))
        counts.append(count)
    return float(np.mean(counts)), float(np.std(counts) / runs**0.5)
