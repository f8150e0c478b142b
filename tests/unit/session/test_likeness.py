"""What the queue groups by: kind and shape, never the particulars (ASK-2)."""

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.aegis.classify import classify
from orion_tui.core.aegis.decide import decide
from orion_tui.core.aegis.policy import freeze
from orion_tui.core.models.actions import Action, RunCommand, UseTool, WriteFile
from orion_tui.core.session.likeness import likeness
from orion_tui.roles.library import Library

pytestmark = pytest.mark.unit


def shape(home: OrionHome, action: Action) -> str:
    policy = freeze(Library(home.roles).get("software-engineer").role)
    return likeness(action, decide(classify(action), policy))


def shell(text: str) -> RunCommand:
    return RunCommand(argv=("sh", "-c", text), shell=text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pip install httpx", "pip install"),
        ("pip install --no-index wheels/a.whl", "pip install"),
        ("timeout 5 alembic upgrade head", "alembic upgrade"),
        ("python3 -m unittest -q", "python3 -m unittest"),
        ("/usr/bin/make TARGET=1", "make"),
        ("pytest -q; curl http://x", "pytest + curl"),
    ],
)
def test_a_command_is_its_program_and_that_ones_command(orion_home: OrionHome, text: str, expected: str) -> None:
    assert shape(orion_home, shell(text)).partition(" ")[2] == expected


def test_what_differs_only_in_particulars_is_alike(orion_home: OrionHome) -> None:
    assert shape(orion_home, shell("pip install a")) == shape(orion_home, shell("pip install b==2"))
    assert shape(orion_home, shell("pip install a")) != shape(orion_home, shell("pip uninstall a"))


def test_files_are_alike_by_folder_and_kind(orion_home: OrionHome) -> None:
    one, two = WriteFile(path=".github/workflows/a.yml", content=b""), WriteFile(path="docs/a.md", content=b"")
    assert shape(orion_home, one) == "modify_ci_pipeline .github/workflows/*.yml"
    assert shape(orion_home, two) == "write_docs docs/*.md"


def test_hidden_characters_are_spelled_out(orion_home: OrionHome) -> None:
    assert "\u202e" not in shape(orion_home, shell("ma\u202eke x"))


def test_a_tool_is_alike_by_its_name(orion_home: OrionHome) -> None:
    assert shape(orion_home, UseTool(server="tracker", tool="close", arguments='{"id":1}')) == "use_tool tracker/close"
