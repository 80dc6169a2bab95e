"""From a folder to a Corpus: which kind it is, what it holds, what was left out."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd

from flamsid_core.corpus import clips, recordings
from flamsid_core.corpus.files import Skipped, list_audio, resolve_inside
from flamsid_core.corpus.published import looks_published
from flamsid_core.corpus.tables import find_table
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message
from flamsid_core.progress import Progress

# Lies in a corpus folder while an import fills it.
UNFINISHED_MARK = ".import-unfinished"


@dataclass(frozen=True)
class Corpus:
    """A folder of singing as tables.

    Attributes
    ----------
    root
        The folder.
    kind
        "recordings": whole recordings, `instances` is None. "clips": published motif clips, `instances`
        has a row for each, and `recordings` a row per source group (with an empty `file`).
    recordings, instances
        The tables, sorted by file.
    skipped
        Files and rows left out, each with its reason.
    notes
        What is to be said of files that are in: joined, mended, or heard by one channel. Of files decoded this time.
    """

    root: Path
    kind: Literal["recordings", "clips"]
    recordings: pd.DataFrame
    instances: pd.DataFrame | None = None
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[Skipped] = field(default_factory=list)

    def locate(self, file: str) -> Path:
        """Return the path of a file of this corpus.

        Raises
        ------
        FlamsidError
            When the path would leave the corpus folder.
        """
        return resolve_inside(self.root, file)


def load_corpus(
    folder: str | os.PathLike[str],
    *,
    known: pd.DataFrame | None = None,
    on_progress: Progress | None = None,
) -> Corpus:
    """Read a corpus folder: plain recordings, published clips, or clips that were imported.

    Parameters
    ----------
    folder
        A folder of recordings (see `load_recordings`), or of motif clips (see `load_clips`).
    known
        The recordings or instances table of an earlier call: files unchanged since are not decoded again.
    on_progress
        Called with a fraction 0..1 and a short text; what it raises stops the work.

    Raises
    ------
    FlamsidError
        When the folder is missing or holds nothing that can be used.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        what = Message("is not a folder") if root.exists() else Message("does not exist")
        raise FlamsidError("{root}: {what}; give a folder of recordings.", root=root, what=what)
    if (root / UNFINISHED_MARK).exists():
        raise FlamsidError(
            "{root}: an import into this folder was not finished; run the same import again.", root=root
        )
    if _holds_clips(root):
        groups, instances, skipped, notes = clips.load_clips(root, known=known, on_progress=on_progress)
        corpus = Corpus(root, "clips", groups, instances, skipped, notes)
    else:
        table, skipped, notes = recordings.load_recordings(root, known=known, on_progress=on_progress)
        corpus = Corpus(root, "recordings", table, None, skipped, notes)
    if corpus.recordings.empty:
        raise FlamsidError(_nothing_usable(root, skipped))
    return corpus


def _holds_clips(root: Path) -> bool:
    if find_table(root, clips.TABLE_NAME) is not None:
        return True
    return find_table(root, recordings.TABLE_NAME) is None and looks_published(list_audio(root)[0])


def _nothing_usable(root: Path, skipped: list[Skipped]) -> str:
    if not skipped:
        return Message(
            "{root}: holds no sound files (wav, flac, mp3, ogg, opus); "
            "put each singer's recordings into a folder named after the singer.",
            root=root,
        )
    first = skipped[0]
    said = Message(
        "{root}: nothing can be used; {file}: {reason}", root=root, file=first.file, reason=first.reason
    )
    if len(skipped) > 1:
        said = Message("{said} ({n} files or rows were skipped)", said=said, n=len(skipped))
    return said
