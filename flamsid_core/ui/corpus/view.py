"""The Corpus page's parts: what has been made, the table, the audit, what was skipped, and new corpora."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from flamsid_core.errors import FlamsidError
from flamsid_core.ui import projects
from flamsid_core.ui.audit_figures import heard
from flamsid_core.ui.chain import chain_flags, chain_of, keep_chain
from flamsid_core.ui.job_panel import start_job
from flamsid_core.ui.state import escape, go_to, seconds_text, t, table, told
from flamsid_core.workspace import Workspace, data_home

STAGES = {
    "corpus": "corpus/recordings.parquet",
    "melody": "melody/*.parquet",
    "contour": "contour/segments.parquet",
    "motifs": "motifs/instances.parquet",
    "audit": "audit/audit.json",
    "model": "models/*/model.json",
    "atlas": "atlas/*/map.parquet",
}
CLIP_STAGES = ("corpus", "motifs", "audit", "model", "atlas")
SOME = 0.005


def is_clips(space: Workspace) -> bool:
    """Tell whether the corpus holds published clips instead of whole recordings."""
    return space.has("corpus/instances")


def stage_badges(space: Workspace) -> None:
    """Show which stages have been done."""
    names = CLIP_STAGES if is_clips(space) else STAGES
    badges = []
    for name in names:
        done = next(space.root.glob(STAGES[name]), None) is not None
        label = t(f"corpus.stage.{name}")
        badges.append(f":green-badge[:material/check: {label}]" if done else f":gray-badge[{label}]")
    st.markdown(" ".join(badges))


def figures(space: Workspace) -> None:
    """Show the corpus in numbers."""
    recordings = table(space, "corpus/recordings")
    columns = st.columns(5)
    columns[0].metric(t("corpus.groups" if is_clips(space) else "corpus.recordings"), f"{len(recordings):,}")
    columns[1].metric(t("corpus.singers"), recordings["singer"].nunique())
    columns[2].metric(t("corpus.duration"), seconds_text(float(recordings["duration_s"].sum())))
    if space.has("motifs/motifs"):
        columns[3].metric(t("corpus.motifs"), f"{len(table(space, 'motifs/motifs')):,}")
        columns[4].metric(t("corpus.instances"), f"{len(table(space, 'motifs/instances')):,}")


def run_controls(space: Workspace, *, busy: bool) -> None:
    """Offer to run the chain as a job, with the settings that matter most."""
    done = next(space.root.glob(STAGES["atlas"]), None) is not None
    left, middle, _ = st.columns([1.4, 1, 4])
    chain = chain_of(space)
    motifs, contour = chain["motifs"], chain["contour"]
    mine = f"-{space.root.name}"
    with middle.popover(t("corpus.settings"), icon=":material/tune:", width="stretch"):
        motifs["min_support"] = st.number_input(
            t("corpus.min_support"), 2, 100, motifs["min_support"], key=f"run_support{mine}"
        )
        motifs["min_length"] = st.number_input(
            t("corpus.min_length"), 1, 50, motifs["min_length"], key=f"run_length{mine}"
        )
        motifs["max_gap"] = st.number_input(
            t("corpus.max_gap"), 0, 3, motifs["max_gap"] or 0, key=f"run_gap{mine}"
        )
        levels = 0 if contour["k"] == "auto" else int(contour["k"])
        chosen = st.number_input(t("corpus.levels"), 0, 60, levels, key=f"run_levels{mine}")
        contour["k"] = "auto" if chosen == 0 else max(chosen, 2)
    command = ["run", str(projects.corpus_of(space.root)), "--workspace", str(space.root), "--json"]
    label = t("corpus.run_again") if done else t("common.run_chain")
    if left.button(
        label,
        type="secondary" if done else "primary",
        icon=":material/play_arrow:",
        disabled=busy,
        help=t("corpus.run_help"),
        width="stretch",
        key="run_chain",
    ):
        keep_chain(space, chain)
        start_job(space.root, command + chain_flags(chain))


def recordings_table(space: Workspace) -> None:
    """Show the recordings (of clips: their sources); a chosen one opens on its own page."""
    if not space.has("corpus/recordings"):
        st.info(t("corpus.not_read"))
        return
    recordings = table(space, "corpus/recordings")
    config: dict[str, Any] = {
        "singer": t("common.singer"),
        "title": t("common.title"),
        "style": t("common.style"),
        "year": t("common.year"),
        "duration": t("common.duration"),
        "source_group": t("common.group"),
        "source": t("corpus.source"),
        "licence": t("corpus.licence"),
        "clips": st.column_config.NumberColumn(t("corpus.clips")),
    }
    if is_clips(space):
        counts = table(space, "corpus/instances").groupby("source_group").size()
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
        selection_mode="single-row",
        height=min(36 * len(shown) + 40, 520),
    )
    rows = picked["selection"]["rows"]
    if rows:
        go_to("recording", recording=str(recordings["recording_id"].iloc[rows[0]]))
    st.caption(t("corpus.select_hint"))


def audit(space: Workspace) -> None:
    """Show what the audit found, in figures and in words."""
    if not space.has("audit/audit.json"):
        st.info(t("corpus.audit.none"))
        return
    found = space.json("audit/audit.json")
    st.caption(t("corpus.audit.intro"))
    counted = [n for n in ("files", "distinct", "conflicting", "set_aside", "source_groups") if n in found]
    for column, name in zip(st.columns(5), counted, strict=False):
        column.metric(t(f"corpus.audit.{name}"), f"{found[name]:,}", help=t(f"corpus.audit.{name}.help"))
    st.markdown(f"**{t('corpus.audit.shares')}**")
    shares = [
        n
        for n in ("test_in_train", "test_overlapping_train", "test_source_in_train")
        if f"share_of_{n}" in found
    ]
    for column, name in zip(st.columns(3), shares, strict=False):
        text = t(f"corpus.audit.{name}")
        column.metric(text, f"{100 * found[f'share_of_{name}']:.1f} %", help=t(f"corpus.audit.{name}.help"))
    copies = found.get("share_of_test_in_train", 0) > SOME
    st.warning(
        t("corpus.audit.verdict_bad" if copies else "corpus.audit.verdict_overlap"), icon=":material/warning:"
    )
    st.markdown(f"**{t('corpus.audit.heard')}**")
    heard(found)
    if alone := found.get("singers_with_one_source_group"):
        st.info(t("corpus.audit.alone", singers=escape(", ".join(alone))), icon=":material/group_add:")
    if conflicts := found.get("conflicts"):
        _conflicts(conflicts)


def _conflicts(conflicts: list[dict[str, Any]]) -> None:
    rows = [
        {"singers": ", ".join(c["singers"]), "count": c["count"], "files": ", ".join(c["files"])}
        for c in conflicts
    ]
    with st.expander(t("corpus.audit.conflicts", n=len(rows))):
        config: dict[str, Any] = {
            "singers": t("corpus.singers"),
            "count": st.column_config.NumberColumn(t("corpus.clips")),
            "files": st.column_config.TextColumn(t("corpus.skipped.file"), width="large"),
        }
        st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=config, key="conflicts")


def skipped_files(space: Workspace) -> list[dict[str, str]]:
    """Return the files that could not be used, with their reasons."""
    found = list(space.json("corpus/skipped.json")) if space.has("corpus/skipped.json") else []
    recordings = table(space, "corpus/recordings") if space.has("corpus/recordings") else pd.DataFrame()
    notes = [*space.root.glob("melody/*.unvoiced.json"), *space.root.glob("melody/*.failed.json")]
    for note in sorted(notes):
        files = recordings.loc[recordings["recording_id"] == note.name.split(".")[0], "file"]
        found += [{"file": file, "reason": space.json(f"melody/{note.name}")["reason"]} for file in files]
    return found


def show_skipped(skipped: list[dict[str, str]]) -> None:
    """Show the files that could not be used."""
    if not skipped:
        st.info(t("corpus.skipped.none"))
        return
    config = {"file": t("corpus.skipped.file"), "reason": t("corpus.skipped.reason")}
    rows = [{"file": one["file"], "reason": told(one["reason"])} for one in skipped]
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=config, key="skipped")


def add_corpus() -> None:
    """Offer to open a folder or to upload recordings."""
    left, right = st.columns(2, gap="large")
    with left, st.container(border=True):
        _open_folder()
    with right, st.container(border=True):
        _upload()


def _open_folder() -> None:
    st.markdown(f"**{t('corpus.open.title')}**")
    st.caption(t("corpus.open.help"))
    st.session_state.setdefault("open_path", str(projects.roots()[0]))
    path = st.text_input(t("corpus.open.path"), key="open_path", persist_state="session")
    inside = _subfolders(path)
    if inside:
        st.selectbox(
            t("corpus.open.browse"),
            inside,
            index=None,
            key="open_browse",
            on_change=_go_into,
            format_func=lambda name: t("corpus.open.up") if name == ".." else name,
        )
    if st.button(t("corpus.open.button"), key="open_folder", icon=":material/folder_open:", type="primary"):
        try:
            workspace = projects.open_folder(path)
        except FlamsidError as error:
            st.error(escape(told(error)))
        else:
            _switch_to(workspace)
    st.caption(t("corpus.open.roots", roots=", ".join(f"`{root}`" for root in projects.roots())))


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

    st.markdown(f"**{t('corpus.upload.title')}**")
    names = st.columns(2)
    corpus_name = names[0].text_input(
        t("corpus.upload.corpus"),
        t("corpus.upload.corpus_value"),
        key="upload_corpus",
        persist_state="session",
    )
    singer = names[1].text_input(t("corpus.upload.singer"), key="upload_singer", persist_state="session")
    st.session_state.setdefault("upload_round", 0)
    files = st.file_uploader(
        t("corpus.upload.files"),
        type=sorted(suffix.lstrip(".") for suffix in AUDIO_SUFFIXES),
        accept_multiple_files=True,
        key=f"upload_files_{st.session_state['upload_round']}",
    )
    if st.button(t("corpus.upload.button"), key="upload_add", icon=":material/upload:", type="primary"):
        try:
            corpus = projects.save_uploads(corpus_name, singer, [(file.name, file) for file in files])
        except FlamsidError as error:
            st.error(escape(told(error)))
        else:
            st.session_state["upload_round"] += 1
            st.session_state["upload_message"] = t(
                "corpus.upload.done", n=len(files), corpus=escape(corpus.name)
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


def where(space: Workspace) -> str:
    """Return where the corpus lies, shortened for people."""
    corpus = projects.corpus_of(space.root)
    for start, short in ((data_home(), "flamsid"), (Path.home(), "~")):
        if corpus.is_relative_to(start):
            return str(Path(short) / corpus.relative_to(start))
    return str(corpus)
