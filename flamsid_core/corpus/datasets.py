"""Published data sets of whole recordings as corpus folders: TONAS, cante100, and all that mirdata loads.

What is imported is a folder of sound files with `recordings.csv`; beside a sound file lie its published f0
("x.f0.csv": time_s, f0_hz) and notes ("x.notes.csv": start_s, end_s, f0_hz).
"""

from __future__ import annotations

import csv
import importlib.util
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import ArrayLike

from flamsid_core.corpus.cells import tidy
from flamsid_core.corpus.encodings import decode_text
from flamsid_core.corpus.files import Progress, list_audio, report_files
from flamsid_core.corpus.importing import copy_whole, refuse_dest
from flamsid_core.corpus.loading import UNFINISHED_MARK, Corpus, load_corpus
from flamsid_core.corpus.recordings import METADATA_COLUMNS, TABLE_NAME
from flamsid_core.corpus.tables import add_rows
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import N_
from flamsid_core.workspace import atomic_path

MUSICBRAINZ = "musicbrainz_recording_id"


@dataclass(frozen=True)
class Track:
    """One recording of a data set: where it lies, what is known of it, what was annotated.

    Attributes
    ----------
    audio, file
        The sound file, and what it is called in the corpus.
    about
        Cells of `recordings.csv`.
    f0
        Rows of time_s, f0_hz (0 = unvoiced).
    notes
        Rows of start_s, end_s, f0_hz.
    """

    audio: Path
    file: str
    about: Mapping[str, str]
    f0: Sequence[tuple[float, float]] = ()
    notes: Sequence[tuple[float, float, float]] = field(default=())


def import_dataset(
    kind: str,
    src: str | os.PathLike[str],
    dest: str | os.PathLike[str],
    *,
    on_progress: Progress | None = None,
) -> Corpus:
    """Copy a published data set into a corpus folder.

    Parameters
    ----------
    kind
        "tonas" (Mora et al. 2010), "cante100" (Kroher et al. 2016), or "mirdata:NAME" for any set that mirdata loads.
    src
        The data set's folder, as it is published (for mirdata: its data_home).
    dest
        The corpus folder to make; missing, empty, or left by an earlier import. The table is written last, and after an
        interruption the same call goes on where it was.
    on_progress
        Called with a fraction 0..1 and a short text; what it raises stops the work.

    Raises
    ------
    FlamsidError
        When `src` is not that data set, or `dest` cannot be written.
    """
    src, dest = Path(src).expanduser(), Path(dest).expanduser()
    refuse_dest(src, dest, TABLE_NAME)
    if not src.is_dir():
        raise FlamsidError("{src}: is not a folder; give the folder of the data set.", src=src)
    if kind.startswith("mirdata:"):
        tracks = list(_mirdata(kind.removeprefix("mirdata:"), src))
    elif kind in READERS:
        tracks = list(READERS[kind](src))
    else:
        raise FlamsidError(
            "{kind!r} is not a data set that can be imported; choose one of {known}, or mirdata:NAME.",
            kind=kind,
            known=", ".join(READERS),
        )
    if not tracks:
        raise FlamsidError("{src}: holds no sound file of {kind}; unpack it there first.", src=src, kind=kind)
    own = sorted({name for track in tracks for name in track.about} - set(METADATA_COLUMNS))
    try:
        dest.mkdir(parents=True, exist_ok=True)
        (dest / UNFINISHED_MARK).touch()
        for done, track in enumerate(tracks, start=1):
            target = dest / track.file
            copy_whole(track.audio, target)
            _write_rows(target.with_suffix(".f0.csv"), ("time_s", "f0_hz"), track.f0)
            _write_rows(target.with_suffix(".notes.csv"), ("start_s", "end_s", "f0_hz"), track.notes)
            report_files(
                on_progress and (lambda part, text: on_progress(0.5 * part, text)),
                done,
                len(tracks),
                N_("copied {done} of {total} files"),
            )
        (dest / TABLE_NAME).unlink(missing_ok=True)
        rows = [{"file": track.file, **track.about} for track in tracks]
        columns = ("file", *METADATA_COLUMNS, *own)
        add_rows(dest / TABLE_NAME, [{name: row.get(name, "") for name in columns} for row in rows], columns)
        (dest / UNFINISHED_MARK).unlink()
    except OSError as error:
        raise FlamsidError(
            "{dest}: cannot be written ({reason}); choose another folder.", dest=dest, reason=error.strerror
        ) from error
    return load_corpus(
        dest, on_progress=on_progress and (lambda part, text: on_progress(0.5 + 0.5 * part, text))
    )


def _write_rows(path: Path, header: Sequence[str], rows: Sequence[Sequence[float]]) -> None:
    if len(rows):
        with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(header)
            writer.writerows([f"{value:.6f}" for value in row] for row in rows)


def _midi_hz(midi: float, tuning_cents: float = 0.0) -> float:
    return float(440.0 * 2.0 ** ((midi - 69.0) / 12.0 + tuning_cents / 1200.0))


def _numbers(path: Path, columns: int) -> list[list[float]]:
    """Return the rows of a file of numbers, separated by blanks or commas; nothing where there is no file."""
    if not path.is_file():
        return []
    rows = []
    for place, line in enumerate(decode_text(path.read_bytes())[0].splitlines(), start=1):
        cells = line.replace(",", " ").split()
        if not cells:
            continue
        try:
            rows.append([float(cell) for cell in cells[:columns]])
        except ValueError as error:
            raise FlamsidError(
                "{path}, line {line}: {text!r} is not numbers; unpack the data set again.",
                path=path,
                line=place,
                text=line[:60],
            ) from error
    return rows


def _tonas(src: Path) -> Iterator[Track]:
    """TONAS: a folder a style, "x.wav" with "x.f0.Corrected" and "x.notes.Corrected", and one table.

    The table is in an encoding of its own: read as if it were UTF-8 it loses its accents.
    """
    table = src / "TONAS-Metadata.txt"
    if not table.is_file():
        raise FlamsidError(
            "{src}: TONAS-Metadata.txt is missing; give the folder TONAS was unpacked to.", src=src
        )
    text = decode_text(table.read_bytes())[0].replace("\0", "")
    known = {}
    for line in text.splitlines():
        cells = [tidy(cell) for cell in line.split("\t")]
        if len(cells) >= 4:
            known[cells[0].removesuffix(".wav")] = {"style": cells[1], "title": cells[2], "singer": cells[3]}
    for file in list_audio(src)[0]:
        audio = src / file
        about = known.get(audio.stem)
        if about is None:
            continue
        # time, energy, f0 as it was tracked, f0 as it was corrected
        f0 = [
            (row[0], max(row[3], 0.0))
            for row in _numbers(audio.with_suffix(".f0.Corrected"), 4)
            if len(row) == 4
        ]
        rows = _numbers(audio.with_suffix(".notes.Corrected"), 3)
        tuning = rows[0][0] if rows and len(rows[0]) == 1 else 0.0
        notes = [(row[0], row[0] + row[1], _midi_hz(row[2], tuning)) for row in rows if len(row) == 3]
        yield Track(audio, file, {**about, "source": "TONAS"}, f0, notes)


def _cante100(src: Path) -> Iterator[Track]:
    """cante100: "cante100Meta.xml", and by number sound, f0 (Hz) and notes (onset, duration, MIDI) of each."""
    table = src / "cante100Meta.xml"
    if not table.is_file():
        raise FlamsidError("{src}: cante100Meta.xml is missing; give the folder with it.", src=src)
    try:
        document = ET.fromstring(table.read_bytes())
    except ET.ParseError as error:
        raise FlamsidError("{path}: is damaged; download it again.", path=table) from error
    files: dict[str, dict[int, Path]] = {"f0": {}, "notes": {}, "audio": {}}
    for path in sorted(src.rglob("*")):
        number = re.match(r"(\d{1,3})[_.\- ]", path.name)
        ending = path.name.lower()
        kind = ""
        if ending.endswith("f0.csv"):
            kind = "f0"
        elif ending.endswith(".csv") and "transcription" in path.parent.name.lower():
            kind = "notes"
        elif path.suffix.lower() in (".mp3", ".wav", ".flac"):
            kind = "audio"
        if number and kind:
            files[kind].setdefault(int(number.group(1)), path)
    for child in document:
        number_text = re.sub(r"\D", "", child.get("id") or "")
        cells = {part.tag: tidy(part.text) for part in child.iter() if part is not child}
        audio = files["audio"].get(int(number_text or -1))
        if audio is None:
            continue
        about = {
            "singer": cells.pop("artist", ""),
            "title": cells.pop("title", ""),
            "source": cells.pop("anthology", "") or "cante100",
            MUSICBRAINZ: cells.pop("musicBrainzID", ""),
            "style": next((value for name, value in cells.items() if "style" in name.lower()), ""),
        }
        key = int(number_text)
        f0 = [(row[0], max(row[1], 0.0)) for row in _numbers(files["f0"].get(key, Path("-")), 2)]
        notes = [
            (row[0], row[0] + row[1], _midi_hz(row[2]))
            for row in _numbers(files["notes"].get(key, Path("-")), 3)
        ]
        yield Track(audio, audio.relative_to(src).as_posix(), about, f0, notes)


READERS = {"tonas": _tonas, "cante100": _cante100}


def _mirdata(name: str, src: Path) -> Iterator[Track]:
    """Any data set of mirdata: who sings is what the loader calls singer or artist; f0 and notes where it has them."""
    if importlib.util.find_spec("mirdata") is None:
        raise FlamsidError("mirdata is not installed; install it with pip install 'flamsid[mirdata]'.")
    import mirdata

    if name not in mirdata.list_datasets():
        raise FlamsidError("{name!r} is not a data set of mirdata.", name=name)
    dataset = mirdata.initialize(name, data_home=str(src))
    for track_id, track in dataset.load_tracks().items():
        audio = Path(str(getattr(track, "audio_path", "") or ""))
        if not audio.is_file():
            continue
        words = {
            "singer": _word(track, "singer", "artist", "singer_id", "artist_id") or name,
            "title": _word(track, "title", "track_name", "name") or str(track_id),
            "style": _word(track, "style", "genre", "form"),
            "source": name,
            "mirdata_track_id": str(track_id),
            MUSICBRAINZ: _word(track, "mbid", "musicbrainz_id", "identifier"),
        }
        file = audio.resolve().relative_to(src.resolve()).as_posix()
        yield Track(audio, file, words, _mirdata_f0(track), _mirdata_notes(track))


def _word(track: Any, *names: str) -> str:
    for name in names:
        value = getattr(track, name, None)
        if isinstance(value, str | int) and str(value).strip():
            return tidy(str(value))
    return ""


def _mirdata_f0(track: Any) -> list[tuple[float, float]]:
    for name in ("f0", "melody", "pitch", "pitch_vocal"):
        data = getattr(track, name, None)
        if data is not None and hasattr(data, "frequencies") and hasattr(data, "times"):
            return _pairs(data.times, np.maximum(np.asarray(data.frequencies, dtype=float), 0.0))
    return []


def _mirdata_notes(track: Any) -> list[tuple[float, float, float]]:
    data = getattr(track, "notes", None)
    if data is None or not hasattr(data, "intervals"):
        return []
    pitches = np.asarray(getattr(data, "notes", getattr(data, "pitches", ())), dtype=float)
    if getattr(data, "pitch_unit", "hz") == "midi":
        pitches = np.array([_midi_hz(pitch) for pitch in pitches])
    return [(float(a), float(b), float(hz)) for (a, b), hz in zip(data.intervals, pitches, strict=True)]


def _pairs(first: ArrayLike, second: ArrayLike) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in zip(np.asarray(first), np.asarray(second), strict=True)]
