"""How tables travel to the browser: one block of bytes with a JSON head and aligned arrays behind it.

Streamlit hands top-level `bytes` to a component untouched, while lists become JSON (ten times the size, and
parsed on the page's thread). `shared/wire.js` is the other end; the two are tested against each other.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from flamsid_core.errors import FlamsidError

ALIGNMENT_BYTES = 8
CENTS_QUANTUM = 0.25
"""Pitch is sent in quarters of a cent: an hour of frames is then 1.2 MB and the error 1/8 cent at most."""
UNVOICED = np.int16(-32768)


def pack(head: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Join a JSON-able head and named arrays into one block.

    Parameters
    ----------
    head : mapping
        What JSON can say. The keys `arrays` and `hash` are added.
    arrays : mapping of str to ndarray
        Little-endian numeric arrays; shapes are flattened.

    Returns
    -------
    bytes
        uint32 length of the head, the head, padding to 8 bytes, then every array on an 8-byte boundary.
    """
    directory = {}
    body = bytearray()
    for name, values in arrays.items():
        flat = np.ascontiguousarray(values).ravel()
        flat = flat.astype(flat.dtype.newbyteorder("<"), copy=False)
        directory[name] = [flat.dtype.kind + str(flat.dtype.itemsize), len(body), flat.size]
        body += flat.tobytes()
        body += bytes(-len(body) % ALIGNMENT_BYTES)
    plain = json.dumps(head, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    digest = hashlib.blake2b(plain.encode() + bytes(body), digest_size=8).hexdigest()
    full = {**head, "arrays": directory, "hash": digest}
    text = json.dumps(full, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 4) % ALIGNMENT_BYTES)
    return len(text).to_bytes(4, "little") + text + bytes(body)


def factorise(values: Iterable[Any], *, what: str, length: int) -> tuple[np.ndarray, list[str]]:
    """Turn repeated values into codes and the list of distinct ones, in natural order of first sight.

    Returns
    -------
    codes : ndarray of uint16 or uint32, shape (length,)
    names : list of str
        Missing values are called "–".

    Raises
    ------
    FlamsidError
        If there are not exactly `length` values.
    """
    import pandas as pd

    series = values.reset_index(drop=True) if isinstance(values, pd.Series) else pd.Series(list(values))
    if len(series) != length:
        raise FlamsidError(
            "{what} has {n_values} values for {length} points: give one for each point.",
            what=what,
            n_values=len(series),
            length=length,
        )
    codes, names = pd.factorize(series.astype(object).where(series.notna(), "–").map(str))
    width = np.uint16 if len(names) <= 65_535 else np.uint32
    return codes.astype(width), [str(name) for name in names]


def join_texts(values: Sequence[Any], *, what: str, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Put many mostly different texts into one UTF-8 block with offsets, read back only where needed.

    Returns
    -------
    blob : ndarray of uint8
    offsets : ndarray of uint32, shape (length + 1,)
    """
    encoded = [str(value).encode() for value in values]
    if len(encoded) != length:
        raise FlamsidError(
            "{what} has {n_values} values for {length} points: give one for each point.",
            what=what,
            n_values=len(encoded),
            length=length,
        )
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in encoded], dtype=np.int64)])
    return np.frombuffer(b"".join(encoded), np.uint8), offsets.astype(np.uint32)


def quantise_cents(cents: np.ndarray) -> np.ndarray:
    """Pitch in cents above 55 Hz as int16 quarters of a cent; NaN (unvoiced) becomes -32768."""
    scaled = np.round(np.nan_to_num(cents, nan=0.0) / CENTS_QUANTUM)
    codes = np.clip(scaled, -32767, 32767).astype(np.int16)
    codes[np.isnan(cents)] = UNVOICED
    return codes


def column(table: Any, name: str, *, what: str) -> np.ndarray:
    """One column of a table as an array, or a clear word about which one is missing."""
    if name not in table.columns:
        raise FlamsidError(
            "The {what} table has no column '{name}' (it has {columns}).",
            what=what,
            name=name,
            columns=", ".join(map(str, table.columns)),
        )
    return np.asarray(table[name])


def finite(values: np.ndarray, *, what: str) -> np.ndarray:
    """Return the values as float64, if every one of them is a number."""
    numbers = np.asarray(values, dtype=np.float64)
    wrong = np.flatnonzero(~np.isfinite(numbers.ravel()))
    if wrong.size:
        raise FlamsidError(
            "{what} is not a number in row {row}: leave such rows out.", what=what, row=int(wrong[0])
        )
    return numbers


def digest(arrays: Mapping[str, np.ndarray]) -> str:
    """Name a set of arrays by their content."""
    state = hashlib.blake2b(digest_size=8)
    for values in arrays.values():
        state.update(np.ascontiguousarray(values).tobytes())
    return state.hexdigest()
