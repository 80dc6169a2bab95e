"""Contour reduction: melodies become a few levels, segments on them, and sequences of signed steps.

By default (``notes``) a melody is first read as notes: vibrato is taken out, the rest is fitted by the cheapest
piecewise-constant curve, and the notes are grouped on levels by univariate k-means. The paper (section 2.2) groups
the frames themselves (``kmeans``): consecutive frames of one level form a segment. Either way the contour is the
sequence of signed distances, in levels, between consecutive segments (+ ascends).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flamsid_core.errors import FlamsidError
from flamsid_core.melody import segments as seg
from flamsid_core.melody.band import runs_of_bands, step_classes
from flamsid_core.melody.centre import Curve, NoteParams, curve_of
from flamsid_core.melody.kmeans import K_MAX, K_MIN, Levels, choose_k, fit_levels, levels_of, note_levels
from flamsid_core.melody.notes import shown_notes_of
from flamsid_core.melody.ornaments import describe_notes, notes_residual

_LEVEL_COLUMNS = {"scope": "str", "level": "int64", "pitch_cents": "float64", "low_cents": "float64",
                  "high_cents": "float64", "frames": "int64"}  # fmt: skip

_NO_LEVELS = Levels(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0))
_INDEPENDENT_S = 0.1  # of singing count as one observation when choosing k: about the shortest sung note


@dataclass(frozen=True)
class ContourParams(NoteParams):
    """How a melody is reduced; `NoteParams` says how notes are found.

    Attributes
    ----------
    method : {"notes", "kmeans", "band"}
        ``notes``: notes of the centre line (`flamsid_core.melody.notes`) on levels found by optimal k-means of their
        pitches. ``kmeans``: levels of frames (paper, section 2.2). ``band``: segments that stay within
        ±`band_cents`, steps classed 1–3 by size (after the authors' published code, with + ascending).
    k : "auto" or int
        Number of levels, 2 to 60; ``auto`` takes the least BIC (see `flamsid_core.melody.kmeans.bic`).
    scope : {"recording", "singer", "corpus"}
        Who shares levels. A recording has its own tuning; the paper's is the corpus.
    min_segment_s : float
        Shorter segments melt into a neighbour.
    smooth_s : float
        For ``kmeans``: how long a deviation of one level must last to be worth two steps; 0 takes the nearest level
        frame by frame.
    band_cents : float
        Half the width of the band, for ``band``.
    """

    method: Literal["notes", "kmeans", "band"] = "notes"
    k: int | Literal["auto"] = "auto"
    scope: Literal["recording", "singer", "corpus"] = "recording"
    min_segment_s: float = 0.03
    smooth_s: float = 0.0
    band_cents: float = 60.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.method not in ("notes", "kmeans", "band"):
            raise FlamsidError(
                "Contour method {method!r} is unknown; take 'notes', 'kmeans' or 'band'.", method=self.method
            )
        if self.scope not in ("recording", "singer", "corpus"):
            raise FlamsidError(
                "Level scope {scope!r} is unknown; take 'recording', 'singer' or 'corpus'.", scope=self.scope
            )
        whole = isinstance(self.k, int | np.integer) and not isinstance(self.k, bool)
        if self.k != "auto" and not (whole and K_MIN <= int(self.k) <= K_MAX):
            raise FlamsidError(
                "The number of levels cannot be {k!r}; take 'auto' or {least} to {most}.",
                k=self.k,
                least=K_MIN,
                most=K_MAX,
            )
        for name in ("min_segment_s", "smooth_s", "band_cents"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0) or (name == "band_cents" and value == 0):
                raise FlamsidError(
                    "{name} cannot be {value!r}; take a positive number, such as the default.",
                    name=name,
                    value=value,
                )


class Contour(NamedTuple):
    """What `reduce_contour` returns: three tables.

    `segments`: recording_id, phrase, start_s, end_s, level (0 = lowest; -1 under ``band``, which has none),
    pitch_cents (the level's, not the mean of the segment's frames; under ``band`` the median of its frames),
    step (levels risen since the previous segment; 0 on the first segment of a phrase and never elsewhere),
    sung_cents, vibrato_hz, vibrato_cents, glide_s (see `flamsid_core.melody.ornaments.describe_notes`).

    `levels`: scope ("corpus", a singer or a recording_id), level, pitch_cents, low_cents, high_cents, frames;
    empty under ``band``.

    `residual_cents`: recording_id, residual_cents: root mean square distance between what is sung and the
    contour, of notes (each as heavy as it is long), under ``kmeans`` and ``band`` of voiced frames; NaN for a
    recording without any.
    """

    segments: pd.DataFrame
    levels: pd.DataFrame
    residual_cents: pd.DataFrame


def reduce_contour(
    melodies: Mapping[str, pd.DataFrame] | pd.DataFrame,
    params: ContourParams = ContourParams(),
    *,
    singers: Mapping[str, str] | None = None,
    levels: pd.DataFrame | None = None,
) -> Contour:
    """Reduce melodies to segments on a few pitch levels, joined by signed steps.

    Parameters
    ----------
    melodies : mapping of recording_id to DataFrame, or one DataFrame
        Columns ``time_s`` (ascending, s) and ``f0_hz`` (0 = unvoiced). A single table is called "recording".
    params : ContourParams
    singers : mapping of recording_id to singer
        Needed for ``scope="singer"``.
    levels : DataFrame, optional
        The ``levels`` of an earlier contour of one scope: nothing is fitted, all melodies are put on these,
        as a new recording must be to be compared with a corpus.

    Returns
    -------
    Contour
        Segments keep the order of `melodies` and of time. They start and end on the frame grid: a segment
        lasts from its first frame's time to the time of the frame after its last.

    Raises
    ------
    FlamsidError
        When a melody table is malformed, a singer is missing, or there is no voiced frame at all.

    Examples
    --------
    Half a second on A3, half a second a fifth above:

    >>> import numpy as np
    >>> melody = pd.DataFrame({"time_s": np.arange(100) / 100, "f0_hz": np.repeat([220.0, 330.0], 50)})
    >>> segments = reduce_contour(melody).segments
    >>> segments[["start_s", "end_s", "step"]].round(2).to_numpy().tolist()
    [[0.0, 0.5, 0.0], [0.5, 1.0, 1.0]]

    Notes
    -----
    Pauses up to `max_gap_s` are bridged: the phrase goes on, and one level before and after the pause is one
    segment. Short segments melt as told in `flamsid_core.melody.segments.melt_short`; a phrase shorter than
    `min_segment_s` as a whole is dropped.
    """
    if isinstance(melodies, pd.DataFrame):
        melodies = {"recording": melodies}
    frames = {rid: seg.frames_of_table(table, params.max_gap_s, rid) for rid, table in melodies.items()}
    if not any(f.cents.size for f in frames.values()):
        raise FlamsidError(
            "No melody has a voiced frame, so there is no contour; check the recordings and f0 tracker."
        )
    curves = {rid: curve_of(f, params) for rid, f in frames.items()}
    reduced: dict[str, seg.Runs] = {}
    tables: list[pd.DataFrame] = []
    if params.method == "band":
        for rid, f in frames.items():
            reduced[rid] = runs_of_bands(f.cents, f.opens, params.band_cents)
    else:
        notes = {rid: _note_runs(frames[rid], curve, params) for rid, curve in curves.items()}
        scopes = _scopes(frames, params.scope, singers) if levels is None else {"": list(frames)}
        if levels is not None:
            tables.append(levels.reset_index(drop=True))
        for scope, members in scopes.items():
            if levels is not None:
                fitted = _levels_of_table(levels)
            elif params.method == "notes":
                fitted = _levels_of_notes([notes[rid] for rid in members], params)
                tables.append(_level_table(scope, fitted))
            else:
                fitted = _levels_of_scope([frames[rid] for rid in members], params.k)
                tables.append(_level_table(scope, fitted))
            for rid in members:
                reduced[rid] = (
                    _notes_on_levels(notes[rid], frames[rid], fitted)
                    if params.method == "notes"
                    else _runs_on_levels(frames[rid], fitted, params.smooth_s)
                )
    rows, residuals = [], []
    for rid, f in frames.items():
        runs = seg.melt_short(reduced[rid], f, params.min_segment_s)
        step = step_classes(runs.pitch_cents) if params.method == "band" else np.diff(runs.level, prepend=0)
        table = seg.segment_table(rid, runs, step, f)
        own = describe_notes(
            curves[rid], table["start_s"].to_numpy(), table["end_s"].to_numpy(), runs.phrase, params
        )
        rows.append(pd.concat([table, own], axis=1))
        residuals.append(notes_residual(rows[-1]) if params.method == "notes" else seg.residual_rms(runs, f))
    return Contour(
        pd.concat(rows, ignore_index=True),
        pd.concat(tables, ignore_index=True)
        if tables
        else pd.DataFrame(columns=list(_LEVEL_COLUMNS)).astype(_LEVEL_COLUMNS),
        pd.DataFrame({"recording_id": pd.Series(list(frames), dtype="str"), "residual_cents": residuals}),
    )


def step_sequences(segments: pd.DataFrame) -> pd.DataFrame:
    """Return the step sequence of every phrase that has at least one step.

    Parameters
    ----------
    segments : DataFrame
        `Contour.segments`, in its order.

    Returns
    -------
    DataFrame
        recording_id, phrase, steps (tuple of int), first_row: the position in `segments` of the phrase's
        first segment. Step j (from 0) joins segments first_row + j and first_row + j + 1.
    """
    recording, phrase = segments["recording_id"].to_numpy(), segments["phrase"].to_numpy()
    opens = np.ones(len(segments), dtype=np.bool_)
    opens[1:] = (phrase[1:] != phrase[:-1]) | (recording[1:] != recording[:-1])
    first = np.flatnonzero(opens)
    after = np.append(first[1:], len(segments))[: first.size]
    kept = after - first > 1
    first, after = first[kept], after[kept]
    steps = segments["step"].to_numpy().tolist()
    return pd.DataFrame(
        {
            "recording_id": pd.Series(recording[first], dtype="str"),
            "phrase": phrase[first].astype(np.int64),
            "steps": pd.Series(
                [tuple(steps[a + 1 : b]) for a, b in zip(first, after, strict=True)], dtype=object
            ),
            "first_row": first.astype(np.int64),
        }
    )


def _scopes(
    frames: Mapping[str, seg.VoicedFrames], scope: str, singers: Mapping[str, str] | None
) -> dict[str, list[str]]:
    if scope == "corpus":
        return {"corpus": list(frames)}
    if scope == "recording":
        return {rid: [rid] for rid in frames}
    groups: dict[str, list[str]] = {}
    for rid in frames:
        if singers is None or rid not in singers:
            raise FlamsidError(
                "Levels per singer need the singer of {recording_id}; name it or take scope='corpus'.",
                recording_id=rid,
            )
        groups.setdefault(str(singers[rid]), []).append(rid)
    return groups


def _levels_of_scope(frames: list[seg.VoicedFrames], k: int | Literal["auto"]) -> Levels:
    cents = np.concatenate([f.cents for f in frames])
    if cents.size == 0:
        return _NO_LEVELS
    if k != "auto":
        return levels_of(fit_levels(cents, int(k)), int(k))
    fits = fit_levels(cents)
    voiced_s = sum(f.cents.size * f.hop_s for f in frames)
    return levels_of(fits, choose_k(fits, voiced_s / _INDEPENDENT_S))


def _note_runs(frames: seg.VoicedFrames, curve: Curve, params: ContourParams) -> seg.Runs:
    """Return the shown notes as runs of voiced frames, without levels yet; pitch is what is sung."""
    notes = shown_notes_of(curve, params)
    bounds = np.searchsorted(frames.start_s, curve.time_s[notes.first] - curve.hop_s / 2)
    after = np.append(bounds[1:], frames.cents.size)[: bounds.size]
    kept = after > bounds  # on a coarse grid of frames a note may fall between two
    nothing = np.full(int(kept.sum()), -1)
    return seg.Runs(bounds[kept], after[kept] - 1, nothing, notes.pitch_cents[kept], notes.phrase[kept])


def _levels_of_notes(notes: list[seg.Runs], params: ContourParams) -> Levels:
    cents = np.concatenate([runs.pitch_cents for runs in notes])
    if cents.size == 0:
        return _NO_LEVELS
    length = np.concatenate([runs.last - runs.first + 1 for runs in notes]).astype(np.float64)
    return note_levels(
        cents, length, None if params.k == "auto" else int(params.k), least_gap_cents=params.level_gap_cents
    )


def _notes_on_levels(notes: seg.Runs, frames: seg.VoicedFrames, levels: Levels) -> seg.Runs:
    level = np.searchsorted(levels.edges_cents[1:-1], notes.pitch_cents, side="right")
    by_frame = np.repeat(level, notes.last - notes.first + 1)
    return seg.runs_of_levels(by_frame, frames.opens, levels.pitch_cents)


def _level_table(scope: str, levels: Levels) -> pd.DataFrame:
    k = levels.pitch_cents.size
    low, high = levels.edges_cents[:-1], levels.edges_cents[1:]
    columns = ([scope] * k, np.arange(k), levels.pitch_cents, low, high, levels.frames)
    return pd.DataFrame(dict(zip(_LEVEL_COLUMNS, columns, strict=True))).astype(_LEVEL_COLUMNS)


def _levels_of_table(table: pd.DataFrame) -> Levels:
    if table.empty or len(set(table["scope"])) != 1:
        raise FlamsidError(
            "The given levels must be those of one scope; take the levels of a contour of the whole corpus."
        )
    edges = np.append(table["low_cents"].to_numpy(np.float64), table["high_cents"].iloc[-1])
    return Levels(
        table["pitch_cents"].to_numpy(np.float64),
        edges,
        table["frames"].to_numpy(np.int64),
        np.zeros(len(table)),
    )


def _runs_on_levels(frames: seg.VoicedFrames, levels: Levels, smooth_s: float) -> seg.Runs:
    pitch: NDArray[np.float64] = levels.pitch_cents
    if smooth_s > 0 and pitch.size > 1 and frames.hop_s > 0:
        spacing = np.median(np.diff(pitch))
        # a stay of `smooth_s` one level away (spacing² a frame) just pays for going and coming back
        penalty = float(spacing**2 * smooth_s / frames.hop_s / 2)
        level = seg.smooth_levels(frames.cents, frames.opens, pitch, penalty)
    else:
        level = np.searchsorted(levels.edges_cents[1:-1], frames.cents, side="right")
    return seg.runs_of_levels(level, frames.opens, pitch)
