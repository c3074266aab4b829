"""Build hook (see `cmdclass` in setup.cfg): carries registry.yaml into the built package."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools.command.build_py import build_py

SOURCE = "registry.yaml"  # beside setup.cfg, where every build runs
TARGET = Path("modelzoo", "registry.yaml")  # inside what is built


class BuildWithRegistry(build_py):
    """Builds the package and puts the registry inside it.

    An editable install gets no copy, which would only go stale: there the package finds the file
    one folder above itself.
    """

    def run(self) -> None:
        """Builds the modules, then copies the registry, newer or not."""
        super().run()
        if not self.editable_mode:
            target = Path(self._built())
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(SOURCE, target)

    def get_source_files(self) -> list[str]:
        """Names the registry too, so that a source distribution holds it."""
        return [*super().get_source_files(), SOURCE]

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Names the copy among the files that are built."""
        outputs = super().get_outputs(include_bytecode)
        return outputs if self.editable_mode else [*outputs, self._built()]

    def get_output_mapping(self) -> dict[str, str]:
        """Maps the copy to the file it comes from."""
        mapping = super().get_output_mapping()
        return mapping if self.editable_mode else {**mapping, self._built(): SOURCE}

    def _built(self) -> str:
        return str(Path(self.build_lib) / TARGET)
