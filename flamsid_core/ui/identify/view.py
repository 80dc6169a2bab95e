"""The answer on one page: the ranking with its caveat, motif use, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from flamsid_core import jobs, plots
from flamsid_core.melody.speed import speed_cents
from flamsid_core.read_once import read_once
from flamsid_core.ui.charts import chart
from flamsid_core.ui.identify.evidence import evidence
from flamsid_core.ui.identify.motif_use import agreement, motif_use
from flamsid_core.ui.identify.verdict import calibrated, verdict
from flamsid_core.ui.model_files import about_model
from flamsid_core.ui.words import (
    _,
    escape,
    number_text,
    translated,
)
from flamsid_core.workspace import Workspace


def show(workspace: Workspace, model: str, job: jobs.Job) -> None:
    """Show a result: the ranking with what it is worth, and the evidence clip by clip."""
    result = jobs.result(job) or {}
    about = about_model(workspace, model)
    path = Path(job.command[1])
    colours = plots.singer_colours(about["classes"])
    st.subheader(_("Result for {name}", name=escape(job.subject)), anchor=False)
    if speed := float(result.get("speed") or 0.0):
        st.caption(
            _(
                "Time and pitch are those of the singing: the carrier ran {speed} % too fast ({cents} cents).",
                speed=number_text(speed, "+.2f"),
                cents=number_text(speed_cents(speed), "+.0f"),
            )
        )
    if in_training(about, path):
        st.warning(
            _(
                "This very recording was in the model's training: the result says nothing about how "
                "well it would do on a new one."
            ),
            icon=":material/school:",
        )
    verdict(result, about)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**{_('What is heard: the likeliest first')}**")
        st.caption(
            _("The voice, and everything else that sounds with it: clip by clip, then pooled.")
            + " "
            + calibrated(about)
        )
        figure = plots.ranking_bars(result["ranking"], colours)
        chart(figure, "ranking")
    with right:
        motif_use(result, colours)
    agreement(result)
    if notes := result.get("notes"):
        with st.expander(_("What to bear in mind"), icon=":material/info:"):
            st.markdown("\n".join(f"- {escape(translated(note))}" for note in notes))
    evidence(workspace, model, job, path, colours)


def in_training(about: Mapping[str, Any], path: Path) -> bool:
    """Tell whether the model learned from this sound: recordings are known by a hash of their samples."""
    known = set(about.get("training", {}).get("recording_ids", []))
    return path.is_file() and _recording_id(path) in known


@read_once(lambda path: path, size=32)
def _recording_id(path: Path) -> str:
    from flamsid_core.corpus import audio_sha256

    return audio_sha256(path)[:12]
