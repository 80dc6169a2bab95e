"""What a person said of motifs, on its way into lists, statistics, maps and exports: names, and what is no motif."""

from __future__ import annotations

import pandas as pd

from flamsid_core.annotations import open_annotations
from flamsid_core.workspace import Workspace

SAID_COLUMNS = ("name", "note", "tags", "rejected")


def said_of_motifs(workspace: Workspace) -> pd.DataFrame:
    """Return name, note, tags and rejected by pattern; no row where nothing was said or the corpus is not there."""
    if workspace.corpus is None or not workspace.corpus.is_dir():
        return pd.DataFrame(columns=list(SAID_COLUMNS))
    return open_annotations(workspace.corpus).motifs().set_index("motif_key")[list(SAID_COLUMNS)]


def is_rejected(table: pd.DataFrame, said: pd.DataFrame) -> pd.Series:
    """Tell for each row of motifs, families or their instances whether its pattern was rejected.

    Examples
    --------
    >>> said = pd.DataFrame({"name": ["", "cry"], "rejected": [True, False]}, index=["+1 -1", "+2 -1"])
    >>> is_rejected(pd.DataFrame({"pattern": ["+2 -1", "+1 -1"]}), said).tolist()
    [False, True]
    """
    return table["pattern"].isin(said.index[said["rejected"].astype(bool)])


def as_said(table: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """Return motifs, families or their instances without the rejected ones, each with its name in the column `name`.

    Examples
    --------
    >>> said = pd.DataFrame({"name": ["", "cry"], "rejected": [True, False]}, index=["+1 -1", "+2 -1"])
    >>> as_said(pd.DataFrame({"pattern": ["+2 -1", "+1 -1", "+3 +1"]}), said).to_numpy().tolist()
    [['+2 -1', 'cry'], ['+3 +1', '']]
    """
    kept = table[~is_rejected(table, said)]
    names = said["name"].to_dict()
    return kept.assign(name=pd.Series([names.get(p, "") for p in kept["pattern"]], kept.index, dtype="str"))
