"""Whether it is a singer the model knows, and how often such a verdict is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from flamsid_core import plots
from flamsid_core.ui.charts import chart
from flamsid_core.ui.words import (
    N_,
    PROTOCOL_NAMES,
    _,
    escape,
    percent,
)


def verdict(result: Mapping[str, Any]) -> None:
    """Say whether it is one of the model's singers at all, and how often such a verdict errs."""
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
        "error": percent(result["error_rate"]),
    }
    if found == "known":
        st.success(
            _(
                "One of the singers it knows: {singer} reaches {score}, and {threshold} is enough. "
                "Such a verdict is wrong in {error} of cases, either way (equal error rate).",
                **said,
            ),
            icon=":material/how_to_reg:",
        )
    else:
        st.warning(
            _(
                "Unknown singer: even the likeliest, {singer}, reaches only {score} where "
                "{threshold} would be needed. Such a verdict is wrong in {error} of cases, either "
                "way (equal error rate).",
                **said,
            ),
            icon=":material/person_off:",
        )


def verdict_of_voices(result: Mapping[str, Any]) -> None:
    """Say what a model of voices decided: green for known alone; where it is undecided, both nearest are named."""
    first, second = result["ranking"][0], result["ranking"][1]
    said = {
        "first": escape(first["singer"]),
        "first_p": percent(first["probability"]),
        "second": escape(second["singer"]),
        "second_p": percent(second["probability"]),
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
        said = {
            "right": figures["recordings_right"],
            "all": figures["recordings"],
            "accuracy": percent(figures["accuracy"]),
        }
        st.info(
            _(
                "What this is worth: on recordings from sources it had never heard, this model named "
                "the singer of {right} out of {all} by vote ({accuracy} of single motifs; "
                "source-disjoint protocol).",
                **said,
            ),
            icon=":material/balance:",
        )
    singers = escape(", ".join(map(str, about["classes"])))
    # The rule by which `identify` finds its threshold.
    verified = about.get("verification") or {}
    told = about.get("open_set") or verified.get("protocol") == "source-disjoint"
    st.caption(
        _(
            N_(
                "It knows only {singers}; whether it is somebody else is judged by a threshold, "
                "whose error rate stands beside the result."
            )
            if told
            else N_("It knows only {singers}: anyone else is taken for one of them."),
            singers=singers,
        )
    )


def calibrated(about: Mapping[str, Any]) -> str:
    """Say whether the probabilities are calibrated, and under which protocol."""
    protocol = (about.get("calibration") or {}).get("protocol")
    if protocol is None:
        return _("Probabilities are not calibrated and too sure: train under the source-disjoint protocol.")
    return _(
        "Probabilities are calibrated on clips held out (protocol: {protocol}).",
        protocol=_(PROTOCOL_NAMES.get(protocol, protocol)).lower(),
    )
