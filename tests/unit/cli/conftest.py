"""The command line as a fixture."""

import io
import sys

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.cli import main
from tests.support.command_line import Orion, Ran


@pytest.fixture
def orion(orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Orion:
    """`orion(*arguments, stdin=...)` in a home of its own."""

    def call(*arguments: str, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = main.run(list(arguments))
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return call
