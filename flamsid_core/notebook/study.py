"""A corpus and what is made of it, for a notebook: open, track, mine, audit, train, identify, map."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from flamsid_core import pipeline, plots
from flamsid_core.corpus import audio_info
from flamsid_core.corpus.carrier import speed_words
from flamsid_core.errors import FlamsidError
from flamsid_core.melody import ContourParams, MelodyParams, hz_to_cents, reduce_contour, track_file
from flamsid_core.models.registry import model_names
from flamsid_core.motifs import search_pattern
from flamsid_core.notebook.shown import Motif, Recording, Training, Verdict
from flamsid_core.pipeline import MotifChain
from flamsid_core.pipeline.exporting import export_corpus
from flamsid_core.user_data import default_workspace, demo_folder
from flamsid_core.workspace import Workspace

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from flamsid_core.singers import TrainParams

_SHOWN = ("singer", "title", "style", "year", "duration_s", "file")


class Study:
    """A corpus with its workspace. What is up to date is not done again; all of it is the app's and the command's too.

    Parameters
    ----------
    corpus
        A folder of recordings.
    workspace
        Where results are kept; default: where the app keeps those of this folder.
    chain
        Parameters from the sound to the motifs.

    Raises
    ------
    FlamsidError
        When nothing in the folder can be used.
    """

    def __init__(
        self, corpus: str | Path, workspace: str | Path | None = None, chain: MotifChain | None = None
    ) -> None:
        self.chain = chain or MotifChain()
        workspace = default_workspace(corpus) if workspace is None else Path(workspace)
        self.project = pipeline.open_project(corpus, workspace)

    @property
    def workspace(self) -> Workspace:
        """The workspace: every table and array that was made."""
        return self.project.workspace

    @property
    def recordings(self) -> pd.DataFrame:
        """The recordings table."""
        return self.project.corpus.recordings

    def __repr__(self) -> str:
        singers = self.recordings["singer"].nunique()
        return f"Study({self.project.corpus.root.name}: {len(self.recordings)} recordings, {singers} singers)"

    def _repr_html_(self) -> str:
        table = self.recordings[[name for name in _SHOWN if name in self.recordings]]
        return f"<b>{html.escape(repr(self))}</b>{table.to_html(index=False, max_rows=12)}"

    # -- melody -----------------------------------------------------------------------------------------------

    def track(self) -> pd.DataFrame:
        """Track the f0 of every recording and reduce it to notes; return the segments table."""
        pipeline.run_melody(self.project, self.chain.melody)
        pipeline.run_contour(self.project, self.chain.melody, self.chain.contour)
        return self.workspace.table("contour/segments")

    def recording(self, name: str | int = 0) -> Recording:
        """Return a recording with its f0, its notes and its player.

        Parameters
        ----------
        name
            Its place in the table, identifier, file or title.
        """
        row = self._row(name)
        if not self.workspace.has(f"melody/{row['recording_id']}") or not self.workspace.has(
            "contour/segments"
        ):
            self.track()
        tables = pipeline.tables_of(self.workspace, row)
        if tables.melody is None or tables.notes is None:
            raise FlamsidError("{file} has no voiced frame: it holds silence or noise.", file=row["file"])
        return Recording(self.project.corpus.locate(str(row["file"])), row, tables.melody, tables.notes)

    def _row(self, name: str | int) -> dict[str, Any]:
        table = self.recordings
        if isinstance(name, int):
            return {str(key): value for key, value in table.iloc[name].items()}
        for column in ("recording_id", "file", "title"):
            hits = table[table[column].astype(str) == name]
            if len(hits):
                return {str(key): value for key, value in hits.iloc[0].items()}
        raise FlamsidError(
            "{name!r} is not in this corpus; give a place in the table, a title, or a file like {example!r}.",
            name=name,
            example=str(table["file"].iloc[0]),
        )

    # -- motifs -----------------------------------------------------------------------------------------------

    def mine(self) -> pd.DataFrame:
        """Mine each singer's closed motifs; return the motif table."""
        pipeline.run_motifs(self.project, self.chain)
        return self.workspace.table("motifs/motifs")

    def search(self, steps: str) -> pd.DataFrame:
        """Return the motifs that hold typed steps, as "+1 * -2"; see `flamsid_core.motifs.search_pattern`."""
        return search_pattern(self.mine(), steps)

    def motif(self, motif_id: str) -> Motif:
        """Return a motif with the curves and players of its instances."""
        self.mine()
        instances = self.workspace.table("motifs/instances")
        mine = instances[instances["motif_id"] == motif_id].sort_values(["recording_id", "start_s"])
        if mine.empty:
            raise FlamsidError(
                "{motif!r} is not a motif of this corpus; the column motif_id of mine() names them.",
                motif=motif_id,
            )
        titles = dict(zip(self.recordings["recording_id"], self.recordings["title"], strict=True))
        curves, sounds = [], []
        for row in mine.to_dict("records"):
            melody = self.workspace.table(f"melody/{row['recording_id']}", columns=["time_s", "f0_hz"])
            within = melody[melody["time_s"].between(row["start_s"], row["end_s"])]
            cents = hz_to_cents(within["f0_hz"])
            voiced = cents[np.isfinite(cents)]
            if voiced.size:
                curves.append(
                    (row["singer"], within["time_s"].to_numpy() - row["start_s"], cents - voiced[0])
                )
            speed = float(row.get("speed") or 0.0)
            words = [titles.get(row["recording_id"], ""), f"{row['start_s']:.1f} s", speed_words(speed)]
            place = self.project.corpus.locate(row["file"])
            sounds.append((place, row["start_s"], row["end_s"], " ".join(filter(None, words)), speed))
        return Motif(str(mine["pattern"].iloc[0]), str(mine["singer"].iloc[0]), mine, curves, sounds)

    # -- singers ----------------------------------------------------------------------------------------------

    def audit(self) -> pd.Series:
        """Look for what would make an accuracy lie: copies, label conflicts, shared sources."""
        self.mine()
        found = pipeline.run_audit(self.project)
        return pd.Series(
            {name: value for name, value in found.items() if isinstance(value, int | float | str)}
        )

    def train(self, params: TrainParams | None = None, *, name: str | None = None) -> Training:
        """Train a model and measure it; by default the closed-form model of timbre under all three protocols."""
        from flamsid_core.pipeline.stages import in_closed_form
        from flamsid_core.singers import TrainParams

        self.mine()
        params = params or in_closed_form(TrainParams(protocol="all"))
        model = pipeline.run_train(self.project, self.chain, params, name=name)
        folder = self.workspace.path(f"models/{name or pipeline.model_name(params)}")
        return Training(folder, model["protocols"])

    def identify(
        self, recording: str | Path, model: str | Path | None = None, *, speed: float = 0.0
    ) -> Verdict:
        """Rank the singers a model of this study knows; the newest where none is named."""
        known = model_names(self.workspace)
        if model is None and not known:
            raise FlamsidError("This study has no model yet: call train() first.")
        folder = self.workspace.path(f"models/{model or known[0]}") if not isinstance(model, Path) else model
        return identify(recording, folder, speed=speed)

    def map(self, model: str | None = None) -> Figure:
        """Return the map of embeddings of a model, the newest where none is named, as a plotly figure."""
        from flamsid_core.atlas import AtlasParams

        known = model_names(self.workspace)
        if model is None and not known:
            raise FlamsidError("This study has no model yet: call train() first.")
        name = model or known[0]
        pipeline.run_atlas(self.project, name, AtlasParams())
        return plots.atlas_map(
            self.workspace.table(f"atlas/{name}/map"), self.workspace.table("motifs/instances")
        )

    def export(self, kind: str, output: str | Path, *, recordings: Sequence[str] = ()) -> list[Path]:
        """Write what is known as files of other programs; see `flamsid_core.pipeline.export_corpus`."""
        return export_corpus(self.workspace.root, kind, output, recordings=recordings)


def open_corpus(
    corpus: str | Path, workspace: str | Path | None = None, *, chain: MotifChain | None = None
) -> Study:
    """Open a folder of recordings; see `Study`.

    Examples
    --------
    >>> import flamsid_core as flamsid
    >>> demo = flamsid.open_demo("demo", singers=2, recordings=2)
    >>> flamsid.open_corpus("demo", "demo.flamsid")
    Study(demo: 4 recordings, 2 singers)
    """
    return Study(corpus, workspace, chain)


def open_demo(
    folder: str | Path | None = None, *, singers: int | None = None, recordings: int | None = None
) -> Study:
    """Synthesise the demo corpus, or a part of it, where it is not there yet, and open it.

    Parameters
    ----------
    folder
        Where to keep it; default: flamsid's own data folder. A part of the demo needs a folder of its own.
    singers, recordings
        How many singers, and recordings of each; default: all.

    Examples
    --------
    >>> import flamsid_core as flamsid
    >>> demo = flamsid.open_demo("demo", singers=2, recordings=2)
    >>> demo
    Study(demo: 4 recordings, 2 singers)
    >>> motifs = demo.mine()
    >>> sorted(set(motifs["singer"])) == sorted(set(demo.recordings["singer"]))
    True
    """
    from flamsid_core.demo import synthesise_demo

    if folder is None and (singers or recordings):
        raise FlamsidError("A part of the demo needs a folder of its own: name one.")
    place = demo_folder() if folder is None else Path(folder)
    synthesise_demo(place, singers=singers, recordings=recordings)
    return Study(place, None if folder is None else place.with_name(f"{place.name}.flamsid"))


def open_recording(path: str | Path, *, melody: MelodyParams | None = None, speed: float = 0.0) -> Recording:
    """Track one sound file and reduce it to notes; no corpus is needed.

    Parameters
    ----------
    path
        The file.
    melody
        How to track it.
    speed
        Percent that its carrier ran too fast: time and pitch are those of the singing.

    Raises
    ------
    FlamsidError
        When the file cannot be read or nobody sings in it.

    Examples
    --------
    A glide of two seconds in place of a voice:

    >>> import numpy as np, soundfile
    >>> import flamsid_core as flamsid
    >>> phase = 2 * np.pi * np.cumsum(np.linspace(220.0, 330.0, 88_200)) / 44_100
    >>> soundfile.write("glide.wav", sum(np.sin(k * phase) / k for k in range(1, 9)) / 4, 44_100)
    >>> found = flamsid.open_recording("glide.wav")
    >>> bool((found.melody["f0_hz"] > 200).any())
    True
    """
    path = Path(path)
    tracked = track_file(path, melody or MelodyParams(), speed=speed)
    if not (tracked["f0_hz"] > 0).any():
        raise FlamsidError("{file} has no voiced frame: it holds silence or noise.", file=path.name)
    about: Mapping[str, Any] = {
        "title": path.stem,
        "duration_s": audio_info(path).duration_s,
        "speed": speed,
    }
    return Recording(path, about, tracked, reduce_contour(tracked, ContourParams(scope="recording")).segments)


def identify(recording: str | Path, model: str | Path, *, speed: float = 0.0) -> Verdict:
    """Rank the singers a model knows by how likely each sings in a sound file.

    `model` is the model's folder, `speed` the percent that the recording's carrier ran too fast.

    Examples
    --------
    >>> import flamsid_core as flamsid
    >>> demo = flamsid.open_demo("demo", singers=2, recordings=2)
    >>> model = demo.train(name="voices")
    >>> file = demo.project.corpus.root / demo.recordings["file"][0]
    >>> verdict = flamsid.identify(file, demo.workspace.path("models/voices"))
    >>> verdict.found.ranking[0]["singer"] == demo.recordings["singer"][0]
    True
    """
    return Verdict(Path(recording), pipeline.identify_recording(recording, model, speed=speed))
