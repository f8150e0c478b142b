"""Every module of the lower floors, imported alone in a fresh process: no screen library comes along."""

import json
import pkgutil
import subprocess
import sys

import pytest

import orion_tui

pytestmark = pytest.mark.unit

_NO_TEXTUAL = (
    "orion_tui.base",
    "orion_tui.roles",
    "orion_tui.core",
    "orion_tui.cli",
    "orion_tui.server",
    "orion_tui.demo",
)
_NO_RICH = ("orion_tui.base", "orion_tui.roles", "orion_tui.core", "orion_tui.server", "orion_tui.demo")

# Forks before each import, so that a module is judged by what it alone brings; a spawn for each would take a minute.
_PROBE = """
import importlib, json, os, sys
found = {}
for name in sys.argv[1:]:
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        try:
            importlib.import_module(name)
            heavy = [n for n in ("textual", "rich") if n in sys.modules]
        except BaseException as error:
            heavy = [f"{type(error).__name__}: {error}"]
        os.write(write, json.dumps(heavy).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        found[name] = json.loads(answer.read() or '["ended the process"]')
    os.waitpid(child, 0)
print(json.dumps(found))
"""


def _modules() -> list[str]:
    names = [info.name for info in pkgutil.walk_packages(orion_tui.__path__, "orion_tui.")]
    return [name for name in names if name.startswith(_NO_TEXTUAL)]


@pytest.fixture(scope="module")
def brought() -> dict[str, list[str]]:
    """For each module, which of the screen libraries its import loaded."""
    done = subprocess.run([sys.executable, "-c", _PROBE, *_modules()], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_the_probe_sees_what_it_looks_for() -> None:
    done = subprocess.run([sys.executable, "-c", _PROBE, "textual.widget", "json"], capture_output=True, check=True)
    assert json.loads(done.stdout) == {"textual.widget": ["textual", "rich"], "json": []}


def test_every_floor_is_looked_at(brought: dict[str, list[str]]) -> None:
    for floor in _NO_TEXTUAL:
        assert any(name.startswith(floor) for name in brought), floor


def test_engine_roles_command_line_and_server_load_no_textual(brought: dict[str, list[str]]) -> None:
    assert {name: heavy for name, heavy in brought.items() if [h for h in heavy if h != "rich"]} == {}


def test_only_the_command_line_may_load_rich(brought: dict[str, list[str]]) -> None:
    assert {n: heavy for n, heavy in brought.items() if "rich" in heavy and n.startswith(_NO_RICH)} == {}
