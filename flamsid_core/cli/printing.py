"""How commands print their results: lines for people, or one JSON object."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flamsid_core import jobs
from flamsid_core.messages import packed


def print_result(result: Mapping[str, Any], as_json: bool, lines: Callable[[], list[str]]) -> None:
    """Print a result as one JSON object or as lines for people."""
    if as_json:
        # The page that started a job translates what it says; for everyone else a message is its text.
        print(json.dumps(packed(result) if jobs.is_job() else result, ensure_ascii=False, default=str))
    else:
        print("\n".join(lines()))


def protocol_lines(protocols: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the figures of protocols as a table."""
    if not protocols:
        return []
    rows = [
        f"{'protocol':16} {'accuracy':>9} {'balanced':>9} {'by singer':>9} {'AUC':>7}  recordings by vote"
    ]
    for name, row in protocols.items():
        figures = "".join(
            f" {100 * row[key]:{width}.2f} %" if row[key] is not None else f" {'–':>{width + 2}}"
            for key, width in [
                ("accuracy", 7),
                ("balanced_accuracy", 7),
                ("mean_over_singers", 7),
                ("macro_auc", 5),
            ]
        )
        rows.append(f"{name:16}{figures}  {row['recordings_right']} of {row['recordings']}")
    return rows


def beside_lines(beside: Mapping[str, Any] | None) -> list[str]:
    """Return the figures of the closed-form model that was trained beside the network."""
    return [f"beside it {beside['model']}", *protocol_lines(beside["protocols"])] if beside else []


def audit_lines(audit: Mapping[str, Any]) -> list[str]:
    """Return what the audit heard, where it listened."""
    lines = []
    if near := audit["near_duplicates"]:
        shares = ", ".join(
            f"{protocol} {100 * share:.1f} %"
            for protocol, share in near["share_of_test_near_train"].items()
            if share is not None
        )
        lines += [
            f"{near['pairs']} pairs of near-duplicates, {near['across_singers']} under two singers, "
            f"{near['across_source_groups']} across source groups",
            f"test clips with a near-duplicate in training: {shares}",
        ]
    for clip_set, protocols in (audit["trivial"] or {}).items():
        for protocol, figures in protocols.items():
            if "accuracy" in figures:
                lines.append(
                    f"a linear classifier of MFCC statistics, {clip_set}, {protocol}: "
                    f"{100 * figures['accuracy']:.1f} %, {figures['recordings_right']} of "
                    f"{figures['recordings']} recordings by vote"
                )
    return lines


def family_lines(result: Mapping[str, Any]) -> list[str]:
    """Return what recurs beyond chance, where the corpus holds recordings."""
    if "families" not in result:
        return []
    return [
        f"{result['families']} motifs recur beyond chance (shuffled notes give {result['expected_by_chance']:.1f}), "
        f"in {result['occurrences']} places; {result['across_recordings']} in more than one recording"
    ]


def size_line(model: dict[str, Any]) -> str:
    """Return how large a network is and how much it computes; a closed-form model has no count of that."""
    size = f"{model['parameters']:,} parameters"
    if (work := model["multiply_adds_per_s"]) is None:
        return size
    return f"{size}, {work / 1e6:,.3g} million multiply-adds for a second of singing"


def skipped_lines(skipped: list[dict[str, str]]) -> list[str]:
    """Return what was left out, and why."""
    return [f"skipped {skip['file']}: {skip['reason']}" for skip in skipped]
