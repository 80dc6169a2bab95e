"""Clips of any length become batches with little padding.

Clips are sorted by length (in training with some noise, so that batches differ between epochs) and cut into
batches. In training the clips of a batch are cropped at random to the shortest where they are of nearly one
length: then nothing is padded and no layer needs a mask. Everywhere else clips are padded and the layers
mask.
"""

from collections.abc import Iterator

import numpy as np

from flamsid_core.singers.features.cache import ClipFeatures

_LENGTH_NOISE = 0.15  # relative; mixes neighbours of the sorted order between epochs
_CROP_TO = 0.5  # crop where the shortest clip of a batch has this share of the longest one's frames
_BATCH_FRAMES = 16384  # padded frames of an inference batch


def training_batches(length: np.ndarray, batch_size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Cut clips into batches of similar length, in random order.

    Parameters
    ----------
    length : (n,) array
        Frames of each clip.
    batch_size : int
        Clips in a batch; the last one may have fewer.
    rng : numpy Generator

    Returns
    -------
    list of index arrays, together 0..n-1
    """
    order = np.argsort(length * (1.0 + _LENGTH_NOISE * rng.random(len(length))), kind="stable")
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    rng.shuffle(batches)
    return batches


def inference_batches(length: np.ndarray, batch_size: int = 256) -> Iterator[np.ndarray]:
    """Yield clips sorted by length in batches bounded in clips and in frames."""
    order = np.argsort(length, kind="stable")
    start = 0
    while start < len(order):
        longest = int(length[order[min(start + batch_size, len(order)) - 1]])
        count = max(1, min(batch_size, _BATCH_FRAMES // longest))
        yield order[start : start + count]
        start += count


def padded(
    features: ClipFeatures, index: np.ndarray, frames: int | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Gather clips into one array.

    Parameters
    ----------
    features : ClipFeatures
    index : (n,) array
        Clips of the batch.
    frames : int, optional
        Pad and cut to this many; without it to the longest clip.

    Returns
    -------
    clips : (n, frames, bins) float32 array
        Padding repeats the last frame: whoever uses it has to mask.
    lengths : (n,) int64 array, or None
        Valid frames; None where there is no padding.
    """
    lengths = features.length[index]
    frames = frames or int(lengths.max())
    lengths = np.minimum(lengths, frames)
    rows = features.first[index, None] + np.minimum(np.arange(frames), lengths[:, None] - 1)
    clips = features.frames[rows].astype(np.float32)
    return clips, None if (lengths == frames).all() else lengths


def cropped(
    features: ClipFeatures, index: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray | None]:
    """Gather clips as `padded` does, but cropped at random to the shortest where all are about as long."""
    lengths = features.length[index]
    shortest = int(lengths.min())
    if shortest < _CROP_TO * lengths.max():
        return padded(features, index)
    offset = rng.integers(0, lengths - shortest, endpoint=True)
    rows = (features.first[index] + offset)[:, None] + np.arange(shortest)
    return features.frames[rows].astype(np.float32), None


def balanced_draw(
    labels: np.ndarray, groups: np.ndarray, count: int | None, rng: np.random.Generator
) -> np.ndarray:
    """Draw at most `count` clips without replacement, singers and their source groups as evenly as they last.

    Returns
    -------
    sorted index array; all clips where `count` is None or not below their number
    """
    n = len(labels)
    if count is None or count >= n:
        return np.arange(n)
    _, singer = np.unique(labels, return_inverse=True)
    _, cell, cell_size = np.unique(
        np.column_stack([singer, np.unique(groups, return_inverse=True)[1]]),
        axis=0,
        return_inverse=True,
        return_counts=True,
    )
    cells_of_singer = np.bincount(singer[np.unique(cell, return_index=True)[1]])
    weight = 1.0 / (cells_of_singer[singer] * cell_size[cell])
    # drawing without replacement in proportion to weights: the largest of these keys (Efraimidis & Spirakis
    # 2006)
    key = np.log(rng.random(n)) / weight
    return np.sort(np.argpartition(key, n - count)[n - count :])
