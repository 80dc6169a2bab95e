"""What all tests share: where the real recordings are, and how to say that they are not there."""

import sys
from pathlib import Path

import pytest

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
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two virtual singers with three recordings each. Not to be changed by a test."""
    from flamsid_core.demo import synthesise_demo

    return synthesise_demo(tmp_path_factory.mktemp("small") / "corpus", singers=2, recordings=3)
