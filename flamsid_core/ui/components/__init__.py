"""The two instruments: a contour one can play, and a motif space one can listen to; and a table of clips.

Both instruments draw on canvas, keep the hand-eye-ear loop inside the browser, and tell Python only what was chosen.
"""

from flamsid_core.ui.components.clip_table import clip_table
from flamsid_core.ui.components.motif_space import MotifSpaceResult, motif_space
from flamsid_core.ui.components.timeline import TimelineResult, timeline

__all__ = ["MotifSpaceResult", "TimelineResult", "clip_table", "motif_space", "timeline"]
