"""The pages of the app, in the order of the sidebar. One registration is enough for another one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flamsid_core.registration import Registry
from flamsid_core.ui.state import PAGES
from flamsid_core.ui.words import N_


@dataclass(frozen=True)
class Page:
    """A page of the app.

    Attributes
    ----------
    title : str
        In English; shown in the chosen language where a catalogue has it.
    icon : str
        Name of a Material symbol.
    script : Path or callable
        What draws the page.
    """

    title: str
    icon: str
    script: Path | Callable[[], None]


NAVIGATION: Registry[Page] = Registry("{name!r} is not a page; choose one of {choices}.")

for _name, _title, _icon in (
    ("corpus", N_("Corpus"), "library_music"),
    ("recording", N_("Recording"), "graphic_eq"),
    ("motifs", N_("Motifs"), "stairs"),
    ("compare", N_("Compare"), "compare_arrows"),
    ("models", N_("Models"), "model_training"),
    ("experiments", N_("Experiments"), "science"),
    ("atlas", N_("Motif space"), "scatter_plot"),
    ("identify", N_("Identify"), "mic"),
):
    NAVIGATION.register(_name, built_in=True)(Page(_title, _icon, PAGES / f"{_name}.py"))
