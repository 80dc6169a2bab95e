"""The map one can listen to: up to 100,000 motif instances as points on a plane."""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.plots import PALETTE
from flamsid_core.ui.components import _wire
from flamsid_core.ui.components._mount import mount
from flamsid_core.ui.components.strings import strings

MAX_POINTS = 200_000


@dataclass(frozen=True)
class MotifSpaceResult:
    """What a person chose on the map.

    Attributes
    ----------
    clicked : int or None
        Row of the point clicked last.
    selection : ndarray of int64
        Rows selected by lasso or box, ascending; empty when there is none.
    """

    clicked: int | None = None
    selection: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))


def motif_space(
    points: np.ndarray,
    *,
    colour: Iterable[Any],
    labels: Sequence[str] | pd.DataFrame,
    audio_url_template: str,
    selected: Sequence[int] | None = None,
    key: str,
    ids: Sequence[str] | None = None,
    patterns: Sequence[str] | None = None,
    colours: Mapping[str, str] | None = None,
    focus: int | None = None,
    title: str = "",
    height_px: int = 620,
    language: str = "en",
) -> MotifSpaceResult:
    """Show points one can hover to hear, click to choose and lasso to select.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Positions on the map.
    colour : sequence of n values
        Category of each point (singer, recording, right or wrong, …); the legend shows and hides them.
    labels : sequence of n str, or DataFrame with n rows
        What the tooltip says; a table gives a line for each column.
    audio_url_template : str
        Where a point's clip comes from: `{id}` stands for its entry in `ids`, quoted. Empty: no sound.
    selected : sequence of int, optional
        Rows lit as selected, followed when they change (linked maps); otherwise the person's own is kept.
    key : str
        Streamlit key.
    ids : sequence of n str, optional
        Instance ids; row numbers by default.
    patterns : sequence of n str, optional
        Steps such as "+1 -2 +1": drawn as small contours when zoomed in.
    colours : mapping of str to str, optional
        CSS colour by category; the rest take the colour-blind-safe palette in turn.
    focus : int, optional
        Row marked as the one being looked at (for instance chosen in a table).
    title : str
        Written in the corner and read to screen readers.
    height_px : int
        Height of the instrument.
    language : str
        'en' or 'es'.

    Returns
    -------
    MotifSpaceResult

    Raises
    ------
    FlamsidError
        If the positions are not n × 2 finite numbers or a sequence has another length.
    """
    data, digest = motif_space_payload(
        points,
        colour=colour,
        labels=labels,
        audio_url_template=audio_url_template,
        selected=selected,
        ids=ids,
        patterns=patterns,
        colours=colours,
        focus=focus,
        title=title,
        height_px=height_px,
        language=language,
    )
    return show_prepared(data, digest, len(points), key=key)


def show_prepared(data: bytes, digest: str, n: int, *, key: str) -> MotifSpaceResult:
    """Show what `motif_space_payload` made of `n` points; a page that shows the same ones again keeps it."""
    state = mount("motif_space", data, key=key, states=("clicked", "selection"))
    return motif_space_result(state, n, digest)


def motif_space_payload(
    points: np.ndarray,
    *,
    colour: Iterable[Any],
    labels: Sequence[str] | pd.DataFrame,
    selected: Sequence[int] | None = None,
    ids: Sequence[str] | None = None,
    patterns: Sequence[str] | None = None,
    colours: Mapping[str, str] | None = None,
    language: str = "en",
    **head: Any,
) -> tuple[bytes, str]:
    """Return what `motif_space` sends to the browser, and the name of this set of rows.

    Row numbers only mean something for the rows they were chosen from, so a selection carries that name
    back; it does not change with colours and labels.
    """
    xy = np.asarray(points)
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise FlamsidError(
            "Positions have the shape {shape}: give one row of x and y for each point.", shape=xy.shape
        )
    n = len(xy)
    if n > MAX_POINTS:
        raise FlamsidError(
            "{n} points are more than the map can show ({max_points}): filter them first.",
            n=n,
            max_points=MAX_POINTS,
        )
    xy = _wire.finite(xy, what="A position").astype(np.float32)
    codes, names = _wire.factorise(colour, what="colour", length=n)
    arrays = {"x": xy[:, 0], "y": xy[:, 1]}
    if ids is not None:
        arrays["ids"], arrays["id_offsets"] = _wire.join_texts(ids, what="ids", length=n)
    digest = _wire.digest(arrays)
    arrays["category"] = codes
    columns = []
    table = (
        labels if isinstance(labels, pd.DataFrame) else pd.DataFrame({"": pd.Series(labels, dtype=object)})
    )
    for number, name in enumerate(table.columns):
        codes, texts = _wire.factorise(table[name], what=f"labels '{name}'", length=n)
        arrays[f"label_{number}"] = codes
        columns.append({"name": str(name), "texts": texts})
    steps: list[str] = []
    if patterns is not None:
        arrays["pattern"], steps = _wire.factorise(patterns, what="patterns", length=n)
    rows = np.asarray([] if selected is None else selected, dtype=np.int64)
    if rows.size and (rows.min() < 0 or rows.max() >= n):
        raise FlamsidError(
            "Row {row} is selected, but there are {n} points (rows from 0).", row=int(rows.max()), n=n
        )
    arrays["selected"] = rows.astype(np.uint32)
    head = {
        **head,
        "points": n,
        "rows": digest,
        "given_selection": selected is not None,
        "categories": [{"name": name, "colour": (colours or {}).get(name)} for name in names],
        "labels": columns,
        "patterns": steps,
        "palette": PALETTE,
        "strings": strings(language),
    }
    return _wire.pack(head, arrays), digest


def motif_space_result(state: Mapping[str, Any], n: int, digest: str) -> MotifSpaceResult:
    """Read what the browser sent back; what was chosen among other rows than those shown now is left out."""
    clicked, selection = state.get("clicked"), state.get("selection")
    row = None
    if isinstance(clicked, Mapping) and clicked.get("rows", digest) == digest:
        row = clicked.get("row")
    if not (isinstance(row, int) and 0 <= row < n):
        row = None
    if not isinstance(selection, Mapping) or selection.get("rows", digest) != digest:
        return MotifSpaceResult(clicked=row)
    try:
        bits = np.frombuffer(base64.b64decode(selection.get("bits", ""), validate=True), np.uint8)
    except binascii.Error:
        return MotifSpaceResult(clicked=row)
    flags = np.unpackbits(bits, bitorder="little")[:n]
    return MotifSpaceResult(clicked=row, selection=np.flatnonzero(flags))


def encode_selection(rows: Sequence[int], n: int, digest: str | None = None) -> dict[str, str]:
    """Return the state the browser would send for these rows: one bit a point, for tests of pages."""
    flags = np.zeros(n, np.uint8)
    flags[np.asarray(rows, dtype=np.int64)] = 1
    bits = base64.b64encode(np.packbits(flags, bitorder="little").tobytes()).decode()
    return {"bits": bits} if digest is None else {"bits": bits, "rows": digest}
