"""Which cells an experiment has: a TOML file becomes parameters of trainings.

A cell is one training: a network in one of its presets, a kind of features, a clip set, a protocol and a seed. The
file lists what is to be crossed, and fixes every other field of `TrainParams` for all cells::

    networks = ["crnn", "residual-blstm"]
    features = ["mel", "mfcc"]
    protocols = "all"
    repeats = 3
    epochs = 20

    [feature_params]
    hop_s = 0.010
"""

import difflib
import itertools
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from flamsid_core.errors import FlamsidError
from flamsid_core.messages import N_, Message, join_messages
from flamsid_core.reading import read_toml, reason_of
from flamsid_core.singers.evaluation.splitting import PROTOCOLS
from flamsid_core.singers.features.clip_sets import CLIP_SETS
from flamsid_core.singers.features.frames import FEATURES, FeatureParams
from flamsid_core.singers.networks import NETWORKS, PRESETS
from flamsid_core.singers.training.params import ALL, TrainParams
from flamsid_core.workspace import check_name

# What may be a list, and the field of `TrainParams` that a value of it becomes (`features`: the kind of them).
AXES = {
    "networks": "network",
    "presets": "preset",
    "features": "features",
    "clip_sets": "clip_set",
    "protocols": "protocol",
    "seeds": "seed",
}
# More of anything is a slip of the pen: a year of training at a second a cell.
MOST_REPEATS, MOST_FOLDS, MOST_CELLS = 1000, 1000, 100_000
GOOD_VALUES: Mapping[str, Collection[str]] = {
    "networks": NETWORKS,
    "presets": PRESETS,
    "features": FEATURES,
    "clip_sets": CLIP_SETS,
    "protocols": PROTOCOLS,
}


@dataclass(frozen=True)
class Cell:
    """One training of an experiment."""

    name: str
    params: TrainParams


@dataclass(frozen=True)
class Grid:
    """What an experiment crosses, and what all its cells share.

    Attributes
    ----------
    name : str
        Of the experiment, and of its folder.
    networks, presets, features, clip_sets, protocols, seeds : tuples
        What is crossed.
    shared : TrainParams
        Every other parameter; of its fields those that are crossed mean nothing.
    corpus : Path or None
        What it is meant to be run on, if the file says so.
    """

    name: str
    networks: tuple[str, ...] = ("residual-blstm",)
    presets: tuple[str, ...] = ("lean",)
    features: tuple[str, ...] = ("mel",)
    clip_sets: tuple[str, ...] = ("motifs",)
    protocols: tuple[str, ...] = ("paper",)
    seeds: tuple[int, ...] = (0,)
    shared: TrainParams = field(default_factory=TrainParams)
    corpus: Path | None = None

    def cells(self) -> list[Cell]:
        """Return the cells, all of the first seed before those of the second."""
        crossed = itertools.product(
            self.seeds, self.protocols, self.clip_sets, self.features, self.networks, self.presets
        )
        return [
            Cell(
                _cell_name(network, preset, kind, clip_set, protocol, seed),
                replace(
                    self.shared,
                    network=network,
                    preset=preset,  # type: ignore[arg-type]
                    features=replace(self.shared.features, kind=kind),
                    clip_set=clip_set,
                    protocol=protocol,
                    seed=seed,
                    processes=1,
                ),
            )
            for seed, protocol, clip_set, kind, network, preset in crossed
        ]

    def plain(self) -> dict[str, Any]:
        """Return the grid as JSON holds it, keys as in the file, defaults filled in."""
        shared = asdict(self.shared)
        feature_params = shared.pop("features")
        feature_params.pop("kind")
        left_out = {*AXES.values(), "processes"}
        return {
            "name": self.name,
            **{axis: list(getattr(self, axis)) for axis in AXES},
            **{name: value for name, value in shared.items() if name not in left_out},
            "feature_params": feature_params,
        }


def read_grid(path: str | Path) -> Grid:
    """Read a grid from a TOML file.

    Raises
    ------
    FlamsidError
        When the file cannot be read, is not TOML, or says what no training takes; the sentence names the key and good
        values.
    """
    path = Path(path)
    try:
        table = read_toml(path)
    except OSError as error:
        raise FlamsidError(
            "The grid {path} cannot be read ({reason}): name a TOML file, like grid.toml.",
            path=path,
            reason=error.strerror,
        ) from error
    except FlamsidError as error:
        if isinstance(error.__cause__, UnicodeDecodeError):
            raise FlamsidError(
                "The grid {path} is not text in UTF-8: save it in that encoding.", path=path
            ) from error
        raise FlamsidError(
            'The grid {path} is not TOML: {reason}. A line looks like networks = ["crnn"].',
            path=path,
            reason=reason_of(error).rstrip("."),
        ) from error
    try:
        grid = make_grid({"name": path.stem, **table})
    except FlamsidError as error:
        raise FlamsidError(
            "The grid {name} cannot be used: {reason}", name=path.name, reason=error
        ) from error
    # A corpus is named from where the file is.
    return replace(grid, corpus=None if grid.corpus is None else path.parent / grid.corpus)


def make_grid(table: Mapping[str, Any]) -> Grid:
    """Make a grid from what a TOML file holds; `name` must be in it.

    Raises
    ------
    FlamsidError
        As `read_grid`.
    """
    hints = get_type_hints(TrainParams)
    table = dict(table)
    _check_keys(
        table,
        [*AXES, "name", "corpus", "repeats", "feature_params", *(set(hints) - {"processes", "features"})],
    )
    name = table.pop("name", "")
    name = check_name(name)
    corpus = table.pop("corpus", None)
    if corpus is not None and (not isinstance(corpus, str) or not corpus):
        raise FlamsidError("corpus = {corpus!r}: give the path of a folder, like '../cante'.", corpus=corpus)
    if "repeats" in table:
        repeats = table.pop("repeats")
        if "seeds" in table or "seed" in table:
            raise FlamsidError("repeats and seeds say the same twice: keep one, like repeats = 3.")
        if not _fits(repeats, int) or not 1 <= repeats <= MOST_REPEATS:
            raise FlamsidError(
                "repeats = {repeats!r}: give a number of at least 1 and at most {most}, like 3.",
                repeats=repeats,
                most=MOST_REPEATS,
            )
        table["seeds"] = list(range(repeats))
    axes = {axis: _axis(axis, table) for axis in AXES if axis in table or AXES[axis] in table}
    for axis, singular in AXES.items():
        table.pop(axis, None)
        table.pop(singular, None)
    features = _build(FeatureParams, table.pop("feature_params", {}), "feature_params", without=("kind",))
    shared = replace(_build(TrainParams, table, ""), features=features)
    if shared.folds != "leave-one-out" and not 2 <= shared.folds <= MOST_FOLDS:
        raise FlamsidError(
            "folds = {folds}: give a number of at least 2 and at most {most}, like 5, or 'leave-one-out'.",
            folds=shared.folds,
            most=MOST_FOLDS,
        )
    grid = Grid(name, **axes, shared=shared, corpus=None if corpus is None else Path(corpus))
    if (count := math.prod(len(getattr(grid, axis)) for axis in AXES)) > MOST_CELLS:
        raise FlamsidError(
            "The grid has {count} cells, more than {most}: cross less in one experiment.",
            count=count,
            most=MOST_CELLS,
        )
    cells = grid.cells()  # what `TrainParams` refuses, it refuses here
    odd = next((cell.name for cell in cells if not re.fullmatch(r"[A-Za-z0-9._-]+", cell.name)), None)
    if odd is not None:
        raise FlamsidError(
            "{odd!r} cannot be a cell's name: give the network a name of letters, digits and '-'.", odd=odd
        )
    return grid


def _cell_name(network: str, preset: str, kind: str, clip_set: str, protocol: str, seed: int) -> str:
    network = network if preset == "lean" else f"{network}-{preset}"
    return "_".join([network, kind, clip_set, protocol, str(seed)]).replace("+", "-")


def _axis(axis: str, table: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the values of one axis, each once, checked."""
    singular = AXES[axis]
    if axis != singular and axis in table and singular in table:
        raise FlamsidError(
            "{axis} and {singular} say the same twice: keep {axis}.", axis=axis, singular=singular
        )
    key = axis if axis in table else singular
    given = table[key]
    if axis == "protocols" and given == ALL:
        given = list(PROTOCOLS)
    values = list(dict.fromkeys(given)) if _is_list(given) else [given]
    if axis == "seeds":
        if not values or not all(_fits(value, int) and value >= 0 for value in values):
            raise FlamsidError(
                "{key} = {given!r}: give whole numbers from 0, like [0, 1, 2].", key=key, given=given
            )
        return tuple(values)
    good = GOOD_VALUES[axis]
    if not values:
        raise FlamsidError("{key} = []: name at least one of {choices}.", key=key, choices=", ".join(good))
    for value in values:
        if value not in good:
            raise FlamsidError(
                "{key} has {value!r}: choose from {choices}.", key=key, value=value, choices=", ".join(good)
            )
    return tuple(values)


def _is_list(value: Any) -> bool:
    """Whether it is a list of values that can be told apart (no tables)."""
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and not any(isinstance(one, dict | list) for one in value)
    )


def _check_keys(table: Mapping[str, Any], known: Sequence[str], where: str = "") -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            place = Message(" in [{where}]", where=where) if where else ""
            meant = (
                Message("did you mean {name}?", name=near[0])
                if near
                else Message("there are {choices}.", choices=", ".join(sorted(known)))
            )
            if key == "processes":
                meant = Message("how many cells run at once is said on the command line, --processes 2.")
            raise FlamsidError(
                "{key} is not a key of a grid{place}: {meant}", key=key, place=place, meant=meant
            )


def _build(kind: Any, table: Any, where: str, without: Sequence[str] = ()) -> Any:
    """Make a parameter dataclass of a TOML table, checking names and types."""
    if not isinstance(table, dict):
        raise FlamsidError(
            "{where} = {table!r}: give a table, [{where}] on a line of its own.", where=where, table=table
        )
    hints = {name: hint for name, hint in get_type_hints(kind).items() if name not in without}
    _check_keys(table, list(hints), where)
    defaults = {f.name: f.default for f in fields(kind) if f.default is not MISSING}
    values = {}
    for key, value in table.items():
        hint = hints[key]
        if is_dataclass(hint):
            values[key] = _build(hint, value, key)
            continue
        value = None if value == "none" and _fits(None, hint) else value
        if not _fits(value, hint):
            default = defaults.get(key)
            like = "" if default is None else Message(", like {default!r}", default=default)
            raise FlamsidError(
                "{key} = {value!r}: give {kind}{like}.", key=key, value=value, kind=_words(hint), like=like
            )
        values[key] = value
    return kind(**values)


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint) and not isinstance(value, bool)
    if get_origin(hint) in (Union, UnionType):
        return any(_fits(value, one) for one in get_args(hint))
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint) if isinstance(hint, type) else True


def _words(hint: Any) -> str:
    """Say in words what a field takes."""
    if get_origin(hint) is Literal:
        return join_messages([repr(one) for one in get_args(hint)], N_(" or "))
    if get_origin(hint) in (Union, UnionType):
        return join_messages([_words(one) for one in get_args(hint)], N_(" or "))
    words = {
        int: N_("a whole number"),
        float: N_("a number"),
        bool: N_("true or false"),
        str: N_("a text"),
        NoneType: "'none'",
    }
    return Message(words.get(hint, str(hint)))
