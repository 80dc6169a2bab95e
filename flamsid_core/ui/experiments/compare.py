"""Two runs compared on the clips that both tested: how much better, how sure, in words."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core import plots
from flamsid_core.errors import FlamsidError
from flamsid_core.models import registry
from flamsid_core.models.run_tables import by_recording, predictions_under, with_sources
from flamsid_core.plots import PROTOCOLS
from flamsid_core.singers.about import read_about
from flamsid_core.singers.evaluation.uncertainty import paired_test
from flamsid_core.ui.state import escape, pick, t, table, told
from flamsid_core.workspace import Workspace

SURE, RATHER_SURE = 0.01, 0.05


def run_label(run: str) -> str:
    """Return a run's name for people: that of the model, or experiment and cell."""
    parts = run.split("/")
    return parts[1] if parts[0] == "models" else f"{parts[1]} / {parts[3]}"


def shared_protocols(space: Workspace, runs: tuple[str, str]) -> list[str]:
    """Return the protocols that both runs were measured under, the strictest last."""
    measured = [read_about(registry.run_folder(space, run)).get("protocols", {}) for run in runs]
    return [protocol for protocol in PROTOCOLS if all(protocol in found for found in measured)]


def compare_two(space: Workspace, runs: tuple[str, str], *, key: str, protocol: str | None = None) -> None:
    """Show the paired test of two runs under a protocol that both were measured under."""
    names = [run_label(run) for run in runs]
    shared = shared_protocols(space, runs)
    if not shared:
        st.info(t("compare.no_protocol"), icon=":material/rule:")
        return
    if protocol not in shared:
        protocol = st.segmented_control(
            t("compare.protocol"),
            shared,
            default=shared[-1],
            required=True,
            format_func=lambda p: t(f"protocol.{p}"),
            key=f"{key}_protocol",
        )
    try:
        a, b = (
            predictions_under(registry.predictions_of(registry.run_folder(space, run)), str(protocol))
            for run in runs
        )
        instances = table(space, "motifs/instances")
        found = paired_test(a, b, instances)
    except FlamsidError as error:
        st.warning(escape(told(error)), icon=":material/rule:")
        return
    st.markdown(f"{in_words(found, names)} {t('compare.under', name=t(f'protocol.{protocol}'))}")
    for column, (label, value, note) in zip(st.columns(4), _figures(found, names), strict=True):
        column.metric(label, value, help=note)
    rows = _by_recording(with_sources(a, instances), with_sources(b, instances))
    figure = plots.paired_recordings(
        rows,
        (names[0], names[1]),
        plots.singer_colours(rows["singer"]),
        {"clips": t("compare.clips"), "of": t("compare.of")},
    )
    st.plotly_chart(figure, key=f"{key}_recordings", config={"displayModeBar": False})
    st.caption(t("compare.note"))


def in_words(found: dict[str, Any], names: list[str]) -> str:
    """Say what a paired test found, and whether it can be chance."""
    better, worse = (0, 1) if found["difference"] >= 0 else (1, 0)
    points = 100 * abs(found["difference"])
    if points < 0.05:
        return t("compare.same", a=escape(names[0]), b=escape(names[1]), clips=f"{found['clips']:,}")
    said = t(
        "compare.difference",
        better=escape(names[better]),
        worse=escape(names[worse]),
        points=f"{points:.1f}",
        clips=f"{found['clips']:,}",
        recordings=found["recordings"],
    )
    p = found["p_value"]
    verdict = "sure" if p < SURE else "rather" if p < RATHER_SURE else "chance"
    return f"{said} {t(f'compare.{verdict}', p=p_text(p))}"


def p_text(p: float) -> str:
    """Return a p-value for people: p = 0.034, p < 0.001."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}" if p < 0.1 else f"p = {p:.2f}"


def _figures(found: dict[str, Any], names: list[str]) -> list[tuple[str, str, str]]:
    def points(value: float) -> str:
        return f"{100 * value:+.1f}".replace("-", "−")

    interval = (
        t("compare.no_interval")
        if found["low"] is None
        else t("compare.interval_value", low=points(found["low"]), high=points(found["high"]))
    )
    return [
        (t("compare.difference_label"), points(found["difference"]), f"{names[0]} − {names[1]}"),
        (t("compare.interval"), interval, t("compare.interval.help")),
        ("p", p_text(found["p_value"]).removeprefix("p ").removeprefix("= "), t("compare.p.help")),
        (
            t("compare.accuracies"),
            f"{100 * found['accuracy_a']:.1f} / {100 * found['accuracy_b']:.1f} %",
            t("compare.accuracies.help", clips=found["clips"]),
        ),
    ]


def _by_recording(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    common = set(a["instance_id"]) & set(b["instance_id"])
    found = [by_recording(rows[rows["instance_id"].isin(common)]) for rows in (a, b)]
    return found[0].merge(found[1], on=["source_group", "singer"], suffixes=("_a", "_b"))


def compare_page(space: Workspace, protocol: str, measured: list[str]) -> None:
    """Let the person choose two of the runs measured under a protocol, and compare them."""
    if len(measured) < 2:
        st.info(t("compare.too_few", name=t(f"protocol.{protocol}")), icon=":material/compare_arrows:")
        return
    left, right = st.columns(2)
    with left:
        first = pick(t("compare.first"), measured, "a", label_of=run_label)
    with right:
        others = [run for run in measured if run != first]
        second = pick(t("compare.second"), others, "b", label_of=run_label)
    compare_two(space, (first, second), key="pair", protocol=protocol)
