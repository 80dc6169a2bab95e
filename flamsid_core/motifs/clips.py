"""The motif table of a corpus that comes as clips, each with its pattern, without the phrases around."""

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from flamsid_core.corpus.groups import foreign_rows
from flamsid_core.motifs.dictionary import MOTIF_TYPES, Motifs, motif_id, typed
from flamsid_core.motifs.distinct import distinctiveness


def motifs_of_clips(instances: pd.DataFrame) -> Motifs:
    """Collect the motifs of clips that carry their patterns.

    Nothing is mined: a motif is each pattern that some clip of a singer carries. As phrases are not known,
    distinct sounds stand for them: `support` counts the singer's distinct sounds with the pattern,
    `phrases` all of the singer's distinct sounds, `recordings` the source groups. For distinctiveness,
    clips in a source group that belongs to another singer (`flamsid_core.corpus.groups.foreign_rows`) are
    set aside. How often a pattern had to occur to be cut is not known, so only those shuffles that leave a
    singer without the motif are left out: p is somewhat too small where frequent patterns were chosen.

    Parameters
    ----------
    instances : DataFrame
        singer, pattern ("" where unknown), sound_id, source_group, start_s, end_s, and any other columns.

    Returns
    -------
    Motifs
        Motif table as from `build_motifs`; the instances as given, with `motif_id` filled ("" without
        pattern).
    """
    named = instances[instances["pattern"] != ""]
    keys = ["singer", "pattern"]
    groups = named.assign(duration_s=named["end_s"] - named["start_s"]).groupby(keys, sort=False)
    motifs = groups.agg(
        support=("sound_id", "nunique"),
        recordings=("source_group", "nunique"),
        n_instances=("sound_id", "size"),
        median_duration_s=("duration_s", "median"),
    ).reset_index()
    motifs["length"] = motifs["pattern"].str.split().map(len)
    motifs = motifs.sort_values(
        ["singer", "support", "length", "pattern"], ascending=[True, False, False, True], ignore_index=True
    )
    pairs = list(zip(motifs["singer"], motifs["pattern"], strict=True))
    ids = {pair: motif_id(*pair) for pair in pairs}
    motifs["motif_id"] = [ids[pair] for pair in pairs]
    labelled = [ids.get(pair, "") for pair in zip(instances["singer"], instances["pattern"], strict=True)]
    if len(motifs):
        motifs = pd.concat([motifs, _distinctiveness(motifs, instances)], axis=1)
    return Motifs(typed(motifs, MOTIF_TYPES), instances.assign(motif_id=pd.array(labelled, dtype="str")))


def _distinctiveness(motifs: pd.DataFrame, instances: pd.DataFrame) -> pd.DataFrame:
    own = instances[~foreign_rows(instances)]
    unit, units = pd.factorize(own["source_group"], sort=True)
    singer_of = own.drop_duplicates("source_group").set_index("source_group")["singer"]
    row, patterns = pd.factorize(motifs["pattern"])
    own = own.assign(unit=unit, row=pd.Index(patterns).get_indexer(own["pattern"]))
    sounds_per_unit = (
        own.drop_duplicates(["unit", "sound_id"])["unit"].value_counts().reindex(range(len(units)))
    )
    sounds = own[own["row"] >= 0].drop_duplicates(["row", "unit", "sound_id"])
    uses = csr_matrix(
        (np.ones(len(sounds), np.int64), (sounds["row"], sounds["unit"])), shape=(len(patterns), len(units))
    )
    singers = singer_of.reindex(units).tolist()
    return distinctiveness(uses, sounds_per_unit.tolist(), singers, row, motifs["singer"].tolist())
