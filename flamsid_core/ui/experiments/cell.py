"""One cell of an experiment: its figures, singers, recordings, hardest clips, calibration, learning curves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from flamsid_core import plots
from flamsid_core.experiments import PAPER_TABLE
from flamsid_core.models import registry
from flamsid_core.models.run_tables import (
    by_recording,
    by_singer,
    hardest,
    posterior,
    predictions_under,
    summary,
    with_sources,
)
from flamsid_core.singers.about import read_about
from flamsid_core.singers.evaluation.reliability import expected_calibration_error, reliability
from flamsid_core.ui.charts import chart
from flamsid_core.ui.clips import clip_list
from flamsid_core.ui.curves import curves
from flamsid_core.ui.experiments.audit import clips_of_set
from flamsid_core.ui.instances import clips_of, recording_names
from flamsid_core.ui.links import go_to
from flamsid_core.ui.routes import span_url
from flamsid_core.ui.runs import instances_of, trivial_of
from flamsid_core.ui.state import is_dark, project, table
from flamsid_core.ui.words import (
    CONFUSION_TEXTS,
    N_,
    PROTOCOL_NAMES,
    _,
    clock,
    escape,
    number_text,
    percent,
    seconds_text,
)
from flamsid_core.workspace import Workspace

CALIBRATION_TEXTS = {
    "confidence": N_("confidence"),
    "accuracy": N_("right"),
    "ideal": N_("as it should be"),
    "clips": N_("clips"),
    "over": N_("On average it is {gap} points surer than it should be."),
    "under": N_("On average it is {gap} points less sure than it could be."),
}
FIGURE_TEXTS = {
    "verification": N_("verification: equal error rate {v}"),
    "open_set": N_("unknown singers: equal error rate {v}"),
}
VIEW_TEXTS = {
    "singers": N_("Singers"),
    "recordings": N_("Recordings"),
    "hardest": N_("Hardest clips"),
    "calibration": N_("Calibration"),
    "curves": N_("Learning curves"),
}

VIEWS = ("singers", "recordings", "hardest", "calibration", "curves")
MOST_HARD_CLIPS = 40
AROUND_S = 2.0


def cell(workspace: Workspace, run: str, protocol: str) -> None:
    """Show a run under one of the protocols it was measured under."""
    folder = registry.run_folder(workspace, run)
    about = read_about(folder)
    predictions = with_sources(
        predictions_under(registry.predictions_of(folder), protocol), instances_of(workspace, run)
    )
    if predictions.empty:
        st.info(
            _("The corpus's motifs were made again since: these clips cannot be played any more."),
            icon=":material/history:",
        )
        return
    _figures(workspace, run, about, predictions, protocol)
    view = st.segmented_control(
        _("Look at"),
        VIEWS,
        default=VIEWS[0],
        required=True,
        key="cell_view",
        format_func=lambda v: _(VIEW_TEXTS[v]),
        persist_state="session",
        label_visibility="collapsed",
    )
    if view == "singers":
        _singers(about, predictions, protocol)
    elif view == "recordings":
        _recordings(workspace, predictions, protocol)
    elif view == "hardest":
        _hardest(workspace, run, about, predictions)
    elif view == "calibration":
        _calibration(about, predictions, protocol)
    else:
        _curves(folder)


def _figures(
    workspace: Workspace, run: str, about: Mapping[str, Any], predictions: pd.DataFrame, protocol: str
) -> None:
    name, figures = _(PROTOCOL_NAMES.get(protocol, protocol)), about["protocols"][protocol]
    found = summary(predictions)
    trivial = ((trivial_of(workspace, run) or {}).get(protocol)) or {}
    auc = figures.get("macro_auc")
    key = (about["network"], about["features"]["kind"], about.get("params", {}).get("clip_set"))
    paper = PAPER_TABLE.get(key)
    columns = st.columns(4)
    shown = (
        (
            _("Accuracy · {name}", name=name),
            percent(found["accuracy"]),
            [
                _("95 %: {low} to {high}", low=percent(found["low"]), high=percent(found["high"])),
                _("trivial classifier: {v}", v=percent(trivial.get("accuracy"))) if trivial else "",
                _("paper (its own protocol): {v}", v=percent(paper.accuracy)) if paper else "",
            ],
        ),
        (
            _("Mean over singers"),
            percent(found["mean_over_singers"]),
            [
                name,
                _(
                    "95 %: {low} to {high}",
                    low=percent(found["singers_low"]),
                    high=percent(found["singers_high"]),
                ),
                _("trivial classifier: {v}", v=percent(trivial.get("mean_over_singers"))) if trivial else "",
            ],
        ),
        (
            _("Recordings by vote"),
            f"{figures['recordings_right']} / {figures['recordings']}",
            [
                name,
                _(
                    "trivial classifier: {v}",
                    v=f"{trivial['recordings_right']} / {trivial['recordings']}",
                )
                if "recordings" in trivial
                else "",
            ],
        ),
        (
            _("Macro AUC"),
            "–" if auc is None else number_text(auc, ".4f"),
            [
                name,
                _("paper (its own protocol): {v}", v=number_text(paper.auc, ".4f")) if paper else "",
                *_error_rates(about),
            ],
        ),
    )
    for column, (label, value, lines) in zip(columns, shown, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.metric(label, value)
            st.caption("  \n".join(line for line in lines if line))


def _error_rates(about: Mapping[str, Any]) -> list[str]:
    """Say what verification and the open set were measured at, both on held-out recordings."""
    found = {name: about.get(name) for name in ("verification", "open_set")}
    return [_(FIGURE_TEXTS[name], v=percent(figures["eer"])) for name, figures in found.items() if figures]


def _singers(about: Mapping[str, Any], predictions: pd.DataFrame, protocol: str) -> None:
    left, right = st.columns(2, gap="large")
    rows = by_singer(predictions).rename(columns={"singer": "name"})
    notes = [
        _(
            "{right} of {clips} clips, {recordings} recordings",
            right=row["right"],
            clips=row["clips"],
            recordings=row["recordings"],
        )
        for row in rows.to_dict("records")
    ]
    with left:
        st.markdown(f"**{_('Singer by singer, with 95 % intervals over their recordings')}**")
        figure = plots.interval_dots(
            rows.assign(note=notes),
            plots.singer_colours(about["classes"]),
            {
                "accuracy": f"{_('Accuracy')} · {_(PROTOCOL_NAMES.get(protocol, protocol))}",
                "chance": _("guessing"),
            },
            chance=1 / len(about["classes"]),
        )
        chart(figure, "cell_singers")
        if alone := [str(name) for name in rows.loc[rows["recordings"] < 2, "name"]]:
            st.caption(
                _(
                    "One recording only: no interval can be given for {singers}.",
                    singers=escape(", ".join(alone)),
                )
            )
    with right:
        st.markdown(f"**{_('Who is taken for whom')}**")
        found = about["protocols"][protocol]["confusion"]
        texts = {name: _(CONFUSION_TEXTS[name]) for name in ("true", "predicted")}
        figure = plots.confusion_matrix(found["counts"], found["labels"], texts, dark=is_dark())
        chart(figure, "cell_confusion")
        st.caption(_("Rows: who sings; colour: share of the row; numbers: clips."))


def _recordings(workspace: Workspace, predictions: pd.DataFrame, protocol: str) -> None:
    st.markdown(f"**{_('Recording by recording')}**")
    rows = by_recording(predictions)
    figure = plots.recording_bars(
        rows.assign(name=group_names(workspace, rows)),
        plots.singer_colours(predictions["singer"]),
        {
            "accuracy": f"{_('Accuracy')} · {_(PROTOCOL_NAMES.get(protocol, protocol))}",
            "voted": _("goes to"),
        },
    )
    chart(figure, "cell_recordings")
    st.caption(
        _(
            "Bars: share of the recording's clips named right. Hatched: by vote of all its "
            "clips, the recording goes to another singer."
        )
    )


def group_names(workspace: Workspace, rows: pd.DataFrame) -> list[str]:
    """Return a name for each row's source group: its recording's title, or the group's own name; no two the same."""
    titles: dict[str, list[str]] = {}
    if workspace.has("corpus/recordings"):
        recordings = table(workspace, "corpus/recordings")
        names = recording_names(workspace, with_singer=False)
        for group, recording in zip(recordings["source_group"], recordings["recording_id"], strict=True):
            titles.setdefault(str(group), []).append(names[recording])
    found = []
    for group, singer in zip(rows["source_group"], rows["singer"], strict=True):
        known = titles.get(str(group), [])
        title = known[0] if len(known) == 1 else str(group)
        name = title if len(title) <= 44 else f"{title[:43]}…"
        found.append(name if name not in found else f"{name} ({singer}, {group})")
    return found


def _hardest(workspace: Workspace, run: str, about: Mapping[str, Any], predictions: pd.DataFrame) -> None:
    st.markdown(f"**{_('The clips whose true singer got the lowest probability')}**")
    worst = hardest(predictions, MOST_HARD_CLIPS)
    known = set(table(workspace, "motifs/instances")["instance_id"])
    gone = int((~worst["instance_id"].isin(known)).sum())
    worst = worst[worst["instance_id"].isin(known)]
    if gone:
        st.caption(_("{n} of these clips are not in the corpus's motifs any more.", n=gone))
    if worst.empty:
        st.info(
            _("The corpus's motifs were made again since: these clips cannot be played any more."),
            icon=":material/history:",
        )
        return
    params = about.get("params", {})
    can_open = not workspace.of_clips
    clips = clips_of_set(
        workspace, instances_of(workspace, run), params.get("clip_set", "motifs"), int(params.get("seed", 0))
    )
    if clips is None:
        return
    spans = clips.set_index("instance_id").loc[worst["instance_id"]].reset_index()
    rows = clips_of(workspace, spans)
    for row, span, said in zip(rows, spans.to_dict("records"), worst.to_dict("records"), strict=True):
        place = row["title"].removeprefix(f"{said['singer']} – ")
        row["title"] = _(
            "{singer} {p}, taken for {predicted} {q}",
            singer=said["singer"],
            p=percent(said["p_true"]),
            predicted=said["predicted"],
            q=percent(said["p_predicted"]),
        )
        row["detail"] = f"{place} · {clock(span['start_s'])}" if can_open else place
        if params.get("clip_set", "motifs") != "motifs":
            # The network heard another span than the motif's own.
            address = span_url(project(), span["recording_id"])
            row["url"] = address.format(start=f"{span['start_s']:.6f}", end=f"{span['end_s']:.6f}")
            row["length"] = seconds_text(span["end_s"] - span["start_s"])
    opened = clip_list(rows, key="hardest", max_height_px=560, can_open=can_open)
    if opened is not None:
        span = next(span for span in spans.to_dict("records") if str(span["instance_id"]) == opened)
        window = f"{max(span['start_s'] - AROUND_S, 0):.2f}-{span['end_s'] + AROUND_S:.2f}"
        go_to("recording", recording=str(span["recording_id"]), t=window)


def _calibration(about: Mapping[str, Any], predictions: pd.DataFrame, protocol: str) -> None:
    probability, truth, _classes = posterior(predictions)
    left, right = st.columns([1.4, 1], gap="large")
    texts = {name: _(CALIBRATION_TEXTS[name]) for name in ("confidence", "accuracy", "ideal", "clips")}
    with left:
        st.markdown(f"**{_('Does its confidence mean what it says?')}**")
        figure = plots.reliability_diagram(reliability(probability, truth), texts)
        chart(figure, "cell_reliability")
        st.caption(_("Bars: how often clips named with that confidence are right; paler where they are few."))
    with right:
        error = expected_calibration_error(probability, truth)
        st.metric(
            _("Calibration error · {name}", name=_(PROTOCOL_NAMES.get(protocol, protocol))),
            percent(error),
            help=_(
                "Expected calibration error: mean distance of confidence and accuracy, weighted by "
                "clips. 0 % is perfect."
            ),
        )
        gap = 100 * float((probability.max(axis=1) - (probability.argmax(axis=1) == truth)).mean())
        if abs(gap) >= 0.5:
            which = "over" if gap > 0 else "under"
            st.markdown(_(CALIBRATION_TEXTS[which], gap=number_text(abs(gap), ".1f")))
        temperature = (about.get("calibration") or {}).get("temperature")
        if temperature:
            cooled = np.log(np.maximum(probability, 1e-30)) / temperature
            cooled = np.exp(cooled - cooled.max(axis=1, keepdims=True))
            cooled /= cooled.sum(axis=1, keepdims=True)
            st.caption(
                _(
                    "After dividing by the temperature {temperature}, which identification uses, it is "
                    "{ece}.",
                    temperature=number_text(temperature, ".2f"),
                    ece=percent(expected_calibration_error(cooled, truth)),
                )
            )


def _curves(folder: Path) -> None:
    rows = registry.history_of(folder)
    if rows.empty:
        st.caption(_("No history was kept for this model."))
    else:
        curves(rows, "cell_history")
