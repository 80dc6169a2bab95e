"""What the Recording page says of the record itself: noise, hum, clicks, room, and the speed of its carrier."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import streamlit as st

from flamsid_core.errors import FlamsidError
from flamsid_core.melody import hz_to_cents
from flamsid_core.melody.heard import Heard, hear_record, removed_sound
from flamsid_core.melody.speed import REFERENCE_HZ, at_speed, propose_speeds, speed_cents
from flamsid_core.read_once import read_once
from flamsid_core.ui import sound
from flamsid_core.ui.contours import tonic_cents
from flamsid_core.ui.state import project
from flamsid_core.ui.words import _, escape, number_text, translated

# Ten minutes take a few seconds to listen to; what is longer is not listened to unasked.
LONGEST_UNASKED_S = 600.0
LONGEST_REMOVED_S = 1200.0
POLL_S = 1.0
_LISTENER = ThreadPoolExecutor(1, "listener")  # the page is drawn meanwhile


def tonic_of(row: pd.Series, segments: pd.DataFrame) -> float | None:
    """Return the tonic in cents above 55 Hz: the one the table names, else the estimate."""
    named = float(row.get("tonic_hz", float("nan")))
    return float(hz_to_cents(named)) if named > 0.0 else tonic_cents(segments)


def show_record(row: pd.Series, melody: pd.DataFrame) -> None:
    """Say in one line what was heard of the record; offer what was removed, and the speeds that it speaks for."""
    speed = float(row.get("speed", 0.0))
    if speed:
        st.caption(
            _(
                "Time and pitch are those of the singing: the carrier ran {speed} % too fast ({cents} cents).",
                speed=number_text(speed, "+.2f"),
                cents=number_text(speed_cents(speed), "+.0f"),
            )
        )
    try:
        path = sound.recording_file(project(), str(row["recording_id"]))
    except (KeyError, FlamsidError):
        return
    long = float(row["duration_s"]) > LONGEST_UNASKED_S
    if long and not st.toggle(_("Listen for the record's own noise"), key=f"listen-{row['recording_id']}"):
        return
    listening = heard_soon(path)
    waiting = not listening.done()
    st.fragment(_told, run_every=POLL_S if waiting else None)(row, melody, path, listening, waiting)


def _told(row: pd.Series, melody: pd.DataFrame, path: Path, listening: Future[Heard], waiting: bool) -> None:
    """Say what was heard; while somebody still listens, look again every second."""
    if not listening.done():
        st.caption(_("Listening to the record…"))
        return
    if waiting:
        st.rerun()  # once more, without looking again
    try:
        heard = listening.result()
    except FlamsidError as error:
        st.caption(escape(translated(error)))
        return
    st.caption(escape(translated(heard.sentence)))
    left, right = st.columns(2)
    with left.popover(_("What was removed"), icon=":material/cleaning_services:", width="stretch"):
        _removed(row, path)
    with right.popover(_("Speed of the carrier"), icon=":material/speed:", width="stretch"):
        _speeds(row, melody, heard)


@read_once(lambda path: path, size=16)
def heard_soon(path: Path) -> Future[Heard]:
    """Start listening to a file in another thread, once until the file changes."""
    return _LISTENER.submit(hear_record, path)


def _removed(row: pd.Series, path: Path) -> None:
    st.caption(_("Clicks, hum and rumble, as the tracker takes them out before it listens for the voice."))
    if float(row["duration_s"]) > LONGEST_REMOVED_S:
        st.caption(_("This recording is too long to be heard so; cut a part out of it."))
    elif st.toggle(_("Play"), key=f"removed-{row['recording_id']}"):
        st.audio(_removed_wav(path), format="audio/wav")


@read_once(lambda path: path, size=2)
def _removed_wav(path: Path) -> bytes:
    import io

    import soundfile

    signal, rate_hz = removed_sound(path)
    out = io.BytesIO()
    soundfile.write(out, signal.clip(-1.0, 1.0), rate_hz, format="WAV", subtype="PCM_16")
    return out.getvalue()


def _speeds(row: pd.Series, melody: pd.DataFrame, heard: Heard) -> None:
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
    # What is proposed is the speed of the file as it is, and the melody may have been put right already.
    raw = at_speed(melody, 100.0 * (1.0 / (1.0 + set_now / 100.0) - 1.0)) if set_now else melody
    proposals = propose_speeds(heard.mains_hz, raw, float(reference_hz))
    if not proposals:
        st.caption(_("Neither hum nor tuning speaks for another speed."))
    for proposal in proposals:
        values = {
            "speed": number_text(proposal.speed, "+.2f"),
            "percent": number_text(100 * proposal.agreement, ".0f"),
            "found": number_text(proposal.found, ".2f" if proposal.by == "hum" else "+.0f"),
        }
        if proposal.by == "hum":
            said = _("{speed} %: hum at {found} Hz in {percent} % of the recording.", **values)
        else:
            said = _(
                "{speed} %: the notes lie {found} cents from the reference's semitones (agreement {percent} %).",
                **values,
            )
        st.markdown(said)
    best = proposals[0].speed if proposals else set_now
    chosen = st.number_input(
        _("Speed (percent too fast)"), -50.0, 50.0, best, 0.1, key=f"speed-{row['recording_id']}"
    )
    st.caption(_("Write it into the column `speed` of recordings.csv, and run the chain again:"))
    st.code(f"file,speed\n{row['file']},{chosen:g}", language=None)
