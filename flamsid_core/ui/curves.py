"""Training curves, as the pages of models and of experiments show them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from flamsid_core import plots
from flamsid_core.ui.charts import chart
from flamsid_core.ui.words import (
    CURVE_TITLES,
    _,
    protocol_names,
)


def curves(rows: pd.DataFrame, key: str) -> None:
    """Show validation loss and accuracy over the epochs; say so where a model is fitted in one step."""
    if rows[["validation_loss", "validation_accuracy"]].isna().all(axis=None):
        st.caption(
            _("There is no curve: this model is fitted in one step, or nothing was kept aside to stop by.")
        )
        return
    for measure, text in (("validation_loss", "loss"), ("validation_accuracy", "accuracy")):
        title = _(CURVE_TITLES[text])
        figure = plots.training_curves(rows, measure, title, protocol_names(), epoch=_("epoch"))
        chart(figure, f"{key}-{measure}")
