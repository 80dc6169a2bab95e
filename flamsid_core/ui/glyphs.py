"""Pictures of motifs, drawn once each."""

from functools import lru_cache

from flamsid_core.plots import glyph_address

glyph = lru_cache(maxsize=20_000)(glyph_address)
