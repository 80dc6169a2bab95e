"""What the audit says of a corpus' motifs, and the paper's preset."""

import pandas as pd

from flamsid_core.pipeline import MotifChain, paper_chain
from flamsid_core.pipeline.recurrence import told_recurrence

THRESHOLDS = pd.DataFrame(
    {"pairs": ["within", "across"], "least_score_s": [1.0, 1.2], "found": [50, 12], "expected": [2.0, 0.5]}
)


def summary(families, across):
    return {"families": families, "across_recordings": across, "expected_by_chance": 0.4}


def test_songs_and_singers_are_told_apart():
    of_songs = told_recurrence(summary(9, 0), THRESHOLDS)
    assert "songs" in of_songs and "50 pairs" in of_songs
    of_singers = told_recurrence(summary(9, 4), THRESHOLDS)
    assert "more than one song" in of_singers and "4 motifs return" in of_singers
    assert "No motif recurs" in told_recurrence(summary(0, 0), THRESHOLDS)
    assert "cannot be told" in told_recurrence(None, pd.DataFrame())


def test_the_papers_preset_has_the_papers_reduction():
    chain = paper_chain(MotifChain())
    assert (chain.contour.method, chain.contour.scope) == ("kmeans", "corpus")
    assert chain.melody == MotifChain().melody
