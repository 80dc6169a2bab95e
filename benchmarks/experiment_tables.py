"""Tables of docs/findings.md, made of the files in benchmarks/results and of nothing else."""

import json
import re
from pathlib import Path
from typing import Any

MARKED = r"(<!-- table: {} -->\n).*?(<!-- end -->)"
FEATURES = {"mfcc": "MFCC", "spectrogram": "spectrogram", "mel": "log-mel"}
# What a figure is about: the default, or the model that docs/findings.md argues for; not the best of the rows.
CHOSEN = {
    "paper": ("residual-blstm", "mel"),
    "deduplicated": ("residual-blstm", "mel"),
    "source-disjoint": ("two-covariance", "timbre"),
    "mir1k": ("joint", "mel+timbre"),
}
NETWORKS = {"crnn": "CRNN", "resnet50": "ResNet50", "residual-blstm": "Residual-BLSTM"}


def write_tables(findings: Path, results: Path) -> dict[str, str]:
    """Write every table between its markers; return them by name.

    Raises
    ------
    SystemExit
        When the file marks a table that nothing here makes.
    """
    found = {path.stem: json.loads(path.read_text()) for path in sorted(results.glob("*.json"))}
    made = {name: make(found) for name, make in TABLES.items()}
    text = findings.read_text(encoding="utf-8")
    unknown = set(re.findall(r"<!-- table: (\S+) -->", text)) - set(made)
    if unknown:
        raise SystemExit(f"{findings} marks tables that do not exist: {', '.join(sorted(unknown))}.")
    for name, table in made.items():
        pattern = re.compile(MARKED.format(re.escape(name)), re.DOTALL)
        text = pattern.sub(lambda mark, table=table: f"{mark[1]}{table}\n{mark[2]}", text)
    findings.write_text(text, encoding="utf-8")
    return made


# -- the tables -------------------------------------------------------------------------------------------------------


def figures(found: dict[str, Any]) -> str:
    """What the paper has, what a trivial classifier has, and what is had here."""
    nine = [row for row in _rows(found, "paper") if row["state"] == "done" and "paper_accuracy" in row]
    above = [row for row in nine if row["accuracy"] >= row["paper_accuracy"]]
    lines = [
        _line(found, "paper", "`paper`: accuracy", "96.29 %", "accuracy"),
        [
            "motif cells of the paper, `paper`: at least the paper's accuracy",
            "83.47–96.29 %",
            "–",
            f"{len(above)} of {len(nine)}" if nine else "–",
        ],
        _line(found, "deduplicated", "`deduplicated`: accuracy", "–", "accuracy"),
        _line(found, "source-disjoint", "`source-disjoint`: mean over singers", "–", "mean_over_singers"),
        _line(found, "source-disjoint", "`source-disjoint`: source groups by vote", "–", "recordings_right"),
        _line(found, "mir1k", "MIR-1K, songs held out: accuracy", "–", "accuracy"),
    ]
    return _table(["", "paper", "baseline", "here"], lines)


def paper_cells(found: dict[str, Any]) -> str:
    """The nine cells of motifs beside the paper's."""
    lines = []
    for row in _rows(found, "paper"):
        lines.append(
            [
                NETWORKS.get(row["network"], row["network"]),
                FEATURES.get(row["features"], row["features"]),
                _percent(row.get("paper_accuracy")),
                *_result(row),
                _percent(row.get("paper_auc")),
                _percent(row["macro_auc"]),
                _seconds(row),
            ]
        )
    head = ["network", "features", "paper", "ours", "95 % interval", "paper's AUC", "our AUC", "training"]
    return _table(head, lines) if lines else _missing("paper")


def protocols(found: dict[str, Any]) -> str:
    """Every protocol: networks and the plain classifiers."""
    lines = []
    for protocol in ("paper", "deduplicated", "source-disjoint"):
        rows = [row for row in _rows(found, protocol) if protocol != "paper" or row["features"] == "mel"]
        for row in rows + _rows(found, protocol, "peers"):
            lines.append([f"`{protocol}`", *_honest(row)])
    head = ["protocol", "what", "accuracy", "95 % interval", "mean over singers", "recordings by vote"]
    return _table(head, lines) if lines else _missing("paper deduplicated source-disjoint")


def mir1k(found: dict[str, Any]) -> str:
    """MIR-1K, songs held out: as it is, through channels, contour alone."""
    lines = []
    for row in _rows(found, "mir1k") + _rows(found, "mir1k", "peers"):
        short = row.get("half_second")
        lines.append([row["sound"], *_honest(row), _percent(short["accuracy"] if short else None)])
    head = ["sound", "what", "accuracy", "95 % interval", "mean over singers", "songs by vote"]
    head += ["of half a second alone"]
    return _table(head, lines) if lines else _missing("mir1k")


def attempts(found: dict[str, Any]) -> str:
    """All that was tried, also what failed, the best first within a corpus and protocol."""
    rows = sorted(
        found.get("attempts", []),
        key=lambda row: (row["corpus"], row["protocol"], -(row["mean_over_singers"] or 0)),
    )
    lines = [
        [
            row["name"],
            f"{row['corpus']}, `{row['protocol']}`",
            _percent(row["mean_over_singers"]),
            _percent(row["accuracy"]),
            f"{row['groups_right']} of {row['groups']}" if row["groups_right"] is not None else "–",
            _percent(row.get("one_of_each_out")),
            "–" if row.get("one_of_each_out_groups") is None else f"{row['one_of_each_out_groups']:.1f}",
            row["note"] or "",
            f"`{row['command']}`" if row["command"] else "",
        ]
        for row in rows
    ]
    head = ["attempt", "where", "mean over singers", "accuracy", "groups by vote"]
    head += ["one of each out: mean", "groups", "note", "command"]
    return (
        _table(head, lines) if lines else "No attempts are recorded in benchmarks/results/attempts.json yet."
    )


def speed(found: dict[str, Any]) -> str:
    """How long training takes."""
    row = found.get("speed")
    if row is None:
        return _missing("speed")
    machine = row["machine"]
    lines = [
        ["default training, sound to model, wall time", f"{row['training_wall_s']:.0f} s"],
        ["the same, processor time", f"{row['training_cpu_s']:.0f} s"],
        ["epochs", f"{row['epochs']} kept, {row['epochs_s']:.0f} s for all"],
        ["clips a second, lean, one core", f"{row['lean_clips_per_s']:.0f}"],
        ["clips a second, the paper's layout, one core", f"{row['paper_clips_per_s']:.2f}"],
        ["machine", f"{machine['cores']} cores, {machine['gpu'] or 'no GPU'}, torch {machine['torch']}"],
    ]
    return _table(["", "measured"], lines)


TABLES = {
    "figures": figures,
    "paper": paper_cells,
    "protocols": protocols,
    "mir1k": mir1k,
    "attempts": attempts,
    "speed": speed,
}


# -- parts of them ----------------------------------------------------------------------------------------------------


def _rows(found: dict[str, Any], part: str, kind: str = "rows") -> list[dict[str, Any]]:
    return list(found.get(part, {}).get(kind, []))


def _chosen(found: dict[str, Any], part: str) -> dict[str, Any] | None:
    for row in _rows(found, part):
        if row["state"] == "done" and (row["network"], row["features"]) == CHOSEN[part]:
            return row
    return None


def _line(found: dict[str, Any], part: str, what: str, paper: str, figure: str) -> list[str]:
    """Return a figure of the model that a part chose, beside the best trivial classifier's of the same part."""
    row = _chosen(found, part)
    peers = [
        peer for peer in _rows(found, part, "peers") if peer.get("sound") in (None, row and row.get("sound"))
    ]
    if row is None:
        return [what, paper, "–", "–"]
    best = max(peers, key=lambda peer: peer[figure], default=None)

    def told(of: dict[str, Any]) -> str:
        if figure == "recordings_right":
            return f"{of[figure]} of {of['recordings']}"
        return _percent(of[figure])

    return [what + _of(row), paper, f"{told(best)} ({best['name']})" if best else "–", told(row)]


def _of(row: dict[str, Any] | None) -> str:
    return f" ({_name(row)})" if row else ""


def _name(row: dict[str, Any]) -> str:
    if "network" not in row:
        return str(row["name"])
    preset = "" if row["preset"] == "lean" else f" ({row['preset']})"
    return f"{NETWORKS.get(row['network'], row['network'])}{preset}, {FEATURES.get(row['features'], row['features'])}"


def _honest(row: dict[str, Any]) -> list[str]:
    if row.get("state", "done") != "done":
        return [_name(row), *_result(row), "–", "–"]
    votes = f"{row['recordings_right']} of {row['recordings']}"
    return [_name(row), *_result(row), _percent(row["mean_over_singers"]), votes]


def _result(row: dict[str, Any]) -> list[str]:
    if row.get("state", "done") != "done":
        return [row["state"], row["error"] or ""]
    return [_percent(row["accuracy"]), f"{100 * row['low']:.1f}–{100 * row['high']:.1f}"]


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f} %"


def _seconds(row: dict[str, Any]) -> str:
    return "–" if row["seconds"] is None else f"{row['seconds']:.0f} s"


def _missing(parts: str) -> str:
    return f"Not measured yet: `python benchmarks/experiment.py --only {parts}`."


def _table(head: list[str], lines: list[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
