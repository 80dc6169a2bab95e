"""The Corpus page's parts: what has been made, the table, the audit, what was skipped, and new corpora."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core import jobs
from flamsid_core.errors import FlamsidError
from flamsid_core.melody.f0 import TRACKERS
from flamsid_core.melody.kmeans import K_MAX, K_MIN
from flamsid_core.ui import projects
from flamsid_core.ui.audit_figures import heard
from flamsid_core.ui.commands import chain_flags, chain_of, keep_chain, start_job
from flamsid_core.ui.links import go_to
from flamsid_core.ui.state import table
from flamsid_core.ui.waiting import waiting
from flamsid_core.ui.words import AUDIT_TITLES, N_, _, escape, number_text, percent, seconds_text, translated
from flamsid_core.user_data import data_home
from flamsid_core.workspace import Workspace

AUDIT_HELP = {
    "files": N_("Motif instances in the corpus."),
    "distinct": N_("Clips that are the same sample by sample count once."),
    "conflicting": N_("Sounds with two or more names: at least one label is wrong."),
    "set_aside": N_(
        "Clips under another singer than the one their source belongs to; they take no part "
        "in the strict protocols."
    ),
    "source_groups": N_("Recordings that share no sound with one another."),
    "test_in_train": N_(
        "Share of the test clips whose very sound is in the training part as well (expected over all splits)."
    ),
    "test_overlapping_train": N_("Share of the test clips linked to a training clip by shared samples."),
    "test_source_in_train": N_(
        "Share of the test clips whose recording (its room, microphone and day) is in training as well."
    ),
}
STAGE_TEXTS = {
    "corpus": N_("Corpus"),
    "melody": N_("Melody"),
    "contour": N_("Contour"),
    "motifs": N_("Motifs"),
    "families": N_("Recurring"),
    "audit": N_("Audit"),
    "model": N_("Network"),
    "atlas": N_("Map"),
}

STAGES = {
    "corpus": "corpus/recordings.parquet",
    "melody": "melody/*.parquet",
    "contour": "contour/segments.parquet",
    "motifs": "motifs/instances.parquet",
    "families": "motifs/families.parquet",
    "audit": "audit/audit.json",
    "model": "models/*/model.json",
    "atlas": "atlas/*/map.parquet",
}
CLIP_STAGES = ("corpus", "motifs", "audit", "model", "atlas")
FEW_COPIES = 0.005


def stage_badges(workspace: Workspace) -> None:
    """Show which stages have been done."""
    names = CLIP_STAGES if workspace.of_clips else STAGES
    job = jobs.current(workspace.root)
    now = "" if job is None else job.part.get("name", "")
    badges = []
    for name in names:
        label = _(STAGE_TEXTS[name])
        if name == {"train": "model"}.get(now, now):
            badges.append(f":blue-badge[:material/hourglass_top: {label}]")
        elif next(workspace.root.glob(STAGES[name]), None) is not None:
            badges.append(f":green-badge[:material/check: {label}]")
        else:
            # What is still to come is a word, not something that looks as if it could be pressed.
            badges.append(f":gray[{label}]")
    st.markdown(" ".join(badges))


def figures(workspace: Workspace) -> None:
    """Show the corpus in numbers."""
    recordings = table(workspace, "corpus/recordings")
    columns = st.columns(5)
    columns[0].metric(
        _(N_("Source groups") if workspace.of_clips else N_("Recordings")), number_text(len(recordings))
    )
    columns[1].metric(_("Singers"), recordings["singer"].nunique())
    columns[2].metric(_("Singing"), seconds_text(float(recordings["duration_s"].sum())))
    if workspace.has("motifs/motifs"):
        columns[3].metric(_("Motifs"), number_text(len(table(workspace, "motifs/motifs"))))
        columns[4].metric(_("Instances"), number_text(len(table(workspace, "motifs/instances"))))


def run_controls(workspace: Workspace, *, busy: bool) -> None:
    """Offer to run the chain as a job, with the settings that matter most."""
    done = next(workspace.root.glob(STAGES["atlas"]), None) is not None
    left, middle, _rest = st.columns([1.4, 1, 4])
    chain = chain_of(workspace)
    melody, motifs, contour = chain["melody"], chain["motifs"], chain["contour"]
    mine = f"-{workspace.root.name}"
    with middle.popover(_("Settings"), icon=":material/tune:", width="stretch"):
        trackers = list(TRACKERS)
        melody["method"] = st.selectbox(
            _("f0 from"), trackers, trackers.index(melody["method"]), key=f"run_tracker{mine}"
        )
        motifs["min_support"] = st.number_input(
            _("Least number of phrases a motif occurs in"),
            2,
            100,
            motifs["min_support"],
            key=f"run_support{mine}",
        )
        motifs["min_length"] = st.number_input(
            _("Least number of steps"), 1, 50, motifs["min_length"], key=f"run_length{mine}"
        )
        motifs["max_gap"] = st.number_input(
            _("Steps a motif may leave out between two of its own"),
            0,
            3,
            motifs["max_gap"] or 0,
            key=f"run_gap{mine}",
        )
        levels = 0 if contour["k"] == "auto" else int(contour["k"])
        chosen = st.number_input(
            _("Pitch levels (0 = choose by BIC)"), 0, K_MAX, levels, key=f"run_levels{mine}"
        )
        contour["k"] = "auto" if chosen == 0 else max(chosen, K_MIN)
    command = ["run", str(projects.corpus_of(workspace.root)), "--workspace", str(workspace.root), "--json"]
    label = _("Run again") if done else _("Run the chain")
    if left.button(
        label,
        type="secondary" if done else "primary",
        icon=":material/play_arrow:",
        disabled=busy,
        help=_(
            "Melody, contour, motifs, audit, network and map. What is up to date is skipped; it "
            "can be cancelled and goes on where it was."
        ),
        width="stretch",
        key="run_chain",
    ):
        keep_chain(workspace, chain)
        start_job(workspace.root, command + chain_flags(chain))


def recordings_table(workspace: Workspace) -> None:
    """Show the recordings (of clips: their sources); a chosen one opens on its own page."""
    if not workspace.has("corpus/recordings"):
        waiting(
            workspace,
            "recordings",
            lambda: workspace.has("corpus/recordings"),
            lambda: st.info(_("This corpus has not been read yet: run the chain.")),
        )
        return
    recordings = table(workspace, "corpus/recordings")
    config: dict[str, Any] = {
        "singer": _("Singer"),
        "title": _("Title"),
        "style": _("Palo"),
        "year": _("Year"),
        "duration": _("Duration"),
        "source_group": _("Source group"),
        "source": _("Source"),
        "licence": _("Licence"),
        "clips": st.column_config.NumberColumn(_("Clips")),
    }
    if workspace.of_clips:
        counts = table(workspace, "corpus/instances").groupby("source_group").size()
        shown = recordings[["singer", "source_group"]].assign(
            clips=recordings["source_group"].map(counts), duration=recordings["duration_s"].map(seconds_text)
        )
        st.dataframe(shown, hide_index=True, column_config=config, key="sources")
        return
    columns = ["singer", "title", "style", "year", "source_group", "source", "licence"]
    shown = recordings[[c for c in columns if c in recordings]].astype(object).fillna("")
    shown.insert(2, "duration", recordings["duration_s"].map(seconds_text))
    no_title = shown["title"].astype(str).str.strip() == ""
    shown.loc[no_title, "title"] = recordings["file"].map(lambda file: Path(file).stem)[no_title]
    picked = st.dataframe(
        shown,
        hide_index=True,
        column_config=config,
        key="recordings",
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
        height=min(36 * len(shown) + 40, 520),
    )
    # A click anywhere in a row opens it, not only one on its small box.
    rows = [*picked["selection"]["rows"], *(row for row, _column in picked["selection"]["cells"])]
    if rows:
        go_to("recording", recording=str(recordings["recording_id"].iloc[rows[0]]))
    st.caption(_("Click a row to open the recording."))


def audit(workspace: Workspace) -> None:
    """Show what the audit found, in figures and in words."""
    if not workspace.has("audit/audit.json"):
        waiting(
            workspace,
            "audit",
            lambda: workspace.has("audit/audit.json"),
            lambda: st.info(_("No audit yet: run the chain. It looks for what would make an accuracy lie.")),
        )
        return
    found = workspace.json("audit/audit.json")
    st.caption(
        _(
            "What would make an accuracy lie: the same sound in more than one place, one sound "
            "under two names, and instances that come from one source."
        )
    )
    counted = [n for n in ("files", "distinct", "conflicting", "set_aside", "source_groups") if n in found]
    for column, name in zip(st.columns(5), counted, strict=False):
        column.metric(_(AUDIT_TITLES[name]), number_text(found[name]), help=_(AUDIT_HELP[name]))
    st.markdown(f"**{_('What a random 80/20 split would leave in training of its own test')}**")
    shares = [
        n
        for n in ("test_in_train", "test_overlapping_train", "test_source_in_train")
        if f"share_of_{n}" in found
    ]
    for column, name in zip(st.columns(3), shares, strict=False):
        text = _(AUDIT_TITLES[name])
        column.metric(text, percent(found[f"share_of_{name}"]), help=_(AUDIT_HELP[name]))
    copies = found.get("share_of_test_in_train", 0) > FEW_COPIES
    st.warning(
        _(
            N_(
                "A random split of these clips measures memory, not singers: read the "
                "source-disjoint figures."
            )
            if copies
            else N_(
                "No sound stands twice, but the clips of one recording overlap and share its room "
                "and microphone: read the source-disjoint figures."
            )
        ),
        icon=":material/warning:",
    )
    st.markdown(f"**{_('The same sound in another guise, and what needs no network')}**")
    heard(found)
    if alone := found.get("singers_with_one_source_group"):
        st.info(
            _(
                "With a single source no source-disjoint figure can be given for {singers}: add "
                "another recording of each.",
                singers=escape(", ".join(alone)),
            ),
            icon=":material/group_add:",
        )
    if conflicts := found.get("conflicts"):
        _conflicts(conflicts)


def _conflicts(conflicts: list[dict[str, Any]]) -> None:
    rows = [
        {"singers": ", ".join(c["singers"]), "count": c["count"], "files": ", ".join(c["files"])}
        for c in conflicts
    ]
    with st.expander(_("Sounds under two names ({n})", n=len(rows))):
        config: dict[str, Any] = {
            "singers": _("Singers"),
            "count": st.column_config.NumberColumn(_("Clips")),
            "files": st.column_config.TextColumn(_("File"), width="large"),
        }
        st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=config, key="conflicts")


def add_corpus() -> None:
    """Offer to open a folder or to upload recordings."""
    left, right = st.columns(2, gap="large")
    with left, st.container(border=True):
        _open_folder()
    with right, st.container(border=True):
        _upload()


def _open_folder() -> None:
    st.markdown(f"**{_('Open a folder')}**")
    st.caption(
        _(
            "Audio files with a recordings.csv (file, singer, style, title, year, source, "
            "licence), or a sub-folder for each singer; or the folder of the published motif "
            "clips."
        )
    )
    st.session_state.setdefault("open_path", str(projects.roots()[0]))
    path = st.text_input(_("Folder"), key="open_path", persist_state="session")
    inside = _subfolders(path)
    if inside:
        st.selectbox(
            _("Go into"),
            inside,
            index=None,
            key="open_browse",
            on_change=_go_into,
            format_func=lambda name: _("↑ up") if name == ".." else name,
        )
    if st.button(_("Open"), key="open_folder", icon=":material/folder_open:", type="primary"):
        try:
            workspace = projects.open_folder(path)
        except FlamsidError as error:
            st.error(escape(translated(error)))
        else:
            _switch_to(workspace)
    st.caption(
        _("Folders may be opened under: {roots}", roots=", ".join(f"`{root}`" for root in projects.roots()))
    )


def _subfolders(path: str) -> list[str]:
    try:
        folder = projects.safe_folder(path)
    except FlamsidError:
        return []
    up = [".."] if any(folder != root and folder.is_relative_to(root) for root in projects.roots()) else []
    return up + projects.subfolders(folder)


def _go_into() -> None:
    name = st.session_state["open_browse"]
    if name is not None:
        st.session_state["open_path"] = str(
            (Path(st.session_state["open_path"]).expanduser() / name).resolve()
        )
        st.session_state["open_browse"] = None


def _upload() -> None:
    from flamsid_core.corpus import AUDIO_SUFFIXES

    st.markdown(f"**{_('Upload recordings')}**")
    names = st.columns(2)
    corpus_name = names[0].text_input(
        _("Corpus"),
        _("My recordings"),
        key="upload_corpus",
        persist_state="session",
    )
    singer = names[1].text_input(_("Singer"), key="upload_singer", persist_state="session")
    st.session_state.setdefault("upload_round", 0)
    files = st.file_uploader(
        _("Audio files of one singer"),
        type=sorted(suffix.lstrip(".") for suffix in AUDIO_SUFFIXES),
        accept_multiple_files=True,
        key=f"upload_files_{st.session_state['upload_round']}",
    )
    if st.button(_("Add to corpus"), key="upload_add", icon=":material/upload:", type="primary"):
        try:
            corpus = projects.save_uploads(corpus_name, singer, [(file.name, file) for file in files])
        except FlamsidError as error:
            st.error(escape(translated(error)))
        else:
            st.session_state["upload_round"] += 1
            st.session_state["upload_message"] = _(
                "{n} recording(s) added to “{corpus}”. Add another singer, or run the chain.",
                n=len(files),
                corpus=escape(corpus.name),
            )
            _switch_to(projects.remember(corpus))
    if message := st.session_state.pop("upload_message", None):
        st.success(message, icon=":material/check:")


def _switch_to(workspace: Path) -> None:
    """Make another project the chosen one: through the address, because its widget has been drawn already."""
    resolved = workspace.resolve()
    name = next(name for name, folder in projects.projects().items() if folder.resolve() == resolved)
    st.query_params["project"] = name
    st.rerun()


def where(workspace: Workspace) -> str:
    """Return where the corpus lies, shortened for people."""
    corpus = projects.corpus_of(workspace.root)
    for start, short in ((data_home(), "flamsid"), (Path.home(), "~")):
        if corpus.is_relative_to(start):
            return str(Path(short) / corpus.relative_to(start))
    return str(corpus)
