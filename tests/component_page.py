"""The script behind `component_harness.py`: shows one instrument and writes down what it answers."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

sys.path.insert(0, str(Path(__file__).parent))
import component_harness as harness

from flamsid_core.ui.components import motif_space, timeline


def show_timeline() -> dict[str, Any]:
    seconds = float(query.get("seconds", 300))
    motif = st.selectbox("motif", ["–", "m03", "m07"])
    result = timeline(
        harness.melody(seconds),
        harness.segments(seconds),
        harness.segments(seconds).drop_duplicates("level")[["level", "pitch_cents"]],
        harness.instances(seconds, int(query.get("motifs", 400))),
        duration_s=seconds,
        audio_url=f"/harness/recording/{seconds:g}",
        span_url=f"/harness/span/{seconds:g}?start={{start}}&end={{end}}" if "span" in query else None,
        colours={"m03": "#D55E00"},
        motif=None if motif == "–" else motif,
        tonic_cents=1395.0,
        waveform=np.abs(np.sin(np.arange(2000) / 37)) * np.random.default_rng(0).random(2000),
        language=language,
        report_window=True,
        key="timeline",
    )
    return {"instance": result.instance, "selection": result.selection, "window": result.window}


def show_space() -> dict[str, Any]:
    xy, table = harness.points(int(query.get("points", 11_158)))
    by = st.selectbox("colour", ["singer", "recording"])
    result = motif_space(
        xy,
        colour=table[by],
        labels=table,
        patterns=table["pattern"],
        audio_url_template="/harness/clip/{id}",
        language=language,
        title="Residual-BLSTM",
        key="space",
    )
    rows = result.selection
    return {
        "clicked": result.clicked,
        "selected": len(rows),
        "first": [int(r) for r in rows[:5]],
        "sum": int(rows.sum()),
    }


def show_plotly() -> dict[str, Any]:
    """The peer of `benchmarks/ui.py`: the same points as a plotly scatter."""
    import plotly.graph_objects as go

    xy, table = harness.points(int(query.get("points", 11_158)))
    figure = go.Figure(layout={"dragmode": "lasso", "height": 620})
    for singer, rows in table.groupby("singer").indices.items():
        figure.add_scattergl(
            x=xy[rows, 0],
            y=xy[rows, 1],
            name=singer,
            mode="markers",
            marker={"size": 4},
            customdata=table.iloc[rows].to_numpy(),
        )
    event = st.plotly_chart(figure, on_select="rerun", key="plotly")
    return {"selected": len(event["selection"]["points"])}


VIEWS = {"timeline": show_timeline, "space": show_space, "plotly": show_plotly}

st.set_page_config(layout="wide", initial_sidebar_state="collapsed")
query = st.query_params
language = query.get("language", "en")
view = query.get("view", "timeline")
if "switch" in query:
    view = st.radio("view", list(VIEWS), horizontal=True)
st.markdown('<span class="page-is-there">&nbsp;</span>', unsafe_allow_html=True)
st.code(json.dumps(VIEWS[view]()), language=None)
