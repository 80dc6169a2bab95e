"""Every format, named once: commands, menus, help and tests find it here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.formats.audacity import read_audacity, write_audacity
from flamsid_core.formats.csv_files import read_csv_f0, read_csv_spans, write_csv
from flamsid_core.formats.jams_files import read_jams, read_jams_f0, write_jams
from flamsid_core.formats.midi import write_midi
from flamsid_core.formats.musicxml import write_musicxml
from flamsid_core.formats.praat import read_praat_f0
from flamsid_core.formats.raven import write_raven
from flamsid_core.formats.svl import read_svl, read_svl_f0, write_svl
from flamsid_core.formats.tables import RecordingTables
from flamsid_core.formats.textgrid import read_textgrid, write_textgrid
from flamsid_core.registration import Registry

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Format:
    """A kind of file that other programs read or write.

    Attributes
    ----------
    name
        What it is called in commands and menus.
    programs
        The programs that it is for, for people.
    write
        From one recording's tables to the content of its files, by ending (".f0.csv"); None where `write_all` is.
    write_all
        From all recordings, one after another, to the content of files by name.
    read
        From a file's content and name to a table of start_s, end_s, text, layer.
    read_f0
        From a file's content and name to a table of time_s, f0_hz (0 = unvoiced).
    endings
        Endings that say that a file is of this format, in lower case.
    """

    name: str
    programs: str
    write: Callable[[RecordingTables], Files] | None = None
    write_all: Callable[[Iterable[RecordingTables]], Files] | None = None
    read: Callable[[bytes, str], pd.DataFrame] | None = None
    read_f0: Callable[[bytes, str], pd.DataFrame] | None = None
    endings: tuple[str, ...] = ()


FORMATS: Registry[Format] = Registry("{name!r} is not a format; choose one of {choices}.")


def register_format(kind: Format) -> None:
    """Make a format known under its name; the later of two with one name counts."""
    FORMATS.register(kind.name)(kind)


for _kind in (
    Format(
        "csv",
        "mir_eval, Sonic Visualiser, R, Excel",
        write=write_csv,
        read=read_csv_spans,
        read_f0=read_csv_f0,
        endings=(".csv", ".tsv"),
    ),
    Format(
        "svl",
        "Sonic Visualiser, Tony",
        write=write_svl,
        read=read_svl,
        read_f0=read_svl_f0,
        endings=(".svl",),
    ),
    Format("textgrid", "Praat, ELAN", write=write_textgrid, read=read_textgrid, endings=(".textgrid",)),
    Format("praat-pitch", "Praat", read_f0=read_praat_f0, endings=(".pitch", ".pitchtier")),
    Format("tonas", "the corpus TONAS", read_f0=read_csv_f0, endings=(".corrected",)),
    Format("audacity", "Audacity", write=write_audacity, read=read_audacity, endings=(".txt",)),
    Format("raven", "Raven", write_all=write_raven),
    Format(
        "jams",
        "jams, mirdata, mir_eval",
        write=write_jams,
        read=read_jams,
        read_f0=read_jams_f0,
        endings=(".jams",),
    ),
    Format("midi", "sequencers and notation programs", write=write_midi),
    Format("musicxml", "MuseScore, music21", write=write_musicxml),
):
    register_format(_kind)


def find_format(name: str) -> Format:
    """Return the format called `name`.

    Raises
    ------
    FlamsidError
        When there is none of that name; the sentence lists those there are.

    Examples
    --------
    >>> find_format("textgrid").programs
    'Praat, ELAN'
    """
    return FORMATS[name]


def _format_of(path: Path, wanted: str) -> Format:
    for kind in FORMATS.values():
        if path.suffix.lower() in kind.endings and getattr(kind, wanted):
            return kind
    known = sorted(end for kind in FORMATS.values() if getattr(kind, wanted) for end in kind.endings)
    raise FlamsidError(
        "{file}: files of this kind cannot be read here; give one that ends in {known}.",
        file=path.name,
        known=", ".join(known),
    )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FlamsidError(
            "{path}: cannot be read ({reason}).", path=path, reason=error.strerror or type(error).__name__
        ) from error


def read_layer(path: str | Path, *, layer: str | None = None) -> pd.DataFrame:
    r"""Read the spans of a file that another program wrote.

    Parameters
    ----------
    path
        A TextGrid, an Audacity label track (.txt), a layer of Sonic Visualiser (.svl), a CSV or a JAMS file; the
        ending says which.
    layer
        What to call spans whose file names no layer; default: the file's name without its ending, and what follows
        the last point in it ("take_1.words.csv" gives "words").

    Returns
    -------
    DataFrame
        start_s, end_s, text, layer; in order of time.

    Raises
    ------
    FlamsidError
        When the file cannot be read, and why.

    Examples
    --------
    >>> written = Path("take.words.csv").write_text("start_s,end_s,text\n0.5,1.25,ay\n", encoding="utf-8")
    >>> read_layer("take.words.csv").to_dict("records")
    [{'start_s': 0.5, 'end_s': 1.25, 'text': 'ay', 'layer': 'words'}]
    """
    path = Path(path)
    kind = _format_of(path, "read")
    assert kind.read is not None  # _format_of looked for it
    table = kind.read(_content(path), path.name)
    name = layer or PurePosixPath(path.stem).suffix.removeprefix(".") or path.stem
    table["layer"] = table["layer"].where(table["layer"] != "", name)
    return table.sort_values(["start_s", "end_s"], kind="stable", ignore_index=True)


def read_f0(path: str | Path) -> pd.DataFrame:
    r"""Read f0 that another program tracked or a person corrected.

    Parameters
    ----------
    path
        A CSV of time and Hz, a curve of Sonic Visualiser or Tony (.svl), a Pitch or PitchTier of Praat (text), a
        four-column track of TONAS (.f0.Corrected), or a JAMS file with a ``pitch_contour``.

    Returns
    -------
    DataFrame
        time_s, f0_hz (0 = unvoiced; a .svl leaves unvoiced frames out).

    Raises
    ------
    FlamsidError
        When the file cannot be read, and why.

    Examples
    --------
    >>> written = Path("take.f0.csv").write_text("0.00,220.0\n0.01,0.0\n", encoding="utf-8")
    >>> read_f0("take.f0.csv").to_numpy().tolist()
    [[0.0, 220.0], [0.01, 0.0]]
    """
    path = Path(path)
    kind = _format_of(path, "read_f0")
    assert kind.read_f0 is not None  # _format_of looked for it
    return kind.read_f0(_content(path), path.name)
