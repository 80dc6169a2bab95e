"""The job behind the Identify page: identify one recording and print the ranking with its evidence as JSON.

`flamsid identify --json` prints the ranking alone; a person also wants to hear which motifs speak for it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from flamsid_core import jobs
from flamsid_core.errors import FlamsidError


def main(arguments: list[str]) -> int:
    """Identify ``arguments[1]`` with the model in the folder ``arguments[2]``; return the exit status."""
    from flamsid_core.pipeline import identify_recording

    try:
        found = identify_recording(Path(arguments[1]), Path(arguments[2]), on_progress=jobs.report)
    except FlamsidError as error:
        print(f"flamsid: {error}", file=sys.stderr)
        return 2
    kept = [c for c in found.evidence if not str(c).startswith("p_")]
    result = found.summary() | {"evidence": json.loads(found.evidence[kept].to_json(orient="records"))}
    print(json.dumps(result, ensure_ascii=False, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
