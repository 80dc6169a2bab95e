"""Motifs: closed patterns of melodic steps, whose they are and where they sound."""

from flamsid_core.motifs.clips import motifs_of_clips
from flamsid_core.motifs.dictionary import MotifParams, Motifs, build_motifs, motif_id
from flamsid_core.motifs.distinct import METHOD, distinctiveness
from flamsid_core.motifs.families import Families, FamilyParams, find_families
from flamsid_core.motifs.glyph import glyph_svg
from flamsid_core.motifs.mining import mine_closed
from flamsid_core.motifs.patterns import Pattern, Patterns
from flamsid_core.motifs.search import search_pattern
from flamsid_core.motifs.similar import find_similar

__all__ = [
    "METHOD",
    "Families",
    "FamilyParams",
    "MotifParams",
    "Motifs",
    "Pattern",
    "Patterns",
    "build_motifs",
    "distinctiveness",
    "find_families",
    "find_similar",
    "glyph_svg",
    "mine_closed",
    "motif_id",
    "motifs_of_clips",
    "search_pattern",
]
