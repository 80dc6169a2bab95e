"""flamsid tells who is singing in unaccompanied flamenco, and how we know.

``import flamsid_core as flamsid`` has a small set of names that stays: a corpus or a recording is opened, and what
comes of it shows itself in a notebook. Each name is loaded when it is first used, so that f0 can be tracked without
torch.

===================  ==========================================================================
open_corpus          a folder of recordings: `.track()`, `.mine()`, `.train()`, `.identify()`, `.map()`
open_demo            the synthesised corpus, to try everything on
open_recording       one sound file: f0 and notes, with its player
track                f0 of a signal; `track_file` of a file
reduce               f0 to notes and steps
mine                 closed patterns of step sequences
search               motifs by typed steps
identify             who may be singing, by a model's folder
read_layer, read_f0  what other programs wrote
export               a workspace as files of other programs
plots                everything that is drawn, as functions that return plotly figures
FlamsidError         the one exception
===================  ==========================================================================
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from flamsid_core.errors import FlamsidError

if TYPE_CHECKING:
    from flamsid_core import plots
    from flamsid_core.formats import read_f0, read_layer
    from flamsid_core.melody import reduce_contour as reduce
    from flamsid_core.melody import track_f0 as track
    from flamsid_core.melody import track_file
    from flamsid_core.motifs import mine_closed as mine
    from flamsid_core.motifs import search_pattern as search
    from flamsid_core.notebook import identify, open_corpus, open_demo, open_recording
    from flamsid_core.pipeline import export_corpus as export

__version__ = "0.1.0"
__all__ = [
    "FlamsidError",
    "export",
    "identify",
    "mine",
    "open_corpus",
    "open_demo",
    "open_recording",
    "plots",
    "read_f0",
    "read_layer",
    "reduce",
    "search",
    "track",
    "track_file",
]

_HOMES = {
    "export": ("pipeline", "export_corpus"),
    "identify": ("notebook", "identify"),
    "mine": ("motifs", "mine_closed"),
    "open_corpus": ("notebook", "open_corpus"),
    "open_demo": ("notebook", "open_demo"),
    "open_recording": ("notebook", "open_recording"),
    "plots": ("plots", ""),
    "read_f0": ("formats", "read_f0"),
    "read_layer": ("formats", "read_layer"),
    "reduce": ("melody", "reduce_contour"),
    "search": ("motifs", "search_pattern"),
    "track": ("melody", "track_f0"),
    "track_file": ("melody", "track_file"),
}


def __getattr__(name: str) -> Any:
    """Load a name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    home = import_module(f"{__name__}.{module}")
    return getattr(home, attribute) if attribute else home


def __dir__() -> list[str]:
    """List what is there, loaded or not."""
    return sorted([*globals(), *__all__])
