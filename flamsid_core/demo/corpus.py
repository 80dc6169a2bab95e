"""The demo corpus on disk: recordings, their table, and the ground truth beside each of them.

`demo.json` in the folder says what the folder was made from; it is written first, so that an interrupted
synthesis is known for what it is and goes on where it was.
"""

import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from flamsid_core.demo.room import record
from flamsid_core.demo.score import Score, compose
from flamsid_core.demo.singers import LABELS, SINGERS, Singer
from flamsid_core.demo.tracks import CONTROL_HOP, SAMPLE_RATE_HZ, perform
from flamsid_core.demo.voice import sing
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message
from flamsid_core.progress import Progress, silent
from flamsid_core.reading import read_json
from flamsid_core.workspace import atomic_path, write_json

MANIFEST = "demo.json"
TRUTH_HOP = (
    256  # samples at 44.1 kHz: the hop of the salience tracker, so that frames can be compared one to one
)
# Raise when the same seed would sound different: folders of an older version are made again.
_VERSION = 2
_STREAM_PERFORM, _STREAM_VOICE, _STREAM_RECORD, _STREAM_DAY = 3, 4, 5, 6


@dataclass(frozen=True)
class DemoRecording:
    """One synthesised recording with its ground truth.

    Attributes
    ----------
    signal : numpy.ndarray
        (samples,) int16 at 44.1 kHz.
    f0 : pandas.DataFrame
        ``time_s, f0_hz`` every 256 samples; 0 where unvoiced. In vocal fry, which has no one pitch, also 0.
    motifs : pandas.DataFrame
        ``start_s, end_s, pattern, name, sung`` of the planted motifs; patterns are signed steps over the singer's
        own levels, `sung` those of this occurrence with its grace notes.
    notes : pandas.DataFrame
        ``start_s, end_s, level, pitch_cents`` of all notes; levels from 0, pitch re 55 Hz. A note starts in the
        middle of the glide that leads to it.
    levels_cents : tuple of float
        The singer's levels in this recording's tuning, re 55 Hz, ascending.
    row : dict
        The row of ``recordings.csv``.
    """

    signal: npt.NDArray[np.int16]
    f0: pd.DataFrame
    motifs: pd.DataFrame
    notes: pd.DataFrame
    levels_cents: tuple[float, ...]
    row: dict[str, str | int]


def describe_recording(singer_index: int, take: int, seed: int = 0) -> dict[str, str | int]:
    """Return a recording's row of ``recordings.csv``: file, singer, style, title, year, source, licence."""
    singer = SINGERS[singer_index]
    style, title, label_index = singer.titles[take]
    label = LABELS[label_index]
    year = int(np.random.default_rng([seed, singer_index, take]).integers(label.years[0], label.years[1] + 1))
    return {
        "file": f"{singer.slug}/{take + 1:02d}-{_slug(style)}-{_slug(title)}.flac",
        "singer": singer.name,
        "style": style,
        "title": title,
        "year": year,
        "source": label.name,
        "licence": "CC0-1.0 (synthesised)",
    }


def render_recording(
    singer_index: int, take: int, seed: int = 0, *, on_step: Callable[[float], None] | None = None
) -> DemoRecording:
    """Synthesise one recording in memory.

    Parameters
    ----------
    singer_index : int
        Which of the six singers, from 0.
    take : int
        Which of the singer's recordings, from 0.
    seed : int
        Corpus seed; the same numbers always give the same samples.
    on_step : callable, optional
        Called with the fraction done, a few times; what it raises ends the synthesis.

    Returns
    -------
    DemoRecording
    """
    step = on_step or (lambda fraction: None)
    singer = SINGERS[singer_index]

    def stream(number: int) -> np.random.Generator:
        return np.random.default_rng([seed, singer_index, take, number])

    score = compose(singer_index, take, seed)
    singer = _on_the_day(singer, stream(_STREAM_DAY))
    tracks = perform(score, singer, stream(_STREAM_PERFORM))
    step(0.15)
    voice = sing(tracks, singer, stream(_STREAM_VOICE))
    step(0.5)
    sound = record(voice, LABELS[singer.titles[take][2]], stream(_STREAM_RECORD))
    step(0.8)
    every = TRUTH_HOP // CONTROL_HOP
    f0_hz = np.where(tracks.voiced, tracks.f0_hz, 0.0)[:-1:every]
    time_s = np.arange(len(f0_hz)) * (TRUTH_HOP / SAMPLE_RATE_HZ)
    return DemoRecording(
        signal=np.rint(sound * 32767.0).astype(np.int16),
        f0=pd.DataFrame({"time_s": time_s, "f0_hz": f0_hz}),
        motifs=pd.DataFrame(
            [(m.start_s, m.end_s, m.pattern, m.name, m.sung) for m in score.motifs],
            columns=["start_s", "end_s", "pattern", "name", "sung"],
        ),
        notes=_notes(score),
        levels_cents=score.levels_cents,
        row=describe_recording(singer_index, take, seed),
    )


def _notes(score: Score) -> pd.DataFrame:
    """Return the notes of a score with their times and pitches."""
    rows = []
    for phrase in score.phrases:
        start_s = phrase.start_s
        for note in phrase.notes:
            pitch_cents = score.levels_cents[note.level] + note.detune_cents
            rows.append((start_s, start_s + note.duration_s, note.level, pitch_cents))
            start_s += note.duration_s
    return pd.DataFrame(rows, columns=["start_s", "end_s", "level", "pitch_cents"])


def _on_the_day(singer: Singer, rng: np.random.Generator) -> Singer:
    """Vary the voice a little from one recording to the next: hoarser or fresher, larynx higher or lower."""
    rd_shift = rng.uniform(-0.15, 0.2)
    return replace(
        singer,
        tract=singer.tract * rng.uniform(0.985, 1.015),
        damping=singer.damping * rng.uniform(0.9, 1.12),
        rd=(singer.rd[0] + 0.6 * rd_shift, singer.rd[1] + rd_shift),
        aspiration=singer.aspiration * rng.uniform(0.7, 1.5),
        jitter=singer.jitter * rng.uniform(0.8, 1.25),
        shimmer=singer.shimmer * rng.uniform(0.8, 1.25),
        vibrato_hz=singer.vibrato_hz * rng.uniform(0.96, 1.04),
        vibrato_cents=singer.vibrato_cents * rng.uniform(0.85, 1.1),
    )


def synthesise_demo(
    dest: str | os.PathLike[str],
    *,
    seed: int = 0,
    on_progress: Progress | None = None,
    singers: int | None = None,
    recordings: int | None = None,
) -> Path:
    """Synthesise the demo corpus: six virtual singers, four recordings each, on two record labels.

    Beside each ``<name>.flac`` lie ``<name>.f0.csv`` (``time_s, f0_hz``, every 256 samples, 0 = unvoiced),
    ``<name>.notes.csv`` (``start_s, end_s, level, pitch_cents``) and ``<name>.motifs.csv`` (``start_s, end_s,
    pattern, name, sung`` of the planted motifs). ``recordings.csv`` describes them all. What an earlier call with the
    same arguments has finished is kept; files appear whole or not at all.

    Parameters
    ----------
    dest : path
        A new or empty folder, or one that an earlier call has made.
    seed : int
        The same seed gives the same samples, byte for byte.
    on_progress : callable, optional
        Called with a fraction 0..1 and a short text, several times per recording; what it raises stops the
        synthesis.
    singers, recordings : int, optional
        Only so many singers and so many recordings of each.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    FlamsidError
        When the folder holds something else, or cannot be written.
    """
    root = Path(dest).expanduser()
    rows = _plan(seed, singers, recordings)
    report = on_progress or silent
    made_from = {"flamsid_demo": _VERSION, "seed": seed, "files": [row["file"] for row in rows.values()]}
    try:
        _claim(root, made_from)
        for number, ((singer_index, take), row) in enumerate(rows.items()):
            text = f"{row['singer']}: {row['title']}"
            report(number / len(rows), text)
            audio = root / str(row["file"])
            if not all(path.is_file() for path in _parts(audio)):
                recording = render_recording(
                    singer_index,
                    take,
                    seed,
                    on_step=partial(_report_step, report, number, len(rows), text),
                )
                _write(recording, audio)
        table = root / "recordings.csv"
        if not table.is_file():
            with atomic_path(table) as temporary:
                pd.DataFrame(list(rows.values())).to_csv(temporary, index=False)
    except OSError as error:
        raise FlamsidError(
            "{root}: the demo corpus cannot be written ({reason}); choose another folder.",
            root=root,
            reason=error.strerror or error,
        ) from error
    report(1.0, Message("demo corpus ready"))
    return root


def _report_step(report: Progress, number: int, total: int, text: str, done: float) -> None:
    report((number + done) / total, text)


def _plan(
    seed: int, singers: int | None, recordings: int | None
) -> dict[tuple[int, int], dict[str, str | int]]:
    most = min(len(singer.titles) for singer in SINGERS)
    singers = len(SINGERS) if singers is None else singers
    recordings = most if recordings is None else recordings
    if not (1 <= singers <= len(SINGERS) and 1 <= recordings <= most):
        raise FlamsidError(
            "The demo corpus has 1 to {most_singers} singers with 1 to {most} recordings each, "
            "not {singers} with {recordings}.",
            most_singers=len(SINGERS),
            most=most,
            singers=singers,
            recordings=recordings,
        )
    return {
        (singer, take): describe_recording(singer, take, seed)
        for singer in range(singers)
        for take in range(recordings)
    }


def _claim(root: Path, made_from: dict[str, object]) -> None:
    """Make the folder ours: new, empty, or an earlier synthesis, whose files go if its settings differ."""
    manifest = root / MANIFEST
    if root.exists() and not root.is_dir():
        raise FlamsidError("{root}: is a file; give a folder for the demo corpus.", root=root)
    if manifest.is_file():
        try:
            earlier = read_json(manifest)
            files = [str(file) for file in earlier["files"]]
        except (ValueError, KeyError, TypeError) as error:
            raise FlamsidError(
                "{manifest}: is damaged; delete the folder and synthesise the demo again.", manifest=manifest
            ) from error
        if earlier == made_from:
            return
        for file in files:
            if (root / file).resolve().is_relative_to(root.resolve()):
                for path in _parts(root / file):
                    path.unlink(missing_ok=True)
        (root / "recordings.csv").unlink(missing_ok=True)
    elif root.is_dir() and any(root.iterdir()):
        raise FlamsidError(
            "{root}: holds other files; choose a new or empty folder for the demo corpus.", root=root
        )
    write_json(manifest, made_from)


def _parts(audio: Path) -> tuple[Path, ...]:
    """Return the files of one recording in the order they are written, the sound last."""
    return (*(audio.with_suffix(ending) for ending in (".f0.csv", ".notes.csv", ".motifs.csv")), audio)


def _write(recording: DemoRecording, audio: Path) -> None:
    import soundfile

    f0_csv, notes_csv, motifs_csv, _ = _parts(audio)
    for path, table in (
        (f0_csv, recording.f0.round({"time_s": 6, "f0_hz": 3})),
        (notes_csv, recording.notes.round(4)),
        (motifs_csv, recording.motifs.round(4)),
    ):
        with atomic_path(path) as temporary:
            table.to_csv(temporary, index=False)
    with atomic_path(audio) as temporary:
        soundfile.write(temporary, recording.signal, SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_16")


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(letter if letter.isalnum() else " " for letter in plain).split())
