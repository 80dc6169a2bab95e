"""The script behind `component_harness.py`: shows one instrument and writes down what it answers."""

import json
import sys
from pathlib import Path

import numpy as np
import streamlit as st

sys.path.insert(0, str(Path(__file__).parent))
import component_harness as harness

from flamsid_core.ui.components import motif_space, timeline

st.set_page_config(layout="wide", initial_sidebar_state="collapsed")
query = st.query_params
language = query.get("language", "en")

if query.get("view", "timeline") == "timeline":
    seconds = float(query.get("seconds", 300))
    peaks = np.abs(np.sin(np.arange(2000) / 37)) * np.random.default_rng(0).random(2000)
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
        waveform=peaks,
        language=language,
        report_window=True,
        key="timeline",
    )
    answer = {"instance": result.instance, "selection": result.selection, "window": result.window}
else:
    count = int(query.get("points", 11_158))
    xy, table = harness.points(count)
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
    answer = {
        "clicked": result.clicked,
        "selected": len(rows),
        "first": [int(r) for r in rows[:5]],
        "sum": int(rows.sum()),
    }
st.code(json.dumps(answer), language=None)
