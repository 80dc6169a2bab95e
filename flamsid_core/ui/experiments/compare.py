"""Two cells of an experiment compared."""

from __future__ import annotations

import streamlit as st

from flamsid_core.ui.comparison import compare_two
from flamsid_core.ui.links import pick
from flamsid_core.ui.runs import run_label
from flamsid_core.ui.words import PROTOCOL_NAMES, _
from flamsid_core.workspace import Workspace


def compare_page(workspace: Workspace, protocol: str, measured: list[str]) -> None:
    """Let the person choose two of the runs measured under a protocol, and compare them."""
    if len(measured) < 2:
        st.info(
            _(
                "Fewer than two runs were measured under the protocol “{name}”. Train more cells, or "
                "choose another protocol above.",
                name=_(PROTOCOL_NAMES.get(protocol) or protocol),
            ),
            icon=":material/compare_arrows:",
        )
        return
    left, right = st.columns(2)
    with left:
        first = pick(_("First run"), measured, "a", label_of=run_label)
    with right:
        others = [run for run in measured if run != first]
        second = pick(_("Second run"), others, "b", label_of=run_label)
    compare_two(workspace, (first, second), key="pair", protocol=protocol)
