"""The Models page's parts: three protocols side by side, confusion, curves, comparison, training, loading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core import jobs, plots
from flamsid_core.singers.evaluation.splitting import PROTOCOLS
from flamsid_core.singers.features.clip_sets import CLIP_SETS, MOTIFS, PIECES
from flamsid_core.singers.features.frames import FEATURES
from flamsid_core.singers.networks import NETWORKS
from flamsid_core.singers.training.params import TrainParams
from flamsid_core.ui import projects
from flamsid_core.ui.charts import chart
from flamsid_core.ui.commands import FOLDS, chain_flags, chain_of, start_job
from flamsid_core.ui.curves import curves
from flamsid_core.ui.job_panel import POLL_S
from flamsid_core.ui.links import pick
from flamsid_core.ui.model_files import (
    about_model,
    accuracies,
    history,
    history_table,
    model_names,
)
from flamsid_core.ui.state import is_dark, table
from flamsid_core.ui.words import (
    CLIP_SET_NAMES,
    CONFUSION_TEXTS,
    CURVE_TITLES,
    N_,
    PROTOCOL_HELP,
    PROTOCOL_NAMES,
    _,
    escape,
    number_text,
    percent,
    protocol_names,
    seconds_text,
    translated,
)
from flamsid_core.workspace import Workspace

CARD_TEXTS = {
    "network": N_("Network"),
    "parameters": N_("Trainable values"),
    "work": N_("Million multiply-adds for a second of singing"),
    "features": N_("Features"),
    "clip_set": N_("Clips"),
    "measured": N_("Weights kept from"),
    "epochs": N_("Epochs"),
    "seed": N_("Seed"),
    "classes": N_("Singers"),
    "recordings": N_("Training recordings"),
    "corpus": N_("Corpus fingerprint"),
    "versions": N_("Versions"),
}


def choose_model(workspace: Workspace) -> str:
    """Let the person pick a model."""
    return str(pick(_("Model"), model_names(workspace), "model", label_visibility="collapsed"))


def protocol_cards(about: Mapping[str, Any]) -> None:
    """Show the three protocols side by side; one that was not measured says so."""
    for column, name in zip(st.columns(len(PROTOCOLS)), PROTOCOLS, strict=True):
        with column, st.container(border=True, height="stretch"):
            figures = about["protocols"].get(name)
            shown = _("not measured") if figures is None else percent(figures["accuracy"])
            st.metric(
                f"{_(PROTOCOL_NAMES.get(name, name))} · {_('Accuracy').lower()}",
                shown,
                help=_(PROTOCOL_HELP.get(name, name)),
            )
            if figures is not None:
                st.caption("  \n".join(_details(figures)))
    accuracy = accuracies(about)
    if accuracy["paper"] is not None and accuracy["source-disjoint"] is not None:
        lost = 100 * (accuracy["paper"] - accuracy["source-disjoint"])
        if lost >= 1:
            st.caption(
                _(
                    "From paper to source-disjoint the figure falls by {singer_gap} points. The protocols differ in "
                    "what is tested and in how much there is to learn from: how much of the fall is due to which, it "
                    "does not say.",
                    singer_gap=number_text(lost, ".0f"),
                )
            )
    for note in about.get("notes", []):
        st.caption(f":material/info: {escape(translated(note))}")


def _details(figures: Mapping[str, Any]) -> list[str]:
    auc = figures.get("macro_auc")
    lines = [
        _("mean over singers {v}", v=percent(figures.get("mean_over_singers"))),
        _("macro AUC {v}", v="–" if auc is None else number_text(auc, ".3f")),
        _(
            "{right} of {all} recordings by vote",
            right=figures["recordings_right"],
            all=figures["recordings"],
        ),
    ]
    if interval := figures.get("intervals", {}).get("accuracy"):
        lines.insert(0, _("95 %: {low} to {high}", low=percent(interval[0]), high=percent(interval[1])))
    if "n_train" in figures:
        lines.append(
            _(
                "{train} clips to learn, {test} to test",
                train=number_text(figures["n_train"]),
                test=number_text(figures["n_test"]),
            )
        )
    if figures.get("folds", 1) > 1:
        lines.append(_("{n} folds", n=figures["folds"]))
    return lines


def confusion(about: Mapping[str, Any]) -> None:
    """Show who is taken for whom, under a protocol of choice."""
    st.markdown(f"**{_('Who is taken for whom')}**")
    measured = [name for name in PROTOCOLS if name in about["protocols"]]
    names = protocol_names()
    protocol = st.segmented_control(
        _("Protocol"),
        list(PROTOCOLS),
        default=measured[-1] if measured else next(iter(PROTOCOLS)),
        required=True,
        key="confusion_protocol",
        format_func=names.__getitem__,
        persist_state="session",
        label_visibility="collapsed",
    )
    figures = about["protocols"].get(protocol)
    if figures is None:
        st.info(_("This protocol was not measured."))
        return
    texts = {name: _(CONFUSION_TEXTS[name]) for name in ("true", "predicted")}
    found = figures["confusion"]
    figure = plots.confusion_matrix(found["counts"], found["labels"], texts, dark=is_dark())
    chart(figure, "confusion")
    st.caption(_("Rows: who sings; colour: share of the row; numbers: clips."))


def show_history(workspace: Workspace, name: str) -> None:
    """Show how a model was trained."""
    st.markdown(f"**{_('Training')}**")
    rows = history(workspace, name)
    if rows.empty:
        st.caption(_("No history was kept for this model."))
    else:
        curves(rows, "history")


def card(about: Mapping[str, Any]) -> None:
    """Show what a model is made of."""
    params = about.get("params", {})
    epochs = {name: figures.get("epochs") for name, figures in about["protocols"].items()}
    rows = {
        "network": about["network"],
        "parameters": number_text(about["parameters"]) if "parameters" in about else "–",
        "work": number_text(work / 1e6, ",.3g")
        if (work := about.get("multiply_adds_per_s")) is not None
        else "–",
        "features": ", ".join(f"{name} {value}" for name, value in about["features"].items()),
        "clip_set": params.get("clip_set", "–"),
        "measured": about.get("measured", "–"),
        "epochs": ", ".join(f"{name}: {value}" for name, value in epochs.items() if value),
        "seed": params.get("seed", "–"),
        "classes": ", ".join(map(str, about["classes"])),
        "recordings": len(about.get("training", {}).get("recording_ids", [])),
        "corpus": str(about.get("corpus", {}).get("sha256", "–"))[:16],
        "versions": ", ".join(f"{name} {value}" for name, value in about.get("versions", {}).items()),
    }
    with st.expander(_("Model card")):
        listed = pd.DataFrame(
            {"": [_(CARD_TEXTS[name]) for name in rows], " ": [str(v) for v in rows.values()]}
        )
        st.dataframe(
            listed,
            hide_index=True,
            key="card",
            column_config={"": st.column_config.TextColumn(width="medium")},
        )


def compare(workspace: Workspace) -> None:
    """Compare models: bars by protocol, and the figures in a table."""
    names = model_names(workspace)
    if len(names) < 2:
        st.info(
            _("Only one model so far. Train another (other features, other clips) and compare them here.")
        )
    chosen = st.multiselect(
        _("Models to compare"), names, default=names[:6], key="compare_models", persist_state="session"
    )
    if not chosen:
        return
    about = {name: about_model(workspace, name) for name in chosen}
    figure = plots.protocol_bars(
        {name: accuracies(a) for name, a in about.items()}, protocol_names(), _("Accuracy by clip")
    )
    chart(figure, "compare")
    rows = [
        {
            _("Model"): name,
            _("Protocol"): _(PROTOCOL_NAMES.get(protocol, protocol)),
            _("Accuracy"): percent(figures["accuracy"]),
            _("mean over singers {v}", v="").strip(): percent(figures.get("mean_over_singers")),
            _("macro AUC {v}", v="").strip(): "–"
            if figures.get("macro_auc") is None
            else number_text(figures["macro_auc"], ".3f"),
            _("Recordings"): f"{figures['recordings_right']} / {figures['recordings']}",
        }
        for name, a in about.items()
        for protocol in PROTOCOLS
        if (figures := a["protocols"].get(protocol)) is not None
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="compare_table")


def train(workspace: Workspace) -> None:
    """Offer to train a network as a job, and show its curves while it learns."""
    if table(workspace, "motifs/instances")["singer"].nunique() < 2:
        st.warning(
            _(
                "Only one singer has motifs in this corpus. A network needs at least two: add "
                "recordings of another singer."
            ),
            icon=":material/group_add:",
        )
        return
    running, default = jobs.current(workspace.root), TrainParams()
    with st.form("train", border=True):
        first, second, third = st.columns(3), st.columns(3), st.columns([1, 2])
        network = first[0].selectbox(
            _("Network"), list(NETWORKS), key="train_network", persist_state="session"
        )
        kind = first[1].selectbox(
            _("Features"), list(FEATURES), key="train_features", persist_state="session"
        )
        clip_sets = [MOTIFS] if workspace.of_clips else [PIECES, *(c for c in CLIP_SETS if c != PIECES)]
        clip_set = first[2].selectbox(
            _("Clips"),
            clip_sets,
            key="train_clips",
            format_func=lambda c: _(CLIP_SET_NAMES.get(c) or c),
            persist_state="session",
        )
        choices = ("all", *PROTOCOLS)
        protocol = second[0].selectbox(
            _("Measure under"),
            choices,
            key="train_protocol",
            format_func=lambda p: _("All three protocols") if p == "all" else _(PROTOCOL_NAMES.get(p) or p),
            persist_state="session",
        )
        folds = second[1].selectbox(
            _("Source-disjoint folds"),
            FOLDS,
            index=FOLDS.index(str(default.folds)),
            key="train_folds",
            format_func=lambda f: _("leave one out") if f == "leave-one-out" else f,
            persist_state="session",
        )
        with second[2]:
            epochs, seed = st.columns(2)
        most = epochs.number_input(
            _("At most epochs"), 1, 200, default.epochs, key="train_epochs", persist_state="session"
        )
        number = seed.number_input(
            _("Seed"), 0, 2**31 - 1, default.seed, key="train_seed", persist_state="session"
        )
        name = third[1].text_input(
            _("Name (empty: from the settings)"), key="train_name", persist_state="session"
        )
        third[0].space("small")
        go = third[0].form_submit_button(
            _("Train"),
            icon=":material/model_training:",
            type="primary",
            disabled=running is not None,
            width="stretch",
        )
    if running is not None:
        st.caption(
            _("A job is running on this corpus (see the sidebar); the next can start when it has ended.")
        )
    if go:
        corpus = str(projects.corpus_of(workspace.root))
        command = ["train", corpus, "--workspace", str(workspace.root), "--json", "--network", network]
        command += ["--features.kind", kind, "--clip-set", clip_set, "--protocol", protocol, "--folds", folds]
        command += ["--epochs", str(most), "--seed", str(number)]
        command += ["--name", name.strip()] if name.strip() else []
        command += chain_flags(chain_of(workspace))
        start_job(workspace.root, command, subject=name.strip() or f"{network} {kind}")
    last = running or jobs.latest(workspace.root, "train")
    if last is not None and (last.running or jobs.metrics(last)):
        st.fragment(_live_curves, run_every=POLL_S if last.running else None)(last)


def _live_curves(job: jobs.Job) -> None:
    rows = history_table(jobs.metrics(job))
    label = escape(job.subject) if job.subject else job.kind
    st.markdown(f"**{_('Training')}** · {label} · {seconds_text(jobs.read(job.folder).seconds)}")
    if rows.empty:
        st.caption(_("Curves appear here after the first epoch."))
    else:
        left, right = st.columns(2)
        for column, measure, text in (
            (left, "validation_loss", "loss"),
            (right, "validation_accuracy", "accuracy"),
        ):
            figure = plots.training_curves(
                rows, measure, _(CURVE_TITLES[text]), protocol_names(), epoch=_("epoch")
            )
            chart(figure, f"live-{measure}", place=column)
