"""A model card in Markdown: what a model is, what its figures rest on, what it must not be taken for."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from flamsid_core.models.run_tables import predictions_under, summary, with_sources
from flamsid_core.singers.evaluation.splitting import PROTOCOLS

MEANING = {
    "paper": "random clips; copies of one sound can stand in training and test at once",
    "deduplicated": "one copy of every sound, conflicting labels dropped; recordings are still shared",
    "source-disjoint": "whole sources held out: the only row that speaks of unknown recordings",
}
CLIP_SETS = {
    "motifs": "the motifs themselves",
    "motifs+segment": "3 s around each motif",
    "pieces": "phrases in equal parts of at most 2 s: all of the singing once",
    "windows": "spans drawn inside phrases, of the motifs' lengths",
    "random": "spans drawn at random, away from motifs where possible",
}


def model_card(
    about: Mapping[str, Any],
    *,
    name: str,
    predictions: pd.DataFrame | None = None,
    instances: pd.DataFrame | None = None,
    audit: Mapping[str, Any] | None = None,
    trivial: Mapping[str, Any] | None = None,
    licences: Mapping[str, int] | None = None,
    licence: str = "",
) -> str:
    """Describe a model for whoever is handed it.

    Parameters
    ----------
    about : mapping
        The content of `model.json`.
    name : str
        What the model is called.
    predictions, instances : DataFrame, optional
        Its test predictions and the corpus's instances: with both the figures get their intervals.
    audit : mapping, optional
        What the audit of the corpus counted.
    trivial : mapping, optional
        protocol → figures of the trivial classifier under the same split.
    licences : mapping, optional
        Licence → number of recordings learned from.
    licence : str
        Licence under which the model is handed on, in the words of whoever does it.

    Returns
    -------
    str
        Markdown.
    """
    parts = [
        f"# {plain(name)}",
        _what(about),
        "## Singers\n\n" + "\n".join(f"- {plain(singer)}" for singer in about["classes"]),
        "## How well it tells them apart\n\n" + _figures(about, predictions, instances, trivial),
        "## Data\n\n" + _data(about),
        "## Limits\n\n" + "\n".join(f"- {line}" for line in _limits(about, audit)),
        "## Licence\n\n" + _licence(licences, licence),
        "## Use\n\n"
        "Everything needed lies in this folder; nothing in it is executed when it is opened.\n\n"
        "    flamsid identify RECORDING --model THIS_FOLDER\n\n"
        "or bring it into the app on the Models page.",
    ]
    return "\n\n".join(parts) + "\n"


def plain(text: object) -> str:
    """Return foreign text so that Markdown shows it unchanged."""
    special = set("\\`*[]#|~$<>")
    return "".join(f"\\{c}" if c in special else c for c in " ".join(str(text).split()))


def _what(about: Mapping[str, Any]) -> str:
    params, features = about.get("params", {}), about["features"]
    size = f" with {about['parameters']:,} trainable values" if "parameters" in about else ""
    preset = params.get("preset", about.get("network_options", {}).get("preset"))
    lines = [
        f"A {plain(about['network'])} network{f' ({plain(preset)} form)' if preset else ''}{size} that names the "
        f"singer of a short clip of unaccompanied flamenco, from {plain(features.get('kind', '?'))} features.",
        "",
        f"- Features: {', '.join(f'{plain(key)} {plain(value)}' for key, value in features.items())}",
    ]
    if clip_set := params.get("clip_set"):
        lines.append(f"- Clips: {plain(clip_set)}, {CLIP_SETS.get(clip_set, 'a set of its own')}")
    if voices := about.get("voices"):
        losses = ", ".join(f"{plain(name)} {loss:.3f}" for name, loss in voices["log_loss"].items())
        why = f" by log loss on training recordings left out ({losses})" if losses else ""
        lines.append(f"- Heard by: the {plain(voices['choice'])} values, chosen{why}")
    chosen = ("epochs", "patience", "batch_size", "learning_rate", "masking", "max_clips_per_epoch", "seed")
    if phrases := [f"{key} {plain(params[key])}" for key in chosen if key in params]:
        lines.append(f"- Training: {', '.join(phrases)}")
    if versions := about.get("versions"):
        lines.append(
            f"- Made with: {', '.join(f'{plain(key)} {plain(value)}' for key, value in versions.items())}"
        )
    return "\n".join(lines)


def _figures(
    about: Mapping[str, Any],
    predictions: pd.DataFrame | None,
    instances: pd.DataFrame | None,
    trivial: Mapping[str, Any] | None,
) -> str:
    rows = [
        "| protocol | accuracy | 95 % interval | mean over singers | macro AUC | recordings by vote | clips "
        "learned from / tested | trivial classifier |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for protocol in PROTOCOLS:
        figures = about["protocols"].get(protocol)
        if figures is None:
            rows.append(f"| {protocol} | not measured | | | | | | {_trivial(trivial, protocol)} |")
            continue
        auc = figures.get("macro_auc")
        interval = _interval(about, predictions, instances, protocol)
        rows.append(
            f"| {protocol} | {_percent(figures.get('accuracy'))} | {interval} "
            f"| {_percent(figures.get('mean_over_singers'))} | {'–' if auc is None else f'{auc:.4f}'} "
            f"| {figures.get('recordings_right', '–')} of {figures.get('recordings', '–')} "
            f"| {figures.get('n_train', '–')} / {figures.get('n_test', '–')} | {_trivial(trivial, protocol)} |"
        )
    phrases = [f"- {protocol}: {meaning}." for protocol, meaning in MEANING.items()]
    phrases.append(
        "- The interval draws recordings, not clips. The trivial classifier is a straight line between means "
        "and deviations of MFCC under the same split: what a network adds is what it has above it."
    )
    return "\n".join(rows) + "\n\n" + "\n".join(phrases)


def _interval(
    about: Mapping[str, Any],
    predictions: pd.DataFrame | None,
    instances: pd.DataFrame | None,
    protocol: str,
) -> str:
    measured = about["protocols"][protocol].get("intervals", {}).get("accuracy")
    if predictions is not None and instances is not None and protocol in set(predictions["protocol"]):
        found = with_sources(predictions_under(predictions, protocol), instances)
        if not found.empty:
            figures = summary(found)
            measured = figures["low"], figures["high"]
    return "–" if measured is None else f"{_percent(measured[0])} to {_percent(measured[1])}"


def _trivial(trivial: Mapping[str, Any] | None, protocol: str) -> str:
    return _percent(((trivial or {}).get(protocol) or {}).get("accuracy"))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f} %"


def _data(about: Mapping[str, Any]) -> str:
    corpus, training = about.get("corpus", {}), about.get("training", {})
    lines = [
        f"- Hash of sounds, bounds and labels (SHA-256): `{plain(corpus.get('sha256', 'unknown'))}`",
        f"- Hash of the weights (SHA-256): `{plain(about.get('weights_sha256', 'unknown'))}`",
        f"- {corpus.get('instances', '?')} clips of {corpus.get('source_groups', '?')} source groups",
        f"- Weights kept from: {plain(about.get('measured', 'unknown'))}; learned from "
        f"{len(training.get('recording_ids', []))} recordings, listed in model.json",
    ]
    return "\n".join(lines)


def _limits(about: Mapping[str, Any], audit: Mapping[str, Any] | None) -> Sequence[str]:
    lines = [
        f"It knows {len(about['classes'])} singers and gives every voice one of their names; what it says of "
        "anybody else means nothing.",
        "An accuracy without its protocol says nothing: random clips of a recording that was learned from are "
        "recognised by room, transfer and neighbouring notes.",
    ]
    if "source-disjoint" not in about["protocols"]:
        lines.append(
            "It was **not** measured on held-out sources: nothing here says how it does on unknown recordings."
        )
    if audit:
        shares = {
            "share_of_test_in_train": "have their very sound in training",
            "share_of_test_overlapping_train": "share samples with a training clip",
            "share_of_test_source_in_train": "have their source in training",
        }
        phrases = [f"{_percent(audit[key])} {text}" for key, text in shares.items() if key in audit]
        if phrases:
            lines.append(f"Of the test clips of a random split of this corpus, {', '.join(phrases)}.")
        if audit.get("conflicting"):
            lines.append(f"{audit['conflicting']} sounds of the corpus stand under two singers.")
        near = audit.get("near_duplicates") or {}
        for protocol, share in (near.get("share_of_test_near_train") or {}).items():
            if share:
                lines.append(
                    f"Under {plain(protocol)}, {_percent(share)} of the test clips have a near-duplicate in training."
                )
        if alone := audit.get("singers_with_one_source_group"):
            lines.append(
                f"Only one source each, so no figure on held-out sources: {', '.join(map(plain, alone))}."
            )
    for key, text in (("verification", "Verification"), ("open_set", "Unknown singers")):
        if found := about.get(key):
            how = plain(found.get("protocol") or found.get("how", ""))
            lines.append(f"{text}: equal error rate {_percent(found.get('eer'))} ({how}).")
    if calibration := about.get("calibration"):
        lines.append(
            f"Probabilities are to be divided by temperature {calibration.get('temperature', 1):.2f} (clips) "
            f"before they are believed; fitted under {plain(calibration.get('protocol', '?'))}."
        )
    return lines + [plain(note) for note in about.get("notes", [])]


def _licence(licences: Mapping[str, int] | None, licence: str) -> str:
    lines = [
        f"Licence of this model: {plain(licence)}"
        if licence.strip()
        else "No licence was named for this model: ask whoever handed it on before using it for more than looking."
    ]
    if licences:
        phrases = [f"{plain(name)} ({count})" for name, count in licences.items()]
        lines.append(f"The recordings it learned from stand under: {', '.join(phrases)}.")
    lines.append(
        "A voice is part of a person: naming a singer by machine is not proof of who sang, and a licence to the "
        "model is not a licence to the recordings."
    )
    return "\n\n".join(lines)
