"""Families of recurring motifs in the words and pictures of the app, the same on every page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from flamsid_core import plots
from flamsid_core.motifs.overlay import laid_over
from flamsid_core.ui.contours import melody_between
from flamsid_core.ui.instances import recording_names
from flamsid_core.ui.routes import span_url
from flamsid_core.ui.state import project, table
from flamsid_core.ui.words import _, clock, ngettext, seconds_text
from flamsid_core.workspace import Workspace

MOST_CURVES = 60
RARE = 0.005  # a share of chance below this is said as "fewer than 1 in 200"


def has_families(workspace: Workspace) -> bool:
    """Whether recurring motifs were looked for, and the melodies they were found in are there."""
    return workspace.has("motifs/families") and workspace.has("motifs/occurrences")


def families_of(workspace: Workspace) -> pd.DataFrame:
    """Return the families, those that explain most of the singing first."""
    families = table(workspace, "motifs/families")
    return families.sort_values(["coverage_s", "family_id"], ascending=[False, True], kind="stable")


def occurrences_of(workspace: Workspace, family_id: str) -> pd.DataFrame:
    """Return a family's occurrences by recording and time."""
    found = table(workspace, "motifs/occurrences")
    mine = found[found["family_id"] == family_id]
    return mine.sort_values(["recording_id", "start_s"], kind="stable")


def colours_of_families(workspace: Workspace) -> dict[str, str]:
    """Return the colour of each family."""
    return plots.family_colours(table(workspace, "motifs/families")["family_id"])


def curves_of(workspace: Workspace, occurrences: pd.DataFrame) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return time and cents of occurrences in the time and at the pitch of the prototype, NaN where nothing is sung."""
    curves: list[tuple[np.ndarray, np.ndarray]] = []
    # The prototype shares most with itself.
    occurrences = occurrences.sort_values("score", ascending=False, kind="stable")
    for row in occurrences.head(MOST_CURVES).to_dict("records"):
        time_s, cents = melody_between(
            workspace, row["recording_id"], row["start_s"], row["end_s"], from_start=False
        )
        curve = (time_s, cents - row["transposition_cents"])
        curves.append(laid_over(curves[0], curve) if curves else curve)
    return curves


def picture_of(workspace: Workspace, occurrences: pd.DataFrame, colour: str) -> str:
    """Return the curves of a family's occurrences over each other, at a common pitch."""
    return plots.overlaid_curves(curves_of(workspace, occurrences), colour)


def clips_of_occurrences(
    workspace: Workspace, occurrences: pd.DataFrame, colour: str
) -> list[dict[str, Any]]:
    """Return occurrences as rows for a list of clips."""
    names = recording_names(workspace, with_singer=False)
    return [
        {
            "id": row["occurrence_id"],
            "url": span_url(project(), row["recording_id"]).format(start=row["start_s"], end=row["end_s"]),
            "pattern": row["pattern"],
            "colour": colour,
            "title": names.get(row["recording_id"], row["recording_id"]),
            "detail": clock(row["start_s"]),
            "length": seconds_text(row["end_s"] - row["start_s"]),
        }
        for row in occurrences.to_dict("records")
    ]


def in_words(family: Mapping[str, Any] | pd.Series) -> str:
    """Return what is to be said of a family: how often, where, how much of the singing, how likely by chance."""
    times = ngettext("{n} time", "{n} times", int(family["n_occurrences"]))
    where = ngettext("in {n} recording", "in {n} recordings", int(family["recordings"]))
    lines = [
        _("{times} {where}, {seconds} of singing.", times=times, where=where,
          seconds=seconds_text(family["coverage_s"]))
    ]  # fmt: skip
    q = float(family["q_chance"])
    if q < RARE:
        lines.append(_("Chance: below 1 in 200."))
    else:
        lines.append(_("Chance: about 1 in {n}.", n=round(1 / q)))
    if family["above_order2"]:
        lines.append(_("Holds when every three notes in a row are kept, too."))
    return " ".join(lines)
