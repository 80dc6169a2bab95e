"""The Motif space page's parts: which map, how its points are coloured, the scatter, two of them linked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import streamlit as st

from flamsid_core import jobs, plots
from flamsid_core.read_once import read_once, stamp
from flamsid_core.singers.evaluation.splitting import PROTOCOLS
from flamsid_core.ui import projects
from flamsid_core.ui.commands import start_job
from flamsid_core.ui.instances import colours_of, recording_names
from flamsid_core.ui.links import (
    adopt_setting,
    one_of,
    packed_rows,
    pick,
    publish_link,
    publish_setting,
    rows_of_packed,
)
from flamsid_core.ui.model_files import model_names
from flamsid_core.ui.routes import clip_url
from flamsid_core.ui.state import project, table
from flamsid_core.ui.words import N_, PROTOCOL_NAMES, _, clock, escape, language, number_text
from flamsid_core.workspace import Workspace

COLOUR_TEXTS = {
    "singer": N_("singer"),
    "recording": N_("recording"),
    "source_group": N_("source group"),
    "style": N_("style"),
    "pattern": N_("pattern"),
    "prediction": N_("right or wrong"),
}

if TYPE_CHECKING:
    from flamsid_core.ui.components import MotifSpaceResult

COLOURS = ("singer", "recording", "source_group", "style", "pattern", "prediction")
MOST_CATEGORIES = 40
RIGHT, WRONG = "#1D735B", "#E2680C"


def maps(workspace: Workspace) -> list[str]:
    """Return the models that have a map, the newest first."""
    return [name for name in model_names(workspace) if workspace.has(f"atlas/{name}/map")]


def offer_map(workspace: Workspace, stale: str | None = None) -> None:
    """Say that models have no map, or that the map shown is `stale`, and offer to draw it."""
    without = [name for name in model_names(workspace) if not workspace.has(f"atlas/{name}/map")]
    wanting = [stale] if stale else without
    if not wanting:
        return
    name = wanting[0]
    if len(wanting) > 1:
        name = st.selectbox(_("Models without a map"), wanting, key="space_without_map")
    st.info(
        _(
            N_(
                "The motifs were mined again since the map of “{model}” was drawn: it shows only "
                "those that are still there."
            )
            if stale
            else N_("“{model}” has no map yet. Drawing it takes about a minute, in the background."),
            model=escape(name),
        ),
        icon=":material/map:",
    )
    # Beside a map that is there another one is an offer, not what to do next.
    weight: Literal["primary", "secondary"] = "primary" if stale or not maps(workspace) else "secondary"
    busy = jobs.current(workspace.root) is not None
    if busy:
        st.caption(
            _("A job is running on this corpus (see the sidebar); the next can start when it has ended.")
        )
    if st.button(
        _("Draw the map"), icon=":material/scatter_plot:", type=weight, key="make_map", disabled=busy
    ):
        corpus = str(projects.corpus_of(workspace.root))
        start_job(
            workspace.root,
            ["atlas", corpus, "--workspace", str(workspace.root), "--model", name, "--json"],
            name,
        )


def map_files(workspace: Workspace, name: str) -> tuple[Path, Path]:
    """Return the files that a map is drawn from."""
    return workspace.path(f"atlas/{name}/map.parquet"), workspace.path("motifs/instances.parquet")


@read_once(map_files, size=4)
def positions(workspace: Workspace, name: str) -> pd.DataFrame:
    """Return the map of a model joined with its instances, in the map's order; `row` is the row in the map.

    Shared between calls, so do not write into it.
    """
    drawn = table(workspace, f"atlas/{name}/map")
    return drawn.assign(row=np.arange(len(drawn))).merge(
        table(workspace, "motifs/instances"), on="instance_id", how="inner"
    )


def is_stale(workspace: Workspace, name: str, points: pd.DataFrame) -> bool:
    """Tell whether the motifs were mined again since the map was drawn."""
    sizes = {
        len(points),
        len(table(workspace, f"atlas/{name}/map")),
        len(table(workspace, "motifs/instances")),
    }
    return len(sizes) > 1


def controls(workspace: Workspace) -> dict[str, Any]:
    """Show what to draw; return the choices, and under "filters" the place for those."""
    first, second, third, fourth, fifth = st.columns([2, 1, 1.2, 1.7, 1.1], vertical_alignment="bottom")
    names = maps(workspace)
    with first:
        name = str(pick(_("Model"), names, "map"))
    has_umap = bool(
        np.isfinite(table(workspace, f"atlas/{name}/map")[["x", "y"]].to_numpy(dtype=float)).all()
    )
    kinds = ("umap", "pca") if has_umap else ("pca",)
    adopt_setting("space_projection", "projection", one_of(kinds))
    projection = second.selectbox(_("Projection"), kinds, key="space_projection", format_func=str.upper)
    if not has_umap:
        second.caption(_("UMAP is not there yet: PCA is shown."))
    styled = "style" in table(workspace, "corpus/recordings") and not workspace.of_clips
    offered = [c for c in COLOURS if c != "style" or styled]
    publish_setting("projection", projection, kinds[0])
    adopt_setting("space_colour", "colour", one_of(offered))
    colour = third.selectbox(
        _("Colour"),
        offered,
        key="space_colour",
        format_func=lambda c: _(COLOUR_TEXTS[c]),
        persist_state="session",
    )
    publish_setting("colour", colour, offered[0])
    # A map is named "umap:model": plain text, so that the choice survives reruns as it is.
    others = [
        f"{kind}:{other}"
        for other in names
        for kind in ("umap", "pca")
        if (other, kind) != (name, projection)
    ]
    adopt_setting("space_second", "second", one_of(others))
    second_map = fourth.selectbox(
        _("Second map"), ["", *others], key="space_second", format_func=_map_label, persist_state="session"
    )
    publish_setting("second", second_map, "")
    return {
        "name": name,
        "projection": projection,
        "colour": colour,
        "second": second_map,
        "filters": fifth,
    }


def _map_label(named: str) -> str:
    kind, _colon, model = named.partition(":")
    return f"{kind.upper()} · {model}" if named else _("none")


def categories(
    workspace: Workspace, points: pd.DataFrame, colour: str, name: str
) -> tuple[pd.Series, dict[str, str]]:
    """Return each point's category in words, and the categories' colours."""
    if colour == "singer":
        return points["singer"].astype(str), colours_of(workspace)
    if colour == "prediction":
        return predictions(workspace, points, name), {
            _("right"): RIGHT,
            _("wrong"): WRONG,
            _("not tested"): plots.NEUTRAL,
        }
    if colour == "recording":
        values = points["recording_id"].map(recording_names(workspace)).fillna("–")
    elif colour == "style":
        styles = table(workspace, "corpus/recordings").set_index("recording_id")["style"]
        values = points["recording_id"].map(styles).astype(object).fillna("–")
    else:
        values = (
            points["name"].where(points["name"] != "", points[colour])
            if colour == "pattern"
            else points[colour]
        )
        values = values.astype(str)
    commonest = values.value_counts().index[: MOST_CATEGORIES if colour != "pattern" else len(plots.PALETTE)]
    values = values.where(values.isin(commonest), _("other"))
    return values, plots.singer_colours(commonest) | {_("other"): plots.NEUTRAL}


def tested_under(workspace: Workspace, name: str) -> str | None:
    """Return the strictest protocol that a model's kept predictions come from."""
    if not workspace.has(f"models/{name}/predictions"):
        return None
    measured = set(table(workspace, f"models/{name}/predictions")["protocol"])
    return next((protocol for protocol in reversed(list(PROTOCOLS)) if protocol in measured), None)


def predictions(workspace: Workspace, points: pd.DataFrame, name: str) -> pd.Series:
    """Say for each point whether the strictest protocol that tested it recognised its singer."""
    protocol = tested_under(workspace, name)
    if protocol is None:
        return pd.Series(_("not tested"), index=points.index)
    found = table(workspace, f"models/{name}/predictions")
    tested = found[found["protocol"] == protocol].drop_duplicates("instance_id").set_index("instance_id")
    right = points["instance_id"].map(tested["predicted"] == tested["singer"])
    return right.map({True: _("right"), False: _("wrong")}).fillna(_("not tested"))


def say_what_is_shown(workspace: Workspace, shown: int, everything: int, choice: dict[str, Any]) -> None:
    """Say how many points the filters leave, and where right and wrong come from."""
    said = []
    if shown < everything:
        said.append(
            _("{n} of {all} motifs pass the filters.", n=number_text(shown), all=number_text(everything))
        )
    if choice["colour"] == "prediction":
        protocol = tested_under(workspace, choice["name"])
        said.append(
            _("This model came without its predictions, so nothing is known to be right or wrong.")
            if protocol is None
            else _(
                "Right and wrong: what the network said of motifs it had not been trained on, under "
                "the protocol “{protocol}”.",
                protocol=_(PROTOCOL_NAMES.get(protocol, protocol)),
            )
        )
    if said:
        st.caption(" ".join(said))


def _selection_of_address(points: pd.DataFrame) -> list[int] | None:
    """Return the rows of `points` that a link names as selected, when it is opened; None otherwise.

    It names them by their rows in the whole map, which no filter changes.
    """
    given = st.query_params.get("selected")
    if given is None or given == st.session_state.get("_link_selected"):
        return None
    st.session_state["_link_selected"] = given
    named = np.flatnonzero(points["row"].isin(rows_of_packed(given))).tolist()
    st.session_state["_space_given"] = named
    return named


def _selection_to_address(points: pd.DataFrame, rows: np.ndarray) -> None:
    publish_link("selected", packed_rows(points["row"].to_numpy()[rows]) if rows.size else None)


def scatter(
    workspace: Workspace, points: pd.DataFrame, choice: dict[str, Any]
) -> tuple[int | None, np.ndarray]:
    """Draw one map, or two with linked selections; return the clicked and the selected rows of `points`."""
    named = _selection_of_address(points)
    if not choice["second"]:
        given = st.session_state.get("_space_given")
        given = None if given is None else [row for row in given if row < len(points)]
        result = _one(workspace, points, choice["name"], choice["projection"], choice, given, 540)
        if result.selection.size:
            # The browser says what is selected: from here on it keeps the selection itself.
            st.session_state["_space_given"] = None
        rows = np.array(given, dtype=np.int64) if given and not result.selection.size else result.selection
        _selection_to_address(points, rows)
        return result.clicked, rows
    left, right = st.columns(2)
    if named is not None:
        st.session_state["_linked"] = named
    linked = [row for row in st.session_state.get("_linked", []) if row < len(points)]
    projection, _colon, name = choice["second"].partition(":")
    other = points
    if name != choice["name"]:
        moved = table(workspace, f"atlas/{name}/map").set_index("instance_id").reindex(points["instance_id"])
        other = points.assign(**{c: moved[c].to_numpy() for c in ("x", "y", "pca_x", "pca_y")})
    with left:
        first = _one(workspace, points, choice["name"], choice["projection"], choice, linked, 520)
    with right:
        second = _one(workspace, other, name, projection, choice, linked, 520)
    before = st.session_state.get("_linked_from", ([], []))
    now = (first.selection.tolist(), second.selection.tolist())
    changed = next((side for side in (0, 1) if now[side] != before[side] and now[side] != linked), None)
    st.session_state["_linked_from"] = now
    if changed is not None:
        st.session_state["_linked"] = now[changed]
        st.rerun()
    clicked = second.clicked if second.clicked is not None else first.clicked
    return clicked, np.asarray(linked, dtype=int)


def _clocks(start_s: np.ndarray) -> np.ndarray:
    """Write times as a clock reads; of a hundred thousand only a few thousand differ."""
    tenths, where = np.unique(np.rint(10 * start_s), return_inverse=True)
    return np.array([clock(value / 10) for value in tenths], dtype=object)[where]


def _one(
    workspace: Workspace,
    points: pd.DataFrame,
    name: str,
    projection: str,
    choice: dict[str, Any],
    selected: Sequence[int] | None,
    height_px: int,
) -> MotifSpaceResult:
    from flamsid_core.ui.components.motif_space import show_prepared

    key = f"space-{project()}-{name}-{projection}"
    # To draw a hundred thousand points again takes most of a second: what is shown again is kept.
    names = (f"atlas/{name}/map", "motifs/instances", "corpus/recordings", f"models/{name}/predictions")
    made_at_ns = stamp(*(workspace.path(f"{table}.parquet") for table in names))
    rows = hashlib.blake2b(points["row"].to_numpy().tobytes(), digest_size=16).hexdigest()
    lit = None if selected is None else tuple(selected)
    named = tuple(points["name"].unique())
    signature = (made_at_ns, rows, named, lit, choice["colour"], choice["second"], language(), height_px)
    kept = st.session_state.get(f"_drawn-{key}")
    if kept is None or kept[0] != signature:
        kept = (signature, *_payload(workspace, points, name, projection, choice, selected, height_px))
        st.session_state[f"_drawn-{key}"] = kept
    return show_prepared(kept[1], kept[2], len(points), key=key)


def _payload(
    workspace: Workspace,
    points: pd.DataFrame,
    name: str,
    projection: str,
    choice: dict[str, Any],
    selected: Sequence[int] | None,
    height_px: int,
) -> tuple[bytes, str]:
    from flamsid_core.ui.components.motif_space import motif_space_payload

    columns = ["x", "y"] if projection == "umap" else ["pca_x", "pca_y"]
    xy = points[columns].to_numpy(dtype=float)
    category, colours = categories(workspace, points, choice["colour"], name)
    names = recording_names(workspace)
    whole = not workspace.of_clips
    labels = pd.DataFrame(
        {
            _("Recording"): points["recording_id"].map(names).fillna(points["singer"]).to_numpy(),
            _("Pattern"): points["name"].where(points["name"] != "", points["pattern"]).to_numpy(),
            _("Start"): _clocks(points["start_s"].to_numpy()) if whole else "",
        }
    )
    return motif_space_payload(
        np.nan_to_num(xy),
        colour=list(category),
        labels=labels if whole else labels.iloc[:, :2],
        audio_url_template=clip_url(project()) + "{id}",
        selected=selected,
        ids=list(points["instance_id"].astype(str)),
        patterns=list(points["pattern"]),
        colours=colours,
        title=f"{projection.upper()} · {name}",
        height_px=height_px,
        focus=None,
        report_given=not choice["second"],
        language=language(),
    )
