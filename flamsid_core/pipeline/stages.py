"""The stages, from the sound to the map. Each looks whether its artefacts are up to date before it works."""

from __future__ import annotations

import contextlib
import logging
import os
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from flamsid_core.annotations import open_annotations
from flamsid_core.corpus import Skipped
from flamsid_core.errors import FlamsidError
from flamsid_core.melody import ContourParams, MelodyParams
from flamsid_core.melody.speed import at_speed
from flamsid_core.messages import N_, Message
from flamsid_core.models.chain import chain_of_workspace
from flamsid_core.motifs import FamilyParams, MotifParams, build_motifs, motifs_of_clips
from flamsid_core.pipeline.corrections import correct_segments, corrected_key, digests, write_corrected
from flamsid_core.pipeline.given import given_digest, melody_of
from flamsid_core.pipeline.left_out import (
    come_back,
    left_out_of,
    left_out_of_contour,
    reduce_what_can_be,
    without_those_that_fail,
    without_unread,
)
from flamsid_core.pipeline.project import Project
from flamsid_core.processes import end_with
from flamsid_core.progress import Metrics, Report, silent_report, stage_of
from flamsid_core.workspace import Workspace, artefact_key, check_name, write_json

if TYPE_CHECKING:
    from flamsid_core.atlas import AtlasParams
    from flamsid_core.singers import TrainParams
    from flamsid_core.singers.evaluation.audit import AuditParams

log = logging.getLogger(__name__)

# Raised when a stage would make something else of the same input.
MELODY_VERSION = 2
CONTOUR_VERSION = 2
MOTIFS_VERSION = 1
AUDIT_VERSION = 2
TRAINING_VERSION = 2
ATLAS_VERSION = 1

LEFT_OUT_OF_MOTIFS = "motifs/left_out.json"
LEFT_OUT_OF_AUDIT = "audit/left_out.json"


@dataclass(frozen=True)
class MotifChain:
    """Parameters of everything from the sound to the motifs."""

    melody: MelodyParams = MelodyParams()
    contour: ContourParams = ContourParams()
    motifs: MotifParams = MotifParams()
    families: FamilyParams = FamilyParams()


# -- melody -------------------------------------------------------------------------------------------------------


def _melody_key(sound: Path, sha256: str, params: MelodyParams, speed: float) -> str:
    """Return the key of a melody as tracked, before any correction."""
    given = [given_digest(sound)] if params.method == "given" else []
    at = [f"speed {speed}"] if speed else []
    return artefact_key("melody", MELODY_VERSION, params, sha256, *given, *at)


def _recordings(project: Project) -> Iterator[tuple[str, str, str, float]]:
    """Yield file, recording_id, hash and speed of every recording."""
    columns = project.corpus.recordings[["file", "recording_id", "sha256", "speed"]]
    return zip(*(columns[name].tolist() for name in columns), strict=True)


@dataclass(frozen=True)
class _LeftOut:
    """Why a recording has no melody; `verdict` tells what is so of the sound from what went wrong this time."""

    reason: str
    verdict: bool = False
    cause: str = ""


def _track_one(path: Path, params: MelodyParams, starter: int, speed: float) -> pd.DataFrame | _LeftOut:
    """Track one recording in a worker of the process `starter`; whatever goes wrong leaves out this one alone."""
    end_with(starter)
    try:
        melody = at_speed(melody_of(path, params), speed)
    except FlamsidError as error:
        return _LeftOut(error.message)
    except Exception as error:  # the run of a thousand recordings must not end at one
        reason = Message(
            "{name} could not be tracked ({reason}): the log has the cause; report it.",
            name=path.name,
            reason=type(error).__name__,
        )
        return _LeftOut(reason, cause=traceback.format_exc())
    if not (melody["f0_hz"] > 0).any():
        reason = Message(
            "No voiced frame was found in {name}: it seems to hold silence or noise.", name=path.name
        )
        return _LeftOut(reason, verdict=True)
    return melody


def run_melody(project: Project, params: MelodyParams, report: Report = silent_report) -> list[Skipped]:
    """Track the f0 of every recording that has no up-to-date melody yet, over all cores.

    Runs on joblib: inside `joblib.parallel_config("dask")` it runs on a Dask cluster. That a recording has no voice is
    kept as a result; that it could not be read is not, and is tried again by the next run.

    Returns
    -------
    list of Skipped
        The recordings without a melody, and why.
    """
    from joblib import Parallel, delayed

    workspace, skipped, waiting = project.workspace, [], []
    notes = open_annotations(project.corpus.root)
    corrected = digests(notes, "f0")
    for file, recording_id, sha256, speed in _recordings(project):
        name, key = f"melody/{recording_id}", _melody_key(project.corpus.root / file, sha256, params, speed)
        workspace.path(f"{name}.failed.json").unlink(missing_ok=True)
        verdict = _stored_verdict(workspace, f"{name}.unvoiced.json", key)
        if verdict:
            skipped.append(Skipped(file, verdict))
        elif not write_corrected(workspace, recording_id, key, notes, corrected.get(recording_id, "")):
            waiting.append((file, recording_id, key, speed))
    if waiting:
        # Reading what is given is quicker than starting processes.
        alone = len(waiting) == 1 or params.method == "given"
        tracks = Parallel(n_jobs=1 if alone else -1, return_as="generator")(
            delayed(_track_one)(project.corpus.root / file, params, os.getpid(), speed)
            for file, _, _, speed in waiting
        )
        report("melody", 0.0, Message("0 of {total} recordings", total=len(waiting)))
        for done, ((file, recording_id, key, _), result) in enumerate(
            zip(waiting, tracks, strict=True), start=1
        ):
            name = f"melody/{recording_id}"
            if isinstance(result, _LeftOut):
                skipped.append(Skipped(file, result.reason))
                if result.cause:
                    log.error("%s: %s", file, result.cause)
                if result.verdict:
                    workspace.write_json(
                        f"{name}.unvoiced.json", {"reason": result.reason, "verdict": True}, key
                    )
                else:
                    write_json(workspace.path(f"{name}.failed.json"), {"reason": result.reason})
            else:
                digest = corrected.get(recording_id, "")
                write_corrected(workspace, recording_id, key, notes, digest, result)
            report(
                "melody",
                done / len(waiting),
                Message("{done} of {total} recordings", done=done, total=len(waiting)),
            )
    if len(skipped) == len(project.corpus.recordings):
        raise FlamsidError(
            "No recording in {corpus} has a voiced frame (first: {reason}): "
            "check that the files hold singing.",
            corpus=project.corpus.root,
            reason=skipped[0].reason,
        )
    report("melody", 1.0, Message("up to date"))
    return skipped


def _stored_verdict(workspace: Workspace, name: str, key: str) -> str:
    """Return why a recording was found to have no voice, "" where that is not known."""
    with contextlib.suppress(FlamsidError):  # a damaged note says nothing: the recording is tried again
        found = workspace.json(name) if workspace.fresh(name, key) else {}
        if isinstance(found, dict) and found.get("verdict") is True:
            return str(found.get("reason"))
    return ""


def _with_melody(project: Project, params: MelodyParams) -> list[str]:
    """Return the ids of the recordings whose melody is up to date."""
    corrected = digests(open_annotations(project.corpus.root), "f0")
    found = []
    for file, recording_id, sha256, speed in _recordings(project):
        key = _melody_key(project.corpus.root / file, sha256, params, speed)
        if project.workspace.fresh(
            f"melody/{recording_id}.parquet", corrected_key(key, corrected.get(recording_id, ""))
        ):
            found.append(recording_id)
    return found


def melodies(project: Project, params: MelodyParams) -> dict[str, pd.DataFrame]:
    """Return the up-to-date melody table of every recording that has one, by recording_id."""
    there = _with_melody(project, params)
    return {recording_id: project.workspace.table(f"melody/{recording_id}") for recording_id in there}


# -- contour and motifs ---------------------------------------------------------------------------------------


def run_contour(
    project: Project, melody: MelodyParams, params: ContourParams, report: Report = silent_report
) -> str:
    """Reduce all melodies to contour levels and return the key of the result."""
    workspace = project.workspace
    notes = open_annotations(project.corpus.root)
    inputs = [artefact_key("melody", MELODY_VERSION, melody), project.key]
    if melody.method == "given":
        inputs += [given_digest(project.corpus.root / file) for file, *_ in _recordings(project)]
    inputs += [f"{recording_id} {digest}" for recording_id, digest in digests(notes).items()]
    # What could not be read this time is read the next, and must come in then.
    inputs += sorted(set(project.corpus.recordings["recording_id"]) - set(_with_melody(project, melody)))
    key = artefact_key("contour", CONTOUR_VERSION, params, *inputs)
    names = ("contour/segments", "contour/levels", "contour/residual")
    if not all(workspace.fresh(f"{name}.parquet", key) for name in names):
        report("contour", 0.0, Message("notes and levels"))
        contour = reduce_what_can_be(melodies(project, melody), params, project.corpus.recordings, workspace)
        segments, left_over = correct_segments(contour.segments, notes)
        made_with = {"digests": digests(notes), "left_over": left_over}
        workspace.write_json("contour/corrections.json", made_with, key)
        for name, table in zip(names, (segments, contour.levels, contour.residual_cents), strict=True):
            workspace.write_table(name, table, key)
    report("contour", 1.0, Message("up to date"))
    return key


def run_motifs(project: Project, params: MotifChain, report: Report = silent_report) -> list[Skipped]:
    """Mine each singer's closed motifs and their instances (of clips: collect them) into the workspace.

    Returns
    -------
    list of Skipped
        The recordings that could not take part, and why.
    """
    workspace, skipped = project.workspace, []
    if project.corpus.instances is not None:
        key = artefact_key("motifs-of-clips", MOTIFS_VERSION, None, project.key)
    else:
        skipped = run_melody(project, params.melody, report)
        contour_key = run_contour(project, params.melody, params.contour, report)
        skipped = [*skipped, *left_out_of_contour(workspace)]
        key = artefact_key("motifs", MOTIFS_VERSION, params.motifs, contour_key)
    if not (
        workspace.fresh("motifs/motifs.parquet", key) and workspace.fresh("motifs/instances.parquet", key)
    ):
        report("motifs", 0.0, Message("closed patterns of each singer"))
        if project.corpus.instances is not None:
            found = motifs_of_clips(project.corpus.instances)
        else:
            segments = workspace.table("contour/segments")
            found = without_those_that_fail(
                segments["recording_id"].unique(),
                lambda some: build_motifs(
                    segments[segments["recording_id"].isin(some)],
                    project.corpus.recordings,
                    params.motifs,
                    on_progress=stage_of(report, "motifs"),
                ),
                project.corpus.recordings,
                workspace,
                LEFT_OUT_OF_MOTIFS,
                N_("{name} could not be mined for motifs ({reason}): the log has the cause; report it."),
            )
        if found.instances.empty:
            raise FlamsidError(
                "No motif was found in {corpus}: no pattern of at least {min_length} steps "
                "occurs in {min_support} phrases of one singer. Lower --motifs.min-support or "
                "--motifs.min-length, or add recordings.",
                corpus=project.corpus.root,
                min_length=params.motifs.min_length,
                min_support=params.motifs.min_support,
            )
        workspace.write_table("motifs/motifs", found.motifs, key)
        workspace.write_table("motifs/instances", found.instances, key)
    report("motifs", 1.0, Message("up to date"))
    return [*skipped, *left_out_of(workspace, LEFT_OUT_OF_MOTIFS)]


def _up_to_date(project: Project, names: list[str], key: str, left_out: str) -> bool:
    """Whether artefacts are fresh, and no recording that they were made without can be read again."""
    workspace = project.workspace
    if not all(workspace.fresh(name, key) for name in names):
        return False
    if not left_out_of(workspace, left_out):
        return True
    files = workspace.table("motifs/instances", columns=["file"])
    return not come_back(workspace, left_out, files, project.corpus.root.joinpath)


def run_audit(
    project: Project, report: Report = silent_report, params: AuditParams | None = None
) -> dict[str, Any]:
    """Audit the instances, by table and by ear, for copies in any guise, label conflicts and shared sources.

    The workspace gets audit/audit.json and, where near-duplicates were looked for, audit/near_duplicates.parquet (the
    pairs) and audit/groups.parquet (groups that those would merge).

    Returns
    -------
    dict
        The content of audit.json; see `flamsid_core.singers.evaluation.audit.audit_by_ear`.
    """
    from flamsid_core.singers.evaluation.audit import AuditParams, audit_by_ear, merged_groups

    workspace, params = project.workspace, params or AuditParams()
    key = artefact_key("audit", AUDIT_VERSION, params, workspace.key("motifs/instances.parquet") or "")
    if not _up_to_date(project, ["audit/audit.json"], key, LEFT_OUT_OF_AUDIT):
        report("audit", 0.0, Message("comparing the clips"))
        instances = workspace.table("motifs/instances")
        found, pairs = without_unread(
            instances,
            lambda rows: audit_by_ear(
                rows,
                project.corpus.root.joinpath,
                params,
                cache_dir=workspace.path("features"),
                on_progress=stage_of(report, "audit"),
            ),
            workspace,
            LEFT_OUT_OF_AUDIT,
        )
        if pairs is not None:
            workspace.write_table("audit/near_duplicates", pairs, key)
            workspace.write_table("audit/groups", merged_groups(instances, pairs), key)
        workspace.write_json("audit/audit.json", found, key)
    report("audit", 1.0, Message("up to date"))
    return workspace.json("audit/audit.json")


# -- singers ----------------------------------------------------------------------------------------------------


def model_name(params: TrainParams) -> str:
    """Return the name a model gets when none is given: its network, features and clip set."""
    return "-".join([params.network, params.features.kind, params.clip_set.replace("+", "-")])


def in_closed_form(params: TrainParams) -> TrainParams:
    """Return the parameters of the closed-form model of voices, measured as `params` say."""
    return replace(
        params,
        network="two-covariance",
        preset="lean",
        features=replace(params.features, kind="voice"),
        clip_set="pieces",
    )


def run_train(
    project: Project,
    chain: MotifChain,
    params: TrainParams,
    *,
    name: str | None = None,
    report: Report = silent_report,
    on_metrics: Metrics | None = None,
) -> dict[str, Any]:
    """Train and measure a network on the workspace's instances; return its `model.json`.

    The model's folder also gets `chain.json`: the parameters, levels and patterns that turn a new recording into
    the same kind of motifs, so that the folder alone is enough to identify one.

    Raises
    ------
    FlamsidError
        If there are fewer than two singers, or the name is not a plain name.
    """
    workspace = project.workspace
    name = check_name(model_name(params) if name is None else name)
    folder = f"models/{name}"
    instances_key = workspace.key("motifs/instances.parquet") or ""
    key = artefact_key("model", TRAINING_VERSION, params, instances_key)
    if not _up_to_date(
        project, [f"{folder}/model.json", f"{folder}/chain.json"], key, f"{folder}/left_out.json"
    ):
        instances = workspace.table("motifs/instances")
        if instances["singer"].nunique() < 2:
            raise FlamsidError(
                "Only one singer ({singer}) has motifs in {corpus}: "
                "add recordings of at least one more singer to train a network.",
                singer=instances["singer"].iloc[0],
                corpus=project.corpus.root,
            )
        report("train", 0.0, Message("{name}: reading the clips", name=name))
        # Only a model that is to be made needs torch.
        from flamsid_core.singers import train

        workspace.path(folder).mkdir(parents=True, exist_ok=True)
        workspace.forget(f"{folder}/model.json")
        without_unread(
            instances,
            lambda rows: train(
                rows,
                project.corpus.root.joinpath,
                params,
                work_dir=workspace.path(folder),
                cache_dir=workspace.path("features"),
                on_progress=stage_of(report, "train"),
                on_metrics=on_metrics,
            ),
            workspace,
            f"{folder}/left_out.json",
        )
        workspace.write_json(
            f"{folder}/chain.json", chain_of_workspace(workspace, asdict(chain)).plain(), key
        )
        workspace.stamp(f"{folder}/model.json", key)
    report("train", 1.0, Message("up to date"))
    return workspace.json(f"{folder}/model.json")


# -- atlas --------------------------------------------------------------------------------------------------------


def run_atlas(
    project: Project, name: str, params: AtlasParams, report: Report = silent_report
) -> dict[str, Any]:
    """Embed all instances with a model, project them, find neighbours; return the map's quality figures."""
    workspace = project.workspace
    folder = f"atlas/{name}"
    key = artefact_key(
        "atlas",
        ATLAS_VERSION,
        params,
        workspace.key(f"models/{name}/model.json") or "",
        workspace.key("motifs/instances.parquet") or "",
    )
    if not _up_to_date(project, [f"{folder}/quality.json"], key, f"{folder}/left_out.json"):
        report("atlas", 0.0, Message("embedding the clips"))
        from flamsid_core.atlas import make_atlas

        instances = workspace.table("motifs/instances")
        atlas = without_unread(
            instances,
            lambda rows: make_atlas(
                workspace.path(f"models/{name}"),
                rows,
                project.corpus.root.joinpath,
                params,
                cache_dir=workspace.path("features"),
                on_progress=stage_of(report, "atlas"),
            ),
            workspace,
            f"{folder}/left_out.json",
        )
        workspace.write_array(f"{folder}/embeddings.npy", atlas.embeddings, key)
        workspace.write_array(f"{folder}/neighbours.npy", atlas.neighbours, key)
        workspace.write_array(f"{folder}/distances.npy", atlas.distances, key)
        workspace.write_table(f"{folder}/map", atlas.positions, key)
        workspace.write_json(f"{folder}/quality.json", atlas.quality, key)
    report("atlas", 1.0, Message("up to date"))
    return workspace.json(f"{folder}/quality.json")
