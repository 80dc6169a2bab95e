"""The stages, from the sound to the map. Each looks whether its artefacts are up to date before it works."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from flamsid_core.annotations import open_annotations
from flamsid_core.corpus import Skipped
from flamsid_core.errors import FlamsidError
from flamsid_core.melody import ContourParams, MelodyParams
from flamsid_core.messages import N_, Message
from flamsid_core.models.chain import chain_of_workspace
from flamsid_core.motifs import FamilyParams, MotifParams, build_motifs, motifs_of_clips
from flamsid_core.pipeline.corrections import correct_segments, digests
from flamsid_core.pipeline.given import given_digest
from flamsid_core.pipeline.left_out import (
    come_back,
    left_out_of,
    left_out_of_contour,
    reduce_what_can_be,
    without_those_that_fail,
    without_unread,
)
from flamsid_core.pipeline.melody import MELODY_VERSION, melodies, recordings_of, run_melody, with_melody
from flamsid_core.pipeline.project import Project
from flamsid_core.progress import Metrics, Report, silent_report, stage_of
from flamsid_core.workspace import artefact_key, check_name

if TYPE_CHECKING:
    from flamsid_core.atlas import AtlasParams
    from flamsid_core.singers import TrainParams
    from flamsid_core.singers.evaluation.audit import AuditParams

# Raised when a stage would make something else of the same input.
CONTOUR_VERSION = 2
MOTIFS_VERSION = 2
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


# -- contour and motifs ---------------------------------------------------------------------------------------


def run_contour(
    project: Project, melody: MelodyParams, params: ContourParams, report: Report = silent_report
) -> str:
    """Reduce all melodies to contour levels and return the key of the result."""
    workspace = project.workspace
    notes = open_annotations(project.corpus.root)
    inputs = [artefact_key("melody", MELODY_VERSION, melody), project.key]
    if melody.method == "given":
        inputs += [given_digest(project.corpus.root / file) for file, *_ in recordings_of(project)]
    inputs += [f"{recording_id} {digest}" for recording_id, digest in digests(notes).items()]
    # What could not be read this time is read the next, and must come in then.
    inputs += sorted(set(project.corpus.recordings["recording_id"]) - set(with_melody(project, melody)))
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
