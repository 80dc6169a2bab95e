"""The app's own files lie at the top of the project, where `streamlit run app.py` looks for them.

A wheel has no such place: there they go into `flamsid_core/ui/site`. All else stands in pyproject.toml.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SITE = ("app.py", "pages/*.py", "assets/*", ".streamlit/config.toml")


class BuildWithApp(build_py):
    """Builds the package and puts the app's files into it."""

    def run(self) -> None:
        """Build, then copy; an editable installation uses the files where they are."""
        super().run()
        if not self.editable_mode:
            for source, target in self._site_files():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)

    def _site_files(self) -> list[tuple[Path, Path]]:
        site = Path(self.build_lib) / "flamsid_core" / "ui" / "site"
        return [
            (file, site / file) for pattern in SITE for file in sorted(Path().glob(pattern)) if file.is_file()
        ]

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Return what was built, for whoever installs or removes it."""
        site = [] if self.editable_mode else [str(target) for _, target in self._site_files()]
        return [*super().get_outputs(include_bytecode), *site]


setup(cmdclass={"build_py": BuildWithApp})
