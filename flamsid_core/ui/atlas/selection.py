"""What is selected on the map: listed, playable, to be taken along; and the clicked motif's neighbours."""

from __future__ import annotations

import tempfile
import zipfile

import numpy as np
import pandas as pd
import streamlit as st

from flamsid_core.corpus.cells import spreadsheet_csv
from flamsid_core.pipeline.said import as_said, said_of_motifs
from flamsid_core.ui import projects, sound
from flamsid_core.ui.atlas.view import positions
from flamsid_core.ui.clips import clip_list
from flamsid_core.ui.instances import clips_of, colours_of, recording_names
from flamsid_core.ui.links import open_instance
from flamsid_core.ui.routes import clip_url
from flamsid_core.ui.state import project
from flamsid_core.ui.words import N_, _, escape, language, number_text
from flamsid_core.workspace import Workspace

DOWNLOAD_TEXTS = {
    "csv": N_("CSV"),
    "parquet": N_("Parquet"),
    "zip": N_("Sounds (ZIP)"),
}

# What a server keeps in memory for one download: about 100 MB at 44.1 kHz.
MOST_SOUNDS = 5000
MOST_SOUND_S = 1200.0


def selection(workspace: Workspace, points: pd.DataFrame, rows: np.ndarray) -> None:
    """List what is selected: who, where, playable, linked; offer it as tables and as sounds."""
    if rows.size == 0:
        st.caption(_("Draw a lasso or a box on the map, or click a point: what is selected is listed here."))
        return
    chosen = points.iloc[rows]
    st.markdown(f"**{_('Selection: {n}', n=number_text(len(chosen)))}**")
    counts = ", ".join(f"{singer} {n}" for singer, n in chosen["singer"].value_counts().items())
    st.caption(_("by singer: {counts}", counts=escape(counts)))
    opened = _table(workspace, chosen)
    _downloads(chosen.drop(columns="row"))
    if opened is not None:
        open_instance(chosen[chosen["instance_id"] == opened].iloc[0])


def _table(workspace: Workspace, chosen: pd.DataFrame) -> str | None:
    from flamsid_core.ui.components import clip_table

    return clip_table(
        chosen,
        recordings=recording_names(workspace, with_singer=False),
        colours=colours_of(workspace),
        audio_url_template=clip_url(project()) + "{id}",
        whole=not workspace.of_clips,
        key=f"selected-{project()}",
        language=language(),
    )


def _downloads(chosen: pd.DataFrame) -> None:
    taken = chosen.head(sounds_taken(chosen))
    offered = (
        ("csv", "text/csv", "download", lambda: spreadsheet_csv(chosen)),
        ("parquet", "application/vnd.apache.parquet", "download", lambda: chosen.to_parquet(index=False)),
        ("zip", "application/zip", "folder_zip", lambda: sounds_zip(project(), taken)),
    )
    with st.container(horizontal=True):
        for kind, mime, icon, content in offered:
            st.download_button(
                _(DOWNLOAD_TEXTS[kind]),
                content,
                f"motifs.{kind}",
                mime,
                icon=f":material/{icon}:",
                key=f"selection_{kind}",
                on_click="ignore",
            )
    if len(taken) < len(chosen):
        most = _(
            "The ZIP file holds the first {n} of {all} sounds: it takes at most {sounds}, or "
            "{minutes} minutes of sound. The tables hold all.",
            n=number_text(len(taken)),
            all=number_text(len(chosen)),
            sounds=number_text(MOST_SOUNDS),
            minutes=number_text(MOST_SOUND_S / 60, ".0f"),
        )
        st.caption(most)


def sounds_taken(chosen: pd.DataFrame) -> int:
    """Return how many of the chosen, from the first, go into one file of sounds."""
    together_s = (chosen["end_s"] - chosen["start_s"]).head(MOST_SOUNDS).cumsum()
    return int((together_s <= MOST_SOUND_S).sum())


def sounds_zip(project_name: str, chosen: pd.DataFrame) -> bytes:
    """Return a ZIP file of instances, each a WAV cut to the sample, with their table."""
    # On disk while it grows: in memory it would be copied over and over.
    with tempfile.TemporaryFile() as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("motifs.csv", spreadsheet_csv(chosen))
            for instance_id in chosen["instance_id"].astype(str):
                archive.writestr(
                    f"{projects.safe_name(instance_id, 'clip')}.wav",
                    sound.instance_wav(project_name, instance_id),
                )
        out.seek(0)
        return out.read()


def neighbours(workspace: Workspace, name: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Return rows and distances of each instance's nearest from other sources, None where not kept."""
    folder = f"atlas/{name}"
    if not (workspace.has(f"{folder}/neighbours.npy") and workspace.has(f"{folder}/distances.npy")):
        return None
    return workspace.array(f"{folder}/neighbours.npy"), workspace.array(f"{folder}/distances.npy")


def chosen_and_neighbours(workspace: Workspace, points: pd.DataFrame, clicked: int | None, name: str) -> None:
    """Show the clicked motif and its nearest from other recordings, each playable."""
    nearest = neighbours(workspace, name)
    if clicked is None or nearest is None:
        return
    everyone = as_said(positions(workspace, name), said_of_motifs(workspace))
    row = int(points["row"].iloc[clicked])
    distance = dict(zip(nearest[0][row].tolist(), nearest[1][row].tolist(), strict=True))
    near = everyone[everyone["row"].isin(distance)]
    near = near.iloc[np.argsort(near["row"].map(distance).to_numpy(), kind="stable")]
    st.markdown(f"**{_('Chosen motif')}**")
    clips = clips_of(workspace, points.iloc[[clicked]])
    opened = clip_list(clips, key="chosen", can_open=not workspace.of_clips)
    st.markdown(f"**{_('Nearest from other recordings')}**")
    clips = clips_of(workspace, near)
    for rank, (clip, place) in enumerate(zip(clips, near["row"], strict=False), start=1):
        clip["title"] = f"{rank}. {clip['title']}"
        clip["detail"] = f"{clip['detail']}  {_('distance {d:.3f}', d=distance[place])}".strip()
    opened = clip_list(clips, key="near", max_height_px=360, can_open=not workspace.of_clips) or opened
    if opened is not None:
        open_instance(everyone[everyone["instance_id"] == opened].iloc[0])
