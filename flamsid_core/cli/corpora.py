"""`flamsid demo` and `flamsid import`: corpora that come from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import tyro

from flamsid_core import jobs, pipeline
from flamsid_core.atlas import AtlasParams
from flamsid_core.cli.arguments import (
    Json,
)
from flamsid_core.cli.printing import print_result, skipped_lines
from flamsid_core.cli.progress import STAGES, working
from flamsid_core.pipeline import MotifChain
from flamsid_core.progress import stage_of
from flamsid_core.singers import TrainParams


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
    from flamsid_core.demo import synthesise_demo

    folder = folder or pipeline.demo_folder()
    with working("demo", *(STAGES if prepare else ())) as progress:
        synthesise_demo(folder, seed=seed, on_progress=stage_of(progress, "demo"))
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
    kind: Annotated[
        tyro.conf.Positional[str], tyro.conf.arg(metavar="published-motifs|tonas|cante100|mirdata:NAME")
    ],
    src: tyro.conf.Positional[Path],
    dest: tyro.conf.Positional[Path],
    /,
    *,
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Import a published dataset as a corpus folder of its own.

    Args:
        kind: "published-motifs": the authors' clips, a folder a singer, `<recording>_<steps>_<uuid>.<ending>`;
            "tonas" and "cante100": the flamenco sets of COFLA; "mirdata:NAME": any set that mirdata loads.
        src: The dataset's folder.
        dest: The corpus folder to write.
    """
    from flamsid_core.corpus import import_dataset, import_published_motifs

    with working("import") as progress:
        report = stage_of(progress, "import")
        if kind == "published-motifs":
            corpus = import_published_motifs(src, dest, on_progress=report)
        else:
            corpus = import_dataset(kind, src, dest, on_progress=report)
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
            f"{clips} clips, {len(corpus.recordings)} source groups → {dest}"
            if clips
            else f"{len(corpus.recordings)} recordings → {dest}",
            *skipped_lines(result["skipped"]),
        ],
    )
    return 1 if corpus.skipped else 0
