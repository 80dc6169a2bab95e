"""The registry on the Models page: every run of the workspace, what can be done with it, and runs from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core.errors import FlamsidError
from flamsid_core.models import exchange as model_exchange
from flamsid_core.models import registry
from flamsid_core.models.chain import ModelChain, chain_of_workspace
from flamsid_core.singers.evaluation.splitting import PROTOCOLS
from flamsid_core.ui.charts import COUNTS, with_numbers
from flamsid_core.ui.commands import chain_of
from flamsid_core.ui.comparison import compare_two
from flamsid_core.ui.links import go_to
from flamsid_core.ui.model_files import load_from_folder, load_from_zip
from flamsid_core.ui.projects import roots, safe_name
from flamsid_core.ui.runs import card_of, run_label
from flamsid_core.ui.words import N_, PROTOCOL_HELP, PROTOCOL_NAMES, _, escape, translated
from flamsid_core.workspace import MOST_NAME_LETTERS, Workspace

LARGEST_UPLOAD_MB = 1000


def show(workspace: Workspace) -> None:
    """Show the table of runs, and what can be done with those that are chosen."""
    runs = registry.registry(workspace)
    if runs.empty:
        st.info(
            _(
                "There are no runs yet. Train a model in the next tab but one, start an experiment "
                "on the Experiments page, or bring a model in from elsewhere."
            ),
            icon=":material/inventory_2:",
        )
        return
    st.caption(
        _(
            "Every model and every finished cell of an experiment. Mark one to use, rename, "
            "export or delete it; mark two to compare them."
        )
    )
    picked: Any = st.dataframe(
        with_numbers(_shown(runs), dict.fromkeys((*PROTOCOLS, "singers"), ".1f %") | COUNTS),
        hide_index=True,
        key="registry",
        on_select="rerun",
        selection_mode="multi-row",
        column_config=_columns(),
        height=min(36 * len(runs) + 40, 420),
        placeholder="–",
    )
    chosen = [str(runs["run"].iloc[row]) for row in picked["selection"]["rows"] if row < len(runs)]
    if len(chosen) == 1:
        _actions(workspace, chosen[0])
    elif len(chosen) == 2:
        st.markdown(f"**{escape(run_label(chosen[0]))} · {escape(run_label(chosen[1]))}**")
        compare_two(workspace, (chosen[0], chosen[1]), key="registry_pair")
    elif chosen:
        st.info(_("Mark one run to work with it, or two to compare them."), icon=":material/compare_arrows:")


def _shown(runs: pd.DataFrame) -> pd.DataFrame:
    shown = pd.DataFrame(
        {
            "name": [run_label(run) for run in runs["run"]],
            "made_at": runs["made_at"],
            **{protocol: 100 * runs[f"accuracy_{protocol}"] for protocol in PROTOCOLS},
            "singers": 100 * runs["mean_over_singers_source-disjoint"],
            "network": [
                network if preset in ("", "lean") else f"{network} ({preset})"
                for network, preset in zip(runs["network"], runs["preset"], strict=True)
            ],
            "features": runs["features"],
            "clip_set": runs["clip_set"],
            "seed": runs["seed"],
            "parameters": runs["parameters"],
        }
    )
    return shown


def _columns() -> dict[str, Any]:
    number_column, text = st.column_config.NumberColumn, st.column_config.TextColumn
    figures = {
        protocol: number_column(
            _("Accuracy: {protocol}", protocol=_(PROTOCOL_NAMES.get(protocol, protocol))),
            help=_(PROTOCOL_HELP.get(protocol, protocol)),
        )
        for protocol in PROTOCOLS
    }
    return {
        "name": text(_("Name"), width="medium", pinned=True),
        "made_at": st.column_config.DatetimeColumn(_("Date"), format="YYYY-MM-DD HH:mm"),
        "network": text(_("Network")),
        "features": text(_("Features")),
        "clip_set": text(_("Clips")),
        "seed": number_column(_("Seed")),
        "parameters": number_column(_("Trainable values")),
        **figures,
        "singers": number_column(
            _("Source-disjoint, mean over singers"),
            help=_("Under held-out sources, every singer weighing the same."),
        ),
    }


def _actions(workspace: Workspace, run: str) -> None:
    is_model = run.startswith("models/")
    name = run.rsplit("/", 1)[1]
    st.markdown(f"**{escape(run_label(run))}**")
    with st.container(horizontal=True):
        if is_model:
            if st.button(_("Identify with it"), key="registry_identify", icon=":material/mic:"):
                go_to("identify", listener=name)
            with st.popover(_("Rename"), icon=":material/edit:"):
                _rename(workspace, run, name)
        else:
            if st.button(_("Open in Experiments"), key="registry_open", icon=":material/science:"):
                go_to("experiments", experiment=run.split("/")[1], cell=name)
            with st.popover(_("Keep as model"), icon=":material/bookmark_add:"):
                _keep(workspace, run, name)
        with st.popover(_("Export"), icon=":material/ios_share:"):
            _export(workspace, run, name)
        with st.popover(_("Delete"), icon=":material/delete:"):
            _delete(workspace, run)


def _rename(workspace: Workspace, run: str, name: str) -> None:
    wanted = st.text_input(_("Name"), value=name, key=f"rename-{run}")
    if st.button(_("Rename"), key="rename_go"):
        _do(
            lambda: registry.rename_model(workspace, run, wanted),
            N_("The model is called “{name}” now."),
            wanted.strip(),
        )


def _keep(workspace: Workspace, run: str, name: str) -> None:
    st.caption(_("A copy among the models: it can identify recordings and draw a map."))
    tame = name.replace("_", "-")[:MOST_NAME_LETTERS]
    wanted = st.text_input(_("Name"), value=tame, key=f"keep-{run}")
    if st.button(_("Keep as model"), key="keep_go"):
        _do(
            lambda: registry.keep_as_model(workspace, run, wanted, chain_of(workspace)),
            N_("“{name}” is among the models now."),
            wanted.strip(),
        )


def _delete(workspace: Workspace, run: str) -> None:
    st.markdown(
        _(
            "Delete **{name}** for good? Its weights, predictions and map go with it.",
            name=escape(run_label(run)),
        )
    )
    if st.button(_("Delete for good"), key="delete_go", type="primary", icon=":material/delete_forever:"):
        _do(lambda: registry.delete_run(workspace, run), N_("“{name}” was deleted."), run_label(run))


def _export(workspace: Workspace, run: str, name: str) -> None:
    licence = st.text_input(
        _("Licence of use"),
        key="export_licence",
        help=_("Goes into the model card, with the licences of the recordings it learned from."),
        persist_state="session",
    )
    folder = registry.run_folder(workspace, run)

    def card() -> str:
        return card_of(workspace, run, licence)

    def notes() -> ModelChain | None:
        return (
            None if (folder / "chain.json").is_file() else chain_of_workspace(workspace, chain_of(workspace))
        )

    st.download_button(
        _("Download as zip"),
        data=lambda: model_exchange.export_zip(folder, name, card=card(), chain=notes()),
        file_name=f"{name}.zip",
        mime="application/zip",
        on_click="ignore",
        icon=":material/download:",
        key="export_zip",
    )
    path = st.text_input(
        _("Or write it into this folder"),
        key="export_path",
        help=_(
            "On the server's disk. The model becomes a folder in it, with weights, settings and model card."
        ),
        persist_state="session",
    )
    if st.button(_("Write the folder"), key="export_folder", disabled=not path.strip()):
        try:
            target = _export_target(path, name)
            model_exchange.export_folder(folder, target, card=card(), chain=notes())
        except FlamsidError as error:
            st.error(escape(translated(error)))
        else:
            st.success(_("Written to {path}", path=escape(target)))
    with st.expander(_("Model card")):
        st.markdown(card())


def _export_target(text: str, name: str) -> Path:
    """Return where to write an exported model, when that lies under one of the folders that may be opened."""
    try:
        parent = Path(text.strip()).expanduser().resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise FlamsidError(
            "{text!r} is not a path: name a folder on the server's disk.", text=text.strip()
        ) from error
    if not any(parent.is_relative_to(root) for root in roots()):
        named = ", ".join(map(str, roots()))
        raise FlamsidError(
            "{parent} lies outside the folders that may be written to ({named}): choose one inside.",
            parent=parent,
            named=named,
        )
    return parent / safe_name(name, "model")


def bring_in(workspace: Workspace) -> None:
    """Offer to bring in a model that was trained elsewhere: an archive, or a folder on the server."""
    st.caption(
        _(
            "A model that was trained elsewhere, as a zip archive or a folder with "
            "model.safetensors and model.json. It is checked before it is taken in; nothing in "
            "it is executed."
        )
    )
    given = st.file_uploader(_("Model as zip"), type="zip", key="load_zip", max_upload_size=LARGEST_UPLOAD_MB)
    bring = st.button(_("Bring it in"), key="load_zip_go", icon=":material/upload:", disabled=given is None)
    if bring and given is not None:
        _do(lambda: load_from_zip(workspace, given.name, given), N_("“{name}” has been loaded."))
    path = st.text_input(_("Folder of the model"), key="load_path", persist_state="session")
    if st.button(_("Load"), key="load_model", icon=":material/file_open:"):
        _do(lambda: load_from_folder(workspace, path), N_("“{name}” has been loaded."))


def _do(change: Any, said: str, name: str | None = None) -> None:
    """Make a change, and show the page again with what was done; or say in one sentence why it cannot be."""
    try:
        result = change()
    except FlamsidError as error:
        st.error(escape(translated(error)))
        return
    st.session_state["_registry_said"] = (said, name or str(result))
    st.session_state.pop("registry", None)
    st.rerun()


def say_what_was_done() -> None:
    """Say what the registry did before the page was shown again."""
    if (said := st.session_state.pop("_registry_said", None)) is not None:
        st.success(_(said[0], name=escape(said[1])), icon=":material/check:")
