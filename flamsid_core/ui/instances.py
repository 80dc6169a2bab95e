"""Motif instances in the words and pictures of the app."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from flamsid_core import plots
from flamsid_core.read_once import read_once
from flamsid_core.ui.routes import clip_url
from flamsid_core.ui.state import project, table
from flamsid_core.ui.words import _, clock, language, number_text, seconds_text
from flamsid_core.workspace import Workspace

MOST_CLIPS = 200


def recording_names(workspace: Workspace, *, with_singer: bool = True) -> dict[str, str]:
    """Return a name for each recording: (singer and) title or file, of clips their source group; a speed put right."""
    return dict(_names(workspace, with_singer, (_("Source group"), _("carrier"), language())))


@read_once(lambda workspace, with_singer, texts: workspace.path("corpus/recordings.parquet"), size=16)
def _names(workspace: Workspace, with_singer: bool, texts: tuple[str, str, str]) -> dict[str, str]:
    names, (group, carrier, _language) = {}, texts
    for row in table(workspace, "corpus/recordings").to_dict("records"):
        title = str(row.get("title") or "").strip() if pd.notna(row.get("title")) else ""
        what = title or (Path(row["file"]).stem if row["file"] else f"{group} {row['source_group']}")
        # Wherever a recording is named its pitch may be shown: what was put right is part of its name.
        if speed := float(row.get("speed") or 0.0):
            what += f" ({carrier} {number_text(speed, '+.3g')} %)"
        names[row["recording_id"]] = f"{row['singer']} – {what}" if with_singer else what
    return names


def singers_of(workspace: Workspace) -> list[str]:
    """Return the corpus' singers, sorted."""
    return sorted(set(table(workspace, "corpus/recordings")["singer"].astype(str)))


def colours_of(workspace: Workspace) -> dict[str, str]:
    """Return the colour of each singer, the same on every page."""
    return plots.singer_colours(singers_of(workspace))


def clips_of(
    workspace: Workspace, instances: pd.DataFrame, *, most: int = MOST_CLIPS
) -> list[dict[str, Any]]:
    """Return instances as rows for `clip_list`, at most `most` of them."""
    # One singer's name on every row would crowd out the titles.
    names = recording_names(workspace, with_singer=len(set(instances["singer"])) > 1)
    colours = colours_of(workspace)
    whole = not workspace.of_clips
    return [
        {
            "id": row["instance_id"],
            "url": clip_url(project(), row["instance_id"]),
            "pattern": row["pattern"],
            "colour": colours.get(row["singer"], plots.NEUTRAL),
            "title": names.get(row["recording_id"], row["singer"]),
            "detail": clock(row["start_s"]) if whole else "",
            "length": seconds_text(row["end_s"] - row["start_s"]),
        }
        for row in instances.head(most).to_dict("records")
    ]
