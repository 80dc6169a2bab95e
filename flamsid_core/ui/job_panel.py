"""What long work is at: polled while it runs, with cancel and resume."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from flamsid_core import jobs
from flamsid_core.errors import FlamsidError
from flamsid_core.jobs import Job
from flamsid_core.ui.words import JOB_KINDS, JOB_STATES, _, escape, seconds_text, translated

POLL_S = 1.0


def kind_text(job: Job) -> str:
    """Return what a job does, for people."""
    name = _(JOB_KINDS.get(job.kind, job.kind))
    return f"{name} · {escape(job.subject)}" if job.subject else name


def job_panel(workspace: Path, *, key: str, details: Callable[[Job], None] | None = None) -> None:
    """Show the newest job of a workspace while it runs, or when it ended badly; nothing otherwise.

    Parameters
    ----------
    workspace : Path
        Folder of the workspace.
    key : str
        Sets this panel apart from others on the page.
    details : callable, optional
        Draws more about the running job (training curves); called on every poll.
    """
    job = jobs.latest(workspace)
    if job is None or (not job.running and not _wants_attention(job)):
        return
    fragment = st.fragment(_panel, run_every=POLL_S if job.running else None)
    fragment(job.folder, key, details)


def _wants_attention(job: Job) -> bool:
    dismissed = st.session_state.get("dismissed_jobs", set())
    return job.status in (jobs.FAILED, jobs.INTERRUPTED, jobs.CANCELLED) and job.id not in dismissed


def progress_text(job: Job) -> str:
    """Return which stage a job is at, what it does now, and how long that will take."""
    parts = [escape(translated(job.text)) or _("starting")]
    if job.part:
        parts.insert(0, _("Stage {number} of {of}", number=job.part["number"], of=job.part["of"]))
    if job.seconds_left is not None:
        parts.append(_("about {seconds} left of this stage", seconds=seconds_text(job.seconds_left)))
    return " · ".join(parts)


def _panel(folder: Path, key: str, details: Callable[[Job], None] | None) -> None:
    job = jobs.read(folder)
    with st.container(border=True, key=f"job-{key}"):
        if job.running:
            _running(job, key)
            _show_what_came(job, key)
            if details is not None:
                details(job)
        elif st.session_state.get(f"_was_running_{job.id}"):
            # It has just ended: everything on the page may have changed.
            st.session_state[f"_was_running_{job.id}"] = False
            st.rerun()
        else:
            _ended(job, key)


def _running(job: Job, key: str) -> None:
    st.session_state[f"_was_running_{job.id}"] = True
    st.markdown(f"**{_('{kind}: running', kind=kind_text(job))}**")
    st.progress(job.fraction, text=progress_text(job))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(_("{seconds} so far", seconds=seconds_text(job.seconds)), width="content")
        if st.button(_("Cancel"), key=f"cancel-{key}", icon=":material/close:"):
            jobs.cancel(job)
            st.rerun()


def _show_what_came(job: Job, key: str) -> None:
    """Draw the whole page again when a stage has ended: what it made may be shown there."""
    at = job.part.get("name", "")
    before = st.session_state.get(f"_stage_of_{job.id}-{key}")
    st.session_state[f"_stage_of_{job.id}-{key}"] = at
    if before is not None and before != at:
        st.rerun()


def _ended(job: Job, key: str) -> None:
    st.markdown(f"**{_(JOB_STATES[job.status], kind=kind_text(job), seconds=seconds_text(job.seconds))}**")
    if job.status == jobs.INTERRUPTED:
        st.caption(
            _("The process is gone (the machine restarted, or it was killed). What was finished is kept.")
        )
    elif job.status == jobs.FAILED and job.message:
        st.caption(escape(translated(job.message)))
    if log := jobs.log(job, lines=60):
        with st.popover(_("Log"), width="stretch"):
            st.code(log, language=None)
    buttons = st.container(horizontal=True)
    label = _("Try again") if job.status == jobs.FAILED else _("Resume")
    if buttons.button(label, key=f"again-{key}", icon=":material/replay:"):
        _start_again(job)
    if buttons.button(_("Dismiss"), key=f"dismiss-{key}"):
        st.session_state["dismissed_jobs"] = st.session_state.get("dismissed_jobs", set()) | {job.id}
        st.rerun()


def _start_again(job: Job) -> None:
    try:
        jobs.again(job)
    except FlamsidError as error:
        st.error(escape(translated(error)))
    else:
        st.rerun()
