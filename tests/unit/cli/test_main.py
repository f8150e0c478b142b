"""The frame of the command line: help, errors, interrupts, readers that go away."""

import ast
import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

import orion_tui
from orion_tui.base.errors import InvalidFile, OrionError
from orion_tui.base.text import clean
from orion_tui.cli import main
from orion_tui.cli.lazy import Entry
from tests.support.command_line import Orion

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", main.COMMANDS)
def test_every_command_explains_itself(orion: Orion, name: str) -> None:
    done = orion(name, "--help")
    assert done.code == 0, done.err
    assert done.out.startswith(f"Usage: orion {name}")


def test_the_overview_names_every_command(orion: Orion) -> None:
    done = orion("--help")
    for name, entry in main.COMMANDS.items():
        assert name in done.out
        assert entry.help in " ".join(done.out.split())


def test_every_command_that_a_message_names_exists() -> None:
    root = Path(orion_tui.__file__).parent
    named: set[tuple[str, str]] = set()
    for source in root.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.update(re.findall(r"\borion (role|auth|daemon|approvals) ([a-z-]+)", node.value))
    assert ("role", "show") in named
    assert ("daemon", "start") in named
    context = click.Context(main.cli)
    for group, command in sorted(named):
        found = main.cli.get_command(context, group)
        assert isinstance(found, click.Group)
        assert command in found.list_commands(context), f"orion {group} {command}"


def test_help_imports_nothing_that_a_command_needs() -> None:
    probe = (
        "import sys; from orion_tui.cli import main; main.run(['--help']); "
        "print([n for n in ('rich', 'attrs', 'yaml', 'sqlite3', 'git', 'orion_tui.core') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_slip_in_a_name_is_answered_with_the_right_one(orion: Orion) -> None:
    done = orion("stauts")
    assert done.code == 2
    assert "Did you mean 'status'?" in done.err


def test_an_error_is_one_block_with_its_own_exit_code(monkeypatch: pytest.MonkeyPatch, orion: Orion) -> None:
    @click.command()
    def broken() -> None:
        raise InvalidFile("role x has 2 problems", problems=("x:1:1: one", "x:2:1: two\x1b[31m"), hint="mend it")

    monkeypatch.setattr(sys.modules[__name__], "broken", broken, raising=False)
    monkeypatch.setitem(main.COMMANDS, "broken", Entry(f"{__name__}:broken", "", ""))
    monkeypatch.setattr(main.cli, "table", main.COMMANDS)
    done = orion("broken")
    assert done.code == 4
    assert done.out == ""
    assert done.err == "error: role x has 2 problems\n  - x:1:1: one\n  - x:2:1: two\n  mend it\n"


@pytest.mark.parametrize("raised", [KeyboardInterrupt, click.Abort])
def test_an_interrupt_ends_it_quietly(
    monkeypatch: pytest.MonkeyPatch, orion: Orion, raised: type[BaseException]
) -> None:
    @click.command()
    def slow() -> None:
        raise raised

    monkeypatch.setattr(sys.modules[__name__], "slow", slow, raising=False)
    monkeypatch.setattr(main.cli, "table", {"slow": Entry(f"{__name__}:slow", "", "")})
    done = orion("slow")
    assert done.code == 130
    assert "Traceback" not in done.err


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = [sys.executable, "-m", "orion_tui.cli.main", "role", "show", "software-engineer", "--json"]
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=write, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(write)
    assert done.returncode == 141
    assert done.stderr == b""


def test_a_terminal_without_unicode_gets_escapes_and_no_traceback() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "orion_tui.cli.main", "role", "list"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "software-engineer" in done.stdout


def test_without_a_home_there_is_nowhere_to_look(monkeypatch: pytest.MonkeyPatch, orion: Orion) -> None:
    monkeypatch.delenv("ORION_HOME")
    monkeypatch.delenv("HOME")
    done = orion("auth", "status")
    assert done.code == 11
    assert "neither ORION_HOME nor HOME is set" in done.err
    assert "set ORION_HOME" in done.err


def test_exit_codes_of_the_errors_are_the_documented_ones() -> None:
    """docs/cli.md promises them to scripts."""
    errors = importlib.import_module("orion_tui.base.errors")
    codes = {
        name: kind.exit_code
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, OrionError)
    }
    assert {code for code in codes.values() if code >= 20} == set()
    assert codes["UsageError"] == 2
    assert codes["NotFound"] == 3
    assert codes["InvalidFile"] == 4
    assert codes["WorkspaceError"] == 5
    assert codes["SandboxError"] == 6
    assert codes["PolicyError"] == 7
    assert codes["AuthError"] == 8
    assert codes["ConflictError"] == 9
    assert codes["StateError"] == 10
    assert codes["StoreError"] == 11
    assert codes["ModelUnavailable"] == 12
    assert codes["GitError"] == 13


def test_json_carries_no_control_byte(orion: Orion) -> None:
    done = orion("role", "list", "--json")
    assert done.out.isascii()
    assert clean(done.out) == done.out
    json.loads(done.out)
