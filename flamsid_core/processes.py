"""Processes: those that end with the one they work for, and how one is known again."""

from __future__ import annotations

import functools
import os
import threading
import time
from pathlib import Path

import psutil

_LOOK_AFTER_STARTER_S = 0.5
SAME_START_S = 0.05


@functools.cache
def end_with(starter: int) -> None:
    """End this process when the one that started it is gone: joblib's workers would wait for work for minutes.

    Parameters
    ----------
    starter : int
        Process id. Nothing happens in a process that another one started: in the starter itself, and in a cluster's
        worker, which has a life of its own.
    """
    if os.getppid() != starter:
        return

    def watch() -> None:
        while os.getppid() == starter:
            time.sleep(_LOOK_AFTER_STARTER_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def process_started(pid: int) -> float:
    """Return when a process started, in seconds by a clock that nobody sets: since the machine was started.

    The time of day jumps when the clock is set, and psutil's times with it; a running job must not look ended then.
    """
    try:
        # The name stands in brackets and may hold anything; the start is the 20th field behind it, in clock ticks.
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
        return float(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        pass
    try:
        return psutil.Process(pid).create_time() - psutil.boot_time()
    except psutil.Error:
        return 0.0


def boot_id() -> str:
    """Return what names this run of the machine, "" where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def is_same_process(pid: int, started: float, boot: str) -> bool:
    """Whether a process that was seen with `process_started` and `boot_id` is still at work."""
    try:
        same = boot == boot_id() and abs(process_started(pid) - started) < SAME_START_S
        return same and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OverflowError):
        return False


def with_children(pid: int) -> list[psutil.Process]:
    """Return a process and all that it started; none where it is gone."""
    try:
        leader = psutil.Process(pid)
        return [leader, *leader.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
