"""A run's test predictions as tables: singer by singer, recording by recording, the clips it was most wrong about."""

from typing import Any

import numpy as np
import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.singers.evaluation.protocols import distinct_rows
from flamsid_core.singers.evaluation.uncertainty import recording_interval
from flamsid_core.singers.evaluation.verdicts import recording_verdicts


def predictions_under(predictions: pd.DataFrame, protocol: str) -> pd.DataFrame:
    """Return the predictions of one protocol.

    Raises
    ------
    FlamsidError
        The run was not measured under it.
    """
    found = predictions[predictions["protocol"] == protocol].reset_index(drop=True)
    if found.empty:
        raise FlamsidError(
            "This run was not measured under the {protocol} protocol: choose another protocol, or another run.",
            protocol=protocol,
        )
    return found


def with_sources(predictions: pd.DataFrame, instances: pd.DataFrame) -> pd.DataFrame:
    """Return predictions with the source group of their clips, without those of clips that are not there any more."""
    return predictions.merge(instances[["instance_id", "source_group"]], on="instance_id")


def posterior(predictions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return the probabilities (n, K), the true columns (n,), and the K singers.

    Raises
    ------
    FlamsidError
        The table has no probabilities, or a true singer none.
    """
    classes = [column[2:] for column in map(str, predictions) if column.startswith("p_")]
    truth = pd.Index(classes).get_indexer(pd.Index(predictions["singer"]))
    if not classes or (truth < 0).any():
        raise FlamsidError(
            "The predictions say nothing of probabilities: they are of an older version, train this run again."
        )
    return predictions[[f"p_{name}" for name in classes]].to_numpy(dtype=np.float64), truth, classes


def by_singer(predictions: pd.DataFrame) -> pd.DataFrame:
    """Count right clips for each singer.

    Parameters
    ----------
    predictions : DataFrame
        Of one protocol, see `with_sources`.

    Returns
    -------
    DataFrame
        singer, clips, recordings, right, accuracy, low, high (95 % interval over the singer's recordings; 0 and
        1 where there is only one, which tells nothing of how much recordings differ).
    """
    rows = []
    for singer, clips in predictions.groupby("singer", sort=True):
        right = (clips["predicted"] == clips["singer"]).to_numpy()
        low, high = recording_interval(right, clips["source_group"].to_numpy())
        rows.append(
            {
                "singer": str(singer),
                "clips": len(clips),
                "recordings": clips["source_group"].nunique(),
                "right": int(right.sum()),
                "accuracy": float(right.mean()),
                "low": low,
                "high": high,
            }
        )
    return pd.DataFrame(rows)


def by_recording(predictions: pd.DataFrame) -> pd.DataFrame:
    """Count right clips for each source group and singer, with the singer its clips vote for.

    Returns
    -------
    DataFrame
        source_group, singer, clips, right, accuracy, voted (largest mean log-probability; None without
        probabilities), vote_right; the worst first.
    """
    columns = [column for column in map(str, predictions) if column.startswith("p_")]
    keys = [predictions["source_group"].to_numpy(), predictions["singer"].to_numpy()]
    right = (predictions["predicted"] == predictions["singer"]).groupby(keys, sort=True).agg(["sum", "size"])
    found = pd.DataFrame(
        {
            "source_group": right.index.get_level_values(0).astype(str),
            "singer": right.index.get_level_values(1).astype(str),
            "clips": right["size"].to_numpy(),
            "right": right["sum"].to_numpy(),
            "accuracy": (right["sum"] / right["size"]).to_numpy(),
            "voted": None,
        }
    )
    if columns:
        # Probabilities are stored rounded to 0 where they are tiny.
        log_probability = np.log(np.maximum(predictions[columns].to_numpy(dtype=np.float64), 1e-30))
        classes = np.array([column[2:] for column in columns], dtype=object)
        found["voted"] = classes[recording_verdicts(log_probability, *keys).predicted]
    found["vote_right"] = found["voted"] == found["singer"]
    return found.sort_values(["accuracy", "clips"], ascending=[True, False], ignore_index=True)


def hardest(predictions: pd.DataFrame, most: int = 50) -> pd.DataFrame:
    """Return the clips whose true singer got the lowest probability, the worst first.

    Returns
    -------
    DataFrame
        The rows of `predictions`, with p_true and p_predicted.
    """
    probability, truth, _ = posterior(predictions)
    rows = np.arange(len(predictions))
    found = predictions.assign(p_true=probability[rows, truth], p_predicted=probability.max(axis=1))
    return found.nsmallest(most, "p_true", keep="first").reset_index(drop=True)


def summary(predictions: pd.DataFrame) -> dict[str, Any]:
    """Return figures of one protocol with their 95 % intervals over recordings.

    Returns
    -------
    dict
        accuracy, low, high; mean_over_singers, singers_low, singers_high; clips, recordings.
    """
    right = (predictions["predicted"] == predictions["singer"]).to_numpy()
    group, singer = predictions["source_group"].to_numpy(), predictions["singer"].to_numpy()
    low, high = recording_interval(right, group)
    singers_low, singers_high = recording_interval(right, group, singers=singer)
    return {
        "accuracy": float(right.mean()),
        "low": low,
        "high": high,
        "mean_over_singers": float(pd.Series(right).groupby(singer).mean().mean()),
        "singers_low": singers_low,
        "singers_high": singers_high,
        "clips": len(predictions),
        "recordings": int(predictions["source_group"].nunique()),
    }


def shares_in_training(predictions: pd.DataFrame, clips: pd.DataFrame, protocol: str) -> dict[str, float]:
    """Return which share of a run's test clips has something of itself in training, under its very split.

    Parameters
    ----------
    predictions : DataFrame
        Of one protocol: instance_id, and fold where there are several.
    clips : DataFrame
        The clip set that the run was trained on, columns of an instances table.
    protocol : str
        The strict protocols learn from one copy of each sound only.

    Returns
    -------
    dict
        sound (the very sound), overlap (shared samples, chain by chain), source (the same recording); shares
        of the test clips, each tested clip counted in its own fold.
    """
    used = clips if protocol == "paper" else clips.iloc[distinct_rows(clips)]
    fold = predictions["fold"] if "fold" in predictions else pd.Series(0, index=predictions.index)
    found = dict.fromkeys(("sound", "overlap", "source"), 0)
    tested = 0
    for _, rows in predictions.groupby(fold, sort=False):
        in_test = used["instance_id"].isin(rows["instance_id"]).to_numpy()
        test, train = used[in_test], used[~in_test]
        tested += len(test)
        for name, column in (("sound", "sound_id"), ("overlap", "overlap_group"), ("source", "source_group")):
            found[name] += int(test[column].isin(set(train[column])).sum())
    return {name: count / max(tested, 1) for name, count in found.items()}
