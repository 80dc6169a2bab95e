"""`flamsid annotations`: a person's work as plain files, out and in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import tyro

from flamsid_core import pipeline
from flamsid_core.cli.arguments import CorpusFolder, Json, WorkspaceFolder, workspace_of
from flamsid_core.cli.printing import print_result


def keep(
    what: tyro.conf.Positional[Literal["export", "import"]],
    corpus: CorpusFolder,
    folder: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="DIR")],
    /,
    *,
    workspace: WorkspaceFolder = None,
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Write corrections, layers and names of motifs as CSV and JAMS, or read them.

    Args:
        what: "export" writes entries.csv (everything), marks.csv, layers.csv, motifs.csv and a .jams for each
            recording; "import" reads them back, or one .csv or .jams file. What is there already stays.
        folder: Where to write, or what to read.
    """
    workspace = workspace_of(corpus, workspace)
    if what == "export":
        result = pipeline.export_annotations_of(corpus, workspace, folder)
        lines = [f"{len(result['files'])} files written to {folder}."]
    else:
        result = pipeline.import_annotations_of(corpus, workspace, folder)
        lines = [f"{result['entries']} entries read, {result['known']} were there already."]
    print_result(result, as_json, lambda: lines)
    return 0
