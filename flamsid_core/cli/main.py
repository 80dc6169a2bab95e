"""The `flamsid` command.

Progress goes to stderr, results to stdout. Exit status: 0 done, 1 done with files or stages left out,
2 nothing could be done; then one line on stderr says why.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable

import tyro

import flamsid_core
from flamsid_core import jobs
from flamsid_core.cli import chain, corpora
from flamsid_core.cli.annotations import keep
from flamsid_core.cli.app import app
from flamsid_core.cli.experiment import experiment
from flamsid_core.cli.files import export
from flamsid_core.cli.identification import identify
from flamsid_core.errors import FlamsidError
from flamsid_core.messages import Message
from flamsid_core.pipeline.registered import registered

COMMANDS: dict[str, Callable[..., int]] = {
    "app": app,
    "run": chain.run,
    "demo": corpora.demo,
    "import": corpora.import_corpus,
    "melody": chain.melody,
    "motifs": chain.motifs,
    "audit": chain.audit,
    "train": chain.train,
    "experiment": experiment,
    "atlas": chain.atlas,
    "annotations": keep,
    "identify": identify,
    "export": export,
}


def _description() -> str:
    names = "\n".join(f"  --{option}: {', '.join(names)}" for option, names in registered().items())
    return f"Who is singing, and how do we know?\n\nNames that options take:\n{names}"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments == ["--version"]:
        print(f"flamsid {flamsid_core.__version__}")
        return 0
    try:
        return tyro.extras.subcommand_cli_from_dict(
            COMMANDS, prog="flamsid", description=_description(), args=arguments
        )
    except FlamsidError as error:
        message: str = error.message
    except BrokenPipeError:
        # Whoever read our output has gone; what is on stdout cannot matter to them any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise
        message = Message(
            "{reason}: {path} could not be written. Fix that and run again.",
            reason=error.strerror,
            path=error.filename or Message("a file"),
        )
    except KeyboardInterrupt:
        print("\nflamsid: stopped; run again to go on where it was.", file=sys.stderr)
        return 130
    print(f"flamsid: {message}", file=sys.stderr)
    jobs.report_trouble(message)
    if "--json" in arguments:
        print(json.dumps({"error": message}, ensure_ascii=False))
    return 2


if __name__ == "__main__":
    sys.exit(main())
