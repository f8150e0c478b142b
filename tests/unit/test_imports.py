"""Every module of the lower floors, imported in a fresh process: no screen library comes along."""

import json
import pkgutil
import subprocess
import sys

import pytest

import orion_tui

pytestmark = pytest.mark.unit

_NO_RICH = ("orion_tui.base", "orion_tui.roles", "orion_tui.core", "orion_tui.server", "orion_tui.demo")
_NO_TEXTUAL = (*_NO_RICH, "orion_tui.cli")

# After each import, so that the first module that brings one in is named.
_PROBE = """
import importlib, json, sys
wanted, found = sys.argv[1].split(","), {}
for name in sys.argv[2:]:
    importlib.import_module(name)
    for library in [library for library in wanted if library in sys.modules and library not in found]:
        found[library] = name
print(json.dumps(found))
"""


def _first_importers(libraries: str, modules: list[str]) -> dict[str, str]:
    """For each library that came along, the module that brought it."""
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, libraries, *modules], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _modules(floors: tuple[str, ...]) -> list[str]:
    names = [info.name for info in pkgutil.walk_packages(orion_tui.__path__, "orion_tui.")]
    return [name for name in names if name.startswith(floors)]


def test_the_probe_names_who_brings_what() -> None:
    assert _first_importers("textual,rich", ["json", "textual.widget"]) == {
        "textual": "textual.widget",
        "rich": "textual.widget",
    }


def test_every_floor_is_looked_at() -> None:
    for floor in _NO_TEXTUAL:
        assert any(name.startswith(f"{floor}.") for name in _modules(_NO_TEXTUAL)), floor


def test_engine_roles_and_server_load_neither_textual_nor_rich() -> None:
    assert _first_importers("textual,rich", _modules(_NO_RICH)) == {}


def test_the_command_line_loads_no_textual() -> None:
    assert _first_importers("textual", _modules(("orion_tui.cli",))) == {}


def test_the_engines_library_is_loaded_by_nobody_who_opens_no_sandbox() -> None:
    assert _first_importers("docker,requests", _modules(_NO_TEXTUAL)) == {}
