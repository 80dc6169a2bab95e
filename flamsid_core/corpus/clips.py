"""Motif clips as an instances table: published ones, or an imported corpus with instances.csv."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pandas as pd

from flamsid_core.corpus.files import (
    Skipped,
    list_audio,
    row_trouble,
    scan_files,
    spelled_on_disk,
    unify_singers,
)
from flamsid_core.corpus.groups import group_owners, source_labels
from flamsid_core.corpus.overlap import overlap_labels
from flamsid_core.corpus.published import published_entries
from flamsid_core.corpus.recordings import ID_DIGITS, RECORDING_COLUMNS
from flamsid_core.corpus.tables import find_table, read_table
from flamsid_core.messages import Message
from flamsid_core.progress import Progress, part_of

TABLE_NAME = "instances.csv"
ENTRY_COLUMNS = ("file", "singer", "recording", "pattern")
INSTANCE_COLUMNS = (
    "instance_id",
    "motif_id",
    "recording_id",
    "file",
    "singer",
    "source_group",
    "sound_id",
    "overlap_group",
    "conflict",
    "start_s",
    "end_s",
    "pattern",
    "recording",
    "sample_rate_hz",
    "channels",
    "size_bytes",
    "mtime_ns",
)
_PATTERN = re.compile(r"[+-]\d+( [+-]\d+)*")


def load_clips(
    root: Path, *, known: pd.DataFrame | None = None, on_progress: Progress | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, list[Skipped], list[Skipped]]:
    """Tabulate a folder of motif clips.

    With `instances.csv` (columns file, singer, recording, pattern; sound_id where the table should vouch
    for the sound) its rows are the clips; without it the authors' file names are read.

    Returns
    -------
    recordings : DataFrame with the columns of a recordings table, one row per source group, `file` empty
        `singer` is the one the group's sounds belong to (`group_owners`), "" where two have equal claims;
        `title` lists the names of recordings it goes by.
    instances : DataFrame with the columns `INSTANCE_COLUMNS`, one row per file, sorted by file
        `sound_id` is the hash of the decoded samples. `overlap_group` is equal where clips are linked by
        shared samples, `source_group` where they are linked by shared samples or a singer's name of a
        recording. `conflict` marks sounds that stand under two singers. `motif_id` is empty.
    skipped : list of Skipped
    notes : list of Skipped
        What is to be said of clips that are read; of those decoded this time only.
    """
    audio_files, skipped = list_audio(root)
    table = find_table(root, TABLE_NAME)
    if table is not None:
        entries, left_out = _entries_from_table(root, table, audio_files)
    else:
        entries, left_out = published_entries(audio_files)
    unify_singers(entries)
    entries.sort(key=lambda entry: entry["file"])
    columns = list(entries[0]) if entries else list(ENTRY_COLUMNS)
    scans, unreadable, notes = scan_files(
        root, [entry["file"] for entry in entries], known=known, on_progress=part_of(on_progress, 0.0, 0.6)
    )
    clips = scans.merge(
        pd.DataFrame(entries, columns=columns).astype("str"), on="file", validate="one_to_one"
    )
    clips, changed = _drop_changed(clips)
    skipped = sorted([*skipped, *left_out, *unreadable, *changed], key=lambda item: item.file)
    instances = _instances(root, clips, known, part_of(on_progress, 0.6, 1.0))
    if on_progress:
        on_progress(1.0, Message("{n} clips", n=len(instances)))
    return _groups_as_recordings(instances), instances, skipped, notes


def _entries_from_table(
    root: Path, table: Path, audio_files: list[str]
) -> tuple[list[dict[str, str]], list[Skipped]]:
    on_disk = spelled_on_disk(audio_files)
    entries: dict[str, dict[str, str]] = {}
    skipped = []
    for row in read_table(table, audio_files).rows:
        file = on_disk(row["file"])
        reason = row_trouble(root, file, row, repeated=file in entries)
        if not reason and not row.get("singer"):
            reason = Message("no singer is named; fill in the column singer.")
        if not reason and not _PATTERN.fullmatch(row.get("pattern", "")):
            reason = Message(
                "the pattern '{pattern}' is malformed; write steps like '+1 -2 +1'.",
                pattern=row.get("pattern", ""),
            )
        if reason:
            skipped.append(
                Skipped(
                    file or table.name,
                    Message("{table} row {row}: {reason}", table=table.name, row=row["row"], reason=reason),
                )
            )
            continue
        entries[file] = {name: row.get(name, "") for name in (*ENTRY_COLUMNS, "sound_id")} | {"file": file}
    return list(entries.values()), skipped


def _drop_changed(clips: pd.DataFrame) -> tuple[pd.DataFrame, list[Skipped]]:
    """Leave out clips whose sound is not the one their table vouches for."""
    if "sound_id" not in clips:
        return clips, []
    changed = (clips["sound_id"] != "") & (clips["sound_id"] != clips["sha256"])
    reason = Message(
        "is not the sound that {table_name} names; import the clips again.", table_name=TABLE_NAME
    )
    return clips[~changed].drop(columns="sound_id"), [
        Skipped(file, reason) for file in clips["file"][changed]
    ]


def _instances(
    root: Path, clips: pd.DataFrame, known: pd.DataFrame | None, on_progress: Progress | None
) -> pd.DataFrame:
    clips = clips.rename(columns={"sha256": "sound_id", "duration_s": "end_s"})
    clips["start_s"] = 0.0
    clips["motif_id"] = ""
    clips["instance_id"] = [
        hashlib.sha256(f"{sound}/{file}".encode()).hexdigest()[:16]
        for sound, file in zip(clips["sound_id"], clips["file"], strict=True)
    ]
    clips["conflict"] = clips.groupby("sound_id")["singer"].transform("nunique") > 1
    clips["overlap_group"] = _overlap_groups(root, clips, known, on_progress)
    names = list(zip(clips["singer"], clips["recording"], strict=True))
    clips["source_group"] = _smallest_sound(source_labels(names, clips["overlap_group"].tolist()), clips)
    clips["recording_id"] = clips["source_group"]
    return clips[list(INSTANCE_COLUMNS)]


def _overlap_groups(
    root: Path, clips: pd.DataFrame, known: pd.DataFrame | None, on_progress: Progress | None
) -> pd.Series:
    """Group clips by shared samples, or take the groups over where the known sounds are exactly these."""
    if known is not None and {"sound_id", "overlap_group"} <= set(known.columns):
        earlier = dict(zip(known["sound_id"], known["overlap_group"], strict=True))
        if earlier.keys() == set(clips["sound_id"]):
            return clips["sound_id"].map(earlier)
    first = clips.drop_duplicates("sound_id")
    labels = overlap_labels([root / file for file in first["file"]], on_progress=on_progress)
    label_of_sound = dict(zip(first["sound_id"], labels, strict=True))
    return _smallest_sound(clips["sound_id"].map(label_of_sound).to_numpy(), clips)


def _smallest_sound(labels: np.ndarray, clips: pd.DataFrame) -> pd.Series:
    """Name each group after its content: the first digits of its smallest sound hash."""
    return clips.groupby(labels)["sound_id"].transform("min").str[:ID_DIGITS]


def _groups_as_recordings(instances: pd.DataFrame) -> pd.DataFrame:
    owners = group_owners(instances)
    rows = []
    for group, members in instances.groupby("source_group", sort=True):
        sounds = members.drop_duplicates("sound_id")
        rows.append(
            {
                "recording_id": group,
                "sha256": hashlib.sha256("".join(sorted(sounds["sound_id"])).encode()).hexdigest(),
                "singer": owners[str(group)],
                "title": ", ".join(sorted(set(members["recording"]) - {""})),
                "duration_s": float(sounds["end_s"].sum()),
                "sample_rate_hz": int(sounds["sample_rate_hz"].max()),
                "channels": int(sounds["channels"].max()),
                "size_bytes": int(members["size_bytes"].sum()),
                "mtime_ns": int(members["mtime_ns"].max()),
                "source_group": group,
            }
        )
    recordings = pd.DataFrame(rows, columns=list(RECORDING_COLUMNS))
    recordings[["file", "style", "year", "source", "licence"]] = ""
    recordings["speed"] = 0.0
    recordings["tonic_hz"] = recordings["tonic_hz"].astype("float64")
    return recordings.sort_values(["singer", "recording_id"], ignore_index=True)
