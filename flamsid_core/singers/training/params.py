"""Parameters of a training run, without torch: a command line or a page can offer them at once."""

from dataclasses import dataclass, field, replace
from typing import Literal

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.evaluation.splitting import PROTOCOLS, Folds
from flamsid_core.singers.features.clip_sets import CLIP_SETS, MOTIFS, PIECES
from flamsid_core.singers.features.frames import VOICE_KIND, FeatureParams
from flamsid_core.singers.networks import NETWORKS

ALL = "all"
CHOSEN = ""  # no clip set is named


@dataclass(frozen=True)
class TrainParams:
    """What to train and how to measure it.

    Attributes
    ----------
    network : str
        Name of the network.
    preset : {"lean", "paper"}
        `lean` is small and takes clips of any length; `paper` is as the paper draws it, padded to 426 frames.
    features : FeatureParams
        What the network listens to; `two-covariance` listens to `voice` unless another kind is named.
    clip_set : str
        A name in `CLIP_SETS`: the motif itself, 3 s around it, spans drawn at random, spans drawn inside phrases, or
        phrases cut into pieces. Pieces are all of the singing, once, and no singer's name is used to cut them; of a
        corpus of clips the clips are the pieces. The default is pieces, for the preset `paper` motifs.
    protocol : {"paper", "deduplicated", "source-disjoint", "all"}
        How training and test clips are kept apart.
    folds : int or "leave-one-out"
        Folds of the source-disjoint protocol.
    epochs : int
        At most this many (paper: 20).
    patience : int
        Stop after this many epochs without a lower validation loss (paper: 2).
    batch_size : int
        Clips in a batch (paper: 64).
    learning_rate : float
        Of Adam (paper: 0.001).
    max_clips_per_epoch : int or None
        Draw at most this many training clips an epoch, singers and recordings as evenly as they last; None
        takes all.
    masking : float
        Hide a span of up to this share of bins, and one of frames, of every training clip; 0 hides nothing.
    open_set : bool
        Train once more for every singer, without them, to measure how well a singer the network never met is told from
        those it has met. Needs the source-disjoint protocol and three singers.
    seed : int
        Of splits, weights and batches: same seed, machine and number of threads, same result.
    processes : int or None
        Fits at once, each with one thread; None means one per core.
    """

    network: str = "residual-blstm"
    preset: Literal["lean", "paper"] = "lean"
    features: FeatureParams = field(default_factory=FeatureParams)
    clip_set: str = CHOSEN
    protocol: str = "paper"
    folds: Folds = 5
    epochs: int = 20
    patience: int = 2
    batch_size: int = 64
    learning_rate: float = 1e-3
    max_clips_per_epoch: int | None = 4_000
    masking: float = 0.3
    open_set: bool = False
    seed: int = 0
    processes: int | None = None

    def __post_init__(self) -> None:
        if self.network == "two-covariance" and self.features.kind == FeatureParams().kind:
            object.__setattr__(self, "features", replace(self.features, kind=VOICE_KIND))
        if self.clip_set == CHOSEN:
            object.__setattr__(self, "clip_set", MOTIFS if self.preset == "paper" else PIECES)
        if self.protocol != ALL:
            PROTOCOLS.check(self.protocol)
        CLIP_SETS.check(self.clip_set)
        NETWORKS.check(self.network)
        for name in ("epochs", "patience", "batch_size"):
            if getattr(self, name) < 1:
                raise FlamsidError(
                    "{name} is {value}: it must be at least 1.", name=name, value=getattr(self, name)
                )
        if not 0 <= self.masking < 1:
            raise FlamsidError(
                "masking is {masking}: it must be a share from 0 to below 1, like 0.3.", masking=self.masking
            )
        if not self.learning_rate > 0:
            raise FlamsidError(
                "learning_rate is {learning_rate}: it must be above 0, like 0.001.",
                learning_rate=self.learning_rate,
            )
