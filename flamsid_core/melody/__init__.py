"""From sound to contour: f0 tracking, cents, levels, segments and signed steps."""

from flamsid_core.melody.cents import cents_to_hz, hz_to_cents, note_name

__all__ = ["cents_to_hz", "hz_to_cents", "note_name"]
