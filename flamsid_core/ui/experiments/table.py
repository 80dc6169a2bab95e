"""The paper's Table 2 with our figures in it, as an HTML table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core.ui.experiments.files import beside_paper
from flamsid_core.ui.state import is_dark
from flamsid_core.ui.words import CLIP_SET_NAMES, N_, PRESET_NAMES, PROTOCOL_NAMES, _, number_text, percent

TABLE_TEXTS = {
    "ours": N_("ours"),
    "not_here": N_("not in this experiment"),
    "waiting": N_("not finished"),
    "failed": N_("failed"),
}

NETWORKS = {"crnn": "CRNN", "resnet50": "ResNet50", "residual-blstm": "Residual-BLSTM"}
FEATURES = {"mfcc": "MFCC", "spectrogram": "Spectrogram", "mel": "Mel"}
CLIP_SETS = ("motifs", "motifs+segment", "random")
OURS = ("#A63D1F", "#E58A5E")  # the theme's own colour on light and dark ground
LINE = "1px solid rgba(140,133,124,0.35)"


def table_beside_paper(folder: Path, protocol: str) -> None:
    """Show the paper's 27 cells, and ours under a protocol in each."""
    rows = beside_paper(folder, protocol)
    presets = [preset for preset in dict.fromkeys(rows["preset"]) if (rows["preset"] == preset).any()]
    preset = presets[0]
    if len(presets) > 1:
        chosen = st.segmented_control(
            _("Form of the networks"),
            presets,
            default=presets[0],
            required=True,
            key="table_preset",
            format_func=lambda p: _(PRESET_NAMES[p]),
        )
        preset = str(chosen)
    shown = rows[rows["preset"] == preset]
    st.html(html_table(shown))
    seeds = _("{n} seed(s)", n=int(shown["seeds"].max()))
    st.caption(
        _(
            "Large: accuracy by clip under **{name}**, mean of {seeds}; small: its 95 % "
            "interval, drawn over recordings, and AUC. Beneath: the paper's figures, measured by "
            "its authors on random clips, the paper protocol, of another corpus.",
            name=_(PROTOCOL_NAMES.get(protocol, protocol)),
            seeds=seeds,
        )
    )
    if protocol != "paper":
        strict = _(
            "The paper's figures beneath were measured under another protocol than ours here: they are a guide, "
            "not a comparison."
        )
        st.caption(f":material/info: {strict}")


def html_table(rows: pd.DataFrame) -> str:
    """Return the table: rows are features within clip sets, columns networks, a cell ours above the paper's."""
    networks = list(NETWORKS)
    by_place: dict[tuple[str, str, str], Mapping[Any, Any]] = {
        (row["clip_set"], row["features"], row["network"]): row for row in rows.to_dict("records")
    }
    head = "".join(
        f'<th style="{_cell()}text-align:left">{escape(NETWORKS.get(n, n))}</th>' for n in networks
    )
    body = []
    for clip_set in CLIP_SETS:
        title = _(CLIP_SET_NAMES[clip_set])
        body.append(_title(f"{title[:1].upper()}{title[1:]}", len(networks) + 1))
        for features, name in FEATURES.items():
            cells = "".join(
                f'<td style="{_cell()}">{_figures(by_place.get((clip_set, features, network)))}</td>'
                for network in networks
            )
            body.append(
                f'<tr><th style="{_cell()}text-align:left;font-weight:400;opacity:0.8">{name}</th>{cells}</tr>'
            )
    in_paper = rows["network"].isin(NETWORKS) & rows["features"].isin(FEATURES)
    if not in_paper.all():
        body.append(_title(_("Beyond the paper"), len(networks) + 1))
        for row in rows[~in_paper].to_dict("records"):
            name = escape(f"{row['network']} · {row['features']}")
            clips = escape(_(CLIP_SET_NAMES[row["clip_set"]]))
            body.append(
                f'<tr><th colspan="2" style="{_cell()}text-align:left;font-weight:400">{name}'
                f'<div style="font-size:0.8rem;opacity:0.65">{clips}</div></th>'
                f'<td colspan="{len(networks) - 1}" style="{_cell()}">{_figures(row)}</td></tr>'
            )
    return (
        '<div style="overflow-x:auto"><table style="border-collapse:collapse;width:100%;font-size:0.9rem;'
        f'font-variant-numeric:tabular-nums"><thead><tr><th style="{_cell()}"></th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _title(text: str, columns: int) -> str:
    style = f"{_cell()}text-align:left;padding-top:0.9rem;font-weight:600"
    return f'<tr><th colspan="{columns}" style="{style}">{escape(text)}</th></tr>'


def _cell() -> str:
    return f"border:none;border-bottom:{LINE};padding:0.35rem 0.7rem;vertical-align:top;"


def _figures(row: Mapping[Any, Any] | None) -> str:
    if row is None:
        return "–"
    paper = _paper(row)
    if row["seeds"] == 0:
        state = "not_here" if row["cells"] == 0 else "waiting"
        if row["cells"] and row["note"] not in ("", "not finished"):
            state = "failed"
        note = escape(str(row["note"]), quote=True)
        told = _(TABLE_TEXTS[state])
        if state == "not_here":
            return f'<span style="opacity:0.55" title="{escape(told, quote=True)}">–</span>{paper}'
        return f'<span style="opacity:0.55" title="{note}">{escape(told)}</span>{paper}'
    spread = "" if math.isnan(row["accuracy_sd"]) else f" ± {number_text(100 * row['accuracy_sd'], '.1f')}"
    auc = "" if pd.isna(row["macro_auc"]) else f" · AUC {number_text(100 * row['macro_auc'], '.1f')}"
    title = escape(_("95 % interval"), quote=True)
    return (
        f'<span style="font-size:1.15rem;font-weight:600;color:{OURS[is_dark()]}">{percent(row["accuracy"])}</span>'
        f'<span style="opacity:0.75">{spread}</span> '
        f'<span style="font-size:0.8rem;opacity:0.8;white-space:nowrap" title="{title}">'
        f"[{100 * row['low']:.0f}–{100 * row['high']:.0f}]{auc}</span>{paper}"
    )


def _paper(row: Mapping[Any, Any]) -> str:
    if math.isnan(row["paper_accuracy"]):
        said = escape(_("not in the paper"))
    else:
        auc = number_text(100 * row["paper_auc"], ".2f")
        said = f"{escape(_('paper'))} {percent(row['paper_accuracy'], 2)} · AUC {auc}"
    return f'<div style="font-size:0.8rem;opacity:0.65;white-space:nowrap">{said}</div>'
