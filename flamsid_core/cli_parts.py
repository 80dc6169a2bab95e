"""What the commands of `flamsid` have in common: their arguments, and how they print."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import tyro

from flamsid_core.pipeline import MotifChain
from flamsid_core.singers import TrainParams

CorpusFolder = Annotated[
    tyro.conf.Positional[Path],
    tyro.conf.arg(
        metavar="CORPUS", help="Folder of recordings, imported corpus, or folder of published clips."
    ),
]
WorkspaceFolder = Annotated[
    Path | None,
    tyro.conf.arg(
        aliases=["-w"], metavar="DIR", help="Where results are kept. Default: <CORPUS name>.flamsid here."
    ),
]
Json = Annotated[bool, tyro.conf.arg(help="Print one JSON object on stdout.")]
Scheduler = Annotated[
    str | None, tyro.conf.arg(metavar="TCP", help="Address of a Dask scheduler that shares this file system.")
]
Chain = Annotated[MotifChain, tyro.conf.arg(name="")]
Training = Annotated[TrainParams, tyro.conf.arg(name="")]
ModelName = Annotated[
    str | None, tyro.conf.arg(metavar="NAME", help="Name of the model. Default: what it is made of.")
]


def workspace_of(corpus: Path, workspace: Path | None) -> Path:
    """Return the workspace asked for, or the one beside a corpus."""
    return workspace or Path(f"{corpus.resolve().name}.flamsid")


def print_result(result: Mapping[str, Any], as_json: bool, lines: Callable[[], list[str]]) -> None:
    """Print a result as one JSON object or as lines for people."""
    if as_json:
        print(json.dumps(result, ensure_ascii=False, default=str))
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


def skipped_lines(skipped: list[dict[str, str]]) -> list[str]:
    """Return what was left out, and why."""
    return [f"skipped {skip['file']}: {skip['reason']}" for skip in skipped]
