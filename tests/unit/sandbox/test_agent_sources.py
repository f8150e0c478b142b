"""What runs inside stands on the oldest Python that it may meet, and on its standard library alone."""

import ast
import importlib.resources
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orion_tui.core.sandbox import startup

pytestmark = pytest.mark.unit

_PACKAGE = "orion_tui.core.sandbox.agent"
OLDEST = (3, 9)


def sources() -> Iterator[tuple[str, str]]:
    for file in importlib.resources.files(_PACKAGE).iterdir():
        if file.name.endswith(".py"):
            yield file.name, file.read_text("utf-8")


@pytest.mark.parametrize(("name", "source"), sorted(sources()))
def test_it_is_python_of_the_oldest_version_and_imports_the_standard_library_only(name: str, source: str) -> None:
    tree = ast.parse(source, name, feature_version=OLDEST)
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for imported in names:
            assert imported.split(".")[0] in sys.stdlib_module_names or imported.startswith(_PACKAGE), imported
    # Annotations such as `int | None` are only safe while nobody evaluates them.
    if name not in {"bootstrap.py", "__init__.py"}:
        assert "from __future__ import annotations" in source


def test_the_bootstrap_starts_the_last_of_the_modules_it_is_sent() -> None:
    ours, theirs = socket.socketpair()
    message = json.dumps(
        {
            "modules": [
                ("parent", True, ""),
                ("parent.one", False, "VALUE = 41"),
                ("parent.two", False, "from parent.one import VALUE\ndef start(config): print(VALUE + config['more'])"),
            ],
            "start": "parent.two",
            "config": {"more": 1},
        }
    ).encode()
    with ours, theirs:
        ours.sendall(len(message).to_bytes(4, "big") + message + b"the rest is left alone")
        command = startup.command(sys.executable)
        done = subprocess.run(command, stdin=theirs.fileno(), capture_output=True, text=True, check=True, timeout=30)
        assert done.stdout == "42\n"
        assert theirs.recv(100) == b"the rest is left alone"


def test_the_start_messages_carry_no_path_of_the_hosts() -> None:
    text = startup.messages({})
    for path in (Path(__file__).parents[3], Path(sys.prefix), Path.home()):
        assert bytes(path) not in text
