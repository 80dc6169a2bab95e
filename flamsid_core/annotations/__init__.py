"""A person's own work on a corpus: corrections, layers of spans and points, names of motifs. Never thrown away."""

from flamsid_core.annotations.corrections import correct_f0, correct_notes, share_corrected
from flamsid_core.annotations.entries import KINDS, Entry
from flamsid_core.annotations.exchange import export_annotations, import_annotations
from flamsid_core.annotations.store import Annotations, open_annotations

__all__ = [
    "KINDS",
    "Annotations",
    "Entry",
    "correct_f0",
    "correct_notes",
    "export_annotations",
    "import_annotations",
    "open_annotations",
    "share_corrected",
]
