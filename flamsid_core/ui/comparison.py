"""Two runs compared on the clips that both tested: how much better, how sure, in words."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core import plots
from flamsid_core.errors import FlamsidError
from flamsid_core.models import registry
from flamsid_core.models.run_tables import by_recording, predictions_under, with_sources
from flamsid_core.singers.about import read_about
from flamsid_core.singers.evaluation.splitting import PROTOCOLS
from flamsid_core.singers.evaluation.uncertainty import paired_test
from flamsid_core.ui.charts import chart
from flamsid_core.ui.runs import run_label
from flamsid_core.ui.state import table
from flamsid_core.ui.words import N_, PROTOCOL_NAMES, _, escape, number_text, percent, translated
from flamsid_core.workspace import Workspace

COMPARE_TEXTS = {
    "sure": N_("That is hardly chance ({p})."),
    "rather": N_("That is probably no chance ({p}), but one would want more recordings."),
    "chance": N_("That can well be chance ({p}): do not prefer one for it."),
}

SURE, RATHER_SURE = 0.01, 0.05


def shared_protocols(workspace: Workspace, runs: tuple[str, str]) -> list[str]:
    """Return the protocols that both runs were measured under, the strictest last."""
    measured = [read_about(registry.run_folder(workspace, run)).get("protocols", {}) for run in runs]
    return [protocol for protocol in PROTOCOLS if all(protocol in found for found in measured)]


def compare_two(
    workspace: Workspace, runs: tuple[str, str], *, key: str, protocol: str | None = None
) -> None:
    """Show the paired test of two runs under a protocol that both were measured under."""
    names = [run_label(run) for run in runs]
    shared = shared_protocols(workspace, runs)
    if not shared:
        st.info(
            _("The two were not measured under the same protocol, so their figures cannot be compared."),
            icon=":material/rule:",
        )
        return
    if protocol not in shared:
        protocol = st.segmented_control(
            _("Protocol"),
            shared,
            default=shared[-1],
            required=True,
            format_func=lambda p: _(PROTOCOL_NAMES[p]),
            key=f"{key}_protocol",
        )
    try:
        a, b = (
            predictions_under(registry.predictions_of(registry.run_folder(workspace, run)), str(protocol))
            for run in runs
        )
        instances = table(workspace, "motifs/instances")
        found = paired_test(a, b, instances)
    except FlamsidError as error:
        st.warning(escape(translated(error)), icon=":material/rule:")
        return
    st.markdown(f"{in_words(found, names)} {_('Protocol: {name}.', name=_(PROTOCOL_NAMES[protocol]))}")
    for column, (label, value, note) in zip(st.columns(4), _figures(found, names), strict=True):
        column.metric(label, value, help=note)
    rows = _by_recording(with_sources(a, instances), with_sources(b, instances))
    figure = plots.paired_recordings(
        rows,
        (names[0], names[1]),
        plots.singer_colours(rows["singer"]),
        {"clips": _("clips"), "of": _("of")},
    )
    chart(figure, f"{key}_recordings")
    st.caption(
        _("A dot is a recording, its size the number of clips. Above the line the second run is better.")
    )


def in_words(found: dict[str, Any], names: list[str]) -> str:
    """Say what a paired test found, and whether it can be chance."""
    better, worse = (0, 1) if found["difference"] >= 0 else (1, 0)
    points = 100 * abs(found["difference"])
    if points < 0.05:
        return _(
            "**{a}** and **{b}** are right equally often on the {clips} clips that both were tested on.",
            a=escape(names[0]),
            b=escape(names[1]),
            clips=number_text(found["clips"]),
        )
    said = _(
        "**{better}** is right {points} points more often than **{worse}** on the {clips} "
        "clips ({recordings} recordings) that both were tested on.",
        better=escape(names[better]),
        worse=escape(names[worse]),
        points=number_text(points, ".1f"),
        clips=number_text(found["clips"]),
        recordings=found["recordings"],
    )
    p = found["p_value"]
    verdict = "sure" if p < SURE else "rather" if p < RATHER_SURE else "chance"
    return f"{said} {_(COMPARE_TEXTS[verdict], p=p_text(p))}"


def p_text(p: float) -> str:
    """Return a p-value for people: p = 0.034, p < 0.001."""
    return (
        "p < 0.001"
        if p < 0.001
        else "p = " + number_text(p, ".2g")
        if p < 0.1
        else "p = " + number_text(p, ".2f")
    )


def _figures(found: dict[str, Any], names: list[str]) -> list[tuple[str, str, str]]:
    def points(value: float) -> str:
        return number_text(100 * value, "+.1f").replace("-", "−")

    interval = (
        _("cannot be told")
        if found["low"] is None
        else _("{low} to {high}", low=points(found["low"]), high=points(found["high"]))
    )
    return [
        (_("Difference, points"), points(found["difference"]), f"{names[0]} − {names[1]}"),
        (
            _("95 % interval"),
            interval,
            _("Drawn over recordings, not clips: clips of one recording are right or wrong together."),
        ),
        (
            "p",
            p_text(found["p_value"]).removeprefix("p ").removeprefix("= "),
            _(
                "How often a difference this large comes about when the sign of every recording's "
                "difference is left to chance."
            ),
        ),
        (
            _("Accuracy of both"),
            f"{number_text(100 * found['accuracy_a'], '.1f')} / {percent(found['accuracy_b'])}",
            _("On the {clips} clips that both were tested on.", clips=found["clips"]),
        ),
    ]


def _by_recording(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    common = set(a["instance_id"]) & set(b["instance_id"])
    found = [by_recording(rows[rows["instance_id"].isin(common)]) for rows in (a, b)]
    return found[0].merge(found[1], on=["source_group", "singer"], suffixes=("_a", "_b"))
