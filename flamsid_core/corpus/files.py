"""What lies in a corpus folder: safe paths, names in tables and on disk, and files decoded once."""

import logging
import os
import traceback
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from flamsid_core.corpus.audio import AUDIO_SUFFIXES, AudioScan, scan_audio
from flamsid_core.corpus.cells import tidy
from flamsid_core.corpus.foreign import FOREIGN_SUFFIXES, has_pyav
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import N_, Message
from flamsid_core.progress import Progress

log = logging.getLogger(__name__)

BROKEN_LINK = Message(
    "is a link to a file that is not here; fetch it (git annex get) or copy the file into the folder."
)
# What lies beside recordings and is not sound: it needs no word. Anything else that is not read is named.
DOCUMENT_SUFFIXES = {
    ".bib", ".bmp", ".cff", ".csv", ".cue", ".doc", ".docx", ".eaf", ".gif", ".htm", ".html", ".ini", ".jams", ".jpeg",
    ".jpg", ".json", ".jsonl", ".key", ".lab", ".lock", ".log", ".lrc", ".m3u", ".m3u8", ".md", ".mid", ".midi",
    ".musicxml", ".mxl", ".nfo", ".odt", ".parquet", ".pdf", ".pls", ".png", ".pv", ".py", ".rtf", ".sfv", ".sh",
    ".svg", ".svl", ".tei", ".textgrid", ".tif", ".tiff", ".toml", ".tsv", ".txt", ".url", ".webp", ".xls", ".xlsx",
    ".ods", ".numbers", ".xml", ".yaml", ".yml", ".db", ".sqlite", ".part",
}  # fmt: skip
DOCUMENT_NAMES = {
    "license",
    "licence",
    "copying",
    "readme",
    "authors",
    "changelog",
    "makefile",
    "notice",
    "thumbs.db",
}
SCAN_COLUMNS = ("sha256", "duration_s", "sample_rate_hz", "channels", "size_bytes", "mtime_ns")


@dataclass(frozen=True)
class Skipped:
    """A file, or a row of a table, that was left out, and why."""

    file: str
    reason: str


def list_audio(root: Path) -> tuple[list[str], list[Skipped]]:
    """List the sound files under a folder as sorted posix paths relative to it.

    Hidden files and folders (those of macOS among them) are passed over; a link that leads out of the
    folder and sound in a format that cannot be read come back as skipped.
    """
    files, skipped = [], []
    top = os.fspath(root)

    def closed(error: OSError) -> None:
        where = os.path.relpath(error.filename, top)
        reason = Message("the folder cannot be entered ({reason}).", reason=error.strerror)
        skipped.append(Skipped(_shown(where), reason))

    for folder, subfolders, names in os.walk(top, onerror=closed):
        subfolders[:] = [name for name in subfolders if not name.startswith((".", "__MACOSX"))]
        inside = "" if folder == top else Path(folder).relative_to(root).as_posix() + "/"
        for name in subfolders:
            if os.path.islink(os.path.join(folder, name)):  # noqa: PTH114, PTH118
                link = Message("is a link to a folder, which is not entered; copy it.")
                skipped.append(Skipped(_shown(inside + name), link))
        for name in names:
            if name.startswith("."):
                continue
            reason: str | None = _unread(name)
            if reason == "":
                # Folders that are links are not entered, so only a file that is one can lead out.
                try:
                    if not _is_text(inside + name):
                        reason = Message("the name is not UTF-8 text; rename the file or its folder.")
                    elif os.path.islink(os.path.join(folder, name)):  # noqa: PTH114, PTH118
                        resolve_inside(root, inside + name)
                except FlamsidError as error:
                    reason = error.message
            if reason == "":
                files.append(inside + name)
            elif reason is not None:
                skipped.append(Skipped(_shown(inside + name), reason))
    return sorted(files), sorted(skipped, key=lambda item: item.file)


def _unread(name: str) -> str | None:
    """Return why a file cannot be a recording by its name, "" where it can; None for a document that needs no word."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a Path for each of 100,000 names is slow
    suffix = suffix.lower()
    if suffix in AUDIO_SUFFIXES or (suffix in FOREIGN_SUFFIXES and has_pyav()):
        return ""
    if suffix in FOREIGN_SUFFIXES:
        return Message(
            "{suffix} files are not read without PyAV: install it (pip install 'flamsid[av]'), or convert it to flac "
            "or wav.",
            suffix=suffix[1:],
        )
    if suffix in DOCUMENT_SUFFIXES or stem.lower() in DOCUMENT_NAMES:
        return None
    return Message(
        "its ending tells of no sound; if it holds a recording, convert it to flac or wav, else move it away."
    )


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def _is_text(name: str) -> bool:
    """Whether a name can go into a table: Python keeps bytes that are not UTF-8 as lone surrogates."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def resolve_inside(root: Path, file: str) -> Path:
    """Return the path of a corpus file, refusing any that leaves the corpus folder.

    Raises
    ------
    FlamsidError
        For an absolute path, one with "..", or a link that leads out of `root`.
    """
    pure = PurePosixPath(file)
    if pure.is_absolute() or ".." in pure.parts or ":" in (pure.parts or ("",))[0]:
        raise FlamsidError(
            "the path leads out of the corpus folder; give it relative to the folder, without '..'."
        )
    path = root / pure
    if os.path.islink(path) and not os.path.exists(path):  # noqa: PTH110, PTH114 - these never raise
        raise FlamsidError(BROKEN_LINK)
    try:
        inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError) as error:
        raise FlamsidError("the name is not one a file can have; check it.") from error
    if not inside:
        raise FlamsidError("is a link that leads out of the corpus folder; copy the file into the folder.")
    return path


def report_files(on_progress: Progress | None, done: int, total: int, template: str) -> None:
    """Report about a hundred times on the way how many files are done; `template` has {done} and {total}."""
    if on_progress and (done % max(1, total // 100) == 0 or done == total):
        on_progress(done / total, Message(template, done=done, total=total))


def without_path(error: FlamsidError) -> Message:
    """Return what an error says about a file, without the file's path before it."""
    return Message(error.template.removeprefix("{path}: "), **error.values)


def spelled_on_disk(files: Iterable[str]) -> Callable[[str], str]:
    """Return what maps a name in a table to the name on disk.

    Accents may be spelled in another form there; case and blanks may differ where that leaves one file only. A name
    that fits no file comes back unchanged.
    """
    exact: dict[str, str] = {}
    loose: dict[str, list[str]] = {}
    for file in files:
        exact[unicodedata.normalize("NFC", file)] = file
        loose.setdefault(_loose(file), []).append(file)

    def find(file: str) -> str:
        near = loose.get(_loose(file), [])
        return exact.get(file) or (near[0] if len(near) == 1 else file)

    return find


def _loose(file: str) -> str:
    return "/".join(tidy(part) for part in file.split("/")).casefold()


def unify_singers(entries: list[dict[str, str]]) -> None:
    """Give singers whose names differ only in case one spelling, in place: the most frequent, then the first."""
    spellings: dict[str, Counter[str]] = {}
    for entry in entries:
        spellings.setdefault(entry["singer"].casefold(), Counter())[entry["singer"]] += 1
    for entry in entries:
        entry["singer"] = spellings[entry["singer"].casefold()].most_common(1)[0][0]


def row_trouble(root: Path, file: str, row: dict[str, str], *, repeated: bool) -> str:
    """Return what is wrong with a row of a corpus table as to its file, "" if nothing is."""
    if "trouble" in row:
        return row["trouble"]
    if not file:
        return Message("the column file is empty; name a sound file.")
    if repeated:
        return Message("the file is listed twice; keep one row.")
    try:
        path = resolve_inside(root, file)
    except FlamsidError as error:
        return error.message
    # Path.is_file raises for a name that is too long.
    return "" if os.path.isfile(path) else Message("the file does not exist; check its name.")  # noqa: PTH113


def scan_files(
    root: Path,
    files: Iterable[str],
    *,
    known: pd.DataFrame | None = None,
    on_progress: Progress | None = None,
) -> tuple[pd.DataFrame, list[Skipped], list[Skipped]]:
    """Decode each file once, in threads, and tabulate what it holds.

    Parameters
    ----------
    root, files
        The corpus folder, and posix paths relative to it.
    known
        An earlier recordings or instances table; rows with the same file, size and modification time are
        taken over.
    on_progress
        Called with a fraction 0..1 and a short text, about a hundred times. What it raises stops the work.

    Returns
    -------
    scans : DataFrame, one row per readable file in the order given
        Columns: file, sha256, duration_s, sample_rate_hz, channels, size_bytes, mtime_ns.
    skipped : list of Skipped
    notes : list of Skipped
        What is to be said of files that are read; of those decoded this time only.
    """
    files = list(files)
    earlier = _by_file(known)
    notes: list[Skipped] = []

    def scan(file: str) -> tuple[object, ...] | Skipped:
        path = root / file
        try:
            status = path.stat()
            row = earlier.get((file, status.st_size, status.st_mtime_ns))
            if row is not None:
                return row
            facts: AudioScan = scan_audio(path)
        except FlamsidError as error:
            return Skipped(file, without_path(error))
        except OSError as error:
            return Skipped(file, Message("cannot be read ({reason}).", reason=error.strerror))
        except Exception as error:  # one odd file must not end the reading of a thousand
            log.error("%s: %s", path, traceback.format_exc())
            kind = type(error).__name__
            reason = Message("cannot be read ({kind}: the log has the cause; report it).", kind=kind)
            return Skipped(file, reason)
        if facts.remark:
            notes.append(Skipped(file, facts.remark))
        if facts.silent:
            return Skipped(
                file, Message("holds only silence: every sample is the same; record or copy it again.")
            )
        return (file, *facts[:4], status.st_size, status.st_mtime_ns)

    rows, skipped = [], []
    executor = ThreadPoolExecutor(min(8, os.cpu_count() or 1))
    try:
        for done, result in enumerate(executor.map(scan, files), start=1):
            if isinstance(result, Skipped):
                skipped.append(result)
            else:
                rows.append(result)
            report_files(on_progress, done, len(files), N_("read {done} of {total} files"))
    finally:
        executor.shutdown(cancel_futures=True)
    return (
        pd.DataFrame(rows, columns=["file", *SCAN_COLUMNS]),
        skipped,
        sorted(notes, key=lambda note: note.file),
    )


def _by_file(known: pd.DataFrame | None) -> dict[tuple[str, int, int], tuple[object, ...]]:
    if known is None or known.empty:
        return {}
    table = known if "sha256" in known else known.rename(columns={"sound_id": "sha256"})
    if "duration_s" not in table:
        table = table.assign(duration_s=table["end_s"] - table["start_s"])
    if not {"file", *SCAN_COLUMNS} <= set(table.columns):
        return {}
    rows = zip(*(table[name].tolist() for name in ("file", *SCAN_COLUMNS)), strict=True)
    return {(str(row[0]), int(row[5]), int(row[6])): row for row in rows if row[0]}
