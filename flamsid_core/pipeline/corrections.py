"""A person's corrections on their way into the stages: tracked f0 + corrections = the f0 that all stages use.

`melody/<recording_id>` is always what the stages use. Where a recording has corrections of its f0, what was tracked
lies in `tracked/<recording_id>`, so that a correction, its undoing and its doing again take milliseconds and no sound.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from flamsid_core.annotations import (
    Annotations,
    correct_f0,
    correct_notes,
    export_annotations,
    import_annotations,
    open_annotations,
    share_corrected,
)
from flamsid_core.pipeline.project import open_project
from flamsid_core.workspace import Workspace, artefact_key

CORRECTIONS_VERSION = 1


def corrected_key(tracked_key: str, digest: str) -> str:
    """Return the key of a melody: that of the tracked one where nothing was corrected."""
    return (
        artefact_key("corrected", CORRECTIONS_VERSION, None, tracked_key, digest) if digest else tracked_key
    )


def digests(annotations: Annotations, *subjects: str) -> dict[str, str]:
    """Return what stands for the corrections of `subjects`, by recording_id; recordings without any are left out."""
    known = annotations.corrected_recordings()
    found = {recording_id: annotations.digest(recording_id, *subjects) for recording_id in known}
    return {recording_id: digest for recording_id, digest in found.items() if digest}


def write_corrected(
    workspace: Workspace,
    recording_id: str,
    tracked_key: str,
    annotations: Annotations,
    digest: str,
    tracked: pd.DataFrame | None = None,
) -> bool:
    """Write the melody of one recording from what was tracked and its corrections, where that is not done yet.

    Parameters
    ----------
    workspace
    recording_id
    tracked_key
        Key of the tracked melody.
    annotations
    digest
        Stands for its corrections of f0; see `digests`.
    tracked : DataFrame, optional
        The tracked melody; looked for in the workspace where it is not given.

    Returns
    -------
    bool
        False where the tracked melody is not in the workspace, so that it must be tracked first.
    """
    name, kept = f"melody/{recording_id}", f"tracked/{recording_id}"
    key = corrected_key(tracked_key, digest)
    if tracked is None:
        if workspace.fresh(f"{name}.parquet", key):
            return True
        if workspace.fresh(f"{kept}.parquet", tracked_key):
            tracked = workspace.table(kept)
        elif workspace.fresh(f"{name}.parquet", tracked_key):
            tracked = workspace.table(name)
        else:
            return False
    if digest:
        if not workspace.fresh(f"{kept}.parquet", tracked_key):
            workspace.write_table(kept, tracked, tracked_key)
        workspace.write_table(name, correct_f0(tracked, annotations.entries(recording_id, "f0")), key)
    else:
        workspace.write_table(name, tracked, key)
    return True


def tracked_melody(workspace: Workspace, recording_id: str) -> pd.DataFrame:
    """Return a recording's melody as it was tracked, before any correction."""
    kept = f"tracked/{recording_id}"
    return workspace.table(kept if workspace.has(kept) else f"melody/{recording_id}")


def correct_segments(
    segments: pd.DataFrame, annotations: Annotations
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Return the notes of all recordings with their corrections, and those corrections that found no note any more.

    Parameters
    ----------
    segments : DataFrame
        Of a contour, in its order.
    annotations

    Returns
    -------
    segments : DataFrame
        With the column corrected where any recording has corrections of notes.
    left_over : list of dict
        recording_id, entry_id, kind, start_s.
    """
    known = digests(annotations, "note")
    if not known:
        return segments, []
    parts, left_over = [], []
    for recording_id, own in segments.groupby("recording_id", sort=False):
        if recording_id not in known:
            parts.append(own.assign(corrected=False))
            continue
        corrected, lost = correct_notes(
            own.reset_index(drop=True), annotations.entries(str(recording_id), "note")
        )
        parts.append(corrected)
        left_over += [
            {
                "recording_id": recording_id,
                "entry_id": entry.entry_id,
                "kind": entry.kind,
                "start_s": entry.start_s,
            }
            for entry in lost
        ]
    return pd.concat(parts, ignore_index=True), left_over


def shares_corrected(workspace: Workspace, annotations: Annotations) -> dict[str, float]:
    """Return the share of f0 frames corrected by hand, by recording_id; recordings without corrections are left out."""
    found = {}
    for recording_id in digests(annotations, "f0"):
        if workspace.has(f"melody/{recording_id}"):
            melody = workspace.table(f"melody/{recording_id}")
            if "corrected" in melody:
                found[recording_id] = share_corrected(melody)
    return found


def export_annotations_of(corpus: str | Path, workspace: str | Path, folder: str | Path) -> dict[str, Any]:
    """Write the annotations of a corpus, with its corrected melodies as far as they are made.

    Returns
    -------
    dict
        files (written), annotations (the file they come from), share_corrected (by recording_id).
    """
    project = open_project(corpus, workspace)
    results, notes = project.workspace, open_annotations(project.corpus.root)
    shares = shares_corrected(results, notes)
    melodies = {recording_id: results.table(f"melody/{recording_id}") for recording_id in shares}
    written = export_annotations(notes, folder, project.corpus.recordings, melodies)
    return {
        "files": [str(path) for path in written],
        "annotations": str(notes.path),
        "share_corrected": shares,
    }


def import_annotations_of(corpus: str | Path, workspace: str | Path, source: str | Path) -> dict[str, Any]:
    """Read annotations into a corpus; return entries (new), known (there already), annotations (the file)."""
    project = open_project(corpus, workspace)
    notes = open_annotations(project.corpus.root)
    found = import_annotations(notes, source, project.corpus.recordings)
    return found | {"annotations": str(notes.path)}


def tracked_key(workspace: Workspace, recording_id: str) -> str:
    """Return the key of a recording's tracked melody as the workspace holds it, "" where there is none."""
    kept = workspace.key(f"tracked/{recording_id}.parquet")
    return kept or workspace.key(f"melody/{recording_id}.parquet") or ""


def stale_recordings(workspace: Workspace, annotations: Annotations) -> list[str]:
    """Return the recordings whose corrections are not those that the notes of the workspace were made with."""
    made_with = (
        workspace.json("contour/corrections.json") if workspace.has("contour/corrections.json") else {}
    )
    known, now = made_with.get("digests", {}), digests(annotations)
    return sorted(rid for rid in known.keys() | now.keys() if known.get(rid) != now.get(rid))
