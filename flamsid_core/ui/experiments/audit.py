"""What stands beside every table of an experiment: the audit, under the protocol shown, and the trivial classifier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core.models import registry
from flamsid_core.models.run_tables import shares_in_training
from flamsid_core.singers.features.clip_sets import make_clip_set
from flamsid_core.ui.audit_figures import (
    Figure,
    figure_row,
    near_duplicate_pairs,
    near_note,
    near_shares,
    trivial_figure,
)
from flamsid_core.ui.experiments.files import cells_of
from flamsid_core.ui.runs import instances_of, json_of
from flamsid_core.ui.state import table
from flamsid_core.ui.words import CLIP_SET_NAMES, N_, PROTOCOL_NAMES, _, number_text, percent
from flamsid_core.workspace import Workspace

AUDIT_TEXTS = {
    "sound": N_("the very sound"),
    "overlap": N_("part of the sound"),
    "source": N_("the same source"),
}

SHARES = ("sound", "overlap", "source")
EXPECTED = {"sound": "test_in_train", "overlap": "test_overlapping_train", "source": "test_source_in_train"}


def audit_strip(workspace: Workspace, folder: Path, protocol: str) -> None:
    """Show the audit of the experiment's clips, the leaks of this protocol, and what needs no network."""
    found = json_of(folder / "audit.json")
    shares, measured = leaks(workspace, folder, found, protocol)
    leaked = [(_(AUDIT_TEXTS[name]), percent(shares.get(name)), "") for name in SHARES]
    if (share := near_shares(found).get(protocol)) is not None:
        leaked.insert(
            2,
            (
                _("a near-duplicate"),
                percent(share),
                _("Pairs with the same sound under other bounds, another gain or another codec."),
            ),
        )
    under = _("Test clips under {name} that have in training", name=_(PROTOCOL_NAMES.get(protocol, protocol)))
    with st.container(border=True):
        st.html(
            figure_row(_("Audit of the clips"), _counts(found))
            + figure_row(under, leaked)
            + figure_row(
                _("Trivial classifier under {name}", name=_(PROTOCOL_NAMES.get(protocol, protocol))),
                _trivial(json_of(folder / "trivial.json"), protocol),
                _(
                    "A straight line between means and deviations of MFCC under the same split: what it "
                    "gets needs no network."
                ),
            )
        )
        if not measured and any(value is not None for value in shares.values()):
            st.caption(_("Expected over all random splits; no cell under this protocol is finished yet."))


def _counts(found: dict[str, Any]) -> list[Figure]:
    if not found:
        return [(_("Clips"), "–", "")]
    near = near_duplicate_pairs(found)
    return [
        (
            _("Clips"),
            number_text(found["files"]),
            _("{distinct} distinct sounds.", distinct=number_text(found["distinct"])),
        ),
        (
            _("Duplicates"),
            number_text(found["files"] - found["distinct"]),
            _("Clips whose very sound occurs in the corpus more than once, beyond the first of each."),
        ),
        (
            _("Near-duplicates"),
            _("not looked for") if near is None else number_text(near),
            near_note(found),
        ),
        (
            _("Label conflicts"),
            number_text(found["conflicting"]),
            _("Sounds with two singers."),
        ),
        (
            _("Source groups"),
            number_text(found["source_groups"]),
            _("Recordings that share no sound: what the interval draws."),
        ),
    ]


def leaks(
    workspace: Workspace, folder: Path, found: dict[str, Any], protocol: str
) -> tuple[dict[str, float | None], bool]:
    """Return the shares of test clips with something in training, and whether they are of a split that was made.

    Where no cell is finished yet, those of a random split are expectations of the audit.
    """
    cells = cells_of(folder)
    done = cells[(cells["state"] == "done") & (cells["protocol"] == protocol)]
    if len(done):
        cell = done.iloc[0]
        run = f"experiments/{folder.name}/cells/{cell['cell']}"
        predictions = registry.predictions_of(folder / "cells" / str(cell["cell"]))
        clips = clips_of_set(
            workspace, instances_of(workspace, run), str(cell["clip_set"]), int(cell["seed"])
        )
        if clips is not None:
            return dict(shares_in_training(predictions, clips, protocol)), True
    if protocol == "paper":
        return {name: found.get(f"share_of_{key}") for name, key in EXPECTED.items()}, False
    return dict.fromkeys(SHARES), False


def clips_of_set(
    workspace: Workspace, instances: pd.DataFrame, clip_set: str, seed: int
) -> pd.DataFrame | None:
    """Return the clips that a clip set makes of instances; None where the recordings' durations are not known."""
    if clip_set == "motifs":
        return instances
    if not workspace.has("corpus/recordings"):
        return None
    recordings = table(workspace, "corpus/recordings")
    duration_s = dict(zip(recordings["file"], recordings["duration_s"], strict=True))
    if not set(instances["file"]) <= set(duration_s):
        return None
    return make_clip_set(instances, clip_set, duration_s=duration_s, seed=seed)


def _trivial(found: dict[str, Any], protocol: str) -> list[Figure]:
    figures = [
        trivial_figure(_(CLIP_SET_NAMES[clip_set]), (protocols or {}).get(protocol))
        for clip_set, protocols in found.items()
    ]
    return [one for one in figures if one is not None] or [(_("not measured"), "–", "")]
