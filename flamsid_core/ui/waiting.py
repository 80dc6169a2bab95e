"""What a page shows before what it shows is made: what to do, or, while it is being made, how far that is."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from flamsid_core import jobs
from flamsid_core.ui.job_panel import POLL_S, progress_text
from flamsid_core.ui.state import empty
from flamsid_core.ui.words import N_, _
from flamsid_core.workspace import Workspace

# Which jobs make what pages wait for.
CHAIN_KINDS = ("run", "demo", "motifs", "melody")
WAITING_TEXTS = {
    "recordings": N_("The corpus is being read. The recordings appear here as soon as they are known."),
    "melody": N_("The melody is being tracked. Each recording appears here as soon as it is done."),
    "motifs": N_("The motifs are being mined. They appear here as soon as they are found."),
    "audit": N_("The clips are still to be audited. What is found appears here."),
    "model": N_("A model is being trained. This page opens as soon as there is one."),
    "atlas": N_("The map is still to be drawn. It appears here as soon as it is."),
}


def being_made(workspace: Workspace, kinds: tuple[str, ...] = CHAIN_KINDS) -> bool:
    """Tell whether long work is running that makes what a page waits for."""
    job = jobs.current(workspace.root)
    return job is not None and job.kind in kinds


def waiting(
    workspace: Workspace, what: str, is_there: Callable[[], bool], otherwise: Callable[[], object]
) -> None:
    """Say that what the page needs is being made and show it when it is; where nothing makes it, do `otherwise`.

    Parameters
    ----------
    workspace : Workspace
        Of the chosen corpus.
    what : str
        Which of `WAITING_TEXTS` says what is being made.
    is_there : callable
        Tells whether the page can show itself now.
    otherwise : callable
        Says what to do, where no long work will make it.
    """
    kinds = {"model": (*CHAIN_KINDS, "train"), "atlas": (*CHAIN_KINDS, "train", "atlas")}.get(
        what, CHAIN_KINDS
    )
    if not being_made(workspace, kinds):
        otherwise()
        return
    st.fragment(_wait, run_every=POLL_S)(workspace, what, is_there)


def _wait(workspace: Workspace, what: str, is_there: Callable[[], bool]) -> None:
    job = jobs.current(workspace.root)
    if job is None or is_there():
        st.rerun()
    with st.container(border=True, key=f"waiting-{what}"):
        st.markdown(f":material/hourglass_top: {_(WAITING_TEXTS[what])}")
        st.progress(job.fraction, text=progress_text(job))


def no_motifs_yet(workspace: Workspace, icon: str) -> None:
    """Say that there are no motifs yet: that they are being mined, or where to let them be."""
    waiting(
        workspace,
        "motifs",
        lambda: workspace.has("motifs/instances") and workspace.has("motifs/motifs"),
        lambda: empty(
            _(
                "This corpus has no motifs yet. Run the chain on the Corpus page: it tracks the "
                "melody, reduces the contour and mines each singer's motifs."
            ),
            "corpus",
            _("Go to Corpus"),
            icon=icon,
        ),
    )
