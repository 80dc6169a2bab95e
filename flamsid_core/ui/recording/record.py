"""What the Recording page says of the record itself: noise, hum, clicks, room, and the speed of its carrier."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import streamlit as st

from flamsid_core.errors import FlamsidError
from flamsid_core.melody import cents_to_hz, hz_to_cents
from flamsid_core.melody.heard import Heard, hear_record, removed_sound
from flamsid_core.pipeline.table_changes import change_recordings
from flamsid_core.read_once import read_once
from flamsid_core.ui import sound
from flamsid_core.ui.contours import tonic_cents
from flamsid_core.ui.links import publish_link
from flamsid_core.ui.recording import carrier
from flamsid_core.ui.state import errors_shown, project
from flamsid_core.ui.words import _, escape, number_text, translated
from flamsid_core.workspace import Workspace

# Ten minutes take a few seconds to listen to; what is longer is not listened to unasked.
LONGEST_UNASKED_S = 600.0
LONGEST_REMOVED_S = 1200.0
POLL_S = 1.0
KEPT_CENTS = 1.0  # nearer than this a tonic is the one that is kept
_LISTENER = ThreadPoolExecutor(1, "listener")  # the page is drawn meanwhile


def tonic_of(row: pd.Series, segments: pd.DataFrame) -> float | None:
    """Return the tonic in cents above 55 Hz: the one the table names, else the estimate."""
    named = float(row.get("tonic_hz", float("nan")))
    return float(hz_to_cents(named)) if named > 0.0 else tonic_cents(segments)


def offer_to_keep_tonic(
    workspace: Workspace, row: pd.Series, segments: pd.DataFrame, tonic: float | None
) -> None:
    """Offer to write a tonic set on the axis into the table, from where every page and export takes it."""
    known = tonic_of(row, segments)
    if workspace.corpus is None or tonic is None or (known is not None and abs(tonic - known) < KEPT_CENTS):
        return
    hz = float(cents_to_hz(tonic))
    if st.button(
        _("Keep {hz} Hz as this recording's tonic", hz=number_text(hz, ".2f")),
        key="tonic_keep",
        icon=":material/push_pin:",
        help=_("It is written into the column `tonic_hz` of recordings.csv."),
    ):
        with errors_shown():
            change_recordings(workspace, {str(row["file"]): {"tonic_hz": f"{hz:.2f}"}})
            st.session_state.pop("_tonic_here", None)
            publish_link("tonic", None)
            st.rerun()


def show_record(workspace: Workspace, row: pd.Series, melody: pd.DataFrame) -> None:
    """Say in one line what was heard of the record; offer what was removed, and the speeds that it speaks for."""
    carrier.say_speed(workspace, row, melody)
    try:
        path = sound.recording_file(project(), str(row["recording_id"]))
    except (KeyError, FlamsidError):
        return
    long = float(row["duration_s"]) > LONGEST_UNASKED_S
    if long and not st.toggle(_("Listen for the record's own noise"), key=f"listen-{row['recording_id']}"):
        return
    listening = heard_soon(path)
    waiting = not listening.done()
    st.fragment(_told, run_every=POLL_S if waiting else None)(
        workspace, row, melody, path, listening, waiting
    )


def _told(
    workspace: Workspace,
    row: pd.Series,
    melody: pd.DataFrame,
    path: Path,
    listening: Future[Heard],
    waiting: bool,
) -> None:
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
        carrier.choose_speed(workspace, row, melody, heard)


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
