"""The examples in docstrings say what is so; every name of `import flamsid_core` has one."""

import doctest
import importlib
import pkgutil

import pytest

import flamsid_core

# Examples that make the demo corpus take their time.
SLOW = {"flamsid_core.notebook.study", "flamsid_core.pipeline.exporting"}


def modules_with_examples():
    """Return the names of the modules whose source holds an example; the pages are not a library."""
    found = []
    for module in pkgutil.walk_packages(flamsid_core.__path__, "flamsid_core."):
        spec = importlib.util.find_spec(module.name)
        if not module.name.startswith("flamsid_core.ui.") and ">>> " in (
            spec.loader.get_source(module.name) or ""
        ):
            found.append(module.name)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all examples: what one of them makes, the next finds."""
    return tmp_path_factory.mktemp("examples")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in modules_with_examples()],
)
def test_examples_of(name, folder, monkeypatch):
    monkeypatch.chdir(folder)
    found = doctest.testmod(importlib.import_module(name), report=True)
    assert found.attempted and not found.failed


@pytest.mark.parametrize("name", sorted(set(flamsid_core.__all__) - {"plots"}))
def test_every_name_of_the_library_has_an_example(name):
    assert ">>> " in getattr(flamsid_core, name).__doc__
