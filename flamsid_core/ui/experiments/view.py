"""The Experiments page's parts: which experiment and protocol, its state, the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core import jobs
from flamsid_core.errors import FlamsidError
from flamsid_core.experiments.tables import experiment_names
from flamsid_core.models import registry
from flamsid_core.plots import PROTOCOLS
from flamsid_core.ui.experiments.cell import cell
from flamsid_core.ui.experiments.files import cells_of, experiment_about, experiment_folder
from flamsid_core.ui.experiments.start import resume
from flamsid_core.ui.models.registry import card_of
from flamsid_core.ui.state import adopt_link, escape, pick, publish_link, t, told
from flamsid_core.workspace import Workspace

__all__ = ["cells_tab", "choose", "protocol_of", "state_line"]


def choose(space: Workspace) -> str | None:
    """Let the person pick an experiment; None where there is none."""
    names = experiment_names(space)
    if (new := st.session_state.get("_new_experiment")) in names:
        st.session_state["experiment"] = st.session_state.pop("_new_experiment")
        publish_link("experiment", new)
    return str(pick(t("experiments.pick"), names, "experiment")) if names else None


def protocol_of(space: Workspace, name: str) -> str:
    """Let the person switch the protocol; a link to a cell brings the cell's own."""
    cells = cells_of(experiment_folder(space, name))
    linked = st.query_params.get("cell")
    is_new = linked is not None and linked != st.session_state.get("_link_cell")
    if is_new and "protocol" not in st.query_params and linked in set(cells["cell"]):
        st.session_state["protocol"] = str(cells.loc[cells["cell"] == linked, "protocol"].iloc[0])
    adopt_link("protocol", PROTOCOLS)
    measured = [protocol for protocol in PROTOCOLS if (cells["protocol"] == protocol).any()]
    if "protocol" not in st.session_state:
        st.session_state["protocol"] = measured[0] if measured else PROTOCOLS[0]
    chosen = st.segmented_control(
        t("experiments.protocol"),
        PROTOCOLS,
        required=True,
        key="protocol",
        format_func=lambda p: t(f"protocol.{p}"),
        persist_state="session",
        help="  \n".join(f"{t(f'protocol.{p}')}: {t(f'protocol.{p}.help')}" for p in PROTOCOLS),
    )
    publish_link("protocol", chosen)
    return str(chosen)


def state_line(space: Workspace, name: str) -> None:
    """Say how far the experiment is; offer to resume and to delete it."""
    folder = experiment_folder(space, name)
    about, states = experiment_about(folder), cells_of(folder)["state"]
    done = int((states == "done").sum())
    said = [t("experiments.state", done=done, all=len(states), created=str(about["created"])[:10])]
    for state in ("failed", "running"):
        if n := int((states == state).sum()):
            said.append(t(f"experiments.state.{state}", n=n))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(" · ".join(said), width="content")
        if done < len(states) and not (states == "running").any() and jobs.current(space.root) is None:
            help_text = t("experiments.resume.help")
            if st.button(t("experiments.resume"), key="resume", icon=":material/replay:", help=help_text):
                resume(space, name)
        with st.popover(t("registry.delete"), icon=":material/delete:"):
            st.markdown(t("experiments.delete.sure", name=escape(name)))
            if st.button(t("registry.delete.go"), key="delete_experiment", type="primary"):
                _delete(space, name)


def _delete(space: Workspace, name: str) -> None:
    try:
        registry.delete_experiment(space, name)
    except FlamsidError as error:
        st.error(escape(told(error)))
    else:
        st.session_state.pop("experiment", None)
        st.rerun()


def cells_tab(space: Workspace, name: str, protocol: str) -> None:
    """Show the cells under a protocol, and one of them in full."""
    folder = experiment_folder(space, name)
    rows = cells_of(folder)
    rows = rows[rows["protocol"] == protocol].reset_index(drop=True)
    if rows.empty:
        st.info(t("experiments.cells.none"), icon=":material/science:")
        return
    done = [str(one) for one in rows.loc[rows["state"] == "done", "cell"]]
    _stay_at_the_like(done, protocol)
    st.caption(t("experiments.cells.hint", name=t(f"protocol.{protocol}")))
    _table(rows, folder, protocol)
    if not done:
        st.info(t("experiments.cells.not_done"), icon=":material/hourglass_empty:")
        return
    chosen = str(pick(t("experiments.cell"), done, "cell"))
    run = f"experiments/{name}/cells/{chosen}"
    cell(space, run, protocol)
    with st.expander(t("models.card")):
        st.markdown(card_of(space, run))


def _stay_at_the_like(done: list[str], protocol: str) -> None:
    """Under another protocol, go on with the cell that differs in nothing else."""
    chosen = st.session_state.get("cell")
    if chosen is None or chosen in done:
        return
    for other in PROTOCOLS:
        like = str(chosen).replace(f"_{other}_", f"_{protocol}_")
        if like in done:
            st.session_state["cell"] = like
            return


def _table(rows: pd.DataFrame, folder: Path, protocol: str) -> None:
    percents = ("accuracy", "low", "high", "mean_over_singers")
    shown = pd.DataFrame(
        {
            "network": [
                network if preset == "lean" else f"{network} ({t(f'experiments.preset.{preset}')})"
                for network, preset in zip(rows["network"], rows["preset"], strict=True)
            ],
            "features": rows["features"],
            "clip_set": [t(f"models.train.clip_set.{one}") for one in rows["clip_set"]],
            "seed": rows["seed"],
            "state": [t(f"experiments.state.name.{state}") for state in rows["state"]],
            **{name: 100 * rows[name] for name in percents},
            "votes": [
                "" if pd.isna(right) else f"{right} / {every}"
                for right, every in zip(rows["recordings_right"], rows["recordings"], strict=True)
            ],
            "macro_auc": rows["macro_auc"],
            "parameters": rows["parameters"],
            "seconds": rows["seconds"],
        }
    )
    if rows["error"].notna().any():
        shown["error"] = rows["error"].fillna("")
    key = f"cells-{folder.name}-{protocol}"

    def go_there() -> None:
        picked: Any = st.session_state[key]
        for row in picked["selection"]["rows"]:
            if row < len(rows) and rows["state"].iloc[row] == "done":
                st.session_state["cell"] = str(rows["cell"].iloc[row])

    st.dataframe(
        shown,
        hide_index=True,
        key=key,
        on_select=go_there,
        selection_mode="single-row",
        column_config=_columns(protocol),
        height=min(36 * len(shown) + 40, 330),
        placeholder="–",
    )


def _columns(protocol: str) -> dict[str, Any]:
    number, name = st.column_config.NumberColumn, t(f"protocol.{protocol}")
    return {
        "network": st.column_config.TextColumn(t("models.train.network"), pinned=True),
        "features": t("models.train.features"),
        "clip_set": t("models.train.clip_set"),
        "seed": number(t("models.train.seed"), format="%d"),
        "state": t("experiments.column.state"),
        "accuracy": number(t("experiments.figure.accuracy", name=name), format="%.1f %%"),
        "low": number(t("experiments.column.low"), format="%.1f %%", help=t("compare.interval.help")),
        "high": number(t("experiments.column.high"), format="%.1f %%", help=t("compare.interval.help")),
        "mean_over_singers": number(t("experiments.column.singers"), format="%.1f %%"),
        "votes": t("experiments.column.votes"),
        "macro_auc": number(t("experiments.column.auc"), format="%.4f"),
        "parameters": number(t("models.card.parameters"), format="localized"),
        "seconds": number(t("experiments.column.seconds"), format="%.0f"),
        "error": t("experiments.column.error"),
    }
