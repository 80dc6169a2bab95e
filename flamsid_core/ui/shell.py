"""The frame around every page: navigation, corpus, long work, language. Streamlit runs this file."""

from __future__ import annotations

import streamlit as st

from flamsid_core import jobs
from flamsid_core.registration import load_plugins
from flamsid_core.translation import languages
from flamsid_core.ui import projects
from flamsid_core.ui.job_panel import job_panel
from flamsid_core.ui.links import adopt_link, enter_page, publish_link
from flamsid_core.ui.navigation import NAVIGATION
from flamsid_core.ui.state import PAGES, ROOT, errors_shown, project_label, spare_modules_from_collection
from flamsid_core.ui.words import _, language
from flamsid_core.user_data import default_workspace, demo_folder


def main() -> None:
    """Draw the sidebar and run the chosen page."""
    load_plugins()
    st.set_page_config(
        page_title="flamsid", page_icon=str(ROOT / "assets" / "icon.svg"), layout="wide", menu_items={}
    )
    st.logo(str(ROOT / "assets" / "logo.svg"), size="large", icon_image=str(ROOT / "assets" / "icon.svg"))
    st.html(ROOT / "assets" / "app.css")
    language()
    chosen = st.navigation(
        [
            st.Page(
                page.script,
                title=_(page.title),
                icon=f":material/{page.icon}:",
                url_path=name,
                default=name == "corpus",
            )
            for name, page in NAVIGATION.items()
        ],
        expanded=True,
    )
    enter_page(chosen.url_path)
    with st.sidebar:
        ready = _choose_project()
        _choose_language()
        st.html((ROOT / "assets" / "history.html").read_text(encoding="utf-8"), unsafe_allow_javascript=True)
    try:
        with errors_shown():
            if not ready:
                _first_start(chosen.url_path)
            chosen.run()
    finally:
        spare_modules_from_collection()


def _choose_project() -> bool:
    known = projects.projects()
    if not known:
        return False
    adopt_link("project", list(known))
    chosen = st.selectbox(
        _("Corpus"),
        list(known),
        key="project",
        format_func=project_label,
        persist_state="session",
    )
    publish_link("project", chosen)
    job_panel(known[chosen], key="sidebar")
    return True


def _choose_language() -> None:
    st.segmented_control(
        _("Language"),
        list(languages()),
        key="language",
        format_func=languages().__getitem__,
        required=True,
        persist_state="session",
        on_change=_keep_language,
        width="stretch",
    )


def _keep_language() -> None:
    projects.change_settings(language=st.session_state["language"])


def _first_start(url_path: str) -> None:
    """Prepare the demo corpus where the installation has not; meanwhile another can be opened."""
    workspace = default_workspace(demo_folder())
    if jobs.latest(workspace) is None:
        jobs.start(workspace, ["demo", str(demo_folder()), "--prepare"])
    st.title("flamsid")
    st.markdown(_("No corpus is open yet. The demo corpus is being prepared; it takes a minute or two."))
    job_panel(workspace, key="first")
    if url_path not in ("", "corpus"):
        st.page_link(PAGES / "corpus.py", label=_("Open a corpus"), icon=":material/arrow_forward:")
        st.stop()


main()
