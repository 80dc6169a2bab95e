"""The tables for reading, made from the list of entries.

The fold is a function of the entries alone, so two pages that write at the same time cannot make it wrong, and a
table that was lost is made again.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from typing import Any

from flamsid_core.annotations.entries import Entry

Row = dict[str, Any]


def folded(text: str) -> str:
    """Return text as it is searched: without case and accents.

    Examples
    --------
    >>> folded("Ayeo de SALIDA, 2.º tércio")
    'ayeo de salida, 2.º tercio'
    """
    plain = unicodedata.normalize("NFD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c)))


def marks_of(entries: Iterable[Entry]) -> list[Row]:
    """Return the marks that the entries leave, in order of time."""
    marks: dict[str, Row] = {}
    for entry in entries:
        if entry.subject != "mark":
            continue
        detail, mark_id = entry.detail, str(entry.detail["mark_id"])
        if entry.kind == "add":
            marks[mark_id] = {
                "mark_id": mark_id,
                "recording_id": entry.recording_id,
                "layer": str(detail["layer"]),
                "start_s": entry.start_s,
                "end_s": entry.end_s,
                "text": str(detail.get("text", "")),
                "tags": tuple(detail.get("tags", ())),
                "colour": str(detail.get("colour", "")),
            }
        elif mark_id not in marks:
            continue  # its adding was undone: nothing is left to change
        elif entry.kind == "delete":
            del marks[mark_id]
            continue
        else:
            row = marks[mark_id]
            if entry.start_s is not None:
                row["start_s"], row["end_s"] = entry.start_s, entry.end_s
            row |= {name: str(detail[name]) for name in ("layer", "text", "colour") if name in detail}
            if "tags" in detail:
                row["tags"] = tuple(detail["tags"])
        row = marks[mark_id]
        row |= {"author": entry.author, "changed_at": entry.made_at}
        row["words"] = folded(" ".join([row["text"], row["layer"], *row["tags"]]))
    return sorted(marks.values(), key=lambda row: (row["start_s"], row["mark_id"]))


def layers_of(entries: Iterable[Entry]) -> list[Row]:
    """Return the layers that the entries leave, in the order in which they were first named."""
    layers: dict[str, Row] = {}
    for entry in entries:
        if entry.subject != "layer":
            continue
        name = str(entry.detail["layer"])
        if entry.kind == "delete":
            layers.pop(name, None)
            continue
        row = layers.setdefault(name, {"layer": name, "colour": "", "position": len(layers)})
        row["kind"] = str(entry.detail["kind"])
        row["colour"] = str(entry.detail.get("colour", row["colour"]))
        row["position"] = int(entry.detail.get("position", row["position"]))
    return sorted(layers.values(), key=lambda row: (row["position"], row["layer"]))


def motifs_of(entries: Iterable[Entry]) -> list[Row]:
    """Return what was said of motifs, by motif_key."""
    motifs: dict[str, Row] = {}
    for entry in entries:
        if entry.subject != "motif":
            continue
        key, detail = str(entry.detail["motif_key"]), entry.detail
        if entry.kind == "delete":
            motifs.pop(key, None)
            continue
        empty = {"motif_key": key, "name": "", "note": "", "tags": (), "rejected": False, "instances": ()}
        row = motifs.setdefault(key, empty)
        row |= {name: str(detail[name]) for name in ("name", "note") if name in detail}
        if "tags" in detail:
            row["tags"] = tuple(detail["tags"])
        if "rejected" in detail:
            row["rejected"] = bool(detail["rejected"])
        if "instances" in detail:
            row["instances"] = tuple(detail["instances"])
        row |= {"author": entry.author, "changed_at": entry.made_at}
        row["words"] = folded(" ".join([row["name"], row["note"], *row["tags"]]))
    return sorted(motifs.values(), key=lambda row: row["motif_key"])


def packed(value: Any) -> Any:
    """Return a cell as SQLite holds it: lists and mappings as JSON, yes and no as 1 and 0."""
    if isinstance(value, bool):
        return int(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple | list | dict) else value
