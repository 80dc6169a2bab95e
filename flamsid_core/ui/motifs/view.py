"""The Motifs page's parts: filters, the dictionary, one motif with all its instances, what singers share."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core import plots
from flamsid_core.pipeline.said import as_said, said_of_motifs
from flamsid_core.ui.charts import chart, with_numbers
from flamsid_core.ui.clips import clip_list
from flamsid_core.ui.contours import melody_between
from flamsid_core.ui.glyphs import glyph
from flamsid_core.ui.instances import MOST_CLIPS, clips_of, colours_of, singers_of
from flamsid_core.ui.links import (
    adopt_setting,
    one_of,
    open_instance,
    publish_link,
    publish_setting,
    range_in,
    several_of,
)
from flamsid_core.ui.motifs.names import choose_shown, name_form
from flamsid_core.ui.state import table
from flamsid_core.ui.words import N_, _, escape, number_text
from flamsid_core.workspace import Workspace

ALIGNED_TEXTS = {
    "time": N_("time, stretched to one length"),
    "cents": N_("cents from the start"),
    "mean": N_("mean ± spread"),
}
SHARED_TEXTS = {
    "shared": N_("shared by several singers"),
    "unique": N_("unique to one singer"),
    "all": N_("the commonest"),
}

MOST_ROWS = 2000
MOST_CURVES = 200
MOST_PATTERNS = 30
SIGNIFICANT = 0.05


def filtered(workspace: Workspace) -> pd.DataFrame:
    """Show the filters; return the motifs that pass, the most frequent first."""
    motifs = choose_shown(workspace, table(workspace, "motifs/motifs"))
    columns = st.columns([1.6, 1.4, 1.2], vertical_alignment="bottom")
    adopt_setting("motif_singers", "singers", several_of(singers_of(workspace)))
    adopt_setting("motif_steps", "steps", str)
    singers = columns[0].multiselect(
        _("Singers"),
        singers_of(workspace),
        key="motif_singers",
        placeholder=_("All singers"),
        persist_state="session",
    )
    typed = columns[1].text_input(
        _("Steps"),
        key="motif_steps",
        placeholder=_("+1 -2 * +1"),
        help=_(
            "Type steps, e.g. +1 -2 +1. ? stands for any one step, * for any number of steps. "
            "The pattern may stand anywhere within the motif."
        ),
        persist_state="session",
    )
    publish_setting("singers", singers, [])
    publish_setting("steps", typed, "")
    low, high = int(motifs["length"].min()), int(motifs["length"].max())
    if low < high:
        key = f"motif_length_{low}_{high}"
        adopt_setting(key, "length", range_in(low, high))
        shortest, longest = columns[2].slider(_("Number of steps"), low, high, (low, high), key=key)
        publish_setting("length", (shortest, longest), (low, high))
        motifs = motifs[motifs["length"].between(shortest, longest)]
    if singers:
        motifs = motifs[motifs["singer"].isin(singers)]
    if typed.strip():
        from flamsid_core.motifs import search_pattern

        motifs = search_pattern(motifs, typed)
    return motifs.sort_values(["n_instances", "length"], ascending=False, kind="stable")


def dictionary(motifs: pd.DataFrame, colours: dict[str, str]) -> str | None:
    """Show the motifs as a table with their contours; return the id of the one being looked at."""
    if motifs.empty:
        st.info(_("No motif fits these filters. Take a filter away, or type fewer steps."))
        return None
    shown = motifs.head(MOST_ROWS).reset_index(drop=True)
    ids = list(shown["motif_id"].astype(str))
    given = st.query_params.get("motif")
    if given is not None and given != st.session_state.get("_link_motif"):
        st.session_state["motif_id"] = given
    current = st.session_state.get("motif_id")
    if current not in ids:
        current = ids[0]
    rows = pd.DataFrame(
        {
            "glyph": [
                glyph(p, colours.get(s, plots.ACCENT))
                for p, s in zip(shown["pattern"], shown["singer"], strict=True)
            ],
            **{
                name: shown[name]
                for name in ("name", "pattern", "singer", "length", "support", "recordings", "n_instances")
            },
            "median_duration_s": shown["median_duration_s"].round(2),
            **over_expected(shown),
            "distinctiveness": shown["distinctiveness"].round(2),
            # Text, so that the cell can say why there is no number; three decimals sort as numbers do.
            "q_value": shown["q_value"].map(lambda q: _("too few") if pd.isna(q) else number_text(q, ".3f")),
        }
    )
    number_column = st.column_config.NumberColumn
    # The key names the rows: another filter is another table, with its own selection.
    key = f"motifs-{hash(tuple(ids))}"
    picked = st.dataframe(
        with_numbers(rows, {"median_duration_s": ".2f", "over_expected": ".1f", "distinctiveness": "+.2f"}),
        hide_index=True,
        height=394,
        row_height=36,
        key=key,
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [ids.index(current)]}},
        column_config={
            "glyph": st.column_config.ImageColumn(_("Contour"), width=80),
            "name": _("Name"),
            "pattern": st.column_config.TextColumn(_("Pattern"), width=140),
            "singer": _("Singer"),
            "length": number_column(_("Steps")),
            "support": number_column(_("Phrases"), help=_("Phrases of this singer that hold it.")),
            "recordings": number_column(_("Recordings")),
            "n_instances": number_column(_("Instances")),
            "median_duration_s": number_column(_("Median s")),
            "over_expected": number_column(
                _("× expected"),
                help=_(
                    "How many times as often as this singer's pairs of steps alone would give it. Patterns are "
                    "chosen because they return, so look at the chance beside it."
                ),
            ),
            "q_chance": st.column_config.TextColumn(
                _("Chance"),
                help=_(
                    "Share of chance among this singer's patterns at least as surprising, when the steps are "
                    "shuffled so that pairs of steps stay, and mined again."
                ),
            ),
            "distinctiveness": number_column(
                _("Distinctive"),
                help=_(
                    "How much more often this singer uses the motif than the others: log-odds with a "
                    "prior, exposure counted in phrases. 0 = no difference, above 0 = more often."
                ),
            ),
            "q_value": st.column_config.TextColumn(
                _("q"),
                help=_(
                    "Share of shuffles of whole recordings between singers that give at least as much "
                    "(p), corrected for the many motifs tested (q, Benjamini–Hochberg). “Too few”: too "
                    "few recordings to tell."
                ),
            ),
        },
    )
    cut = len(motifs) > len(shown)
    st.caption(
        _(
            N_("{n} motifs, the first {shown} shown") if cut else N_("{n} motifs"),
            n=number_text(len(motifs)),
            shown=number_text(len(shown)),
        )
    )
    chosen = picked["selection"]["rows"]
    motif = ids[chosen[0]] if chosen else current
    st.session_state["motif_id"] = motif
    publish_link("motif", motif)
    return motif


def over_expected(motifs: pd.DataFrame) -> dict[str, pd.Series]:
    """Return how much more often motifs are sung than small moves give, and their chance, where both are known."""
    if "expected" not in motifs or motifs["expected"].isna().all():
        return {}
    ratio = motifs["n_instances"] / motifs["expected"].where(motifs["expected"] > 0)
    chance = motifs["q_chance"].map(lambda q: "–" if pd.isna(q) else number_text(q, ".3f"))
    return {"over_expected": ratio.round(1), "q_chance": chance}


def detail(workspace: Workspace, motif_id: str, heard: Any) -> None:
    """Show one motif: who sings it, its instances laid over one another, each playable, the first in `heard`."""
    motifs, instances = table(workspace, "motifs/motifs"), table(workspace, "motifs/instances")
    motif = motifs[motifs["motif_id"] == motif_id].iloc[0]
    singer, pattern = str(motif["singer"]), str(motif["pattern"])
    others = sorted(set(motifs.loc[motifs["pattern"] == pattern, "singer"].astype(str)) - {singer})
    chosen = instances[instances["motif_id"] == motif_id]
    # The first one stands above the table, to be heard as soon as its motif is picked; all of them are below.
    with heard:
        first = clip_list(
            clips_of(workspace, chosen, most=1),
            key="first-clip",
            can_open=not workspace.of_clips,
            contours=True,
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(glyph(pattern, colours_of(workspace).get(singer, plots.ACCENT)), width=96)
        with st.container():
            st.subheader(_("Motif of {singer}", singer=escape(singer)), anchor=False)
            st.markdown(f"`{pattern}`")
    name_form(workspace, pattern)
    st.caption(verdict(motif))
    with st.expander(_("How distinctiveness is measured")):
        st.markdown(
            _(
                "**Log-odds.** Phrases are counted: a phrase holds the motif or not. The singer's "
                "odds are compared with those of all others together; 0 = no difference, +0.7 = "
                "twice the odds. Both sides are smoothed as if each had used the motif once more at "
                "the common rate.\n\n**p.** Whole recordings are shuffled between singers, each "
                "keeping as many as before. Of the shuffles that leave the motif in this singer's "
                "dictionary, p is the share that gives at least as much.\n\n**q.** p corrected for the "
                "number of motifs tested (false discovery rate, Benjamini–Hochberg).\n\n**Too few "
                "recordings to tell.** Where no shuffle at all could reach p = 0.05, no p is given."
            )
        )
    shared = (
        _("Also sung by {singers}", singers=escape(", ".join(others)))
        if others
        else _("In no other singer's dictionary")
    )
    st.caption(shared)
    if others and st.toggle(_("Others who sing the same steps"), key="motif_others", persist_state="session"):
        chosen = instances[instances["pattern"] == pattern]
    left, right = st.columns([1, 1], gap="large")
    with right:
        st.markdown(f"**{_('All instances over one another')}**")
        _aligned(workspace, chosen)
    with left:
        st.markdown(f"**{_('Instances')}** ({number_text(len(chosen))})")
        opened = clip_list(
            clips_of(workspace, chosen),
            key=f"clips-{motif_id}",
            max_height_px=340,
            can_open=not workspace.of_clips,
        )
        if len(chosen) > MOST_CLIPS:
            st.caption(_("{n} more not shown", n=len(chosen) - MOST_CLIPS))
    if opened is not None or first is not None:
        open_instance(instances[instances["instance_id"] == (opened or first)].iloc[0])


def verdict(motif: pd.Series) -> str:
    """Return in words what the figures say about a motif's distinctiveness."""
    if pd.isna(motif["q_value"]) or pd.isna(motif["distinctiveness"]):
        return _("Too few recordings to tell whether it is distinctive.")
    said: dict[str, Any] = {
        "singer": escape(motif["singer"]),
        "d": float(motif["distinctiveness"]),
        "p": float(motif["p_value"]),
        "q": float(motif["q_value"]),
    }
    convincing = said["q"] <= SIGNIFICANT and said["d"] > 0
    return _(
        N_(
            "{singer} sings it more often than chance allows: log-odds {d:+.2f}, p = {p:.3f}, q "
            "= {q:.3f} (recordings shuffled between singers)."
        )
        if convincing
        else N_(
            "No evidence that it is distinctive: log-odds {d:+.2f}, p = {p:.3f}, q = {q:.3f} "
            "(recordings shuffled between singers)."
        ),
        **said,
    )


def _aligned(workspace: Workspace, instances: pd.DataFrame) -> None:
    if workspace.of_clips:
        st.caption(
            _(
                "The clips of this corpus come without their melody, so there are no contours to lay "
                "over one another."
            )
        )
        return
    curves = [
        (str(row["singer"]), *melody_between(workspace, row["recording_id"], row["start_s"], row["end_s"]))
        for row in instances.sort_values("recording_id", kind="stable").to_dict("records")
        if workspace.has(f"melody/{row['recording_id']}")
    ]
    texts = {name: _(ALIGNED_TEXTS[name]) for name in ("time", "cents", "mean")}
    figure = plots.aligned_contours(curves, colours_of(workspace), texts, most_lines=MOST_CURVES)
    chart(figure, "aligned")
    if len(curves) > MOST_CURVES:
        st.caption(
            _(
                "Lines: {shown} of {n}, evenly spaced. Mean and band: all {n}.",
                shown=number_text(MOST_CURVES),
                n=number_text(len(curves)),
            )
        )


def shared_and_unique(workspace: Workspace) -> None:
    """Show which singer uses which pattern, as a heat map."""
    kinds = ("shared", "unique", "all")
    adopt_setting("shared_kind", "show", one_of(kinds))
    kind = st.segmented_control(
        _("Show"),
        kinds,
        default="shared",
        required=True,
        key="shared_kind",
        format_func=lambda k: _(SHARED_TEXTS[k]),
        persist_state="session",
    )
    publish_setting("show", kind, "shared")
    rates = _rates(workspace)
    users = (rates > 0).sum(axis=1)
    rates = rates[users > 1] if kind == "shared" else rates[users == 1] if kind == "unique" else rates
    if rates.empty:
        st.info(_("There are no such patterns in this corpus."))
        return
    rates = rates.loc[rates.sum(axis=1).sort_values(ascending=False).index[:MOST_PATTERNS]]
    texts: dict[str, Any] = {
        "rate": _(N_("% of the<br>singer's clips") if workspace.of_clips else N_("per 100<br>phrases"))
    }
    chart(plots.motif_heatmap(rates, texts), "shared")
    if not workspace.of_clips:
        st.caption(
            _(
                "Colour: instances per 100 phrases of the singer, so that singers with more "
                "recordings do not look richer."
            )
        )


def _rates(workspace: Workspace) -> pd.DataFrame:
    """Return instances per 100 phrases (of clips: per 100 clips): rows are patterns, columns singers."""
    instances = as_said(table(workspace, "motifs/instances"), said_of_motifs(workspace))
    counts = pd.crosstab(instances["pattern"], instances["singer"])
    counts = counts.reindex(columns=singers_of(workspace), fill_value=0)
    if workspace.of_clips:
        exposure = instances.groupby("singer").size()
    else:
        phrases = table(workspace, "contour/segments")[["recording_id", "phrase"]].drop_duplicates()
        recordings = table(workspace, "corpus/recordings").set_index("recording_id")
        exposure = phrases["recording_id"].map(recordings["singer"]).value_counts()
    return 100 * counts / exposure.reindex(counts.columns).fillna(1)
