"""The `flamsid` command.

Progress goes to stderr, results to stdout. Exit status: 0 done, 1 done with files or stages left out,
2 nothing could be done; then one line on stderr says why.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from flamsid_core import jobs, pipeline
from flamsid_core.atlas import AtlasParams
from flamsid_core.cli_experiment import experiment
from flamsid_core.cli_parts import (
    Chain,
    CorpusFolder,
    Json,
    ModelName,
    Scheduler,
    Training,
    WorkspaceFolder,
    audit_lines,
    beside_lines,
    print_result,
    protocol_lines,
    skipped_lines,
    workspace_of,
)
from flamsid_core.errors import FlamsidError
from flamsid_core.pipeline import MotifChain
from flamsid_core.progress import STAGES, working
from flamsid_core.singers import TrainParams
from flamsid_core.singers.evaluation.audit import AuditParams


def demo(
    folder: Annotated[tyro.conf.Positional[Path | None], tyro.conf.arg(metavar="DIR")] = None,
    /,
    *,
    seed: int = 0,
    prepare: bool = False,
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Synthesise the demo corpus: virtual cantaores with known f0 and known motifs.

    Args:
        folder: Where to write it. Default: flamsid's own data folder.
        seed: Another seed gives other singers.
        prepare: Also run every stage on it, into the app's workspace of the demo.
    """
    from flamsid_core.corpus import synthesise_demo

    folder = folder or pipeline.demo_folder()
    with working("demo", *(STAGES if prepare else ())) as progress:
        synthesise_demo(
            folder, seed=seed, on_progress=lambda fraction, text: progress("demo", fraction, text)
        )
        result: dict[str, Any] = {"corpus": str(folder)}
        if prepare:
            workspace = pipeline.default_workspace(folder)
            summary = pipeline.run_all(
                folder,
                workspace,
                MotifChain(),
                TrainParams(protocol="all"),
                AtlasParams(),
                report=progress,
                on_metrics=jobs.report_metrics,
            )
            result |= {"workspace": str(workspace)} | summary
    print_result(
        result,
        as_json,
        lambda: [f"{name}: {result[name]}" for name in ("corpus", "workspace") if name in result],
    )
    return 0


def import_corpus(
    kind: tyro.conf.Positional[Literal["published-motifs"]],
    src: tyro.conf.Positional[Path],
    dest: tyro.conf.Positional[Path],
    /,
    *,
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Import a published dataset as a corpus folder of its own.

    Args:
        kind: "published-motifs": the authors' clips, a folder a singer, `<recording>_<steps>_<uuid>.<ending>`.
        src: The dataset's folder.
        dest: The corpus folder to write.
    """
    from flamsid_core.corpus import import_published_motifs

    with working("import") as progress:
        corpus = import_published_motifs(
            src, dest, on_progress=lambda fraction, text: progress("import", fraction, text)
        )
    clips = len(corpus.instances) if corpus.instances is not None else 0
    result: dict[str, Any] = {
        "corpus": str(dest),
        "clips": clips,
        "source_groups": len(corpus.recordings),
        "skipped": [{"file": skip.file, "reason": skip.reason} for skip in corpus.skipped],
    }
    print_result(
        result,
        as_json,
        lambda: [
            f"{clips} clips, {len(corpus.recordings)} source groups → {dest}",
            *skipped_lines(result["skipped"]),
        ],
    )
    return 1 if corpus.skipped else 0


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
    """Do every stage that is not up to date: melody, contour, motifs, audit, network, map."""
    with working(scheduler=scheduler) as progress:
        summary = pipeline.run_all(
            corpus,
            workspace_of(corpus, workspace),
            chain,
            training,
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
    scheduler: Scheduler = None,
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Track the f0 of every recording and reduce it to contour levels."""
    with working("corpus", "melody", "contour", scheduler=scheduler) as progress:
        result = pipeline.melody_summary(corpus, workspace_of(corpus, workspace), chain, progress)
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
    scheduler: Scheduler = None,
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Mine each singer's closed motifs and all their instances."""
    with working("corpus", "melody", "contour", "motifs", scheduler=scheduler) as progress:
        result = pipeline.motifs_summary(corpus, workspace_of(corpus, workspace), chain, progress)
    print_result(
        result,
        as_json,
        lambda: [
            f"{result['motifs']} motifs, {result['instances']} instances",
            *(f"  {singer}: {count}" for singer, count in result["by_singer"].items()),
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
    with working("corpus", "melody", "contour", "motifs", "audit") as progress:
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
    """Train a network on the motifs and measure it under one protocol or all three."""
    with working("corpus", "melody", "contour", "motifs", "train") as progress:
        result = pipeline.train_summary(
            corpus,
            workspace_of(corpus, workspace),
            chain,
            training,
            name=name,
            report=progress,
            on_metrics=jobs.report_metrics,
        )
    print_result(
        result,
        as_json,
        lambda: [
            f"{result['model']} in {result['seconds']:.0f} s",
            f"{result['parameters']:,} parameters, "
            f"{result['multiply_adds_per_s'] / 1e6:,.3g} million multiply-adds for a second of singing",
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


def identify(
    recording: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RECORDING")],
    /,
    *,
    model: Annotated[Path, tyro.conf.arg(metavar="MODEL", help="Folder of a model.")],
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Rank the singers a model knows by how likely each sings in a recording.

    Args:
        recording: An audio file.
    """
    with working("identify") as progress:
        result = pipeline.identify_recording(
            recording, model, on_progress=lambda fraction, text: progress("identify", fraction, text)
        ).summary()
    print_result(
        result,
        as_json,
        lambda: [
            *(f"{100 * row['probability']:6.2f} %  {row['singer']}" for row in result["ranking"]),
            f"from {result['motifs']} motifs",
            *result["notes"],
        ],
    )
    return 0


COMMANDS: dict[str, Callable[..., int]] = {
    "run": run,
    "demo": demo,
    "import": import_corpus,
    "melody": melody,
    "motifs": motifs,
    "audit": audit,
    "train": train,
    "experiment": experiment,
    "atlas": atlas,
    "identify": identify,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        return tyro.extras.subcommand_cli_from_dict(
            COMMANDS, prog="flamsid", description="Who is singing, and how do we know?", args=arguments
        )
    except FlamsidError as error:
        message = str(error)
    except BrokenPipeError:
        # Whoever read our output has gone; what is on stdout cannot matter to them any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise
        message = (
            f"{error.strerror}: {error.filename or 'a file'} could not be written. Mend that and run again."
        )
    except KeyboardInterrupt:
        print("\nflamsid: stopped; run again to go on where it was.", file=sys.stderr)
        return 130
    print(f"flamsid: {message}", file=sys.stderr)
    if "--json" in arguments:
        print(json.dumps({"error": message}, ensure_ascii=False))
    return 2


if __name__ == "__main__":
    sys.exit(main())
