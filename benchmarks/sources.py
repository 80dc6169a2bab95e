"""What tells a singer in a recording never heard, and what only seems to: attempts in closed form, on published clips.

    python benchmarks/sources.py [--data DIR] [--results FILE]

Every attempt is measured leaving one source group out, and again leaving one group of *every* singer out at once (all
combinations, averaged). The second is there because the first has a leak of its own: with two groups a singer, the one
whose group is held out is the one with fewest left, and a model that is less sure of singers it heard less of may live
on that. Rows are written into benchmarks/results/attempts.json under this command; `experiment.py --tables-only` puts
them into docs/findings.md.
"""

import argparse
import itertools
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from flamsid_core.pipeline import MotifChain, open_project, run_motifs
from flamsid_core.singers import FeatureParams, extract_features
from flamsid_core.singers.evaluation.protocols import distinct_rows
from flamsid_core.singers.networks.two_covariance import BINS, LEVELS, Expert

COMMAND = "python benchmarks/sources.py"
RESULTS = Path(__file__).resolve().parent / "results" / "attempts.json"
MATCHED_S = (0.29, 0.8)  # lengths that every singer's clips were allowed to have

Scores = Callable[
    [np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray
]  # train x, y, g; test x -> (n, K)


@dataclass(frozen=True)
class Clips:
    """Distinct published clips: values (n, d), singers 0..K-1, source groups 0..G-1."""

    values: np.ndarray
    singer: np.ndarray
    group: np.ndarray

    def only(self, rows: np.ndarray, values: np.ndarray | None = None) -> "Clips":
        return Clips((self.values if values is None else values)[rows], self.singer[rows], self.group[rows])

    @property
    def singer_of(self) -> np.ndarray:
        return np.array([self.singer[self.group == g][0] for g in np.unique(self.group)])


def gaussians(*heard: Sequence[int], uncertain: bool = True) -> Scores:
    """Experts of two covariances on the columns given, their verdicts averaged."""

    def scores(x: np.ndarray, y: np.ndarray, g: np.ndarray, test: np.ndarray) -> np.ndarray:
        total = np.zeros((len(test), y.max() + 1))
        for columns in heard:
            expert = Expert(len(columns), y.max() + 1)
            expert.fit(x[:, columns], y, g)
            if not uncertain:
                expert.variance.data[:] = expert.variance.data.mean()
            with torch.inference_mode():
                total += expert(torch.from_numpy(test[:, columns].astype(np.float32)))[1].numpy()
        return total / len(heard)

    return scores


def discriminant(columns: Sequence[int]) -> Scores:
    """Linear discriminant analysis with a shrunk covariance and equal priors."""

    def scores(x: np.ndarray, y: np.ndarray, g: np.ndarray, test: np.ndarray) -> np.ndarray:
        classes = y.max() + 1
        lda = LinearDiscriminantAnalysis(
            solver="lsqr", shrinkage="auto", priors=np.full(classes, 1 / classes)
        )
        return lda.fit(x[:, columns], y).predict_log_proba(test[:, columns])

    return scores


def one_out(clips: Clips, scores: Scores) -> np.ndarray:
    """Return (n, K) scores of every clip with its source group held out."""
    found = np.empty((len(clips.singer), clips.singer.max() + 1))
    for group in np.unique(clips.group):
        test = clips.group == group
        found[test] = scores(clips.values[~test], clips.singer[~test], clips.group[~test], clips.values[test])
    return found


def nested(choices: dict[str, Scores]) -> Scores:
    """Of several, the one that is best (mean over singers) leaving each of the training groups out."""

    def scores(x: np.ndarray, y: np.ndarray, g: np.ndarray, test: np.ndarray) -> np.ndarray:
        inner = Clips(x, y, g)
        spare = np.isin(y, [k for k in np.unique(y) if len(np.unique(g[y == k])) > 1])
        best, most = None, -1.0
        for choice in choices.values():
            right = np.zeros(len(y), dtype=bool)
            for group in np.unique(g[spare]):
                out = g == group
                right[out] = choice(x[~out], y[~out], g[~out], x[out]).argmax(axis=1) == y[out]
            value = mean_over_singers(right[spare], inner.singer[spare])
            if value > most:
                best, most = choice, value
        assert best is not None
        return best(x, y, g, test)

    return scores


def mean_over_singers(right: np.ndarray, singer: np.ndarray) -> float:
    return float(np.mean([right[singer == k].mean() for k in np.unique(singer)]))


def votes(found: np.ndarray, clips: Clips) -> int:
    """Count the groups whose clips' majority is for the right singer."""
    said = found.argmax(axis=1)
    most = [np.bincount(said[clips.group == g]).argmax() for g in np.unique(clips.group)]
    return int((np.array(most) == clips.singer_of).sum())


def one_of_each_out(clips: Clips, scores: Scores) -> tuple[float, float]:
    """Return the mean over singers and the groups right by vote, over all ways to hold one group of each out."""
    singer_of, groups = clips.singer_of, np.unique(clips.group)
    accuracy, voted, times = np.zeros(len(groups)), np.zeros(len(groups)), np.zeros(len(groups))
    for held_out in itertools.product(*[groups[singer_of == k] for k in np.unique(singer_of)]):
        test = np.isin(clips.group, held_out)
        found = scores(clips.values[~test], clips.singer[~test], clips.group[~test], clips.values[test])
        for group in held_out:
            at, said = (
                np.searchsorted(groups, group),
                found[clips.group[test] == group].argmax(axis=1),
            )
            accuracy[at] += (said == singer_of[at]).mean()
            voted[at] += np.bincount(said).argmax() == singer_of[at]
            times[at] += 1
    accuracy, voted = accuracy / times, voted / times
    size = np.bincount(np.searchsorted(groups, clips.group))
    each = [np.average(accuracy[singer_of == k], weights=size[singer_of == k]) for k in np.unique(singer_of)]
    return float(np.mean(each)), float(voted.sum())


def load(data: Path) -> tuple[Clips, np.ndarray]:
    """Return mean timbre of the distinct published clips, and their lengths in seconds."""
    corpus = data / "flamenco-motifs"
    with tempfile.TemporaryDirectory() as work:
        project = open_project(corpus, Path(work))
        run_motifs(project, MotifChain(), lambda stage, fraction, text: None)
        instances = project.workspace.table("motifs/instances")
        instances = instances.iloc[distinct_rows(instances)].reset_index(drop=True)
        features = extract_features(
            instances, corpus.joinpath, FeatureParams(kind="timbre"), cache_dir=Path(work) / "features"
        )
    singer = np.unique(instances["singer"], return_inverse=True)[1]
    group = np.unique(instances["source_group"], return_inverse=True)[1]
    return Clips(features.means(), singer, group), (instances["end_s"] - instances["start_s"]).to_numpy()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    clips, length_s = load(arguments.data)
    mfcc, envelope = list(range(LEVELS[1])), list(range(LEVELS[1], BINS))
    every = mfcc + envelope
    quiet = [k for k in every if k not in LEVELS]
    lengths = clips.only(np.arange(len(length_s)), np.log(length_s)[:, None])
    matched = np.flatnonzero((length_s >= MATCHED_S[0]) & (length_s < MATCHED_S[1]))
    model = gaussians(every, quiet)
    choices = {
        "both": model,
        "with level": gaussians(every),
        "without level": gaussians(quiet),
        "MFCC": gaussians(mfcc),
        "envelope": gaussians(envelope),
        "discriminant": discriminant(every),
    }
    attempts: list[tuple[str, Clips, Scores, str]] = [
        ("two covariances on timbre: the network two-covariance", clips, model, "level heard by one of two experts"),
        ("the same, level heard by both", clips, choices["with level"], "the level is the transfer's"),
        ("the same, level heard by none", clips, choices["without level"], "what a change of gain cannot move"),
        ("the same, all singers equally sure", clips, gaussians(every, quiet, uncertain=False), "sources not counted"),
        ("two covariances on 16 MFCC", clips, choices["MFCC"], "no peak envelope"),
        ("two covariances on the peak envelope", clips, choices["envelope"], "no MFCC"),
        ("LDA on timbre", clips, choices["discriminant"], ""),
        ("the best of these six, chosen within the training groups", clips, nested(choices), "nested choice"),
        ("two covariances on timbre, clips of 0.29 to 0.8 s", clips.only(matched), model, "lengths all singers have"),
        ("length of the clip alone", lengths, gaussians([0]), "an artefact: least lengths differ by singer"),
        ("length alone, clips of 0.29 to 0.8 s", lengths.only(matched), gaussians([0]), "the artefact is gone"),
    ]  # fmt: skip
    rows = []
    for name, what, scores, note in attempts:
        found = one_out(what, scores)
        right = found.argmax(axis=1) == what.singer
        fair, fair_votes = one_of_each_out(what, scores) if name.count("chosen") == 0 else (None, None)
        rows.append(
            {
                "name": name,
                "corpus": "flamenco-motifs",
                "protocol": "source-disjoint, leave one out",
                "mean_over_singers": round(mean_over_singers(right, what.singer), 4),
                "accuracy": round(float(right.mean()), 4),
                "groups_right": votes(found, what),
                "groups": len(what.singer_of),
                "one_of_each_out": None if fair is None else round(fair, 4),
                "one_of_each_out_groups": None if fair_votes is None else round(fair_votes, 1),
                "note": note,
                "command": COMMAND,
            }
        )
        told = "" if fair is None else f"; one of each out {100 * fair:.1f} %, {fair_votes:.1f} groups"
        print(
            f"{name}: {100 * rows[-1]['mean_over_singers']:.1f} % over singers, "
            f"{rows[-1]['groups_right']} of {rows[-1]['groups']} groups{told}",
            flush=True,
        )
    others = [row for row in json.loads(arguments.results.read_text()) if row.get("command") != COMMAND]
    arguments.results.write_text(
        "[\n" + ",\n".join(" " + json.dumps(row, ensure_ascii=False) for row in others + rows) + "\n]\n"
    )


if __name__ == "__main__":
    main()
