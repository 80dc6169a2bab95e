"""What stands beside an experiment's tables: the audit of its clips, and what a trivial classifier gets on them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from flamsid_core.experiments.grid import Grid
from flamsid_core.messages import N_, Message
from flamsid_core.progress import Progress, part_of
from flamsid_core.singers.evaluation.audit import AuditParams, audit_by_ear
from flamsid_core.singers.evaluation.trivial import trivial_by_clip_set
from flamsid_core.workspace import Workspace, artefact_key

AUDIT_VERSION = 2
TRIVIAL_VERSION = 2


def write_evidence(
    folder: Path,
    instances: pd.DataFrame,
    locate: Callable[[str], Path],
    grid: Grid,
    data: str,
    *,
    audit: Mapping[str, Any] | None,
    cache_dir: Path,
    on_progress: Progress,
) -> None:
    """Write audit.json and trivial.json ({clip set: {protocol: figures or {"error"}}}) where they are not up to date.

    The trivial classifier is measured on the splits of the grid's first seed. The audit, which listens to all sounds,
    is made here where the caller has none.
    """
    workspace = Workspace(folder)
    key = artefact_key("experiment-audit", AUDIT_VERSION, None if audit is None else dict(audit), data)
    if not workspace.fresh("audit.json", key):
        if audit is None:
            audit, _ = audit_by_ear(
                instances,
                locate,
                AuditParams(trivial=False),
                cache_dir=cache_dir,
                on_progress=part_of(on_progress, 0.0, 0.5),
            )
        workspace.write_json("audit.json", dict(audit), key)
    asked = [list(grid.clip_sets), grid.seeds[0], grid.shared.folds]
    key = artefact_key("experiment-trivial", TRIVIAL_VERSION, asked, data)
    if not workspace.fresh("trivial.json", key):
        found = trivial_by_clip_set(
            instances,
            locate,
            clip_sets=grid.clip_sets,
            folds=grid.shared.folds,
            seed=grid.seeds[0],
            cache_dir=cache_dir,
            on_progress=part_of(on_progress, 0.5, 1.0, N_("trivial classifier: {text}")),
        )
        workspace.write_json("trivial.json", found, key)
    on_progress(1.0, Message("audit and trivial classifier up to date"))
