"""What a workspace knows, as the files of neighbours: a recording, or a whole corpus at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from flamsid_core.annotations import open_annotations
from flamsid_core.corpus.carrier import speed_words, time_factor
from flamsid_core.corpus.cells import spreadsheet_csv
from flamsid_core.errors import FlamsidError
from flamsid_core.formats import FORMATS, Format, RecordingTables, find_format, register_format
from flamsid_core.messages import Message
from flamsid_core.pipeline.said import as_said, said_of_motifs
from flamsid_core.progress import Report, silent_report
from flamsid_core.workspace import Workspace, atomic_path

# Tables of the workspace that go out as they are, under these names.
CORPUS_TABLES = {
    "recordings": "corpus/recordings",
    "segments": "contour/segments",
    "levels": "contour/levels",
    "motifs": "motifs/motifs",
    "instances": "motifs/instances",
    "families": "motifs/families",
    "occurrences": "motifs/occurrences",
}
_TABLE_FORMATS = ("parquet", "csv-tables")
_WITH_EMBEDDING = ["instance_id", "motif_id", "pattern", "recording_id", "singer", "start_s", "end_s"]
_PICTURES = ("svg", "png")
_OWN_TO_FILES = ("size_bytes", "mtime_ns")


def _picture(kind: str) -> Format:
    def write(tables: RecordingTables) -> Mapping[str, bytes]:
        from flamsid_core import plots

        if tables.melody is None:
            return {}
        return {f".{kind}": plots.picture(plots.recording_curve(tables.melody, tables.notes), kind)}

    return Format(kind, "articles and slides", write=write)


for _kind in _PICTURES:
    register_format(_picture(_kind))


def format_names() -> tuple[str, ...]:
    """Return every name that `export_corpus` takes: those of a recording's files, then those of whole tables."""
    return (*file_formats(), *_TABLE_FORMATS)


def file_formats() -> list[str]:
    """Return the names of the formats in which a recording can be written."""
    return [name for name, kind in FORMATS.items() if kind.write or kind.write_all]


def tables_of(workspace: Workspace, row: Mapping[str, Any]) -> RecordingTables:
    """Return all that a workspace knows of one recording.

    Parameters
    ----------
    workspace
        The workspace.
    row
        The recording's row of the recordings table.
    """
    recording_id = str(row["recording_id"])

    def mine(name: str) -> pd.DataFrame | None:
        if not workspace.has(name):
            return None
        table = workspace.table(name)
        return table[table["recording_id"] == recording_id].reset_index(drop=True)

    said = said_of_motifs(workspace)
    spans = {"motifs": mine("motifs/instances"), "families": mine("motifs/occurrences")}
    spans = {name: None if table is None else as_said(table, said) for name, table in spans.items()}
    spans |= layers_of_a_person(workspace, recording_id)
    return RecordingTables(
        file=str(row["file"]),
        duration_s=float(row["duration_s"]) * time_factor(float(row.get("speed", 0.0))),
        sample_rate_hz=int(row["sample_rate_hz"]),
        about={name: value for name, value in row.items() if name not in _OWN_TO_FILES},
        melody=workspace.table(f"melody/{recording_id}") if workspace.has(f"melody/{recording_id}") else None,
        notes=mine("contour/segments"),
        spans={name: table for name, table in spans.items() if table is not None},
    )


def layers_of_a_person(workspace: Workspace, recording_id: str) -> dict[str, pd.DataFrame]:
    """Return the layers somebody marked in a recording, by name; points last no time."""
    if workspace.corpus is None or not workspace.corpus.is_dir():
        return {}
    marks = open_annotations(workspace.corpus).marks(recording_id)
    marks["end_s"] = marks["end_s"].fillna(marks["start_s"])
    return {str(layer): rows.reset_index(drop=True) for layer, rows in marks.groupby("layer", sort=False)}


def export_corpus(
    workspace: str | Path,
    kind: str,
    output: str | Path,
    *,
    recordings: Sequence[str] = (),
    layers: Sequence[str] = (),
    report: Report = silent_report,
) -> list[Path]:
    """Write what a workspace knows in one format, each file whole or not at all.

    Parameters
    ----------
    workspace
        A workspace in which at least the melodies have been made.
    kind
        One of `format_names`.
    output
        The folder to write into; made where it is missing. Files lie in it as the recordings lie in the corpus, a file
        for each recording and layer ("Tomás/take.f0.csv").
    recordings
        Identifiers, files, titles or singers; empty for all.
    layers
        "f0", "notes", "motifs", "families", …; empty for all there are.
    report
        Called with ("export", fraction, text).

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    FlamsidError
        When the format or a recording is unknown, or nothing has been made yet.

    Examples
    --------
    >>> import flamsid_core as flamsid
    >>> demo = flamsid.open_demo("demo", singers=2, recordings=2)
    >>> notes = demo.track()
    >>> files = flamsid.export(demo.workspace.root, "textgrid", "for Praat")
    >>> sorted({file.suffix for file in files})
    ['.TextGrid']
    """
    results, output = Workspace(workspace), Path(output)
    if kind not in format_names():
        find_format(kind)
    chosen = _chosen(results.table("corpus/recordings"), recordings)
    if kind in _TABLE_FORMATS:
        return _write_tables(results, kind, output, chosen)
    found = find_format(kind)
    written = []
    stems = _stems(results.table("corpus/recordings")["file"].tolist())

    def each() -> Iterator[RecordingTables]:
        rows = chosen.to_dict("records")
        for done, row in enumerate(rows):
            report("export", done / len(rows), f"{done} of {len(rows)} recordings")
            tables = tables_of(results, {str(name): value for name, value in row.items()})
            yield tables.only(layers) if layers else tables

    if found.write_all is not None:
        for name, content in found.write_all(each()).items():
            written.append(_write(output / name, content))
    elif found.write is not None:
        for tables in each():
            for ending, content in found.write(tables).items():
                written.append(_write(output / (stem_at_speed(stems[tables.file], tables) + ending), content))
    report("export", 1.0, Message("{n} files", n=len(written)))
    if not written:
        raise FlamsidError(
            "There is nothing to write as {kind} yet in {workspace}: run the stages first (flamsid run).",
            kind=kind,
            workspace=results.root,
        )
    return written


def stem_at_speed(stem: str, tables: RecordingTables) -> str:
    """Return the name of an exported file: what a speed put right does not fit the sound file, and says so."""
    words = speed_words(float(tables.about.get("speed") or 0.0))
    # A point would begin an ending.
    return f"{stem} ({words.replace('.', ',')})" if words else stem


def _write(path: Path, content: bytes) -> Path:
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
        temporary.chmod(0o644)
    return path


def _chosen(table: pd.DataFrame, recordings: Sequence[str]) -> pd.DataFrame:
    if not recordings:
        return table
    columns = [name for name in ("recording_id", "file", "title", "singer") if name in table]
    keep = pd.Series(False, index=table.index)
    for wanted in recordings:
        hit = pd.concat([table[name].astype(str) == wanted for name in columns], axis=1).any(axis=1)
        if not hit.any():
            raise FlamsidError(
                "{wanted!r} is not in this corpus; give an identifier, title, singer or file ({example!r}).",
                wanted=wanted,
                example=str(table["file"].iloc[0]),
            )
        keep |= hit
    return table[keep]


def _stems(files: Sequence[str]) -> dict[str, str]:
    """Return each file's path without its ending, or with it where two would be called the same."""
    plain = {file: str(PurePosixPath(file).with_suffix("")) for file in files if file}
    count = Counter(stem.casefold() for stem in plain.values())
    return {file: stem if count[stem.casefold()] == 1 else file for file, stem in plain.items()}


def _write_tables(workspace: Workspace, kind: str, output: Path, chosen: pd.DataFrame) -> list[Path]:
    ids = set(chosen["recording_id"])
    tables = {name: workspace.table(path) for name, path in CORPUS_TABLES.items() if workspace.has(path)}
    for folder in sorted(workspace.root.glob("atlas/*/embeddings.npy")):
        model = folder.parent.name
        vectors = pd.DataFrame(workspace.array(f"atlas/{model}/embeddings.npy"))
        vectors.columns = [f"e{number}" for number in range(vectors.shape[1])]
        about = tables["instances"][_WITH_EMBEDDING]
        if len(about) == len(vectors):
            tables[f"embeddings.{model}"] = pd.concat([about.reset_index(drop=True), vectors], axis=1)
    said, written = said_of_motifs(workspace), []
    for name, table in tables.items():
        if "pattern" in table:
            table = as_said(table, said)
        rows = table[table["recording_id"].isin(ids)] if "recording_id" in table else table
        path = output / (f"{name}.parquet" if kind == "parquet" else f"{name}.csv")
        with atomic_path(path) as temporary:
            if kind == "parquet":
                rows.to_parquet(temporary, index=False)
            else:
                temporary.write_bytes(spreadsheet_csv(rows))
            temporary.chmod(0o644)
        written.append(path)
    return written
