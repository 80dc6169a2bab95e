"""Commands that the pages start as long work, and the settings that these commands take."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from flamsid_core import jobs
from flamsid_core.errors import FlamsidError
from flamsid_core.models.chain import CHAIN_FILE, STAGES, noted_params
from flamsid_core.ui.model_files import (
    model_names,
)
from flamsid_core.ui.words import (
    escape,
    translated,
)
from flamsid_core.workspace import Workspace, write_json

CHAIN_OF_APP = "app/chain.json"


def chain_of(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Return the parameters of melody, contour and motifs: as last asked for here, or as the newest model notes."""
    from flamsid_core.pipeline import MotifChain

    found = {stage: values for stage, values in asdict(MotifChain()).items() if stage in STAGES}
    notes = [workspace.path(f"models/{name}/{CHAIN_FILE}") for name in model_names(workspace)[:1]]
    for path in [*notes, workspace.path(CHAIN_OF_APP)]:
        for stage, values in noted_params(path).items():
            found[stage] |= {name: value for name, value in values.items() if name in found[stage]}
    return found


def keep_chain(workspace: Workspace, chain: dict[str, dict[str, Any]]) -> None:
    """Remember the parameters asked for."""
    write_json(workspace.path(CHAIN_OF_APP), chain)


def chain_flags(chain: dict[str, dict[str, Any]]) -> list[str]:
    """Return the options of the ``flamsid`` command that say what differs from its defaults."""
    from flamsid_core.pipeline import MotifChain

    usual = asdict(MotifChain())
    flags = []
    for stage in STAGES:
        for name, value in chain[stage].items():
            option = f"{stage}.{name.replace('_', '-')}"
            if value == usual[stage][name]:
                continue
            if isinstance(value, bool):
                flags.append(f"--{option}" if value else f"--{stage}.no-{name.replace('_', '-')}")
            else:
                flags += [f"--{option}", str(value)]
    return flags


def start_job(workspace: Path, command: list[str], subject: str = "") -> None:
    """Start a job and show the page again with its panel; say in one sentence why it cannot start."""
    try:
        jobs.start(workspace, command, subject=subject)
    except FlamsidError as error:
        st.error(escape(translated(error)))
    else:
        st.rerun()


FOLDS = ("3", "5", "10", "leave-one-out")
