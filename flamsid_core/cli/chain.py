"""`flamsid run` and its stages, from the sound to the map: a command each."""

from __future__ import annotations

from typing import Annotated

import tyro

from flamsid_core import jobs, pipeline
from flamsid_core.atlas import AtlasParams
from flamsid_core.cli.arguments import (
    Chain,
    CorpusFolder,
    Json,
    ModelName,
    Preset,
    Scheduler,
    Training,
    WorkspaceFolder,
    preset_chain,
    preset_training,
    workspace_of,
)
from flamsid_core.cli.printing import (
    audit_lines,
    beside_lines,
    family_lines,
    print_result,
    protocol_lines,
    size_line,
    skipped_lines,
)
from flamsid_core.cli.progress import working
from flamsid_core.pipeline import MotifChain
from flamsid_core.singers import TrainParams
from flamsid_core.singers.evaluation.audit import AuditParams


def run(
    corpus: CorpusFolder,
    /,
    *,
    workspace: WorkspaceFolder = None,
    chain: Chain = MotifChain(),
    training: Training = TrainParams(protocol="all"),
    atlas: AtlasParams = AtlasParams(),
    name: ModelName = None,
    scheduler: Scheduler = None,
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Do every stage that is not up to date: melody, motifs, a first map, families, audit, network and its map."""
    with working(scheduler=scheduler) as progress:
        summary = pipeline.run_all(
            corpus,
            workspace_of(corpus, workspace),
            preset_chain(chain, training.preset),
            preset_training(training),
            atlas,
            name=name,
            report=progress,
            on_metrics=jobs.report_metrics,
        )
    print_result(
        summary,
        as_json,
        lambda: [
            f"{summary['recordings']} recordings, {summary['motifs']} motifs, {summary['instances']} instances "
            f"in {summary['seconds']:.0f} s → {workspace_of(corpus, workspace)}",
            *protocol_lines(summary["protocols"]),
            *beside_lines(summary["beside"]),
            *skipped_lines(summary["skipped"]),
            *summary["notes"],
        ],
    )
    return 1 if summary["skipped"] or summary["model"] is None else 0


def melody(
    corpus: CorpusFolder,
    /,
    *,
    workspace: WorkspaceFolder = None,
    chain: Chain = MotifChain(),
    preset: Preset = "default",
    scheduler: Scheduler = None,
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Track the f0 of every recording and reduce it to contour levels."""
    with working("corpus", "melody", "contour", scheduler=scheduler) as progress:
        result = pipeline.melody_summary(
            corpus, workspace_of(corpus, workspace), preset_chain(chain, preset), progress
        )
    print_result(
        result,
        as_json,
        lambda: [
            f"{result['recordings']} recordings, {result['phrases']} phrases, {result['levels']} levels",
            *skipped_lines(result["skipped"]),
        ],
    )
    return 1 if result["skipped"] else 0


def motifs(
    corpus: CorpusFolder,
    /,
    *,
    workspace: WorkspaceFolder = None,
    chain: Chain = MotifChain(),
    preset: Preset = "default",
    scheduler: Scheduler = None,
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Mine each singer's closed motifs and all their instances; find what recurs beyond chance."""
    with working("corpus", "melody", "contour", "motifs", "families", scheduler=scheduler) as progress:
        result = pipeline.motifs_summary(
            corpus, workspace_of(corpus, workspace), preset_chain(chain, preset), progress
        )
    print_result(
        result,
        as_json,
        lambda: [
            f"{result['motifs']} motifs, {result['instances']} instances",
            *(f"  {singer}: {count}" for singer, count in result["by_singer"].items()),
            *family_lines(result),
            *skipped_lines(result["skipped"]),
        ],
    )
    return 1 if result["skipped"] else 0


def audit(
    corpus: CorpusFolder,
    /,
    *,
    workspace: WorkspaceFolder = None,
    chain: Chain = MotifChain(),
    listening: Annotated[AuditParams, tyro.conf.arg(name="")] = AuditParams(),
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Look for what would make an accuracy lie: duplicates, label conflicts, shared sources."""
    with working("corpus", "melody", "contour", "motifs", "families", "audit") as progress:
        result = pipeline.audit_summary(corpus, workspace_of(corpus, workspace), chain, progress, listening)
    print_result(
        result,
        as_json,
        lambda: [
            f"{result['files']} clips, {result['distinct']} distinct sounds, "
            f"{result['conflicting']} under two singers, {result['source_groups']} source groups",
            f"{100 * result['share_of_test_in_train']:.1f} % of the test clips of a random 80/20 split are in its "
            "training part as well",
            *audit_lines(result),
            result["recurrence_told"],
            *skipped_lines(result["skipped"]),
        ],
    )
    return 1 if result["skipped"] else 0


def train(
    corpus: CorpusFolder,
    /,
    *,
    workspace: WorkspaceFolder = None,
    chain: Chain = MotifChain(),
    training: Training = TrainParams(),
    name: ModelName = None,
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Train a network on the singing and measure it under one protocol or all three."""
    with working("corpus", "melody", "contour", "motifs", "train") as progress:
        result = pipeline.train_summary(
            corpus,
            workspace_of(corpus, workspace),
            preset_chain(chain, training.preset),
            preset_training(training),
            name=name,
            report=progress,
            on_metrics=jobs.report_metrics,
        )
    print_result(
        result,
        as_json,
        lambda: [
            f"{result['model']} in {result['seconds']:.0f} s",
            size_line(result),
            *protocol_lines(result["protocols"]),
            *skipped_lines(result["skipped"]),
            *result["notes"],
        ],
    )
    return 1 if result["skipped"] else 0


def atlas(
    corpus: CorpusFolder,
    /,
    *,
    workspace: WorkspaceFolder = None,
    model: Annotated[
        str | None, tyro.conf.arg(metavar="NAME", help="A model of the workspace. Default: newest.")
    ] = None,
    params: Annotated[AtlasParams, tyro.conf.arg(name="")] = AtlasParams(),
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Embed every instance with a model of the workspace and draw the map."""
    with working("corpus", "atlas") as progress:
        result = pipeline.atlas_summary(corpus, workspace_of(corpus, workspace), model, params, progress)
    print_result(result, as_json, lambda: [f"{name}: {value}" for name, value in result.items()])
    return 0
