"""The arguments that commands have in common."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import tyro

from flamsid_core.pipeline import MotifChain, paper_chain
from flamsid_core.singers import TrainParams
from flamsid_core.singers.features.clip_sets import MOTIFS, PIECES

CorpusFolder = Annotated[
    tyro.conf.Positional[Path],
    tyro.conf.arg(
        metavar="CORPUS", help="Folder of recordings, imported corpus, or folder of published clips."
    ),
]
WorkspaceFolder = Annotated[
    Path | None,
    tyro.conf.arg(
        aliases=["-w"], metavar="DIR", help="Where results are kept. Default: <CORPUS name>.flamsid here."
    ),
]
Json = Annotated[bool, tyro.conf.arg(help="Print one JSON object on stdout.")]
Scheduler = Annotated[
    str | None, tyro.conf.arg(metavar="TCP", help="Address of a Dask scheduler that shares this file system.")
]
Chain = Annotated[MotifChain, tyro.conf.arg(name="")]
Training = Annotated[TrainParams, tyro.conf.arg(name="")]
Preset = Annotated[
    Literal["default", "paper"],
    tyro.conf.arg(help="paper: levels of the frames of the whole corpus, as the paper has them."),
]
ModelName = Annotated[
    str | None, tyro.conf.arg(metavar="NAME", help="Name of the model. Default: what it is made of.")
]


def workspace_of(corpus: Path, workspace: Path | None) -> Path:
    """Return the workspace asked for, or the one beside a corpus."""
    return workspace or Path(f"{corpus.resolve().name}.flamsid")


def preset_training(training: TrainParams) -> TrainParams:
    """Return the training under its preset: the paper's network learns from the paper's motifs, not from pieces."""
    if training.preset == "paper" and training.clip_set == PIECES:
        return replace(training, clip_set=MOTIFS)
    return training


def preset_chain(chain: MotifChain, preset: str) -> MotifChain:
    """Return the chain under a preset: the paper's has the paper's reduction."""
    return paper_chain(chain) if preset == "paper" else chain
