"""The annotations as plain files, for git and for other programs: CSV and JAMS.

`entries.csv` holds everything and is read back without loss. `marks.csv`, `layers.csv`, `motifs.csv` and the JAMS
files hold what the entries come to; where only those are given, marks, layers and motifs are read from them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd

from flamsid_core.annotations.corrections import share_corrected
from flamsid_core.annotations.entries import Entry
from flamsid_core.annotations.store import Annotations
from flamsid_core.corpus.cells import plain_cell, spreadsheet_csv
from flamsid_core.errors import FlamsidError
from flamsid_core.reading import read_json
from flamsid_core.workspace import atomic_path, write_json

ENTRY_COLUMNS = tuple(f.name for f in fields(Entry) if f.name != "seq")
JAMS_VERSION = "0.3.4"
_JSON_COLUMNS = ("detail", "tags", "instances")


def export_annotations(
    annotations: Annotations,
    folder: str | os.PathLike[str],
    recordings: pd.DataFrame,
    melodies: Mapping[str, pd.DataFrame] | None = None,
) -> list[Path]:
    """Write all annotations of a corpus into a folder.

    Parameters
    ----------
    annotations
    folder
        Made where it is not there; files of the same names are replaced.
    recordings : DataFrame
        recording_id, file, duration_s and, where known, title and singer: what the files say beside the ids.
    melodies : mapping of recording_id to DataFrame, optional
        Corrected melodies (time_s, f0_hz, corrected); each goes into its recording's JAMS file.

    Returns
    -------
    list of Path
        The files: entries.csv, marks.csv, layers.csv, motifs.csv and <recording_id>.jams for each recording that has
        marks or a melody.
    """
    folder = Path(folder)
    melodies = melodies or {}
    files = recordings.set_index("recording_id")["file"].to_dict()
    entries = pd.DataFrame(
        [{name: getattr(entry, name) for name in ENTRY_COLUMNS} for entry in annotations.entries(state=None)],
        columns=list(ENTRY_COLUMNS),
    )
    marks = annotations.marks()
    tables = {
        "entries": _with_file(entries, files),
        "marks": _with_file(marks, files),
        "layers": annotations.layers(),
        "motifs": annotations.motifs(),
    }
    written = []
    for name, table in tables.items():
        written.append(folder / f"{name}.csv")
        _write_csv(written[-1], table)
    for row in recordings.to_dict("records"):
        recording_id = row["recording_id"]
        own = marks[marks["recording_id"] == recording_id]
        if len(own) or recording_id in melodies:
            written.append(folder / f"{recording_id}.jams")
            write_json(written[-1], jams_of(row, own, melodies.get(recording_id)))
    return written


def jams_of(recording: Mapping[Any, Any], marks: pd.DataFrame, melody: pd.DataFrame | None) -> dict[str, Any]:
    """Return one recording as a JAMS document: a `segment_open` annotation a layer, `pitch_contour` for the melody.

    Parameters
    ----------
    recording : mapping
        recording_id, file, duration_s, and title and singer where known.
    marks : DataFrame
        Its marks; see `Annotations.marks`. A point has duration 0.
    melody : DataFrame, optional
        time_s, f0_hz (0 = unvoiced), corrected.

    References
    ----------
    Humphrey et al. (2014), "JAMS: a JSON annotated music specification for reproducible MIR research", ISMIR.
    """
    annotations = []
    for layer, own in marks.groupby("layer", sort=False):
        data = [
            {
                "time": row["start_s"],
                "duration": 0.0 if pd.isna(row["end_s"]) else row["end_s"] - row["start_s"],
                "value": row["text"],
                "confidence": None,
            }
            for row in own.to_dict("records")
        ]
        sandbox = {
            "layer": layer,
            "marks": [
                {name: row[name] for name in ("mark_id", "tags", "colour", "author", "changed_at")}
                for row in own.to_dict("records")
            ],
        }
        annotator = {"name": ", ".join(sorted(set(own["author"])))}
        annotations.append(_jams_annotation("segment_open", data, recording, annotator, sandbox))
    if melody is not None:
        data = [
            {
                "time": time_s,
                "duration": 0.0,
                "value": {"index": 0, "frequency": f0_hz, "voiced": f0_hz > 0},
                "confidence": None,
            }
            for time_s, f0_hz in zip(melody["time_s"].tolist(), melody["f0_hz"].tolist(), strict=True)
        ]
        sandbox = {"share_corrected": share_corrected(melody)}
        annotations.append(_jams_annotation("pitch_contour", data, recording, {}, sandbox))
    return {
        "annotations": annotations,
        "file_metadata": {
            "title": str(recording.get("title", "")),
            "artist": str(recording.get("singer", "")),
            "release": "",
            "duration": float(recording["duration_s"]),
            "identifiers": {},
            "jams_version": JAMS_VERSION,
        },
        "sandbox": {"recording_id": recording["recording_id"], "file": recording["file"]},
    }


def _jams_annotation(
    namespace: str,
    data: list[dict[str, Any]],
    recording: Mapping[Any, Any],
    annotator: Mapping[str, str],
    sandbox: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "namespace": namespace,
        "data": data,
        "annotation_metadata": {
            "annotator": annotator,
            "annotation_tools": "flamsid",
            "annotation_rules": "",
            "data_source": "",
            "validation": "",
            "version": "",
            "corpus": "",
            "curator": {"name": "", "email": ""},
        },
        "sandbox": sandbox,
        "time": 0,
        "duration": float(recording["duration_s"]),
    }


def import_annotations(
    annotations: Annotations, source: str | os.PathLike[str], recordings: pd.DataFrame
) -> dict[str, int]:
    """Read annotations from a folder of `export_annotations`, or from one CSV or JAMS file.

    What is there already stays; the same entry or mark is never taken twice.

    Parameters
    ----------
    annotations
        Where they go.
    source
        A folder (its entries.csv, or else its other files), a file of entries or marks (CSV), or a .jams file. A table
        of marks needs start_s, layer and recording_id or file; other programs' tables may leave the rest out.
    recordings : DataFrame
        recording_id and file of the corpus.

    Returns
    -------
    dict
        entries (how many were new), known (how many were there already).

    Raises
    ------
    FlamsidError
        If a file cannot be read, or names a recording that is not in the corpus.
    """
    source = Path(source)
    paths = _files_of(source)
    if not paths:
        raise FlamsidError(
            "{source} holds no annotations: give a folder with entries.csv or marks.csv, or a .csv or .jams file.",
            source=str(source),
        )
    ids = _recording_ids(recordings)
    found = [entry for path in paths for entry in _entries_of(path, ids)]
    fresh = annotations.merge(found)
    return {"entries": fresh, "known": len(found) - fresh}


def _files_of(source: Path) -> list[Path]:
    if not source.is_dir():
        return [source] if source.is_file() else []
    if (source / "entries.csv").is_file():
        return [source / "entries.csv"]
    tables = [source / f"{name}.csv" for name in ("layers", "marks", "motifs")]
    # Where marks.csv is, the JAMS files hold the same marks.
    documents = [] if tables[1].is_file() else sorted(source.glob("*.jams"))
    return [path for path in [*tables, *documents] if path.is_file()]


def _recording_ids(recordings: pd.DataFrame) -> dict[str, str]:
    """Map what a file may call a recording to its recording_id: the id, the file, and its bare name where unique."""
    stems = recordings["file"].map(lambda file: Path(file).stem)
    once = ~stems.duplicated(keep=False)
    return {
        **dict(zip(stems[once], recordings["recording_id"][once], strict=True)),
        **dict(zip(recordings["file"], recordings["recording_id"], strict=True)),
        **dict(zip(recordings["recording_id"], recordings["recording_id"], strict=True)),
    }


def _entries_of(path: Path, ids: Mapping[str, str]) -> Iterator[Entry]:
    if path.suffix.lower() == ".jams":
        yield from _entries_of_jams(path, ids)
        return
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False).map(plain_cell)
    except (OSError, ValueError) as error:
        raise FlamsidError(
            "{file} cannot be read as a CSV table ({reason}).", file=str(path), reason=error
        ) from error
    rows = list(enumerate(table.to_dict("records"), start=2))
    if "entry_id" in table:
        make = _entry_of_row
    elif "motif_key" in table:
        make = _motif_of_row
    elif "layer" in table and "start_s" in table:
        make = _mark_of_row
    elif "layer" in table and "kind" in table:
        make = _layer_of_row
    else:
        raise FlamsidError(
            "{file} is not a table of annotations: it needs the columns start_s and layer, or those that "
            "flamsid annotations export writes.",
            file=str(path),
        )
    for line, row in rows:
        try:
            yield make(row, ids)
        except (FlamsidError, ValueError, KeyError, TypeError) as error:
            raise FlamsidError(
                "{file}, line {line}: {reason}", file=str(path), line=line, reason=str(error)
            ) from error


def _entry_of_row(row: Mapping[Any, str], ids: Mapping[str, str]) -> Entry:
    return Entry(
        _known(row, ids) if row["recording_id"] else "",
        row["subject"],
        row["kind"],
        _seconds(row["start_s"]),
        _seconds(row["end_s"]),
        json.loads(row["detail"]),
        row["entry_id"],
        row["author"],
        row["made_at"],
        row["state"],
    )


def _mark_of_row(row: Mapping[Any, str], ids: Mapping[str, str]) -> Entry:
    detail = {
        "layer": row["layer"],
        "text": row.get("text", ""),
        "tags": json.loads(row.get("tags") or "[]"),
        "colour": row.get("colour", ""),
    }
    recording_id, start_s, end_s = _known(row, ids), _seconds(row["start_s"]), _seconds(row.get("end_s", ""))
    return _imported("mark", "add", detail, recording_id, start_s, end_s, row.get("mark_id", ""))


def _layer_of_row(row: Mapping[Any, str], ids: Mapping[str, str]) -> Entry:
    detail = {"layer": row["layer"], "kind": row["kind"], "colour": row.get("colour", "")}
    return _imported("layer", "set", detail)


def _motif_of_row(row: Mapping[Any, str], ids: Mapping[str, str]) -> Entry:
    detail = {
        "motif_key": row["motif_key"],
        "name": row.get("name", ""),
        "note": row.get("note", ""),
        "tags": json.loads(row.get("tags") or "[]"),
        "rejected": row.get("rejected", "").strip().lower() in ("true", "1", "yes"),
        "instances": json.loads(row.get("instances") or "[]"),
    }
    return _imported("motif", "set", detail)


def _entries_of_jams(path: Path, ids: Mapping[str, str]) -> Iterator[Entry]:
    try:
        document = read_json(path)
        sandbox = document.get("sandbox", {})
        names = {"recording_id": sandbox.get("recording_id", ""), "file": sandbox.get("file", path.stem)}
        recording_id = _known(names if names["recording_id"] else {"file": names["file"]}, ids)
        for annotation in document["annotations"]:
            if annotation["namespace"] not in ("segment_open", "tag_open"):
                continue
            about = annotation.get("sandbox", {})
            marks = about.get("marks", [{}] * len(annotation["data"]))
            for observation, mark in zip(annotation["data"], marks, strict=True):
                start_s, duration_s = float(observation["time"]), float(observation["duration"])
                detail = {
                    "layer": about.get("layer", annotation["namespace"]),
                    "text": str(observation["value"]),
                    "tags": mark.get("tags", []),
                    "colour": mark.get("colour", ""),
                }
                end_s = start_s + duration_s if duration_s > 0 else None
                yield _imported("mark", "add", detail, recording_id, start_s, end_s, mark.get("mark_id", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FlamsidError(
            "{file} cannot be read as JAMS: {reason}", file=str(path), reason=str(error)
        ) from error


def _imported(
    subject: str,
    kind: str,
    detail: dict[str, Any],
    recording_id: str = "",
    start_s: float | None = None,
    end_s: float | None = None,
    mark_id: str = "",
) -> Entry:
    """Return an entry whose id follows from what it says, so that the same file read twice adds it once."""
    content = json.dumps([subject, kind, detail, recording_id, start_s, end_s, mark_id], sort_keys=True)
    entry_id = hashlib.sha256(content.encode()).hexdigest()[:32]
    if subject == "mark":
        detail = detail | {"mark_id": mark_id or entry_id}
    return Entry(recording_id, subject, kind, start_s, end_s, detail, entry_id)


def _known(row: Mapping[Any, str], ids: Mapping[str, str]) -> str:
    """Return the recording a row is about: by its id, or by its file where the sound has changed since."""
    named = [row[name] for name in ("recording_id", "file") if row.get(name)]
    for name in named:
        if name in ids:
            return ids[name]
    raise FlamsidError(
        "the recording {name} is not in this corpus; give its recording_id or its file.",
        name=" / ".join(named) or "(none named)",
    )


def _seconds(cell: str) -> float | None:
    return float(cell) if cell.strip() else None


def _with_file(table: pd.DataFrame, files: Mapping[Any, str]) -> pd.DataFrame:
    return table.assign(file=[files.get(recording_id, "") for recording_id in table["recording_id"]])


def _write_csv(path: Path, table: pd.DataFrame) -> None:
    plain = table.copy()
    for name in _JSON_COLUMNS:
        if name in plain:
            plain[name] = [json.dumps(value, ensure_ascii=False, default=list) for value in plain[name]]
    with atomic_path(path, durable=True) as temporary:
        temporary.write_bytes(spreadsheet_csv(plain))
