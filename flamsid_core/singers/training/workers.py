"""Fits spread over processes of one thread each, reporting while they go.

A small network gains little from a second thread but folds are independent, so each core takes one fit at a
time. The workers are plain subprocesses that read names of task folders from their input and answer with
lines of JSON; all data goes through files. A worker whose parent is gone ends at its next report.
"""

import json
import os
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from queue import Queue
from typing import Any

import torch

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import packed, unpacked
from flamsid_core.progress import Metrics
from flamsid_core.singers.features.frames import FEATURES, VOICE_KIND
from flamsid_core.singers.networks import NETWORKS
from flamsid_core.singers.training.fitting import torch_threads
from flamsid_core.singers.training.tasks import Shared, done, read_shared, run_task, write_shared

_LOG_TAIL = 2000


def usable_cores() -> int:
    """Return the number of processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def has_gpu() -> bool:
    """Return whether there is a GPU that torch can use."""
    return torch.cuda.is_available()


def run_tasks(
    folder: Path,
    names: list[str],
    shared: Shared,
    *,
    processes: int | None = None,
    on_metrics: Metrics | None = None,
) -> list[dict[str, Any]]:
    """Do the fits in sub-folders of `folder` that are not done yet.

    Parameters
    ----------
    folder : Path
        Of the run.
    names : list of str
        Sub-folders, each with a task.
    shared : Shared
        What the fits have in common.
    processes : int, optional
        At most this many at once; one per core by default, one where there is a GPU. A single fit, any fit
        in closed form (done before a process has imported torch), and any of a network that the caller registered, is
        done in this process with all cores.
    on_metrics : callable, optional
        Called in this process with every epoch's figures; what it raises ends all fits.

    Returns
    -------
    list of dict
        As `run_task` returns them, in the order of `names`.

    Raises
    ------
    FlamsidError
        When a worker reports one, or dies.
    """
    waiting = [name for name in names if done(folder / name) is None]
    # one GPU is best used by one process
    count = min(processes or (1 if has_gpu() else usable_cores()), len(waiting))
    features = shared.examples.features.params.kind
    by_gradient = getattr(NETWORKS[shared.network], "learns_by_gradient", True)
    if (
        count > 1
        and by_gradient
        and NETWORKS.is_built_in(shared.network)
        and (features == VOICE_KIND or FEATURES.is_built_in(features))
    ):
        write_shared(folder, shared)
        _run_in_workers(folder, waiting, count, on_metrics)
    else:
        with torch_threads(processes or usable_cores()):
            for name in waiting:
                run_task(folder / name, shared, on_metrics)
    return [run_task(folder / name, shared) for name in names]


def _run_in_workers(folder: Path, names: list[str], count: int, on_metrics: Metrics | None) -> None:
    events: Queue[tuple[int, dict[str, Any] | None]] = Queue()
    waiting = deque(names)
    single = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    logs = [(folder / f"worker-{number}.log").open("w+b") for number in range(count)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "flamsid_core.singers.training.workers", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, **single},
        )
        for log in logs
    ]
    try:
        for number, worker in enumerate(workers):
            threading.Thread(target=_listen, args=(number, worker, events), daemon=True).start()
            _hand_over(worker, waiting)
        listening = count
        while listening:
            number, event = events.get()
            if event is None:
                listening -= 1
                if workers[number].wait() != 0:
                    raise FlamsidError(
                        "A training process stopped ({log}). Start the training again: it continues.",
                        log=_tail(logs[number]),
                    )
            elif "error" in event:
                raise FlamsidError(unpacked(event["error"]))
            elif "done" in event:
                _hand_over(workers[number], waiting)
            elif on_metrics is not None:
                on_metrics(event["metrics"])
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()
        for log in logs:
            log.close()


def _hand_over(worker: "subprocess.Popen[str]", waiting: "deque[str]") -> None:
    """Give a worker its next task, or close its input so that it ends."""
    assert worker.stdin is not None
    with suppress(BrokenPipeError):  # it died: its end is reported by its output
        if waiting:
            worker.stdin.write(waiting.popleft() + "\n")
            worker.stdin.flush()
        else:
            worker.stdin.close()


def _listen(number: int, worker: "subprocess.Popen[str]", events: Queue) -> None:
    assert worker.stdout is not None
    with suppress(ValueError):  # the file was closed under the reader
        for line in worker.stdout:
            if line.startswith("{"):
                events.put((number, json.loads(line)))
    events.put((number, None))


def _tail(log: Any) -> str:
    log.seek(0)
    lines = log.read()[-_LOG_TAIL:].decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "killed, perhaps because memory ran out"


def main(folder: Path) -> None:
    """Do the tasks named on standard input, one thread, reporting on standard output."""

    def say(**event: Any) -> None:
        print(json.dumps(event), flush=True)

    shared = read_shared(folder)
    with torch_threads(1):
        for line in sys.stdin:
            try:
                run_task(folder / line.strip(), shared, lambda metrics: say(metrics=metrics))
            except FlamsidError as error:
                say(error=packed(error.message))
            say(done=line.strip())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
