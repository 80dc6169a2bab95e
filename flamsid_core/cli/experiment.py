"""`flamsid experiment`: a grid of trainings, cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from flamsid_core import jobs, pipeline
from flamsid_core.cli.arguments import Chain, Json, Scheduler, WorkspaceFolder, workspace_of
from flamsid_core.cli.printing import print_result, skipped_lines
from flamsid_core.cli.progress import working
from flamsid_core.errors import FlamsidError
from flamsid_core.pipeline import MotifChain
from flamsid_core.workspace import Workspace

if TYPE_CHECKING:
    from flamsid_core.experiments import Grid


def experiment(
    grid: Annotated[
        tyro.conf.Positional[Path], tyro.conf.arg(metavar="GRID", help="TOML file: what to cross.")
    ],
    corpus: Annotated[
        tyro.conf.Positional[Path | None],
        tyro.conf.arg(
            metavar="CORPUS", help="As for the other commands. Default: the grid's, or the workspace's."
        ),
    ] = None,
    /,
    *,
    workspace: WorkspaceFolder = None,
    chain: Chain = MotifChain(),
    name: Annotated[
        str | None, tyro.conf.arg(metavar="NAME", help="Name of the experiment. Default: the grid's.")
    ] = None,
    processes: Annotated[
        int | None,
        tyro.conf.arg(
            help="Cells trained at once, each with one thread. Default: one per core, or one where there is a GPU."
        ),
    ] = None,
    scheduler: Scheduler = None,
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Train every cell of a grid that is not finished yet: networks, features, clip sets, protocols, seeds."""
    from flamsid_core.experiments import read_grid

    cells = read_grid(grid)
    corpus = _corpus_of(corpus, cells, workspace)
    with working(
        "corpus", "melody", "contour", "motifs", "audit", "experiment", scheduler=scheduler
    ) as progress:
        result = pipeline.experiment_summary(
            corpus,
            workspace_of(corpus, workspace),
            chain,
            cells,
            name=name,
            processes=processes,
            report=progress,
            on_metrics=jobs.report_metrics,
        )
    print_result(
        result,
        as_json,
        lambda: [
            *_cell_lines(result["cells"]),
            f"{result['done']} of {len(result['cells'])} cells in {result['seconds']:.0f} s → {result['experiment']}",
            *skipped_lines(result["skipped"]),
        ],
    )
    return 1 if result["failed"] or result["skipped"] else 0


def _corpus_of(corpus: Path | None, grid: Grid, workspace: Path | None) -> Path:
    """Return the corpus: named on the command line, or in the grid, or the one the workspace was made from."""
    known = Workspace(workspace).corpus if workspace is not None and workspace.is_dir() else None
    found = corpus or grid.corpus or known
    if found is None:
        raise FlamsidError(
            'The experiment needs a corpus: flamsid experiment GRID CORPUS, or a line corpus = "FOLDER" in the grid.'
        )
    return found


def _cell_lines(cells: list[dict[str, Any]]) -> list[str]:
    """Return an experiment's cells as lines, a failed one with its reason."""
    width = max(len(cell["cell"]) for cell in cells)
    rows = [f"{'cell':{width}} {'accuracy':>9}  {'95 % interval':>15} {'by singer':>9}  recordings by vote"]
    for cell in cells:
        if cell["state"] == "done":
            figures = (
                f"{100 * cell['accuracy']:7.2f} %  {100 * cell['low']:5.1f} – {100 * cell['high']:5.1f} % "
                f"{100 * cell['mean_over_singers']:7.2f} %  {cell['recordings_right']} of {cell['recordings']}"
            )
        else:
            figures = f"{cell['state']}: {cell['error'] or ''}".rstrip(": ")
        rows.append(f"{cell['cell']:{width}} {figures}")
    return rows
