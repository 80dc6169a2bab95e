"""Who sings in short published clips: `identify.py` for recordings without pauses, one source group left out at a time.

Beside the model of voices stand what is simpler, and three controls: levels drawn anew for every source group, singers'
names permuted over the groups, and the model's settings chosen without the group that is asked.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from identify_models import MODELS, row
from identify_sounds import sound_of

from flamsid_core.corpus import read_audio
from flamsid_core.melody import track_f0
from flamsid_core.singers.features.frames import ENVELOPE_POINTS
from flamsid_core.singers.features.harmonic import SAMPLE_RATE_HZ
from flamsid_core.singers.features.voice import LAYOUT, MFCC, voice_rows
from flamsid_core.singers.networks.gaussians import fit_gaussians, score
from flamsid_core.singers.networks.voice_model import (
    GAIN_SD_DB,
    HEARD,
    MEL_BANDS,
    channel_covariance,
    fit_experts,
    fit_voice_model,
    judge,
)

SOUNDS = (
    "as",
    "gain",
    "channel",
    "8 kHz",
    "reverberation",
    "telephone",
    "pink noise",
    "faster 6 %",
    "slower 6 %",
)
VARIANTS_LOOKED_AT = (
    480  # on these very groups, while the model was made: the figures are to be read with that in mind
)
CLIPS_HEARD = (1, 5, 20, 100)
DRAWS, PERMUTATIONS = 20, 100
WEIGHTS, VALUES = (0.0, 3.0, 10.0, 30.0, 60.0, 100.0), ("short", "timbre")  # what is chosen among


def distinct_clips(corpus: Path, cache: Path) -> pd.DataFrame:
    """Return the table of clips that are no copies of each other, with their source groups."""
    stored = cache / "clips.parquet"
    if not stored.exists():
        from flamsid_core.pipeline import MotifChain, open_project, run_motifs
        from flamsid_core.singers.evaluation.protocols import distinct_rows

        project = open_project(corpus, cache / "workspace")
        run_motifs(project, MotifChain(), lambda *_: None)
        instances = project.workspace.table("motifs/instances")
        instances.iloc[distinct_rows(instances)].reset_index(drop=True).to_parquet(stored)
    return pd.read_parquet(stored)


def clip_rows(kind: str, corpus: Path, files: pd.Series, group: np.ndarray, cache: Path) -> np.ndarray:
    """Return a row a clip in one kind of sound, from the cache where they are there."""
    stored = cache / f"clips-{kind.replace(' ', '_')}.npy"
    if not stored.exists():
        rows = []
        for number, (file, source) in enumerate(zip(files, group, strict=True)):
            signal = read_audio(corpus / file, sample_rate_hz=SAMPLE_RATE_HZ)[0].astype(np.float64)
            signal = sound_of(kind, signal, int(source), part=number)
            melody = track_f0(signal, SAMPLE_RATE_HZ)
            whole = np.array([0.0]), np.array([len(signal) / SAMPLE_RATE_HZ])
            rows.append(voice_rows(signal, SAMPLE_RATE_HZ, melody, *whole)[0])
        np.save(stored, np.array(rows))
        print(f"  ({len(rows)} clips measured: {kind})", flush=True)
    return np.load(stored).astype(np.float64)


class Clips:
    """Clips, who sings, and from which source group."""

    def __init__(self, data: Path, cache: Path) -> None:
        self.corpus, self.cache = data / "flamenco-motifs", cache
        self.table = distinct_clips(self.corpus, cache)
        self.names, self.singer = np.unique(self.table["singer"], return_inverse=True)
        self.group = np.unique(self.table["source_group"], return_inverse=True)[1]
        self.singer_of = np.array([self.singer[self.group == g][0] for g in range(self.group.max() + 1)])
        self.rows = self.heard_in("as")

    def heard_in(self, kind: str) -> np.ndarray:
        if kind == "gain":
            return self._at_other_levels()
        return clip_rows(kind, self.corpus, self.table["file"], self.group, self.cache)

    def _at_other_levels(self) -> np.ndarray:
        """Draw a gain for every source group: it moves the first coefficients alone, so nothing is measured again."""
        rng = np.random.default_rng(4000)
        gain_db = rng.normal(0, GAIN_SD_DB, len(self.singer_of))[self.group]
        rows, first = self.rows.copy(), LAYOUT.timbre.start
        rows[:, first] += gain_db * np.sqrt(MEL_BANDS)
        rows[:, first + MFCC] += gain_db * np.sqrt(ENVELOPE_POINTS)
        return rows


def tables(clips: Clips, sounds: list[str]) -> None:
    """Print a row a model and sound: learned as published but for one source group, asked that in the sound."""
    n, voiced = len(clips.names), LAYOUT.voiced_s
    models = {
        (kind, group): kind(clips.rows[kept], clips.singer[kept], clips.group[kept], n)
        for group in range(len(clips.singer_of))
        for kept in [(clips.group != group) & (clips.rows[:, voiced] > 0)]
        for kind in MODELS
    }
    for sound in sounds:
        rows = clips.heard_in(sound)
        for kind in MODELS:
            said = []
            for group, singer in enumerate(clips.singer_of):
                asked = rows[(clips.group == group) & (rows[:, voiced] > 0)]
                model = models[kind, group]
                said.append((int(singer), model.clips(asked), model.recording(asked)))
            print(row("as" if sound == "as" else f"as → {sound}", kind.name, said, n), flush=True)
    share = np.bincount(clips.singer) / len(clips.singer)
    print(
        f"Always {clips.names[share.argmax()]}: {100 / n:.1f} % mean over singers, "
        f"{int((clips.singer_of == share.argmax()).sum())} of {len(clips.singer_of)} recordings"
    )


def curve(clips: Clips) -> None:
    """Print how often a recording not heard before is named by so many of its clips."""
    rng, n = np.random.default_rng(0), len(clips.names)
    right: dict[int, list[float]] = {heard: [] for heard in CLIPS_HEARD}
    voiced = clips.rows[:, LAYOUT.voiced_s] > 0
    for group, singer in enumerate(clips.singer_of):
        kept = clips.group != group
        model = fit_voice_model(clips.rows[kept], clips.singer[kept], clips.group[kept], n)
        asked = np.flatnonzero((clips.group == group) & voiced)
        for heard in CLIPS_HEARD:
            drawn = [rng.choice(asked, heard, replace=False) for _ in range(DRAWS)]
            named = [judge(model, clips.rows[d]).log_posterior.argmax() for d in drawn]
            right[heard].append(float(np.mean(np.array(named) == singer)))
    told = ", ".join(f"{heard}: {100 * np.mean(right[heard]):.0f} %" for heard in CLIPS_HEARD)
    print(
        f"A recording named by so many of its clips (mean over recordings, {DRAWS} draws): {told}", flush=True
    )


def permuted(clips: Clips) -> None:
    """Print how many recordings are named right when names were dealt to source groups by chance."""
    rng, n = np.random.default_rng(1), len(clips.names)
    voiced = clips.rows[:, LAYOUT.voiced_s] > 0
    recordings = [clips.rows[voiced & (clips.group == g)] for g in range(len(clips.singer_of))]
    counts = []
    for _ in range(PERMUTATIONS):
        names, right = rng.permutation(clips.singer_of), 0
        for group, theirs in enumerate(recordings):
            kept = [g for g in range(len(recordings)) if g != group]
            model = fit_experts("short", [recordings[g] for g in kept], names[kept], n)["short"]
            right += int(score(model, HEARD["short"](theirs)).log_density[0].argmax() == names[group])
        counts.append(right)
    print(
        f"Names permuted over the groups ({PERMUTATIONS} times): {np.mean(counts):.1f} recordings on average, "
        f"never more than {max(counts)}",
        flush=True,
    )


def nested(clips: Clips) -> None:
    """Print the figures when values and the weight of channels are chosen without the group that is asked.

    Every pair of groups is left out once; what is chosen for a group is what names the clips of the others best, each
    asked by a model that heard neither.
    """
    n, groups = len(clips.names), range(len(clips.singer_of))
    voiced = clips.rows[:, LAYOUT.voiced_s] > 0
    at = [np.flatnonzero(voiced & (clips.group == g)) for g in groups]
    shapes = [
        (values, weight) for values in VALUES for weight in WEIGHTS if weight == 0.0 or values != "timbre"
    ]
    heard = {values: [HEARD[values](clips.rows[rows]) for rows in at] for values in VALUES}
    clip_right = np.zeros((len(shapes), len(at), len(at)))
    recording_right = np.zeros_like(clip_right, dtype=bool)
    for number, (values, weight) in enumerate(shapes):
        for one in groups:
            for other in range(one, len(at)):
                kept = [g for g in groups if g not in (one, other)]
                model = fit_gaussians(
                    [heard[values][g] for g in kept],
                    clips.singer_of[kept],
                    n,
                    channel_covariance(values),
                    weight,
                )
                for asked, without in ((one, other), (other, one)):
                    told = score(model, heard[values][asked], single=True).log_density.argmax(axis=1)
                    whole = score(model, heard[values][asked]).log_density[0].argmax()
                    clip_right[number, without, asked] = np.mean(told == clips.singer_of[asked])
                    recording_right[number, without, asked] = whole == clips.singer_of[asked]
        print(f"  ({number + 1} of {len(shapes)} settings)", flush=True)
    chosen = []
    for asked in groups:
        rest = [g for g in groups if g != asked]
        inner = [
            np.mean([np.mean([r[asked, g] for g in rest if clips.singer_of[g] == k]) for k in range(n)])
            for r in clip_right
        ]
        chosen.append(int(np.argmax(inner)))
    sizes = np.array([len(rows) for rows in at])
    of_group = np.array([clip_right[c, g, g] for g, c in enumerate(chosen)])
    mean = np.mean(
        [np.average(of_group[clips.singer_of == k], weights=sizes[clips.singer_of == k]) for k in range(n)]
    )
    right = sum(bool(recording_right[c, g, g]) for g, c in enumerate(chosen))
    told = sorted({shapes[c] for c in chosen})
    print(
        f"Chosen without the group asked: clips {100 * mean:.1f} %, recordings {right} of {len(at)}; chosen {told}"
    )


def main(data: Path, cache: Path, sounds: list[str]) -> None:
    clips = Clips(data, cache)
    print(
        f"{len(clips.singer)} distinct clips of {len(clips.names)} singers, {len(clips.singer_of)} source groups, "
        f"one left out at a time; about {VARIANTS_LOOKED_AT} variants were looked at on them; "
        f"{int((clips.rows[:, LAYOUT.voiced_s] <= 0).sum())} clips without enough voice are left out for all models"
    )
    tables(clips, sounds)
    curve(clips)
    permuted(clips)
    nested(clips)
