"""A folder of recordings, or of published clips, becomes a table."""

import os
from typing import TYPE_CHECKING

from flamsid_core.corpus.audio import (
    AUDIO_SUFFIXES,
    AudioInfo,
    audio_info,
    audio_sha256,
    read_audio,
)
from flamsid_core.corpus.datasets import import_dataset
from flamsid_core.corpus.files import Progress, Skipped
from flamsid_core.corpus.importing import import_published_motifs
from flamsid_core.corpus.loading import Corpus, load_corpus

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "AUDIO_SUFFIXES",
    "AudioInfo",
    "Corpus",
    "Progress",
    "Skipped",
    "audio_info",
    "audio_sha256",
    "import_dataset",
    "import_published_motifs",
    "load_corpus",
    "read_audio",
    "synthesise_demo",
]


def synthesise_demo(
    dest: str | os.PathLike[str], *, seed: int = 0, on_progress: Progress | None = None
) -> "Path":
    """Synthesise the demo corpus into a folder; see `flamsid_core.demo.synthesise_demo`."""
    # Imported here: synthesis is needed once, tables all the time.
    from flamsid_core import demo

    return demo.synthesise_demo(dest, seed=seed, on_progress=on_progress)
