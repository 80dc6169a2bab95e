"""flamsid in a notebook: `import flamsid_core as flamsid` has its names; results show and play themselves."""

from flamsid_core.notebook.shown import Motif, Recording, Training, Verdict
from flamsid_core.notebook.study import Study, identify, open_corpus, open_demo, open_recording

__all__ = [
    "Motif",
    "Recording",
    "Study",
    "Training",
    "Verdict",
    "identify",
    "open_corpus",
    "open_demo",
    "open_recording",
]
