"""Files that may have been damaged, or made by somebody else: one checked reader a format.

Each reads a file of bounded size into plain values of the expected kind, and raises one `FlamsidError` that names the
file for anything else: bytes that are not text, brackets nested a thousand deep, arrays that a header claims and the
file does not hold. Nothing is ever unpickled. A file that is not there raises `FileNotFoundError`, as ever.
"""

from __future__ import annotations

import json
import math
import struct
import tokenize
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MAX_JSON_BYTES = 256 << 20
MAX_TOML_BYTES = 1 << 20
MAX_HEADER_BYTES = 64 << 20
MAX_ARRAY_BYTES = 64 << 30
MAX_CELLS = 2_000_000_000
# Deeper than anything that is written here; Python itself gives up at a thousand.
MAX_DEPTH = 100


def read_json(path: Path, *, most_bytes: int = MAX_JSON_BYTES, kind: type | None = None) -> Any:
    """Read a JSON file.

    Parameters
    ----------
    path
        The file.
    most_bytes
        A larger file is refused before it is read.
    kind
        What its outermost value must be (dict, list); None takes any.

    Raises
    ------
    FlamsidError
        When it is too large, no JSON, nested too deep, or of another kind.
    FileNotFoundError
        When it is not there.
    """
    return parse_json(path, _text(path, most_bytes), kind=kind)


def parse_json(path: Path, text: str, *, kind: type | None = None) -> Any:
    """Parse JSON that was read from `path`; see `read_json`."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise _damaged(path, Message("it is nested too deep")) from None
    except ValueError as error:
        raise _damaged(path, str(error)) from error
    if _depth_above(value, MAX_DEPTH):
        raise _damaged(path, Message("it is nested too deep"))
    if kind is not None and not isinstance(value, kind):
        raise _damaged(path, Message("it holds no {kind}", kind="object" if kind is dict else kind.__name__))
    return value


def read_json_lines(path: Path, *, most_bytes: int = MAX_JSON_BYTES) -> list[dict[str, Any]]:
    """Read a file of one JSON object a line, without the lines that are damaged or half written.

    Raises
    ------
    FlamsidError
        When it is too large or no text.
    FileNotFoundError
        When it is not there.
    """
    rows = []
    for line in _text(path, most_bytes, errors="replace").splitlines():
        try:
            rows.append(parse_json(path, line, kind=dict))
        except FlamsidError:
            continue
    return rows


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    FlamsidError
        When it is too large, no TOML, or nested too deep.
    FileNotFoundError
        When it is not there.
    """
    try:
        value = tomllib.loads(_text(path, MAX_TOML_BYTES))
    except RecursionError:
        raise _damaged(path, Message("it is nested too deep")) from None
    except tomllib.TOMLDecodeError as error:
        raise _damaged(path, str(error)) from error
    if _depth_above(value, MAX_DEPTH):
        raise _damaged(path, Message("it is nested too deep"))
    return value


def read_parquet(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a table.

    Raises
    ------
    FlamsidError
        When it is damaged, lacks one of the columns, or claims more cells than any table here has.
    FileNotFoundError
        When it is not there.
    """
    import pandas as pd
    import pyarrow
    from pyarrow import parquet

    path.stat()
    try:
        about = parquet.read_metadata(path)
        if about.num_rows * max(about.num_columns, 1) > MAX_CELLS:
            raise _damaged(path, Message("it claims {rows:,} rows", rows=about.num_rows))
        return pd.read_parquet(path, columns=columns)
    except FlamsidError:
        raise
    except (
        pyarrow.ArrowException,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise _damaged(path, str(error).partition("\n")[0][:200]) from error


def read_array(path: Path) -> np.ndarray:
    """Read an array of a ``.npy`` file as a memory map.

    Raises
    ------
    FlamsidError
        When it is damaged, holds objects, or is not as long as its header says.
    FileNotFoundError
        When it is not there.
    """
    import numpy as np

    path.stat()
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (
        ValueError,
        EOFError,
        OSError,
        SyntaxError,
        TypeError,
        MemoryError,
        RecursionError,
        OverflowError,
        tokenize.TokenError,
    ) as error:
        raise _damaged(path, str(error).partition("\n")[0][:200]) from error


def read_arrays(path: Path, *, most_bytes: int = MAX_ARRAY_BYTES) -> dict[str, np.ndarray]:
    """Read all arrays of a ``.npz`` file.

    Raises
    ------
    FlamsidError
        When it is damaged, holds objects, or unpacks to more than `most_bytes`.
    FileNotFoundError
        When it is not there.
    """
    import numpy as np

    path.stat()
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > most_bytes:
                raise _damaged(path, Message("it unpacks to more than any array here has"))
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except FlamsidError:
        raise
    except (
        ValueError, EOFError, OSError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError, OverflowError,
        tokenize.TokenError,
        NotImplementedError, zipfile.BadZipFile, RuntimeError,
    ) as error:  # fmt: skip
        raise _damaged(path, str(error).partition("\n")[0][:200]) from error


def tensor_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the tensors in a safetensors file by its header alone, checked against the file's size.

    Raises
    ------
    FlamsidError
        When the header is damaged, or claims more than the file holds.
    FileNotFoundError
        When it is not there.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = struct.unpack("<Q", stream.read(8).ljust(8, b"\0"))[0]
        if not 2 <= length <= min(size - 8, MAX_HEADER_BYTES):
            raise _damaged(path, Message("its header is not as long as it says"))
        try:
            text = stream.read(length).decode("utf-8")
        except UnicodeDecodeError as error:
            raise _damaged(path, str(error)) from error
    shapes = {}
    for name, about in parse_json(path, text, kind=dict).items():
        if name == "__metadata__":
            continue
        shape = about.get("shape") if isinstance(about, dict) else None
        if not isinstance(shape, list) or not all(isinstance(n, int) and 0 <= n < 1 << 40 for n in shape):
            raise _damaged(path, Message("tensor {name!r} has no shape", name=name))
        if math.prod(shape) > size:
            raise _damaged(path, Message("tensor {name!r} is larger than the file", name=name))
        shapes[name] = tuple(shape)
    return shapes


def reason_of(error: Exception) -> str:
    """Return why a file could not be read, without the sentence around it that names the file."""
    return str(error.values.get("reason", error)) if isinstance(error, FlamsidError) else str(error)


def _text(path: Path, most_bytes: int, errors: str = "strict") -> str:
    with path.open("rb") as stream:
        raw = stream.read(most_bytes + 1)
    if len(raw) > most_bytes:
        raise _damaged(path, Message("it is larger than {limit} MB", limit=max(most_bytes >> 20, 1)))
    try:
        return raw.decode("utf-8-sig", errors=errors)
    except UnicodeDecodeError as error:
        raise _damaged(path, str(error)) from error


def _depth_above(value: Any, most: int) -> bool:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > most:
            return True
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
    return False


def _damaged(path: Path, reason: str) -> FlamsidError:
    return FlamsidError("{path} is damaged and cannot be read ({reason}).", path=path, reason=reason)
