"""A second copy of the program, of another version, as it is while a user upgrades."""

import os
import re
import shutil
from pathlib import Path

from tests.support.program import ROOT, Program


def copy_of_the_program(folder: Path, version: str) -> Path:
    """The package in a directory of its own with another version in it; the directory is for PYTHONPATH."""
    package = folder / "orion_tui"
    shutil.copytree(ROOT / "orion_tui", package, ignore=shutil.ignore_patterns("__pycache__"))
    init = package / "__init__.py"
    text, changed = re.subn(r'__version__ = "[^"]+"', f'__version__ = "{version}"', init.read_text("utf-8"))
    assert changed == 1
    init.write_text(text, "utf-8")
    return folder


def other_version(home: Path, folder: Path, version: str) -> Program:
    """That copy's `orion`, on the same state directory."""
    copy = copy_of_the_program(folder, version)
    return Program(home, {**os.environ, "ORION_HOME": str(home), "PYTHONPATH": str(copy)})
