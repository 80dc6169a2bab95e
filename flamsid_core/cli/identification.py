"""`flamsid identify`: who sings in a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from flamsid_core import pipeline
from flamsid_core.cli.arguments import (
    Json,
)
from flamsid_core.cli.printing import print_result
from flamsid_core.cli.progress import working
from flamsid_core.progress import stage_of


def identify(
    recording: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RECORDING")],
    /,
    *,
    model: Annotated[Path, tyro.conf.arg(metavar="MODEL", help="Folder of a model.")],
    speed: Annotated[float, tyro.conf.arg(metavar="PERCENT")] = 0.0,
    as_json: Annotated[Json, tyro.conf.arg(name="json")] = False,
) -> int:
    """Rank the singers a model knows by how likely each sings in a recording.

    Args:
        recording: An audio file.
        speed: Percent that the carrier of the recording ran too fast.
    """
    with working("identify") as progress:
        result = pipeline.identify_recording(
            recording, model, on_progress=stage_of(progress, "identify"), speed=speed
        ).summary()
    print_result(
        result,
        as_json,
        lambda: [
            *(f"{100 * row['probability']:6.2f} %  {row['singer']}" for row in result["ranking"]),
            f"from {result['motifs']} motifs",
            *result["notes"],
        ],
    )
    return 0
