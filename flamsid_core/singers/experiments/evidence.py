"""What stands beside an experiment's tables: the audit of its clips, and what a trivial classifier gets on them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from flamsid_core.corpus import audio_info
from flamsid_core.errors import FlamsidError
from flamsid_core.singers.audit import audit
from flamsid_core.singers.clip_sets import make_clip_set
from flamsid_core.singers.experiments.grid import Grid
from flamsid_core.singers.params import TrainParams
from flamsid_core.singers.splits import Split, deduplicated_split, paper_split, source_disjoint_folds
from flamsid_core.singers.trivial import trivial_baseline
from flamsid_core.workspace import Workspace, artefact_key

AUDIT_VERSION = 1
TRIVIAL_VERSION = 1


def write_evidence(
    folder: Path,
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    grid: Grid,
    data: str,
    *,
    cache_dir: Path,
    on_progress: Callable[[float, str], None],
) -> None:
    """Write audit.json and trivial.json ({clip set: {protocol: figures or {"error"}}}) where they are not up to date.

    The trivial classifier is measured on the splits of the grid's first seed.
    """
    space = Workspace(folder)
    key = artefact_key("experiment-audit", AUDIT_VERSION, None, data)
    if not space.fresh("audit.json", key):
        on_progress(0.0, "looking for sounds that stand in more than one place")
        space.write_json("audit.json", audit(instances), key)
    asked = [list(grid.clip_sets), list(grid.protocols), grid.seeds[0], grid.shared.folds]
    key = artefact_key("experiment-trivial", TRIVIAL_VERSION, asked, data)
    if not space.fresh("trivial.json", key):
        found: dict[str, Any] = {}
        for number, clip_set in enumerate(grid.clip_sets):

            def say(fraction: float, text: str, number: int = number) -> None:
                on_progress((number + fraction) / len(grid.clip_sets), f"trivial classifier: {text}")

            found[clip_set] = _trivial(instances, locate, grid, clip_set, cache_dir, say)
        space.write_json("trivial.json", found, key)
    on_progress(1.0, "audit and trivial classifier up to date")


def _trivial(
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    grid: Grid,
    clip_set: str,
    cache_dir: Path,
    on_progress: Callable[[float, str], None],
) -> dict[str, Any]:
    seed = grid.seeds[0]
    try:
        duration_s = None
        if clip_set != "motifs":
            duration_s = {file: audio_info(locate(file)).duration_s for file in instances["file"].unique()}
        clips = make_clip_set(instances, clip_set, duration_s=duration_s, seed=seed).reset_index(drop=True)
    except FlamsidError as error:
        return {protocol: {"error": str(error)} for protocol in grid.protocols}
    found: dict[str, Any] = {}
    splits: dict[str, tuple[Split, ...]] = {}
    for protocol in grid.protocols:
        try:
            splits[protocol] = splits_of(clips, protocol, grid.shared, seed)
        except FlamsidError as error:
            found[protocol] = {"error": str(error)}
    return found | trivial_baseline(clips, locate, splits, cache_dir=cache_dir, on_progress=on_progress)


def splits_of(clips: pd.DataFrame, protocol: str, params: TrainParams, seed: int) -> tuple[Split, ...]:
    """Return the splits that `train` makes under a protocol, validation part and training part in one."""
    if protocol == "paper":
        return (paper_split(clips, seed=seed),)
    if protocol == "deduplicated":
        return (deduplicated_split(clips, seed=seed),)
    return source_disjoint_folds(clips, params.folds, seed=seed)
