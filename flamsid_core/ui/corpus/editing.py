"""Singers, titles, palos, years, sources, tonics and own columns: edited on the Corpus page, kept in the table file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from flamsid_core.corpus.recordings import METADATA_COLUMNS, TABLE_NAME
from flamsid_core.corpus.tables import find_table, read_table
from flamsid_core.pipeline.table_changes import change_recordings
from flamsid_core.ui.state import errors_shown, table
from flamsid_core.ui.words import _, ngettext
from flamsid_core.workspace import Workspace

_OFFERED = (*METADATA_COLUMNS, "tonic_hz", "speed")


def edit_table(workspace: Workspace) -> None:
    """Edit cells in place, or one column of many rows at once; what is saved stands in the table file."""
    recordings = table(workspace, "corpus/recordings")
    written = _written(workspace)
    own = [name for name in written if name not in (*_OFFERED, "file")]
    columns = [*_OFFERED, *own]
    # The file knows columns that the corpus does not; singer and title may come from folders and names.
    shown = recordings[["file", *METADATA_COLUMNS]].set_index("file").reindex(columns=columns).astype(object)
    shown.update(written.reindex(index=shown.index, columns=columns))
    shown = shown.where(shown.notna(), "").astype(str).reset_index()
    shown.insert(0, "chosen", False)
    version = st.session_state.setdefault("_table_version", 0)
    edited = st.data_editor(
        shown,
        key=f"table-{workspace.root.name}-{version}",
        hide_index=True,
        width="stretch",
        disabled=["file"],
        column_config={"chosen": st.column_config.CheckboxColumn(_("Choose")), "file": _("File")},
    )
    column, value, apply, save = st.columns([1, 1.5, 1, 1], vertical_alignment="bottom")
    name = column.selectbox(_("Column"), columns, key="table_column", accept_new_options=True)
    text = value.text_input(_("Value for the chosen rows"), key="table_value")
    chosen = edited["chosen"].astype(bool)
    many = apply.button(
        _("Set in {n} rows", n=int(chosen.sum())),
        key="table_many",
        disabled=not chosen.any(),
        width="stretch",
    )
    if many and name:
        _keep(workspace, {file: {str(name): text or ""} for file in edited.loc[chosen, "file"]})
    changes: dict[str, dict[str, str]] = {}
    for before, after in zip(shown.to_dict("records"), edited.to_dict("records"), strict=True):
        cells = {str(c): str(after[c] or "") for c in columns if after[c] != before[c]}
        if cells:
            changes[str(after["file"])] = cells
    if save.button(
        _("Save {n} rows", n=len(changes)),
        key="table_save",
        type="primary",
        disabled=not changes,
        width="stretch",
    ):
        _keep(workspace, changes)


def _written(workspace: Workspace) -> pd.DataFrame:
    """Return the cells of the table file, by file; only those that are filled in."""
    path = None if workspace.corpus is None else find_table(Path(workspace.corpus), TABLE_NAME)
    if path is None:
        return pd.DataFrame()
    found = read_table(path)
    rows = [
        {name: row.get(name, "") for name in found.columns} for row in found.rows if not row.get("trouble")
    ]
    cells = pd.DataFrame(rows, columns=list(found.columns)).drop_duplicates("file").set_index("file")
    return cells.where(cells != "")


def _keep(workspace: Workspace, changes: dict[str, dict[str, str]]) -> None:
    with errors_shown():
        path, count = change_recordings(workspace, changes)
        st.session_state["_table_version"] += 1
        st.toast(
            ngettext("{n} row was saved in {file}.", "{n} rows were saved in {file}.", count, file=path.name)
        )
        st.rerun()
