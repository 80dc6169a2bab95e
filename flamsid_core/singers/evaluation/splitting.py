"""From a protocol's name to its splits: the one place that training, audit and baselines ask.

`PROTOCOLS` holds them by name, from the kindest to the honest. One registration adds another::

    @PROTOCOLS.register("by-year")
    def by_year(clips, *, folds, seed, validation_share):
        return (Split("by-year", train, test, validation),)
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal, Protocol

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import N_
from flamsid_core.registration import Registry
from flamsid_core.singers.evaluation.protocols import (
    Split,
    deduplicated_split,
    paper_split,
    source_disjoint_folds,
)

Folds = int | Literal["leave-one-out"]


class Splitter(Protocol):
    """Makes the splits of one protocol; raises `FlamsidError` where the protocol cannot be applied."""

    def __call__(
        self, clips: pd.DataFrame, *, folds: Folds, seed: int, validation_share: float
    ) -> tuple[Split, ...]:
        """Return one split, or one for each fold."""
        ...


PROTOCOLS: Registry[Splitter] = Registry("Unknown protocol {name!r}: choose one of {choices}, all.")


@PROTOCOLS.register(N_("paper"), built_in=True)
def _paper(clips: pd.DataFrame, *, folds: Folds, seed: int, validation_share: float) -> tuple[Split, ...]:
    return (paper_split(clips, seed=seed, validation_share=validation_share),)


@PROTOCOLS.register(N_("deduplicated"), built_in=True)
def _deduplicated(
    clips: pd.DataFrame, *, folds: Folds, seed: int, validation_share: float
) -> tuple[Split, ...]:
    return (deduplicated_split(clips, seed=seed, validation_share=validation_share),)


@PROTOCOLS.register(N_("source-disjoint"), built_in=True)
def source_disjoint(
    clips: pd.DataFrame, *, folds: Folds, seed: int, validation_share: float
) -> tuple[Split, ...]:
    """Return source-disjoint folds that stop early on held-out sources only where every singer can spare one.

    A validation part without some singers, at the price of half the sources of the others, stops the fit at once and
    takes away what there is to learn from (measured: every fold after its first epoch on the published clips). There
    the validation part is drawn from the training sources by overlap group. The test part is held out as before.
    """
    splits = source_disjoint_folds(clips, folds, seed=seed, validation_share=validation_share)
    if not validation_share:
        return splits
    singers = clips["singer"].to_numpy()
    return tuple(
        split
        if set(singers[split.validation]) == set(singers[split.train])
        else _validated_by_overlap_group(clips, split, seed, validation_share)
        for split in splits
    )


def _validated_by_overlap_group(clips: pd.DataFrame, split: Split, seed: int, share: float) -> Split:
    rows = np.sort(np.concatenate([split.train, split.validation]))
    inner = deduplicated_split(clips.iloc[rows], seed=seed, test_share=share)
    return replace(
        split, train=rows[inner.train], validation=rows[inner.test], validation_unit="overlap group"
    )


def protocol_splits(
    clips: pd.DataFrame,
    *,
    protocols: Iterable[str] | None = None,
    folds: Folds = 5,
    seed: int = 0,
    validation_share: float = 0.0,
) -> tuple[dict[str, tuple[Split, ...]], dict[str, FlamsidError]]:
    """Return the splits of every protocol that can be applied to the clips, and why the others cannot.

    Test parts depend on folds and seed alone, so that a baseline without a validation part is measured on the clips
    that a network is measured on.

    Parameters
    ----------
    clips : DataFrame
        Columns singer, sound_id, source_group, overlap_group, conflict.
    protocols : iterable of str, optional
        Names in `PROTOCOLS`; all of them by default.
    folds : int or "leave-one-out"
        Of the source-disjoint protocol.
    seed : int
        Of the draws.
    validation_share : float
        Of each training part; 0 cuts nothing off.

    Returns
    -------
    splits : dict of protocol to tuple of Split
    errors : dict of protocol to FlamsidError
    """
    splits, errors = {}, {}
    for name in PROTOCOLS if protocols is None else protocols:
        try:
            splits[name] = PROTOCOLS[name](clips, folds=folds, seed=seed, validation_share=validation_share)
        except FlamsidError as error:
            errors[name] = error
    return splits, errors
