"""The whole way from a folder of recordings to a map of embeddings.

This package is the one place that joins the stages; the command line, the jobs and the pages call it. Every stage
looks whether its artefacts are up to date (same content, same parameters) before it works, and writes each artefact
whole, so a run may be killed anywhere and goes on where it was.
"""

from flamsid_core.pipeline.corrections import export_annotations_of, import_annotations_of, tracked_melody
from flamsid_core.pipeline.experiments import experiment_summary, run_experiment
from flamsid_core.pipeline.exporting import export_corpus, tables_of
from flamsid_core.pipeline.identification import Identification, identify_recording
from flamsid_core.pipeline.project import Project, open_project
from flamsid_core.pipeline.recurrence import paper_chain, run_families
from flamsid_core.pipeline.stages import (
    MotifChain,
    model_name,
    run_atlas,
    run_audit,
    run_contour,
    run_melody,
    run_motifs,
    run_train,
)
from flamsid_core.pipeline.whole import (
    atlas_summary,
    audit_summary,
    melody_summary,
    motifs_summary,
    run_all,
    train_summary,
)
from flamsid_core.user_data import default_workspace, demo_folder

__all__ = [
    "Identification",
    "MotifChain",
    "Project",
    "atlas_summary",
    "audit_summary",
    "default_workspace",
    "demo_folder",
    "experiment_summary",
    "export_annotations_of",
    "export_corpus",
    "identify_recording",
    "import_annotations_of",
    "melody_summary",
    "model_name",
    "motifs_summary",
    "open_project",
    "paper_chain",
    "run_all",
    "run_atlas",
    "run_audit",
    "run_contour",
    "run_experiment",
    "run_families",
    "run_melody",
    "run_motifs",
    "run_train",
    "tables_of",
    "tracked_melody",
    "train_summary",
]
