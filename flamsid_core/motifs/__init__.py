"""Motifs: closed patterns of melodic steps, whose they are and where they sound."""

from flamsid_core.motifs.mining import mine_closed
from flamsid_core.motifs.patterns import Pattern, Patterns

__all__ = ["Pattern", "Patterns", "mine_closed"]
