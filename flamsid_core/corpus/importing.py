"""A corpus folder of our own, made from the authors' published clips."""

import contextlib
import dataclasses
import os
import shutil
from pathlib import Path

import pandas as pd

from flamsid_core.corpus.clips import TABLE_NAME
from flamsid_core.corpus.files import report_files
from flamsid_core.corpus.loading import UNFINISHED_MARK, Corpus, load_corpus
from flamsid_core.corpus.tables import add_rows
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import N_
from flamsid_core.progress import Progress
from flamsid_core.workspace import atomic_path

# What instances.csv holds: the first four are read back, sound_id vouches for the sound, the rest is for
# people.
COLUMNS = ("file", "singer", "recording", "pattern", "sound_id", "source_group", "overlap_group", "conflict")


def import_published_motifs(
    src: str | os.PathLike[str], dest: str | os.PathLike[str], *, on_progress: Progress | None = None
) -> Corpus:
    """Copy the authors' published clips into a corpus folder with `instances.csv`.

    The table is written last, so a folder with a table is complete. After an interruption the same call
    goes on where it was. Clips that cannot be used are left out and listed in `skipped`.

    Parameters
    ----------
    src
        The folder of published clips (see `flamsid_core.corpus.published`).
    dest
        The corpus folder to make; missing, empty, or left by an earlier import.
    on_progress
        Called with a fraction 0..1 and a short text; what it raises stops the work.

    Returns
    -------
    Corpus
        The imported corpus.

    Raises
    ------
    FlamsidError
        When `src` holds no published clips, or `dest` holds something else or cannot be written.
    """
    src, dest = Path(src).expanduser(), Path(dest).expanduser()
    refuse_dest(src, dest, TABLE_NAME)
    source = load_corpus(src, on_progress=on_progress and (lambda done, text: on_progress(0.7 * done, text)))
    instances = source.instances
    if instances is None:
        raise FlamsidError(
            "{src}: holds recordings, not published clips called <singer>/<recording>_<steps>_<uuid>; "
            "it needs no import: open it directly.",
            src=src,
        )
    try:
        dest.mkdir(parents=True, exist_ok=True)
        (dest / UNFINISHED_MARK).touch()
        for done, file in enumerate(instances["file"], start=1):
            copy_whole(src / file, dest / file)
            report_files(
                on_progress and (lambda part, text: on_progress(0.7 + 0.3 * part, text)),
                done,
                len(instances),
                N_("copied {done} of {total} files"),
            )
        _write_table(dest / TABLE_NAME, instances)
        (dest / UNFINISHED_MARK).unlink()
    except OSError as error:
        raise FlamsidError(
            "{dest}: cannot be written ({reason}); choose another folder.", dest=dest, reason=error.strerror
        ) from error
    # The copies have the size and time of the originals, so nothing is decoded a second time.
    return dataclasses.replace(load_corpus(dest, known=instances), skipped=source.skipped)


def refuse_dest(src: Path, dest: Path, table: str) -> None:
    """Refuse to import where something else lies, or into the data set itself; `table` marks an earlier import."""
    inner, outer = dest.resolve(), src.resolve()
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise FlamsidError(
            "{dest}: lies in the folder to import, or around it; choose a folder elsewhere.", dest=dest
        )
    if dest.exists() and not dest.is_dir():
        raise FlamsidError("{dest}: is a file; choose a folder.", dest=dest)
    ours = (dest / table).is_file() or (dest / UNFINISHED_MARK).exists()
    if dest.is_dir() and not ours and any(dest.iterdir()):
        raise FlamsidError(
            "{dest}: holds something that is not an import; choose an empty folder.", dest=dest
        )


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file whole or not at all, unless a copy of the same size and time is there."""
    status = source.stat()
    with contextlib.suppress(FileNotFoundError):
        there = target.stat()
        if (there.st_size, there.st_mtime_ns) == (status.st_size, status.st_mtime_ns):
            return
    with atomic_path(target) as temporary:
        shutil.copyfile(source, temporary)
        temporary.chmod(0o644)
        os.utime(temporary, ns=(status.st_atime_ns, status.st_mtime_ns))


def _write_table(path: Path, instances: pd.DataFrame) -> None:
    path.unlink(missing_ok=True)
    cells = zip(*(instances[name].astype(str) for name in COLUMNS), strict=True)
    add_rows(path, [dict(zip(COLUMNS, row, strict=True)) for row in cells], COLUMNS)
