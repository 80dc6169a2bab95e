"""A corpus and its workspace, opened together."""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from flamsid_core.corpus import Corpus, load_corpus
from flamsid_core.corpus.recordings import METADATA_COLUMNS
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message
from flamsid_core.progress import Report, silent_report, stage_of
from flamsid_core.workspace import Workspace, artefact_key, write_json


@dataclass(frozen=True)
class Project:
    """A corpus and the workspace of what was made from it."""

    corpus: Corpus
    workspace: Workspace

    @property
    def key(self) -> str:
        """Stands for the corpus' content and labels: what all stages after it depend on."""
        table = self.corpus.instances if self.corpus.instances is not None else self.corpus.recordings
        content = "sound_id" if self.corpus.instances is not None else "sha256"
        columns = ["file", content, "singer", "source_group"]
        if "speed" in table and table["speed"].any():
            columns.append("speed")
        rows = table[columns].astype(str).agg("|".join, axis=1)
        return artefact_key("corpus", 1, list(rows))


def open_project(corpus: str | Path, workspace: str | Path, report: Report = silent_report) -> Project:
    """Read the corpus folder and note it in the workspace.

    Parameters
    ----------
    corpus
        A folder of recordings, an imported corpus, or the folder of the authors' published clips.
    workspace
        The folder that holds, or will hold, what is made from it.
    report
        Called with ("corpus", fraction, text).

    Raises
    ------
    FlamsidError
        If nothing in the folder can be used, or the workspace belongs to another corpus.
    """
    results = Workspace(workspace)
    known = None
    if results.key("corpus/instances.parquet"):
        known = results.table("corpus/instances")
    elif results.key("corpus/recordings.parquet"):
        known = results.table("corpus/recordings")
    owner, folder = results.corpus, Path(corpus).expanduser()
    if results.belongs_elsewhere(folder):
        results.remember_corpus(folder)  # says whose it is, before anything is decoded
    moved = owner is not None and owner != folder.resolve()
    project = Project(
        load_corpus(folder, known=None if moved else known, on_progress=stage_of(report, "corpus")), results
    )
    if moved and known is not None and not _sounds(known) & _sounds(project.corpus.recordings):
        raise FlamsidError(
            "The workspace {root} was made from the corpus {corpus}, which is not there now, and {folder} has no "
            "recording in common with it: name another workspace (--workspace).",
            root=results.root,
            corpus=owner,
            folder=folder,
        )
    results.remember_corpus(folder)
    _keep_notes(project, known)
    key = artefact_key("corpus-files", 1, [project.key, list(map(asdict, project.corpus.skipped))])
    if not results.fresh("corpus/skipped.json", key) or _files_moved(project, known):
        results.write_table("corpus/recordings", project.corpus.recordings, key)
        if project.corpus.instances is not None:
            results.write_table("corpus/instances", project.corpus.instances, key)
        results.write_json("corpus/skipped.json", [asdict(skip) for skip in project.corpus.skipped], key)
    report("corpus", 1.0, Message("{n} recordings", n=len(project.corpus.recordings)))
    return project


def _keep_notes(project: Project, known: pd.DataFrame | None) -> None:
    """Keep what was said of files, of those that were not decoded again too."""
    workspace, new = project.workspace, project.corpus.notes
    table = project.corpus.instances if project.corpus.instances is not None else project.corpus.recordings
    columns = ["file", "size_bytes", "mtime_ns"]
    same = set() if known is None else set(known[columns].itertuples(index=False, name=None))
    unchanged = {row[0] for row in table[columns].itertuples(index=False, name=None) if row in same}
    earlier = notes_of(workspace)
    found = {note["file"]: note["reason"] for note in earlier if note["file"] in unchanged}
    found |= {note.file: note.reason for note in new}
    notes = [{"file": file, "reason": reason} for file, reason in sorted(found.items())]
    if notes != earlier:
        write_json(workspace.path("corpus/notes.json"), notes)


def notes_of(workspace: Workspace) -> list[dict[str, str]]:
    """Return what is to be said of files of the corpus, each {file, reason}; what is damaged is not there."""
    if not workspace.has("corpus/notes.json"):
        return []
    with contextlib.suppress(FlamsidError):
        found = workspace.json("corpus/notes.json")
        if isinstance(found, list):
            return [note for note in found if isinstance(note, dict) and {"file", "reason"} <= note.keys()]
    return []


def _sounds(table: pd.DataFrame) -> set[str]:
    """Return what tells sounds apart, of recordings or of the source groups of clips."""
    return set(table["source_group"].astype(str))


def _files_moved(project: Project, known: pd.DataFrame | None) -> bool:
    """Whether sizes or times of unchanged sounds differ from what the workspace remembers."""
    table = project.corpus.instances if project.corpus.instances is not None else project.corpus.recordings
    # What a person wrote about a recording counts as well: the sound is the same, its title is not.
    given = [name for name in METADATA_COLUMNS if name in table]
    columns = ["file", "size_bytes", "mtime_ns", *given]
    if known is not None and not set(columns) <= set(known):
        return True
    return known is None or not known[columns].reset_index(drop=True).equals(
        table[columns].reset_index(drop=True)
    )
