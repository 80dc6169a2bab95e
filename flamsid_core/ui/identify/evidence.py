"""The evidence, motif by motif: whom the model names in each, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from flamsid_core import jobs, plots
from flamsid_core.corpus.carrier import time_factor
from flamsid_core.plots import explanation as pictures
from flamsid_core.ui import projects
from flamsid_core.ui.charts import chart
from flamsid_core.ui.clips import clip_list
from flamsid_core.ui.identify.why import why
from flamsid_core.ui.routes import span_url, upload_url
from flamsid_core.ui.sound import uploads_folder
from flamsid_core.ui.state import project, table
from flamsid_core.ui.words import (
    N_,
    _,
    clock,
    escape,
    number_text,
    percent,
    seconds_text,
)
from flamsid_core.workspace import Workspace

POSTERIOR_TEXTS = {
    "motifs": N_("clip, in order of time"),
    "probability": N_("by this clip alone"),
}

MOST_EVIDENCE = 100  # from either end


def evidence(workspace: Workspace, model: str, job: jobs.Job, path: Path, colours: Mapping[str, str]) -> None:
    """List the clips, what speaks most for the first singer first; each can be played and asked about."""
    result = jobs.result(job) or {}
    found = pd.DataFrame(result.get("evidence") or [])
    st.markdown(f"**{_('Clip by clip')}**")
    if found.empty:
        st.caption(_("The model returned no evidence by clip."))
        return
    if "singers" in found and found["pattern"].astype(bool).any() and not found["singers"].astype(bool).any():
        st.warning(
            _(
                "None of the corpus' motifs occurs here: all runs of as many steps were taken "
                "instead, which says less."
            ),
            icon=":material/help:",
        )
    singers = [str(row["singer"]) for row in result["ranking"]]
    if "posterior" in found:
        _posteriors(found, singers)
    # Both ends of a long list: what speaks most for the first singer, and what speaks most against.
    shown = (
        found
        if len(found) <= 2 * MOST_EVIDENCE
        else found.iloc[[*range(MOST_EVIDENCE), *range(-MOST_EVIDENCE, 0)]]
    )
    rows = shown.to_dict("records")
    clips = [
        {
            "id": str(number),
            "url": _url(workspace, path, row["start_s"], row["end_s"], _speed_asked(job)),
            "pattern": row["pattern"],
            "colour": colours.get(row["predicted"], plots.NEUTRAL),
            "title": f"{row['predicted']} {percent(row.get('probability'))}",
            "detail": clock(row["start_s"]),
            "length": seconds_text(row["end_s"] - row["start_s"]),
        }
        for number, row in enumerate(rows)
    ]
    st.caption(
        _(
            "Whom the model hears in each clip, and with what probability by that clip alone; what speaks most for "
            "{singer} comes first, what speaks most against last.",
            singer=escape(singers[0]),
        )
    )
    asked = clip_list(clips, key="evidence", max_height_px=330, ask=_("Why? Take this clip apart"))
    if len(shown) < len(found):
        st.caption(_("{n} more not shown", n=number_text(len(found) - len(shown))))
    if asked is not None:
        st.session_state["identify_why"] = (job.id, int(asked))
    job_id, number = st.session_state.get("identify_why", ("", 0))
    if job_id == job.id and number < len(rows):
        why(
            workspace,
            model,
            path,
            rows[number],
            clips[number]["url"],
            singers,
            colours,
            speed=_speed_asked(job),
        )
    else:
        st.caption(
            _(
                "The question mark of a clip shows where in its sound the answer came from, and "
                "whether to believe that."
            )
        )


def _speed_asked(job: jobs.Job) -> float:
    """Return the speed with which a job was asked to identify."""
    given = [part.removeprefix("--speed=") for part in job.command if part.startswith("--speed=")]
    return float(given[0]) if given else 0.0


def _posteriors(found: pd.DataFrame, singers: list[str]) -> None:
    """Show every clip's posterior, in order of time."""
    in_time = found.sort_values("start_s", kind="stable")
    values = np.array([[row.get(singer, 0.0) for singer in singers] for row in in_time["posterior"]])
    names = [
        f"{clock(start)} {pattern}".rstrip()
        for start, pattern in zip(in_time["start_s"], in_time["pattern"], strict=True)
    ]
    texts = {key: _(POSTERIOR_TEXTS[key]) for key in ("motifs", "probability")}
    st.caption(
        _(
            "{n} clips in order of time: how likely each singer is by each clip alone.",
            n=number_text(len(found)),
        )
    )
    chart(pictures.posterior_strip(values, singers, names, texts), "posteriors")


def _url(workspace: Workspace, path: Path, start_s: float, end_s: float, speed: float) -> str:
    """Return where a span of the sound comes from: an upload, or a recording of this corpus."""
    if path.parent == uploads_folder():
        return upload_url(path.stem, start_s, end_s, speed)
    recordings = table(workspace, "corpus/recordings")
    corpus = projects.corpus_of(workspace.root)
    mine = recordings.loc[[corpus / file == path for file in recordings["file"]]]
    if mine.empty:
        return ""
    row = mine.iloc[0]
    # The span is served at the speed of the table, whatever was asked.
    longer = time_factor(float(row.get("speed", 0.0))) / time_factor(speed)
    return span_url(project(), str(row["recording_id"])).format(start=start_s * longer, end=end_s * longer)
