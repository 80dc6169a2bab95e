"""`flamsid export`: what was found, as files of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import tyro

from flamsid_core import pipeline
from flamsid_core.cli.arguments import CorpusFolder, Json, WorkspaceFolder, workspace_of
from flamsid_core.cli.printing import print_result
from flamsid_core.cli.progress import working
from flamsid_core.pipeline.exporting import format_names

FormatName = Literal[format_names()]  # type: ignore[valid-type]


def export(
    corpus: CorpusFolder,
    /,
    *,
    kind: Annotated[FormatName, tyro.conf.arg(name="format")],  # type: ignore[valid-type]
    output: Annotated[Path, tyro.conf.arg(metavar="DIR")],
    workspace: WorkspaceFolder = None,
    recordings: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME")] = (),
    layers: Annotated[tuple[str, ...], tyro.conf.arg(metavar="LAYER")] = (),
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Write f0, notes, motifs and other layers as files of other programs, the whole corpus at once.

    Args:
        kind: csv: mir_eval, Sonic Visualiser. svl: Sonic Visualiser. textgrid: Praat, ELAN. audacity. raven. jams.
            midi. musicxml: MuseScore. svg, png: pictures. parquet, csv-tables: tables and embeddings of the corpus.
        output: The folder to write into, laid out as the corpus is.
        recordings: Only these: identifiers, files, titles or singers.
        layers: Only these: f0, notes, motifs, families. Default: all there are.
    """
    with working("export") as progress:
        written = pipeline.export_corpus(
            workspace_of(corpus, workspace),
            kind,
            output,
            recordings=recordings,
            layers=layers,
            report=progress,
        )
    result = {"output": str(output), "files": [path.relative_to(output).as_posix() for path in written]}
    print_result(result, as_json, lambda: [f"{len(written)} files → {output}"])
    return 0
