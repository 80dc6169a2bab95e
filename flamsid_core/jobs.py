"""Long work in a process of its own, its state on disk.

A job is one `flamsid` command running in its own session, so it goes on when the page that started it is
left, reloaded, or its server restarted. Everything that is known about it lies in
``<workspace>/jobs/<id>/``:

``state.json``
    what it does, how far it is, how it ended; always replaced as a whole, never half-written.
``metrics.jsonl``
    one JSON object a line, appended while a model is being trained.
``log.txt``, ``result.json``
    what the command wrote to stderr and to stdout.

The command learns from the environment variable ``FLAMSID_JOB`` that it is a job; it reports through
`report` and `report_metrics`, which do nothing outside one.
"""

from __future__ import annotations

import calendar
import contextlib
import json
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from flamsid_core.errors import FlamsidError
from flamsid_core.job_files import JOB_VARIABLE, end_of_log, last_line, read_state, write_state
from flamsid_core.locks import waited_for
from flamsid_core.messages import unpacked
from flamsid_core.processes import boot_id, is_same_process, process_started, with_children
from flamsid_core.reading import read_json, read_json_lines

PROGRAM = "flamsid_core.cli.main"
KEPT_JOBS = 20
NICENESS = 10
MIN_REPORT_INTERVAL_S = 0.1
LEAST_MEASURED, LEAST_MEASURED_S = 0.02, 2.0  # a rate over less than this says nothing of the rest
RUNNING, DONE, FAILED, CANCELLED, INTERRUPTED = "running", "done", "failed", "cancelled", "interrupted"

_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]{6}")
_children: dict[int, subprocess.Popen[bytes]] = {}
_last_report: dict[str, tuple[float, str]] = {}


@dataclass(frozen=True)
class Job:
    """One job as it was when it was read from disk.

    Attributes
    ----------
    folder : Path
        ``<workspace>/jobs/<id>``.
    status : str
        "running", "done", "failed", "cancelled", or "interrupted" (its process is gone and it did not say why).
    fraction, text : float, str
        Progress from 0 to 1, and what it is doing.
    command : list of str
        Arguments of ``flamsid``.
    subject : str
        What it works on, in the words of whoever started it (may be empty).
    pid, process_started, boot_id : int, float, str
        The process, its start (seconds since the machine was started) and the run of the machine, which together name
        it even when the system gives its number to another one, or the clock is set.
    exit_status, message : int or None, str
        How the command ended (None: not yet, or killed), and what it said last if it failed.
    started_at, ended_at : float, float or None
        Seconds since the epoch.
    part : dict
        The stage it is at, where its work has stages: name, number (from 1), of (how many), fraction, and what it was
        measured from: started_at, started_from (the fraction of the stage at that time).
    """

    folder: Path
    status: str
    fraction: float
    text: str
    command: list[str]
    subject: str
    pid: int
    process_started: float
    boot_id: str
    exit_status: int | None
    message: str
    started_at: float
    ended_at: float | None
    part: dict[str, Any]

    @property
    def id(self) -> str:
        """Name of the job's folder."""
        return self.folder.name

    @property
    def kind(self) -> str:
        """What the job is for ("run", "train", …): the first argument of the command."""
        return self.command[0] if self.command else ""

    @property
    def running(self) -> bool:
        """Whether the job's process is alive."""
        return self.status == RUNNING

    @property
    def seconds(self) -> float:
        """How long the job ran, or has been running, in seconds."""
        return max((self.ended_at or time.time()) - self.started_at, 0.0)

    @property
    def seconds_left(self) -> float | None:
        """How long the stage it is at will take at the rate measured so far; None while that says nothing."""
        if not self.part:
            return None
        done = self.part["fraction"] - self.part["started_from"]
        taken = time.time() - self.part["started_at"]
        if done < LEAST_MEASURED or taken < LEAST_MEASURED_S:
            return None
        return taken * (1 - self.part["fraction"]) / done


def start(workspace: Path, command: Sequence[str], *, subject: str = "") -> Job:
    """Start ``flamsid <command>`` as a job of `workspace` and return at once.

    Parameters
    ----------
    workspace : Path
        Folder of the workspace; it is made when it is not there yet.
    command : sequence of str
        Arguments of ``flamsid``, e.g. ``["run", "/home/ana/cante", "--workspace", "/home/ana/ws"]``.
    subject : str
        What it works on, for people.

    Raises
    ------
    FlamsidError
        A job of this workspace is running already.
    """
    folder = Path(workspace) / "jobs"
    folder.mkdir(parents=True, exist_ok=True)
    with waited_for(folder / ".lock"):
        running = current(workspace)
        if running is not None:
            raise FlamsidError(
                "Another job ({kind}) is running on this corpus: wait for it to end, or cancel it.",
                kind=running.kind,
            )
        job_folder = _new_folder(folder)
        environment = os.environ | {JOB_VARIABLE: str(job_folder.resolve()), "PYTHONUNBUFFERED": "1"}
        with (job_folder / "result.json").open("wb") as out, (job_folder / "log.txt").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "flamsid_core.jobs", PROGRAM, *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        _children[process.pid] = process
        state = {
            "status": RUNNING,
            "fraction": 0.0,
            "text": "",
            "command": list(command),
            "subject": subject,
            "pid": process.pid,
            "process_started": process_started(process.pid),
            "boot_id": boot_id(),
            "exit_status": None,
            "message": "",
            "started_at": time.time(),
            "ended_at": None,
            "part": {},
        }
        # The job waits for this file before it does anything, so the two never write it at the same time.
        write_state(job_folder, state)
        _forget_old(folder)
    return read(job_folder)


def read(folder: Path) -> Job:
    """Read a job from its folder; one whose process is gone without a word is "interrupted".

    Raises
    ------
    FlamsidError
        There is no readable state in `folder`.
    """
    state = read_state(folder)
    if state is None:
        raise FlamsidError(
            "There is no readable job in {folder}: it may have been removed; start it again.", folder=folder
        )
    if state["status"] == RUNNING and not _alive(state["pid"], state["process_started"], state["boot_id"]):
        state = read_state(folder) or state  # its end may have come between our two looks
        if state["status"] == RUNNING:
            # The state was last written when the process last said how far it was.
            ended_at = (folder / "state.json").stat().st_mtime
            state |= {"status": INTERRUPTED, "ended_at": ended_at, "message": last_line(folder / "log.txt")}
    return Job(folder=folder, **state)


def list_jobs(workspace: Path) -> list[Job]:
    """List the jobs of a workspace, the newest first."""
    folder = Path(workspace) / "jobs"
    if not folder.is_dir():
        return []
    names = sorted((f.name for f in folder.iterdir() if _ID.fullmatch(f.name)), reverse=True)
    jobs = []
    for name in names:
        # One record that is not whole, or of another version, hides no other.
        with contextlib.suppress(FlamsidError):
            jobs.append(read(folder / name))
    return jobs


def current(workspace: Path) -> Job | None:
    """Return the running job of a workspace, or None."""
    return next((job for job in list_jobs(workspace) if job.running), None)


def latest(workspace: Path, kind: str | None = None) -> Job | None:
    """Return the newest job of a workspace (of one `kind`), or None."""
    return next((job for job in list_jobs(workspace) if kind in (None, job.kind)), None)


def cancel(job: Job, *, patience_s: float = 0.1) -> Job:
    """Stop a job and everything it started.

    The processes are asked first (so that workers clean up after themselves) and killed after `patience_s`:
    every artefact is written whole, so nothing is lost that a second start would not make again.
    """
    if not read(job.folder).running:
        return read(job.folder)
    family = with_children(job.pid)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(job.pid, signal.SIGTERM)
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and _alive(job.pid, job.process_started, job.boot_id):
        time.sleep(0.005)
    if _alive(job.pid, job.process_started, job.boot_id):
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    state = read_state(job.folder)
    if state is not None and state["status"] == RUNNING:
        write_state(job.folder, state | {"status": CANCELLED, "ended_at": time.time()})
    return read(job.folder)


def again(job: Job) -> Job:
    """Start the same command again; the stages that are up to date are skipped."""
    return start(job.folder.parent.parent, job.command, subject=job.subject)


def metrics(job: Job) -> list[dict[str, Any]]:
    """Read what the job has measured so far; a half-written last line is left for the next time."""
    path = job.folder / "metrics.jsonl"
    if not path.is_file():
        return []
    return read_json_lines(path)


def log(job: Job, lines: int = 200) -> str:
    """Return the end of what the command wrote to stderr; a bar that redraws itself is one line."""
    text = end_of_log(job.folder / "log.txt")
    return "\n".join(line.rsplit("\r", 1)[-1] for line in text.rstrip("\r\n").split("\n")[-lines:])


def result(job: Job) -> dict[str, Any] | None:
    """Return the JSON object the command printed, or None where there is none."""
    try:
        found = unpacked(read_json(job.folder / "result.json"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def report(fraction: float, text: str, part: Mapping[str, Any] | None = None) -> None:
    """Write progress (0 to 1), a short text and the stage (`Job.part`) into the state of the job this is, if any."""
    name = os.environ.get(JOB_VARIABLE)
    if name is None:
        return
    now = time.monotonic()
    last_time, last_text = _last_report.get(name, (-1.0, ""))
    if now - last_time < MIN_REPORT_INTERVAL_S and text == last_text and fraction < 1:
        return
    _last_report[name] = (now, text)
    state = read_state(Path(name))
    if state is not None and state["pid"] == os.getpid():
        new = {"fraction": min(max(float(fraction), 0.0), 1.0), "text": text, "part": dict(part or {})}
        write_state(Path(name), state | new)


def report_trouble(message: str) -> None:
    """Write into the state of the job this process is, if any, why it cannot go on."""
    name = os.environ.get(JOB_VARIABLE)
    if name is not None and (state := read_state(Path(name))) is not None and state["pid"] == os.getpid():
        write_state(Path(name), state | {"message": message})


def is_job() -> bool:
    """Tell whether this process is a job."""
    return JOB_VARIABLE in os.environ


def report_metrics(row: Mapping[str, Any]) -> None:
    """Append one row of measurements to the job that this process is, if it is one."""
    name = os.environ.get(JOB_VARIABLE)
    if name is not None:
        with (Path(name) / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(dict(row)) + "\n")


def _new_folder(folder: Path) -> Path:
    """Make the folder of a new job; its name comes after all others, though the clock may have been set back."""
    last = max((f.name for f in folder.iterdir() if _ID.fullmatch(f.name)), default="")
    now = time.time()
    while True:
        name = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now)) + f"-{int(now % 1 * 1e6):06d}"
        if last and name <= last:
            second, micro = last.rsplit("-", 1)
            now = calendar.timegm(time.strptime(second, "%Y%m%d-%H%M%S")) + (int(micro) + 2) / 1e6
            last = ""
            continue
        with contextlib.suppress(FileExistsError):
            (folder / name).mkdir()
            return folder / name
        now += 1e-6


def _forget_old(folder: Path) -> None:
    for job in list_jobs(folder.parent)[KEPT_JOBS:]:
        if not job.running:
            shutil.rmtree(job.folder, ignore_errors=True)


def _alive(pid: int, started: float, boot: str) -> bool:
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]
        return False
    return is_same_process(pid, started, boot)


def _be_the_job(folder: Path, program: str, command: Sequence[str]) -> int:
    """Run the module `program` with the command in this process, and write down how it ended."""
    os.nice(NICENESS)
    deadline = time.monotonic() + 10
    while (state := read_state(folder)) is None or state["pid"] != os.getpid():
        if time.monotonic() > deadline:
            return 2
        time.sleep(0.005)
    sys.argv = ["flamsid", *command]
    status = 0
    try:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        # The traceback belongs into the log; the page shows the message only.
        sys.excepthook(*sys.exc_info())
        status = 70
    sys.stdout.flush()
    sys.stderr.flush()
    state = read_state(folder) or state
    # Exit status 1 means done, with some files skipped.
    done = status in (0, 1)
    write_state(
        folder,
        state
        | {
            "status": DONE if done else FAILED,
            "fraction": 1.0 if done else state["fraction"],
            "exit_status": status,
            "message": "" if status == 0 else state["message"] or last_line(folder / "log.txt"),
            "ended_at": time.time(),
        },
    )
    return status


if __name__ == "__main__":
    # This module is __main__ here; the command must meet the one that others import, with the same state.
    from flamsid_core import jobs

    sys.exit(jobs._be_the_job(Path(os.environ[JOB_VARIABLE]), sys.argv[1], sys.argv[2:]))
