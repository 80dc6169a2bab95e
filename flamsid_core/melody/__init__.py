"""From sound to contour: f0 tracking, cents, levels, segments and signed steps."""

from flamsid_core.melody.centre import Curve, NoteParams, curve_of_table
from flamsid_core.melody.cents import cents_to_hz, hz_to_cents, note_name
from flamsid_core.melody.contour import Contour, ContourParams, reduce_contour, step_sequences
from flamsid_core.melody.distances import align_melodies, melodic_distances
from flamsid_core.melody.f0 import MelodyParams, track_f0, track_file
from flamsid_core.melody.notes import Notes, shown_notes_of, strokes_of
from flamsid_core.melody.ornaments import chatter_share

__all__ = [
    "Contour",
    "ContourParams",
    "Curve",
    "MelodyParams",
    "NoteParams",
    "Notes",
    "align_melodies",
    "cents_to_hz",
    "chatter_share",
    "curve_of_table",
    "hz_to_cents",
    "melodic_distances",
    "note_name",
    "reduce_contour",
    "shown_notes_of",
    "step_sequences",
    "strokes_of",
    "track_f0",
    "track_file",
]
