"""`python -m flamsid_core` is the `flamsid` command."""

import sys

from flamsid_core.cli.main import main

sys.exit(main())
