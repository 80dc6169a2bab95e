"""How far the map can be trusted: for all motifs, and for what is selected; neighbours of one source removed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from flamsid_core.read_once import read_once
from flamsid_core.ui.atlas.view import map_files, positions
from flamsid_core.ui.state import table
from flamsid_core.ui.words import _, escape, number_text, percent
from flamsid_core.workspace import Workspace

MOST_CENTRES = 1000
FIGURES = ("trustworthiness", "singer_purity", "chance")


def quality(workspace: Workspace, points: pd.DataFrame, rows: np.ndarray, choice: dict[str, Any]) -> None:
    """Show trustworthiness and purity of each map shown, with those of the selected `rows` of `points` beside."""
    shown = [(choice["projection"], choice["name"])]
    if choice["second"]:
        projection, _colon, name = choice["second"].partition(":")
        shown.append((projection, name))
    measured = [one for one in shown if workspace.has(f"atlas/{one[1]}/quality.json")]
    for projection, name in measured:
        title = f" · {projection.upper()} · {name}" if len(shown) > 1 else ""
        _of_map(workspace, points, rows, name, projection, escape(title))
    if measured:
        if rows.size > MOST_CENTRES:
            st.caption(_("The selection is measured at {n} of its motifs.", n=number_text(MOST_CENTRES)))
        projection, name = measured[0]
        with_own = workspace.json(f"atlas/{name}/quality.json").get(projection, {}).get("singer_purity")
        said = (
            []
            if with_own is None
            else [
                _(
                    "Counting neighbours from the same source too, “same singer” would read {p}.",
                    p=percent(with_own),
                )
            ]
        )
        st.caption(
            " ".join(
                [
                    *said,
                    _(
                        "The network was trained on most of these motifs: this tells how the map lies, not "
                        "how well the network knows new recordings (see Models)."
                    ),
                ]
            )
        )


def _of_map(
    workspace: Workspace, points: pd.DataFrame, rows: np.ndarray, name: str, projection: str, title: str
) -> None:
    kept = workspace.json(f"atlas/{name}/quality.json")
    found = kept.get(projection, {})
    everything, selected = st.columns(2, gap="large")
    with everything:
        _figures(
            _("How far to trust this map") + title,
            [found.get(f"{figure}_other_sources") for figure in FIGURES],
        )
    if not (rows.size and workspace.has(f"atlas/{name}/embeddings.npy")):
        return
    chosen = _rows_of(workspace, points.iloc[rows], name)
    if chosen.size > MOST_CENTRES:
        chosen = np.sort(np.random.default_rng(0).choice(chosen, MOST_CENTRES, replace=False))
    figures = of_selection(
        workspace, name, projection, tuple(chosen.tolist()), int(kept.get("neighbours", 10))
    )
    with selected:
        _figures(_("… and its selection ({n})", n=number_text(rows.size)) + title, list(figures))


def _rows_of(workspace: Workspace, chosen: pd.DataFrame, name: str) -> np.ndarray:
    """Return the rows of a model's map that the chosen instances have there."""
    listed = table(workspace, f"atlas/{name}/map")["instance_id"]
    return np.flatnonzero(listed.isin(chosen["instance_id"]))


def _figures(title: str, values: list[float | None]) -> None:
    trust, purity, chance = values
    st.markdown(f"**{title}**")
    columns = st.columns([1.2, 1.2, 1])
    columns[0].metric(
        _("Trustworthiness"),
        "–" if trust is None else number_text(trust, ".3f"),
        help=_(
            "How far neighbours on the map are neighbours in the embedding as well (1 = all "
            "are). Neighbours from the same source are left out."
        ),
    )
    columns[1].metric(
        _("Same singer"),
        percent(purity),
        help=_(
            "Among each motif's ten nearest on the map from other sources, the share by its own "
            "singer. With neighbours of the same source a map that only clusters recordings "
            "would look like a success."
        ),
    )
    columns[2].metric(
        _("By chance"), percent(chance), help=_("The same share if singers were dealt out at random.")
    )


@read_once(lambda workspace, name, *rest: map_files(workspace, name), size=32)
def of_selection(
    workspace: Workspace, name: str, projection: str, rows: tuple[int, ...], k: int
) -> tuple[float | None, float | None, float | None]:
    """Return trustworthiness, singer purity and its chance around some rows of a map.

    Neighbours are looked for on the whole map, and those of a motif's own source do not count. None where
    there is nothing to measure: a singer with one source has no right neighbour, a small corpus none to rank.

    Parameters
    ----------
    workspace : Workspace
        Where the map lies.
    name : str
        The model whose map it is.
    projection : str
        "umap" or "pca".
    rows : tuple of int
        Rows of the map.
    k : int
        Neighbours in a neighbourhood.
    """
    from flamsid_core.atlas import neighbourhood_purity, trustworthiness

    drawn = positions(workspace, name)
    columns = ["x", "y"] if projection == "umap" else ["pca_x", "pca_y"]
    xy, sources = drawn[columns].to_numpy(np.float32), drawn["source_group"].to_numpy()
    embeddings = np.asarray(workspace.array(f"atlas/{name}/embeddings.npy"))[drawn["row"].to_numpy()]
    centres = np.flatnonzero(np.isin(drawn["row"].to_numpy(), rows))
    purity = neighbourhood_purity(xy, drawn["singer"].to_numpy(), recording=sources, k=k, rows=centres)
    trust = trustworthiness(embeddings, xy, k=k, exclude=sources, rows=centres)
    return _known(trust), _known(purity.purity), _known(purity.chance)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
