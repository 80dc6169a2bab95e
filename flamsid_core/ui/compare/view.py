"""The Compare page's parts: two recordings aligned, and a family of versions by its distances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from flamsid_core import plots
from flamsid_core.corpus.cells import spreadsheet_csv
from flamsid_core.melody.distances import Alignment, agreement, align_melodies, melodic_distances
from flamsid_core.plots import distances as figures
from flamsid_core.read_once import read_once
from flamsid_core.ui.clips import clip_list
from flamsid_core.ui.instances import colours_of, recording_names
from flamsid_core.ui.links import go_to, pick
from flamsid_core.ui.routes import span_url
from flamsid_core.ui.state import project, table
from flamsid_core.ui.words import N_, _, clock, number_text, percent
from flamsid_core.workspace import Workspace

TRANSPOSITIONS = {"best": N_("best"), "none": N_("none: as sung"), "tonic": N_("tonics together")}
_LISTEN_S = 6.0
_MOST_VERSIONS = 60
_FIRST_VERSIONS = 12


def with_melody(workspace: Workspace) -> pd.DataFrame:
    """Return the recordings that have a melody."""
    recordings = table(workspace, "corpus/recordings")
    return recordings[[workspace.has(f"melody/{rid}") for rid in recordings["recording_id"]]]


def two_recordings(workspace: Workspace) -> None:
    """Compare two recordings: contours with ties or laid over each other, agreement, and both sounds at one place."""
    ids = list(with_melody(workspace)["recording_id"])
    names = recording_names(workspace)
    left, right, how, look = st.columns([2, 2, 1.2, 1], vertical_alignment="bottom")
    with left:
        a = pick(_("First"), ids, "a", label_of=lambda rid: names.get(rid, rid))
    with right:
        b = pick(_("Second"), [rid for rid in ids if rid != a], "b", label_of=lambda rid: names.get(rid, rid))
    kind = how.selectbox(
        _("Transposition"),
        list(TRANSPOSITIONS),
        key="compare_shift",
        format_func=lambda name: _(TRANSPOSITIONS[name]),
    )
    laid_over = look.toggle(_("Lay over"), key="compare_over", value=True)
    melodies = (_melody(workspace, a), _melody(workspace, b))
    found = _aligned(workspace, a, b, _shift(workspace, kind, a, b))
    agrees = agreement(found)
    columns = st.columns(3)
    columns[0].metric(
        _("Distance"),
        f"{number_text(found.distance_cents, '.0f')} ¢",
        help=_(
            "Mean difference along the alignment at the best key and tempo: 0 is the same, 300 has nothing in common."
        ),
    )
    columns[1].metric(_("Transposition"), f"{number_text(found.transposition_cents, '+.0f')} ¢")
    columns[2].metric(_("They agree in"), percent(float((agrees["difference_cents"].abs() <= 60).mean()), 0))
    texts = {
        "time": _("Time in the first (s)") if laid_over else _("Time (s)"),
        "cents": _("Cents above 55 Hz"),
        "agreement": _("agreement"),
        "ties": _("ties"),
    }
    figure = figures.compared_contours(
        melodies, found, agrees, (names.get(a, a), names.get(b, b)), texts, laid_over=laid_over
    )
    chosen = st.plotly_chart(figure, key="compare_figure", on_select="rerun", selection_mode="points")
    _both_sounds(workspace, (a, b), found, chosen)
    rows = pd.DataFrame(
        {
            "time_a_s": found.time_a_s,
            "time_b_s": found.time_b_s,
            "difference_cents": found.difference_cents,
        }
    )
    st.download_button(
        _("Alignment as CSV"),
        spreadsheet_csv(rows),
        f"{a}-{b}.csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _both_sounds(workspace: Workspace, ids: tuple[str, str], found: Alignment, chosen: object) -> None:
    """One cursor through both sounds: the same place of each, to be played."""
    points = getattr(getattr(chosen, "selection", None), "points", None) or []
    if points:
        clicked_s = float(points[0]["x"])
        if st.session_state.get("_compare_click") != clicked_s:
            st.session_state["_compare_click"] = clicked_s
            st.session_state["compare_at"] = float(np.clip(clicked_s, found.time_a_s[0], found.time_a_s[-1]))
    at_s = st.slider(
        _("Place, in the time of the first"),
        float(found.time_a_s[0]),
        float(found.time_a_s[-1]),
        key="compare_at",
        format="%.1f s",
    )
    names, colours = recording_names(workspace), (plots.ACCENT, plots.PALETTE[0])
    other_s = float(np.interp(at_s, found.time_a_s, found.time_b_s))
    clips = []
    for rid, start_s, colour in zip(ids, (at_s, other_s), colours, strict=True):
        address = span_url(project(), rid)
        clips.append(
            {
                "id": rid,
                "url": address.replace("{start}", f"{start_s:.3f}").replace(
                    "{end}", f"{start_s + _LISTEN_S:.3f}"
                ),
                "pattern": "",
                "colour": colour,
                "title": names.get(rid, rid),
                "detail": clock(start_s),
                "length": f"{_LISTEN_S:.0f} s",
            }
        )
    opened = clip_list(clips, key=f"both-{at_s:.1f}", can_open=True, contours=False)
    if opened is not None:
        start_s = at_s if opened == ids[0] else other_s
        go_to("recording", recording=opened, t=f"{max(0.0, start_s - 1):.2f}-{start_s + _LISTEN_S:.2f}")


def family(workspace: Workspace) -> None:
    """Show the distances of chosen recordings as matrix, tree and picture; a cell leads to the comparison."""
    recordings = with_melody(workspace)
    names = recording_names(workspace)
    singer, styles, words = st.columns(3)
    singers = singer.multiselect(_("Singers"), sorted(recordings["singer"].unique()), key="family_singers")
    palos = styles.multiselect(_("Palos"), sorted(set(recordings["style"]) - {""}), key="family_styles")
    search = words.text_input(_("Words in the title"), key="family_words")
    if singers:
        recordings = recordings[recordings["singer"].isin(singers)]
    if palos:
        recordings = recordings[recordings["style"].isin(palos)]
    if search.strip():
        recordings = recordings[recordings["title"].str.contains(search.strip(), case=False, regex=False)]
    ids = list(recordings["recording_id"])
    chosen = st.multiselect(
        _("Versions"),
        ids,
        default=ids[:_FIRST_VERSIONS],
        max_selections=_MOST_VERSIONS,
        format_func=lambda rid: names.get(rid, rid),
        key=f"family_ids_{hash(tuple(ids))}",
    )
    if len(chosen) < 3:
        st.info(_("Choose three recordings or more."), icon=":material/account_tree:")
        return
    found = _distances(workspace, tuple(chosen))
    shown = [names.get(rid, rid) for rid in chosen]
    texts = {"distance": _("cents")}
    order = [int(i) for i in _order(found)]
    matrix, tree = st.columns([1.2, 1])
    with matrix:
        cell = st.plotly_chart(
            figures.distance_matrix(found, shown, order, texts), key="family_matrix", on_select="rerun"
        )
        st.caption(_("Click a cell to compare the two."))
    with tree:
        st.plotly_chart(figures.dendrogram(found, shown, texts), key="family_tree")
    by_id = dict(zip(recordings["recording_id"], recordings["singer"], strict=True))
    groups = [str(by_id[rid]) for rid in chosen]
    st.plotly_chart(
        figures.picture_of_distances(found, shown, groups, colours_of(workspace)), key="family_picture"
    )
    points = getattr(getattr(cell, "selection", None), "points", None) or []
    if points:
        pair = [chosen[shown.index(points[0][axis])] for axis in ("y", "x") if points[0].get(axis) in shown]
        if len(pair) == 2 and pair[0] != pair[1]:
            go_to("compare", a=pair[0], b=pair[1])
    rows = pd.DataFrame(found, index=chosen, columns=chosen)
    st.download_button(
        _("Distances as CSV"),
        spreadsheet_csv(rows.reset_index(names="")),
        "distances.csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _order(distances: np.ndarray) -> list[int]:
    from scipy.cluster.hierarchy import leaves_list

    return leaves_list(figures.linkage_of(distances)).tolist()


def _melody(workspace: Workspace, recording_id: str) -> pd.DataFrame:
    return table(workspace, f"melody/{recording_id}")


def _melodies(workspace: Workspace, *recording_ids: str) -> tuple[Path, ...]:
    return tuple(workspace.path(f"melody/{recording_id}.parquet") for recording_id in recording_ids)


def _shift(workspace: Workspace, kind: str, a: str, b: str) -> float | None:
    """Return what to take off the second melody, None for the best."""
    if kind != "tonic":
        return 0.0 if kind == "none" else None
    tonics = table(workspace, "corpus/recordings").set_index("recording_id")
    if "tonic_hz" not in tonics:
        return None
    hz = pd.to_numeric(tonics.loc[[a, b], "tonic_hz"], errors="coerce").to_numpy(dtype=np.float64)
    return float(1200 * np.log2(hz[1] / hz[0])) if (hz > 0).all() else None


@read_once(lambda workspace, a, b, shift: _melodies(workspace, a, b), size=32)
def _aligned(workspace: Workspace, a: str, b: str, shift: float | None) -> Alignment:
    return align_melodies(
        workspace.table(f"melody/{a}"), workspace.table(f"melody/{b}"), transposition_cents=shift
    )


@read_once(lambda workspace, ids: _melodies(workspace, *ids), size=8)
def _distances(workspace: Workspace, ids: tuple[str, ...]) -> np.ndarray:
    return melodic_distances({rid: workspace.table(f"melody/{rid}") for rid in ids})
