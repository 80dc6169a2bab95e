"""What all tests share: where the real recordings are, and how to say that they are not there."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import filelock
import hypothesis
import pytest

# Tests run side by side, one process a core: threads inside them would only wait for each other.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

# "quick" for every run; "thorough" (HYPOTHESIS_PROFILE=thorough) when one has changed an algorithm.
hypothesis.settings.register_profile("quick", max_examples=40, deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=1000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def real(name: str) -> Path:
    """Return the path of real data called `name`, or skip the test and say what is missing."""
    path = REAL_DATA / name
    if not path.exists():
        pytest.skip(f"real recordings not found: {path} (see the README, 'Tests on real recordings')")
    return path


@pytest.fixture(autouse=True)
def own_main_module():
    """A page under test takes the place of `__main__`, which processes started later would run as a script."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="session")
def mir1k() -> Path:
    return real("mir1k")


@pytest.fixture(scope="session")
def flamenco_motifs() -> Path:
    return real("flamenco-motifs")


@pytest.fixture(scope="session")
def f0_consensus() -> Path:
    return real("f0-consensus.csv")


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """Return a function that makes a folder once for all test processes: `made_once(name, make)`."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent

    def once(name: str, make: Callable[[Path], object]) -> Path:
        folder, finished = root / name, root / f"{name}.made"
        with filelock.FileLock(root / f"{name}.lock"):
            if not finished.exists():
                make(folder)
                finished.touch()
        return folder

    return once


@pytest.fixture(scope="session")
def small_corpus(made_once) -> Path:
    """Two virtual singers with three recordings each. Not to be changed by a test."""
    from flamsid_core.demo import synthesise_demo

    return made_once("small", lambda folder: synthesise_demo(folder, singers=2, recordings=3))
