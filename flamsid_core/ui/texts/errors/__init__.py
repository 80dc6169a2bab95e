"""What the program says about trouble and about long work, in Spanish: templates in English → Spanish.

The core speaks English and knows no languages; the app finds the template a message was made from and fills the
Spanish one with the same words. In the templates ``{}`` stands for what was filled in; the Spanish one takes them
in the same order. A message none of them fits is shown as it is.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from flamsid_core.ui.texts.errors.chain import CHAIN_ERRORS
from flamsid_core.ui.texts.errors.corpus import CORPUS_ERRORS
from flamsid_core.ui.texts.errors.evaluation import EVALUATION_ERRORS, EVALUATION_PROGRESS
from flamsid_core.ui.texts.errors.experiments import EXPERIMENT_ERRORS, EXPERIMENT_PROGRESS
from flamsid_core.ui.texts.errors.explanation import EXPLANATION_ERRORS, EXPLANATION_PROGRESS
from flamsid_core.ui.texts.errors.notes import NOTES
from flamsid_core.ui.texts.errors.progress import PROGRESS
from flamsid_core.ui.texts.errors.registry import REGISTRY_ERRORS

TEMPLATES: dict[str, str] = (
    CORPUS_ERRORS
    | CHAIN_ERRORS
    | PROGRESS
    | EVALUATION_ERRORS
    | EVALUATION_PROGRESS
    | EXPERIMENT_ERRORS
    | EXPERIMENT_PROGRESS
    | EXPLANATION_ERRORS
    | EXPLANATION_PROGRESS
    | REGISTRY_ERRORS
    | NOTES
)


@lru_cache(maxsize=1000)
def spanish(message: str) -> str:
    """Return what the program said in Spanish, as it is where no template fits.

    What a template was filled with is looked up in turn, so that a reason inside a sentence is told as well.
    """
    plain = TEMPLATES.get(message)
    if plain is not None:
        return plain
    for pattern, template in _patterns():
        if found := pattern.fullmatch(message):
            return template.format(*map(spanish, found.groups()))
    # "<file>: <reason>", where the reason is known.
    where, colon, reason = message.partition(": ")
    told = spanish(reason) if colon else reason
    return message if told == reason else where + colon + told


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return the templates with gaps as patterns, those with most words of their own first."""
    with_gaps = sorted(
        (e for e in TEMPLATES if "{}" in e), key=lambda e: len(e.replace("{}", "")), reverse=True
    )
    return [
        (re.compile("(.*?)".join(map(re.escape, e.split("{}"))), re.DOTALL), TEMPLATES[e]) for e in with_gaps
    ]
