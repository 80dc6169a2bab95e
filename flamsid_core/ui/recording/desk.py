"""The scholar's desk on the Recording page: what the browser sends is written, what was written goes back to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core.annotations import Annotations, Entry, open_annotations, share_corrected
from flamsid_core.errors import FlamsidError
from flamsid_core.pipeline.corrections import correct_segments, stale_recordings, tracked_key, write_corrected
from flamsid_core.ui.commands import chain_flags, chain_of, start_job
from flamsid_core.ui.instances import recording_names
from flamsid_core.ui.words import _, escape, ngettext, translated
from flamsid_core.workspace import Workspace

_KEPT = 500  # op_ids remembered a session: far more than are ever on their way at once


def annotations_of(workspace: Workspace) -> Annotations | None:
    """Return the annotations of the corpus that a workspace belongs to, None where that is not known."""
    return None if workspace.corpus is None else open_annotations(workspace.corpus)


def take_ops(workspace: Workspace, notes: Annotations, recording_id: str, key: str) -> None:
    """Write what the timeline called `key` sent since the last run, and bring the melody up to date."""
    state = st.session_state.get(key) or {}
    ops = state.get("ops") if isinstance(state, Mapping) else getattr(state, "ops", None)
    known: list[str] = st.session_state.setdefault("_ops_done", [])
    fresh = [op for op in ops or [] if op.get("op_id") not in known]
    for op in fresh:
        try:
            _do(notes, recording_id, op)
        except (FlamsidError, KeyError, TypeError) as error:
            st.error(escape(translated(error)), icon=":material/error:")
        known.append(str(op.get("op_id")))
    del known[:-_KEPT]
    if any(op["entry"].get("subject") == "f0" for op in fresh):
        digest = notes.digest(recording_id, "f0")
        write_corrected(workspace, recording_id, tracked_key(workspace, recording_id), notes, digest)


def _do(notes: Annotations, recording_id: str, op: Mapping[str, Any]) -> None:
    entry = op["entry"]
    if op["op"] == "undo":
        notes.undo(recording_id, entry["entry_id"])
    elif op["op"] == "redo":
        notes.redo(recording_id, entry["entry_id"])
    else:
        made = Entry(
            recording_id,
            entry["subject"],
            entry["kind"],
            entry.get("start_s"),
            entry.get("end_s"),
            entry.get("detail") or {},
            entry["entry_id"],
        )
        layer = made.detail.get("layer")
        new_layer = made.subject == "mark" and layer and layer not in set(notes.layers()["layer"])
        kind = "span" if made.end_s is not None else "point"
        extra = [Entry("", "layer", "set", detail={"layer": layer, "kind": kind})] if new_layer else []
        notes.add([made, *extra])


def edits_for_timeline(notes: Annotations, recording_id: str) -> dict[str, Any]:
    """Return what the timeline needs to know of a recording's entries."""

    def plain(entry: Entry) -> dict[str, Any]:
        return {
            "entry_id": entry.entry_id,
            "recording_id": recording_id,
            "subject": entry.subject,
            "kind": entry.kind,
            "start_s": entry.start_s,
            "end_s": entry.end_s,
            "detail": dict(entry.detail),
        }

    return {
        "recording_id": recording_id,
        "done": [plain(entry) for entry in notes.entries(recording_id)],
        # The next to be done again is the last one.
        "undone": [plain(entry) for entry in notes.entries(recording_id, state="undone")][::-1],
        "layers": notes.layers()[["layer", "kind", "colour"]].to_dict("records"),
        "acked": list(st.session_state.get("_ops_done", [])),
    }


def corrected_notes(segments: pd.DataFrame, notes: Annotations | None) -> pd.DataFrame:
    """Return the notes that figures and exports count: with a person's corrections."""
    return segments if notes is None else correct_segments(segments, notes)[0]


def desk_status(workspace: Workspace, notes: Annotations, melody: pd.DataFrame) -> None:
    """Say where the work is kept, how much was corrected, and what is not up to date; offer to mend that."""
    share = share_corrected(melody) if "corrected" in melody else 0.0
    said = _("Corrected by hand: {share:.1f} %.", share=100 * share)
    where = _("Corrections and annotations are kept in {file}.", file=f"`{notes.path}`")
    left, right = st.columns([4, 1.2], vertical_alignment="center")
    left.caption(f"{said} {where}")
    stale = stale_recordings(workspace, notes)
    if not stale or not workspace.has("contour/segments"):
        return
    known = recording_names(workspace)
    names = ", ".join(known.get(rid, rid) for rid in stale[:3])
    text = ngettext(
        "{n} recording has corrections that its notes and motifs do not know yet: {names}.",
        "{n} recordings have corrections that their notes and motifs do not know yet: {names}.",
        len(stale),
        names=names,
    )
    left.caption(f":material/update: {escape(text)}")
    if right.button(_("Bring up to date"), key="desk_update", icon=":material/refresh:", width="stretch"):
        command = ["motifs", str(workspace.corpus), "--workspace", str(workspace.root)]
        start_job(workspace.root, command + chain_flags(chain_of(workspace)))


def marks_table(workspace: Workspace, notes: Annotations, recording_id: str) -> None:
    """Edit the annotations of a recording in a table; find them by text in the whole corpus."""
    here, everywhere = st.tabs([_("Annotations here"), _("Search the corpus")])
    with here:
        _edit_marks(notes, recording_id)
    with everywhere:
        text = st.text_input(_("Words in text, layer or tags"), key="mark_search")
        found = notes.marks(text=text)
        if text and found.empty:
            st.caption(_("No annotation has these words."))
        elif not found.empty:
            names = recording_names(workspace)
            shown = found.assign(
                recording=[names.get(rid, rid) for rid in found["recording_id"]],
                link=[_address(row) for row in found.to_dict("records")],
            )
            st.dataframe(
                shown[["recording", "layer", "text", "start_s", "end_s", "link"]],
                column_config={"link": st.column_config.LinkColumn(_("Open"), display_text="▶")},
                hide_index=True,
                key="mark_found",
            )


def _address(row: Mapping[Any, Any]) -> str:
    end_s = row["start_s"] if pd.isna(row["end_s"]) else row["end_s"]
    return f"/recording?recording={row['recording_id']}&t={max(0.0, row['start_s'] - 1):.2f}-{end_s + 1:.2f}"


def _edit_marks(notes: Annotations, recording_id: str) -> None:
    marks = notes.marks(recording_id)
    if marks.empty:
        st.caption(
            _("Nothing is annotated yet: press E on the timeline, then T at the cursor or on a selection.")
        )
        return
    columns = ["layer", "start_s", "end_s", "text", "tags", "colour"]
    shown = marks[columns].assign(tags=[", ".join(tags) for tags in marks["tags"]])
    # A key of its own for every state: rows that moved must not take over another row's cell.
    key = f"marks-{recording_id}-{hash(tuple(marks['mark_id']) + tuple(marks['changed_at']))}"
    st.data_editor(shown, key=key, hide_index=True, num_rows="dynamic", width="stretch")
    changes = st.session_state.get(key) or {}
    entries = []
    for place, cells in changes.get("edited_rows", {}).items():
        row = marks.iloc[int(place)]
        detail = {name: value or "" for name, value in cells.items() if name in ("layer", "text", "colour")}
        if "tags" in cells:
            detail["tags"] = [tag.strip() for tag in (cells["tags"] or "").split(",") if tag.strip()]
        start_s, end_s = cells.get("start_s", row["start_s"]), cells.get("end_s", row["end_s"])
        moved = "start_s" in cells or "end_s" in cells
        at_s = float(start_s) if moved else None
        until_s = float(end_s) if moved and not pd.isna(end_s) else None
        detail["mark_id"] = row["mark_id"]
        entries.append(Entry(recording_id, "mark", "change", at_s, until_s, detail))
    entries += [
        Entry(recording_id, "mark", "delete", detail={"mark_id": marks["mark_id"].iloc[place]})
        for place in changes.get("deleted_rows", [])
    ]
    if entries:
        notes.add(entries)
        st.rerun()
