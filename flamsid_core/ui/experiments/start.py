"""Starting an experiment from the page: what to cross becomes a grid in the workspace, and the command a job."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core import jobs, plots
from flamsid_core.errors import FlamsidError
from flamsid_core.experiments.tables import experiment_names
from flamsid_core.models.registry import history_table
from flamsid_core.singers.evaluation.splitting import PROTOCOLS
from flamsid_core.singers.features.clip_sets import CLIP_SETS, MOTIFS
from flamsid_core.singers.features.frames import FEATURES
from flamsid_core.singers.networks import NETWORKS, PRESETS
from flamsid_core.singers.training.params import TrainParams
from flamsid_core.ui import projects
from flamsid_core.ui.charts import chart
from flamsid_core.ui.commands import FOLDS, chain_flags, chain_of, start_job
from flamsid_core.ui.experiments.files import cells_of, experiment_about, experiment_folder
from flamsid_core.ui.state import table
from flamsid_core.ui.words import (
    CLIP_SET_NAMES,
    CURVE_TITLES,
    N_,
    PRESET_NAMES,
    PROTOCOL_NAMES,
    _,
    escape,
    pgettext,
    protocol_names,
    translated,
)
from flamsid_core.workspace import Workspace, atomic_path, check_name

START_TEXTS = {
    "title": N_("Start an experiment"),
    "networks": N_("Networks"),
    "features": N_("Features"),
    "clip_sets": N_("Clips"),
    "protocols": N_("Protocols"),
    "whole": N_("All of the paper's: three networks, three features"),
}

POLL_S = 2.0
MOST_REPEATS = 20


def grid_text(grid: Mapping[str, Any]) -> str:
    """Return a grid as the TOML that `read_grid` reads; a table within it comes last, None is "none"."""
    plain = {key: value for key, value in grid.items() if not isinstance(value, Mapping)}
    lines = [f"{key} = {_value(value)}" for key, value in plain.items()]
    for key, value in grid.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{key}]", *(f"{name} = {_value(one)}" for name, one in value.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if value is None:
        return '"none"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    plain = str(value)
    if set(plain) & set('"\\\n\r\t\0'):
        raise FlamsidError(
            "{plain!r} cannot be used in a grid: leave out quotes, backslashes and line breaks.", plain=plain
        )
    return f'"{plain}"'


def write_grid(workspace: Workspace, grid: Mapping[str, Any]) -> Path:
    """Write a grid into the workspace, whole or not at all; return its file."""
    path = workspace.path(f"grids/{check_name(str(grid['name']))}.toml")
    with atomic_path(path) as temporary:
        temporary.write_text(grid_text(grid), encoding="utf-8")
    return path


def command_of(workspace: Workspace, grid: Path, processes: int | None = None) -> list[str]:
    """Return the arguments of ``flamsid`` that run a grid on this workspace."""
    command = [
        "experiment",
        str(grid),
        str(projects.corpus_of(workspace.root)),
        "--workspace",
        str(workspace.root),
    ]
    command += ["--json", *([] if processes is None else ["--processes", str(processes)])]
    return command + chain_flags(chain_of(workspace))


def resume(workspace: Workspace, name: str) -> None:
    """Start the experiment's grid again: finished cells are kept."""
    grid = dict(experiment_about(experiment_folder(workspace, name))["grid"])
    try:
        path = write_grid(workspace, grid | {"name": name})
    except FlamsidError as error:
        st.error(escape(translated(error)))
    else:
        start_job(workspace.root, command_of(workspace, path), subject=name)


def start_form(workspace: Workspace) -> None:
    """Offer to cross networks, features, clips, protocols and seeds, and start that as a job."""
    if table(workspace, "motifs/instances")["singer"].nunique() < 2:
        st.warning(
            _(
                "Only one singer has motifs in this corpus. A network needs at least two: add "
                "recordings of another singer."
            ),
            icon=":material/group_add:",
        )
        return
    running = jobs.current(workspace.root)
    clip_sets = [MOTIFS] if workspace.of_clips else list(CLIP_SETS)
    with st.container(border=True):
        left, right = st.columns(2)
        with left:
            networks = _pills(
                "networks",
                list(NETWORKS),
                list(NETWORKS)[:1],
                note=_(
                    "joint listens to mel+timbre alone, two-covariance is made for timbre; the others "
                    "take any features."
                ),
            )
            features = _pills("features", list(FEATURES), list(FEATURES)[:2])
            clips = _pills("clip_sets", clip_sets, clip_sets[:1], CLIP_SET_NAMES)
        with right:
            protocols = _pills("protocols", list(PROTOCOLS), list(PROTOCOLS), PROTOCOL_NAMES)
            presets = _pills("presets", PRESETS, PRESETS[:1], PRESET_NAMES, _("Form of the networks"))
        # A network that listens to other features than all those chosen would leave cells that fail.
        deaf = "joint" in networks and bool(set(features) - {"mel+timbre"})
        if deaf:
            st.warning(
                _(
                    "joint listens to mel+timbre alone: choose no other features with it, or cross it in "
                    "an experiment of its own."
                ),
                icon=":material/hearing_disabled:",
            )
        if "two-covariance" in networks:
            st.caption(_("two-covariance is made for timbre."))
        if workspace.of_clips:
            st.caption(
                _("This corpus has clips only: of the paper's three clip sets it can train on the motifs.")
            )
        default = TrainParams()
        repeats, epochs, folds, processes = st.columns(4)
        n_seeds = repeats.number_input(
            _("Seeds"),
            1,
            MOST_REPEATS,
            1,
            key="grid_repeats",
            help=_("Every cell is trained this many times, with other splits and weights."),
            persist_state="session",
        )
        most = epochs.number_input(
            _("At most epochs"), 1, 200, default.epochs, key="grid_epochs", persist_state="session"
        )
        fold = folds.selectbox(
            _("Source-disjoint folds"),
            FOLDS,
            index=FOLDS.index(str(default.folds)),
            key="grid_folds",
            format_func=lambda f: _("leave one out") if f == "leave-one-out" else f,
            persist_state="session",
        )
        cores = os.cpu_count() or 1
        at_once = processes.number_input(
            _("Cells at once"), 1, cores, cores, key="grid_processes", persist_state="session"
        )
        named, button = st.columns([2, 1], vertical_alignment="bottom")
        name = named.text_input(
            _("Name"), value=_free_name(workspace), key="grid_name", persist_state="session"
        )
        cells = len(networks) * len(features) * len(clips) * len(protocols) * len(presets) * int(n_seeds)
        go = button.button(
            pgettext("button", "Start"),
            key="start_experiment",
            icon=":material/play_arrow:",
            type="primary",
            disabled=running is not None or cells == 0 or deaf,
            width="stretch",
        )
        st.caption(
            _("{n} cells to train.", n=cells)
            if cells
            else _("Choose at least one of networks, features, clips and protocols.")
        )
        if running is not None:
            st.caption(
                _("A job is running on this corpus (see the sidebar); the next can start when it has ended.")
            )
    if go:
        grid = {
            "name": name.strip(),
            "networks": networks,
            "presets": presets,
            "features": features,
            "clip_sets": clips,
            "protocols": protocols,
            "seeds": list(range(int(n_seeds))),
            "epochs": int(most),
            "folds": fold if fold == "leave-one-out" else int(fold),
        }
        start(workspace, grid, int(at_once))


def start(workspace: Workspace, grid: dict[str, Any], processes: int) -> None:
    """Write a new experiment's grid and start it; say in one sentence why it cannot be."""
    try:
        if check_name(grid["name"]) in experiment_names(workspace):
            raise FlamsidError(
                "There is an experiment called {name} already: choose another name, or resume that one.",
                name=grid["name"],
            )
        path = write_grid(workspace, grid)
    except FlamsidError as error:
        st.error(escape(translated(error)))
        return
    st.session_state.pop("grid_name", None)
    st.session_state["_new_experiment"] = grid["name"]
    start_job(workspace.root, command_of(workspace, path, processes), subject=grid["name"])


def _pills(
    axis: str,
    options: Any,
    default: Any,
    names: Mapping[str, str] | None = None,
    label: str = "",
    note: str | None = None,
) -> list[str]:
    chosen = st.pills(
        label or _(START_TEXTS[axis]),
        options,
        help=note,
        selection_mode="multi",
        default=list(default),
        key=f"grid_{axis}",
        format_func=(lambda o: _(names.get(o) or o)) if names else str,
        persist_state="session",
    )
    # In the order of the table, whatever order they were clicked in.
    return [option for option in options if option in (chosen or [])]


def _free_name(workspace: Workspace) -> str:
    taken, number = set(experiment_names(workspace)), 1
    while f"experiment-{number}" in taken:
        number += 1
    return f"experiment-{number}"


def running_job(workspace: Workspace) -> jobs.Job | None:
    """Return the running job of an experiment, or None."""
    job = jobs.current(workspace.root)
    return job if job is not None and job.kind == "experiment" else None


def live(workspace: Workspace) -> None:
    """Follow the experiment that is running, if any: how far it is, and the curves of the cell in training."""
    job = running_job(workspace)
    if job is not None:
        st.fragment(_live, run_every=POLL_S)(workspace, job)


def _live(workspace: Workspace, job: jobs.Job) -> None:
    job = jobs.read(job.folder)
    folder = experiment_folder(workspace, job.subject)
    if (folder / "experiment.json").is_file():
        states = cells_of(folder)["state"]
        done = (job.subject, int(states.isin(["done", "failed"]).sum()))
        before = st.session_state.get("_cells_done")
        st.session_state["_cells_done"] = done
        if "_new_experiment" in st.session_state or before not in (None, done):
            st.rerun()  # the experiment can be chosen now, or the tables have a cell more
    rows = [row for row in jobs.metrics(job) if "cell" in row]
    with st.container(border=True):
        newest = str(rows[-1]["cell"]) if rows else ""
        named = " · ".join(escape(part) for part in (job.subject, newest) if part)
        st.markdown(f"**{_('Running now')}** · {named}")
        st.progress(job.fraction, text=escape(translated(job.text)) or _("starting"))
        if rows:
            _live_curves(history_table([row for row in rows if row["cell"] == newest]))


def _live_curves(history: pd.DataFrame) -> None:
    measures = (("validation_loss", "loss"), ("validation_accuracy", "accuracy"))
    for column, (measure, text) in zip(st.columns(2), measures, strict=True):
        figure = plots.training_curves(
            history, measure, _(CURVE_TITLES[text]), protocol_names(), epoch=_("epoch")
        )
        figure.update_layout(height=180)
        chart(figure, f"live-{measure}", place=column)
