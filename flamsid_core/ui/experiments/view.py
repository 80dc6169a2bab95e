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
from flamsid_core.singers.evaluation.splitting import PROTOCOLS
from flamsid_core.ui.charts import COUNTS, with_numbers
from flamsid_core.ui.experiments.cell import cell
from flamsid_core.ui.experiments.files import cells_of, experiment_about, experiment_folder
from flamsid_core.ui.experiments.start import resume
from flamsid_core.ui.links import adopt_link, pick, publish_link
from flamsid_core.ui.runs import card_of
from flamsid_core.ui.words import (
    CLIP_SET_NAMES,
    N_,
    PRESET_NAMES,
    PROTOCOL_HELP,
    PROTOCOL_NAMES,
    _,
    escape,
    translated,
)
from flamsid_core.workspace import Workspace

STATE_TEXTS = {
    "failed": N_("{n} failed"),
    "running": N_("{n} in training"),
}
STATE_NAME_TEXTS = {
    "done": N_("done"),
    "waiting": N_("waiting"),
    "running": N_("training"),
    "failed": N_("failed"),
}

__all__ = ["cells_tab", "choose", "protocol_of", "state_line"]


def choose(workspace: Workspace) -> str | None:
    """Let the person pick an experiment; None where there is none."""
    names = experiment_names(workspace)
    if (new := st.session_state.get("_new_experiment")) in names:
        st.session_state["experiment"] = st.session_state.pop("_new_experiment")
        publish_link("experiment", new)
    return str(pick(_("Experiment"), names, "experiment")) if names else None


def protocol_of(workspace: Workspace, name: str) -> str:
    """Let the person switch the protocol; a link to a cell brings the cell's own."""
    cells = cells_of(experiment_folder(workspace, name))
    linked = st.query_params.get("cell")
    is_new = linked is not None and linked != st.session_state.get("_link_cell")
    if is_new and "protocol" not in st.query_params and linked in set(cells["cell"]):
        st.session_state["protocol"] = str(cells.loc[cells["cell"] == linked, "protocol"].iloc[0])
    adopt_link("protocol", list(PROTOCOLS))
    measured = [protocol for protocol in PROTOCOLS if (cells["protocol"] == protocol).any()]
    if "protocol" not in st.session_state:
        st.session_state["protocol"] = measured[0] if measured else next(iter(PROTOCOLS))
    chosen = st.segmented_control(
        _("Protocol"),
        list(PROTOCOLS),
        required=True,
        key="protocol",
        format_func=lambda p: _(PROTOCOL_NAMES.get(p) or p),
        persist_state="session",
        help="  \n".join(f"{_(PROTOCOL_NAMES.get(p) or p)}: {_(PROTOCOL_HELP.get(p, p))}" for p in PROTOCOLS),
    )
    publish_link("protocol", chosen)
    return str(chosen)


def state_line(workspace: Workspace, name: str) -> None:
    """Say how far the experiment is; offer to resume and to delete it."""
    folder = experiment_folder(workspace, name)
    about, states = experiment_about(folder), cells_of(folder)["state"]
    done = int((states == "done").sum())
    said = [
        _(
            "{done} of {all} cells done · started {created}",
            done=done,
            all=len(states),
            created=str(about["created"])[:10],
        )
    ]
    for state in ("failed", "running"):
        if n := int((states == state).sum()):
            said.append(_(STATE_TEXTS[state], n=n))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(" · ".join(said), width="content")
        if done < len(states) and not (states == "running").any() and jobs.current(workspace.root) is None:
            help_text = _("Finished cells are kept; the others go on where they were.")
            if st.button(_("Resume"), key="resume", icon=":material/replay:", help=help_text):
                resume(workspace, name)
        with st.popover(_("Delete"), icon=":material/delete:"):
            st.markdown(_("Delete the experiment **{name}** with all its cells for good?", name=escape(name)))
            if st.button(_("Delete for good"), key="delete_experiment", type="primary"):
                _delete(workspace, name)


def _delete(workspace: Workspace, name: str) -> None:
    try:
        registry.delete_experiment(workspace, name)
    except FlamsidError as error:
        st.error(escape(translated(error)))
    else:
        st.session_state.pop("experiment", None)
        st.rerun()


def cells_tab(workspace: Workspace, name: str, protocol: str) -> None:
    """Show the cells under a protocol, and one of them in full."""
    folder = experiment_folder(workspace, name)
    rows = cells_of(folder)
    rows = rows[rows["protocol"] == protocol].reset_index(drop=True)
    if rows.empty:
        st.info(
            _(
                "No cell of this experiment is measured under this protocol. Choose another protocol "
                "above, or start an experiment with it."
            ),
            icon=":material/science:",
        )
        return
    done = [str(one) for one in rows.loc[rows["state"] == "done", "cell"]]
    _stay_at_the_like(done, protocol)
    st.caption(
        _(
            "All figures under the protocol {name}. Mark a row to look into the cell.",
            name=_(PROTOCOL_NAMES.get(protocol) or protocol),
        )
    )
    _table(rows, folder, protocol)
    if not done:
        st.info(_("No cell under this protocol is finished yet."), icon=":material/hourglass_empty:")
        return
    chosen = str(pick(_("Cell"), done, "cell"))
    run = f"experiments/{name}/cells/{chosen}"
    cell(workspace, run, protocol)
    with st.expander(_("Model card")):
        st.markdown(card_of(workspace, run))


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
                network if preset == "lean" else f"{network} ({_(PRESET_NAMES[preset])})"
                for network, preset in zip(rows["network"], rows["preset"], strict=True)
            ],
            "features": rows["features"],
            "clip_set": [_(CLIP_SET_NAMES[one]) for one in rows["clip_set"]],
            "seed": rows["seed"],
            "state": [_(STATE_NAME_TEXTS[state]) for state in rows["state"]],
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
        with_numbers(
            shown, dict.fromkeys(percents, ".1f %") | {"macro_auc": ".4f", "seconds": ",.0f"} | COUNTS
        ),
        hide_index=True,
        key=key,
        on_select=go_there,
        selection_mode="single-row",
        column_config=_columns(protocol),
        height=min(36 * len(shown) + 40, 330),
        placeholder="–",
    )


def _columns(protocol: str) -> dict[str, Any]:
    number_column, name = st.column_config.NumberColumn, _(PROTOCOL_NAMES.get(protocol) or protocol)
    return {
        "network": st.column_config.TextColumn(_("Network"), pinned=True),
        "features": _("Features"),
        "clip_set": _("Clips"),
        "seed": number_column(_("Seed")),
        "state": _("State"),
        "accuracy": number_column(_("Accuracy · {name}", name=name)),
        "low": number_column(
            _("from"),
            help=_("Drawn over recordings, not clips: clips of one recording are right or wrong together."),
        ),
        "high": number_column(
            _("to"),
            help=_("Drawn over recordings, not clips: clips of one recording are right or wrong together."),
        ),
        "mean_over_singers": number_column(_("Mean over singers")),
        "votes": _("Recordings by vote"),
        "macro_auc": number_column(_("Macro AUC")),
        "parameters": number_column(_("Trainable values")),
        "seconds": number_column(_("Seconds")),
        "error": _("Error"),
    }
