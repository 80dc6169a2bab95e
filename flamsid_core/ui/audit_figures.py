"""The audit in figures, alike on Corpus and Experiments; and what listening added to it, by protocol."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core.singers.evaluation.splitting import PROTOCOLS
from flamsid_core.ui.charts import with_numbers
from flamsid_core.ui.state import escape as escape_markdown
from flamsid_core.ui.words import (
    AUDIT_TITLES,
    CLIP_SET_NAMES,
    PROTOCOL_NAMES,
    _,
    number_text,
    percent,
    translated,
)

# What it is called, its value in words, and what is told when it is pointed at.
Figure = tuple[str, str, str]


def figure_row(title: str, figures: list[Figure], note: str = "") -> str:
    """Return a line of figures: value above its name, explained when pointed at."""
    told = "".join(
        f'<span title="{escape(note, quote=True)}" style="white-space:nowrap">'
        f'<b style="font-size:1.05rem;font-weight:600">{escape(value)}</b> '
        f'<span style="opacity:0.75;font-size:0.82rem">{escape(label)}</span></span>'
        for label, value, note in figures
    )
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:0 1.3rem;align-items:baseline;padding:0.2rem 0;'
        'font-variant-numeric:tabular-nums">'
        f'<span title="{escape(note, quote=True)}" style="flex:0 0 17rem;font-size:0.85rem;opacity:0.85">'
        f"{escape(title)}</span>"
        f'<span style="flex:1 1 20rem;display:flex;flex-wrap:wrap;gap:0.1rem 1.3rem">{told}</span></div>'
    )


def near_duplicate_pairs(found: dict[str, Any]) -> int | None:
    """Return how many pairs of near-duplicates an audit counted; None where it did not look for them."""
    near = found.get("near_duplicates")
    if isinstance(near, dict):
        near = near.get("pairs")
    return len(near) if isinstance(near, list) else near if isinstance(near, int) else None


def near_note(found: dict[str, Any]) -> str:
    """Return what near-duplicates are, and how many of them join what should be apart."""
    near = found.get("near_duplicates")
    if not isinstance(near, dict) or "across_singers" not in near:
        return _("Pairs with the same sound under other bounds, another gain or another codec.")
    return (
        _("Pairs with the same sound under other bounds, another gain or another codec.")
        + " "
        + _(
            "{singers} of them have two singers, {groups} join two source groups.",
            singers=near["across_singers"],
            groups=near["across_source_groups"],
        )
    )


def near_shares(found: Mapping[str, Any]) -> dict[str, float]:
    """Return, by protocol, the share of test clips with a near-duplicate in training, where it was measured."""
    near = found.get("near_duplicates")
    shares = near.get("share_of_test_near_train") or {} if isinstance(near, dict) else {}
    return {protocol: shares[protocol] for protocol in PROTOCOLS if shares.get(protocol) is not None}


def trivial_figure(name: str, measured: Mapping[str, Any] | None) -> Figure | None:
    """Return the trivial classifier's accuracy with its interval and votes; None where it was not measured."""
    if not measured or "accuracy" not in measured:
        return None
    value = percent(measured["accuracy"])
    if "low" in measured:
        value += (
            f" [{number_text(100 * measured['low'], '.0f')}–{number_text(100 * measured['high'], '.0f')}]"
        )
    votes = _(
        "{right} of {all} recordings by vote, mean over singers {singers}",
        right=measured.get("recordings_right", "–"),
        all=measured.get("recordings", "–"),
        singers=percent(measured.get("mean_over_singers")),
    )
    return name, value, votes


def heard(found: dict[str, Any]) -> None:
    """Show what listening added to a corpus's audit: near-duplicates, and the trivial classifier, by protocol."""
    pairs = near_duplicate_pairs(found)
    near = found.get("near_duplicates")
    near = near if isinstance(near, dict) else {}
    value = _("not looked for") if pairs is None else number_text(pairs)
    counts: list[Figure] = [(_("pairs"), value, near_note(found))]
    for name in ("across_singers", "across_source_groups", "source_groups_when_merged"):
        if name in near:
            counts.append((_(AUDIT_TITLES[name]), number_text(near[name]), ""))
    lines = [
        figure_row(
            _("Near-duplicates"),
            counts,
            _("Pairs with the same sound under other bounds, another gain or another codec."),
        )
    ]
    if shares := near_shares(found):
        figures = [
            (_(PROTOCOL_NAMES.get(protocol, protocol)), percent(share), "")
            for protocol, share in shares.items()
        ]
        lines.append(
            figure_row(
                _("Test clips near one in training"),
                figures,
                _("Pairs with the same sound under other bounds, another gain or another codec."),
            )
        )
    lines += _trivial_lines(found.get("trivial"))
    with st.container(border=True):
        st.html("".join(lines))
        if note := near.get("note"):
            st.caption(escape_markdown(translated(note)))
    if listed := near.get("listed"):
        _listed(listed)


def _trivial_lines(found: Any) -> list[str]:
    lines = []
    for clip_set, protocols in (found or {}).items():
        figures = [
            trivial_figure(_(PROTOCOL_NAMES.get(name, name)), (protocols or {}).get(name))
            for name in PROTOCOLS
        ]
        title = _("Trivial classifier, {clips}", clips=_(CLIP_SET_NAMES[clip_set]))
        known = [one for one in figures if one is not None]
        lines.append(
            figure_row(
                title,
                known or [(_("not measured"), "–", "")],
                _(
                    "A straight line between means and deviations of MFCC under the same split: what it "
                    "gets needs no network."
                ),
            )
        )
    return lines


def _listed(listed: list[dict[str, Any]]) -> None:
    rows = [
        {
            "first": one["first"],
            "second": one["second"],
            "singers": ", ".join(dict.fromkeys(one["singers"])),
            "shared": one["shared_s"],
            "similarity": one["similarity"],
        }
        for one in listed
    ]
    with st.expander(_("Near-duplicates across singers or source groups ({n})", n=len(rows))):
        config: dict[str, Any] = {
            "first": _("File"),
            "second": _("File of the other"),
            "singers": _("Singers"),
            "shared": st.column_config.NumberColumn(_("Seconds shared")),
            "similarity": st.column_config.NumberColumn(_("Similarity")),
        }
        table = with_numbers(pd.DataFrame(rows), {"shared": ".2f", "similarity": ".3f"})
        st.dataframe(table, hide_index=True, column_config=config, key="near_duplicates")
