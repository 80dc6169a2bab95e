"""Praat's TextGrid, which ELAN and most programs of linguists import too.

ELAN: File > Import > Praat TextGrid File, encoding UTF-8.
"""

from __future__ import annotations

import re

import pandas as pd

from flamsid_core.errors import FlamsidError
from flamsid_core.formats.tables import MICROSECONDS, RecordingTables, labelled, span_table
from flamsid_core.formats.text import decode_text

# Intervals of a tier may not overlap: what does goes to further tiers with this ending, and comes back from them.
_FURTHER = re.compile(r" \((?:overlap \d+|points)\)$")
# Praat reads only what stands free: numbers, texts in quotes, flags; the words between are for people.
_TOKEN = re.compile(
    r'(?<!\S)(?:"((?:[^"]|"")*)"|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(<exists>|<absent>))(?!\S)'
)


def write_textgrid(tables: RecordingTables) -> dict[str, bytes]:
    """Return one TextGrid (long text format, UTF-8) with a tier for each layer of spans.

    Intervals of a tier may not overlap: spans that overlap an earlier one go to further tiers called
    "name (overlap 2)", "name (overlap 3)", …; what no span covers becomes an empty interval, as Praat demands. Points
    go to a tier of points.

    Raises
    ------
    FlamsidError
        When a span lies outside the recording.
    """
    duration_s = round(tables.duration_s, MICROSECONDS)
    tiers: list[tuple[str, list[tuple[float, float, str]]]] = []
    for name, spans in tables.layers().items():
        marks = labelled(spans)
        lasting = [mark for mark in marks if mark[0] != mark[1]]
        points = [mark for mark in marks if mark[0] == mark[1]]
        if lasting or not points:
            for number, row in enumerate(_without_overlap(lasting, duration_s), start=1):
                tiers.append(
                    (name if number == 1 else f"{name} (overlap {number})", _gapless(row, duration_s))
                )
        if points:
            tiers.append((f"{name} (points)" if lasting else name, points))
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0"]
    lines += [f"xmax = {duration_s:.6f}", "tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    for number, (name, rows) in enumerate(tiers, start=1):
        lines += [f"    item [{number}]:", *_tier(name, rows, duration_s)]
    return {".TextGrid": ("\n".join(lines) + "\n").encode()}


def _tier(name: str, rows: list[tuple[float, float, str]], duration_s: float) -> list[str]:
    """Return the lines of a tier: of points where no row lasts any time, else of intervals."""
    points = bool(rows) and all(start == end for start, end, _ in rows)
    what = "points" if points else "intervals"
    lines = [
        f'        class = "{"TextTier" if points else "IntervalTier"}"',
        f"        name = {_quoted(name)}",
    ]
    lines += ["        xmin = 0", f"        xmax = {duration_s:.6f}", f"        {what}: size = {len(rows)}"]
    for place, (start, end, label) in enumerate(rows, start=1):
        lines.append(f"        {what} [{place}]:")
        if points:
            lines += [f"            number = {start:.6f}", f"            mark = {_quoted(label)}"]
        else:
            lines += [f"            xmin = {start:.6f}", f"            xmax = {end:.6f}"]
            lines.append(f"            text = {_quoted(label)}")
    return lines


def _without_overlap(
    spans: list[tuple[float, float, str]], duration_s: float
) -> list[list[tuple[float, float, str]]]:
    """Deal spans, in order of time, into the fewest rows in which none overlap; at least one row."""
    rows: list[list[tuple[float, float, str]]] = [[]]
    for start, end, label in spans:
        end = min(end, duration_s)
        if start < 0 or end <= start:
            raise FlamsidError(
                "The span at {start_s:.3f} s lies outside the recording of {duration_s:.3f} s.",
                start_s=start,
                duration_s=duration_s,
            )
        free = next((row for row in rows if not row or row[-1][1] <= start), None)
        if free is None:
            rows.append(free := [])
        free.append((start, end, label))
    return rows


def _gapless(row: list[tuple[float, float, str]], duration_s: float) -> list[tuple[float, float, str]]:
    out, now = [], 0.0
    for start, end, label in row:
        if start > now:
            out.append((now, start, ""))
        out.append((start, end, label))
        now = end
    if now < duration_s:
        out.append((now, duration_s, ""))
    return out


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def read_textgrid(content: bytes, name: str) -> pd.DataFrame:
    """Read every tier of a TextGrid, long or short, in any encoding Praat writes.

    Returns
    -------
    DataFrame
        start_s, end_s, text, layer (the tier). Empty intervals are left out; points have equal start and end.

    Raises
    ------
    FlamsidError
        When it is not a TextGrid, or ends before it should.
    """
    words: list[str | float] = []
    for text, value, flag in _TOKEN.findall(decode_text(content)):
        words.append(float(value) if value else flag or text.replace('""', '"'))
    if "TextGrid" not in words[:2]:
        raise FlamsidError("{name}: is not a TextGrid; save it in Praat as a text file.", name=name)
    # file type, class, xmin, xmax, flag, number of tiers
    place, rows = 5, []
    try:
        tiers = int(words[place])
        for _ in range(tiers):
            kind, tier, _, _, size = words[place + 1 : place + 6]
            place += 5
            wide = 3 if kind == "IntervalTier" else 2
            layer = _FURTHER.sub("", str(tier))
            for _ in range(int(size)):
                *times, text = words[place + 1 : place + 1 + wide]
                place += wide
                if str(text).strip():
                    rows.append((float(times[0]), float(times[-1]), str(text), layer))
    except (IndexError, ValueError, TypeError) as error:
        raise FlamsidError(
            "{name}: ends in the middle of a tier or is damaged; save it again.", name=name
        ) from error
    return span_table(sorted(rows, key=lambda row: row[:2]))
