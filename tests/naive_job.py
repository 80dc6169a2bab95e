"""A command for the tests of the job runner: does what its arguments say, in place of the real one."""

import subprocess
import sys
import time
from pathlib import Path

from flamsid_core import jobs


def main(arguments: list[str]) -> int:
    what = arguments[0]
    if what == "work":
        for step in range(5):
            jobs.report(step / 5, f"step {step}")
            jobs.report_metrics({"epoch": step, "loss": 1 / (1 + step)})
        print('{"answer": 42}')
        return 0
    if what == "run":
        part = {"name": "melody", "number": 2, "of": 8, "fraction": 0.5}
        jobs.report(0.2, "melody: 4 of 8", part | {"started_at": time.time() - 30, "started_from": 0.0})
        time.sleep(60)
    if what == "skip":
        print("one file was skipped", file=sys.stderr)
        return 1
    if what == "fail":
        print("first line\nflamsid: the corpus is empty: add recordings", file=sys.stderr)
        return 2
    if what == "crash":
        raise RuntimeError("unforeseen")
    if what == "sleep":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        Path(arguments[1]).write_text(str(child.pid))
        jobs.report(0.25, "sleeping")
        time.sleep(60)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
