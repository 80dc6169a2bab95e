"""`chain.json`: how a recording becomes the motifs that a model was trained on. Written, read and checked here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.melody import ContourParams, MelodyParams
from flamsid_core.motifs import MotifParams
from flamsid_core.reading import read_json, reason_of
from flamsid_core.workspace import Workspace, write_json

CHAIN_FILE = "chain.json"
STAGES = ("melody", "contour", "motifs")


@dataclass(frozen=True, eq=False)
class ModelChain:
    """The parameters, levels and patterns that turn a new recording into the same kind of motifs.

    Attributes
    ----------
    kind : {"recordings", "clips"}
        What the corpus held.
    melody, contour, motifs
        The parameters of the stages.
    levels : DataFrame
        The corpus' contour levels; empty for a corpus of clips.
    patterns : dict of singer to list of str
        The dictionary of each singer.
    """

    kind: Literal["recordings", "clips"]
    melody: MelodyParams
    contour: ContourParams
    motifs: MotifParams
    levels: pd.DataFrame
    patterns: dict[str, list[str]]

    def plain(self) -> dict[str, Any]:
        """Return it as it is written to `chain.json`."""
        return {
            "kind": self.kind,
            **{stage: asdict(getattr(self, stage)) for stage in STAGES},
            "levels": self.levels.to_dict("records"),
            "patterns": self.patterns,
        }


def chain_of_workspace(workspace: Workspace, params: Mapping[str, Mapping[str, Any]]) -> ModelChain:
    """Return the chain of a model that is trained on the motifs that a workspace has.

    Parameters
    ----------
    workspace : Workspace
        With its motifs and, of whole recordings, its levels.
    params : mapping
        The fields of the parameters by stage: melody, contour, motifs.
    """
    clips = workspace.of_clips
    # The published clips' patterns were made by the band method, so new recordings must be reduced by it too.
    contour = {**params["contour"], "method": "band"} if clips else params["contour"]
    motifs = workspace.table("motifs/motifs", columns=["singer", "pattern"])
    return ModelChain(
        "clips" if clips else "recordings",
        MelodyParams(**params["melody"]),
        ContourParams(**contour),
        MotifParams(**params["motifs"]),
        pd.DataFrame() if clips else workspace.table("contour/levels"),
        {str(singer): sorted(rows["pattern"]) for singer, rows in motifs.groupby("singer")},
    )


def write_chain(folder: Path, chain: ModelChain) -> None:
    """Write `chain.json` into a model's folder, whole or not at all."""
    write_json(folder / CHAIN_FILE, chain.plain(), durable=True)


def read_chain(folder: str | Path) -> ModelChain:
    """Read and check the `chain.json` of a model.

    Raises
    ------
    FlamsidError
        It is missing, damaged, or of another version of the stages.
    """
    path = Path(folder) / CHAIN_FILE
    try:
        plain = read_json(path)
        patterns = {str(singer): [str(name) for name in names] for singer, names in plain["patterns"].items()}
        for step in {step for names in patterns.values() for name in names for step in name.split()}:
            int(step)
        return ModelChain(
            "clips" if plain.get("kind") == "clips" else "recordings",
            MelodyParams(**plain["melody"]),
            ContourParams(**plain["contour"]),
            MotifParams(**plain["motifs"]),
            pd.DataFrame(plain["levels"]),
            patterns,
        )
    except FileNotFoundError as error:
        raise FlamsidError(
            "{folder} has no {chain_file}: copy the whole model folder, or train again.",
            folder=folder,
            chain_file=CHAIN_FILE,
        ) from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise FlamsidError(
            "{path} is damaged ({reason}): copy the model again, or train it again.",
            path=path,
            reason=reason_of(error),
        ) from error


def noted_params(path: Path) -> dict[str, dict[str, Any]]:
    """Return the parameters by stage that a file notes, as far as it does: nothing where it cannot be read."""
    try:
        noted = read_json(path)
    except (OSError, ValueError):
        return {}
    if not isinstance(noted, dict):
        return {}
    return {stage: noted[stage] for stage in STAGES if isinstance(noted.get(stage), dict)}
