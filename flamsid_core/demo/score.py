"""What a virtual cantaor sings: phrases of notes with text, ornaments and planted motifs.

A phrase (*tercio*) is: an opening held note, a motif, a held note with some text, a second motif, and a
descent to a cadence tone held with vibrato. No motif is sung twice alike: its pace changes, one of its notes may be
held with vibrato, one may get a grace note, some are reached by a slow glide. Everything is drawn from a generator
seeded with (corpus seed, singer, recording), so that one recording can be made without the others.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from flamsid_core.demo.singers import PALOS, SINGERS, MotifPlan, Palo, Singer

PHRASES = 4
MOTIFS_PER_PHRASE = 2
_STREAM_DECK, _STREAM_SCORE = 1, 2

# A planted note lasts at least this long, the glides into and out of it being short: a reduction that melts
# segments below 30 ms still sees it.
_MOTIF_NOTE_S = 0.125
_MOTIF_GLIDE_S = 0.045
_GRACE_S = (0.085, 0.12)
# How often a motif is varied when it comes again, and by how much.
_PACE = (0.85, 1.2)
_HELD, _HELD_TIMES = 0.45, (1.8, 3.0)
_GRACED = 0.3
_SLOW_GLIDE, _SLOW_GLIDE_S = 0.2, (0.09, 0.15)
_LONG_GLIDE_S = 0.08
_TRANSPOSED = 0.2  # of the motifs, where they have a second place to start

_VOICED_ONSETS = ("m", "n", "l", "d", "r")
_ONSETS = ("m", "n", "l", "d", "r", "k", "t", "s", "x")
_ONSET_WEIGHTS = np.array([0.13, 0.14, 0.12, 0.14, 0.09, 0.12, 0.12, 0.09, 0.05])
_VOWEL_WEIGHTS = np.array([0.38, 0.24, 0.12, 0.18, 0.08])


@dataclass(frozen=True)
class Note:
    """One pitch target. `vowel` may be two letters, a diphthong; `onset` is the consonant before it."""

    level: int
    duration_s: float
    glide_s: float
    vowel: str
    onset: str = ""
    vibrato: float = 0.0
    loudness_db: float = 0.0
    scoop_cents: float = 0.0
    detune_cents: float = 0.0


@dataclass(frozen=True)
class Phrase:
    """Notes sung on one breath; the breath is heard before `start_s`."""

    start_s: float
    notes: tuple[Note, ...]
    fry: bool

    @property
    def end_s(self) -> float:
        """End of the last note in seconds."""
        return self.start_s + sum(note.duration_s for note in self.notes)


@dataclass(frozen=True)
class PlantedMotif:
    """Where a motif stands: from the onset of its first note to where its last one is left.

    `pattern` is the motif itself; `sung` is what was sung of it this time, grace notes and all.
    """

    start_s: float
    end_s: float
    pattern: str
    name: str
    sung: str


@dataclass(frozen=True)
class Score:
    """All phrases of one recording, the motifs planted in it, its tuning and its length."""

    phrases: tuple[Phrase, ...]
    motifs: tuple[PlantedMotif, ...]
    levels_cents: tuple[float, ...]  # re 55 Hz
    duration_s: float


def compose(singer_index: int, take: int, seed: int) -> Score:
    """Compose one recording.

    Parameters
    ----------
    singer_index, take : int
        Which singer of `SINGERS`, which of the singer's recordings.
    seed : int
        The corpus seed.

    Returns
    -------
    Score
        Four phrases with two motifs each.
    """
    singer = SINGERS[singer_index]
    palo = PALOS[singer.titles[take % len(singer.titles)][0]]
    rng = np.random.default_rng([seed, singer_index, take, _STREAM_SCORE])
    tuning_cents = rng.uniform(-5.0, 5.0)
    plans = _deal_motifs(singer, singer_index, take, seed)
    tempo = singer.tempo * palo.tempo * rng.uniform(0.95, 1.05)

    clock_s = rng.uniform(0.7, 1.1)
    phrases: list[Phrase] = []
    planted: list[PlantedMotif] = []
    for number in range(PHRASES):
        pair = plans[number * MOTIFS_PER_PHRASE : (number + 1) * MOTIFS_PER_PHRASE]
        notes, spans = _compose_phrase(rng, singer, palo, pair, tempo, final=number == PHRASES - 1)
        phrase = Phrase(clock_s, tuple(notes), fry=bool(rng.random() < singer.fry))
        onsets_s = clock_s + np.concatenate([[0.0], np.cumsum([note.duration_s for note in notes])])
        for plan, (first, after) in zip(pair, spans, strict=True):
            leaving_s = 0.5 * notes[after].glide_s if notes[after].glide_s > _LONG_GLIDE_S else 0.0
            planted.append(
                PlantedMotif(
                    float(onsets_s[first]),
                    float(onsets_s[after] - leaving_s),
                    plan.pattern,
                    plan.name,
                    steps_text(np.diff([note.level for note in notes[first:after]])),
                )
            )
        phrases.append(phrase)
        clock_s = phrase.end_s + rng.uniform(*palo.pause_s)
    levels = tuple(singer.tonic_cents + tuning_cents + level for level in singer.levels_cents)
    return Score(tuple(phrases), tuple(planted), levels, phrases[-1].end_s + 1.0)


def _deal_motifs(singer: Singer, singer_index: int, take: int, seed: int) -> list[MotifPlan]:
    """Deal a recording's motifs from shuffled decks that run on over the singer's recordings: all recur."""
    rng = np.random.default_rng([seed, singer_index, _STREAM_DECK])
    per_take = PHRASES * MOTIFS_PER_PHRASE
    order: list[int] = []
    while len(order) < (take + 1) * per_take:
        deck = rng.permutation(len(singer.motifs)).tolist()
        if order and deck[0] == order[-1]:
            deck.reverse()
        order += deck
    return [singer.motifs[index] for index in order[take * per_take : (take + 1) * per_take]]


def _compose_phrase(
    rng: np.random.Generator, singer: Singer, palo: Palo, plans: list[MotifPlan], tempo: float, *, final: bool
) -> tuple[list[Note], list[tuple[int, int]]]:
    """Compose one phrase; returns its notes and, for each plan, the motif's first note and the one after it."""
    notes: list[Note] = []
    spans: list[tuple[int, int]] = []
    vowel = _draw_vowel(rng)
    for position, plan in enumerate(plans):
        start = plan.starts[-1] if rng.random() < _TRANSPOSED else plan.starts[0]
        if position == 0:
            hold = _near_favourite(rng, singer, avoid={start}, close_to=start)
            opening = _held_note(rng, singer, palo, hold, tempo, "ai" if rng.random() < 0.4 else vowel)
            notes += _ornament(
                rng, singer, replace(opening, onset=palo.opening, scoop_cents=singer.scoop_cents)
            )
        else:
            notes += _bridge(rng, singer, palo, notes[-1].level, start, tempo)
        vowel = notes[-1].vowel[-1]
        first = len(notes)
        notes += _sing_motif(rng, singer, plan, start, tempo, vowel)
        spans.append((first, len(notes)))
    notes += _cadence(rng, singer, palo, notes[-1].level, tempo, final=final)
    return _make_room_for_glides(notes), spans


def _make_room_for_glides(notes: list[Note]) -> list[Note]:
    """Give half of every long glide as extra time to the note before it and half to the note after it."""
    wider = []
    for note, after in zip(notes, [*notes[1:], None], strict=True):
        extra_s = sum(
            0.5 * other.glide_s for other in (note, after) if other and other.glide_s > _LONG_GLIDE_S
        )
        wider.append(replace(note, duration_s=note.duration_s + extra_s))
    return wider


def _sing_motif(
    rng: np.random.Generator, singer: Singer, plan: MotifPlan, start: int, tempo: float, vowel: str
) -> list[Note]:
    """Sing a motif as a melisma, varied: mostly one vowel, now and then re-struck with a voiced consonant."""
    levels = np.concatenate([[start], start + np.cumsum(plan.steps)])
    pulse_s = 0.165 * tempo * rng.uniform(*_PACE)
    held = int(rng.integers(1, len(levels))) if rng.random() < _HELD else None
    graced = int(rng.integers(1, len(levels) - 1)) if rng.random() < _GRACED else None
    notes: list[Note] = []
    changed = False
    for position, (level, share) in enumerate(zip(levels, plan.rhythm, strict=True)):
        onset = ""
        if not changed and 0 < position < len(levels) - 1 and rng.random() < 0.22:
            vowel = _draw_vowel(rng)
            onset = str(rng.choice(_VOWEL_LINKS[vowel]))
            changed = True
        duration_s = max(pulse_s * share * rng.normal(1.0, 0.05), _MOTIF_NOTE_S)
        if position == held:
            duration_s *= rng.uniform(*_HELD_TIMES)
        slow = position > 0 and position != graced and rng.random() < _SLOW_GLIDE
        note = Note(
            int(level),
            duration_s,
            float(rng.uniform(*_SLOW_GLIDE_S)) if slow else min(singer.glide_s, _MOTIF_GLIDE_S),
            vowel,
            onset,
            vibrato=1.0 if position == held else 0.0,
            loudness_db=float(rng.normal(-0.5, 0.8)) + 1.5 * (share > 1.0),
            detune_cents=float(rng.normal(0.0, 4.0)),
        )
        if position == graced:
            notes += _grace(rng, singer, notes[-1], note)
        notes.append(note)
    return notes


def _grace(rng: np.random.Generator, singer: Singer, previous: Note, note: Note) -> list[Note]:
    """Return a short neighbour above the note, or below it where the voice comes from above; maybe none."""
    neighbour = note.level + (1 if previous.level < note.level else -1)
    if not 0 <= neighbour < len(singer.levels_cents):
        return []
    return [replace(note, level=neighbour, duration_s=rng.uniform(*_GRACE_S), vibrato=0.0, onset="")]


def steps_text(steps: npt.NDArray[np.int64]) -> str:
    """Write steps as the motif tables do, such as ``+1 -2 +1``."""
    return " ".join(f"{step:+d}" for step in steps)


# A vowel changed within a melisma is entered directly or over a voiced link, never over an unvoiced gap.
_VOWEL_LINKS = {"a": ("", "l"), "e": ("", "n"), "i": ("", ""), "o": ("", "l"), "u": ("", "")}


def _bridge(
    rng: np.random.Generator, singer: Singer, palo: Palo, last: int, start: int, tempo: float
) -> list[Note]:
    """Lead from one motif to the next: a held note, text on some syllables."""
    notes: list[Note] = []
    level = _near_favourite(
        rng, singer, avoid={last, start} if palo.syllabic < 0.6 else {last}, close_to=last
    )
    notes += _ornament(rng, singer, _held_note(rng, singer, palo, level, tempo, _draw_vowel(rng)))
    syllables = int(rng.binomial(4, palo.syllabic))
    for number in range(syllables):
        ending = number == syllables - 1
        level = _walk(rng, singer, notes[-1].level, avoid={start} if ending else set())
        notes.append(_syllable(rng, singer, level, tempo))
    if notes[-1].level == start:
        notes.append(_syllable(rng, singer, _walk(rng, singer, start, avoid={start}), tempo))
    return notes


def _cadence(
    rng: np.random.Generator, singer: Singer, palo: Palo, last: int, tempo: float, *, final: bool
) -> list[Note]:
    """Fall to the tonic (level 1), or half-way to the third when the song goes on, and hold."""
    goal = 1 if final or rng.random() < 0.6 else int(rng.choice([2, 3]))
    if last == goal:
        goal = goal + 1 if goal > 1 else 2
    notes: list[Note] = []
    level = last
    while abs(goal - level) > 1:
        level += int(np.sign(goal - level)) * (2 if abs(goal - level) > 2 and rng.random() < 0.35 else 1)
        melisma = rng.random() < 0.55
        note = _syllable(rng, singer, level, tempo)
        notes.append(replace(note, onset="" if melisma else note.onset))
    if goal == 1 and rng.random() < 0.4:
        # The tonic is touched from below before it is held.
        below = _syllable(rng, singer, 0, tempo)
        notes.append(replace(below, onset="", duration_s=0.7 * below.duration_s, vibrato=0.0))
    hold_s = rng.uniform(0.70, 1.20) * tempo * (1.25 if final else 1.0)
    vowel = "ai" if rng.random() < 0.25 else _draw_vowel(rng)
    end = Note(goal, hold_s, _portamento_s(rng, singer), vowel, str(rng.choice(_VOICED_ONSETS)), 1.0)
    return notes + _ornament(rng, singer, end)


def _held_note(
    rng: np.random.Generator, singer: Singer, palo: Palo, level: int, tempo: float, vowel: str
) -> Note:
    if len(vowel) == 1 and rng.random() < 0.45:
        vowel += _draw_vowel(rng)
    return Note(
        level,
        rng.uniform(*palo.hold_s) * tempo,
        _portamento_s(rng, singer),
        vowel,
        str(rng.choice(_ONSETS, p=_ONSET_WEIGHTS)) if rng.random() < 0.5 else "",
        vibrato=float(rng.uniform(0.6, 1.0)),
        loudness_db=float(rng.normal(1.5, 1.0)),
        scoop_cents=0.4 * singer.scoop_cents,
        detune_cents=float(rng.normal(0.0, 5.0)),
    )


def _portamento_s(rng: np.random.Generator, singer: Singer) -> float:
    """Glide into a held note: now and then drawn out, as a voice that drags itself up or down to it."""
    return float(singer.glide_s * (rng.uniform(3.0, 5.5) if rng.random() < 0.3 else rng.uniform(1.0, 2.0)))


def _syllable(rng: np.random.Generator, singer: Singer, level: int, tempo: float) -> Note:
    onset = str(rng.choice(_ONSETS, p=_ONSET_WEIGHTS))
    return Note(
        level,
        rng.uniform(0.19, 0.34) * tempo,
        singer.glide_s * rng.uniform(0.9, 1.6),
        _draw_vowel(rng),
        onset,
        vibrato=0.4,
        loudness_db=float(rng.normal(0.0, 1.2)),
        scoop_cents=0.0 if onset in _VOICED_ONSETS else 0.6 * singer.scoop_cents,
        detune_cents=float(rng.normal(0.0, 5.0)),
    )


def _ornament(rng: np.random.Generator, singer: Singer, note: Note) -> list[Note]:
    """Write out a held note with the singer's ornament, if this one gets any."""
    thresholds = np.cumsum(list(singer.ornaments.values()))
    chosen = int(np.searchsorted(thresholds, rng.random(), side="right"))
    if chosen == len(thresholds):
        return [note]
    kind = list(singer.ornaments)[chosen]
    upper = min(note.level + 1, len(singer.levels_cents) - 1)
    lower = max(note.level - 1, 0)
    levels = {
        "mordent": (note.level, upper),
        "turn": (upper, note.level, lower),
        "appoggiatura": (upper,),
    }[kind]
    if upper == note.level:
        return [note]
    short_s = rng.uniform(0.085, 0.12) * (1.5 if kind == "appoggiatura" else 1.0)
    quick = min(singer.glide_s, _MOTIF_GLIDE_S)
    grace = [
        replace(
            note,
            level=level,
            duration_s=short_s,
            vowel=note.vowel[0],
            vibrato=0.0,
            glide_s=quick,
            onset="",
            scoop_cents=0.0,
        )
        for level in levels
    ]
    grace[0] = replace(grace[0], onset=note.onset, scoop_cents=note.scoop_cents, glide_s=note.glide_s)
    return grace + [replace(note, onset="", scoop_cents=0.0, glide_s=quick)]


def _draw_vowel(rng: np.random.Generator) -> str:
    return str(rng.choice(list("aeiou"), p=_VOWEL_WEIGHTS))


def _near_favourite(rng: np.random.Generator, singer: Singer, *, avoid: set[int], close_to: int) -> int:
    """Draw one of the singer's favourite levels, the first ones more often, the near ones more often."""
    choices = [level for level in singer.favourites if level not in avoid]
    weights = np.array(
        [(len(choices) - rank) / (1 + abs(level - close_to)) for rank, level in enumerate(choices)]
    )
    return int(rng.choice(choices, p=weights / weights.sum()))


def _walk(rng: np.random.Generator, singer: Singer, level: int, *, avoid: set[int]) -> int:
    """Go to a neighbouring level, drawn towards the favourites; falls a little more often than it rises."""
    choices = [
        level + step
        for step in (-2, -1, 1, 2)
        if 0 <= level + step < len(singer.levels_cents) and level + step not in avoid
    ]
    weights = np.array(
        [
            (1.0 if abs(to - level) == 1 else 0.35)
            * (1.3 if to < level else 1.0)
            * (1.8 if to in singer.favourites else 1.0)
            for to in choices
        ]
    )
    return int(rng.choice(choices, p=weights / weights.sum()))
