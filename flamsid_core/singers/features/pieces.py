"""Clips without a singer's name: phrases cut into equal parts.

A phrase is sung without a pause of more than 0.2 s. Its parts hold all of the singing once, whoever sings, and are the
same for a file from elsewhere. Motifs do not have that: a pattern must recur within its singer to be one, so its name
tells the singer, and whoever learns from motifs learns from what mining already knew.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

BRIDGED_S = 0.2
MOST_S, LEAST_S = 2.0, 0.3


def phrase_pieces(
    time_s: ArrayLike,
    f0_hz: ArrayLike,
    *,
    bridged_s: float = BRIDGED_S,
    most_s: float = MOST_S,
    least_s: float = LEAST_S,
) -> NDArray[np.float64]:
    """Cut the phrases of a melody into equal parts.

    Parameters
    ----------
    time_s, f0_hz : (frames,) array_like
        Centres of the frames, evenly spaced, and f0 (0 where unvoiced).
    bridged_s : float
        A pause up to this long does not end a phrase.
    most_s, least_s : float
        A phrase is cut into as few equal parts as are at most `most_s` long; parts shorter than `least_s` are dropped.

    Returns
    -------
    (pieces, 2) array
        Start and end of each, in order of time.

    Examples
    --------
    >>> time_s = np.arange(0, 4, 0.01)
    >>> f0_hz = np.where((time_s > 0.5) & (time_s < 3.5), 220.0, 0.0)
    >>> phrase_pieces(time_s, f0_hz).round(1).tolist()
    [[0.5, 2.0], [2.0, 3.5]]
    """
    time_s, voiced = np.asarray(time_s, dtype=np.float64), np.asarray(f0_hz, dtype=np.float64) > 0
    sung = np.flatnonzero(voiced)
    if len(sung) == 0:
        return np.empty((0, 2))
    hop_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0
    walls = np.flatnonzero(np.diff(time_s[sung]) > bridged_s + hop_s + 1e-9)
    starts = time_s[sung[np.r_[0, walls + 1]]] - hop_s / 2
    ends = time_s[sung[np.r_[walls, len(sung) - 1]]] + hop_s / 2
    pieces = []
    for start, end in zip(np.maximum(starts, 0.0), ends, strict=True):
        parts = max(1, int(np.ceil((end - start) / most_s - 1e-9)))
        if (end - start) / parts >= least_s:
            edges = np.linspace(start, end, parts + 1)
            pieces.append(np.column_stack([edges[:-1], edges[1:]]))
    return np.concatenate(pieces) if pieces else np.empty((0, 2))
