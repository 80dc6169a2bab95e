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
    """The figures to reach, and what was reached."""
    main, strict, honest = (_chosen(found, part) for part in ("paper", "deduplicated", "source-disjoint"))
    songs = _chosen(found, "mir1k")
    nine = [row for row in _rows(found, "paper") if row["state"] == "done" and "paper_accuracy" in row]
    above = [row for row in nine if row["accuracy"] >= row["paper_accuracy"]]
    speed = found.get("speed")
    lines = [
        _line("Residual-BLSTM, log-mel, `paper`: accuracy", "96.29 %", "≥ 99.3 %", main, "accuracy", 0.993),
        _line("the same: AUC", "94.42 %", "≥ 99.9 %", main, "macro_auc", 0.999),
        [
            "all nine motif cells, `paper`: at least the paper's",
            "83.5–96.3 %",
            "9 of 9",
            f"{len(above)} of {len(nine)}" if nine else "–",
            _tick(len(above) == 9) if nine else "–",
        ],
        _line("`deduplicated`: accuracy" + _of(strict), "–", "≥ 99.0 %", strict, "accuracy", 0.99),
        _line(
            "`source-disjoint`: mean over singers" + _of(honest),
            "–",
            "≥ 60 %",
            honest,
            "mean_over_singers",
            0.60,
        ),
        [
            "`source-disjoint`: source groups by vote" + _of(honest),
            "–",
            "≥ 12 of 15",
            f"{honest['recordings_right']} of {honest['recordings']}" if honest else "–",
            _tick(honest["recordings_right"] >= 12) if honest else "–",
        ],
        [
            "training time of the default, sound to model",
            "–",
            "≤ 90 s on two cores",
            f"{speed['training_wall_s']:.0f} s" if speed else "–",
            _tick(speed["training_wall_s"] <= 90) if speed else "–",
        ],
        [
            "clips a second: the lean network beside the paper's layout (two networks, not one made faster)",
            "1",
            "≥ 300 ×",
            f"{speed['ratio']:,} ×" if speed else "–",
            _tick(speed["ratio"] >= 300) if speed else "–",
        ],
        _line("MIR-1K, songs held out: accuracy" + _of(songs), "–", "≥ 96 %", songs, "accuracy", 0.96),
    ]
    return _table(["", "paper", "to reach", "reached", ""], lines)


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


def _line(
    what: str, paper: str, reach: str, row: dict[str, Any] | None, figure: str, bound: float
) -> list[str]:
    if row is None or row[figure] is None:
        return [what, paper, reach, "–", "–"]
    return [what, paper, reach, _percent(row[figure]), _tick(row[figure] >= bound)]


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


def _tick(reached: bool) -> str:
    return "reached" if reached else "not reached"


def _missing(parts: str) -> str:
    return f"Not measured yet: `python benchmarks/experiment.py --only {parts}`."


def _table(head: list[str], lines: list[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
