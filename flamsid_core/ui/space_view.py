"""The Motif space page's parts: which map, the scatter, how far to trust it, what is selected, neighbours."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from flamsid_core import plots
from flamsid_core.ui import projects, sound
from flamsid_core.ui.clips import clip_list
from flamsid_core.ui.corpus_view import is_clips
from flamsid_core.ui.instances import MOST_CLIPS, clips_of, colours_of, recording_names, singers_of
from flamsid_core.ui.job_panel import start_job
from flamsid_core.ui.model_files import model_names
from flamsid_core.ui.models_view import percent
from flamsid_core.ui.recording_view import open_instance
from flamsid_core.ui.routes import clip_url
from flamsid_core.ui.state import clock, escape, language, pick, project, t, table
from flamsid_core.workspace import Workspace

COLOURS = ("singer", "recording", "source_group", "style", "pattern", "prediction")
MOST_CATEGORIES = 40
MOST_SOUNDS = 500
RIGHT, WRONG = "#1D735B", "#E2680C"


def maps(space: Workspace) -> list[str]:
    """Return the models that have a map, the newest first."""
    return [name for name in model_names(space) if space.has(f"atlas/{name}/map")]


def offer_map(space: Workspace, stale: str | None = None) -> None:
    """Say that a model has no map, or that its map is `stale`, and offer to draw it."""
    name = stale or next((name for name in model_names(space) if not space.has(f"atlas/{name}/map")), None)
    if name is None:
        return
    st.info(t("space.stale" if stale else "space.no_map", model=escape(name)), icon=":material/map:")
    if st.button(t("space.make_map"), icon=":material/scatter_plot:", type="primary", key="make_map"):
        corpus = str(projects.corpus_of(space.root))
        start_job(
            space.root, ["atlas", corpus, "--workspace", str(space.root), "--model", name, "--json"], name
        )


def positions(space: Workspace, name: str) -> pd.DataFrame:
    """Return the map of a model joined with its instances, in the map's order; `row` is the row in the map."""
    drawn = table(space, f"atlas/{name}/map")
    return drawn.assign(row=np.arange(len(drawn))).merge(
        table(space, "motifs/instances"), on="instance_id", how="inner"
    )


def is_stale(space: Workspace, name: str, points: pd.DataFrame) -> bool:
    """Tell whether the motifs were mined anew since the map was drawn."""
    sizes = {len(points), len(table(space, f"atlas/{name}/map")), len(table(space, "motifs/instances"))}
    return len(sizes) > 1


def controls(space: Workspace) -> dict[str, Any]:
    """Show what to draw; return the choices."""
    first, second, third, fourth, fifth = st.columns([2, 1, 1.1, 1.7, 1.7])
    names = maps(space)
    with first:
        name = str(pick(t("space.model"), names, "map"))
    has_umap = bool(np.isfinite(table(space, f"atlas/{name}/map")[["x", "y"]].to_numpy(dtype=float)).all())
    kinds = ("umap", "pca") if has_umap else ("pca",)
    projection = second.selectbox(t("space.projection"), kinds, key="space_projection", format_func=str.upper)
    if not has_umap:
        second.caption(t("space.projection.pca_only"))
    styled = "style" in table(space, "corpus/recordings") and not is_clips(space)
    offered = [c for c in COLOURS if c != "style" or styled]
    colour = third.selectbox(
        t("space.colour"),
        offered,
        key="space_colour",
        format_func=lambda c: t(f"space.colour.{c}"),
        persist_state="session",
    )
    singers = fourth.multiselect(
        t("space.filter.singers"),
        singers_of(space),
        key="space_singers",
        placeholder=t("motifs.filter.all"),
        persist_state="session",
    )
    # A map is named "umap:model": plain text, so that the choice survives reruns as it is.
    others = [
        f"{kind}:{other}"
        for other in names
        for kind in ("umap", "pca")
        if (other, kind) != (name, projection)
    ]
    second_map = fifth.selectbox(
        t("space.second"), ["", *others], key="space_second", format_func=_map_label, persist_state="session"
    )
    return {
        "name": name,
        "projection": projection,
        "colour": colour,
        "singers": singers,
        "second": second_map,
    }


def _map_label(named: str) -> str:
    kind, _, model = named.partition(":")
    return f"{kind.upper()} · {model}" if named else t("space.second.none")


def categories(
    space: Workspace, points: pd.DataFrame, colour: str, name: str
) -> tuple[pd.Series, dict[str, str]]:
    """Return each point's category in words, and the categories' colours."""
    if colour == "singer":
        return points["singer"].astype(str), colours_of(space)
    if colour == "prediction":
        return _predictions(space, points, name), {
            t("space.right"): RIGHT,
            t("space.wrong"): WRONG,
            t("space.untested"): plots.NEUTRAL,
        }
    if colour == "recording":
        values = points["recording_id"].map(recording_names(space)).fillna("–")
    elif colour == "style":
        styles = table(space, "corpus/recordings").set_index("recording_id")["style"]
        values = points["recording_id"].map(styles).astype(object).fillna("–")
    else:
        values = points[colour].astype(str)
    commonest = values.value_counts().index[: MOST_CATEGORIES if colour != "pattern" else len(plots.PALETTE)]
    values = values.where(values.isin(commonest), t("space.other"))
    return values, plots.singer_colours(commonest) | {t("space.other"): plots.NEUTRAL}


def _predictions(space: Workspace, points: pd.DataFrame, name: str) -> pd.Series:
    """Say for each point whether the strictest protocol that tested it recognised its singer."""
    unknown = pd.Series(t("space.untested"), index=points.index)
    if not space.has(f"models/{name}/predictions"):
        return unknown
    found = table(space, f"models/{name}/predictions")
    strictest = [p for p in reversed(plots.PROTOCOLS) if p in set(found["protocol"])]
    if not strictest:
        return unknown
    tested = found[found["protocol"] == strictest[0]].drop_duplicates("instance_id").set_index("instance_id")
    right = points["instance_id"].map(tested["predicted"] == tested["singer"])
    return right.map({True: t("space.right"), False: t("space.wrong")}).fillna(t("space.untested"))


def scatter(space: Workspace, points: pd.DataFrame, choice: dict[str, Any]) -> tuple[int | None, np.ndarray]:
    """Draw one map, or two with linked selections; return the clicked and the selected rows of `points`."""
    if not choice["second"]:
        result = _one(space, points, choice["name"], choice["projection"], choice, None, 540)
        return result.clicked, result.selection
    left, right = st.columns(2)
    linked = [row for row in st.session_state.get("_linked", []) if row < len(points)]
    projection, _, name = choice["second"].partition(":")
    other = points
    if name != choice["name"]:
        moved = table(space, f"atlas/{name}/map").set_index("instance_id").reindex(points["instance_id"])
        other = points.assign(**{c: moved[c].to_numpy() for c in ("x", "y", "pca_x", "pca_y")})
    with left:
        first = _one(space, points, choice["name"], choice["projection"], choice, linked, 520)
    with right:
        second = _one(space, other, name, projection, choice, linked, 520)
    before = st.session_state.get("_linked_from", ([], []))
    now = (first.selection.tolist(), second.selection.tolist())
    changed = next((side for side in (0, 1) if now[side] != before[side] and now[side] != linked), None)
    st.session_state["_linked_from"] = now
    if changed is not None:
        st.session_state["_linked"] = now[changed]
        st.rerun()
    clicked = second.clicked if second.clicked is not None else first.clicked
    return clicked, np.asarray(linked, dtype=int)


def _one(
    space: Workspace,
    points: pd.DataFrame,
    name: str,
    projection: str,
    choice: dict[str, Any],
    selected: Sequence[int] | None,
    height_px: int,
) -> Any:
    from flamsid_core.ui.components import motif_space

    columns = ["x", "y"] if projection == "umap" else ["pca_x", "pca_y"]
    xy = points[columns].to_numpy(dtype=float)
    category, colours = categories(space, points, choice["colour"], name)
    names = recording_names(space)
    whole = not is_clips(space)
    labels = pd.DataFrame(
        {
            t("common.recording"): points["recording_id"].map(names).fillna(points["singer"]).to_numpy(),
            t("common.pattern"): points["pattern"].to_numpy(),
            t("common.start"): points["start_s"].map(clock).to_numpy() if whole else "",
        }
    )
    return motif_space(
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
        language=language(),
        key=f"space-{project()}-{name}-{projection}",
    )


def quality(space: Workspace, name: str, projection: str) -> None:
    """Show how far the map can be trusted."""
    if not space.has(f"atlas/{name}/quality.json"):
        return
    found = space.json(f"atlas/{name}/quality.json").get(projection, {})
    trust, purity, chance = (
        found.get(f"{figure}_other_sources") for figure in ("trustworthiness", "singer_purity", "chance")
    )
    st.markdown(f"**{t('space.quality')}**")
    columns = st.columns([1, 1.4, 1])
    columns[0].metric(t("space.trust"), "–" if trust is None else f"{trust:.3f}", help=t("space.trust.help"))
    columns[1].metric(t("space.purity"), percent(purity), help=t("space.purity.help"))
    columns[2].metric(t("space.chance"), percent(chance), help=t("space.chance.help"))


def selection(space: Workspace, points: pd.DataFrame, rows: np.ndarray, name: str) -> None:
    """List what is selected: who, where, playable; with the singers among its neighbours."""
    if rows.size == 0:
        st.caption(t("space.selection.none"))
        return
    chosen = points.iloc[rows]
    st.markdown(f"**{t('space.selection', n=f'{len(chosen):,}')}**")
    counts = ", ".join(f"{singer} {n}" for singer, n in chosen["singer"].value_counts().items())
    st.caption(t("space.selection.singers", counts=escape(counts)))
    nearest = neighbours(space, name)
    if nearest is not None:
        drawn = positions(space, name)
        singers = np.full(len(nearest[0]) + 1, "", dtype=object)
        singers[drawn["row"].to_numpy()] = drawn["singer"].to_numpy()
        # -1, where there are too few neighbours, is the last place, which is nobody's.
        near = singers[nearest[0][chosen["row"].to_numpy()]]
        share = (near == chosen["singer"].to_numpy()[:, None]).sum() / max((near != "").sum(), 1)
        st.caption(t("space.selection.purity", p=f"{100 * share:.0f} %"))
    opened = clip_list(
        clips_of(space, chosen), key="selected", max_height_px=360, can_open=not is_clips(space)
    )
    if len(chosen) > MOST_CLIPS:
        st.caption(t("common.clips_more", n=len(chosen) - MOST_CLIPS))
    with st.container(horizontal=True):
        st.download_button(
            t("space.download"),
            lambda: chosen.drop(columns="row").to_csv(index=False),
            "motifs.csv",
            "text/csv",
            icon=":material/download:",
            key="selection_csv",
            on_click="ignore",
        )
        st.download_button(
            t("space.download_audio"),
            lambda: _sounds(chosen.head(MOST_SOUNDS)),
            "motifs.zip",
            "application/zip",
            icon=":material/folder_zip:",
            key="selection_zip",
            on_click="ignore",
        )
    if opened is not None:
        open_instance(chosen[chosen["instance_id"] == opened].iloc[0])


def _sounds(chosen: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("motifs.csv", chosen.drop(columns="row").to_csv(index=False))
        for instance_id in chosen["instance_id"].astype(str):
            archive.writestr(
                f"{projects.safe_name(instance_id, 'clip')}.wav", sound.instance_wav(project(), instance_id)
            )
    return out.getvalue()


def neighbours(space: Workspace, name: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Return rows and distances of each instance's nearest from other sources, None where not kept."""
    folder = f"atlas/{name}"
    if not (space.has(f"{folder}/neighbours.npy") and space.has(f"{folder}/distances.npy")):
        return None
    return space.array(f"{folder}/neighbours.npy"), space.array(f"{folder}/distances.npy")


def chosen_and_neighbours(space: Workspace, points: pd.DataFrame, clicked: int | None, name: str) -> None:
    """Show the clicked motif and its nearest from other recordings, each playable."""
    nearest = neighbours(space, name)
    if clicked is None or nearest is None:
        return
    everyone = positions(space, name)
    row = int(points["row"].iloc[clicked])
    distance = dict(zip(nearest[0][row].tolist(), nearest[1][row].tolist(), strict=True))
    near = everyone[everyone["row"].isin(distance)]
    near = near.iloc[np.argsort(near["row"].map(distance).to_numpy(), kind="stable")]
    st.markdown(f"**{t('space.chosen')}**")
    clips = clips_of(space, points.iloc[[clicked]])
    opened = clip_list(clips, key="chosen", can_open=not is_clips(space))
    st.markdown(f"**{t('space.neighbours')}**")
    clips = clips_of(space, near)
    for clip, place in zip(clips, near["row"], strict=False):
        clip["detail"] = f"{clip['detail']}  {t('space.distance', d=distance[place])}".strip()
    opened = clip_list(clips, key="near", max_height_px=360, can_open=not is_clips(space)) or opened
    if opened is not None:
        open_instance(everyone[everyone["instance_id"] == opened].iloc[0])
