"""Models going out and coming in: folders and zip archives, checked before they are put in place.

An exported model is a folder with weights (safetensors), `model.json`, `chain.json` and a model card; another
flamsid opens it. Weights that come in are looked at in a process of their own, so that the caller neither
loads torch nor trusts anything before it was checked.
"""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import renamed, unpacked
from flamsid_core.models.chain import CHAIN_FILE, ModelChain, read_chain, write_chain
from flamsid_core.models.registry import FILES, copy_files, new_model, predictions_of
from flamsid_core.singers.about import ABOUT_FILE, read_about
from flamsid_core.workspace import Workspace, check_name

CARD = "README.md"
LARGEST_BYTES = 2 << 30  # of an archive's content; ResNet-50 with the paper's dense layer takes 100 MB
LARGEST_JSON_BYTES = 64 << 20
BLOCK_BYTES = 1 << 20
CHECK_TIMEOUT_S = 300
_CHECK = """
import json
import sys
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import packed, renamed, unpacked
from flamsid_core.singers.model_store import load_model
try:
    load_model(sys.argv[1])
except FlamsidError as error:
    sys.exit(json.dumps(packed(error.message)))
"""


def export_folder(source: Path, target: Path, *, card: str, chain: ModelChain | None = None) -> Path:
    """Write a run as a folder that another flamsid opens.

    Parameters
    ----------
    source : Path
        Folder of the run.
    target : Path
        Folder to make; it must not be there yet.
    card : str
        Model card, Markdown.
    chain : ModelChain, optional
        What to write into `chain.json` where the run has none.

    Raises
    ------
    FlamsidError
        The target is there already, or cannot be written.
    """
    if target.exists():
        raise FlamsidError("{target} is there already: choose another name, or move it away.", target=target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as scratch:
            part = Path(scratch) / target.name
            part.mkdir()
            copy_files(source, part)
            if chain is not None and not (part / CHAIN_FILE).is_file():
                write_chain(part, chain)
            (part / CARD).write_text(card, encoding="utf-8")
            part.rename(target)
    except OSError as error:
        raise FlamsidError(
            "The model could not be written to {target} ({reason}): choose a folder you may write to.",
            target=target,
            reason=error.strerror,
        ) from error
    return target


def export_zip(source: Path, name: str, *, card: str, chain: ModelChain | None = None) -> bytes:
    """Return a run as a zip archive of the folder that `export_folder` writes."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = export_folder(source, Path(scratch) / name, card=card, chain=chain)
        path = Path(scratch) / "model.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.iterdir()):
                # Weights do not shrink; trying takes seconds.
                how = zipfile.ZIP_STORED if file.suffix == ".safetensors" else zipfile.ZIP_DEFLATED
                archive.write(file, f"{name}/{file.name}", compress_type=how)
        return path.read_bytes()


def import_folder(workspace: Workspace, source: Path, name: str) -> str:
    """Copy a model from elsewhere into the workspace once it was checked; return its run.

    Raises
    ------
    FlamsidError
        It is not a whole model of a kind this version knows, its weights are not those it describes, or the name
        is taken.
    """
    if not (source / ABOUT_FILE).is_file() or not (source / "model.safetensors").is_file():
        raise FlamsidError(
            "{source} holds no model: it needs model.safetensors and model.json.", source=source
        )
    with new_model(workspace, check_name(name)) as part:
        copy_files(source, part)
        check_model(part, str(source))
    return f"models/{name}"


def import_zip(workspace: Workspace, archive: IO[bytes], name: str, shown: str = "The archive") -> str:
    """Bring a model in from a zip archive, as `import_folder` does; no member can leave its place.

    Parameters
    ----------
    workspace : Workspace
    archive : binary file
    name : str
        Name of the model here; names inside the archive never become paths.
    shown : str
        What to call the archive in messages.

    Raises
    ------
    FlamsidError
        As `import_folder`; or the archive is damaged, too large, or has members that lead elsewhere.
    """
    with new_model(workspace, check_name(name)) as part:
        unpack(archive, part, shown)
        if not (part / ABOUT_FILE).is_file() or not (part / "model.safetensors").is_file():
            raise FlamsidError(
                "{shown} holds no model: it needs model.safetensors and model.json.", shown=shown
            )
        check_model(part, shown)
    return f"models/{name}"


def unpack(archive: IO[bytes], target: Path, shown: str = "The archive") -> None:
    """Take the files of a model out of a zip archive, at most one folder deep, into the folder `target`."""
    try:
        with zipfile.ZipFile(archive) as opened:
            members = _members(opened, shown)
            left = LARGEST_BYTES
            for name, member in members.items():
                bound = min(
                    left, LARGEST_BYTES if name.endswith((".safetensors", ".parquet")) else LARGEST_JSON_BYTES
                )
                left -= _take(opened, member, target / name, bound, shown)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise FlamsidError(
            "{shown} is not a complete zip archive ({reason}): export the model again.",
            shown=shown,
            reason=error,
        ) from error


def _members(opened: zipfile.ZipFile, shown: str) -> dict[str, zipfile.ZipInfo]:
    """Return the members that make a model by their plain names; refuse an archive with any that lead elsewhere."""
    found: dict[str, zipfile.ZipInfo] = {}
    folders = set()
    for member in opened.infolist():
        path = PurePosixPath(member.filename)
        strange = (
            path.is_absolute()
            or ".." in path.parts
            or any(letter in member.filename for letter in "\\\0:")
            or stat.S_ISLNK(member.external_attr >> 16)
        )
        if strange:
            raise FlamsidError(
                "{shown} holds {member!r}, which leads out of the model's folder: do not open it.",
                shown=shown,
                member=member.filename,
            )
        if member.is_dir() or path.name not in (*FILES, CARD) or path.name == CARD or len(path.parts) > 2:
            continue  # the card is for people, and archivers add files of their own
        if path.name in found:
            raise FlamsidError(
                "{shown} holds {name} twice: export one model at a time.", shown=shown, name=path.name
            )
        found[path.name] = member
        folders.add(path.parent)
    if len(folders) > 1:
        raise FlamsidError(
            "{shown} holds files of more than one model: export one model at a time.", shown=shown
        )
    if sum(member.file_size for member in found.values()) > LARGEST_BYTES:
        raise _too_large(shown)
    return found


def _take(opened: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, bound: int, shown: str) -> int:
    """Write one member, block by block: what an archive says of its sizes need not be true."""
    taken = 0
    with opened.open(member) as source, target.open("xb") as out:
        while block := source.read(BLOCK_BYTES):
            taken += len(block)
            if taken > bound:
                raise _too_large(shown)
            out.write(block)
    return taken


def _too_large(shown: str) -> FlamsidError:
    return FlamsidError(
        "{shown} holds more than {largest_mb:,} MB, or a description of more than "
        "{largest_json_mb} MB: that is not a model of flamsid.",
        shown=shown,
        largest_mb=LARGEST_BYTES >> 20,
        largest_json_mb=LARGEST_JSON_BYTES >> 20,
    )


def check_model(folder: Path, shown: str) -> None:
    """Check a model's description, hash, classes and shapes, the weights in a process of their own.

    Raises
    ------
    FlamsidError
        Something is missing, damaged or changed; `shown` names the model in the message.
    """
    try:
        read_about(folder)
        if (folder / CHAIN_FILE).is_file():
            read_chain(folder)
    except FlamsidError as error:
        raise FlamsidError(renamed(error.message, str(folder), shown)) from error
    if (folder / "predictions.parquet").is_file():
        predictions_of(folder)
    try:
        done = subprocess.run(
            [sys.executable, "-c", _CHECK, str(folder)],
            capture_output=True,
            text=True,
            timeout=CHECK_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise FlamsidError(
            "{shown} could not be checked within {check_timeout_s} s: try again when the machine is less busy.",
            shown=shown,
            check_timeout_s=CHECK_TIMEOUT_S,
        ) from error
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or [""])[-1]
        try:
            message = unpacked(json.loads(said))
        except ValueError:  # it did not come to an end of its own
            raise FlamsidError("{shown} could not be checked: {said}", shown=shown, said=said) from None
        raise FlamsidError(renamed(message, str(folder), shown))
