"""What lies in a corpus folder: safe paths, tables people wrote, and files decoded once."""

import csv
import io
import os
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from flamsid_core.corpus.audio import AUDIO_SUFFIXES, AudioScan, scan_audio
from flamsid_core.errors import FlamsidError

# Sound, but in formats libsndfile does not read here: worth a word instead of silence.
FOREIGN_SUFFIXES = (".m4a", ".aac", ".mp4", ".wma", ".aif", ".aiff", ".webm", ".wv", ".ape")
SCAN_COLUMNS = ("sha256", "duration_s", "sample_rate_hz", "channels", "size_bytes", "mtime_ns")

Progress = Callable[[float, str], None]


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
    for folder, subfolders, names in os.walk(top):
        subfolders[:] = [name for name in subfolders if not name.startswith((".", "__MACOSX"))]
        inside = "" if folder == top else Path(folder).relative_to(root).as_posix() + "/"
        for name in subfolders:
            if os.path.islink(os.path.join(folder, name)):  # noqa: PTH114, PTH118
                skipped.append(
                    Skipped(inside + name, "is a link to a folder, which is not entered; copy it.")
                )
        for name in names:
            suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a Path for each of 100,000 names is slow
            if name.startswith("."):
                continue
            if suffix in FOREIGN_SUFFIXES:
                reason = f"{suffix[1:]} files are not read; convert it to flac or wav."
                skipped.append(Skipped(inside + name, reason))
            elif suffix in AUDIO_SUFFIXES and not _is_text(inside + name):
                shown = (inside + name).encode("utf-8", "replace").decode()
                skipped.append(Skipped(shown, "the name is not UTF-8 text; rename the file or its folder."))
            elif suffix in AUDIO_SUFFIXES:
                try:
                    # Folders that are links are not entered, so only a file that is one can lead out.
                    if os.path.islink(os.path.join(folder, name)):  # noqa: PTH114, PTH118
                        resolve_inside(root, inside + name)
                    files.append(inside + name)
                except FlamsidError as error:
                    skipped.append(Skipped(inside + name, str(error)))
    return sorted(files), sorted(skipped, key=lambda item: item.file)


def _is_text(name: str) -> bool:
    """Whether a name can go into a table: Python keeps bytes that are no UTF-8 as lone surrogates."""
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
    if not path.resolve().is_relative_to(root.resolve()):
        raise FlamsidError("is a link that leads out of the corpus folder; copy the file into the folder.")
    return path


def tell(on_progress: Progress | None, done: int, total: int, what: str) -> None:
    """Report progress about a hundred times on the way."""
    if on_progress and (done % max(1, total // 100) == 0 or done == total):
        on_progress(done / total, f"{what} {done} of {total} files")


def files_by_name(files: Iterable[str]) -> dict[str, str]:
    """Map each file's name in composed accents to the name on disk, which may spell them decomposed."""
    return {unicodedata.normalize("NFC", file): file for file in files}


def row_trouble(root: Path, file: str, row: dict[str, str], *, repeated: bool) -> str:
    """Return what is wrong with a row of a corpus table as to its file, "" if nothing is."""
    if "trouble" in row:
        return row["trouble"]
    if not file:
        return "the column file is empty; name a sound file."
    if repeated:
        return "the file is listed twice; keep one row."
    try:
        path = resolve_inside(root, file)
    except FlamsidError as error:
        return str(error)
    return "" if path.is_file() else "the file does not exist; check its name."


def tidy(text: str | None) -> str:
    """Strip a cell and put its accents into one form, so that two spellings of "Pavón" are one name."""
    return unicodedata.normalize("NFC", (text or "").strip())


def read_table(path: Path) -> list[dict[str, str]]:
    """Read a table somebody wrote in a spreadsheet: commas, semicolons or tabs; UTF-8, UTF-16 or Latin.

    Column names lose case and surrounding blanks. Each row has a further key "row", the line as the
    spreadsheet counts it (the header is row 1), and where a row does not fit the header a key "trouble"
    that says so.

    Raises
    ------
    FlamsidError
        When the table cannot be read, or has no column "file".
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FlamsidError("{path}: cannot be read ({reason}).", path=path, reason=error.strerror) from error
    text = _decode(raw)
    header_line = text.lstrip().splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t", key=header_line.count)
    try:
        lines = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise FlamsidError(
            "{path}: is not a table ({reason}); save it again as CSV.", path=path, reason=error
        ) from error
    numbered = [(n, cells) for n, cells in enumerate(lines, start=1) if any(cell.strip() for cell in cells)]
    if not numbered:
        raise FlamsidError("{path}: is empty; give it a header and a row for each file.", path=path)
    header = [tidy(cell).lower() for cell in numbered[0][1]]
    if "file" not in header:
        raise FlamsidError(
            "{path}: has no column 'file' (found: {columns}); name the columns in row 1.",
            path=path,
            columns=", ".join(header),
        )
    rows = []
    for number, cells in numbered[1:]:
        row = {name: tidy(cell) for name, cell in zip(header, cells, strict=False)}
        # Paths as Windows writes them are understood too.
        row["file"] = row.get("file", "").replace("\\", "/").removeprefix("./")
        row["row"] = str(number)
        if any(cell.strip() for cell in cells[len(header) :]):
            row["trouble"] = (
                f"has more cells than the header; put quotes around text that holds a '{delimiter}'."
            )
        rows.append(row)
    return rows


def _decode(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def scan_files(
    root: Path,
    files: Iterable[str],
    *,
    known: pd.DataFrame | None = None,
    on_progress: Progress | None = None,
) -> tuple[pd.DataFrame, list[Skipped]]:
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
    """
    files = list(files)
    earlier = _by_file(known)

    def scan(file: str) -> tuple[object, ...] | Skipped:
        path = root / file
        try:
            status = path.stat()
            row = earlier.get((file, status.st_size, status.st_mtime_ns))
            if row is not None:
                return row
            facts: AudioScan = scan_audio(path)
        except FlamsidError as error:
            return Skipped(file, str(error).removeprefix(f"{path}: "))
        except OSError as error:
            return Skipped(file, f"cannot be read ({error.strerror}).")
        if facts.silent:
            return Skipped(file, "holds only silence: every sample is the same; record or copy it again.")
        return (file, *facts[:4], status.st_size, status.st_mtime_ns)

    rows, skipped = [], []
    executor = ThreadPoolExecutor(min(8, os.cpu_count() or 1))
    try:
        for done, result in enumerate(executor.map(scan, files), start=1):
            if isinstance(result, Skipped):
                skipped.append(result)
            else:
                rows.append(result)
            tell(on_progress, done, len(files), "read")
    finally:
        executor.shutdown(cancel_futures=True)
    return pd.DataFrame(rows, columns=["file", *SCAN_COLUMNS]), skipped


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
