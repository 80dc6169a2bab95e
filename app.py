"""Start with `streamlit run app.py`.

The app is served as `st.App` around a script elsewhere, because with a `pages/` folder next to it Streamlit
would run a page that was linked to directly without this file.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from flamsid_core import ui
from flamsid_core.ui.routes import audio_routes, trusted_hosts

app = st.App(
    Path(ui.__file__).with_name("shell.py"),
    routes=audio_routes(),
    middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=trusted_hosts())],
)
