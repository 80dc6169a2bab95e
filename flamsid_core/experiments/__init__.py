"""A grid of trainings, run cell by cell, and its figures beside the paper's.

Light to import: torch is loaded when a cell is trained.
"""

from flamsid_core.experiments.grid import Cell, Grid, make_grid, read_grid
from flamsid_core.experiments.paper import PAPER_TABLE, PaperFigures
from flamsid_core.experiments.running import run_experiment
from flamsid_core.experiments.tables import cell_table, paper_table

__all__ = [
    "PAPER_TABLE",
    "Cell",
    "Grid",
    "PaperFigures",
    "cell_table",
    "make_grid",
    "paper_table",
    "read_grid",
    "run_experiment",
]
