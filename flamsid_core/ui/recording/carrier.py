"""The speed of a recording's carrier on the Recording page: what is set, what speaks for another, and setting it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from flamsid_core.corpus.carrier import FARTHEST_PERCENT
from flamsid_core.melody.heard import Heard
from flamsid_core.melody.speed import REFERENCE_HZ, SpeedProposal, as_recorded, propose_speeds, speed_cents
from flamsid_core.pipeline.table_changes import change_recordings
from flamsid_core.ui.commands import chain_flags, chain_of, start_job
from flamsid_core.ui.state import errors_shown
from flamsid_core.ui.words import _, number_text
from flamsid_core.workspace import Workspace


def say_speed(workspace: Workspace, row: pd.Series, melody: pd.DataFrame) -> None:
    """Say at which speed pitch and time are shown; where the table says another by now, offer to follow it."""
    speed = float(row.get("speed", 0.0))
    of_melody = as_recorded(melody)[1]
    if of_melody:
        st.caption(
            _(
                "Time and pitch are those of the singing: the carrier ran {speed} % too fast ({cents} cents).",
                speed=number_text(of_melody, "+.2f"),
                cents=number_text(speed_cents(of_melody), "+.0f"),
            )
        )
    if of_melody == speed:
        return
    left, right = st.columns([4, 1.2], vertical_alignment="center")
    left.caption(
        ":material/update: "
        + _(
            "The table says {speed} % by now; this melody, its notes and motifs do not follow yet.",
            speed=number_text(speed, "+.2f"),
        )
    )
    if right.button(_("Bring up to date"), key="speed_update", icon=":material/refresh:", width="stretch"):
        _bring_up_to_date(workspace)


def choose_speed(workspace: Workspace, row: pd.Series, melody: pd.DataFrame, heard: Heard) -> None:
    """Show the speeds that hum and tuning speak for, each to be set with one click, or any other."""
    reference_hz = st.number_input(
        _("Reference a' (Hz)"),
        200.0,
        900.0,
        REFERENCE_HZ,
        1.0,
        key="speed_reference",
        help=_("What the accompaniment, or whoever gave the pitch, was tuned to."),
    )
    set_now = float(row.get("speed", 0.0))
    proposals = propose_speeds(heard.mains_hz, as_recorded(melody)[0], float(reference_hz))
    if not proposals:
        st.caption(_("Neither hum nor tuning speaks for another speed."))
    for proposal in proposals:
        left, right = st.columns([2.4, 1], vertical_alignment="center")
        left.markdown(_reason(proposal))
        if right.button(
            _("Set {speed} %", speed=number_text(proposal.speed, "+.2f")),
            key=f"speed-by-{proposal.by}",
            disabled=proposal.speed == set_now,
            width="stretch",
        ):
            _set(workspace, row, proposal.speed)
    rid = row["recording_id"]
    chosen = st.number_input(
        _("Speed (percent too fast)"),
        -FARTHEST_PERCENT,
        FARTHEST_PERCENT,
        set_now,
        0.1,
        key=f"speed-{rid}-{set_now:g}",
    )
    st.caption(
        _(
            "It is written into the column `speed` of recordings.csv; melody, notes, motifs and features follow."
        )
    )
    if st.button(
        _("Set this speed"),
        key="speed_set",
        icon=":material/speed:",
        disabled=chosen == set_now,
        width="stretch",
    ):
        _set(workspace, row, float(chosen))


def _reason(proposal: SpeedProposal) -> str:
    values = {
        "speed": number_text(proposal.speed, "+.2f"),
        "percent": number_text(100 * proposal.agreement, ".0f"),
        "found": number_text(proposal.found, ".2f" if proposal.by == "hum" else "+.0f"),
    }
    if proposal.by == "hum":
        return _("{speed} %: hum at {found} Hz in {percent} % of the recording.", **values)
    return _(
        "{speed} %: the notes lie {found} cents from the reference's semitones (agreement {percent} %).",
        **values,
    )


def _set(workspace: Workspace, row: pd.Series, speed: float) -> None:
    with errors_shown():
        change_recordings(workspace, {str(row["file"]): {"speed": f"{speed:g}" if speed else ""}})
        _bring_up_to_date(workspace)


def _bring_up_to_date(workspace: Workspace) -> None:
    command = ["motifs", str(workspace.corpus), "--workspace", str(workspace.root)]
    start_job(workspace.root, command + chain_flags(chain_of(workspace)))
