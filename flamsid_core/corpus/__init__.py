"""A folder of recordings, or of published clips, becomes a table."""

from flamsid_core.corpus.audio import (
    AUDIO_SUFFIXES,
    AudioInfo,
    audio_info,
    audio_sha256,
    read_audio,
)
from flamsid_core.corpus.datasets import import_dataset
from flamsid_core.corpus.files import Skipped
from flamsid_core.corpus.importing import import_published_motifs
from flamsid_core.corpus.loading import Corpus, load_corpus

__all__ = [
    "AUDIO_SUFFIXES",
    "AudioInfo",
    "Corpus",
    "Skipped",
    "audio_info",
    "audio_sha256",
    "import_dataset",
    "import_published_motifs",
    "load_corpus",
    "read_audio",
]
