"""Which motifs are used, counted: who else uses the motifs of this recording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core import plots
from flamsid_core.plots import explanation as pictures
from flamsid_core.singers.evaluation.uncertainty import count_interval
from flamsid_core.ui.charts import chart
from flamsid_core.ui.words import (
    N_,
    _,
    escape,
    number_text,
    percent,
)

USE_TEXTS = {
    "none": N_("No motif that any singer uses in other recordings occurs here: motif use says nothing."),
    "few": N_(
        "Fewer than three sources of {singers}: too few recordings to tell the singer's "
        "habits from those of a song (hatched)."
    ),
    "no_workspace": N_(
        "The model lies outside a corpus' workspace, so nobody's phrases are at hand to count in."
    ),
    "clips": N_(
        "This corpus holds clips of motifs, not whole recordings: without all phrases, those "
        "without a motif too, nobody can say how often a singer uses one."
    ),
    "changed": N_(
        "The contours of the corpus were made again since this model was trained, so its "
        "motifs are no longer those of the phrases: train again."
    ),
    "old": N_("This result was made before motif use was counted: identify again."),
}


def motif_use(result: Mapping[str, Any], colours: Mapping[str, str]) -> None:
    """Show whose habits the motifs are: other evidence, counted and not heard."""
    st.markdown(f"**{_('Which motifs are used: counted')}**")
    found = result.get("motif_use")
    if not found:
        st.caption(_(USE_TEXTS[result.get("motif_use_missing") or "old"]))
        return
    st.caption(
        _(
            "Who uses the motifs of this recording more often than the others do, phrase by "
            "phrase; no sound is heard for this, and recordings of the same source are left out."
        )
    )
    if not found["motifs"]:
        st.info(
            _("No motif that any singer uses in other recordings occurs here: motif use says nothing."),
            icon=":material/help:",
        )
        return
    chance = 1.0 / len(found["singers"])
    low, high = count_interval(found["right"], found["tested"])
    said = {
        "n": len(found["motifs"]),
        "right": found["right"],
        "tested": found["tested"],
        "low": percent(low),
        "high": percent(high),
        "chance": percent(chance),
    }
    if low <= chance:
        st.info(
            _(
                "Not shown: with each source of the corpus taken out in turn, motif use alone named the singer of "
                "{right} out of {tested} ({low} to {high}; by chance {chance}). Here it says nothing that chance does "
                "not.",
                **said,
            ),
            icon=":material/casino:",
        )
    else:
        figure = pictures.motif_use_bars(
            found["singers"], colours, _("mean log-odds (0 = as often as others)")
        )
        chart(figure, "motif_use")
        st.caption(
            _(
                "From {n} motifs. What this is worth: with each source of the corpus taken out in turn, motif use "
                "alone named the singer of {right} out of {tested} ({low} to {high}; by chance {chance}).",
                **said,
            )
        )
    few = [row["singer"] for row in found["singers"] if not row["enough"]]
    if few:
        st.warning(
            _(
                "Fewer than three sources of {singers}: too few recordings to tell the singer's "
                "habits from those of a song (hatched).",
                singers=escape(", ".join(few)),
            ),
            icon=":material/help:",
        )
    with st.expander(_("The {n} motifs and who uses them", n=len(found["motifs"]))):
        _use_table(found)


def agreement(result: Mapping[str, Any]) -> None:
    """Say whether the voice and the motifs speak for the same singer, where both say more than chance."""
    found = result.get("motif_use") or {}
    if not found.get("motifs") or not result["ranking"]:
        return
    if count_interval(found["right"], found["tested"])[0] <= 1.0 / len(found["singers"]):
        return
    heard = result["ranking"][0]["singer"]
    counted = [row for row in found["singers"] if row["log_odds"] is not None]
    used = max(counted, key=lambda row: row["log_odds"])["singer"]
    said = {"heard": escape(heard), "used": escape(used)}
    if heard == used:
        st.caption(
            ":material/call_merge: "
            + _(
                "The voice and the motifs both speak for {heard}. They are not independent: nothing multiplies "
                "them into one figure.",
                **said,
            )
        )
    else:
        st.warning(
            _(
                "The voice and the motifs disagree: the voice is most like that of {heard}, the motifs are most "
                "like those of {used}.",
                **said,
            ),
            icon=":material/call_split:",
        )


def _use_table(found: Mapping[str, Any]) -> None:
    names = [row["singer"] for row in found["singers"]]
    phrases = {row["singer"]: row["phrases"] for row in found["singers"]}
    here = _("here, of {n} phrases", n=found["phrases"])
    rows = [
        {
            _("Contour"): plots.glyph_address(row["pattern"]),
            _("Pattern"): row["pattern"],
            here: row["here"],
        }
        | {
            f"{name} ({phrases[name]})": f"{row['uses'][name]} · {number_text(row['log_odds'][name], '+.1f')}"
            for name in names
        }
        for row in found["motifs"]
    ]
    config = {_("Contour"): st.column_config.ImageColumn(width="small")}
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="motif_use_table", column_config=config)
    st.caption(
        _(
            "For each singer (phrases in the corpus): phrases with the motif · log-odds against "
            "all others together."
        )
    )
