"""What the pages say, in this session's language: texts, messages of the core, numbers and spans of time.

English is the source: ``_("Recording")``; the catalogues in ``flamsid_core/locale`` hold the other languages. A text
that is chosen at run time stands in a table, marked with `N_`, and goes through `_` where it is shown.
"""

from __future__ import annotations

import streamlit as st

from flamsid_core import translation
from flamsid_core.messages import N_
from flamsid_core.singers.evaluation.splitting import PROTOCOLS
from flamsid_core.ui import projects

__all__ = ["N_", "_", "ngettext", "pgettext", "translated"]


def language() -> str:
    """Return the language of this session: picked here, picked earlier, or the browser's."""
    if "language" not in st.session_state:
        kept = projects.settings().get("language")
        browser = (st.context.locale or "en")[:2]
        known = translation.languages()
        st.session_state["language"] = next((c for c in (kept, browser) if c in known), "en")
    return str(st.session_state["language"])


def _(template: str, **values: object) -> str:
    """Return a text in this session's language, its placeholders filled and its numbers written as there."""
    return translation.translate(template, language(), **values)


def pgettext(context: str, template: str, **values: object) -> str:
    """Return a text that has another translation elsewhere; `context` says which is meant."""
    return translation.translate_in(context, template, language(), **values)


def ngettext(one: str, many: str, n: int, **values: object) -> str:
    """Return the form of a text for `n` things; ``{n}`` is filled in."""
    return translation.translate_count(one, many, n, language(), **values)


def translated(message: object) -> str:
    """Return what the program said (an error, the text of a job, a reason) in this session's language."""
    kept = getattr(message, "message", message)
    return translation.translate(kept if isinstance(kept, str) else str(kept), language())


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share (0 to 1) in percent as this session's language writes it; a dash where there is none."""
    if share is None or share != share:
        return "–"
    return translation.percent(share, language(), digits)


def number_text(value: float | None, spec: str = ",") -> str:
    """Return a number, formatted by `spec` and written as in this session's language; a dash where there is none."""
    if value is None or value != value:
        return "–"
    return translation.localized(format(value, spec), language())


def escape(value: object) -> str:
    """Return foreign text (file names, table cells) so that Markdown shows it unchanged."""
    special = set("\\`*_{}[]()#+-.!|~$<>:")
    return "".join(f"\\{c}" if c in special else c for c in str(value).replace("\n", " "))


def seconds_text(seconds: float) -> str:
    """Return a span of time for people: 0.42 s, 12 s, 3:05 min, 1:02:03 h."""
    if seconds < 10:
        return number_text(seconds, ".2g" if seconds < 0.995 else ".1f") + " s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d} h"


def clock(seconds: float) -> str:
    """Return a point in time within a recording: 1:02.3."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:" + number_text(tenths % 600 / 10, "04.1f")


AUDIT_TITLES = {
    "files": N_("Clips"),
    "distinct": N_("Distinct sounds"),
    "conflicting": N_("Under two singers"),
    "set_aside": N_("Set aside"),
    "source_groups": N_("Source groups"),
    "test_in_train": N_("the very sound"),
    "test_overlapping_train": N_("part of the sound"),
    "test_source_in_train": N_("the same source"),
    "across_singers": N_("under two singers"),
    "across_source_groups": N_("across two source groups"),
    "source_groups_when_merged": N_("source groups if those are one"),
}

PRESET_NAMES = {
    "lean": N_("lean"),
    "paper": N_("as in the paper"),
}

JOB_STATES = {
    "done": N_("{kind}: done in {seconds}"),
    "failed": N_("{kind}: failed"),
    "cancelled": N_("{kind}: cancelled"),
    "interrupted": N_("{kind}: interrupted"),
}

JOB_KINDS = {
    "run": N_("Whole chain"),
    "demo": N_("Demo corpus"),
    "train": N_("Training"),
    "atlas": N_("Map"),
    "motifs": N_("Motifs"),
    "melody": N_("Melody"),
    "audit": N_("Audit"),
    "identify": N_("Identification"),
    "import": N_("Import"),
    "experiment": N_("Experiment"),
}

CONFUSION_TEXTS = {
    "true": N_("sings"),
    "predicted": N_("taken for"),
}

CURVE_TITLES = {
    "loss": N_("validation loss"),
    "accuracy": N_("validation accuracy"),
}

CLIP_SET_NAMES = {
    "motifs": N_("motifs"),
    "motifs+segment": N_("3 s around the motif"),
    "pieces": N_("Pieces of phrases"),
    "windows": N_("Windows inside phrases"),
    "random": N_("random spans"),
}

PROTOCOL_NAMES = {
    "paper": N_("Paper"),
    "deduplicated": N_("Deduplicated"),
    "source-disjoint": N_("Source-disjoint"),
}

PROTOCOL_HELP = {
    "paper": N_("Random clips, as in the paper: copies of one sound can stand in training and test at once."),
    "deduplicated": N_("One copy of every sound, conflicting labels dropped; recordings are still shared."),
    "source-disjoint": N_(
        "Whole sources held out: the only figure that says how well an unknown recording is recognised."
    ),
}


def protocol_names() -> dict[str, str]:
    """Return the protocols' names for people."""
    return {name: _(PROTOCOL_NAMES.get(name) or name) for name in PROTOCOLS}
