"""The Recording page's parts: parameters, the timeline, figures, the chosen motif, citation and export."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from flamsid_core import plots
from flamsid_core.annotations import Annotations
from flamsid_core.corpus.carrier import speed_words, time_factor
from flamsid_core.errors import FlamsidError
from flamsid_core.melody import note_name
from flamsid_core.melody.contour import Contour, ContourParams
from flamsid_core.melody.kmeans import K_MAX, K_MIN
from flamsid_core.ui import sound
from flamsid_core.ui.charts import chart
from flamsid_core.ui.clips import clip_list
from flamsid_core.ui.contours import voiced_cents, with_centre
from flamsid_core.ui.instances import clips_of, recording_names
from flamsid_core.ui.links import (
    adopt_setting,
    go_to,
    number_in,
    one_of,
    open_instance,
    pick,
    publish_link,
    publish_setting,
)
from flamsid_core.ui.recording.desk import edits_for_timeline
from flamsid_core.ui.recording.elsewhere import SPAN
from flamsid_core.ui.recording.export import export_menu
from flamsid_core.ui.routes import recording_url, span_url
from flamsid_core.ui.state import project, table
from flamsid_core.ui.words import N_, _, escape, language, number_text, percent
from flamsid_core.workspace import Workspace

METHOD_TEXTS = {
    "notes": N_("notes"),
    "kmeans": N_("k-means"),
    "band": N_("band"),
}
SCOPE_TEXTS = {
    "corpus": N_("corpus"),
    "singer": N_("singer"),
    "recording": N_("recording"),
}

METHODS = ("notes", "kmeans", "band")
LONGEST_WAVEFORM_S = 1200.0
TIMELINE_FIRST_S = 0.04
TIMELINE_PX = 532
LEAST_CENTS, HIGHEST_CENTS = 0.1, 9000.0
COARSE_CENTS = 50.0
SCOPES = ("recording", "singer", "corpus")


def choose_recording(workspace: Workspace) -> pd.Series:
    """Let the person pick a recording; return its row."""
    recordings = table(workspace, "corpus/recordings")
    names = recording_names(workspace)
    chosen = pick(
        _("Recording"),
        list(recordings["recording_id"]),
        "recording",
        label_of=lambda rid: names.get(rid, rid),
        label_visibility="collapsed",
    )
    return recordings[recordings["recording_id"] == chosen].iloc[0]


def choose_params() -> ContourParams:
    """Show the controls of the reduction; return what they say."""
    method, scope, k, more = st.columns([1.2, 1.2, 1.8, 1], vertical_alignment="bottom")
    with more.popover(_("More"), icon=":material/tune:", width="stretch"):
        segment, gap, smooth = st.container(), st.container(), st.container()
    keep: dict[str, Any] = {"persist_state": "session"}
    readers = {
        "method": one_of(METHODS),
        "scope": one_of(SCOPES),
        "k": number_in(0, 60),
        "segment": number_in(0, 200),
        "gap": number_in(50, 1000),
        "smooth": number_in(0, 150),
    }
    for name, read in readers.items():
        adopt_setting(f"reduce_{name}", name, read)
    chosen_method = method.selectbox(
        _("Reduction"),
        METHODS,
        key="reduce_method",
        format_func=lambda m: _(METHOD_TEXTS[m]),
        help=_(
            "Notes: vibrato and glides are taken out, notes fitted to the rest, levels to the "
            "notes. k-means: a few levels fitted to all pitches (the paper). Band: segments that "
            "stay within ±60 cents (the authors' published code)."
        ),
        **keep,
    )
    banded = chosen_method == "band"
    chosen_scope = scope.selectbox(
        _("Levels from"),
        SCOPES,
        key="reduce_scope",
        format_func=lambda s: _(SCOPE_TEXTS[s]),
        disabled=banded,
        **keep,
    )
    default = ContourParams()
    levels = k.slider(
        _("Levels (0 = BIC)"),
        0,
        K_MAX,
        0 if default.k == "auto" else int(default.k),
        key="reduce_k",
        help=_("Number of pitch levels; 0 lets the Bayesian information criterion choose."),
        disabled=banded,
        **keep,
    )
    least_ms = segment.slider(
        _("Segment ≥ ms"),
        0,
        200,
        round(1000 * default.min_segment_s),
        10,
        key="reduce_segment",
        help=_("Shorter segments melt into their neighbour."),
        **keep,
    )
    gap_ms = gap.slider(
        _("Pause ≤ ms"),
        50,
        1000,
        round(1000 * default.max_gap_s),
        50,
        key="reduce_gap",
        help=_("Shorter pauses in the voice stay within a phrase; longer ones end it."),
        **keep,
    )
    smooth_ms = smooth.slider(
        _("Smooth ms"),
        0,
        150,
        round(1000 * default.smooth_s),
        10,
        key="reduce_smooth",
        help=_(
            "How long a deviation of one level must last to count: keeps vibrato from becoming "
            "steps. 0 = off, as in the paper."
        ),
        **keep,
    )
    usual = {"method": "notes", "scope": "recording", "k": 0, "segment": 30, "gap": 200, "smooth": 0}
    for name, value in usual.items():
        publish_setting(name, st.session_state[f"reduce_{name}"], value)
    return ContourParams(
        smooth_s=smooth_ms / 1000,
        method=chosen_method,
        scope=chosen_scope,
        # One level makes no contour.
        k="auto" if levels == 0 else max(levels, K_MIN),
        min_segment_s=least_ms / 1000,
        max_gap_s=gap_ms / 1000,
    )


def show_timeline(
    row: pd.Series,
    melody: pd.DataFrame,
    contour: Contour,
    instances: pd.DataFrame,
    tonic: float | None,
    params: ContourParams,
    colours: dict[str, str],
    notes: Annotations | None = None,
    tracked: pd.DataFrame | None = None,
) -> str | None:
    """Draw the timeline, corrections over what was tracked; return the motif chosen on it or by the address."""
    from flamsid_core.ui.components import timeline

    rid = str(row["recording_id"])
    motif = _motif_of_address(rid, instances)
    shown = with_centre(melody, params) if params.method == "notes" else melody
    if tracked is not None:
        shown = shown.assign(f0_hz=tracked["f0_hz"].to_numpy())
    # Its place is kept while it loads, so that nothing below jumps.
    with st.container(height=TIMELINE_PX, border=False):
        result = timeline(
            shown,
            contour.segments,
            contour.levels,
            instances,
            duration_s=float(row["duration_s"]) * time_factor(float(row.get("speed", 0.0))),
            audio_url=recording_url(project(), rid),
            span_url=span_url(project(), rid),
            colours=colours,
            motif=motif,
            window=_window_of_address(rid),
            tonic_cents=tonic,
            waveform=waveform(row),
            key=timeline_key(rid),
            height_px=TIMELINE_PX - 2,
            language=language(),
            report_window=True,
            edits=None if notes is None else edits_for_timeline(notes, rid),
        )
    st.session_state[SPAN] = None if result.selection is None else (rid, result.selection)
    if result.window is not None:
        publish_link("t", f"{result.window[0]:.2f}-{result.window[1]:.2f}")
    if result.tonic_cents is not None and abs(result.tonic_cents - (tonic or 0)) > LEAST_CENTS:
        publish_link("tonic", f"{result.tonic_cents:.1f}")
        st.session_state["_tonic_here"] = (rid, result.tonic_cents)
        st.rerun(scope="fragment")
    if result.instance is not None:
        clicked = str(instances["motif_id"].iloc[result.instance])
        if st.session_state.get("_clicked") != (rid, result.instance):
            st.session_state["_clicked"] = (rid, result.instance)
            motif = clicked
            st.session_state["_motif_here"] = (rid, motif)
    publish_link("motif", motif)
    return motif


def timeline_key(recording_id: str) -> str:
    """Return the key of a recording's timeline, under which Streamlit keeps what it sent."""
    return f"timeline-{project()}-{recording_id}"


def waveform(row: pd.Series) -> np.ndarray | None:
    """Return the recording's peaks for the overview; None for very long ones, which would keep the page waiting."""
    if float(row["duration_s"]) > LONGEST_WAVEFORM_S:
        return None
    try:
        path = sound.recording_file(project(), str(row["recording_id"]))
    except (KeyError, FlamsidError):
        return None
    return sound.peaks(path)


def chosen_tonic(rid: str, estimated: float | None) -> float | None:
    """Return the tonic that a person set on the axis, or a link names; else the estimated one."""
    given = st.query_params.get("tonic")
    if given is not None and given != st.session_state.get("_link_tonic"):
        st.session_state["_link_tonic"] = given
        with suppress(ValueError):
            st.session_state["_tonic_here"] = (rid, float(given))
    kept = st.session_state.get("_tonic_here")
    if kept is None or kept[0] != rid or not 0 <= kept[1] <= HIGHEST_CENTS:
        publish_link("tonic", None)
        return estimated
    return float(kept[1])


def _motif_of_address(rid: str, instances: pd.DataFrame) -> str | None:
    """Return the chosen motif; one chosen in another recording stays chosen where it occurs in this one as well."""
    given, kept = st.query_params.get("motif"), st.session_state.get("_motif_here")
    if given is not None and (given != st.session_state.get("_link_motif") or kept is None or kept[0] != rid):
        kept = st.session_state["_motif_here"] = (rid, given)
    if kept is None or kept[0] != rid or kept[1] not in set(instances["motif_id"]):
        return None
    return str(kept[1])


def _window_of_address(rid: str) -> tuple[float, float] | None:
    """Return the span a link names; what the person zoomed to since is the timeline's own matter."""
    given = st.query_params.get("t")
    if given is not None and given != st.session_state.get("_link_t"):
        try:
            start_s, end_s = (float(part) for part in given.split("-", 1))
        except ValueError:
            start_s, end_s = 0.0, 0.0
        st.session_state["_window_here"] = (rid, (start_s, end_s)) if 0 <= start_s < end_s < 1e6 else None
        st.session_state["_link_t"] = given
    kept = st.session_state.get("_window_here")
    return kept[1] if kept is not None and kept[0] == rid else None


def figures(melody: pd.DataFrame, contour: Contour, tonic: float | None) -> None:
    """Show the reduction and the tonic, in cents above 55 Hz, in numbers."""
    segments = contour.segments
    columns = st.columns(6)
    residual = float(contour.residual_cents["residual_cents"].iloc[0])
    columns[0].metric(
        _("Residual"),
        number_text(residual, ".1f") + " ¢",
        help=_("Root mean square distance between the sung pitch and the contour, in cents."),
    )
    columns[1].metric(_("Segments"), number_text(len(segments)))
    columns[2].metric(_("Phrases"), segments["phrase"].nunique())
    columns[3].metric(_("Levels"), len(contour.levels) or "–")
    name = "–" if tonic is None else f"{note_name(tonic)}"
    columns[4].metric(
        _("Tonic (estimate)"), name, help=_("The level on which most of the phrases' closing time rests.")
    )
    columns[5].metric(_("Voiced"), percent((melody["f0_hz"] > 0).mean(), 0))
    if np.isfinite(residual):
        st.caption(residual_in_words(residual, contour))


def residual_in_words(residual_cents: float, contour: Contour) -> str:
    """Return whether the notes stand for what is sung, and else what to do.

    Notes half a semitone off are heard as other notes.
    """
    if residual_cents <= COARSE_CENTS:
        return _("Notes lie {cents:.0f} cents from what is sung: fine.", cents=residual_cents)
    own = set(contour.segments["recording_id"])
    if not set(contour.levels["scope"]) <= own:
        return _(
            "Notes lie {cents:.0f} cents from what is sung: coarse. Take levels of this recording.",
            cents=residual_cents,
        )
    return _("Notes lie {cents:.0f} cents from what is sung: coarse. Take more levels.", cents=residual_cents)


def histogram(melody: pd.DataFrame, contour: Contour) -> None:
    """Show how often each pitch is sung, with the levels; to be called last."""
    # Plotly keeps the browser busy for some 60 ms: the timeline is to be redrawn before that.
    time.sleep(TIMELINE_FIRST_S)
    st.markdown(f"**{_('How often each pitch is sung')}**")
    texts = {
        "x": _("cents above A1 (55 Hz)"),
        "y": _("frames"),
        "frames": _("frames"),
        "level": _("level"),
    }
    figure = plots.level_histogram(voiced_cents(melody), contour.levels, texts)
    chart(figure, "histogram")
    st.caption(_("Solid: levels. Dotted: the bounds between them."))


def chosen_motif(workspace: Workspace, row: pd.Series, motif: str | None) -> None:
    """List where the chosen motif occurs, each occurrence playable and linked."""
    if motif is None:
        st.caption(_("Click a motif above to hear it and to list its other occurrences here."))
        return
    instances = table(workspace, "motifs/instances")
    mine = instances[instances["motif_id"] == motif]
    pattern = str(mine["pattern"].iloc[0])
    here = mine["recording_id"] == row["recording_id"]
    left, right = st.columns([1, 1], vertical_alignment="center")
    left.markdown(f"**{_('Motif {pattern}', pattern=f'`{pattern}`')}**")
    if right.button(_("All about this motif"), key="open_motif", icon=":material/stairs:", width="stretch"):
        go_to("motifs", motif=motif)
    counts = {"here": int(here.sum()), "elsewhere": int((~here).sum()), "singer": escape(row["singer"])}
    st.caption(_("{here} in this recording, {elsewhere} in others of {singer}", **counts))
    others = sorted(set(instances.loc[instances["pattern"] == pattern, "singer"]) - {row["singer"]})
    if others:
        st.caption(_("The same steps sung by others: {singers}", singers=escape(", ".join(others))))
    ordered = pd.concat(
        [mine[here].sort_values("start_s"), mine[~here].sort_values(["recording_id", "start_s"])]
    )
    opened = clip_list(
        clips_of(workspace, ordered), key=f"siblings-{motif}", max_height_px=330, can_open=True
    )
    if opened is not None:
        open_instance(instances[instances["instance_id"] == opened].iloc[0])


def cite_and_export(
    row: pd.Series, melody: pd.DataFrame, contour: Contour, instances: pd.DataFrame, params: ContourParams
) -> None:
    """Offer a citation, and what the page shows as files of other programs."""
    with st.popover(_("Cite"), icon=":material/format_quote:"):
        st.caption(_("Link, recording, parameters and a hash of the sound, to paste into a text."))
        st.code(citation(row, params, _address()), language=None, wrap_lines=True)
    export_menu(row, melody, contour, instances, params)


def citation(row: pd.Series, params: ContourParams, address: str) -> str:
    """Return what names a view: recording, link, parameters and a hash of the sound."""
    about = [
        str(row[c])
        for c in ("singer", "title", "style", "year", "source", "licence")
        if c in row and pd.notna(row[c])
    ]
    parameters = json.dumps(asdict(params), sort_keys=True)
    return (
        ", ".join(part for part in [*about, speed_words(float(row.get("speed", 0.0)))] if part)
        + f".\n{address}\nflamsid contour parameters: {parameters}\n"
        + f"SHA-256 of the decoded audio: {row['sha256']}"
    )


def _address() -> str:
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{st.query_params.to_dict() and _encoded(st.query_params.to_dict())}"


def _encoded(query: dict[str, Any]) -> str:
    from urllib.parse import urlencode

    return urlencode(query)
