"""Selections that a link can name: widgets that read the page's address and write into it, and ways to other pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core.ui.state import PAGES, project


def enter_page(name: str) -> None:
    """Note which page is shown: on a new page the whole address counts as given from outside."""
    if st.session_state.get("_page") != name:
        st.session_state["_page"] = name
        for key in [key for key in st.session_state if str(key).startswith("_link_")]:
            del st.session_state[key]


def adopt_link(key: str, options: Sequence[Any], *, parse: Callable[[str], Any] = str) -> None:
    """Let the address of the page set the widget `key`, when the address was changed from outside.

    Streamlit's own binding would write the shown label into the address; a link one can cite needs the id.
    """
    given = st.query_params.get(key)
    if given is not None and given != st.session_state.get(f"_link_{key}"):
        value = parse(given)
        if value in options:
            st.session_state[key] = value
        st.session_state[f"_link_{key}"] = given
    if key in st.session_state and st.session_state[key] not in options:
        del st.session_state[key]


def publish_link(key: str, value: object) -> None:
    """Write a selection into the address of the page."""
    if value is None:
        if key in st.query_params:
            del st.query_params[key]
        return
    st.session_state[f"_link_{key}"] = str(value)
    if st.query_params.get(key) != str(value):
        st.query_params[key] = str(value)


def pick(
    label: str,
    options: Sequence[Any],
    key: str,
    *,
    label_of: Callable[[Any], str] = str,
    **settings: Any,
) -> Any:
    """Show a select box whose choice survives page switches and stands in the address by its id."""
    adopt_link(key, options)
    chosen = st.selectbox(label, options, key=key, format_func=label_of, persist_state="session", **settings)
    publish_link(key, chosen)
    return chosen


def go_to(page: str, **link: str) -> None:
    """Switch to another page, with selections given by their ids."""
    st.switch_page(PAGES / f"{page}.py", query_params={"project": project(), **link})


def open_instance(instance: pd.Series) -> None:
    """Show an instance where it stands in its recording, with a little before and after it."""
    start_s, end_s = float(instance["start_s"]), float(instance["end_s"])
    around = max(2.0, end_s - start_s)
    go_to(
        "recording",
        recording=str(instance["recording_id"]),
        motif=str(instance["motif_id"]),
        t=f"{max(start_s - around, 0):.2f}-{end_s + around:.2f}",
    )
