"""A whole recording in, a ranking of singers out: f0, contour, the model's motifs in it, the network's verdict."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from flamsid_core.corpus import audio_sha256, read_audio
from flamsid_core.errors import FlamsidError
from flamsid_core.melody import ContourParams, reduce_contour
from flamsid_core.melody.speed import at_speed
from flamsid_core.messages import Message
from flamsid_core.models.chain import ModelChain, read_chain
from flamsid_core.motifs import MotifParams
from flamsid_core.motifs.matching import all_windows, find_patterns
from flamsid_core.pipeline.given import melody_of
from flamsid_core.progress import Progress, part_of, silent
from flamsid_core.singers.identity import Identity
from flamsid_core.workspace import Workspace

if TYPE_CHECKING:
    from flamsid_core.motifs.use import MotifUse


@dataclass(frozen=True, kw_only=True)
class Identification(Identity):
    """Who may be singing in a recording, from what that was concluded, and who uses its motifs.

    Attributes
    ----------
    evidence : DataFrame
        As `Identity` has it, with start_s, end_s, pattern and singers (whose dictionaries hold it) of every motif.
    melody, segments : DataFrame
        The f0 and the contour of the recording.
    motif_use : MotifUse or None
        Other evidence, of which the ranking knows nothing: whose habits the motifs are, counted in the workspace
        that the model lies in.
    motif_use_missing : str
        Why it is not there: "no_workspace" (the model lies in none, so its corpus is not at hand), "clips" (a corpus
        of clips has no phrases to count in), "changed" (the contour was made again since the model was trained).
    speed : float
        Percent that the recording's carrier was said to run too fast: all times and pitches are those of the singing.
    """

    melody: pd.DataFrame
    segments: pd.DataFrame
    motif_use: MotifUse | None = None
    motif_use_missing: str = ""
    speed: float = 0.0

    def summary(self) -> dict[str, Any]:
        """Return all but melody and segments as plain values.

        `motifs` says how many were heard. The evidence comes row by row, each with the `posterior` of every singer.
        """
        singers = [str(row["singer"]) for row in self.ranking]
        posterior = self.evidence[[f"p_{singer}" for singer in singers]].round(4)
        plain = self.evidence.drop(columns=posterior.columns)
        rows = json.loads(plain.to_json(orient="records"))
        for row, values in zip(rows, posterior.to_numpy().tolist(), strict=True):
            row["posterior"] = dict(zip(singers, values, strict=True))
        return {
            "ranking": self.ranking,
            "motifs": self.motifs,
            "notes": self.notes,
            "evidence": rows,
            "score": self.score,
            "threshold": self.threshold,
            "error_rate": self.error_rate,
            "verdict": self.verdict,
            "heard": self.heard,
            "bands": self.bands,
            "motif_use": self.motif_use.summary() if self.motif_use else None,
            "motif_use_missing": self.motif_use_missing,
            "speed": self.speed,
        }


def identify_recording(
    recording: str | Path, model_dir: str | Path, *, on_progress: Progress | None = None, speed: float = 0.0
) -> Identification:
    """Rank the singers a model knows by how likely each sings in a recording.

    The contour is put on the levels of the model's corpus and searched for the patterns of all its dictionaries; where
    none occurs, every run of as many steps as a motif has at least is heard instead, and the notes say so.

    Parameters
    ----------
    recording
        An audio file.
    model_dir
        Folder of a model, in a workspace or copied from one.
    on_progress : callable, optional
        Called with a fraction and a text; may raise to cancel.
    speed : float
        Percent that the recording's carrier ran too fast.

    Raises
    ------
    FlamsidError
        If the file cannot be read, has no voiced frame or no run of steps long enough, or the model is damaged.
    """
    from flamsid_core.singers import identify, load_model
    from flamsid_core.singers.features.pieces import LEAST_S

    report = on_progress or silent
    report(0.0, Message("opening the model"))
    recording, model_dir = Path(recording), Path(model_dir)
    model = load_model(model_dir)
    chain = read_chain(model_dir)
    contour_params, levels = _corpus_levels(chain)
    sha256 = audio_sha256(recording)
    melody = at_speed(melody_of(recording, chain.melody, part_of(report, 0.1, 0.6)), speed)
    if not (melody["f0_hz"] > 0).any():
        raise FlamsidError(
            "No voiced frame was found in {name}: it seems to hold silence or noise.", name=recording.name
        )
    report(0.6, Message("looking for motifs"))
    segments = reduce_contour({sha256[:12]: melody}, contour_params, levels=levels).segments
    of_pieces = model.about.get("params", {}).get("clip_set") == "pieces"
    spans, notes = _pieces(melody) if of_pieces else _spans(segments, chain.patterns, chain.motifs)
    if spans.empty and of_pieces:
        raise FlamsidError(
            "No phrase of {least_s} s is sung in {name}: give a longer recording.",
            least_s=LEAST_S,
            name=recording.name,
        )
    if spans.empty:
        raise FlamsidError(
            "No motif was found in {name}: no phrase in it has {min_length} steps. Give a longer recording.",
            name=recording.name,
            min_length=chain.motifs.min_length,
        )
    report(0.7, Message("{n} motifs heard", n=len(spans)))
    signal, sample_rate_hz = read_audio(recording, speed=speed)
    found = identify(spans, signal, sample_rate_hz, model, recording_id=sha256[:12])
    report(0.9, Message("counting who uses these motifs"))
    use, missing = _motif_use(model_dir, segments, sha256, chain)
    report(1.0, Message("done"))
    return Identification(
        **vars(found) | {"notes": [*notes, *found.notes]},
        melody=melody,
        segments=segments,
        motif_use=use,
        motif_use_missing=missing,
        speed=speed,
    )


def _pieces(melody: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the phrases in equal parts, none of which has a pattern."""
    from flamsid_core.singers.features.pieces import phrase_pieces

    spans = phrase_pieces(melody["time_s"], melody["f0_hz"])
    return pd.DataFrame({"start_s": spans[:, 0], "end_s": spans[:, 1], "pattern": "", "singers": ""}), []


def _motif_use(
    model_dir: Path,
    segments: pd.DataFrame,
    sha256: str,
    chain: ModelChain,
) -> tuple[MotifUse | None, str]:
    """Count in the model's workspace who uses the recording's motifs; say why where that cannot be done."""
    root = model_dir.resolve().parent.parent
    if not (root / "workspace.json").is_file():
        return None, "no_workspace"
    workspace = Workspace(root)
    if workspace.of_clips or not workspace.has("contour/segments"):
        return None, "clips"
    # Steps are counted in levels: those of other levels are other steps.
    if not chain.levels.equals(pd.DataFrame(workspace.table("contour/levels").to_dict("records"))):
        return None, "changed"
    from flamsid_core.motifs.use import motif_use

    recordings = workspace.table("corpus/recordings")
    own = recordings.loc[recordings["sha256"] == sha256, "source_group"]
    corpus = workspace.table("contour/segments")
    return motif_use(segments, chain.patterns, corpus, recordings, chain.motifs, leave_out=own), ""


def _spans(
    segments: pd.DataFrame, patterns: dict[str, list[str]], params: MotifParams
) -> tuple[pd.DataFrame, list[str]]:
    """Return the dictionary motifs in the contour, or all runs of as many steps where there is none."""
    owners: dict[str, list[str]] = {}
    for singer, names in patterns.items():
        for name in names:
            owners.setdefault(name, []).append(singer)
    spans = find_patterns(segments, owners, min_duration_s=params.min_duration_s)
    notes: list[str] = []
    if spans.empty:
        spans = all_windows(segments, params.min_length, min_duration_s=params.min_duration_s)
        notes.append(
            Message(
                "None of the model's motifs occurs: all runs of {min_length} steps were taken instead, "
                "which says less.",
                min_length=params.min_length,
            )
        )
    return spans.assign(singers=[", ".join(owners.get(name, [])) for name in spans["pattern"]]), notes


def _corpus_levels(chain: ModelChain) -> tuple[ContourParams, pd.DataFrame | None]:
    """Return how to reduce a new recording, and the levels it is put on; None where it gets its own."""
    levels, contour = chain.levels, chain.contour
    one_scope = not levels.empty and (levels["scope"] == levels["scope"].iloc[0]).all()
    if one_scope and contour.method != "band" and contour.scope != "recording":
        return contour, levels
    # Levels of single singers cannot be chosen for a voice that is still unknown.
    return replace(contour, scope="recording"), None
