"""The stages joined: what each command of the command line does, from the corpus folder to a summary."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from flamsid_core.corpus import Skipped
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message
from flamsid_core.models.registry import model_names
from flamsid_core.pipeline import stages
from flamsid_core.pipeline.left_out import left_out_of, left_out_of_contour
from flamsid_core.pipeline.project import Project, notes_of, open_project
from flamsid_core.pipeline.recurrence import TABLES, run_families, told_recurrence
from flamsid_core.progress import Metrics, Report, report_as, silent_report
from flamsid_core.workspace import Workspace, check_name

if TYPE_CHECKING:
    from flamsid_core.atlas import AtlasParams
    from flamsid_core.singers import TrainParams
    from flamsid_core.singers.evaluation.audit import AuditParams

FIRST_MAP = "first map"
# Of the first map: its model is fitted and measured, the rest is embedding and projection.
_FITTING_SHARE = 0.6


@contextmanager
def _opened(corpus: str | Path, workspace: str | Path, report: Report) -> Iterator[Project]:
    with Workspace(workspace).lock():
        yield open_project(corpus, workspace, report)


def run_all(
    corpus: str | Path,
    workspace: str | Path,
    chain: stages.MotifChain,
    training: TrainParams,
    atlas: AtlasParams,
    *,
    name: str | None = None,
    report: Report = silent_report,
    on_metrics: Metrics | None = None,
) -> dict[str, Any]:
    """Do every stage that is not up to date, from the folder of recordings to the map.

    With one singer alone the motifs are mined and audited; the network and the map are left out, and `notes` says so.
    The closed-form model comes first, with its own map, before families, audit and network: it takes seconds, so that
    a recording can be identified and the map looked at while the rest goes on, and on recordings never heard it is
    often the better one.

    Returns
    -------
    dict
        recordings, skipped (list of {file, reason}), notes, motifs, instances, audit, model (its folder, or None),
        protocols, beside ({model, protocols} of the closed-form model, or None), atlas (quality figures of the map),
        seconds.

    Raises
    ------
    FlamsidError
        If nothing in the folder can be used, no recording has a voiced frame, or no motif was found.
    """
    name = check_name(stages.model_name(training) if name is None else name)  # before hours of work
    start = time.monotonic()
    with _opened(corpus, workspace, report) as project:
        results = project.workspace
        summary = _mined(project, chain, report) | {
            "notes": [
                Message("{file}: {reason}", file=note["file"], reason=note["reason"])
                for note in notes_of(results)
            ],
            "model": None,
            "protocols": {},
            "beside": None,
        }
        singers = results.table("motifs/instances", columns=["singer"])["singer"].unique()
        first = stages.in_closed_form(training)
        if len(singers) > 1 and first.network != training.network:
            summary["beside"] = _first_map(project, chain, first, atlas, report)
        summary |= run_families(project, chain, report) or {}
        summary["audit"] = stages.run_audit(project, report)
        if len(singers) < 2:
            summary["notes"].append(
                f"No network was trained: only one singer ({singers[0]}) has motifs, and it takes two."
            )
        else:
            model = stages.run_train(
                project, chain, training, name=name, report=report, on_metrics=on_metrics
            )
            summary |= {"model": str(results.path(f"models/{name}")), "protocols": model["protocols"]}
            summary["notes"] += model.get("notes", [])
            summary["atlas"] = stages.run_atlas(project, name, atlas, report)
        parts = (
            "audit",
            *(f"{kind}/{made}" for kind in ("models", "atlas") for made in model_names(results)),
        )
        without = {skip for part in parts for skip in left_out_of(results, f"{part}/left_out.json")}
        summary["notes"] += [skip.reason for skip in sorted(without, key=lambda skip: skip.file)]
    summary["seconds"] = round(time.monotonic() - start, 3)
    return summary


def _first_map(
    project: Project, chain: stages.MotifChain, training: TrainParams, atlas: AtlasParams, report: Report
) -> dict[str, Any]:
    """Fit the closed-form model and draw its map; return {model, protocols}."""
    name = stages.model_name(training)
    fitting, drawing = (
        report_as(report, FIRST_MAP, start, end)
        for start, end in ((0.0, _FITTING_SHARE), (_FITTING_SHARE, 1.0))
    )
    model = stages.run_train(project, chain, training, name=name, report=fitting)
    stages.run_atlas(project, name, atlas, drawing)
    return {"model": str(project.workspace.path(f"models/{name}")), "protocols": model["protocols"]}


def _mined(project: Project, chain: stages.MotifChain, report: Report) -> dict[str, Any]:
    left_out = stages.run_motifs(project, chain, report)
    workspace = project.workspace
    return {
        "recordings": len(project.corpus.recordings) - len(left_out),
        "skipped": _plain([*project.corpus.skipped, *left_out]),
        "motifs": len(workspace.table("motifs/motifs", columns=["motif_id"])),
        "instances": len(workspace.table("motifs/instances", columns=["instance_id"])),
    }


def _plain(skipped: list[Skipped]) -> list[dict[str, str]]:
    return [asdict(skip) for skip in skipped]


def melody_summary(
    corpus: str | Path, workspace: str | Path, chain: stages.MotifChain, report: Report = silent_report
) -> dict[str, Any]:
    """Track and reduce every recording; return recordings, skipped, phrases, segments, levels, residual_cents."""
    with _opened(corpus, workspace, report) as project:
        if project.corpus.kind == "clips":
            raise FlamsidError(
                "{corpus} holds clips of motifs, not whole recordings: they come with their patterns, "
                "so there is no melody to track. Run flamsid motifs, audit, train or run on it.",
                corpus=project.corpus.root,
            )
        left_out = stages.run_melody(project, chain.melody, report)
        stages.run_contour(project, chain.melody, chain.contour, report)
        results = project.workspace
        left_out = [*left_out, *left_out_of_contour(results)]
        segments = results.table("contour/segments", columns=["recording_id", "phrase"])
        residual = results.table("contour/residual")["residual_cents"]
        return {
            "recordings": len(project.corpus.recordings) - len(left_out),
            "skipped": _plain([*project.corpus.skipped, *left_out]),
            "phrases": len(segments.drop_duplicates()),
            "segments": len(segments),
            "levels": len(results.table("contour/levels")),
            "residual_cents": round(float(residual.mean()), 2),
        }


def motifs_summary(
    corpus: str | Path, workspace: str | Path, chain: stages.MotifChain, report: Report = silent_report
) -> dict[str, Any]:
    """Mine the motifs, find families; return recordings, skipped, motifs, instances, by_singer, `run_families`."""
    with _opened(corpus, workspace, report) as project:
        summary = _mined(project, chain, report)
        singers = project.workspace.table("motifs/instances", columns=["singer"])["singer"]
        recurring = run_families(project, chain, report) or {}
        return summary | {"by_singer": singers.value_counts().sort_index().to_dict()} | recurring


def audit_summary(
    corpus: str | Path,
    workspace: str | Path,
    chain: stages.MotifChain,
    report: Report = silent_report,
    params: AuditParams | None = None,
) -> dict[str, Any]:
    """Mine the motifs and audit their instances; return the audit, with what was skipped."""
    with _opened(corpus, workspace, report) as project:
        skipped = _mined(project, chain, report)["skipped"]
        recurring = run_families(project, chain, report)
        thresholds = project.workspace.table(TABLES[2]) if recurring else pd.DataFrame()
        return stages.run_audit(project, report, params) | {
            "skipped": skipped,
            "recurrence": recurring,
            "recurrence_told": told_recurrence(recurring, thresholds),
        }


def train_summary(
    corpus: str | Path,
    workspace: str | Path,
    chain: stages.MotifChain,
    training: TrainParams,
    *,
    name: str | None = None,
    report: Report = silent_report,
    on_metrics: Metrics | None = None,
) -> dict[str, Any]:
    """Mine the motifs and train on them; return seconds, model (its folder), its size, protocols, notes, skipped."""
    name = check_name(stages.model_name(training) if name is None else name)
    with _opened(corpus, workspace, report) as project:
        skipped = _mined(project, chain, report)["skipped"]
        start = time.monotonic()
        model = stages.run_train(project, chain, training, name=name, report=report, on_metrics=on_metrics)
        folder = project.workspace.path(f"models/{name}")
        return {
            "seconds": round(time.monotonic() - start, 3),
            "model": str(folder),
            "parameters": model["parameters"],
            "multiply_adds_per_s": model["multiply_adds_per_s"],
            "protocols": model["protocols"],
            "notes": model.get("notes", []),
            "skipped": skipped,
        }


def atlas_summary(
    corpus: str | Path,
    workspace: str | Path,
    model: str | None,
    params: AtlasParams,
    report: Report = silent_report,
) -> dict[str, Any]:
    """Draw the map of a trained model (the newest when None); return its quality figures."""
    with _opened(corpus, workspace, report) as project:
        known = model_names(project.workspace)
        name = model or next(iter(known), None)
        if not known:
            raise FlamsidError(
                "There is no model in {workspace}: run flamsid train first.", workspace=project.workspace.root
            )
        if name not in known:
            raise FlamsidError(
                "There is no model {name!r} in {workspace}: it has {models}.",
                name=name,
                workspace=project.workspace.root,
                models=", ".join(known),
            )
        return {"model": name} | stages.run_atlas(project, name, params, report)
