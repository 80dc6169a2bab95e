import streamlit as st

from flamsid_core.ui.state import t

st.title(t("recording.title"))
