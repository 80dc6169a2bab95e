"""Every text of the app in English and Spanish: `text("corpus.title", "es")`.

The tables are plain dictionaries, one module a page: key → (English, Spanish). Placeholders are those of
`str.format`.
"""

from __future__ import annotations

from flamsid_core.ui.texts.corpus import CORPUS
from flamsid_core.ui.texts.experiments import EXPERIMENTS
from flamsid_core.ui.texts.identify import IDENTIFY
from flamsid_core.ui.texts.models import MODELS
from flamsid_core.ui.texts.motifs import MOTIFS
from flamsid_core.ui.texts.recording import RECORDING
from flamsid_core.ui.texts.shell import SHELL
from flamsid_core.ui.texts.space import SPACE

LANGUAGES = {"en": "English", "es": "Español"}
TEXTS: dict[str, tuple[str, str]] = (
    SHELL | CORPUS | RECORDING | MOTIFS | MODELS | EXPERIMENTS | SPACE | IDENTIFY
)


def text(key: str, language: str, **values: object) -> str:
    """Return the text called `key` in `language` ("en" or "es"), its placeholders filled with `values`."""
    return TEXTS[key][list(LANGUAGES).index(language)].format(**values)
