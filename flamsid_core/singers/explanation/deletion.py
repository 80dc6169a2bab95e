"""Is an explanation worth anything? Take away what it marks and see whether the network still names the singer.

Deletion and insertion (Petsiuk, Das & Saenko, "RISE", BMVC 2018): tiles of the time-frequency plane are replaced by
the mean spectrum, those that speak most for the singer first, and the singer's probability is followed; or the plane
begins empty and they are put in first. A good explanation makes the deletion curve fall, and the insertion curve
rise, much faster than tiles taken in random order.

Probabilities, not scores, are followed: a network that learned nothing gives every singer about the same whatever is
taken away, and its curves lie on those of random order, however neat the picture of its gradients.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from flamsid_core.singers.explanation.attribution import Plane, logits_of
from flamsid_core.singers.networks.inference import SingerNetwork

Floats = NDArray[np.floating]
TILE_S = 0.05
TILE_BANDS = 32  # tiles over the frequency axis
LEAST_GAIN = 0.1  # of mean probability: less is not worth a reader's trust
_BATCH_FRAMES = 16384


@dataclass(frozen=True)
class DeletionCurves:
    """The singer's probability while the plane is emptied or filled.

    Attributes
    ----------
    share : (points,) array
        Share of the plane taken away (or put in), 0 to 1.
    deletion, insertion : (points,) arrays
        In order of the attribution, what speaks most for the singer first.
    random : (orders, points) array
        Taken away in random order. Put in at random, the curves are the same read backwards.
    """

    share: Floats
    deletion: Floats
    insertion: Floats
    random: Floats

    @property
    def deletion_area(self) -> float:
        """Mean probability while what is marked goes first: the smaller, the better the explanation."""
        return _area(self.deletion)

    @property
    def insertion_area(self) -> float:
        """Mean probability while what is marked comes first: the larger, the better."""
        return _area(self.insertion)

    @property
    def random_area(self) -> float:
        """Mean probability in random order, deleted or inserted."""
        return float(np.mean([_area(curve) for curve in self.random]))

    @property
    def gain(self) -> float:
        """By how much deletion in the explanation's order beats random deletion."""
        return self.random_area - self.deletion_area

    @property
    def better_than_random(self) -> bool:
        """Whether deletion beats every random order, and their mean by at least 0.1."""
        best = min(_area(curve) for curve in self.random)
        return self.gain >= LEAST_GAIN and self.deletion_area < best


def deletion_curves(
    network: SingerNetwork,
    plane: Plane,
    values: Floats,
    singer: int,
    *,
    hop_s: float,
    temperature: float = 1.0,
    points: int = 21,
    orders: int = 8,
    seed: int = 0,
) -> DeletionCurves:
    """Follow the probability of `singer` while tiles of about 50 ms by a 32nd of the bands come and go.

    Parameters
    ----------
    network : SingerNetwork
    plane : Plane
        The clip.
    values : (frames, bands) array
        Attribution of its cells.
    singer : int
        Position among the classes.
    hop_s : float
        Distance between frames.
    temperature : float
        Of the calibration.
    points, orders : int
        Of each curve, and how many at random.
    seed : int
        Of the random orders.
    """
    tile = _tiles(values, max(1, round(TILE_S / hop_s)), -(-values.shape[1] // TILE_BANDS))
    mean = np.bincount(tile.ravel(), values.ravel()) / np.bincount(tile.ravel())
    n = len(mean)
    order = np.argsort(-mean, kind="stable")
    rng = np.random.default_rng(seed)
    # place of each tile in the order of deletion, a row per order
    places = np.empty((2 + orders, n))
    places[0, order] = np.arange(n)
    places[1] = n - 1 - places[0]  # deleted from the other end: insertion, read backwards
    places[2:] = rng.permuted(np.tile(np.arange(n), (orders, 1)), axis=1)
    gone = np.rint(np.linspace(0, n, points))
    kept = (places[:, None, :] >= gone[:, None]).reshape(-1, n)
    curves = _probabilities(network, plane, kept, tile, singer, temperature).reshape(-1, points)
    return DeletionCurves(gone / n, curves[0], curves[1][::-1], curves[2:])


def _tiles(values: Floats, tile_frames: int, tile_bands: int) -> NDArray[np.int64]:
    """Return the number of the tile of each cell."""
    frames, bands = values.shape
    across = -(-bands // tile_bands)
    return (np.arange(frames) // tile_frames * across)[:, None] + np.arange(bands) // tile_bands


def _probabilities(
    network: SingerNetwork,
    plane: Plane,
    kept: NDArray[np.bool_],
    tile: NDArray[np.int64],
    singer: int,
    temperature: float,
) -> Floats:
    logits = logits_of(network, len(tile))
    batch = max(1, _BATCH_FRAMES // len(tile))
    found = []
    with torch.no_grad():
        for start in range(0, len(kept), batch):
            clips = plane.features(kept[start : start + batch][:, tile])
            scores = logits(torch.from_numpy(clips).to(network.mean.device)) / temperature
            found.append(scores.softmax(1)[:, singer].double().cpu().numpy())
    return np.concatenate(found)


def _area(curve: Floats) -> float:
    return float(np.trapezoid(curve, dx=1.0 / (len(curve) - 1)))
