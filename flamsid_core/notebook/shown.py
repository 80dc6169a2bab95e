"""Results that show themselves in a notebook: as a figure, with its sound, with what it is worth.

At a prompt without a notebook each is one line of text; its tables and figure are attributes.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from flamsid_core import plots
from flamsid_core.corpus.carrier import speed_words
from flamsid_core.notebook.players import player, players
from flamsid_core.singers.evaluation.splitting import PROTOCOLS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST_PLAYERS = 6


def show(*parts: Any) -> None:
    """Show figures, tables, and strings of HTML, one below another."""
    from IPython.display import HTML, display

    for part in parts:
        display(HTML(part) if isinstance(part, str) else part)


@dataclass(frozen=True)
class Recording:
    """One recording: f0 against the notes it was reduced to, with its player.

    Attributes
    ----------
    path
        The sound file.
    about
        Its row of the recordings table.
    melody
        time_s, f0_hz (0 = unvoiced), confidence.
    notes
        start_s, end_s, pitch_cents, step, …
    """

    path: Path
    about: Mapping[str, Any]
    melody: pd.DataFrame
    notes: pd.DataFrame = field(default_factory=pd.DataFrame)

    def figure(self) -> Figure:
        """Return f0 and notes over time."""
        return plots.recording_curve(self.melody, self.notes)

    def __repr__(self) -> str:
        voiced = 100 * float((self.melody["f0_hz"] > 0).mean())
        title = self.about.get("title") or self.path.stem
        about = [str(title), speed_words(self.speed), f"{voiced:.0f} % voiced", f"{len(self.notes)} notes"]
        return f"Recording({', '.join(filter(None, about))})"

    @property
    def speed(self) -> float:
        """Percent that the carrier ran too fast: time and pitch are those of the singing."""
        return float(self.about.get("speed") or 0.0)

    def _ipython_display_(self) -> None:
        who = [str(self.about.get(name) or "") for name in ("singer", "title", "style")]
        who.append(speed_words(self.speed))
        sound = player(self.path, speed=self.speed)
        show(f"<b>{html.escape(', '.join(filter(None, who)))}</b>", self.figure(), sound)


@dataclass(frozen=True)
class Motif:
    """One motif: its instances over one another, and players of the first of them.

    Attributes
    ----------
    pattern, singer
        The steps, and whose motif it is.
    instances
        recording_id, start_s, end_s, …; in order of recording and time.
    curves
        (singer, time from the start in s, cents from the first voiced frame) of each instance.
    sounds
        (file, start_s, end_s, label, speed) of each instance.
    """

    pattern: str
    singer: str
    instances: pd.DataFrame
    curves: Sequence[tuple[str, Any, Any]] = ()
    sounds: Sequence[tuple[Path, float, float, str, float]] = ()

    def figure(self) -> Figure:
        """Return the instances' curves with their mean and spread."""
        colours = plots.singer_colours([self.singer])
        texts = {"time": "Share of the motif", "cents": "Cents from its start", "mean": "Mean"}
        return plots.aligned_contours(self.curves, colours, texts)

    def __repr__(self) -> str:
        return f"Motif({self.pattern}, {self.singer}, {len(self.instances)} instances)"

    def _ipython_display_(self) -> None:
        title = (
            f"<b>{html.escape(self.pattern)}</b> {html.escape(self.singer)}, {len(self.instances)} instances"
        )
        show(title, self.figure(), players(self.sounds[:MOST_PLAYERS]))


@dataclass(frozen=True)
class Verdict:
    """Who may be singing: the singers' bars, and what the ranking is worth.

    Attributes
    ----------
    path
        The sound file.
    found
        All that was found; see `flamsid_core.pipeline.Identification`.
    """

    path: Path
    found: Any

    @property
    def ranking(self) -> list[dict[str, Any]]:
        """The singers with their probabilities, the likeliest first."""
        return list(self.found.ranking)

    def figure(self) -> Figure:
        """Return the singers by probability."""
        return plots.ranking_bars(self.ranking, plots.singer_colours(row["singer"] for row in self.ranking))

    def worth(self) -> str:
        """Return in words what the ranking is worth: the verdict on unknown singers, and the notes."""
        said = {
            "known": "Verdict: one of the singers the model knows.",
            "unknown": "Verdict: none of the singers the model knows.",
        }.get(
            str(self.found.verdict),
            "Whether it is one of these singers at all was not measured: train with open_set=True to know.",
        )
        put_right = speed_words(self.found.speed)
        at_speed = [f"Time and pitch were put right: {put_right}."] if put_right else []
        return " ".join([said, *at_speed, *map(str, self.found.notes)])

    def __repr__(self) -> str:
        best = self.ranking[0]
        return f"Verdict({best['singer']} {100 * best['probability']:.1f} %; {self.worth()})"

    def _ipython_display_(self) -> None:
        show(self.figure(), f"<p>{html.escape(self.worth())}</p>", player(self.path, speed=self.found.speed))


@dataclass(frozen=True)
class Training:
    """A trained model and its figures under every protocol it was measured by.

    Attributes
    ----------
    folder
        The model, for `identify`.
    protocols
        By name: accuracy, balanced_accuracy, mean_over_singers, recordings_right, recordings, …
    """

    folder: Path
    protocols: Mapping[str, Mapping[str, Any]]

    def table(self) -> pd.DataFrame:
        """Return the figures, a row for each protocol."""
        columns = [
            "accuracy",
            "balanced_accuracy",
            "mean_over_singers",
            "macro_auc",
            "recordings_right",
            "recordings",
        ]
        table = pd.DataFrame.from_dict(
            {name: dict(row) for name, row in self.protocols.items()}, orient="index"
        )
        return table[[name for name in columns if name in table]]

    def figure(self) -> Figure:
        """Return the mean accuracy over singers under each protocol."""
        values = {name: row.get("mean_over_singers") for name, row in self.protocols.items()}
        names = {name: name for name in PROTOCOLS}
        return plots.protocol_bars({self.folder.name: values}, names, "Mean accuracy over singers")

    def __repr__(self) -> str:
        return f"Training({self.folder.name})\n{self.table()}"

    def _ipython_display_(self) -> None:
        show(f"<b>{html.escape(self.folder.name)}</b>", self.table(), self.figure())
