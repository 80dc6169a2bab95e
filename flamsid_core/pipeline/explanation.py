"""Why this singer: one motif of a recording explained, and its nearest neighbours in other recordings of the corpus."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flamsid_core.corpus import read_audio
from flamsid_core.errors import FlamsidError
from flamsid_core.progress import Progress
from flamsid_core.workspace import Workspace

if TYPE_CHECKING:
    from flamsid_core.singers.explanation.why import Explanation

AROUND_S = 0.25  # read to either side of a motif, so that its first and last windows hear what they heard in training


def explain_motif(
    recording: str | Path,
    start_s: float,
    end_s: float,
    model_dir: str | Path,
    *,
    singer: str | None = None,
    speed: float = 0.0,
) -> Explanation:
    """Explain what a model says of one span of a recording.

    Parameters
    ----------
    recording : path
        An audio file.
    start_s, end_s : float
        The span.
    model_dir : path
        Folder of a model.
    singer : str, optional
        Whose name to explain; by default the likeliest of this span.
    speed : float
        Percent that the recording's carrier ran too fast.

    Raises
    ------
    FlamsidError
        If the file or the model cannot be read, or the model does not know the singer.
    """
    from flamsid_core.singers import load_model
    from flamsid_core.singers.explanation.why import explain

    model = load_model(model_dir)
    # Frames lie on the recording's grid, and the piece that is read begins on it.
    hop_s = model.features.hop_s
    first_s = max(0, math.floor((start_s - AROUND_S) / hop_s)) * hop_s
    signal, _ = read_audio(
        Path(recording),
        sample_rate_hz=model.features.sample_rate_hz,
        start_s=first_s,
        end_s=end_s + AROUND_S,
        speed=speed,
    )
    return explain(model, signal, start_s - first_s, end_s - first_s, singer=singer)


def corpus_embeddings(
    workspace: Workspace, name: str, *, on_progress: Progress | None = None
) -> NDArray[np.float32]:
    """Return the (n, d) embeddings of the workspace's instances by one of its models: its map's, else computed now.

    Raises
    ------
    FlamsidError
        If the workspace has no instances, or audio or model cannot be read.
    """
    instances = workspace.table("motifs/instances")
    kept, model_file = f"atlas/{name}/embeddings.npy", workspace.path(f"models/{name}/model.json")
    if workspace.has(kept) and workspace.has(f"atlas/{name}/map"):
        newer = workspace.path(kept).stat().st_mtime_ns >= model_file.stat().st_mtime_ns
        drawn = workspace.table(f"atlas/{name}/map", columns=["instance_id"])["instance_id"]
        if newer and drawn.tolist() == instances["instance_id"].tolist():
            return np.asarray(workspace.array(kept), dtype=np.float32)
    corpus = workspace.corpus
    if corpus is None:
        raise FlamsidError(
            "The workspace {workspace} names no corpus: open the corpus folder again.",
            workspace=workspace.root,
        )
    from flamsid_core.atlas.making import embed
    from flamsid_core.singers import load_model

    model = load_model(model_file.parent)
    cache = workspace.path("features")
    return embed(model, instances, corpus.joinpath, cache_dir=cache, on_progress=on_progress)


def nearest_instances(
    embedding: NDArray[np.floating],
    embeddings: NDArray[np.floating],
    instances: pd.DataFrame,
    *,
    leave_out: set[str] | None = None,
    k: int = 8,
) -> pd.DataFrame:
    """List the instances whose embeddings are nearest to one embedding, one for each place in a recording.

    Motifs overlap: without that rule one passage would fill the list under many names.

    Parameters
    ----------
    embedding : (d,) array
    embeddings : (n, d) array
        Of the instances, in their order.
    instances : DataFrame
        As mined; those under two singers' names (conflict) are not witnesses.
    leave_out : set of str, optional
        Source groups that may not be listed: that of the recording in question.
    k : int
        How many.

    Returns
    -------
    DataFrame
        Rows of `instances`, with `distance` (one minus the cosine), the nearest first.
    """
    norms = np.linalg.norm(embeddings, axis=1) * np.linalg.norm(embedding)
    cosine = np.asarray(embeddings @ embedding, dtype=np.float64) / np.maximum(norms, 1e-12)
    witnesses = instances.assign(distance=np.clip(1.0 - cosine, 0.0, 2.0))
    witnesses = witnesses[~witnesses["source_group"].isin(leave_out or set()) & ~witnesses["conflict"]]
    nearest = witnesses.sort_values("distance", kind="stable").drop_duplicates("overlap_group")
    return nearest.head(k).reset_index(drop=True)


def source_groups_of(workspace: Workspace, recording: Path) -> set[str]:
    """Return the source groups of the corpus that hold this very sound, judged by its samples."""
    from flamsid_core.corpus import audio_sha256

    recordings = workspace.table("corpus/recordings")
    same = recordings["sha256"] == audio_sha256(recording)
    return set(recordings.loc[same, "source_group"])
