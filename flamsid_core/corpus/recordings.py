"""A plain folder of recordings, with or without recordings.csv, as a table."""

from pathlib import Path

import numpy as np
import pandas as pd

from flamsid_core.corpus.carrier import carrier_of
from flamsid_core.corpus.cells import tidy
from flamsid_core.corpus.files import (
    Skipped,
    list_audio,
    row_trouble,
    scan_files,
    spelled_on_disk,
    unify_singers,
)
from flamsid_core.corpus.tables import find_table, near_tables, read_table
from flamsid_core.messages import Message
from flamsid_core.progress import Progress

TABLE_NAME = "recordings.csv"
CARRIER_COLUMNS = ("tonic_hz", "speed")
METADATA_COLUMNS = ("singer", "style", "title", "year", "source", "licence")
RECORDING_COLUMNS = (
    "recording_id",
    "file",
    "sha256",
    *METADATA_COLUMNS,
    "tonic_hz",
    "speed",
    "duration_s",
    "sample_rate_hz",
    "channels",
    "size_bytes",
    "mtime_ns",
    "source_group",
)
# Names that a column of one's own cannot have: they are used on the way, or are another spelling.
TAKEN_COLUMNS = ("", "row", "trouble", "license")
ID_DIGITS = 12


def load_recordings(
    root: Path, *, known: pd.DataFrame | None = None, on_progress: Progress | None = None
) -> tuple[pd.DataFrame, list[Skipped], list[Skipped]]:
    """Tabulate a folder of recordings.

    With `recordings.csv` (columns file, singer, style, title, year, source, licence; only file must be
    there) the rows say what belongs to the corpus; without it every sound file does. Where there is no
    column singer, the first sub-folder on a file's way is the singer.

    Returns
    -------
    recordings : DataFrame with the columns `RECORDING_COLUMNS` and the table's own, sorted by file
        `recording_id` is the first 12 hex digits of `sha256` (the decoded sound), with "-2", "-3", …
        where the same sound lies in several files, counted in order of file; those share one
        `source_group`.
    skipped : list of Skipped
    notes : list of Skipped
        What is to be said of recordings that are read; of those decoded this time only.
    """
    audio_files, skipped = list_audio(root)
    table = find_table(root, TABLE_NAME)
    reason = Message("is not read; save it as CSV under the name {table_name}.", table_name=TABLE_NAME)
    skipped += [Skipped(name, reason) for name in near_tables(root, TABLE_NAME, table)]
    if table is not None:
        entries, left_out = _entries_from_table(root, table, audio_files)
        listed = {entry["file"] for entry in entries} | {item.file for item in left_out}
        skipped = [item for item in skipped if item.file not in listed] + left_out
    else:
        entries, left_out = _entries_from_folders(audio_files)
        skipped += left_out
    unify_singers(entries)
    entries.sort(key=lambda entry: entry["file"])
    scans, unreadable, notes = scan_files(
        root, [entry["file"] for entry in entries], known=known, on_progress=on_progress
    )
    skipped += unreadable
    own = sorted({name for entry in entries for name in entry} - {"file", *RECORDING_COLUMNS})
    metadata = pd.DataFrame(entries, columns=["file", *METADATA_COLUMNS, *own]).fillna("").astype("str")
    carriers = [carrier_of(entry) for entry in entries]
    metadata["speed"] = np.array([speed for speed, _, _ in carriers], dtype=np.float64)
    metadata["tonic_hz"] = np.array([tonic_hz for _, tonic_hz, _ in carriers], dtype=np.float64)
    notes += [
        Skipped(entry["file"], trouble)
        for entry, (_, _, trouble) in zip(entries, carriers, strict=True)
        if trouble is not None
    ]
    recordings = scans.merge(metadata, on="file", validate="one_to_one")
    recordings["source_group"] = recordings["sha256"].str[:ID_DIGITS]
    copy = recordings.groupby("source_group").cumcount()
    suffix = ("-" + (copy + 1).astype("str")).where(copy > 0, "")
    recordings["recording_id"] = recordings["source_group"] + suffix
    skipped.sort(key=lambda item: item.file)
    return recordings[[*RECORDING_COLUMNS, *own]], skipped, notes


def _entries_from_folders(audio_files: list[str]) -> tuple[list[dict[str, str]], list[Skipped]]:
    entries, skipped = [], []
    for file in audio_files:
        singer = singer_folder(file)
        if singer:
            entries.append(_entry(file, {"singer": singer}))
        else:
            reason = Message(
                "no singer: put it into a folder named after the singer, or list it in {table_name}.",
                table_name=TABLE_NAME,
            )
            skipped.append(Skipped(file, reason))
    return entries, skipped


def _entries_from_table(
    root: Path, table: Path, audio_files: list[str]
) -> tuple[list[dict[str, str]], list[Skipped]]:
    on_disk = spelled_on_disk(audio_files)
    entries: dict[str, dict[str, str]] = {}
    skipped = []
    mentioned = set()
    read = read_table(table, audio_files)
    own = [name for name in read.columns if name not in (*RECORDING_COLUMNS, *TAKEN_COLUMNS)]
    for row in read.rows:
        file = on_disk(row["file"])
        mentioned.add(file)
        singer = row["singer"] if "singer" in read.columns else singer_folder(file)
        reason = row_trouble(root, file, row, repeated=file in entries)
        if not reason and not singer:
            reason = Message("no singer is named; fill in the column singer.")
        if reason:
            skipped.append(
                Skipped(
                    file or table.name,
                    Message("{table} row {row}: {reason}", table=table.name, row=row["row"], reason=reason),
                )
            )
            continue
        entries[file] = _entry(
            file, {**row, "singer": singer, "licence": row.get("licence") or row.get("license", "")}
        )
        entries[file] |= {name: row[name] for name in (*own, *CARRIER_COLUMNS) if name in row}
    for file in audio_files:
        if file not in mentioned:
            skipped.append(
                Skipped(
                    file,
                    Message("is not listed in {table}; add a row for it, or move it away.", table=table.name),
                )
            )
    return list(entries.values()), skipped


def singer_folder(file: str) -> str:
    """Return the first folder of a relative path, "" where there is none."""
    return tidy(file.split("/")[0]) if "/" in file else ""


def _entry(file: str, cells: dict[str, str]) -> dict[str, str]:
    entry = {"file": file, **{name: cells.get(name, "") for name in METADATA_COLUMNS}}
    entry["title"] = entry["title"] or Path(file).stem
    return entry
