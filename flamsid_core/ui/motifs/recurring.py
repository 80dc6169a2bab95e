"""The first part of the Motifs page: what singers come back to, beyond chance; a card a family."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from flamsid_core.ui.clips import clip_list
from flamsid_core.ui.families import (
    clips_of_occurrences,
    colours_of_families,
    families_of,
    in_words,
    occurrences_of,
    picture_of,
)
from flamsid_core.ui.instances import singers_of
from flamsid_core.ui.links import open_instance
from flamsid_core.ui.motifs.names import choose_shown, name_form
from flamsid_core.ui.words import _, escape
from flamsid_core.workspace import Workspace

CARDS_A_PAGE = 10
PICTURE_PX, WORDS_PX = 240, 250


def chosen_families(workspace: Workspace) -> pd.DataFrame:
    """Show the filters; return the families that pass, those that explain most of the singing first."""
    families = families_of(workspace)
    left, middle, right = st.columns([1.5, 1.3, 1.4], vertical_alignment="bottom")
    singers = left.multiselect(
        _("Singers"),
        singers_of(workspace),
        key="family_singers",
        placeholder=_("All"),
        persist_state="session",
    )
    typed = middle.text_input(
        _("Steps"), key="family_steps", placeholder="+1 -2", persist_state="session",
        help=_("Steps between levels, such as +1 -2; ? for any one step, * for any number of steps."),
    )  # fmt: skip
    across = right.toggle(_("In several recordings"), key="family_across", persist_state="session")
    if singers:
        families = families[families["singer"].isin(singers)]
    if across:
        families = families[families["recordings"] > 1]
    if typed.strip():
        from flamsid_core.motifs import search_pattern

        families = search_pattern(families, typed)
    return families


def cards(workspace: Workspace, families: pd.DataFrame) -> None:
    """Show a page of families, each with its curves, what is to be said of it, and its occurrences to play."""
    if families.empty:
        st.info(_("No recurring motif is beyond chance here. Add recordings, or look into the dictionary."))
        return
    families = choose_shown(workspace, families, key="family_rejected")
    pages = -(-len(families) // CARDS_A_PAGE)
    number = 1
    if pages > 1:
        number = st.segmented_control(
            _("Page"), range(1, pages + 1), default=1, required=True, key=f"family_page_{pages}",
            label_visibility="collapsed",
        )  # fmt: skip
    colours = colours_of_families(workspace)
    shown = families.iloc[(number - 1) * CARDS_A_PAGE : number * CARDS_A_PAGE]
    for _number, family in shown.iterrows():
        with st.container(border=True):
            _card(workspace, family, colours[str(family["family_id"])], str(family["name"]))


def _card(workspace: Workspace, family: pd.Series, colour: str, name: str) -> None:
    occurrences = occurrences_of(workspace, family["family_id"])
    # A row that breaks where the page is narrow: the picture and the words, then what is to be heard.
    with st.container(horizontal=True, gap="medium"):
        st.image(picture_of(workspace, occurrences, colour), width=PICTURE_PX)
        said, heard = st.container(width=WORDS_PX), st.container(width="stretch")
    with said:
        st.markdown(f"**{escape(name or family['singer'])}** · `{family['pattern']}`")
        st.caption((f"{escape(family['singer'])}. " if name else "") + in_words(family))
        if workspace.corpus is not None:
            with st.popover(_("Name"), icon=":material/edit_note:"):
                name_form(workspace, family["pattern"], key=family["family_id"])
    with heard:
        clips = clips_of_occurrences(workspace, occurrences, colour)
        # The picture shows the variants; the rows leave their width to the names of recordings.
        opened = clip_list(
            clips,
            key=f"family-{family['family_id']}",
            max_height_px=180,
            can_open=True,
            contours=False,
            in_turn=True,
        )
    if opened is not None:
        found = occurrences[occurrences["occurrence_id"] == opened].iloc[0]
        open_instance(found.rename({"family_id": "motif_id"}))
