"""Processes that work for another one, and end with it."""

from __future__ import annotations

import functools
import os
import threading
import time

_LOOK_AFTER_STARTER_S = 0.5


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
