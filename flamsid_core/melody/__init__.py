"""From sound to contour: f0 tracking, cents, levels, segments and signed steps."""

from flamsid_core.melody.cents import cents_to_hz, hz_to_cents, note_name
from flamsid_core.melody.contour import Contour, ContourParams, reduce_contour, step_sequences
from flamsid_core.melody.distances import align_melodies, melodic_distances
from flamsid_core.melody.f0 import MelodyParams, track_f0, track_file

__all__ = [
    "Contour",
    "ContourParams",
    "MelodyParams",
    "align_melodies",
    "cents_to_hz",
    "hz_to_cents",
    "melodic_distances",
    "note_name",
    "reduce_contour",
    "step_sequences",
    "track_f0",
    "track_file",
]
