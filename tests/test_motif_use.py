"""Whose habits a recording's motifs are: counted on tables whose answer is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flamsid_core.motifs import MotifParams, build_motifs
from flamsid_core.motifs.use import log_odds_ratios, motif_use

OWN = {"ana": (1, 2, -1, 1, -2), "curro": (-1, -1, 2, 1, 1), "paz": (3, -2, 1, -1, -1)}
SHARED = (1, -1, 1, 1, -1)


def phrases_of(recording_id, phrases):
    rows, now = [], 0.0
    for number, steps in enumerate(phrases):
        for j, step in enumerate((0, *steps)):
            rows.append((recording_id, number, now, now + 0.2, 0, 0.0, step if j else 0))
            now += 0.2
        now += 1.0
    names = ["recording_id", "phrase", "start_s", "end_s", "level", "pitch_cents", "step"]
    return pd.DataFrame(rows, columns=names)


def corpus(takes=3, seed=0):
    """Every singer's phrases hold an own motif or the shared one, among steps at random."""
    rng = np.random.default_rng(seed)
    segments, recordings = [], []
    for singer, own in OWN.items():
        for take in range(takes):
            rid = f"{singer}{take}"
            filler = rng.choice([-4, 4], (6, 4))
            phrases = [
                (*filler[k][:2], *(own if k % 2 else SHARED), *filler[k][2:]) for k in range(len(filler))
            ]
            segments.append(phrases_of(rid, phrases))
            recordings.append((rid, f"{rid}.wav", singer, rid, rid))
    names = ["recording_id", "file", "singer", "sha256", "source_group"]
    return pd.concat(segments, ignore_index=True), pd.DataFrame(recordings, columns=names)


PATTERNS = [" ".join(f"{step:+d}" for step in steps) for steps in (*OWN.values(), SHARED)]
DICTIONARIES = {singer: [PATTERNS[k], PATTERNS[-1]] for k, singer in enumerate(OWN)}


def dictionaries_of(motifs):
    return {singer: list(rows["pattern"]) for singer, rows in motifs.groupby("singer")}


def songs_of_nobody(n=24, singers=4, seed=0):
    """Songs whose lines return within them and nowhere else, under singers' names dealt out at random."""
    rng = np.random.default_rng(seed)
    segments, recordings = [], []
    names = rng.permutation(np.arange(n) % singers)
    for k in range(n):
        lines = rng.choice([-2, -1, 1, 2], (4, 12))
        segments.append(phrases_of(f"r{k}", [tuple(lines[j % 4]) for j in range(12)]))
        recordings.append((f"r{k}", f"r{k}.wav", f"s{names[k]}", f"r{k}", f"r{k}"))
    columns = ["recording_id", "file", "singer", "sha256", "source_group"]
    return pd.concat(segments, ignore_index=True), pd.DataFrame(recordings, columns=columns)


def test_names_dealt_at_random_come_out_at_chance():
    """Dictionaries hold what returns within their own songs: mined with the tested song, they would name it."""
    right = tested = own_first = 0
    for seed in range(3):
        segments, recordings = songs_of_nobody(seed=seed)
        params = MotifParams(min_length=3)
        known = dictionaries_of(build_motifs(segments, recordings, params).motifs)
        heard = segments[segments["recording_id"] == "r0"].reset_index(drop=True)
        found = motif_use(heard, known, segments, recordings, params, leave_out=["r0"])
        own_first += found.singers["singer"].iloc[0] == recordings["singer"].iloc[0]
        whole = motif_use(segments.iloc[:0], known, segments, recordings, params)
        right, tested = right + whole.right, tested + whole.tested
    assert tested >= 60
    chance, deviation = tested / 4, (tested * 3 / 16) ** 0.5
    assert abs(right - chance) < 3 * deviation
    assert own_first < 3


def test_a_dictionary_is_mined_again_without_the_source_that_is_left_out():
    """What returns only with the help of the source left out is nobody's motif."""
    segments, recordings = corpus()
    rare = (2, 3, 2, 3, 2)
    more = [phrases_of(rid, [rare]).assign(phrase=9) for rid in ("ana0", "ana1", "ana2")]
    segments = pd.concat([segments, *more], ignore_index=True)
    known = dictionaries_of(build_motifs(segments, recordings).motifs)
    heard = segments[segments["recording_id"] == "ana0"].reset_index(drop=True)
    name = " ".join(f"{step:+d}" for step in rare)
    assert name in set(motif_use(heard, known, segments, recordings).motifs["pattern"])
    assert name not in set(
        motif_use(heard, known, segments, recordings, leave_out=["ana0"]).motifs["pattern"]
    )


def test_names_whose_motifs_they_are():
    segments, recordings = corpus()
    heard = phrases_of("new", [(4, *OWN["curro"], -4), (4, *SHARED), (*OWN["curro"], 4)])
    found = motif_use(heard, DICTIONARIES, segments, recordings)
    assert found.singers["singer"].iloc[0] == "curro"
    assert found.singers["enough"].all()
    assert found.phrases == 3
    assert found.right == found.tested == 9
    motifs = found.motifs.set_index("pattern")
    own, shared = (" ".join(f"{step:+d}" for step in steps) for steps in (OWN["curro"], SHARED))
    assert motifs.loc[own, "here"] == 2 and motifs.loc[shared, "here"] == 1
    assert motifs.loc[own, "uses_curro"] == 9 and motifs.loc[own, "uses_ana"] == 0
    assert motifs.loc[own, "log_odds_curro"] > 2 and motifs.loc[own, "log_odds_ana"] < -0.5
    assert abs(motifs.loc[shared, "log_odds_ana"]) < 1e-9, "all use it alike: it says nothing"
    assert motifs.index[0] == own, "the most telling first"


def test_agrees_with_the_motif_table():
    segments, recordings = corpus(seed=3)
    params = MotifParams(min_support=3)
    table = build_motifs(segments, recordings, params).motifs
    heard = segments[segments["recording_id"].isin(["ana0", "paz2"])].reset_index(drop=True)
    found = motif_use(heard, dictionaries_of(table), segments, recordings, params).motifs.set_index("pattern")
    compared = table[table["pattern"].isin(found.index)]
    assert len(compared) >= 2
    for row in compared.itertuples():
        assert found.loc[row.pattern, f"log_odds_{row.singer}"] == pytest.approx(row.distinctiveness)
        assert found.loc[row.pattern, f"uses_{row.singer}"] == row.support


def test_the_recordings_own_source_does_not_testify():
    segments, recordings = corpus(takes=1)
    heard = segments[segments["recording_id"] == "ana0"].reset_index(drop=True)
    remembered = motif_use(heard, DICTIONARIES, segments, recordings)
    assert remembered.singers["singer"].iloc[0] == "ana"
    found = motif_use(heard, DICTIONARIES, segments, recordings, leave_out=["ana0"])
    about = found.singers.set_index("singer")
    assert about.loc["ana", "sources"] == about.loc["ana", "phrases"] == 0
    assert not about["enough"].any(), "one source of a singer is too few"
    assert " ".join(f"{step:+d}" for step in OWN["ana"]) not in set(found.motifs["pattern"])


def test_a_motif_within_a_longer_one_is_not_counted_beside_it():
    segments, recordings = corpus()
    inner = " ".join(f"{step:+d}" for step in OWN["paz"][:4])
    with_inner = DICTIONARIES | {"paz": [*DICTIONARIES["paz"], inner]}
    heard = phrases_of("new", [OWN["paz"], OWN["paz"]])
    found = motif_use(heard, with_inner, segments, recordings)
    assert inner not in set(found.motifs["pattern"])
    apart = motif_use(phrases_of("new", [OWN["paz"], OWN["paz"][:4]]), with_inner, segments, recordings)
    assert inner in set(apart.motifs["pattern"])


def test_copies_count_once():
    segments, recordings = corpus()
    copy = segments[segments["recording_id"] == "ana0"].assign(recording_id="copy")
    row = recordings.iloc[[0]].assign(recording_id="copy")
    heard = phrases_of("new", [OWN["ana"]])
    one = motif_use(heard, DICTIONARIES, segments, recordings)
    two = motif_use(
        heard, DICTIONARIES, pd.concat([segments, copy], ignore_index=True), pd.concat([recordings, row])
    )
    pd.testing.assert_frame_equal(one.singers, two.singers)


def test_nothing_heard_says_nothing():
    segments, recordings = corpus()
    found = motif_use(phrases_of("new", [(9, 9, 9)]), DICTIONARIES, segments, recordings)
    assert found.motifs.empty
    assert found.singers["log_odds"].isna().all()
    summary = found.summary()
    assert summary["motifs"] == [] and summary["singers"][0]["log_odds"] is None


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_log_odds_rise_with_use_and_add_up_to_nothing_for_two(data):
    phrases = np.array(data.draw(st.lists(st.integers(1, 60), min_size=2, max_size=2)), dtype=float)
    uses = np.array([[data.draw(st.integers(0, int(n))) for n in phrases]], dtype=float)
    found = log_odds_ratios(uses, phrases)
    assert np.isfinite(found).all()
    assert found.sum() == pytest.approx(0, abs=1e-9), "what speaks for one of two speaks against the other"
    if uses[0, 0] / phrases[0] > uses[0, 1] / phrases[1] and phrases[0] == phrases[1]:
        assert found[0, 0] > 0
