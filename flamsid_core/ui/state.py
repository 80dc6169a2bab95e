"""What a session has chosen: language, project, and the selections that a link can name."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import streamlit as st

from flamsid_core.errors import FlamsidError
from flamsid_core.read_once import read_once
from flamsid_core.ui import projects
from flamsid_core.ui.words import _, escape, translated
from flamsid_core.workspace import Workspace

# A wheel holds the app's files in the package (setup.py puts them there); a checkout has them at its top.
_SITE = Path(__file__).resolve().with_name("site")
ROOT = _SITE if _SITE.is_dir() else Path(__file__).resolve().parents[2]
PAGES = ROOT / "pages"


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show a `FlamsidError` from inside as a sentence on the page, and go on after it."""
    try:
        yield
    except FlamsidError as error:
        st.error(escape(translated(error)), icon=":material/error:")


_frozen_modules = 0


def spare_modules_from_collection() -> None:
    """Take what has been imported out of the garbage collector's sight, whenever more has been imported.

    Streamlit collects garbage after every run, over all objects there are. Those of pandas, plotly and numba never
    go, and to walk them took 0.1 s after each move of a slider.
    """
    global _frozen_modules
    if len(sys.modules) > _frozen_modules:
        _frozen_modules = len(sys.modules)
        gc.collect()
        gc.freeze()


def is_dark() -> bool:
    """Tell whether the page is shown on a dark ground."""
    return st.context.theme.type == "dark"


def project() -> str:
    """Return the name of the chosen project."""
    return str(st.session_state["project"])


def has_project() -> bool:
    """Tell whether any corpus is known."""
    return bool(projects.projects())


def project_label(name: str | None = None) -> str:
    """Return a project's name for people: that of the corpus folder."""
    folder = projects.projects().get(name or project())
    if folder is None:
        return str(name)
    return _("Demo corpus") if projects.is_demo(folder) else projects.corpus_of(folder).name


def open_workspace() -> Workspace:
    """Return the workspace of the chosen project."""
    return Workspace(projects.projects()[project()])


@read_once(lambda workspace, name: workspace.path(f"{name}.parquet"))
def table(workspace: Workspace, name: str) -> pd.DataFrame:
    """Return a table of the workspace, read once until its file changes; shared, so do not write into it."""
    return workspace.table(name)


def empty(message: str, page: str | None = None, label: str | None = None, icon: str = "info") -> None:
    """Say what is not there and what to do next, with a link to where it is done."""
    with st.container(border=True):
        st.markdown(f":material/{icon}: {message}")
        if page is not None:
            st.page_link(PAGES / f"{page}.py", label=label, icon=":material/arrow_forward:")
