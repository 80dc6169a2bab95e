"""Whether it is a singer the model knows, and how often such a verdict is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from flamsid_core import plots
from flamsid_core.singers.evaluation.uncertainty import count_interval
from flamsid_core.ui.charts import chart
from flamsid_core.ui.words import (
    N_,
    PROTOCOL_NAMES,
    _,
    escape,
    percent,
    translated,
)


def verdict(result: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """Say whether it is one of the model's singers at all, and of whom it was measured how often that errs."""
    found = result.get("verdict")
    if found is None:
        st.caption(
            ":material/help: "
            + _(
                "Whether it is one of these singers at all cannot be told: no threshold was measured on recordings "
                "the model had not met."
            )
        )
        return
    if result.get("error_rate") is None:
        verdict_of_voices(result)
        return
    said = {
        "singer": escape(result["ranking"][0]["singer"]),
        "score": percent(result["score"]),
        "threshold": percent(result["threshold"]),
    }
    if found == "known":
        st.success(
            _("One of the singers it knows: {singer} reaches {score}, and {threshold} is enough.", **said),
            icon=":material/how_to_reg:",
        )
    else:
        st.warning(
            _(
                "Unknown singer: even the likeliest, {singer}, reaches only {score} where "
                "{threshold} would be needed.",
                **said,
            ),
            icon=":material/person_off:",
        )
    st.caption(_measured_of(about, float(result["error_rate"])))


def _measured_of(about: Mapping[str, Any], error_rate: float) -> str:
    """Say of whom an equal error rate was measured, and how far it can be trusted."""
    measured = about.get("open_set")
    if not measured:
        return _(
            "Such a verdict was wrong in {error} of cases, either way (equal error rate), with recordings of these "
            "{n} singers, each claimed to be by every other of them: no stranger was heard.",
            error=percent(error_rate),
            n=len(about["classes"]),
        )
    counts: dict[str, Any] = {}
    for kind, wrong in (("known", "false_rejections"), ("unknown", "false_acceptances")):
        low, high = count_interval(int(measured[wrong]), int(measured[kind]))
        counts |= {wrong: measured[wrong], kind: measured[kind]}
        counts |= {f"{kind}_low": percent(low), f"{kind}_high": percent(high)}
    return _(
        "With recordings of these {n} singers, left out in turn: {false_rejections} of {known} refused with their "
        "singer known ({known_low} to {known_high}), {false_acceptances} of {unknown} accepted with their singer left "
        "out ({unknown_low} to {unknown_high}).",
        n=len(about["classes"]),
        **counts,
    )


def verdict_of_voices(result: Mapping[str, Any]) -> None:
    """Say what a model of voices decided: green for known alone; where it is undecided, both nearest are named."""
    first, second = result["ranking"][0], result["ranking"][1]
    said = {
        "first": escape(first["singer"]),
        "first_p": _probability(first),
        "second": escape(second["singer"]),
        "second_p": _probability(second),
    }
    if result["verdict"] == "known":
        st.success(_("**Known:** {first} ({first_p}).", **said), icon=":material/how_to_reg:")
    elif result["verdict"] == "unknown":
        st.warning(
            _(
                "**Unknown:** none of the singers the model knows. The nearest is {first}; that is not a finding.",
                **said,
            ),
            icon=":material/person_off:",
        )
    else:
        st.info(
            _(
                "**Undecided:** nearest are {first} ({first_p}) and {second} ({second_p}); whether it is one of "
                "the singers the model knows is open.",
                **said,
            ),
            icon=":material/help:",
        )
    for sentence in (result.get("heard") or {}).get("sentences", []):
        st.caption(f":material/hearing: {escape(translated(sentence))}")
    bands = result.get("bands")
    if bands:
        st.markdown(f"**{_('Which bands speak for {first} rather than {second}', **said)}**")
        chart(plots.band_evidence(bands), "bands")
        st.caption(
            _(
                "Above the line for the first, below it for the second, in natural logarithms; exact, they add up. "
                "Bands in which the recording holds nothing of the voice are grey."
            )
        )


def _probability(row: Mapping[str, Any]) -> str:
    """Return a singer's probability, and between which it lies when the recording's clips are drawn anew."""
    if "low" not in row:
        return percent(row["probability"])
    return _(
        "{p}; {low} to {high} by its clips",
        p=percent(row["probability"]),
        low=percent(row["low"]),
        high=percent(row["high"]),
    )


def caveats(about: Mapping[str, Any]) -> None:
    """Say what the ranking is worth, in the strictest protocol's figures."""
    figures = about["protocols"].get("source-disjoint")
    if figures is None:
        st.warning(
            _(
                "What this is worth is not known: this model was never tested on sources it had not "
                "heard. Train it under all three protocols."
            ),
            icon=":material/help:",
        )
    else:
        low, high = count_interval(figures["recordings_right"], figures["recordings"])
        said = {
            "right": figures["recordings_right"],
            "all": figures["recordings"],
            "low": percent(low),
            "high": percent(high),
            "accuracy": percent(figures["accuracy"]),
        }
        st.info(
            _(
                "What this is worth: on recordings from sources it had never heard, all by the singers below, this "
                "model named {right} of {all} (so many leave open from {low} to {high}), and {accuracy} of single "
                "clips (source-disjoint protocol).",
                **said,
            ),
            icon=":material/balance:",
        )
    singers = escape(", ".join(map(str, about["classes"])))
    # The rule by which `identify` finds its threshold.
    verified = about.get("verification") or {}
    if (about.get("voices") or {}).get("strangers"):
        text = N_(
            "It knows only {singers}. Whether it is somebody else is judged by a score learned from their recordings, "
            "each singer left out in turn; strangers of other kinds were not met."
        )
    elif about.get("open_set") or verified.get("protocol") == "source-disjoint":
        text = N_(
            "It knows only {singers}; whether it is somebody else is judged by a threshold, "
            "whose error rate stands beside the result."
        )
    else:
        text = N_("It knows only {singers}: anyone else is taken for one of them.")
    st.caption(_(text, singers=singers))


def calibrated(about: Mapping[str, Any]) -> str:
    """Say whether the probabilities are calibrated, and under which protocol."""
    protocol = (about.get("calibration") or {}).get("protocol")
    if protocol is None:
        return _("Probabilities are not calibrated and too sure: train under the source-disjoint protocol.")
    return _(
        "Probabilities are calibrated on clips held out (protocol: {protocol}).",
        protocol=_(PROTOCOL_NAMES.get(protocol, protocol)).lower(),
    )
