"""The recording one can play: f0, levels, contour reduction and motifs over time, in step with the sound."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.plots import PALETTE
from flamsid_core.ui.components import _wire
from flamsid_core.ui.components._mount import mount
from flamsid_core.ui.components.strings import strings

A1_HZ = 55.0
MAX_LANES = 9
MOST_CONFIDENCES = 200_000


@dataclass(frozen=True)
class TimelineResult:
    """What a person chose on the timeline.

    Attributes
    ----------
    instance : int or None
        Row position, in the `instances` table given, of the motif occurrence clicked last.
    selection : tuple of float or None
        Start and end of the selected span in seconds.
    window : tuple of float or None
        Start and end of the visible span in seconds; only kept up to date with `report_window=True`.
    tonic_cents : float or None
        The pitch made the tonic by a click on the axis, in cents above 55 Hz.
    """

    instance: int | None = None
    selection: tuple[float, float] | None = None
    window: tuple[float, float] | None = None
    tonic_cents: float | None = None


def timeline(
    melody: pd.DataFrame,
    segments: pd.DataFrame,
    levels: pd.DataFrame,
    instances: pd.DataFrame,
    *,
    duration_s: float,
    audio_url: str,
    colours: Mapping[str, str],
    motif: str | None = None,
    window: tuple[float, float] | None = None,
    key: str,
    span_url: str | None = None,
    tonic_cents: float | None = None,
    waveform: np.ndarray | None = None,
    height_px: int = 560,
    language: str = "en",
    report_window: bool = False,
    edits: Mapping[str, Any] | None = None,
) -> TimelineResult:
    """Show a recording's melody as an instrument: zoom it, play it, hear its motifs and its reduction.

    Parameters
    ----------
    melody : DataFrame
        `time_s`, `f0_hz` (0 = unvoiced) and, if there, `confidence` and `centre_cents` (the melody without its
        vibrato, NaN where there is none), at a constant hop (missing rows count as unvoiced).
    segments : DataFrame
        This recording's contour: `phrase`, `start_s`, `end_s`, `level`, `pitch_cents` and, if there, `sung_cents`,
        `vibrato_hz`, `vibrato_cents`, `glide_s`.
    levels : DataFrame
        `level`, `pitch_cents` of the levels that apply to this recording.
    instances : DataFrame
        This recording's motif occurrences: `motif_id`, `start_s`, `end_s`, `pattern`; `name` where a person gave one.
    duration_s : float
        Length of the recording in seconds.
    audio_url : str
        Where the whole recording comes from, with Range requests.
    colours : mapping of str to str
        CSS colour by `motif_id`, or by `singer` (used where the motif has none).
    motif : str, optional
        `motif_id` whose occurrences are lit.
    window : tuple of float, optional
        Visible span in seconds, followed when it changes; otherwise the person's zoom is kept.
    key : str
        Streamlit key.
    span_url : str, optional
        Address of any span as a sound file of its own, with `{start}` and `{end}` in seconds; without it,
        spans are cut in the browser from the whole recording.
    tonic_cents : float, optional
        Estimated tonic in cents above 55 Hz: offers a pitch axis relative to it.
    waveform : ndarray, shape (n,), optional
        Peak amplitude (0..1) in n equal slices of the recording, drawn in the overview.
    height_px : int
        Height of the instrument.
    language : str
        'en' or 'es'.
    report_window : bool
        Whether moving the view reruns the page (after a rest of 0.7 s), so that it can be put in the address.
    edits : mapping, optional
        Makes the recording editable: recording_id, done and undone (lists of entries as mappings, which the browser
        lays over melody and segments), layers (of annotations), acked (the op_ids that need not be sent again).

    Returns
    -------
    TimelineResult

    Raises
    ------
    FlamsidError
        If a table lacks a column, a time is not a number or an end lies before its start.
    """
    data = timeline_payload(
        melody,
        segments,
        levels,
        instances,
        duration_s=duration_s,
        audio_url=audio_url,
        colours=colours,
        motif=motif,
        window=window,
        span_url=span_url,
        tonic_cents=tonic_cents,
        waveform=waveform,
        height_px=height_px,
        language=language,
        report_window=report_window,
        edits=None if edits is None else dict(edits),
    )
    state = mount("timeline", data, key=key, states=("instance", "selection", "window", "ops", "tonic"))
    return timeline_result(state, len(instances))


def timeline_payload(
    melody: pd.DataFrame,
    segments: pd.DataFrame,
    levels: pd.DataFrame,
    instances: pd.DataFrame,
    *,
    duration_s: float,
    language: str = "en",
    waveform: np.ndarray | None = None,
    colours: Mapping[str, str] | None = None,
    **head: Any,
) -> bytes:
    """Return what `timeline` sends to the browser: 2 bytes a frame for the pitch, at most 1 for the confidence."""
    if not (np.isfinite(duration_s) and duration_s > 0):
        raise FlamsidError(
            "A recording of {duration_s} s cannot be shown: give its length in seconds.",
            duration_s=duration_s,
        )
    start_s, hop_s, cents, confidence, centre = _even_frames(melody)
    spans = {
        "segments": _spans(segments, "segments"),
        "instances": _spans(instances, "instances"),
    }
    # Confidence is only a shade: in long recordings every few frames are enough, and an hour stays below 2 MB.
    stride = -(-confidence.size // MOST_CONFIDENCES) or 1
    order = np.lexsort((spans["instances"][1], spans["instances"][0]))
    codes, motifs = _motifs(instances, colours or {})
    arrays = {
        "cents": _wire.quantise_cents(cents),
        "centre": _wire.quantise_cents(centre),
        "confidence": confidence[::stride],
        "segment_start": spans["segments"][0],
        "segment_end": spans["segments"][1],
        "segment_cents": _wire.finite(
            _wire.column(segments, "pitch_cents", what="segments"), what="pitch_cents of the segments"
        ).astype(np.float32),
        "segment_phrase": _wire.column(segments, "phrase", what="segments").astype(np.int32),
        "segment_sung": _carried(segments, "sung_cents", otherwise="pitch_cents"),
        "segment_vibrato_hz": _carried(segments, "vibrato_hz"),
        "segment_vibrato_cents": _carried(segments, "vibrato_cents"),
        "segment_glide": _carried(segments, "glide_s"),
        "segment_level": _wire.column(segments, "level", what="segments").astype(np.uint16),
        "level_cents": _wire.finite(
            _wire.column(levels, "pitch_cents", what="levels"), what="pitch_cents of the levels"
        ).astype(np.float32),
        "instance_start": spans["instances"][0][order],
        "instance_end": spans["instances"][1][order],
        "instance_motif": codes[order],
        "instance_row": order.astype(np.uint32),
        "waveform": _waveform(waveform),
    }
    head = {
        **head,
        "duration_s": float(duration_s),
        "frame_start_s": start_s,
        "hop_s": hop_s,
        "confidence_stride": stride,
        "cents_quantum": _wire.CENTS_QUANTUM,
        "motifs": motifs,
        "max_lanes": MAX_LANES,
        "palette": PALETTE,
        "strings": strings(language),
    }
    return _wire.pack(head, arrays)


def timeline_result(state: Mapping[str, Any], n_instances: int) -> TimelineResult:
    """Read what the browser sent back; what does not fit the tables shown now is left out."""
    row, tonic = state.get("instance"), state.get("tonic")
    return TimelineResult(
        instance=int(row) if isinstance(row, (int, float)) and 0 <= row < n_instances else None,
        selection=_pair(state.get("selection")),
        window=_pair(state.get("window")),
        tonic_cents=float(tonic) if isinstance(tonic, (int, float)) else None,
    )


def _pair(value: Any) -> tuple[float, float] | None:
    return (
        (float(value[0]), float(value[1])) if isinstance(value, (list, tuple)) and len(value) == 2 else None
    )


def _carried(segments: pd.DataFrame, name: str, otherwise: str | None = None) -> np.ndarray:
    """Return what the notes carry, 0 (or the column `otherwise`) where it is not known."""
    values = (
        segments[name] if name in segments else segments[otherwise] if otherwise else np.zeros(len(segments))
    )
    return np.nan_to_num(np.asarray(values, dtype=np.float32))


def _even_frames(melody: pd.DataFrame) -> tuple[float, float, np.ndarray, np.ndarray, np.ndarray]:
    """Lay the frames on their constant hop: start, hop, cents and centre (NaN = unvoiced), confidence (0..255)."""
    time_s = _wire.finite(_wire.column(melody, "time_s", what="melody"), what="time_s of the melody")
    f0_hz = np.nan_to_num(_wire.column(melody, "f0_hz", what="melody").astype(np.float64))
    if time_s.size == 0:
        return 0.0, 0.01, np.empty(0), np.empty(0, np.uint8), np.empty(0)
    steps = np.diff(time_s)
    if (steps <= 0).any():
        row = int(np.argmax(steps <= 0)) + 1
        raise FlamsidError("Time does not rise in row {row} of the melody: sort its rows by time_s.", row=row)
    start_s = float(time_s[0])
    # The mean over neighbours: the least of times rounded to microseconds would drift over an hour.
    hop_s = float(steps[steps < 1.5 * steps.min()].mean()) if steps.size else 0.01
    at = np.rint((time_s - start_s) / hop_s).astype(np.int64)
    cents = np.full(int(at[-1]) + 1, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        cents[at] = np.where(f0_hz > 0, 1200 * np.log2(f0_hz / A1_HZ), np.nan)
    confidence = np.empty(0, np.uint8)
    if "confidence" in melody.columns:
        confidence = np.zeros(cents.size, np.uint8)
        values = np.nan_to_num(melody["confidence"].to_numpy(np.float64))
        confidence[at] = np.clip(np.round(255 * values / max(1.0, values.max())), 0, 255)
    centre = np.empty(0)
    if "centre_cents" in melody.columns:
        centre = np.full(cents.size, np.nan)
        centre[at] = melody["centre_cents"].to_numpy(np.float64)
    return start_s, hop_s, cents, confidence, centre


def _spans(table: pd.DataFrame, what: str) -> tuple[np.ndarray, np.ndarray]:
    start_s = _wire.finite(_wire.column(table, "start_s", what=what), what=f"start_s of the {what}")
    end_s = _wire.finite(_wire.column(table, "end_s", what=what), what=f"end_s of the {what}")
    if (end_s < start_s).any():
        row = int(np.argmax(end_s < start_s))
        raise FlamsidError(
            "Row {row} of the {what} ends at {end_s:.3f} s, before it starts at {start_s:.3f} s.",
            row=row,
            what=what,
            end_s=end_s[row],
            start_s=start_s[row],
        )
    return start_s, end_s


def _motifs(instances: pd.DataFrame, colours: Mapping[str, str]) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Give codes of the motifs, and for each its id, steps, singer, colour (None: the browser picks)."""
    ids = _wire.column(instances, "motif_id", what="instances")
    codes, names = _wire.factorise(ids, what="motif_id", length=len(instances))
    first = instances.drop_duplicates("motif_id").reset_index(drop=True)
    patterns = first["pattern"] if "pattern" in first else pd.Series([""] * len(first))
    named = first["name"] if "name" in first else pd.Series([""] * len(first))
    singers = first["singer"] if "singer" in first else pd.Series([""] * len(first))
    motifs = [
        {
            "id": name,
            "pattern": str(pattern),
            "name": str(said),
            "singer": str(singer),
            "colour": colours.get(name, colours.get(str(singer))),
        }
        for name, pattern, said, singer in zip(names, patterns, named, singers, strict=True)
    ]
    return codes, motifs


def _waveform(waveform: np.ndarray | None) -> np.ndarray:
    if waveform is None:
        return np.empty(0, np.uint8)
    peaks = _wire.finite(np.asarray(waveform), what="The waveform")
    return np.clip(np.round(255 * np.abs(peaks.ravel())), 0, 255).astype(np.uint8)
