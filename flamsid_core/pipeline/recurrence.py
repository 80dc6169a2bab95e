"""The stage after the contour: what singers come back to, beyond chance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from flamsid_core.melody import NoteParams, chatter_share
from flamsid_core.messages import N_, Message
from flamsid_core.motifs import find_families
from flamsid_core.pipeline import stages
from flamsid_core.pipeline.left_out import without_those_that_fail
from flamsid_core.progress import Report, silent_report, stage_of
from flamsid_core.workspace import artefact_key

if TYPE_CHECKING:
    from flamsid_core.pipeline.project import Project

FAMILIES_VERSION = 1
TABLES = ("motifs/families", "motifs/occurrences", "motifs/thresholds")
SUMMARY = "motifs/recurrence.json"
LEFT_OUT = "motifs/left_out_of_families.json"


def paper_chain(chain: stages.MotifChain) -> stages.MotifChain:
    """Return the chain with the paper's own reduction: k-means of frames, levels of the whole corpus."""
    return replace(chain, contour=replace(chain.contour, method="kmeans", scope="corpus"))


def run_families(
    project: Project, chain: stages.MotifChain, report: Report = silent_report
) -> dict[str, Any] | None:
    """Find the recurring motifs of the corpus' singers; None for a corpus of clips, which has no melodies.

    The workspace gets `motifs/families`, `motifs/occurrences`, `motifs/thresholds` and `motifs/recurrence.json`.

    Returns
    -------
    dict
        families, occurrences (numbers), across_recordings (families that return in another recording),
        expected_by_chance, chatter_share and residual_cents (median) of the contour.
    """
    workspace = project.workspace
    if project.corpus.instances is not None:
        return None
    stages.run_melody(project, chain.melody, report)
    contour_key = stages.run_contour(project, chain.melody, chain.contour, report)
    key = artefact_key("families", FAMILIES_VERSION, chain.families, contour_key)
    names = [*(f"{table}.parquet" for table in TABLES), SUMMARY]
    if not all(workspace.fresh(name, key) for name in names):
        report("families", 0.0, Message("what singers come back to"))
        segments = workspace.table("contour/segments")
        melodies = stages.melodies(project, chain.melody)
        held = set(segments["recording_id"])
        notes = {name: getattr(chain.contour, name) for name in NoteParams.__dataclass_fields__}
        found = without_those_that_fail(
            [rid for rid in melodies if rid in held],
            lambda some: find_families(
                {rid: melodies[rid] for rid in some},
                project.corpus.recordings,
                chain.families,
                notes=NoteParams(**notes),
                on_progress=stage_of(report, "families"),
            ),
            project.corpus.recordings,
            workspace,
            LEFT_OUT,
            N_("{name} could not be searched for families ({reason}): the log has the cause; report it."),
        )
        for name, table in zip(TABLES, found[:3], strict=True):
            workspace.write_table(name, table, key)
        chatter = chatter_share(segments)
        workspace.write_json(
            SUMMARY,
            {
                "families": len(found.families),
                "occurrences": len(found.occurrences),
                "across_recordings": int((found.families["recordings"] > 1).sum()),
                "expected_by_chance": round(found.expected_by_chance, 2),
                "chatter_share": None if np.isnan(chatter) else round(chatter, 4),
                "residual_cents": round(
                    float(workspace.table("contour/residual")["residual_cents"].median()), 2
                ),
            },
            key,
        )
    report("families", 1.0, Message("up to date"))
    summary: dict[str, Any] = workspace.json(SUMMARY)
    return summary


def told_recurrence(summary: dict[str, Any] | None, thresholds: pd.DataFrame) -> str:
    """Say in one paragraph whether a corpus' motifs are beyond chance, and whether they speak of songs or of singers.

    Parameters
    ----------
    summary : dict or None
        What `run_families` returns.
    thresholds : DataFrame
        `motifs/thresholds`.
    """
    if summary is None:
        return (
            "These are clips without their recordings: whether their motifs are beyond chance cannot be told."
        )
    numbers = {str(row["pairs"]): row for row in thresholds.to_dict("records")}

    def told(pairs: str) -> str:
        row = numbers[pairs]
        return f"{row['found']:.0f} pairs of like spans, where shuffled notes give {row['expected']:.1f}"

    if summary["families"] == 0:
        return (
            "No motif recurs beyond chance: what comes back here, comes back in shuffled notes as well. "
            "That says little where there is little singing."
        )
    text = (
        f"{summary['families']} motifs recur beyond chance; shuffled notes give {summary['expected_by_chance']:.1f}. "
        f"Within recordings: {told('within')}. "
    )
    if summary["across_recordings"] == 0:
        return text + (
            "From one recording to another nothing recurs beyond chance: these motifs speak of the songs, lines sung "
            "again, not of the singers."
        )
    return text + (
        f"Across recordings: {told('across')}. {summary['across_recordings']} motifs return in another recording of "
        "their singer: they speak of more than one song."
    )
