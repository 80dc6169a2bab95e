"""Selections that a link can name: widgets that read the page's address and write into it, and ways to other pages."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from flamsid_core.ui.state import PAGES, project

BETWEEN = "~"
# What servers and mail programs still pass on, and what a million rows would take.
MOST_CHARACTERS, MOST_BYTES = 4000, 4_000_000


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
        st.session_state.pop(f"_link_{key}", None)
        if key in st.query_params:
            del st.query_params[key]
        return
    st.session_state[f"_link_{key}"] = str(value)
    if st.query_params.get(key) != str(value):
        st.query_params[key] = str(value)


def adopt_setting(key: str, name: str, read: Callable[[str], Any]) -> None:
    """Let `name` in the page's address set the widget `key`, before it is drawn.

    What `read` raises a ValueError for is passed over: a link may be older than the corpus.
    """
    given = st.query_params.get(name)
    if given is None or given == st.session_state.get(f"_link_{name}"):
        return
    st.session_state[f"_link_{name}"] = given
    try:
        st.session_state[key] = read(given)
    except ValueError:
        return


def publish_setting(name: str, value: object, usual: object) -> None:
    """Write what a widget says into the page's address; what it says by itself is left out, to keep links short."""
    if value == usual:
        publish_link(name, None)
    elif isinstance(value, (list, tuple)):
        publish_link(name, BETWEEN.join(map(str, value)))
    else:
        publish_link(name, value)


def one_of(options: Sequence[str]) -> Callable[[str], str]:
    """Return how a choice is read from an address."""
    return lambda given: options[options.index(given)]


def several_of(options: Sequence[str]) -> Callable[[str], list[str]]:
    """Return how several choices are read from an address; those that are not offered are left out."""
    return lambda given: [one for one in given.split(BETWEEN) if one in options]


def number_in(low: int, high: int) -> Callable[[str], int]:
    """Return how a whole number is read from an address, brought between its bounds."""
    return lambda given: min(max(int(given), low), high)


def range_in(low: int, high: int) -> Callable[[str], tuple[int, int]]:
    """Return how a range is read from an address, brought between its bounds."""

    def read(given: str) -> tuple[int, int]:
        first, last = (min(max(int(bound), low), high) for bound in given.split(BETWEEN))
        return min(first, last), max(first, last)

    return read


def packed_rows(rows: Sequence[int] | np.ndarray) -> str | None:
    """Return rows as a text for an address; None when there are too many for one.

    Examples
    --------
    >>> rows_of_packed(packed_rows([3, 4, 5, 900]))
    [3, 4, 5, 900]
    """
    steps = np.diff(np.sort(np.asarray(rows, dtype=np.int64)), prepend=0).astype("<u4")
    text = base64.urlsafe_b64encode(zlib.compress(steps.tobytes(), 9)).decode().rstrip("=")
    return text if len(text) <= MOST_CHARACTERS else None


def rows_of_packed(text: str) -> list[int]:
    """Return the rows that `packed_rows` made a text of; none for another text."""
    try:
        content = zlib.decompressobj().decompress(
            base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), MOST_BYTES
        )
        steps = np.frombuffer(content, "<u4")
    except (ValueError, zlib.error):
        return []
    return [int(row) for row in np.cumsum(steps, dtype=np.int64)]


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
