"""From data to pictures: plotly figures, motif glyphs, the colours of singers. Pure; knows no app.

Figures leave ground and text to the theme they are shown in, so they hold in light and dark.
"""

from flamsid_core.plots.atlas import atlas_map
from flamsid_core.plots.bands import band_evidence
from flamsid_core.plots.base import (
    ACCENT,
    NEUTRAL,
    PALETTE,
    PROTOCOL_COLOURS,
    SEQUENTIAL,
    glyph_address,
    label,
    singer_colours,
)
from flamsid_core.plots.experiments import (
    interval_dots,
    paired_recordings,
    recording_bars,
    reliability_diagram,
)
from flamsid_core.plots.families import family_colours, overlaid_curves
from flamsid_core.plots.melody import aligned_contours, level_histogram, motif_heatmap
from flamsid_core.plots.models import confusion_matrix, protocol_bars, ranking_bars, training_curves
from flamsid_core.plots.recording import picture, recording_curve

__all__ = [
    "ACCENT",
    "NEUTRAL",
    "PALETTE",
    "PROTOCOL_COLOURS",
    "SEQUENTIAL",
    "aligned_contours",
    "atlas_map",
    "band_evidence",
    "confusion_matrix",
    "family_colours",
    "glyph_address",
    "interval_dots",
    "label",
    "level_histogram",
    "motif_heatmap",
    "overlaid_curves",
    "paired_recordings",
    "picture",
    "protocol_bars",
    "ranking_bars",
    "recording_bars",
    "recording_curve",
    "reliability_diagram",
    "singer_colours",
    "training_curves",
]
