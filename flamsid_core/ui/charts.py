"""Figures and tables on a page, their numbers written as in this session's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from flamsid_core.translation import number_marks
from flamsid_core.ui.words import language, number_text

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


# Whole numbers that several tables have.
COUNTS = {"seed": "d", "parameters": ",.0f"}


def chart(figure: Figure, key: str, *, place: Any = st) -> None:
    """Show a figure in `place`, the page or a column of it."""
    figure.update_layout(separators="".join(number_marks(language())))
    place.plotly_chart(figure, key=key, config={"displayModeBar": False})


def with_numbers(table: pd.DataFrame, formats: Mapping[str, str]) -> Any:
    """Return a table for `st.dataframe` whose columns show numbers by a format and still sort as numbers.

    Parameters
    ----------
    table
        The table.
    formats
        Column → format of its numbers, such as ".1f", with what follows the number: ".1f %".
    """

    def writer(spec: str) -> Any:
        spec, _space, unit = spec.partition(" ")
        return lambda value: "" if pd.isna(value) else number_text(value, spec) + (f" {unit}" if unit else "")

    return table.style.format({name: writer(spec) for name, spec in formats.items() if name in table})
