"""How far a command is: bars or lines on stderr, and the state of the job that the process may be."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flamsid_core import jobs
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import N_, Message

# The share of a whole run each stage takes, roughly, for one number of progress.
STAGES = {
    "corpus": 2,
    "melody": 20,
    "contour": 2,
    "motifs": 3,
    "first map": 15,
    "families": 5,
    "audit": 8,
    "train": 45,
    "atlas": 20,
}


# Every stage a command names in its progress, so that the app can translate it.
_STAGE_NAMES = (
    N_("corpus"), N_("melody"), N_("contour"), N_("motifs"), N_("first map"), N_("families"), N_("audit"),
    N_("train"), N_("atlas"), N_("demo"),
    N_("import"), N_("identify"), N_("experiment"), N_("export"),
)  # fmt: skip


class Progress:
    """Progress on stderr, a bar for each stage (plain lines where no terminal is), and into the job's state.

    Parameters
    ----------
    *stages
        What is going to be done, in order.
    """

    LINE_INTERVAL_S = 10.0

    def __init__(self, *stages: str):
        self.stages = stages or tuple(STAGES)
        self.stage = ""
        self.started_at = self.started_from = 0.0
        self.bar: Any = None
        self.last_line_s = 0.0

    def __call__(self, stage: str, fraction: float, text: str) -> None:
        """Report that `stage` is at `fraction` (0 to 1) and busy with `text`."""
        if self._is_past(stage):
            return  # a stage looked at again because a later one asks for it
        changed = stage != self.stage
        self.stage = stage
        if changed:
            self.started_at, self.started_from = time.time(), fraction
        if sys.stderr.isatty():
            self._draw(stage, changed, fraction, text)
        elif changed or time.monotonic() - self.last_line_s > self.LINE_INTERVAL_S:
            self.last_line_s = time.monotonic()
            print(f"{stage:8} {100 * fraction:3.0f} %  {text}", file=sys.stderr, flush=True)
        said = Message("{stage}: {text}", stage=Message(stage), text=text)
        jobs.report(self._share(stage, fraction), said, self._part(stage, fraction))

    def _is_past(self, stage: str) -> bool:
        here = (self.stage, stage)
        return set(here) <= set(self.stages) and self.stages.index(stage) < self.stages.index(self.stage)

    def _part(self, stage: str, fraction: float) -> dict[str, Any]:
        """Return which of the stages this is, and since when: the rate of this run is measured from there."""
        if stage not in self.stages or len(self.stages) == 1:
            return {}
        return {
            "name": stage,
            "number": self.stages.index(stage) + 1,
            "of": len(self.stages),
            "fraction": fraction,
            "started_at": self.started_at,
            "started_from": self.started_from,
        }

    def _draw(self, stage: str, changed: bool, fraction: float, text: str) -> None:
        from tqdm import tqdm

        if changed:
            self.close()
            layout = "{desc} {percentage:3.0f}%|{bar:24}| {elapsed} {postfix}"
            self.bar = tqdm(total=1.0, desc=f"{stage:8}", bar_format=layout, mininterval=0.2)
        self.bar.set_postfix_str(text, refresh=fraction >= 1.0)
        self.bar.update(max(fraction, self.bar.n) - self.bar.n)

    def _share(self, stage: str, fraction: float) -> float:
        """Return how much of all is done, each stage weighing what it takes, roughly."""
        weights = {name: STAGES.get(name, 10) for name in self.stages}
        before = (
            sum(weights[name] for name in self.stages[: self.stages.index(stage)]) if stage in weights else 0
        )
        return (before + weights.get(stage, 0) * fraction) / sum(weights.values())

    def close(self) -> None:
        """End the bar with a line of its own."""
        if self.bar is not None:
            self.bar.close()


@contextmanager
def working(*stages: str, scheduler: str | None = None) -> Iterator[Progress]:
    """Yield what to report the stages' progress to; what maps over recordings goes to the Dask `scheduler`, if any."""
    progress = Progress(*stages)
    try:
        if scheduler is None:
            yield progress
            return
        try:
            from distributed import Client
        except ImportError as error:
            raise FlamsidError("--scheduler needs Dask: pip install 'flamsid[dask]'.") from error
        from joblib import parallel_config

        try:
            client = Client(scheduler, timeout=10)
        except (OSError, ValueError) as error:
            raise FlamsidError(
                "No Dask scheduler answers at {scheduler}: check the address.", scheduler=scheduler
            ) from error
        with client, parallel_config("dask"):
            yield progress
    finally:
        progress.close()
