"""The Identify page's parts: what to listen to, the job, the ranking with its caveat, motif by motif."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
import streamlit as st

from flamsid_core import jobs, plots
from flamsid_core.errors import FlamsidError
from flamsid_core.plots import explanation as pictures
from flamsid_core.ui import projects
from flamsid_core.ui.charts import chart
from flamsid_core.ui.clips import clip_list
from flamsid_core.ui.identify.why import why
from flamsid_core.ui.instances import recording_names
from flamsid_core.ui.links import adopt_setting, one_of, pick, publish_link, publish_setting
from flamsid_core.ui.model_files import about_model, model_names
from flamsid_core.ui.routes import span_url, upload_url
from flamsid_core.ui.sound import UPLOAD_ID, uploads_folder
from flamsid_core.ui.state import project, table
from flamsid_core.ui.words import (
    N_,
    PROTOCOL_NAMES,
    _,
    clock,
    escape,
    number_text,
    percent,
    seconds_text,
    translated,
)
from flamsid_core.workspace import Workspace

POSTERIOR_TEXTS = {
    "motifs": N_("motif, in order of time"),
    "probability": N_("by this motif alone"),
}
SOURCE_TEXTS = {
    "upload": N_("Upload a file"),
    "record": N_("Record"),
    "corpus": N_("From this corpus"),
}
USE_TEXTS = {
    "none": N_("No motif that any singer uses in other recordings occurs here: motif use says nothing."),
    "few": N_(
        "Fewer than three sources of {singers}: too few recordings to tell the singer's "
        "habits from those of a song (hatched)."
    ),
    "no_workspace": N_(
        "The model lies outside a corpus' workspace, so nobody's phrases are at hand to count in."
    ),
    "clips": N_(
        "This corpus holds clips of motifs, not whole recordings: without all phrases, those "
        "without a motif too, nobody can say how often a singer uses one."
    ),
    "changed": N_(
        "The contours of the corpus were made again since this model was trained, so its "
        "motifs are no longer those of the phrases: train again."
    ),
    "old": N_("This result was made before motif use was counted: identify again."),
}

SOURCES = ("upload", "record", "corpus")
KEPT_UPLOADS = 20
MOST_EVIDENCE = 100  # from either end


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


def start(workspace: Workspace, model: str, name: str, path: Path) -> None:
    """Start the identification as a job: torch stays out of the server, and the page stays usable."""
    command = ["identify", str(path), "--model", str(workspace.path(f"models/{model}")), "--json"]
    if speed_of(workspace, path):
        command += [f"--speed={speed_of(workspace, path)}"]
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


def _speed_asked(job: jobs.Job) -> float:
    """Return the speed with which a job was asked to identify."""
    given = [part.removeprefix("--speed=") for part in job.command if part.startswith("--speed=")]
    return float(given[0]) if given else 0.0


def finished(workspace: Workspace, model: str) -> jobs.Job | None:
    """Return the identification that the address names, else the newest one with this model that ended well."""
    adopt_setting("_answer", "answer", str)
    folder = str(workspace.path(f"models/{model}"))
    done = (job for job in jobs.list_jobs(uploads_folder().parent) if job.status == jobs.DONE)
    mine = [job for job in done if folder == job.command[3] and jobs.result(job)]
    chosen = next((job for job in mine if job.id == st.session_state.get("_answer")), next(iter(mine), None))
    publish_link("answer", None if chosen is None else chosen.id)
    return chosen


def show(workspace: Workspace, model: str, job: jobs.Job) -> None:
    """Show a result: the ranking with what it is worth, and the evidence motif by motif."""
    result = jobs.result(job) or {}
    about = about_model(workspace, model)
    path = Path(job.command[1])
    colours = plots.singer_colours(about["classes"])
    st.subheader(_("Result for {name}", name=escape(job.subject)), anchor=False)
    if in_training(about, path):
        st.warning(
            _(
                "This very recording was in the model's training: the result says nothing about how "
                "well it would do on a new one."
            ),
            icon=":material/school:",
        )
    verdict(result)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**{_('What the network hears: the likeliest first')}**")
        st.caption(
            _("The voice, and everything else that sounds with it: motif by motif, then pooled.")
            + " "
            + _calibrated(about)
        )
        figure = plots.ranking_bars(result["ranking"], colours)
        chart(figure, "ranking")
    with right:
        motif_use(result, colours)
    st.caption(
        ":material/call_split: "
        + _(
            "Two witnesses, side by side. Nothing multiplies them into one figure: they are not independent, and "
            "where they disagree, that is worth knowing."
        )
    )
    if notes := result.get("notes"):
        with st.expander(_("What to bear in mind"), icon=":material/info:"):
            st.markdown("\n".join(f"- {escape(translated(note))}" for note in notes))
    evidence(workspace, model, job, path, colours)


def _calibrated(about: Mapping[str, Any]) -> str:
    protocol = (about.get("calibration") or {}).get("protocol")
    if protocol is None:
        return _("Probabilities are not calibrated and too sure: train under the source-disjoint protocol.")
    return _(
        "Probabilities are calibrated on clips held out (protocol: {protocol}).",
        protocol=_(PROTOCOL_NAMES.get(protocol, protocol)).lower(),
    )


def verdict(result: Mapping[str, Any]) -> None:
    """Say whether it is one of the model's singers at all, and how often such a verdict errs."""
    found = result.get("verdict")
    if found is None:
        st.caption(
            ":material/help: "
            + _(
                "Whether it is one of these singers at all cannot be told: no threshold was measured on recordings "
                "the model had not met."
            )
        )
        return
    if result.get("error_rate") is None:
        verdict_of_voices(result)
        return
    said = {
        "singer": escape(result["ranking"][0]["singer"]),
        "score": percent(result["score"]),
        "threshold": percent(result["threshold"]),
        "error": percent(result["error_rate"]),
    }
    if found == "known":
        st.success(
            _(
                "One of the singers it knows: {singer} reaches {score}, and {threshold} is enough. "
                "Such a verdict is wrong in {error} of cases, either way (equal error rate).",
                **said,
            ),
            icon=":material/how_to_reg:",
        )
    else:
        st.warning(
            _(
                "Unknown singer: even the likeliest, {singer}, reaches only {score} where "
                "{threshold} would be needed. Such a verdict is wrong in {error} of cases, either "
                "way (equal error rate).",
                **said,
            ),
            icon=":material/person_off:",
        )


def verdict_of_voices(result: Mapping[str, Any]) -> None:
    """Say what a model of voices decided: green for known alone; where it is undecided, both nearest are named."""
    first, second = result["ranking"][0], result["ranking"][1]
    said = {
        "first": escape(first["singer"]),
        "first_p": percent(first["probability"]),
        "second": escape(second["singer"]),
        "second_p": percent(second["probability"]),
    }
    if result["verdict"] == "known":
        st.success(_("**Known:** {first} ({first_p}).", **said), icon=":material/how_to_reg:")
    elif result["verdict"] == "unknown":
        st.warning(
            _(
                "**Unknown:** none of the singers the model knows. The nearest is {first}; that is not a finding.",
                **said,
            ),
            icon=":material/person_off:",
        )
    else:
        st.info(
            _(
                "**Undecided:** nearest are {first} ({first_p}) and {second} ({second_p}); whether it is one of "
                "the singers the model knows is open.",
                **said,
            ),
            icon=":material/help:",
        )
    bands = result.get("bands")
    if bands:
        st.markdown(f"**{_('Which bands speak for {first} rather than {second}', **said)}**")
        chart(plots.band_evidence(bands), "bands")
        st.caption(
            _(
                "Above the line for the first, below it for the second, in natural logarithms; exact, they add up. "
                "Bands in which the recording holds nothing of the voice are grey."
            )
        )


def motif_use(result: Mapping[str, Any], colours: Mapping[str, str]) -> None:
    """Show whose habits the motifs are: the other witness, counted and not heard."""
    st.markdown(f"**{_('Which motifs are used: counted')}**")
    found = result.get("motif_use")
    if not found:
        st.caption(_(USE_TEXTS[result.get("motif_use_missing") or "old"]))
        return
    st.caption(
        _(
            "Who uses the motifs of this recording more often than the others do, phrase by "
            "phrase; no sound is heard for this, and recordings of the same source are left out."
        )
    )
    if not found["motifs"]:
        st.info(
            _("No motif that any singer uses in other recordings occurs here: motif use says nothing."),
            icon=":material/help:",
        )
        return
    figure = pictures.motif_use_bars(found["singers"], colours, _("mean log-odds (0 = as often as others)"))
    chart(figure, "motif_use")
    said = {
        "n": len(found["motifs"]),
        "right": found["right"],
        "tested": found["tested"],
        "chance": number_text(found["tested"] / len(found["singers"]), ".0f"),
    }
    st.caption(
        _(
            "From {n} motifs. What this is worth: with each source of the corpus taken out in "
            "turn, motif use alone named the singer of {right} out of {tested} (by chance about "
            "{chance}).",
            **said,
        )
    )
    few = [row["singer"] for row in found["singers"] if not row["enough"]]
    if few:
        st.warning(
            _(
                "Fewer than three sources of {singers}: too few recordings to tell the singer's "
                "habits from those of a song (hatched).",
                singers=escape(", ".join(few)),
            ),
            icon=":material/help:",
        )
    with st.expander(_("The {n} motifs and who uses them", n=len(found["motifs"]))):
        _use_table(found)


def _use_table(found: Mapping[str, Any]) -> None:
    names = [row["singer"] for row in found["singers"]]
    phrases = {row["singer"]: row["phrases"] for row in found["singers"]}
    here = _("here, of {n} phrases", n=found["phrases"])
    rows = [
        {
            _("Contour"): plots.glyph_address(row["pattern"]),
            _("Pattern"): row["pattern"],
            here: row["here"],
        }
        | {
            f"{name} ({phrases[name]})": f"{row['uses'][name]} · {number_text(row['log_odds'][name], '+.1f')}"
            for name in names
        }
        for row in found["motifs"]
    ]
    config = {_("Contour"): st.column_config.ImageColumn(width="small")}
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="motif_use_table", column_config=config)
    st.caption(
        _(
            "For each singer (phrases in the corpus): phrases with the motif · log-odds against "
            "all others together."
        )
    )


def caveats(about: Mapping[str, Any]) -> None:
    """Say what the ranking is worth, in the strictest protocol's figures."""
    figures = about["protocols"].get("source-disjoint")
    if figures is None:
        st.warning(
            _(
                "What this is worth is not known: this model was never tested on sources it had not "
                "heard. Train it under all three protocols."
            ),
            icon=":material/help:",
        )
    else:
        said = {
            "right": figures["recordings_right"],
            "all": figures["recordings"],
            "accuracy": percent(figures["accuracy"]),
        }
        st.info(
            _(
                "What this is worth: on recordings from sources it had never heard, this model named "
                "the singer of {right} out of {all} by vote ({accuracy} of single motifs; "
                "source-disjoint protocol).",
                **said,
            ),
            icon=":material/balance:",
        )
    singers = escape(", ".join(map(str, about["classes"])))
    # The rule by which `identify` finds its threshold.
    verified = about.get("verification") or {}
    told = about.get("open_set") or verified.get("protocol") == "source-disjoint"
    st.caption(
        _(
            N_(
                "It knows only {singers}; whether it is somebody else is judged by a threshold, "
                "whose error rate stands beside the result."
            )
            if told
            else N_("It knows only {singers}: anyone else is taken for one of them."),
            singers=singers,
        )
    )


def in_training(about: Mapping[str, Any], path: Path) -> bool:
    """Tell whether the model learned from this sound: recordings are known by a hash of their samples."""
    known = set(about.get("training", {}).get("recording_ids", []))
    return path.is_file() and _recording_id(path, path.stat().st_mtime_ns) in known


@st.cache_data(max_entries=32, show_spinner=False)
def _recording_id(path: Path, modified_ns: int) -> str:
    from flamsid_core.corpus import audio_sha256

    return audio_sha256(path)[:12]


def evidence(workspace: Workspace, model: str, job: jobs.Job, path: Path, colours: Mapping[str, str]) -> None:
    """List the motifs, what speaks most for the first singer first; each can be played and asked about."""
    result = jobs.result(job) or {}
    found = pd.DataFrame(result.get("evidence") or [])
    st.markdown(f"**{_('Motif by motif')}**")
    if found.empty:
        st.caption(_("The model returned no evidence by motif."))
        return
    if "singers" in found and not found["singers"].astype(bool).any():
        st.warning(
            _(
                "None of the corpus' motifs occurs here: all runs of as many steps were taken "
                "instead, which says less."
            ),
            icon=":material/help:",
        )
    singers = [str(row["singer"]) for row in result["ranking"]]
    if "posterior" in found:
        _posteriors(found, singers)
    # Both ends of a long list: what speaks most for the first singer, and what speaks most against.
    shown = (
        found
        if len(found) <= 2 * MOST_EVIDENCE
        else found.iloc[[*range(MOST_EVIDENCE), *range(-MOST_EVIDENCE, 0)]]
    )
    rows = shown.to_dict("records")
    clips = [
        {
            "id": str(number),
            "url": _url(workspace, path, row["start_s"], row["end_s"]),
            "pattern": row["pattern"],
            "colour": colours.get(row["predicted"], plots.NEUTRAL),
            "title": f"{row['predicted']} {percent(row.get('probability'))}",
            "detail": "  ".join([clock(row["start_s"]), *_leaning(row)]),
            "length": seconds_text(row["end_s"] - row["start_s"]),
        }
        for number, row in enumerate(rows)
    ]
    st.caption(
        _(
            "Whom the network hears in each motif, and how much it leans towards {singer} "
            "(natural logarithm: +0.7 is twice the odds); what speaks most for {singer} comes "
            "first.",
            singer=escape(singers[0]),
        )
    )
    asked = clip_list(clips, key="evidence", max_height_px=330, ask=_("Why? Take this motif apart"))
    if len(shown) < len(found):
        st.caption(_("{n} more not shown", n=number_text(len(found) - len(shown))))
    if asked is not None:
        st.session_state["identify_why"] = (job.id, int(asked))
    job_id, number = st.session_state.get("identify_why", ("", 0))
    if job_id == job.id and number < len(rows):
        why(
            workspace,
            model,
            path,
            rows[number],
            clips[number]["url"],
            singers,
            colours,
            speed=_speed_asked(job),
        )
    else:
        st.caption(
            _(
                "The question mark of a motif shows where in its sound the answer came from, and "
                "whether to believe that."
            )
        )


def _leaning(row: Mapping[Any, Any]) -> list[str]:
    return [] if row.get("leaning") is None else [_("leaning {v}", v=number_text(row["leaning"], "+.1f"))]


def _posteriors(found: pd.DataFrame, singers: list[str]) -> None:
    """Show every motif's posterior, in order of time."""
    in_time = found.sort_values("start_s", kind="stable")
    values = np.array([[row.get(singer, 0.0) for singer in singers] for row in in_time["posterior"]])
    names = [
        f"{clock(start)} {pattern}"
        for start, pattern in zip(in_time["start_s"], in_time["pattern"], strict=True)
    ]
    texts = {key: _(POSTERIOR_TEXTS[key]) for key in ("motifs", "probability")}
    st.caption(
        _(
            "{n} motifs in order of time: how likely each singer is by each motif alone.",
            n=number_text(len(found)),
        )
    )
    chart(pictures.posterior_strip(values, singers, names, texts), "posteriors")


def _url(workspace: Workspace, path: Path, start_s: float, end_s: float) -> str:
    """Return where a span of the sound comes from: an upload, or a recording of this corpus."""
    if path.parent == uploads_folder():
        return upload_url(path.stem, start_s, end_s)
    recordings = table(workspace, "corpus/recordings")
    corpus = projects.corpus_of(workspace.root)
    mine = recordings.loc[[corpus / file == path for file in recordings["file"]], "recording_id"]
    return "" if mine.empty else span_url(project(), str(mine.iloc[0])).format(start=start_s, end=end_s)
