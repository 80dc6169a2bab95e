"""The Recording page's export menu: what is on the page, as files of other programs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core.corpus.carrier import time_factor
from flamsid_core.formats import RecordingTables, find_format
from flamsid_core.melody.contour import Contour, ContourParams
from flamsid_core.pipeline.exporting import file_formats, layers_of_a_person, stem_at_speed
from flamsid_core.ui.state import open_workspace
from flamsid_core.ui.words import _


def export_menu(
    row: pd.Series, melody: pd.DataFrame, contour: Contour, instances: pd.DataFrame, params: ContourParams
) -> None:
    """Let the person choose a format and download what the page shows in it."""
    tables = RecordingTables(
        file=str(row["file"]),
        duration_s=float(row["duration_s"]) * time_factor(float(row.get("speed", 0.0))),
        sample_rate_hz=int(row["sample_rate_hz"]),
        about=dict(row),
        melody=melody,
        notes=contour.segments,
        spans={"motifs": instances, **layers_of_a_person(open_workspace(), str(row["recording_id"]))},
        parameters={"contour": asdict(params)},
    )
    with st.popover(_("Export"), icon=":material/download:"):
        chosen = st.selectbox(
            _("Format"),
            file_formats(),
            key="export_format",
            format_func=lambda name: f"{name} ({find_format(name).programs})",
            persist_state="session",
        )
        stem = stem_at_speed(Path(str(row["file"])).stem, tables)
        st.download_button(
            _("Download"),
            partial(_content, chosen, tables, stem),
            _file_name(chosen, tables, stem),
            key="export_file",
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
        )


def _files(name: str, tables: RecordingTables, stem: str) -> Mapping[str, bytes]:
    kind = find_format(name)
    if kind.write_all is not None:
        return kind.write_all([tables])
    if kind.write is None:
        return {}
    return {stem + ending: content for ending, content in kind.write(tables).items()}


def _several(name: str) -> bool:
    """Whether a format has a file for each layer; those are downloaded as one archive."""
    return name in ("csv", "audacity")


def _file_name(name: str, tables: RecordingTables, stem: str) -> str:
    if _several(name):
        return f"{stem}.{name}.zip"
    # Pictures take seconds to draw: their name is known without.
    return f"{stem}.{name}" if name in ("svg", "png") else next(iter(_files(name, tables, stem)), stem)


def _content(name: str, tables: RecordingTables, stem: str) -> Any:
    files = _files(name, tables, stem)
    if not _several(name):
        return next(iter(files.values()), b"")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file, content in files.items():
            packed.writestr(file, content)
    return archive.getvalue()
