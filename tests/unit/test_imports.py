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
# The one place that speaks to model providers. What it imports takes seconds and brings a screen library along (httpx
# has a command line of its own); the gateway imports it with the first question.
# As for external tools: what speaks their protocol may not even be installed.
_WIRE = ("orion_tui.core.agent.wire.", "orion_tui.core.external.wire.")
_OF_MODELS = "pydantic_ai,pydantic,openai,anthropic,google.genai,httpx,httpx2,genai_prices,mcp,mcp_types,anyio"

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
    return [name for name in names if name.startswith(floors) and not name.startswith(_WIRE)]


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


def test_only_the_wire_loads_the_libraries_of_model_providers() -> None:
    everything = _modules(("orion_tui.",))
    assert "orion_tui.core.agent.gateway" in everything
    assert "orion_tui.app" in everything
    assert _first_importers(_OF_MODELS, [name for name in everything if name != "orion_tui.__main__"]) == {}


def test_the_command_line_loads_no_textual() -> None:
    assert _first_importers("textual", _modules(("orion_tui.cli",))) == {}


def test_the_engines_library_is_loaded_by_nobody_who_opens_no_sandbox() -> None:
    assert _first_importers("docker,requests", _modules(_NO_TEXTUAL)) == {}


def test_a_supervisor_starts_without_what_only_a_promotion_takes() -> None:
    # Somebody waits for its first question; a promotion that was cut short, and the scanner's rules, bring their own.
    of_promotions = "orion_tui.core.shipping.promotion,orion_tui.core.aegis.secrets"
    assert _first_importers(of_promotions, ["orion_tui.server.daemon"]) == {}


def test_loading_a_wire_brings_no_screen_library_and_leaves_the_collector_on() -> None:
    loads = (
        "import gc, sys; from orion_tui.core.agent import gateway; from orion_tui.core.agent.providers import Wire;"
        "gateway.load(Wire.CHAT); print(gc.isenabled(), gc.get_freeze_count() > 0, 'rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["True", "True", "False"], done.stderr
