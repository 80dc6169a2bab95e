"""The Models page's parts: three protocols side by side, confusion, curves, comparison, training, loading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core import jobs, plots
from flamsid_core.plots import PROTOCOLS
from flamsid_core.ui import projects
from flamsid_core.ui.chain import chain_flags, chain_of
from flamsid_core.ui.job_panel import POLL_S, start_job
from flamsid_core.ui.model_files import (
    about_model,
    accuracies,
    history,
    history_table,
    model_names,
)
from flamsid_core.ui.state import escape, is_dark, pick, seconds_text, t, table, told
from flamsid_core.workspace import Workspace

NETWORKS = ("residual-blstm", "crnn", "resnet50", "two-covariance", "joint")
FEATURES = ("mel", "mfcc", "spectrogram", "timbre", "mel+timbre")
CLIP_SETS = ("motifs", "motifs+segment", "random")
FOLDS = ("3", "5", "10", "leave-one-out")


def protocol_names() -> dict[str, str]:
    """Return the protocols' names for people."""
    return {name: t(f"protocol.{name}") for name in PROTOCOLS}


def percent(value: float | None) -> str:
    """Return a share as a percentage, or a dash."""
    return "–" if value is None else f"{100 * value:.1f} %"


def choose_model(space: Workspace) -> str:
    """Let the person pick a model."""
    return str(pick(t("models.pick"), model_names(space), "model", label_visibility="collapsed"))


def protocol_cards(about: Mapping[str, Any]) -> None:
    """Show the three protocols side by side; one that was not measured says so."""
    for column, name in zip(st.columns(3), PROTOCOLS, strict=True):
        with column, st.container(border=True, height="stretch"):
            figures = about["protocols"].get(name)
            shown = t("models.not_measured") if figures is None else percent(figures["accuracy"])
            st.metric(
                f"{t(f'protocol.{name}')} · {t('models.accuracy').lower()}",
                shown,
                help=t(f"protocol.{name}.help"),
            )
            if figures is not None:
                st.caption("  \n".join(_details(figures)))
    accuracy = accuracies(about)
    if accuracy["paper"] is not None and accuracy["source-disjoint"] is not None:
        lost = 100 * (accuracy["paper"] - accuracy["source-disjoint"])
        if lost >= 1:
            st.caption(t("models.gap", singer_gap=f"{lost:.0f}"))
    for note in about.get("notes", []):
        st.caption(f":material/info: {escape(told(note))}")


def _details(figures: Mapping[str, Any]) -> list[str]:
    auc = figures.get("macro_auc")
    lines = [
        t("models.balanced", v=percent(figures.get("mean_over_singers"))),
        t("models.auc", v="–" if auc is None else f"{auc:.3f}"),
        t("models.votes", right=figures["recordings_right"], all=figures["recordings"]),
    ]
    if interval := figures.get("intervals", {}).get("accuracy"):
        lines.insert(0, t("experiments.figure.interval", low=percent(interval[0]), high=percent(interval[1])))
    if "n_train" in figures:
        lines.append(t("models.sizes", train=f"{figures['n_train']:,}", test=f"{figures['n_test']:,}"))
    if figures.get("folds", 1) > 1:
        lines.append(t("models.folds", n=figures["folds"]))
    return lines


def confusion(about: Mapping[str, Any]) -> None:
    """Show who is taken for whom, under a protocol of choice."""
    st.markdown(f"**{t('models.confusion')}**")
    measured = [name for name in PROTOCOLS if name in about["protocols"]]
    names = protocol_names()
    protocol = st.segmented_control(
        t("models.confusion.protocol"),
        PROTOCOLS,
        default=measured[-1] if measured else PROTOCOLS[0],
        required=True,
        key="confusion_protocol",
        format_func=names.__getitem__,
        persist_state="session",
        label_visibility="collapsed",
    )
    figures = about["protocols"].get(protocol)
    if figures is None:
        st.info(t("models.confusion.none"))
        return
    texts = {name: t(f"models.confusion.{name}") for name in ("true", "predicted")}
    found = figures["confusion"]
    figure = plots.confusion_matrix(found["counts"], found["labels"], texts, dark=is_dark())
    st.plotly_chart(figure, key="confusion", config={"displayModeBar": False})
    st.caption(t("models.confusion.note"))


def curves(rows: pd.DataFrame, key: str) -> None:
    """Show validation loss and accuracy over the epochs; say so where a model is fitted in one step."""
    if rows[["validation_loss", "validation_accuracy"]].isna().all(axis=None):
        st.caption(t("models.curves.one_step"))
        return
    for measure, text in (("validation_loss", "loss"), ("validation_accuracy", "accuracy")):
        title = t(f"models.curves.{text}")
        figure = plots.training_curves(rows, measure, title, protocol_names(), epoch=t("models.curves.epoch"))
        st.plotly_chart(figure, key=f"{key}-{measure}", config={"displayModeBar": False})


def show_history(space: Workspace, name: str) -> None:
    """Show how a model was trained."""
    st.markdown(f"**{t('models.curves')}**")
    rows = history(space, name)
    if rows.empty:
        st.caption(t("models.curves.none"))
    else:
        curves(rows, "history")


def card(about: Mapping[str, Any]) -> None:
    """Show what a model is made of."""
    params = about.get("params", {})
    epochs = {name: figures.get("epochs") for name, figures in about["protocols"].items()}
    rows = {
        "network": about["network"],
        "parameters": f"{about['parameters']:,}" if "parameters" in about else "–",
        "work": f"{work / 1e6:,.3g}" if (work := about.get("multiply_adds_per_s")) is not None else "–",
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
    with st.expander(t("models.card")):
        listed = pd.DataFrame(
            {"": [t(f"models.card.{name}") for name in rows], " ": [str(v) for v in rows.values()]}
        )
        st.dataframe(
            listed,
            hide_index=True,
            key="card",
            column_config={"": st.column_config.TextColumn(width="medium")},
        )


def compare(space: Workspace) -> None:
    """Compare models: bars by protocol, and the figures in a table."""
    names = model_names(space)
    if len(names) < 2:
        st.info(t("models.compare.hint"))
    chosen = st.multiselect(
        t("models.compare.pick"), names, default=names[:6], key="compare_models", persist_state="session"
    )
    if not chosen:
        return
    about = {name: about_model(space, name) for name in chosen}
    figure = plots.protocol_bars(
        {name: accuracies(a) for name, a in about.items()}, protocol_names(), t("models.compare.by_clip")
    )
    st.plotly_chart(figure, key="compare", config={"displayModeBar": False})
    rows = [
        {
            t("models.pick"): name,
            t("models.confusion.protocol"): t(f"protocol.{protocol}"),
            t("models.accuracy"): percent(figures["accuracy"]),
            t("models.balanced", v="").strip(): percent(figures.get("mean_over_singers")),
            t("models.auc", v="").strip(): "–"
            if figures.get("macro_auc") is None
            else f"{figures['macro_auc']:.3f}",
            t("corpus.recordings"): f"{figures['recordings_right']} / {figures['recordings']}",
        }
        for name, a in about.items()
        for protocol in PROTOCOLS
        if (figures := a["protocols"].get(protocol)) is not None
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="compare_table")


def train(space: Workspace) -> None:
    """Offer to train a network as a job, and show its curves while it learns."""
    if table(space, "motifs/instances")["singer"].nunique() < 2:
        st.warning(t("models.train.one_singer"), icon=":material/group_add:")
        return
    running = jobs.current(space.root)
    with st.form("train", border=True):
        first, second, third = st.columns(3), st.columns(3), st.columns([1, 2])
        network = first[0].selectbox(
            t("models.train.network"), NETWORKS, key="train_network", persist_state="session"
        )
        kind = first[1].selectbox(
            t("models.train.features"), FEATURES, key="train_features", persist_state="session"
        )
        clip_sets = CLIP_SETS if not space.has("corpus/instances") else CLIP_SETS[:1]
        clip_set = first[2].selectbox(
            t("models.train.clip_set"),
            clip_sets,
            key="train_clips",
            format_func=lambda c: t(f"models.train.clip_set.{c}"),
            persist_state="session",
        )
        choices = ("all", *PROTOCOLS)
        protocol = second[0].selectbox(
            t("models.train.protocol"),
            choices,
            key="train_protocol",
            format_func=lambda p: t("models.train.protocol.all") if p == "all" else t(f"protocol.{p}"),
            persist_state="session",
        )
        folds = second[1].selectbox(
            t("models.train.folds"),
            FOLDS,
            index=1,
            key="train_folds",
            format_func=lambda f: t("models.train.loo") if f == "leave-one-out" else f,
            persist_state="session",
        )
        with second[2]:
            epochs, seed = st.columns(2)
        most = epochs.number_input(
            t("models.train.epochs"), 1, 200, 20, key="train_epochs", persist_state="session"
        )
        number = seed.number_input(
            t("models.train.seed"), 0, 2**31 - 1, 0, key="train_seed", persist_state="session"
        )
        name = third[1].text_input(t("models.train.name"), key="train_name", persist_state="session")
        third[0].space("small")
        go = third[0].form_submit_button(
            t("models.train.button"),
            icon=":material/model_training:",
            type="primary",
            disabled=running is not None,
            width="stretch",
        )
    if running is not None:
        st.caption(t("models.train.busy"))
    if go:
        corpus = str(projects.corpus_of(space.root))
        command = ["train", corpus, "--workspace", str(space.root), "--json", "--network", network]
        command += ["--features.kind", kind, "--clip-set", clip_set, "--protocol", protocol, "--folds", folds]
        command += ["--epochs", str(most), "--seed", str(number)]
        command += ["--name", name.strip()] if name.strip() else []
        command += chain_flags(chain_of(space))
        start_job(space.root, command, subject=name.strip() or f"{network} {kind}")
    last = running or jobs.latest(space.root, "train")
    if last is not None and (last.running or jobs.metrics(last)):
        st.fragment(_live_curves, run_every=POLL_S if last.running else None)(last)


def _live_curves(job: jobs.Job) -> None:
    rows = history_table(jobs.metrics(job))
    label = escape(job.subject) if job.subject else job.kind
    st.markdown(f"**{t('models.curves')}** · {label} · {seconds_text(jobs.read(job.folder).seconds)}")
    if rows.empty:
        st.caption(t("models.train.live"))
    else:
        left, right = st.columns(2)
        for column, measure, text in (
            (left, "validation_loss", "loss"),
            (right, "validation_accuracy", "accuracy"),
        ):
            figure = plots.training_curves(
                rows, measure, t(f"models.curves.{text}"), protocol_names(), epoch=t("models.curves.epoch")
            )
            column.plotly_chart(figure, key=f"live-{measure}", config={"displayModeBar": False})
