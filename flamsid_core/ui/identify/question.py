"""What to identify: the model asked, the recording, and the job that answers."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import IO

import streamlit as st

from flamsid_core import jobs
from flamsid_core.corpus.carrier import FARTHEST_PERCENT
from flamsid_core.errors import FlamsidError
from flamsid_core.ui import projects
from flamsid_core.ui.instances import recording_names
from flamsid_core.ui.links import adopt_setting, one_of, pick, publish_link, publish_setting
from flamsid_core.ui.model_files import about_model, model_names
from flamsid_core.ui.sound import UPLOAD_ID, uploads_folder
from flamsid_core.ui.state import table
from flamsid_core.ui.words import (
    N_,
    _,
    escape,
    translated,
)
from flamsid_core.workspace import Workspace

SOURCE_TEXTS = {
    "upload": N_("Upload a file"),
    "record": N_("Record"),
    "corpus": N_("From this corpus"),
}

SOURCES = ("upload", "record", "corpus")

KEPT_UPLOADS = 20


def choose_model(workspace: Workspace) -> str:
    """Let the person pick the model that listens; the best with recordings never heard comes first."""

    def with_unheard(name: str) -> float:
        figures = about_model(workspace, name)["protocols"].get("source-disjoint")
        return figures["mean_over_singers"] if figures else -1.0

    return str(pick(_("Model"), sorted(model_names(workspace), key=with_unheard, reverse=True), "listener"))


def choose_sound(workspace: Workspace) -> tuple[str, Path] | None:
    """Let the person say what to listen to; return its name and file, once there is one."""
    offered = SOURCES[:2] if workspace.of_clips else SOURCES
    adopt_setting("identify_source", "source", one_of(offered))
    source = st.segmented_control(
        _("What to listen to"),
        offered,
        default="upload",
        required=True,
        key="identify_source",
        format_func=lambda s: _(SOURCE_TEXTS[s]),
        persist_state="session",
    )
    publish_setting("source", source, "upload")
    if source == "corpus":
        names = recording_names(workspace)
        adopt_setting("identify_recording", "recording", one_of(list(names)))
        chosen = st.selectbox(
            _("Recording"),
            list(names),
            format_func=names.__getitem__,
            key="identify_recording",
            persist_state="session",
        )
        publish_link("recording", chosen)
        recordings = table(workspace, "corpus/recordings").set_index("recording_id")
        return names[chosen], projects.corpus_of(workspace.root) / str(recordings.loc[chosen, "file"])
    if source == "record":
        given = st.audio_input(
            _("Sing, or hold the microphone to a loudspeaker"), sample_rate=44_100, key="identify_microphone"
        )
    else:
        from flamsid_core.corpus import AUDIO_SUFFIXES

        endings = sorted(suffix.lstrip(".") for suffix in AUDIO_SUFFIXES)
        given = st.file_uploader(_("Audio file"), type=endings, key="identify_file")
    return None if given is None else (given.name, keep_upload(given.name, given))


def keep_upload(name: str, content: IO[bytes]) -> Path:
    """Store what was given under a name made of its content; the oldest uploads go."""
    content.seek(0)
    data = content.read()
    folder = uploads_folder()
    folder.mkdir(parents=True, exist_ok=True)
    suffix = Path(projects.safe_name(name, "recording.wav")).suffix.lower()
    path = folder / f"{hashlib.sha256(data).hexdigest()[:16]}{suffix}"
    if not path.exists():
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(data)
        part.replace(path)
    old = sorted(
        (f for f in folder.iterdir() if UPLOAD_ID.fullmatch(f.stem)), key=lambda f: f.stat().st_mtime
    )
    for file in old[:-KEPT_UPLOADS]:
        if file != path:
            file.unlink(missing_ok=True)
    return path


def choose_speed(workspace: Workspace, given: tuple[str, Path] | None) -> float:
    """Let the person say how much too fast the carrier ran; a recording of the corpus brings what its table says."""
    if given is None or st.session_state.get("identify_source") == "record":
        return 0.0
    known = speed_of(workspace, given[1])
    return float(
        st.number_input(
            _("Speed of the carrier (percent too fast)"),
            -FARTHEST_PERCENT,
            FARTHEST_PERCENT,
            known,
            0.1,
            key=f"identify_speed-{given[1].stem}-{known:g}",
            help=_(
                "0 where the disc, cylinder or tape ran as it should; time and pitch are put right by it."
            ),
        )
    )


def start(workspace: Workspace, model: str, name: str, path: Path, speed: float) -> None:
    """Start the identification as a job: torch stays out of the server, and the page stays usable."""
    command = ["identify", str(path), "--model", str(workspace.path(f"models/{model}")), "--json"]
    if speed:
        command += [f"--speed={speed:g}"]
    try:
        jobs.start(uploads_folder().parent, command, subject=name)
        st.session_state.pop("_answer", None)
    except FlamsidError as error:
        st.error(escape(translated(error)))
    else:
        st.rerun()


def speed_of(workspace: Workspace, path: Path) -> float:
    """Return the percent that the carrier of a recording of this corpus ran too fast; 0 for anything else."""
    if not workspace.has("corpus/recordings") or workspace.corpus is None:
        return 0.0
    recordings, corpus = table(workspace, "corpus/recordings"), projects.corpus_of(workspace.root)
    if "speed" not in recordings:
        return 0.0
    mine = recordings.loc[[corpus / file == path for file in recordings["file"]], "speed"]
    return 0.0 if mine.empty else float(mine.iloc[0])


def finished(workspace: Workspace, model: str) -> jobs.Job | None:
    """Return the identification that the address names, else the newest one with this model that ended well."""
    adopt_setting("_answer", "answer", str)
    folder = str(workspace.path(f"models/{model}"))
    done = (job for job in jobs.list_jobs(uploads_folder().parent) if job.status == jobs.DONE)
    mine = [job for job in done if folder == job.command[3] and jobs.result(job)]
    chosen = next((job for job in mine if job.id == st.session_state.get("_answer")), next(iter(mine), None))
    publish_link("answer", None if chosen is None else chosen.id)
    return chosen
