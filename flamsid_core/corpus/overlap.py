"""Which short clips share samples: cut from the same stretch of the same transfer, with other bounds.

Removing equal files is not enough to keep a test clip apart from the training clips: of two motifs that
overlap in a recording, each clip holds part of the other. Here every clip is reduced to the hashes of a
few short windows, chosen by their content alone (so that two clips choose the same windows of the stretch
they share), and clips with a window in common are joined. Only equal samples are found: another gain,
codec or sample rate makes another sound.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from flamsid_core.corpus.audio import read_audio
from flamsid_core.corpus.files import report_files
from flamsid_core.corpus.groups import connected_labels
from flamsid_core.corpus.unread import why_unread
from flamsid_core.messages import N_
from flamsid_core.progress import Progress

WINDOW_SAMPLES = 32
# One window in 64 is kept: 0.05 s shared at 22.05 kHz hold 17 of them on average.
KEPT_BITS = np.uint64(63)
# Windows nearly without sound are equal by chance: this far apart (of full scale 1) must the extremes be.
LEAST_RANGE = 2.0**-11
MULTIPLIER = 0x9E3779B97F4A7C15
INVERSE = pow(MULTIPLIER, -1, 1 << 64)


def overlap_labels(paths: Sequence[Path], *, on_progress: Progress | None = None) -> np.ndarray:
    """Label clips so that those linked by shared samples, chain by chain, have one label.

    Parameters
    ----------
    paths
        Short sound files; each is held in memory whole, one at a time per thread.
    on_progress
        Called with a fraction 0..1 and a short text.

    Returns
    -------
    int array, shape (len(paths),)
        Labels 0, 1, … in order of first appearance.
    """
    hashes = []
    executor = ThreadPoolExecutor(min(8, os.cpu_count() or 1))
    try:
        for done, found in enumerate(executor.map(_hashes_of_file, paths), start=1):
            hashes.append(found)
            report_files(on_progress, done, len(paths), N_("compared {done} of {total} files"))
    finally:
        executor.shutdown(cancel_futures=True)
    return shared_window_labels(hashes)


def shared_window_labels(hashes: Sequence[np.ndarray]) -> np.ndarray:
    """Join the sets of window hashes that have a hash in common, chain by chain; see `overlap_labels`."""
    if not hashes:
        return np.empty(0, dtype=np.int64)
    clip = np.repeat(np.arange(len(hashes)), [len(found) for found in hashes])
    values = np.concatenate(hashes)
    order = np.argsort(values, kind="stable")
    values, clip = values[order], clip[order]
    same = values[1:] == values[:-1]
    links = np.unique(clip[:-1][same] * len(hashes) + clip[1:][same])
    return connected_labels(len(hashes), np.column_stack(np.divmod(links, len(hashes))))


def window_hashes(signal: np.ndarray) -> np.ndarray:
    """Return the hashes of the content-chosen windows of a signal.

    Parameters
    ----------
    signal : float32 array, shape (n,)

    Returns
    -------
    uint64 array
        Distinct hashes, sorted; equal stretches of 32 samples give equal hashes wherever they stand.
    """
    n_windows = len(signal) - WINDOW_SAMPLES + 1
    if n_windows < 1:
        return np.empty(0, dtype=np.uint64)
    # Adding 0 makes −0 and 0 the same bits.
    words = (np.ascontiguousarray(signal, dtype=np.float32) + np.float32(0)).view(np.uint32).astype(np.uint64)
    # A polynomial in the samples of a window, modulo 2**64: differences of running sums of samples times
    # rising powers, brought to the same power by the inverse. Then bits are mixed, so that the low ones
    # depend on all.
    powers = np.cumprod(np.full(len(words), MULTIPLIER, dtype=np.uint64))
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(words * powers)])
    inverses = np.cumprod(np.full(n_windows, INVERSE, dtype=np.uint64))
    mixed = (sums[WINDOW_SAMPLES:] - sums[:-WINDOW_SAMPLES]) * inverses
    mixed ^= mixed >> np.uint64(32)
    mixed *= np.uint64(0xD6E8FEB86659FD93)
    mixed ^= mixed >> np.uint64(32)
    kept = np.flatnonzero((mixed & KEPT_BITS) == 0)
    windows = np.lib.stride_tricks.sliding_window_view(signal, WINDOW_SAMPLES)[kept]
    sounding = np.ptp(windows, axis=1) >= LEAST_RANGE
    return np.unique(mixed[kept[sounding]])


def _hashes_of_file(path: Path) -> np.ndarray:
    try:
        return window_hashes(read_audio(path)[0])
    except (
        Exception
    ) as error:  # one clip must not end the run of a thousand: later stages leave it out by name
        why_unread(str(path), error)
        return np.empty(0, dtype=np.uint64)
